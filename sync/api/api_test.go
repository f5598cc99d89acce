package api

import (
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
)

// TestLimitsAreInTheContract: what the code enforces is what the contract says.
func TestLimitsAreInTheContract(t *testing.T) {
	contract, err := os.ReadFile("openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		fmt.Sprintf("maxItems: %d\n          items: {$ref: '#/components/schemas/Record'}", MaxBatch),
		fmt.Sprintf("maxItems: %d\n          items: {type: string}", MaxReserve),
		"name: " + KioskHeader, ProblemMedia, reservationID.String(),
	} {
		if !strings.Contains(string(contract), want) {
			t.Errorf("openapi.yaml does not say %q", want)
		}
	}
}

func TestIDs(t *testing.T) {
	for id, want := range map[string]bool{"K-001": true, "": false, "K 1": false, "ك": false, "K_1": false, strings.Repeat("K", 33): false, "K\n": false} {
		if ValidKiosk(id) != want {
			t.Errorf("kiosk %q: %v", id, !want)
		}
	}
	for id, want := range map[string]bool{"res-00001": true, "short": false, "../../../x": false, strings.Repeat("r", 65): false} {
		if ValidReservation(id) != want {
			t.Errorf("reservation %q: %v", id, !want)
		}
	}
	if _, err := Dial("http://central", "K 1", NewHTTPClient(nil)); err == nil {
		t.Error("dialled as nobody")
	}
}

// TestDecodeRepeatsNothing: what the server sent may name a person.
func TestDecodeRepeatsNothing(t *testing.T) {
	for _, body := range []string{
		`{"asOf":"288012098012"}`, `{"fines":[{"amount":288012098012.5}]}`, `{"fines":[{"amount":"288012098012"}]}`,
		`{"fines":[{"amount":28801209801228801209801}]}`, `288012098012`, `{"288012098012"`, `{} 288012098012`, ``,
	} {
		var found Found
		err := Decode([]byte(body), &found)
		if !errors.Is(err, ErrAnswer) || strings.Contains(err.Error(), "2880120") {
			t.Errorf("%s: %v", body, err)
		}
	}
}

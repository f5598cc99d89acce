package central_test

import (
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"murur/sync/api"
	"murur/sync/central/demo"
)

func TestBadRequests(t *testing.T) {
	r := newRig(t)
	const asJSON = "application/json"
	for name, c := range map[string]struct {
		method, path, kiosk, media, body string
		status                           int
		problem                          api.ProblemType
	}{
		"no kiosk":        {"POST", "/v1/fines/search", "", asJSON, `{"by":"civil","number":"288012098012"}`, 401, api.TypeNoKiosk},
		"bad kiosk":       {"POST", "/v1/fines/search", "K 1", asJSON, `{"by":"civil","number":"288012098012"}`, 401, api.TypeNoKiosk},
		"no media type":   {"POST", "/v1/fines/search", "K-1", "", `{}`, 415, api.TypeBadRequest},
		"form":            {"POST", "/v1/fines/search", "K-1", "application/x-www-form-urlencoded", `by=civil`, 415, api.TypeBadRequest},
		"no body":         {"POST", "/v1/fines/search", "K-1", asJSON, ``, 400, api.TypeBadRequest},
		"garbage":         {"POST", "/v1/fines/search", "K-1", asJSON, `288012098012`, 400, api.TypeBadRequest},
		"no number":       {"POST", "/v1/fines/search", "K-1", asJSON, `{"by":"civil"}`, 400, api.TypeBadRequest},
		"unknown way":     {"POST", "/v1/fines/search", "K-1", asJSON, `{"by":"name","number":"288012098012"}`, 400, api.TypeBadRequest},
		"long number":     {"POST", "/v1/fines/search", "K-1", asJSON, `{"by":"civil","number":"` + strings.Repeat("1", 41) + `"}`, 400, api.TypeBadRequest},
		"too large":       {"POST", "/v1/fines/search", "K-1", asJSON, `{"by":"` + strings.Repeat("x", api.MaxRequestBytes) + `"}`, 413, api.TypeTooLarge},
		"large batch":     {"POST", "/v1/records", "K-1", asJSON, `{"records":["` + strings.Repeat("x", api.MaxBatchBytes) + `"]}`, 413, api.TypeTooLarge},
		"garbage record":  {"POST", "/v1/records", "K-1", asJSON, `{"records":[{"hash":"00"}]}`, 400, api.TypeBadRequest},
		"short id":        {"PUT", "/v1/reservations/short", "K-1", asJSON, `{"fines":["259801001"],"amount":1}`, 400, api.TypeBadRequest},
		"no fines":        {"PUT", "/v1/reservations/res-00001", "K-1", asJSON, `{"fines":[],"amount":1}`, 400, api.TypeBadRequest},
		"same fine twice": {"PUT", "/v1/reservations/res-00001", "K-1", asJSON, `{"fines":["259801001","259801001"],"amount":40000}`, 400, api.TypeBadRequest},
		"fraction":        {"PUT", "/v1/reservations/res-00001", "K-1", asJSON, `{"fines":["259801001"],"amount":20.5}`, 400, api.TypeBadRequest},
		"bad after":       {"GET", "/v1/postings?after=-1", "K-1", "", "", 400, api.TypeBadRequest},
		"no such path":    {"GET", "/v1/fines/288012098012", "K-1", "", "", 404, api.TypeBadRequest},
		"wrong method":    {"GET", "/v1/records", "K-1", "", "", 404, api.TypeBadRequest},
	} {
		t.Run(name, func(t *testing.T) {
			q, err := http.NewRequest(c.method, r.url+c.path, strings.NewReader(c.body))
			if err != nil {
				t.Fatal(err)
			}
			q.Header.Set(api.KioskHeader, c.kiosk)
			q.Header.Set("Content-Type", c.media)
			a, err := http.DefaultClient.Do(q)
			if err != nil {
				t.Fatal(err)
			}
			defer a.Body.Close()
			var p api.Problem
			if err := json.NewDecoder(a.Body).Decode(&p); err != nil || a.StatusCode != c.status || p.Type != c.problem {
				t.Errorf("%d %q, %v; want %d %q", a.StatusCode, p.Type, err, c.status, c.problem)
			}
			if a.Header.Get("Content-Type") != api.ProblemMedia || p.Status != c.status || p.Title == "" {
				t.Errorf("%s %+v", a.Header.Get("Content-Type"), p)
			}
		})
	}
}

func TestHealthNeedsNoKiosk(t *testing.T) {
	a, err := http.Get(newRig(t).url + "/v1/health")
	if err != nil {
		t.Fatal(err)
	}
	defer a.Body.Close()
	var h api.Health
	if err := json.NewDecoder(a.Body).Decode(&h); err != nil || h.Status != "ok" || !h.Time.Equal(demo.Day) {
		t.Errorf("%+v %v", h, err)
	}
}

func TestStoreFailure(t *testing.T) {
	r := newRig(t)
	k := r.kiosk("K-1")
	if err := r.store.Close(); err != nil {
		t.Fatal(err)
	}
	a, err := k.client.SearchFinesWithResponse(t.Context(), api.Search{By: api.ByCivil, Number: string(demo.Typical)})
	if err != nil || a.ApplicationproblemJSONDefault == nil || a.ApplicationproblemJSONDefault.Type != api.TypeInternal {
		t.Errorf("%v %s", err, a.Body)
	}
	h, err := k.client.HealthWithResponse(t.Context())
	if err != nil || h.StatusCode() != 500 {
		t.Errorf("health: %v %s", err, h.Status())
	}
}

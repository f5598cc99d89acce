package front

import (
	"testing"
	"time"
)

func TestCheckNumber(t *testing.T) {
	today := time.Date(2026, 1, 15, 0, 0, 0, 0, time.UTC)
	tests := []struct {
		mode    Way
		typed   string
		number  string
		problem NumberProblem
	}{
		{ByCivil, "", "", NumberIncomplete},
		{ByCivil, "2", "2", NumberIncomplete},
		{ByCivil, "4", "4", NumberCentury},
		{ByCivil, "28813", "28813", NumberDate},
		{ByCivil, "2880230", "2880230", NumberDate},
		{ByCivil, "28801209801", "28801209801", NumberIncomplete},
		{ByCivil, "288012098011", "288012098011", NumberCheck},
		{ByCivil, "288012098012", "288012098012", ""},
		{ByCivil, "٢٨٨٠١٢٠٩٨٠١٢", "288012098012", ""},
		{ByCivil, "2880120980123", "2880120980123", NumberTooLong},
		{ByCivil, "28801209801a", "28801209801a", NumberDigits},
		{ByCivil, "327010198015", "327010198015", NumberFuture},
		{ByViolation, "7001", "7001", NumberIncomplete},
		{ByViolation, "٧٠٠١٢٣", "700123", ""},
		{ByViolation, "7001234567890", "7001234567890", NumberTooLong},
		{ByViolation, "70x123", "70x123", NumberDigits},
		{ByPlate, "", "", NumberIncomplete},
		{ByPlate, "private/12/", "private/12/", NumberIncomplete},
		{ByPlate, "private/12/34567", "private/12/34567", ""},
		{ByPlate, "tank/12/34567", "tank/12/34567", NumberClass},
		{ByPlate, "private/123/4", "private/123/4", NumberTooLong},
		{ByCard, "1", "1", NumberDigits},
	}
	for _, tt := range tests {
		if number, problem := CheckNumber(tt.mode, tt.typed, today); number != tt.number || problem != tt.problem {
			t.Errorf("%s %q: got %q, %q; want %q, %q", tt.mode, tt.typed, number, problem, tt.number, tt.problem)
		}
	}
}

package zvt

import (
	"testing"
	"time"

	"murur/devices"
	"murur/devices/terminal"
)

func TestDecide(t *testing.T) {
	start := time.Date(2026, 3, 1, 10, 0, 0, 500, time.UTC)
	before := terminal.Mark{Terminal: "40001027", Trace: "000411", Receipt: "0310"}
	ours := func(change func(*transaction)) *transaction {
		x := &transaction{Result: terminal.Result{
			Amount: 20_000, Currency: 414, Code: "00", At: start.Truncate(time.Second),
			Mark: terminal.Mark{Terminal: "40001027", Trace: "000412", Receipt: "0311"},
		}}
		if change != nil {
			change(x)
		}
		return x
	}
	for _, c := range []struct {
		name   string
		before terminal.Mark
		last   *transaction
		want   devices.Outcome
		why    terminal.Reason
	}{
		{"ours", before, ours(nil), devices.Confirmed, ""},
		{"ours, first of the terminal", terminal.Mark{}, ours(nil), devices.Confirmed, ""},
		{"ours, terminal's clock is slow", before, ours(func(x *transaction) { x.At = start.Add(-4 * time.Minute) }), devices.Confirmed, ""},
		{"declined", before, ours(func(x *transaction) { x.code = 0x33 }), devices.Refused, terminal.ReasonFunds},
		{"reversed", before, ours(func(x *transaction) { x.reversal = true }), devices.Refused, terminal.ReasonNotBooked},
		{"the one before", before, ours(func(x *transaction) { x.Mark = before }), devices.Refused, terminal.ReasonNotBooked},
		{"nothing, before and now", terminal.Mark{}, nil, devices.Refused, terminal.ReasonNotBooked},
		{"nothing any more", before, nil, devices.Unknown, ""},
		{"other amount", before, ours(func(x *transaction) { x.Amount = 20_001 }), devices.Unknown, ""},
		{"other currency", before, ours(func(x *transaction) { x.Currency = 0 }), devices.Unknown, ""},
		{"too old", before, ours(func(x *transaction) { x.At = start.Add(-6 * time.Minute) }), devices.Unknown, ""},
		{"no leeway without a mark", terminal.Mark{}, ours(func(x *transaction) { x.At = start.Add(-time.Minute) }), devices.Unknown, ""},
		{"no time", before, ours(func(x *transaction) { x.At = time.Time{} }), devices.Unknown, ""},
		{"other terminal", before, ours(func(x *transaction) { x.Mark.Terminal = "40009999" }), devices.Unknown, ""},
		{"trace lies behind", before, ours(func(x *transaction) { x.Mark.Trace = "000410" }), devices.Unknown, ""},
		{"trace wrapped", terminal.Mark{Trace: "999999"}, ours(func(x *transaction) { x.Mark.Trace = "000001" }), devices.Confirmed, ""},
		{"receipt numbers restarted", before, ours(func(x *transaction) { x.Mark.Receipt = "0001" }), devices.Confirmed, ""},
	} {
		p := terminal.Payment{Amount: 20_000, Currency: 414, Started: start, Before: c.before}
		if r := decide(p, c.last, 5*time.Minute); r.Outcome != c.want || r.Reason != c.why || r.Amount != 20_000 {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
}

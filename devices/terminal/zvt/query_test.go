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

func TestDecideKnowsTheApproval(t *testing.T) {
	start := time.Date(2026, 3, 1, 10, 0, 0, 0, time.UTC)
	mark := func(trace string) terminal.Mark {
		return terminal.Mark{Terminal: "40001027", Trace: trace, Receipt: "0" + trace[3:]}
	}
	p := terminal.Payment{Amount: 20_000, Currency: 414, Started: start, Before: mark("000411"), Approval: mark("000412")}
	for trace, want := range map[string]devices.Outcome{
		"000411": devices.Refused, // the one before: it was undone
		"000412": devices.Confirmed,
		"000413": devices.Unknown, // somebody else's, for the same amount
	} {
		x := &transaction{Result: terminal.Result{Amount: 20_000, Currency: 414, At: start, Mark: mark(trace)}}
		if r := decide(p, x, 0); r.Outcome != want {
			t.Errorf("last transaction %s: %+v, want %s", trace, r, want)
		}
	}
}

// TestReversalEnds is the table of reversal.end.
func TestReversalEnds(t *testing.T) {
	aborted := func(code byte) error { return refusal{MsgAborted, code} }
	for _, c := range []struct {
		name string
		x    reversal
		err  error
		want devices.Outcome
		why  terminal.Reason
	}{
		{"none, 06 0F", reversal{}, nil, devices.Unknown, ""},
		{"none, 06 1E", reversal{}, aborted(0xA3), devices.Refused, terminal.ReasonLine},
		{"none, 06 1E B4", reversal{}, aborted(0xB4), devices.Confirmed, ""},
		{"none, 06 1E B5", reversal{}, aborted(0xB5), devices.Refused, terminal.ReasonFinal},
		{"none, 84 B4", reversal{}, refusal{CmdReverse, 0xB4}, devices.Confirmed, ""},
		{"none, silence", reversal{}, errT4, devices.Unknown, ""},
		{"done, 06 0F", reversal{told: true}, nil, devices.Confirmed, ""},
		{"done, 06 1E", reversal{told: true}, aborted(0x66), devices.Unknown, ""},
		{"done, silence", reversal{told: true}, errT4, devices.Unknown, ""},
		{"B4, silence", reversal{told: true, code: 0xB4}, errT4, devices.Confirmed, ""},
		{"refused, 06 1E", reversal{told: true, code: 0x6C}, aborted(0x6C), devices.Refused, terminal.ReasonCancelled},
		{"refused, 06 0F", reversal{told: true, code: 0xB5}, nil, devices.Refused, terminal.ReasonFinal},
		{"refused, silence", reversal{told: true, code: 0x6C}, errT4, devices.Unknown, ""},
		{"not of this, 06 0F", reversal{wrong: true}, nil, devices.Unknown, ""},
		{"not of this, 06 1E", reversal{wrong: true}, aborted(0xB4), devices.Unknown, ""},
	} {
		c.x.result.Outcome = devices.Unknown
		r, err := c.x.end(c.err)
		if r.Outcome != c.want || r.Reason != c.why || (err != nil) != (c.want == devices.Unknown) {
			t.Errorf("%s: %+v, %v; want %s %s", c.name, r, err, c.want, c.why)
		}
	}
}

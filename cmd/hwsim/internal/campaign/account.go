package campaign

import (
	"encoding/json"
	"time"

	"murur/devices"
	"murur/devices/terminal/zvtsim"
	"murur/kiosk/journey/fines"
	"murur/kiosk/kwd"
	"murur/kiosk/ledger/record"
)

// account is what the kiosk's log says of money and paper, by attempt and by number.
type account struct {
	attempts []*attempt // in order
	byID     map[string]*attempt
	receipts map[string]*attempt // by receipt number
	cases    map[string]*caseFile
	proved   map[string]int // papers that the log has as printed, by number
	slips    map[string]fines.SlipKind
	begun    int // ends of day
	days     []fines.DayRecord
	cards    *custody
	broken   []string // records that make no sense
}

// attempt is one try to pay, from its reservation on.
type attempt struct {
	id, journey string
	fines       []string
	amount      kwd.Amount
	intent      time.Time // zero: none
	approved    []string  // traces
	completed   int
	refused     int
	reversed    int
	unknown     int
	released    int
}

// caseFile is one case.
type caseFile struct {
	fines.Case
	closed []fines.ClosedRecord
}

func read0[T any](a *account, r record.Record) (v T) {
	if err := json.Unmarshal(r.Payload, &v); err != nil {
		a.broken = append(a.broken, r.Kind+": "+err.Error())
	}
	return v
}

// accountOf reads the log.
func accountOf(records []record.Record) *account {
	a := &account{
		byID: map[string]*attempt{}, receipts: map[string]*attempt{}, cases: map[string]*caseFile{},
		cards: newCustody(), proved: map[string]int{}, slips: map[string]fines.SlipKind{},
	}
	for _, r := range records {
		switch r.Kind {
		case fines.RecordReserving:
			p := read0[fines.ReservationRecord](a, r)
			t := &attempt{id: p.Reservation, journey: r.Journey, fines: p.Fines, amount: p.Amount}
			a.attempts, a.byID[t.id] = append(a.attempts, t), t
		case fines.RecordReleased:
			a.of(r, read0[fines.ReservationRecord](a, r).Reservation).released++
		case fines.RecordPrinting:
			p := read0[fines.PaperRecord](a, r)
			a.slips[p.Number] = p.Slip
		case fines.RecordPrinted:
			if p := read0[fines.PaperRecord](a, r); p.Outcome == devices.Confirmed {
				a.proved[p.Number]++
			}
		case fines.RecordCase:
			p := read0[fines.Case](a, r)
			if a.cases[p.Number] != nil {
				a.broken = append(a.broken, "two cases have the number "+p.Number)
			}
			a.cases[p.Number] = &caseFile{Case: p}
		case fines.RecordDayEnding:
			a.begun++
		case fines.RecordDayEnded:
			a.days = append(a.days, read0[fines.DayRecord](a, r))
		case fines.RecordClosed:
			p := read0[fines.ClosedRecord](a, r)
			if c := a.cases[p.Number]; c != nil {
				c.closed = append(c.closed, p)
			} else {
				a.broken = append(a.broken, "a case was closed that nobody opened: "+p.Number)
			}
		case fines.RecordIntent, fines.RecordApproved, fines.RecordCompleted, fines.RecordRefused, fines.RecordReversed, fines.RecordUnknown:
			a.payment(r)
		default:
			a.custodyOf(r)
		}
	}
	return a
}

// of is the attempt of that id; one that nobody began is noted.
func (a *account) of(r record.Record, id string) *attempt {
	if t := a.byID[id]; t != nil {
		return t
	}
	a.broken = append(a.broken, r.Kind+" of an attempt that nobody began: "+id)
	return &attempt{}
}

func (a *account) payment(r record.Record) {
	p := read0[fines.PaymentRecord](a, r)
	t := a.of(r, p.Reservation)
	switch r.Kind {
	case fines.RecordIntent:
		if !t.intent.IsZero() {
			a.broken = append(a.broken, "two intents of "+t.id)
		}
		t.intent = r.At
	case fines.RecordApproved:
		t.approved = append(t.approved, p.Trace)
	case fines.RecordCompleted:
		t.completed++
		a.receipts[p.Receipt] = t
	case fines.RecordRefused:
		t.refused++
	case fines.RecordReversed:
		t.reversed++
	case fines.RecordUnknown:
		t.unknown++
	}
}

// attemptOf is the attempt that a transaction of the bank belongs to: the last one that
// was meant before it. The terminal takes seconds from the command to the bank, so whole
// seconds of its clock are enough.
func (a *account) attemptOf(x zvtsim.Transaction) (last *attempt) {
	for _, t := range a.attempts {
		if !t.intent.IsZero() && !t.intent.After(x.At) {
			last = t
		}
	}
	return last
}

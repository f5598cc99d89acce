package central

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"time"

	"murur/sync/api"
)

// Verdict is what the department decides about an application.
type Verdict string

const (
	// Reissue allows one more card, at any kiosk, although an earlier one was handed out,
	// lost or destroyed.
	Reissue Verdict = "reissue"
	// Close allows none: it is settled in another way.
	Close Verdict = "close"
)

// Decision is what the department decided, and why.
type Decision struct {
	Verdict Verdict   `json:"verdict"`
	Reason  string    `json:"reason"`
	Issue   int       `json:"issue"` // that was allowed before it
	At      time.Time `json:"at"`
}

// maxReason is the longest reason in bytes.
const maxReason = 500

// ErrDecision means that there is nothing to decide about an application, or that the
// decision is none.
var ErrDecision = errors.New("cannot decide about the application")

// Decide ends what is unclear about an application and returns how many cards are
// allowed now. Something is to be decided when it is unclear, when it is over, and when its
// kiosk is gone and will never say what became of a visit or a lease. Errors: ErrDecision.
func (s *Server) Decide(ctx context.Context, application string, v Verdict, reason string) (issue int, err error) {
	if v != Reissue && v != Close || reason == "" || len(reason) > maxReason {
		return 0, ErrDecision
	}
	now := s.clock()
	err = s.store.Update(ctx, func(tx Tx) error {
		a, err := tx.Application(application)
		if errors.Is(err, ErrNone) || err == nil && (!a.Unclear && !a.Begun && !a.silent(now) && !a.over() || v == Close && a.over()) {
			return ErrDecision
		}
		if err != nil {
			return err
		}
		a.Decisions = append(a.Decisions, Decision{Verdict: v, Reason: reason, Issue: a.Issue, At: now})
		a.free()
		a.Unclear, a.Issued, a.Closed = false, time.Time{}, time.Time{}
		if v == Reissue {
			a.Issue++
		} else {
			a.Closed = now
		}
		issue = a.Issue
		return tx.PutApplication(a)
	})
	if err == nil { // the reason is what somebody wrote about a person: it stays out of the log
		s.log.InfoContext(ctx, "application.decided", "application", application, "verdict", v, "issue", issue)
	}
	return issue, err
}

// Staff serves what only the department may do. It must never be served where kiosks
// can reach it:
//
//	POST /applications/{id}/decision  {"decide":"reissue","reason":"…"}  one more card
//	                                  {"decide":"close","reason":"…"}    no more cards
//
// The answer is {"issue":2}, how many cards are allowed now; or a problem: conflict when
// there is nothing to decide or the reason is missing or longer than 500 bytes.
func (s *Server) Staff() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("POST /applications/{id}/decision", func(w http.ResponseWriter, r *http.Request) {
		var said struct {
			Decide Verdict `json:"decide"`
			Reason string  `json:"reason"`
		}
		if !isJSON(r.Header.Get("Content-Type")) { // nor a form of some web page
			write(w, problem(http.StatusUnsupportedMediaType, api.TypeBadRequest, "The body must be application/json."))
			return
		}
		err := json.NewDecoder(http.MaxBytesReader(w, r.Body, api.MaxRequestBytes)).Decode(&said)
		if err != nil {
			refuse(w, r, err)
			return
		}
		issue, err := s.Decide(r.Context(), r.PathValue("id"), said.Decide, said.Reason)
		switch {
		case errors.Is(err, ErrDecision):
			write(w, problem(http.StatusConflict, api.TypeConflict, "There is nothing to decide, or no reason was given."))
		case err != nil:
			s.fail(w, r, err)
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(map[string]int{"issue": issue})
		}
	})
	return mux
}

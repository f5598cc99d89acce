// Package control is what a technician sees of a running kioskd: HTTP on a Unix
// socket that only root and kioskd's own user can open. It reads, settles cases, puts
// blanks on their account and asks for the terminal's end of day; it cannot touch a
// journey or another device.
//
//	GET  /status         Status
//	GET  /ledger?from=N  records as JSON, one per line; from 0: all that are kept,
//	                     else those of the current epoch from seq N on
//	POST /ledger/verify  ledger.Report; 409 when the ledger is not sound
//	POST /terminal/end-of-day  asks for it; 503 not now
//	GET  /cases          []fines.Case, the open ones
//	GET  /stock          []stock.Batch
//	POST /stock/load     takes a stock.Load; answers like GET /stock; 400 not allowed
//	POST /cases/settle   takes an engine.Settlement; repeats it; 404 no such case, 400 not allowed
//
// A refusal is a Refusal with a 4xx or 5xx code. A stream that breaks off after it
// began says why in the trailer TrailerError.
package control

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net/http"
	"strconv"
	"strings"
	"time"

	"murur/devices"
	"murur/kiosk/engine"
	"murur/kiosk/event"
	"murur/kiosk/front"
	"murur/kiosk/health"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
	"murur/kiosk/ledger/record"
	"murur/kiosk/stock"
)

// TrailerError is the HTTP trailer that says why a stream broke off.
const TrailerError = "Murur-Error"

// Source is where the answers come from. Its methods are called concurrently, and
// Status answers from memory: it waits for no device.
type Source interface {
	Status() Status
	// Dump and Verify are those of ledger.Ledger.
	Dump(w io.Writer, from uint64) error
	Verify(ctx context.Context) (ledger.Report, error)
	// Cases, Settle and EndOfDay are those of engine.Engine.
	Cases() ([]fines.Case, error)
	Settle(ctx context.Context, s engine.Settlement) error
	EndOfDay(ctx context.Context) error
	// Stock and Load are those of engine.Engine.
	Stock() ([]stock.Batch, error)
	Load(ctx context.Context, l stock.Load) error
}

// Status is the whole machine at one moment. Nothing in it is personal.
type Status struct {
	Kiosk   string           `json:"kiosk"`
	Version string           `json:"version"`
	Started time.Time        `json:"started"`
	At      time.Time        `json:"at"` // by the kiosk's clock
	Screen  front.Name       `json:"screen"`
	Journey *Journey         `json:"journey,omitempty"` // the visit that is open
	Health  []health.Warning `json:"health,omitempty"`  // the worst first; empty: all is well
	Devices []Device         `json:"devices"`
	Ledger  *Ledger          `json:"ledger,omitempty"` // nil: not open, see Health
	Uplink  Uplink           `json:"uplink"`
	Process Process          `json:"process"`
}

// Journey is a visit, by what is not personal about it.
type Journey struct {
	ID    string    `json:"id"`
	Name  string    `json:"name"`
	Phase string    `json:"phase"`
	Since time.Time `json:"since"`
}

// Device is one device as it last answered.
type Device struct {
	Kind   string         `json:"kind"`   // health.Reader, …
	Driver string         `json:"driver"` // "zvt-serial"
	Status devices.Status `json:"status"`
	Since  time.Time      `json:"since"` // when it was asked
}

// Ledger is how long and how full the ledger is.
type Ledger struct {
	Head      record.Head `json:"head"`
	Watermark record.Head `json:"watermark"` // acknowledged by the central server
	Lag       uint64      `json:"lag"`       // records that it does not have yet
	Room      ledger.Room `json:"room"`
}

// Uplink is how sending to the central server goes.
type Uplink struct {
	LastOK time.Time `json:"lastOK,omitzero"` // last accepted delivery; zero: none since the start
	Error  string    `json:"error,omitempty"` // a code: why nothing is delivered; empty: it is
	Forked bool      `json:"forked,omitempty"`
}

// Process is what kioskd takes of the machine.
type Process struct {
	PID        int   `json:"pid"`
	RSS        int64 `json:"rss"` // bytes
	Goroutines int   `json:"goroutines"`
}

// Refusal is the body of an answer that is not 200.
type Refusal struct {
	Error string `json:"error"`
}

// Handler answers on the control socket.
func Handler(s Source, log *slog.Logger) http.Handler {
	h := handler{s, log}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /status", h.status)
	mux.HandleFunc("GET /ledger", h.dump)
	mux.HandleFunc("POST /ledger/verify", h.verify)
	mux.HandleFunc("POST /terminal/end-of-day", h.endOfDay)
	mux.HandleFunc("GET /cases", h.cases)
	mux.HandleFunc("POST /cases/settle", h.settle)
	mux.HandleFunc("GET /stock", h.stock)
	mux.HandleFunc("POST /stock/load", h.load)
	return mux
}

type handler struct {
	source Source
	log    *slog.Logger
}

func (h handler) status(w http.ResponseWriter, _ *http.Request) {
	answer(w, http.StatusOK, h.source.Status())
}

func (h handler) dump(w http.ResponseWriter, r *http.Request) {
	var from uint64
	if text := r.URL.Query().Get("from"); text != "" {
		var err error
		if from, err = strconv.ParseUint(text, 10, 64); err != nil {
			answer(w, http.StatusBadRequest, Refusal{"from must be the number of a record"})
			return
		}
	}
	w.Header().Set("Content-Type", "application/x-ndjson")
	w.Header().Set("Trailer", TrailerError)
	body := &counter{w: w}
	switch err := h.source.Dump(body, from); {
	case err != nil && body.n == 0:
		answer(w, http.StatusInternalServerError, Refusal{err.Error()})
	case err != nil:
		w.Header().Set(TrailerError, strings.Join(strings.Fields(err.Error()), " "))
	}
}

// counter knows whether an answer has begun.
type counter struct {
	w io.Writer
	n int
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += n
	return n, err
}

func (h handler) verify(w http.ResponseWriter, r *http.Request) {
	event.Log(h.log, event.ControlAsked, "request", "verify ledger")
	report, err := h.source.Verify(r.Context())
	switch {
	case errors.Is(err, ledger.ErrCorrupt):
		answer(w, http.StatusConflict, Refusal{err.Error()})
	case err != nil:
		answer(w, http.StatusInternalServerError, Refusal{err.Error()})
	default:
		answer(w, http.StatusOK, report)
	}
}

func (h handler) endOfDay(w http.ResponseWriter, r *http.Request) {
	event.Log(h.log, event.ControlAsked, "request", "end of day")
	switch err := h.source.EndOfDay(r.Context()); {
	case errors.Is(err, engine.ErrBusy):
		answer(w, http.StatusServiceUnavailable, Refusal{err.Error()})
	case err != nil:
		answer(w, http.StatusInternalServerError, Refusal{err.Error()})
	default:
		answer(w, http.StatusOK, struct{}{})
	}
}

func (h handler) cases(w http.ResponseWriter, _ *http.Request) {
	list, err := h.source.Cases()
	if err != nil {
		answer(w, http.StatusInternalServerError, Refusal{err.Error()})
		return
	}
	answer(w, http.StatusOK, append([]fines.Case{}, list...)) // an empty list, never null
}

// maxSaid bounds what a technician can say.
const maxSaid = 4 << 10

// said reads what a technician says; if it is not a into, the answer is given.
func said(w http.ResponseWriter, r *http.Request, into any) bool {
	decoder := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxSaid))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(into)
	if err != nil {
		answer(w, http.StatusBadRequest, Refusal{"this cannot be read: " + err.Error()})
	}
	return err == nil
}

func (h handler) stock(w http.ResponseWriter, _ *http.Request) {
	list, err := h.source.Stock()
	if err != nil {
		answer(w, http.StatusInternalServerError, Refusal{err.Error()})
		return
	}
	answer(w, http.StatusOK, append([]stock.Batch{}, list...)) // an empty list, never null
}

func (h handler) load(w http.ResponseWriter, r *http.Request) {
	var l stock.Load
	if !said(w, r, &l) {
		return
	}
	event.Log(h.log, event.ControlAsked, "request", "load blanks")
	switch err := h.source.Load(r.Context(), l); {
	case errors.Is(err, stock.ErrLoad):
		answer(w, http.StatusBadRequest, Refusal{err.Error()})
	case err != nil:
		answer(w, http.StatusInternalServerError, Refusal{err.Error()})
	default:
		h.stock(w, r)
	}
}

func (h handler) settle(w http.ResponseWriter, r *http.Request) {
	var s engine.Settlement
	if !said(w, r, &s) {
		return
	}
	event.Log(h.log, event.ControlAsked, "request", "settle "+s.Case)
	switch err := h.source.Settle(r.Context(), s); {
	case errors.Is(err, engine.ErrNoCase):
		answer(w, http.StatusNotFound, Refusal{err.Error()})
	case errors.Is(err, fines.ErrSettle):
		answer(w, http.StatusBadRequest, Refusal{err.Error()})
	case err != nil:
		answer(w, http.StatusInternalServerError, Refusal{err.Error()})
	default:
		answer(w, http.StatusOK, s)
	}
}

func answer(w http.ResponseWriter, code int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(code)
	_ = json.NewEncoder(w).Encode(body) // it is gone if it fails: nobody is left to tell
}

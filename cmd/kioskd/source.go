package main

import (
	"context"
	"errors"
	"io"
	"sync"
	"time"

	"murur/devices"
	"murur/kiosk/config"
	"murur/kiosk/control"
	"murur/kiosk/engine"
	"murur/kiosk/health"
	"murur/kiosk/journey/fines"
	"murur/kiosk/ledger"
	"murur/kiosk/stock"
	"murur/sync/uplink"
)

// source answers technicians: control.Source. What is not open yet is left out.
type source struct {
	config config.Config
	began  time.Time

	mu     sync.Mutex
	book   *ledger.Ledger
	kiosk  *engine.Engine
	up     *uplink.Uplink
	closed *closed
	why    error
}

func (s *source) opened(book *ledger.Ledger, kiosk *engine.Engine, up *uplink.Uplink) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.book, s.kiosk, s.up = book, kiosk, up
}

func (s *source) refused(c closed, why error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.closed, s.why = &c, why
}

// Status is made of what each part last knew; nobody is asked.
func (s *source) Status() control.Status {
	s.mu.Lock()
	defer s.mu.Unlock()
	status := control.Status{
		Kiosk: s.config.Kiosk, Version: version, Started: s.began, At: time.Now(),
		Process: control.Self(),
	}
	if s.closed != nil {
		screen, _ := s.closed.board.Now()
		status.Screen = screen.Name
		status.Health = []health.Warning{{Code: screen.Outage.Code, Device: health.Storage, Severity: health.Alarm,
			Blocks: []string{"all"}, Remedy: devices.RemedyMaintenance, Detail: s.why.Error()}}
	}
	if s.kiosk == nil {
		return status
	}
	now := s.kiosk.Status()
	status.Screen, status.Health = now.Screen, now.Warnings
	if now.Journey != "" {
		status.Journey = &control.Journey{ID: now.Journey, Name: now.Name, Phase: now.Phase, Since: now.Since}
	}
	for _, d := range []struct{ kind, driver string }{
		{health.Reader, s.config.Reader.Driver}, {health.Terminal, s.config.Terminal.Driver}, {health.Printer, s.config.Printer.Driver},
		{health.Licence, s.config.Licence.Driver}, {health.Capture, s.config.Capture.Driver},
	} {
		if state, known := now.Facts.Devices[d.kind]; known {
			status.Devices = append(status.Devices, control.Device{Kind: d.kind, Driver: d.driver, Status: state, Since: now.Facts.At})
		}
	}
	head, mark := s.book.Head(), s.book.Watermark()
	status.Ledger = &control.Ledger{Head: head, Watermark: mark, Lag: head.Seq - mark.Seq, Room: s.book.Room()}
	up := s.up.Status()
	status.Uplink = control.Uplink{LastOK: up.OK, Error: string(up.Code), Forked: up.Code.Final()}
	return status
}

var errNotOpen = errors.New("the ledger is not open")

// Dump writes the ledger's records.
func (s *source) Dump(w io.Writer, from uint64) error {
	if book := s.ledger(); book != nil {
		return book.Dump(w, from)
	}
	return errNotOpen
}

// Verify checks the whole ledger.
func (s *source) Verify(ctx context.Context) (ledger.Report, error) {
	if book := s.ledger(); book != nil {
		return book.Verify(ctx)
	}
	return ledger.Report{}, errNotOpen
}

// Cases are the open cases.
func (s *source) Cases() ([]fines.Case, error) {
	if kiosk := s.running(); kiosk != nil {
		return kiosk.Cases()
	}
	return nil, errNotOpen
}

// Settle closes a case by a technician's decision.
func (s *source) Settle(ctx context.Context, d engine.Settlement) error {
	if kiosk := s.running(); kiosk != nil {
		return kiosk.Settle(ctx, d)
	}
	return errNotOpen
}

// EndOfDay asks the terminal for it.
func (s *source) EndOfDay(ctx context.Context) error {
	if kiosk := s.running(); kiosk != nil {
		return kiosk.EndOfDay(ctx)
	}
	return errNotOpen
}

// Stock are the accounts of the blanks.
func (s *source) Stock() ([]stock.Batch, error) {
	if kiosk := s.running(); kiosk != nil {
		return kiosk.Stock()
	}
	return nil, errNotOpen
}

// Load puts blanks on their account.
func (s *source) Load(ctx context.Context, l stock.Load) error {
	if kiosk := s.running(); kiosk != nil {
		return kiosk.Load(ctx, l)
	}
	return errNotOpen
}

func (s *source) running() *engine.Engine {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.kiosk
}

func (s *source) ledger() *ledger.Ledger {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.book
}

//go:build vmlab

package vmlab

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"murur/devices/smartcard/cardsim"
)

// Message types of the protocol by which QEMU's reader reaches a card elsewhere
// (libcacard's vscard_common.h). A message is type, reader and length, each 4 bytes,
// big endian, and then so many bytes.
const (
	vscInit          = 1
	vscError         = 2
	vscReaderAdd     = 3
	vscATR           = 5 // a card is put in
	vscCardRemove    = 6
	vscAPDU          = 7
	vscFlush         = 8
	vscFlushComplete = 9
)

// slot is the hand at the reader and the card in it.
type slot struct {
	m *machine

	mu    sync.Mutex
	conn  net.Conn // to the reader; nil while it is not plugged in
	done  chan struct{}
	code  chan uint32   // of vscError
	card  *cardsim.Card // in the slot, or nil
	event string        // happens instead of the next answer
}

var person = cardsim.Person{
	CivilNumber: "288012098012", NameAr: "فهد سالم", NameEn: "FAHAD SALEM",
	Expiry: time.Date(2030, 1, 31, 0, 0, 0, 0, time.UTC),
}

// obey does what the guest asks for.
func (s *slot) obey(order string) error {
	what, which, _ := strings.Cut(order, " ")
	s.mu.Lock()
	defer s.mu.Unlock()
	switch what {
	case "plug":
		return s.plug()
	case "unplug":
		return s.unplug()
	case "insert":
		return s.insert(which)
	case "remove":
		return s.remove()
	case "instead-of-answer":
		s.event = which
		return nil
	}
	return errors.New("unknown order")
}

func (s *slot) plug() error {
	if err := s.m.monitor.do("device_add", map[string]any{"driver": "usb-ccid", "id": "reader", "bus": "usb.0"}); err != nil {
		return err
	}
	if err := s.m.monitor.do("device_add", map[string]any{"driver": "ccid-card-passthru", "id": "card", "chardev": "slot"}); err != nil {
		return err
	}
	conn, err := net.Dial("unix", filepath.Join(s.m.dir, "slot"))
	if err != nil {
		return err
	}
	s.conn, s.code, s.done = conn, make(chan uint32, 1), make(chan struct{})
	go s.serve(conn, s.code, s.done)
	if err := s.send(vscInit, []byte("VSCD\x00\x00\x00\x02\x00\x00\x00\x00")); err != nil {
		return err
	}
	return s.confirmed(vscReaderAdd, []byte("slot\x00"))
}

func (s *slot) unplug() error {
	if err := s.m.monitor.do("device_del", map[string]any{"id": "reader"}); err != nil {
		return err
	}
	err := s.conn.Close()
	s.conn, s.card = nil, nil
	return err
}

func (s *slot) insert(kind string) error {
	i := slices.IndexFunc(cardsim.Kinds(), func(k cardsim.Kind) bool { return k.Name == kind })
	if i < 0 {
		return errors.New("no such card")
	}
	s.card = cardsim.Kinds()[i].New(person)
	s.card.Inserted()
	atr, err := s.card.Reset(7) // any voltage; QEMU's reader does not tell when it resets the card
	if err != nil {
		return err
	}
	return s.confirmed(vscATR, atr)
}

func (s *slot) remove() error {
	s.card = nil
	return s.confirmed(vscCardRemove, nil)
}

// serve answers the reader until the connection ends.
func (s *slot) serve(conn net.Conn, code chan<- uint32, done chan<- struct{}) {
	defer close(done)
	for {
		var head [12]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			return
		}
		data := make([]byte, binary.BigEndian.Uint32(head[8:]))
		if _, err := io.ReadFull(conn, data); err != nil {
			return
		}
		switch binary.BigEndian.Uint32(head[:]) {
		case vscError:
			code <- binary.BigEndian.Uint32(data)
		case vscAPDU:
			go s.answer(data)
		case vscFlush:
			s.send(vscFlushComplete, nil)
		}
	}
}

// answer lets the card answer a command, or something else happen.
func (s *slot) answer(command []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	event := s.event
	s.event = ""
	var answer []byte
	err := cardsim.ErrMute
	switch {
	case event == "remove":
		err = cardsim.ErrPulled
	case event == "unplug":
		s.unplug()
		return
	case event == "" && s.card != nil:
		var delay time.Duration
		answer, delay, err = s.card.TPDU(command)
		<-time.After(delay)
	}
	switch {
	case err == nil:
		s.send(vscAPDU, answer)
	case errors.Is(err, cardsim.ErrPulled):
		s.remove()
	}
}

// send writes a message in one call: QEMU takes its time over a second one.
func (s *slot) send(kind uint32, data []byte) error {
	b := binary.BigEndian.AppendUint32(nil, kind)
	b = binary.BigEndian.AppendUint32(b, 0)
	b = binary.BigEndian.AppendUint32(b, uint32(len(data)))
	_, err := s.conn.Write(append(b, data...))
	return err
}

// confirmed sends a message that the reader answers with a code.
func (s *slot) confirmed(kind uint32, data []byte) error {
	if err := s.send(kind, data); err != nil {
		return err
	}
	select {
	case code := <-s.code:
		if code != 0 {
			return fmt.Errorf("the reader answers code %d", code)
		}
		return nil
	case <-s.done:
		return errors.New("the reader has hung up")
	}
}

package ledger

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"go.etcd.io/bbolt"

	"murur/kiosk/ledger/record"
)

// Table names a projection.
type Table string

// The projections. Keys and values are the caller's.
const (
	Journeys Table = "journeys" // open journeys and their states
	Paid     Table = "paid"     // what was paid here and may not be charged again
	Cases    Table = "cases"    // what a person must still settle
	Settings Table = "settings" // what must survive a restart and is not configuration
	Pickups  Table = "pickups"  // what was done here with an application for a licence
	Manifest Table = "manifest" // leases of applications, sealed
	Stock    Table = "stock"    // blanks, by batch
)

// tables are all of them, in the order in which the schemas brought them.
var tables = []Table{Journeys, Paid, Cases, Settings, Pickups, Manifest, Stock}

// tablesOf are those of a schema: the second one brought what pickups need.
func tablesOf(schema int) []Table {
	if schema < 2 {
		return tables[:4]
	}
	return tables
}

func (t Table) known() bool {
	for _, known := range tables {
		if t == known {
			return true
		}
	}
	return false
}

// Step is what one step of a journey makes durable: all of it or nothing.
type Step struct {
	Journey string // of all its records
	Records []Draft
	Put     []Projection // in this order
}

// Draft is a record before it has its place in the log.
type Draft struct {
	Kind     string // "payment.approved"
	Payload  any    // becomes JSON; goes to the central server, so nothing personal
	Personal any    // becomes JSON and is sealed; stays at the kiosk; nil for none
}

// Projection is a new value for a row of a table.
type Projection struct {
	Table  Table
	Key    string // 1 to 1024 bytes; not sealed, so nothing personal
	Value  any    // becomes JSON; nil deletes the row
	Sealed bool   // for a value with personal data
}

const (
	maxKey   = 1024
	maxValue = 1 << 20 // of one record or row, as JSON
)

// Append makes a step durable and returns the new head. A step without records
// changes projections only; the head stays.
//
// Errors: ErrFull, ErrReadOnly, ErrClosed; ErrCorrupt. Any other error of the disk
// makes this and every later Append fail until the ledger is opened again, because
// what the disk holds is then not known.
func (l *Ledger) Append(s Step) (record.Head, error) {
	if len(s.Records) == 0 && len(s.Put) == 0 {
		return l.Head(), nil
	}
	drafts, rows, err := encode(s)
	if err != nil {
		return record.Head{}, fmt.Errorf("cannot append to ledger: %w", err)
	}
	if err := l.fits(drafts, rows); err != nil {
		return record.Head{}, fmt.Errorf("cannot append to ledger: %w", err)
	}
	var head record.Head
	err = l.update(func(tx *bbolt.Tx, state *state) error {
		for _, d := range drafts {
			if err := l.add(tx, state, s.Journey, d); err != nil {
				return err
			}
		}
		for _, r := range rows {
			if err := l.put(tx, state, r); err != nil {
				return err
			}
		}
		head = state.Chain.Head
		return nil
	})
	if err != nil {
		return record.Head{}, fmt.Errorf("cannot append to ledger: %w", err)
	}
	if len(drafts) > 0 {
		l.signal()
	}
	return head, nil
}

func (l *Ledger) signal() {
	select {
	case l.changed <- struct{}{}:
	default: // the reader has not taken the last one yet
	}
}

// draft and row are a Draft and a Projection as JSON.
type draft struct {
	kind              string
	payload, personal []byte
}

type row struct {
	table  Table
	key    string
	value  []byte // nil deletes
	sealed bool
}

func encode(s Step) ([]draft, []row, error) {
	drafts := make([]draft, len(s.Records))
	for i, d := range s.Records {
		if d.Kind == "" {
			return nil, nil, errors.New("a record has no kind")
		}
		payload, err := toJSON(d.Payload)
		if err != nil {
			return nil, nil, fmt.Errorf("record %s: %w", d.Kind, err)
		}
		personal, err := toJSON(d.Personal)
		if err != nil {
			return nil, nil, fmt.Errorf("record %s: %w", d.Kind, err)
		}
		drafts[i] = draft{d.Kind, payload, personal}
	}
	rows := make([]row, len(s.Put))
	for i, p := range s.Put {
		if !p.Table.known() || p.Key == "" || len(p.Key) > maxKey {
			return nil, nil, fmt.Errorf("no row %q is possible in table %q", p.Key, p.Table)
		}
		value, err := toJSON(p.Value)
		if err != nil {
			return nil, nil, fmt.Errorf("row %q of %s: %w", p.Key, p.Table, err)
		}
		rows[i] = row{p.Table, p.Key, value, p.Sealed}
	}
	return drafts, rows, nil
}

func toJSON(v any) ([]byte, error) {
	if v == nil {
		return nil, nil
	}
	data, err := json.Marshal(v)
	if err != nil {
		return nil, err
	}
	if len(data) > maxValue {
		return nil, fmt.Errorf("%d bytes are more than %d", len(data), maxValue)
	}
	return data, nil
}

// add puts a record at the end of the log.
func (l *Ledger) add(tx *bbolt.Tx, s *state, journey string, d draft) error {
	c := &s.Chain
	e := entry{Record: record.Record{
		Kiosk:   s.Kiosk,
		Epoch:   c.Head.Epoch,
		Seq:     c.Head.Seq + 1,
		At:      l.options.Now().UTC().Truncate(time.Microsecond),
		Journey: journey,
		Kind:    d.kind,
		Payload: d.payload,
		Prev:    c.Head.Hash,
	}}
	if d.personal != nil {
		sealed, err := l.seal.seal(d.personal, recordPlace(s.Kiosk, e.Epoch, e.Seq))
		if err != nil {
			return err
		}
		e.sealed, e.SealedSum = sealed, sha256.Sum256(sealed)
	}
	e.Hash = e.Sum()
	head, err := c.Head.Follow(e.Record)
	if err != nil {
		return err
	}
	c.Head = head
	b := tx.Bucket(recordsBucket)
	b.FillPercent = 0.95 // keys only ever grow
	return b.Put(recordKey(e.Epoch, e.Seq), e.encode())
}

// put writes or deletes a row and keeps the sum of all rows.
func (l *Ledger) put(tx *bbolt.Tx, s *state, r row) error {
	b := tx.Bucket([]byte(r.table))
	key := []byte(r.key)
	if old := b.Get(key); old != nil {
		if _, err := parseCell(r.table, r.key, old); err != nil {
			return err
		}
		xor(&s.Sum, old)
	}
	if r.value == nil {
		return b.Delete(key)
	}
	data := r.value
	if r.sealed {
		var err error
		if data, err = l.seal.seal(data, cellPlace(r.table, r.key)); err != nil {
			return err
		}
	}
	c := newCell(r.table, r.key, data, r.sealed)
	xor(&s.Sum, c)
	return b.Put(key, c)
}

func xor(sum *record.Hash, cell []byte) {
	for i := range sum {
		sum[i] ^= cell[i]
	}
}

// cell is the value of a row as stored: a digest, whether it is sealed, the data.
type cell struct {
	data   []byte
	sealed bool
}

func newCell(t Table, key string, data []byte, sealed bool) []byte {
	c := make([]byte, sha256.Size+1, sha256.Size+1+len(data))
	if sealed {
		c[sha256.Size] = 1
	}
	c = append(c, data...)
	sum := cellSum(t, key, c[sha256.Size:])
	copy(c, sum[:])
	return c
}

func parseCell(t Table, key string, c []byte) (cell, error) {
	if len(c) <= sha256.Size {
		return cell{}, fmt.Errorf("%w: row %q of %s is cut short", ErrCorrupt, key, t)
	}
	sum := cellSum(t, key, c[sha256.Size:])
	if !bytes.Equal(sum[:], c[:sha256.Size]) {
		return cell{}, fmt.Errorf("%w: row %q of %s was changed", ErrCorrupt, key, t)
	}
	return cell{data: c[sha256.Size+1:], sealed: c[sha256.Size] == 1}, nil
}

func cellSum(t Table, key string, rest []byte) record.Hash {
	h := sha256.New()
	for _, s := range [][]byte{[]byte(t), []byte(key)} {
		var n [8]byte
		binary.BigEndian.PutUint64(n[:], uint64(len(s)))
		h.Write(n[:])
		h.Write(s)
	}
	h.Write(rest)
	var sum record.Hash
	h.Sum(sum[:0])
	return sum
}

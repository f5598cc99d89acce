package ledger

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"go.etcd.io/bbolt"

	"murur/kiosk/ledger/record"
)

// Get reads a row into the value that into points to, and says whether it is
// there. Errors: ErrCorrupt, ErrKey, ErrClosed.
func (l *Ledger) Get(t Table, key string, into any) (bool, error) {
	var raw json.RawMessage
	err := l.view(func(tx *bbolt.Tx) (err error) {
		raw, err = l.row(tx, t, key)
		return err
	})
	if err == nil && raw != nil {
		err = json.Unmarshal(raw, into)
	}
	if err != nil {
		return false, fmt.Errorf("cannot read row %q of ledger table %s: %w", key, t, err)
	}
	return raw != nil, nil
}

func (l *Ledger) row(tx *bbolt.Tx, t Table, key string) (json.RawMessage, error) {
	if !t.known() {
		return nil, errors.New("no such table")
	}
	b := tx.Bucket([]byte(t))
	if b == nil {
		return nil, nil // an older file, opened to be read
	}
	v := b.Get([]byte(key))
	if v == nil {
		return nil, nil
	}
	return l.value(t, key, v)
}

// value checks a stored row and returns a copy of its JSON.
func (l *Ledger) value(t Table, key string, v []byte) (json.RawMessage, error) {
	c, err := parseCell(t, key, v)
	if err != nil {
		return nil, err
	}
	if c.sealed {
		return l.seal.open(c.data, cellPlace(t, key))
	}
	return bytes.Clone(c.data), nil
}

// Each calls f with every row of a table, ordered by key, as the table was when
// Each was called; f may use the ledger. It stops at the first error of f and
// returns it. Errors else: ErrCorrupt, ErrKey, ErrClosed.
func (l *Ledger) Each(t Table, f func(key string, value json.RawMessage) error) error {
	type pair struct {
		key   string
		value json.RawMessage
	}
	var all []pair
	err := l.view(func(tx *bbolt.Tx) error {
		if !t.known() {
			return errors.New("no such table")
		}
		b := tx.Bucket([]byte(t))
		if b == nil {
			return nil // an older file, opened to be read
		}
		return b.ForEach(func(k, v []byte) error {
			raw, err := l.value(t, string(k), v)
			all = append(all, pair{string(k), raw})
			return err
		})
	})
	if err != nil {
		return fmt.Errorf("cannot read ledger table %s: %w", t, err)
	}
	for _, p := range all {
		if err := f(p.key, p.value); err != nil {
			return err
		}
	}
	return nil
}

// After returns up to max records of the current epoch that follow seq, checked
// against the chain. None means that seq is the head. Errors: ErrPruned, ErrFork
// (seq is past the head), ErrCorrupt, ErrClosed.
func (l *Ledger) After(seq uint64, max int) ([]record.Record, error) {
	var records []record.Record
	err := l.view(func(tx *bbolt.Tx) error {
		s, err := readState(tx)
		if err != nil {
			return err
		}
		return s.Chain.walk(tx, seq, func(e entry) (bool, error) {
			if len(records) == max {
				return false, nil
			}
			records = append(records, e.Record)
			return true, nil
		})
	})
	if err != nil {
		return nil, fmt.Errorf("cannot read ledger after record %d: %w", seq, err)
	}
	return records, nil
}

// Personal opens what was sealed with a record of the current epoch, and says
// whether there was anything. Errors: ErrPruned, ErrFork (no such record yet),
// ErrKey, ErrCorrupt, ErrClosed.
func (l *Ledger) Personal(seq uint64, into any) (bool, error) {
	found := false
	err := l.view(func(tx *bbolt.Tx) error {
		s, err := readState(tx)
		if err != nil {
			return err
		}
		if seq == 0 || seq > s.Chain.Head.Seq {
			return ErrFork
		}
		return s.Chain.walk(tx, seq-1, func(e entry) (bool, error) {
			if e.sealed == nil {
				return false, nil
			}
			plain, err := l.seal.open(e.sealed, recordPlace(e.Kiosk, e.Epoch, e.Seq))
			if err != nil {
				return false, err
			}
			found = true
			return false, json.Unmarshal(plain, into)
		})
	})
	if err != nil {
		return false, fmt.Errorf("cannot read personal data of ledger record %d: %w", seq, err)
	}
	return found, nil
}

// Dump writes records as JSON, one per line. With from 0 these are all records in
// the file, closed epochs first; else those of the current epoch from seq from on.
// Sealed data is not written. Records that are appended meanwhile may be left out.
// Errors: ErrPruned, ErrCorrupt, ErrClosed, those of w.
func (l *Ledger) Dump(w io.Writer, from uint64) error {
	chains := l.state.Load().chains()
	if from > 0 {
		chains = chains[len(chains)-1:]
	}
	enc := json.NewEncoder(w)
	for _, c := range chains {
		for next := max(from, c.Base.Seq+1); next <= c.Head.Seq; {
			batch, err := l.batch(c.Head.Epoch, next-1)
			if err != nil {
				return fmt.Errorf("cannot dump ledger: %w", err)
			}
			for _, r := range batch {
				if err := enc.Encode(r); err != nil {
					return fmt.Errorf("cannot dump ledger: %w", err)
				}
			}
			next += uint64(len(batch))
		}
	}
	return nil
}

// batch reads the next few records, so that a slow writer does not keep a
// transaction open.
func (l *Ledger) batch(epoch uint32, seq uint64) (records []record.Record, err error) {
	err = l.view(func(tx *bbolt.Tx) error {
		s, err := readState(tx)
		if err != nil {
			return err
		}
		return s.chains()[epoch].walk(tx, seq, func(e entry) (bool, error) {
			records = append(records, e.Record)
			return len(records) < 256, nil
		})
	})
	return records, err
}

// walk calls f with each record after seq until it says false, having checked that
// they are all there and follow each other.
func (c *chain) walk(tx *bbolt.Tx, seq uint64, f func(entry) (bool, error)) error {
	head := record.Head{Epoch: c.Head.Epoch}
	switch {
	case seq < c.Base.Seq:
		return ErrPruned
	case seq > c.Head.Seq:
		return fmt.Errorf("%w: it ends at %d", ErrFork, c.Head.Seq)
	case seq == c.Base.Seq:
		head = c.Base
	default:
		e, err := readEntry(tx, c.Head.Epoch, seq)
		if err != nil {
			return err
		}
		head.Seq, head.Hash = e.Seq, e.Hash
	}
	cursor := tx.Bucket(recordsBucket).Cursor()
	k, v := cursor.Seek(recordKey(head.Epoch, head.Seq+1))
	for ; head.Seq < c.Head.Seq; k, v = cursor.Next() {
		if !bytes.Equal(k, recordKey(head.Epoch, head.Seq+1)) {
			return fmt.Errorf("%w: record %d is missing", ErrCorrupt, head.Seq+1)
		}
		e, err := parseEntry(k, v)
		if err != nil {
			return err
		}
		if head, err = head.Follow(e.Record); err != nil {
			return fmt.Errorf("%w: %w", ErrCorrupt, err)
		}
		if more, err := f(e); err != nil || !more {
			return err
		}
	}
	if head != c.Head {
		return fmt.Errorf("%w: the chain does not end in its head %d", ErrCorrupt, c.Head.Seq)
	}
	return nil
}

func readEntry(tx *bbolt.Tx, epoch uint32, seq uint64) (entry, error) {
	k := recordKey(epoch, seq)
	v := tx.Bucket(recordsBucket).Get(k)
	if v == nil {
		return entry{}, fmt.Errorf("%w: record %d is missing", ErrCorrupt, seq)
	}
	return parseEntry(k, v)
}

package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"strconv"

	"go.etcd.io/bbolt"

	"murur/kiosk/ledger/record"
)

// check reads what can be read quickly, before a file is used: the state, whose
// file it is, the key, that no record is missing, and all projections.
func (l *Ledger) check(db *store) (*state, error) {
	var s *state
	err := db.view(func(tx *bbolt.Tx) (err error) {
		if s, err = readState(tx); err != nil {
			return err
		}
		if s.Commit != tx.ID() { // pages that the disk lost, and old ones in their place
			return fmt.Errorf("%w: its state is of commit %d, not %d", ErrCorrupt, s.Commit, tx.ID())
		}
		o := &l.options
		if s.Kiosk != o.Kiosk && (o.Kiosk != "" || !o.ReadOnly) {
			return fmt.Errorf("%w: it is of %q, not %q", ErrKiosk, s.Kiosk, o.Kiosk)
		}
		if l.seal.aead != nil {
			if _, err := l.seal.open(s.KeyCheck, keyCheckPlace(s.Kiosk)); err != nil {
				return err
			}
		}
		if err := s.checkRecordKeys(tx); err != nil {
			return err
		}
		_, err = s.checkRows(tx, func(Table, string, []byte) error { return nil })
		return err
	})
	return s, err
}

// checkRecordKeys checks that the records are those that the state says, without
// reading them, but for the newest.
func (s *state) checkRecordKeys(tx *bbolt.Tx) error {
	b := tx.Bucket(recordsBucket)
	if b == nil {
		return fmt.Errorf("%w: it has no records", ErrCorrupt)
	}
	cursor := b.Cursor()
	k, _ := cursor.First()
	for i, c := range s.chains() {
		if c.Head.Epoch != uint32(i) {
			return fmt.Errorf("%w: epoch %d is missing", ErrCorrupt, i)
		}
		if c.Base.Seq > c.Acknowledged.Seq || c.Acknowledged.Seq > c.Head.Seq {
			return fmt.Errorf("%w: its watermark is off the chain", ErrCorrupt)
		}
		for seq := c.Base.Seq + 1; seq <= c.Head.Seq; seq++ {
			if !bytes.Equal(k, recordKey(c.Head.Epoch, seq)) {
				return fmt.Errorf("%w: record %d is missing", ErrCorrupt, seq)
			}
			k, _ = cursor.Next()
		}
	}
	if k != nil {
		return fmt.Errorf("%w: it has a record past its head", ErrCorrupt)
	}
	c := s.Chain
	if c.Head.Seq == c.Base.Seq {
		return nil
	}
	e, err := readEntry(tx, c.Head.Epoch, c.Head.Seq)
	if err == nil && e.Hash != c.Head.Hash {
		err = fmt.Errorf("%w: record %d is not its head", ErrCorrupt, e.Seq)
	}
	return err
}

// checkRows checks every row and that none is missing, and returns their number.
func (s *state) checkRows(tx *bbolt.Tx, each func(Table, string, []byte) error) (int, error) {
	var sum record.Hash
	n := 0
	for _, t := range tablesOf(s.Schema) {
		b := tx.Bucket([]byte(t))
		if b == nil {
			return 0, fmt.Errorf("%w: it has no table %s", ErrCorrupt, t)
		}
		err := b.ForEach(func(k, v []byte) error {
			if _, err := parseCell(t, string(k), v); err != nil {
				return err
			}
			xor(&sum, v)
			n++
			return each(t, string(k), v)
		})
		if err != nil {
			return 0, err
		}
	}
	if sum != s.Sum {
		return 0, fmt.Errorf("%w: a row is missing or out of date", ErrCorrupt)
	}
	return n, nil
}

// Report is what Verify found in a sound ledger.
type Report struct {
	Kiosk     string      `json:"kiosk"`
	Head      record.Head `json:"head"`
	Watermark record.Head `json:"watermark"`
	Base      record.Head `json:"base"`    // newest record pruned
	Epochs    int         `json:"epochs"`  // in the file
	Records   int         `json:"records"` // in the file, of all epochs
	Sealed    int         `json:"sealed"`  // records with personal data
	Rows      int         `json:"rows"`    // of all projections
}

// String is one line for a person.
func (r Report) String() string {
	return "kiosk " + r.Kiosk + ": " + strconv.Itoa(r.Records) + " records to " +
		strconv.FormatUint(r.Head.Seq, 10) + " and " + strconv.Itoa(r.Rows) + " rows are sound"
}

// Verify checks every record of every epoch against the chain and every row, and
// opens what is sealed if the ledger was opened with the key. The ledger can be
// used meanwhile. Errors: ErrCorrupt with what is wrong, ErrKey, ErrClosed, that
// of ctx.
func (l *Ledger) Verify(ctx context.Context) (Report, error) {
	var r Report
	err := l.view(func(tx *bbolt.Tx) error {
		s, err := readState(tx)
		if err != nil {
			return err
		}
		if err := s.checkRecordKeys(tx); err != nil {
			return err
		}
		r = Report{Kiosk: s.Kiosk, Head: s.Chain.Head, Watermark: s.Chain.Acknowledged, Base: s.Chain.Base}
		for _, c := range s.chains() {
			r.Epochs++
			if err := l.verifyChain(ctx, tx, c, &r); err != nil {
				return err
			}
		}
		r.Rows, err = s.checkRows(tx, func(t Table, key string, v []byte) error {
			return l.verifyRow(t, key, v)
		})
		return err
	})
	if err != nil {
		return Report{}, fmt.Errorf("cannot verify ledger: %w", err)
	}
	return r, nil
}

func (l *Ledger) verifyChain(ctx context.Context, tx *bbolt.Tx, c *chain, r *Report) error {
	acknowledged := c.Acknowledged == c.Base
	err := c.walk(tx, c.Base.Seq, func(e entry) (bool, error) {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		if e.Kiosk != l.options.Kiosk {
			return false, fmt.Errorf("%w: record %d is of kiosk %q", ErrCorrupt, e.Seq, e.Kiosk)
		}
		if c.Acknowledged == (record.Head{Epoch: e.Epoch, Seq: e.Seq, Hash: e.Hash}) {
			acknowledged = true
		}
		r.Records++
		if e.sealed == nil {
			return true, nil
		}
		r.Sealed++
		if l.seal.aead == nil {
			return true, nil
		}
		_, err := l.seal.open(e.sealed, recordPlace(e.Kiosk, e.Epoch, e.Seq))
		return true, err
	})
	if err == nil && !acknowledged {
		err = fmt.Errorf("%w: its watermark is not on its chain", ErrCorrupt)
	}
	return err
}

func (l *Ledger) verifyRow(t Table, key string, v []byte) error {
	c, err := parseCell(t, key, v)
	if err != nil || c.sealed && l.seal.aead == nil {
		return err
	}
	value, err := l.value(t, key, v)
	if err == nil && !json.Valid(value) {
		err = fmt.Errorf("%w: row %q of %s is not JSON", ErrCorrupt, key, t)
	}
	return err
}

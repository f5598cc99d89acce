package ledger

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"syscall"
	"time"

	"go.etcd.io/bbolt"

	"murur/kiosk/ledger/record"
)

// Acknowledge notes that the central server has all records up to h. A head that
// is not past the watermark changes nothing. Errors: ErrFork, when h is not on
// this ledger's chain; ErrReadOnly, ErrClosed, ErrCorrupt.
func (l *Ledger) Acknowledge(h record.Head) error {
	c := l.state.Load().Chain
	if h == c.Acknowledged {
		return nil
	}
	err := l.onChain(h)
	if err == nil && h.Seq > c.Acknowledged.Seq {
		err = l.update(func(_ *bbolt.Tx, s *state) error {
			if h.Epoch != s.Chain.Head.Epoch {
				return fmt.Errorf("%w: epoch %d has ended", ErrFork, h.Epoch)
			}
			if h.Seq > s.Chain.Acknowledged.Seq {
				s.Chain.Acknowledged = h
			}
			return nil
		})
	}
	if err != nil {
		return fmt.Errorf("cannot acknowledge ledger record %d: %w", h.Seq, err)
	}
	return nil
}

// onChain checks that h was the head at some time. What was pruned is believed.
func (l *Ledger) onChain(h record.Head) error {
	return l.view(func(tx *bbolt.Tx) error {
		s, err := readState(tx)
		if err != nil {
			return err
		}
		c := s.Chain
		switch {
		case h.Epoch != c.Head.Epoch:
			return fmt.Errorf("%w: epoch is %d, not %d", ErrFork, c.Head.Epoch, h.Epoch)
		case h.Seq > c.Head.Seq:
			return fmt.Errorf("%w: it ends at %d", ErrFork, c.Head.Seq)
		case h.Seq < c.Base.Seq:
			return nil
		}
		have := c.Base
		if h.Seq > have.Seq {
			e, err := readEntry(tx, h.Epoch, h.Seq)
			if err != nil {
				return err
			}
			have.Seq, have.Hash = e.Seq, e.Hash
		}
		if h != have {
			return fmt.Errorf("%w: hash is %s, not %s", ErrFork, have.Hash, h.Hash)
		}
		return nil
	})
}

// Prune erases the records that are acknowledged and, at now, older than the
// retention time, with what is sealed in them, and returns how many. It makes
// several small commits. Errors: ErrReadOnly, ErrClosed, ErrCorrupt, ErrFull.
func (l *Ledger) Prune(now time.Time) (int, error) {
	total := 0
	for {
		n, err := l.pruneSome(now)
		total += n
		if err != nil {
			return total, fmt.Errorf("cannot prune ledger: %w", err)
		}
		if n == 0 {
			return total, nil
		}
	}
}

// pruneSome makes one commit, for the oldest epoch that has something to prune.
func (l *Ledger) pruneSome(now time.Time) (int, error) {
	const most = 500 // records in one commit
	before := now.Add(-l.options.Retention)
	// Look first: a commit that changes nothing would still cost two flushes.
	found := -1
	err := l.view(func(tx *bbolt.Tx) error {
		s, err := readState(tx)
		if err != nil {
			return err
		}
		for i, c := range s.chains() {
			_, keys, err := c.prunable(tx, before, 1)
			if err != nil {
				return err
			}
			if len(keys) > 0 {
				found = i
				return nil
			}
		}
		return nil
	})
	if err != nil || found < 0 {
		return 0, err
	}
	n := 0
	err = l.update(func(tx *bbolt.Tx, s *state) error {
		c := s.chains()[found]
		base, keys, err := c.prunable(tx, before, most)
		if err != nil {
			return err
		}
		for _, k := range keys {
			if err := tx.Bucket(recordsBucket).Delete(k); err != nil {
				return err
			}
		}
		c.Base, n = base, len(keys)
		return nil
	})
	return n, err
}

// prunable returns the keys of up to most records that may be erased, and the base
// that the chain then has.
func (c *chain) prunable(tx *bbolt.Tx, before time.Time, most int) (base record.Head, keys [][]byte, err error) {
	base = c.Base
	err = c.walk(tx, c.Base.Seq, func(e entry) (bool, error) {
		if e.Seq > c.Acknowledged.Seq || len(keys) == most || !e.At.Before(before) {
			return false, nil
		}
		base = record.Head{Epoch: e.Epoch, Seq: e.Seq, Hash: e.Hash}
		keys = append(keys, recordKey(e.Epoch, e.Seq))
		return true, nil
	})
	return base, keys, err
}

// EpochStarted is the kind of the first record of an epoch made by NewEpoch.
const EpochStarted = "ledger.epoch"

// EpochPayload is the payload of an EpochStarted record.
type EpochPayload struct {
	Reason       string      `json:"reason"`
	Closed       record.Head `json:"closed"`       // head of the epoch before
	Acknowledged record.Head `json:"acknowledged"` // its watermark
}

// NewEpoch ends the epoch and begins the next with one record that says why. It is
// for one case only: the heads of kiosk and server were compared and differ.
// Records of an ended epoch that were not acknowledged stay in the file. The
// projections stay as they are.
func (l *Ledger) NewEpoch(reason string) (record.Head, error) {
	var head record.Head
	err := l.update(func(tx *bbolt.Tx, s *state) error {
		payload, err := json.Marshal(EpochPayload{reason, s.Chain.Head, s.Chain.Acknowledged})
		if err != nil {
			return err
		}
		start := record.Head{Epoch: s.Chain.Head.Epoch + 1}
		s.Closed = append(s.Closed, s.Chain)
		s.Chain = chain{Base: start, Acknowledged: start, Head: start}
		err = l.add(tx, s, "", draft{kind: EpochStarted, payload: payload})
		head = s.Chain.Head
		return err
	})
	if err != nil {
		return record.Head{}, fmt.Errorf("cannot begin a new ledger epoch: %w", err)
	}
	l.signal()
	return head, nil
}

// Room is how much more the ledger can take. Sizes are in bytes.
type Room struct {
	Used     int64 `json:"used"`     // by data; free pages inside the file do not count
	Max      int64 `json:"max"`      // what Used can grow to
	DiskFree int64 `json:"diskFree"` // on the file's disk, for this process
	OK       bool  `json:"ok"`       // new journeys may begin
}

const (
	// Left free below the maximum size, so that acknowledging and pruning, which
	// write before they free, work in a full ledger.
	reserve = 256 << 10

	diskLow  = 64 << 20 // below: no new journeys
	diskFull = 8 << 20  // below: no step
)

// Room says how full the ledger is. New journeys may begin up to 80 % of Max and
// while the disk has 64 MiB; the rest is for the journeys that are open. A ledger
// that cannot be written has no room.
func (l *Ledger) Room() Room {
	l.mu.RLock()
	defer l.mu.RUnlock()
	r, err := l.room()
	r.OK = err == nil && r.Used <= r.Max/10*8 && r.DiskFree >= diskLow
	return r
}

// room needs mu.
func (l *Ledger) room() (Room, error) {
	r := Room{Max: l.options.MaxSize - growth - reserve}
	free, err := l.options.diskFree(filepath.Dir(l.path))
	if err != nil {
		return r, err
	}
	r.DiskFree = int64(free)
	if err := l.writable(); err != nil {
		return r, err
	}
	err = l.db.view(func(tx *bbolt.Tx) error {
		stats := l.db.Stats()
		r.Used = tx.Size() - int64(stats.FreePageN+stats.PendingPageN)*int64(l.db.Info().PageSize)
		return nil
	})
	return r, err
}

// fits refuses a step for which there may be no room. It counts high: pages that
// are split, and the copies that bbolt makes of every page on the way to the root.
func (l *Ledger) fits(drafts []draft, rows []row) error {
	const each, step = 4 << 10, 64 << 10
	need := int64(step)
	for _, d := range drafts {
		need += int64(each + len(d.payload) + 2*len(d.personal))
	}
	for _, r := range rows {
		need += int64(each + len(r.key) + len(r.value))
	}
	l.mu.RLock()
	defer l.mu.RUnlock()
	r, err := l.room()
	switch {
	case err != nil:
		return err
	case r.Used+need > r.Max:
		return fmt.Errorf("%w: %d of %d bytes are used", ErrFull, r.Used, r.Max)
	case r.DiskFree < diskFull:
		return fmt.Errorf("%w: the disk has %d bytes left", ErrFull, r.DiskFree)
	}
	return nil
}

func diskFree(path string) (uint64, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return 0, err
	}
	return s.Bavail * uint64(s.Bsize), nil
}

// Package ledger keeps every durable fact of a kiosk in one file.
//
// Facts are records in a hash-chained log (package record). Beside the log the
// file holds projections: small tables that the kiosk reads, such as the open
// journeys and the paid list. Append writes the records of one step and the
// projections that follow from them in one commit, so after a crash either all of
// a step is there or nothing of it. The log is also the queue to the central
// server: the uplink sends what comes After the Watermark, and Acknowledge moves
// the watermark.
//
// # What is guarded, and how
//
// bbolt checks only its two meta pages. The rest is guarded here: before bbolt
// sees the file, the whole page tree is walked by plain reads (see inspect), so
// damage becomes ErrCorrupt and never a crash; each record is checked against the
// chain when it is read; each projection carries a digest of its table, key and
// value; and the digests of all projections are summed in the state, so one that
// went missing is noticed when the file is opened. A file that is refused is not
// written to.
//
// A damaged meta page is also refused, although bbolt would go on with the other
// one: that would drop the last step, perhaps a payment, without a word. A meta
// page fits in one disk sector, and a power cut does not tear a sector.
//
// # Personal data
//
// What is personal is sealed with AES-256-GCM, bound to its place in the file. The
// chain holds only the digest of the sealed bytes, so pruning can erase them.
// Pages that bbolt has freed keep old sealed bytes until they are used again or
// until Compact.
//
// # Growth
//
// Prune drops records that are acknowledged and older than the retention time; the
// chain then verifies from its base. Compact gives the free pages back. Room says
// when to stop accepting new journeys, which is well before Append is refused with
// ErrFull, so open journeys can end. Acknowledge and Prune still work after that.
//
// # Unverified
//
// A disk that reports a flush it has not done can still break the file in a power
// cut. Tests kill the process and tear commits, but cut no power.
package ledger

import (
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"time"

	"go.etcd.io/bbolt"
	bolterrors "go.etcd.io/bbolt/errors"

	"murur/kiosk/ledger/record"
)

// Errors of this package, matched with errors.Is. The file is untouched by a call
// that returns one of them.
var (
	ErrLocked   = errors.New("the ledger is open in another process")
	ErrCorrupt  = errors.New("the ledger is damaged")
	ErrSchema   = errors.New("the ledger was written by a newer program")
	ErrKiosk    = errors.New("the ledger belongs to another kiosk")
	ErrKey      = errors.New("the key does not open this ledger's personal data")
	ErrFull     = errors.New("the ledger or its disk is full")
	ErrFork     = errors.New("the given head is not on this ledger's chain")
	ErrPruned   = errors.New("the records asked for were pruned")
	ErrReadOnly = errors.New("the ledger is open for reading only")
	ErrClosed   = errors.New("the ledger is closed")
)

// Options say how to open a ledger.
type Options struct {
	Kiosk     string           // whose ledger it is; may be empty when ReadOnly
	Key       [32]byte         // seals personal data; may be zero when ReadOnly
	MaxSize   int64            // of the file, in bytes; default 256 MiB, least 4 MiB
	Retention time.Duration    // how long acknowledged records stay
	Now       func() time.Time // default time.Now
	ReadOnly  bool
	LockWait  time.Duration // how long to wait for another process; zero: one try

	// Hooks for tests, called by each commit just before it is durable and just
	// after. One that panics stops the commit, or what follows it, as a crash would.
	BeforeCommit, AfterCommit func()

	noSync   bool                              // for tests that cut no power
	diskFree func(path string) (uint64, error) // in place of statfs
}

const (
	defaultMaxSize = 256 << 20
	leastMaxSize   = 4 << 20
)

// Ledger is an open ledger file. Its methods are safe for concurrent use; commits
// are made one after the other.
type Ledger struct {
	path    string
	options Options
	seal    sealer
	changed chan struct{}
	state   atomic.Pointer[state]

	commits sync.Mutex   // held by the one writer
	mu      sync.RWMutex // db and broken; held for writing only to swap or close
	db      *store       // nil when closed
	broken  atomic.Pointer[error]
}

// Open opens the ledger at path, or makes a new one there unless o.ReadOnly.
//
// Errors: ErrLocked, ErrCorrupt, ErrSchema, ErrKiosk, ErrKey, and those of the
// file system.
func Open(path string, o Options) (*Ledger, error) {
	l := &Ledger{path: path, options: o, changed: make(chan struct{}, 1)}
	if err := l.open(); err != nil {
		return nil, fmt.Errorf("cannot open ledger %s: %w", path, err)
	}
	return l, nil
}

func (l *Ledger) open() error {
	o := &l.options
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.diskFree == nil {
		o.diskFree = diskFree
	}
	if o.MaxSize == 0 {
		o.MaxSize = defaultMaxSize
	}
	switch {
	case o.MaxSize < leastMaxSize:
		return fmt.Errorf("maximum size %d is less than %d", o.MaxSize, leastMaxSize)
	case !o.ReadOnly && o.Kiosk == "":
		return errors.New("no kiosk name given")
	case !o.ReadOnly && o.Key == [32]byte{}:
		return errors.New("no key given")
	}
	var err error
	if l.seal, err = newSealer(o.Key); err != nil {
		return err
	}
	if !o.ReadOnly {
		if err := l.createIfMissing(); err != nil {
			return err
		}
	}
	db, err := l.openFile()
	if err != nil {
		return err
	}
	s, err := l.check(db)
	if err != nil {
		_ = db.close()
		return err
	}
	if !o.ReadOnly && s.Schema < schema {
		if err := s.upgrade(db); err != nil {
			_ = db.close()
			return err
		}
	}
	l.db = db
	l.options.Kiosk = s.Kiosk
	l.state.Store(s)
	return nil
}

// Close waits for calls that are under way and closes the file. Closing twice is
// harmless.
func (l *Ledger) Close() error {
	l.commits.Lock()
	defer l.commits.Unlock()
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.db == nil {
		return nil
	}
	db := l.db
	l.db = nil
	if err := db.close(); err != nil {
		return fmt.Errorf("cannot close ledger %s: %w", l.path, err)
	}
	return nil
}

// Kiosk is the name of the kiosk the ledger belongs to.
func (l *Ledger) Kiosk() string { return l.state.Load().Kiosk }

// Head is the newest record of the current epoch. Seq is 0 before the first.
func (l *Ledger) Head() record.Head { return l.state.Load().Chain.Head }

// Watermark is the newest record that the central server has acknowledged.
func (l *Ledger) Watermark() record.Head { return l.state.Load().Chain.Acknowledged }

// Changed receives a value after records were appended. It holds one value and is
// for one reader, the uplink: look at After first, then wait here.
func (l *Ledger) Changed() <-chan struct{} { return l.changed }

// view runs read in a read transaction.
func (l *Ledger) view(read func(*bbolt.Tx) error) error {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if l.db == nil {
		return ErrClosed
	}
	return l.db.view(read)
}

// update makes one commit: what change did, and the state it left.
func (l *Ledger) update(change func(*bbolt.Tx, *state) error) error {
	if err := l.commit(change); err != nil {
		return err
	}
	if l.options.AfterCommit != nil {
		l.options.AfterCommit()
	}
	return nil
}

func (l *Ledger) commit(change func(*bbolt.Tx, *state) error) error {
	l.commits.Lock()
	defer l.commits.Unlock()
	l.mu.RLock()
	defer l.mu.RUnlock()
	if err := l.writable(); err != nil {
		return err
	}
	s := l.state.Load().clone()
	var tx *bbolt.Tx
	defer func() {
		if tx != nil {
			_ = l.db.guard(tx.Rollback) // says only that the transaction has ended
		}
	}()
	err := l.db.guard(func() (err error) {
		if tx, err = l.db.Begin(true); err != nil {
			return err
		}
		if err := change(tx, s); err != nil {
			return err
		}
		return s.put(tx)
	})
	switch {
	case errors.Is(err, ErrCorrupt):
		l.broken.Store(&err)
		return err
	case err != nil:
		return err
	}
	if l.options.BeforeCommit != nil {
		l.options.BeforeCommit()
	}
	switch err := l.db.guard(tx.Commit); {
	case errors.Is(err, bolterrors.ErrMaxSizeReached):
		return ErrFull // found before anything was written
	case err != nil:
		// What is on the disk now is not known, so nothing may be built on it.
		broken := fmt.Errorf("an earlier commit failed: %w", err)
		l.broken.Store(&broken)
		return err
	}
	l.state.Store(s)
	return nil
}

// writable says why there can be no commit, if so. Needs mu.
func (l *Ledger) writable() error {
	if broken := l.broken.Load(); broken != nil {
		return *broken
	}
	switch {
	case l.db == nil:
		return ErrClosed
	case l.options.ReadOnly:
		return ErrReadOnly
	}
	return nil
}

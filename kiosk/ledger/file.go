package ledger

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime/debug"
	"sync/atomic"
	"syscall"
	"time"

	"go.etcd.io/bbolt"
)

// growth is the step in which bbolt lets the file grow. bbolt also refuses to grow
// when less than this is left below the maximum size.
const growth = 1 << 20

// createIfMissing makes the file complete under another name before it gets its
// own, so that no crash leaves a half-made ledger. The directory is locked
// meanwhile: a second process that starts at the same time waits, then finds it.
func (l *Ledger) createIfMissing() error {
	dir, err := os.Open(filepath.Dir(l.path))
	if err != nil {
		return err
	}
	defer dir.Close()
	if err := lock(dir, syscall.LOCK_EX, time.Minute); err != nil {
		return err
	}
	if _, err := os.Lstat(l.path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	temp := l.path + ".new"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	if err := l.create(temp); err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	if err := os.Rename(temp, l.path); err != nil {
		return err
	}
	return dir.Sync()
}

func (l *Ledger) create(temp string) error {
	check, err := l.seal.seal([]byte("murur"), keyCheckPlace(l.options.Kiosk))
	if err != nil {
		return err
	}
	s := &state{
		Schema:   schema,
		Kiosk:    l.options.Kiosk,
		Created:  l.options.Now().UTC().Truncate(time.Microsecond),
		KeyCheck: check,
	}
	db, err := l.bolt(temp, os.OpenFile)
	if err != nil {
		return err
	}
	defer db.close()
	err = db.Update(func(tx *bbolt.Tx) error {
		for _, name := range append([]Table{Table(ledgerBucket), Table(recordsBucket)}, tables...) {
			if _, err := tx.CreateBucket([]byte(name)); err != nil {
				return err
			}
		}
		return s.put(tx)
	})
	if err != nil {
		return err
	}
	return db.Sync()
}

// upgrade brings a checked file of an older schema to this one. Its records stay as
// they are.
func (s *state) upgrade(db *store) error {
	return db.guard(func() error {
		return db.Update(func(tx *bbolt.Tx) error {
			for _, t := range tables[len(tablesOf(s.Schema)):] {
				if _, err := tx.CreateBucket([]byte(t)); err != nil {
					return err
				}
			}
			s.Schema = schema
			return s.put(tx)
		})
	})
}

// bolt opens path with the settings all ledgers share.
func (l *Ledger) bolt(path string, open func(string, int, os.FileMode) (*os.File, error)) (*store, error) {
	s := new(store)
	err := s.guard(func() (err error) {
		s.DB, err = bbolt.Open(path, 0o600, &bbolt.Options{
			Timeout:         time.Second, // the lock is free or already ours
			NoFreelistSync:  true,
			FreelistType:    bbolt.FreelistMapType,
			ReadOnly:        l.options.ReadOnly,
			InitialMmapSize: int(l.options.MaxSize), // so that no reader delays a commit
			MaxSize:         int(l.options.MaxSize),
			NoSync:          l.options.noSync,
			OpenFile: func(path string, flag int, mode os.FileMode) (_ *os.File, err error) {
				s.file, err = open(path, flag, mode)
				return s.file, err
			},
		})
		return err
	})
	if err != nil {
		return nil, errors.Join(err, s.close())
	}
	s.AllocSize = growth
	return s, nil
}

// openFile locks and inspects the file, and only then lets bbolt have it.
func (l *Ledger) openFile() (*store, error) {
	return l.bolt(l.path, func(path string, flag int, mode os.FileMode) (*os.File, error) {
		f, err := l.lockFile(path, flag&^os.O_CREATE, mode)
		if err != nil {
			return nil, err
		}
		if err := inspect(f); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		return f, nil
	})
}

func (l *Ledger) lockFile(path string, flag int, mode os.FileMode) (*os.File, error) {
	how := syscall.LOCK_EX
	if l.options.ReadOnly {
		how = syscall.LOCK_SH
	}
	for {
		f, err := os.OpenFile(path, flag, mode)
		if err != nil {
			return nil, err
		}
		if err := lock(f, how, l.options.LockWait); err != nil {
			return nil, errors.Join(err, f.Close())
		}
		// While this waited, the owner may have compacted into a new file.
		mine, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		named, err := os.Stat(path)
		if err == nil && os.SameFile(mine, named) {
			return f, nil
		}
		if err := errors.Join(err, f.Close()); err != nil {
			return nil, err
		}
	}
}

// lock takes a lock on f that ends with the process at the latest.
func lock(f *os.File, how int, wait time.Duration) error {
	const poll = 20 * time.Millisecond
	for end := time.Now().Add(wait); ; time.Sleep(poll) {
		err := syscall.Flock(int(f.Fd()), how|syscall.LOCK_NB)
		if err == nil {
			return nil
		}
		if err != syscall.EWOULDBLOCK && err != syscall.EINTR {
			return os.NewSyscallError("flock", err)
		}
		if time.Now().After(end) {
			return ErrLocked
		}
	}
}

// Compact writes the file anew without its free pages, and goes on with the new
// file. Reading goes on meanwhile; appending waits.
func (l *Ledger) Compact() error {
	if err := l.compact(); err != nil {
		return fmt.Errorf("cannot compact ledger %s: %w", l.path, err)
	}
	return nil
}

func (l *Ledger) compact() error {
	l.commits.Lock()
	defer l.commits.Unlock()
	l.mu.RLock()
	err := l.writable()
	old := l.db
	l.mu.RUnlock()
	if err != nil {
		return err
	}
	temp := l.path + ".compact"
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	fresh, err := l.bolt(temp, os.OpenFile) // it is locked before it gets its name
	if err != nil {
		return err
	}
	err = fresh.guard(func() error {
		fresh.NoSync = true
		if err := bbolt.Compact(fresh.DB, old.DB, 1<<20); err != nil {
			return err
		}
		s := l.state.Load().clone()
		if err := fresh.Update(s.put); err != nil { // its commits have other numbers
			return err
		}
		fresh.NoSync = l.options.noSync
		if _, err := l.check(fresh); err != nil {
			return err
		}
		return fresh.Sync()
	})
	if err == nil {
		err = os.Rename(temp, l.path)
	}
	if err != nil {
		return errors.Join(err, fresh.close(), os.Remove(temp))
	}
	l.mu.Lock()
	l.db = fresh
	l.mu.Unlock()
	return errors.Join(syncDir(filepath.Dir(l.path)), old.close())
}

func syncDir(path string) error {
	dir, err := os.Open(path)
	if err != nil {
		return err
	}
	defer dir.Close()
	return dir.Sync()
}

// store is an open bbolt file.
type store struct {
	*bbolt.DB
	file  *os.File
	fault atomic.Pointer[error]
}

// guard turns a panic of bbolt, or a fault in its memory map, into ErrCorrupt.
// After that bbolt may have left its locks locked, so it is not called again.
func (s *store) guard(f func() error) (err error) {
	if fault := s.fault.Load(); fault != nil {
		return *fault
	}
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("%w: %v", ErrCorrupt, p)
			s.fault.Store(&err)
		}
	}()
	return f()
}

func (s *store) view(read func(*bbolt.Tx) error) error {
	return s.guard(func() error { return s.View(read) })
}

// close closes the file and ends its lock, after a fault too.
func (s *store) close() error {
	if s.DB == nil || s.fault.Load() != nil {
		if err := s.file.Close(); !errors.Is(err, os.ErrClosed) && !errors.Is(err, os.ErrInvalid) {
			return err
		}
		return nil
	}
	return s.guard(s.DB.Close)
}

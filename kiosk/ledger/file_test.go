package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"go.etcd.io/bbolt"

	"murur/kiosk/ledger/record"
)

func TestCreate(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "ledger.db")
	if err := os.WriteFile(path+".new", []byte("half made"), 0o600); err != nil {
		t.Fatal(err)
	}
	// Two processes may start at once; locks do not care that these are goroutines.
	var wg sync.WaitGroup
	ledgers, errs := make([]*Ledger, 4), make([]error, 4)
	for i := range ledgers {
		wg.Go(func() { ledgers[i], errs[i] = Open(path, testOptions()) })
	}
	wg.Wait()
	opened := 0
	for i, l := range ledgers {
		if l != nil {
			opened++
			defer l.Close()
		} else if !errors.Is(errs[i], ErrLocked) {
			t.Error(errs[i])
		}
	}
	if opened != 1 {
		t.Errorf("%d opened it", opened)
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 1 || files[0].Name() != "ledger.db" {
		t.Errorf("files %v, %v", files, err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
}

func TestOptions(t *testing.T) {
	for name, change := range map[string]func(*Options){
		"no kiosk":  func(o *Options) { o.Kiosk = "" },
		"no key":    func(o *Options) { o.Key = [32]byte{} },
		"too small": func(o *Options) { o.MaxSize = leastMaxSize - 1 },
	} {
		o := testOptions()
		change(&o)
		dir := t.TempDir()
		if _, err := Open(filepath.Join(dir, "ledger.db"), o); err == nil {
			t.Errorf("%s: opened", name)
		}
		if files, _ := os.ReadDir(dir); len(files) != 0 {
			t.Errorf("%s: made %v", name, files)
		}
	}
}

func TestReadOnly(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("opening what is not there: %v", err)
	}
	l := testOpen(t, path, testOptions())
	head := mustAppend(t, l, Step{
		Records: []Draft{{Kind: "k", Personal: 1}},
		Put:     []Projection{{Table: Paid, Key: "a", Value: 1}, {Table: Cases, Key: "b", Value: 1, Sealed: true}},
	})
	l.Close()
	before := read(t, path)

	l = testOpen(t, path, Options{ReadOnly: true}) // neither key nor name
	testOpen(t, path, Options{ReadOnly: true})     // two readers
	if _, err := Open(path, testOptions()); !errors.Is(err, ErrLocked) {
		t.Errorf("writing while others read: %v", err)
	}
	if r := mustVerify(t, l); r.Kiosk != "K-001" || r.Head != head {
		t.Errorf("report %+v", r)
	}
	if ok, err := l.Get(Paid, "a", new(int)); !ok || err != nil {
		t.Errorf("row: %v %v", ok, err)
	}
	if _, err := l.Get(Cases, "b", new(int)); !errors.Is(err, ErrKey) {
		t.Errorf("sealed row without the key: %v", err)
	}
	if _, err := l.Personal(1, new(int)); !errors.Is(err, ErrKey) {
		t.Errorf("personal data without the key: %v", err)
	}
	for name, write := range map[string]func() error{
		"append":      func() error { _, err := l.Append(note(1)); return err },
		"acknowledge": func() error { return l.Acknowledge(head) },
		"epoch":       func() error { _, err := l.NewEpoch("x"); return err },
		"compact":     l.Compact,
	} {
		if err := write(); !errors.Is(err, ErrReadOnly) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if l.Room().OK {
		t.Error("room for new journeys")
	}
	if !bytes.Equal(read(t, path), before) {
		t.Error("the file was changed")
	}
}

func TestClosed(t *testing.T) {
	l := testLedger(t)
	for range 2 {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	}
	_, appending := l.Append(note(1))
	_, getting := l.Get(Paid, "a", new(int))
	_, verifying := l.Verify(context.Background())
	for _, err := range []error{appending, getting, verifying, l.Compact(), l.Dump(os.Stdout, 1)} {
		if err != nil && !errors.Is(err, ErrClosed) {
			t.Error(err)
		}
	}
	if appending == nil || l.Room().OK {
		t.Error("a closed ledger takes steps")
	}
}

func TestLocked(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := testOpen(t, path, testOptions())
	if _, err := Open(path, testOptions()); !errors.Is(err, ErrLocked) {
		t.Errorf("writing: %v", err)
	}
	if _, err := Open(path, Options{ReadOnly: true}); !errors.Is(err, ErrLocked) {
		t.Errorf("reading: %v", err)
	}
	// One that waits gets the file that has the name when the lock is free.
	o := testOptions()
	o.LockWait = time.Minute
	second := make(chan *Ledger)
	go func() {
		l, err := Open(path, o)
		if err != nil {
			t.Error(err)
		}
		second <- l
	}()
	if err := l.Compact(); err != nil {
		t.Error(err)
	}
	head := mustAppend(t, l, note(1))
	l.Close()
	if l = <-second; l != nil {
		defer l.Close()
		if l.Head() != head {
			t.Errorf("head %v, want %v", l.Head(), head)
		}
	}
}

func TestCompact(t *testing.T) {
	o := testOptions()
	l := testOpen(t, filepath.Join(t.TempDir(), "ledger.db"), o)
	var head record.Head
	for n := range 600 {
		head = mustAppend(t, l, Step{Records: []Draft{{Kind: "k", Payload: strings.Repeat("x", 2000), Personal: n}}})
	}
	mustAppend(t, l, Step{Put: []Projection{{Table: Paid, Key: "a", Value: 1}}})
	before := l.Room()
	if err := l.Acknowledge(head); err != nil {
		t.Fatal(err)
	}
	if _, err := l.Prune(testTime.Add(1000 * time.Hour)); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(l.path+".compact", []byte("left over"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := l.Compact(); err != nil {
		t.Fatal(err)
	}
	after := l.Room()
	if after.Used*10 > before.Used {
		t.Errorf("used %d before, %d after", before.Used, after.Used)
	}
	if _, err := os.Stat(l.path + ".compact"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("the temporary file: %v", err)
	}
	if _, err := Open(l.path, o); !errors.Is(err, ErrLocked) {
		t.Errorf("opening a compacted ledger a second time: %v", err)
	}
	mustAppend(t, l, note(1))
	l = reopen(t, l, o)
	if r := mustVerify(t, l); r.Head.Seq != 601 || r.Records != 1 || r.Rows != 1 {
		t.Errorf("report %+v", r)
	}
}

// edit changes a ledger behind its back.
func edit(change func(*bbolt.Tx, *state) error) func(*testing.T, string) {
	return func(t *testing.T, path string) {
		db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true})
		if err != nil {
			t.Fatal(err)
		}
		defer db.Close()
		if err := db.Update(func(tx *bbolt.Tx) error {
			s, err := readState(tx)
			if err != nil {
				return err
			}
			if err := change(tx, s); err != nil {
				return err
			}
			return s.put(tx)
		}); err != nil {
			t.Fatal(err)
		}
	}
}

// TestRefused opens files that must be refused and stay as they are.
func TestRefused(t *testing.T) {
	good, _ := goodFile(t)
	content := func(data []byte) func(*testing.T, string) {
		return func(t *testing.T, path string) {
			if err := os.WriteFile(path, data, 0o600); err != nil {
				t.Fatal(err)
			}
		}
	}
	as := func(change func(*Options)) Options {
		o := testOptions()
		change(&o)
		return o
	}
	noise := make([]byte, 1<<16)
	for i, r := 0, rand.New(rand.NewPCG(1, 2)); i < len(noise); i++ {
		noise[i] = byte(r.Uint32())
	}
	for name, c := range map[string]struct {
		file    func(*testing.T, string)
		options Options
		err     error
	}{
		"newer schema": {edit(func(_ *bbolt.Tx, s *state) error { s.Schema++; return nil }), testOptions(), ErrSchema},
		"no schema":    {edit(func(_ *bbolt.Tx, s *state) error { s.Schema = 0; return nil }), testOptions(), ErrCorrupt},
		"other kiosk":  {content(good), as(func(o *Options) { o.Kiosk = "K-002" }), ErrKiosk},
		"other key":    {content(good), as(func(o *Options) { o.Key[0]++ }), ErrKey},
		"empty":        {content(nil), testOptions(), ErrCorrupt},
		"text":         {content([]byte("not a ledger\n")), testOptions(), ErrCorrupt},
		"noise":        {content(noise), testOptions(), ErrCorrupt},
		"zeros":        {content(make([]byte, 1<<16)), testOptions(), ErrCorrupt},
		"cut short":    {content(good[:len(good)-4096]), testOptions(), ErrCorrupt},
		"cut to two":   {content(good[:2*4096]), testOptions(), ErrCorrupt},
		"head is missing": {edit(func(tx *bbolt.Tx, s *state) error {
			return tx.Bucket(recordsBucket).Delete(recordKey(0, s.Chain.Head.Seq))
		}), testOptions(), ErrCorrupt},
		"gap":          {edit(func(tx *bbolt.Tx, s *state) error { return tx.Bucket(recordsBucket).Delete(recordKey(0, 7)) }), testOptions(), ErrCorrupt},
		"one too many": {edit(func(tx *bbolt.Tx, s *state) error { return tx.Bucket(recordsBucket).Put(recordKey(9, 9), nil) }), testOptions(), ErrCorrupt},
		"no records":   {edit(func(tx *bbolt.Tx, s *state) error { return tx.DeleteBucket(recordsBucket) }), testOptions(), ErrCorrupt},
		"no table":     {edit(func(tx *bbolt.Tx, s *state) error { return tx.DeleteBucket([]byte(Cases)) }), testOptions(), ErrCorrupt},
		"no row":       {edit(func(tx *bbolt.Tx, s *state) error { return tx.Bucket([]byte(Paid)).Delete([]byte("V-1")) }), testOptions(), ErrCorrupt},
		"old row": {edit(func(tx *bbolt.Tx, s *state) error {
			return tx.Bucket([]byte(Paid)).Put([]byte("V-1"), newCell(Paid, "V-1", []byte("0"), false))
		}), testOptions(), ErrCorrupt},
		"row of another": {edit(func(tx *bbolt.Tx, s *state) error {
			b := tx.Bucket([]byte(Paid))
			return b.Put([]byte("V-1"), bytes.Clone(b.Get([]byte("V-2"))))
		}), testOptions(), ErrCorrupt},
		"watermark ahead": {edit(func(_ *bbolt.Tx, s *state) error { s.Chain.Acknowledged.Seq = s.Chain.Head.Seq + 1; return nil }), testOptions(), ErrCorrupt},
		"other database":  {func(t *testing.T, path string) { os.Remove(path); otherDatabase(t, path) }, testOptions(), ErrCorrupt},
	} {
		t.Run(name, func(t *testing.T) {
			dir := t.TempDir()
			path := filepath.Join(dir, "ledger.db")
			content(good)(t, path)
			c.file(t, path)
			before := read(t, path)
			for _, readOnly := range []bool{true, false} {
				c.options.ReadOnly = readOnly
				if l, err := Open(path, c.options); !errors.Is(err, c.err) {
					t.Errorf("read only %v: %v, want %v", readOnly, err, c.err)
					if l != nil {
						l.Close()
					}
				}
			}
			if !bytes.Equal(read(t, path), before) {
				t.Error("the file was changed")
			}
			if files, _ := os.ReadDir(dir); len(files) != 1 {
				t.Errorf("files %v", files)
			}
		})
	}
}

// TestUpgrade: a file of the first schema is read as it is, and brought up when it is
// opened to be written.
func TestUpgrade(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ledger.db")
	l := testOpen(t, path, testOptions())
	before := mustAppend(t, l, note(1))
	l.Close()
	edit(func(tx *bbolt.Tx, s *state) error {
		s.Schema = 1
		return errors.Join(tx.DeleteBucket([]byte(Pickups)), tx.DeleteBucket([]byte(Manifest)), tx.DeleteBucket([]byte(Stock)))
	})(t, path)
	old := read(t, path)

	o := testOptions()
	o.ReadOnly = true
	l = testOpen(t, path, o)
	if found, err := l.Get(Stock, "B1", new(int)); found || err != nil {
		t.Errorf("%v %v", found, err)
	}
	if err := l.Each(Stock, func(string, json.RawMessage) error { return errors.New("a row") }); err != nil {
		t.Error(err)
	}
	l.Close()
	if !bytes.Equal(read(t, path), old) {
		t.Error("reading changed the file")
	}
	for range 2 {
		l = testOpen(t, path, testOptions())
		if _, err := l.Append(Step{Put: []Projection{{Table: Stock, Key: "B1", Value: 1}}}); err != nil {
			t.Fatal(err)
		}
		if _, err := l.Verify(context.Background()); err != nil || l.Head() != before {
			t.Errorf("%v %v", l.Head(), err)
		}
		l.Close()
	}
}

func otherDatabase(t *testing.T, path string) {
	db, err := bbolt.Open(path, 0o600, &bbolt.Options{NoFreelistSync: true})
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Update(func(tx *bbolt.Tx) error { _, err := tx.CreateBucket([]byte("fines")); return err }); err != nil {
		t.Fatal(err)
	}
}

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
	"syscall"
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

// TestRefused opens files that must be refused and stay as they are.
func TestRefused(t *testing.T) {
	good, _ := goodFile(t)
	edit := func(change func(*bbolt.Tx, *state) error) func(*testing.T, string) {
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

// goodFile returns the pages in use of a ledger file that has some of everything,
// and what can be read from it.
func goodFile(t testing.TB) ([]byte, string) {
	path := filepath.Join(t.TempDir(), "good.db")
	o := testOptions()
	o.Retention = -time.Hour // prune all
	l := testOpen(t, path, o)
	var acknowledged record.Head
	for n := range 24 {
		h := mustAppend(t, l, Step{
			Journey: "j1",
			Records: []Draft{{Kind: "k", Payload: payload{n, strings.Repeat("x", n*30)}, Personal: citizen{"290010112345"}}},
			Put: []Projection{
				{Table: Paid, Key: "V-" + string(rune('0'+n%10)), Value: strings.Repeat("y", 100+n)},
				{Table: Journeys, Key: "j1", Value: strings.Repeat("z", 5000), Sealed: true},
			},
		})
		if n == 4 {
			if err := errors.Join(l.Acknowledge(h), second(l.Prune(testTime))); err != nil {
				t.Fatal(err)
			}
		}
		if n == 15 {
			acknowledged = h
		}
	}
	if err := l.Acknowledge(acknowledged); err != nil {
		t.Fatal(err)
	}
	l.Close()
	data := read(t, path)
	for len(data) > 4096 && allZero(data[len(data)-4096:]) {
		data = data[:len(data)-4096]
	}
	path2 := filepath.Join(t.TempDir(), "good.db")
	if err := os.WriteFile(path2, data, 0o600); err != nil {
		t.Fatal(err)
	}
	answers, err := allAnswers(path2)
	if err != nil {
		t.Fatal(err)
	}
	return data, answers
}

func second[T any](_ T, err error) error { return err }

func allZero(b []byte) bool { return len(bytes.Trim(b, "\x00")) == 0 }

// allAnswers opens a ledger and reads all there is, as one text.
func allAnswers(path string) (string, error) {
	l, err := Open(path, testOptions())
	if err != nil {
		return "", err
	}
	defer l.Close()
	r, err := l.Verify(context.Background())
	if err != nil {
		return "", err
	}
	var out bytes.Buffer
	enc := json.NewEncoder(&out)
	errs := []error{enc.Encode(r), l.Dump(&out, 0)}
	for _, t := range tables {
		errs = append(errs, l.Each(t, func(key string, value json.RawMessage) error {
			out.WriteString(key)
			out.Write(value)
			return nil
		}))
	}
	for seq := r.Base.Seq + 1; seq <= r.Head.Seq; seq += 6 {
		var c citizen
		errs = append(errs, second(l.Personal(seq, &c)), enc.Encode(c))
	}
	return out.String(), errors.Join(errs...)
}

// checkDamage: a damaged file gives an ErrCorrupt or, where the damage hit nothing
// that counts, the same answers as before. Opening it never changes it.
func checkDamage(t testing.TB, path string, damaged []byte, answers string, what any) {
	t.Helper()
	got, err := allAnswers(path)
	switch {
	case err == nil && got != answers:
		t.Errorf("damage at %v: wrong answers", what)
	case err != nil && !errors.Is(err, ErrCorrupt):
		t.Errorf("damage at %v: %v", what, err)
	}
	if !bytes.Equal(read(t, path), damaged) {
		t.Errorf("damage at %v: the file was changed", what)
	}
}

func TestDamagedByte(t *testing.T) {
	data, answers := goodFile(t)
	path := filepath.Join(t.TempDir(), "ledger.db")
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(path, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	offsets := map[int]bool{}
	for at := 0; at < len(data); at += 127 {
		offsets[at] = true
	}
	for page := 0; page < len(data); page += 4096 { // heads of pages and elements
		for at := 0; at < 80; at += 3 {
			offsets[page+at] = true
		}
	}
	for at := range 80 { // metas
		offsets[at], offsets[4096+at] = true, true
	}
	for at := range offsets {
		good := data[at]
		data[at] ^= 1 << (at % 8)
		if _, err := f.WriteAt(data[at:at+1], int64(at)); err != nil {
			t.Fatal(err)
		}
		checkDamage(t, path, data, answers, at)
		data[at] = good
		if _, err := f.WriteAt(data[at:at+1], int64(at)); err != nil {
			t.Fatal(err)
		}
	}
}

// FuzzOpen damages a good file with a run of bytes at an offset, and once more
// elsewhere.
func FuzzOpen(f *testing.F) {
	data, answers := goodFile(f)
	path := filepath.Join(f.TempDir(), "ledger.db")
	f.Fuzz(func(t *testing.T, at1 uint32, run1 []byte, at2 uint32, run2 []byte) {
		damaged := bytes.Clone(data)
		copy(damaged[int(at1)%len(data):], run1)
		copy(damaged[int(at2)%len(data):], run2)
		if err := os.WriteFile(path, damaged, 0o600); err != nil {
			t.Fatal(err)
		}
		checkDamage(t, path, damaged, answers, []uint32{at1, at2})
	})
}

// TestShortenedWhileOpen: a fault in the memory map is an error, not a crash.
func TestShortenedWhileOpen(t *testing.T) {
	l := testLedger(t)
	for range 20 {
		mustAppend(t, l, Step{Records: []Draft{{Kind: "k", Payload: strings.Repeat("x", 1000)}}})
	}
	if err := os.Truncate(l.path, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := l.After(0, 100); !errors.Is(err, ErrCorrupt) {
		t.Errorf("After: %v", err)
	}
	if _, err := l.Append(note(1)); !errors.Is(err, ErrCorrupt) {
		t.Errorf("Append: %v", err)
	}
}

func TestWriteError(t *testing.T) {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	o := testOptions()
	fail := false
	o.BeforeCommit = func() {
		if fail { // every write to a file now gives EFBIG
			if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &syscall.Rlimit{Cur: 1, Max: limit.Max}); err != nil {
				t.Error(err)
			}
		}
	}
	l := testOpen(t, filepath.Join(t.TempDir(), "ledger.db"), o)
	head := mustAppend(t, l, note(1))
	fail = true
	_, first := l.Append(note(2))
	if err := syscall.Setrlimit(syscall.RLIMIT_FSIZE, &limit); err != nil {
		t.Fatal(err)
	}
	fail = false
	if !errors.Is(first, syscall.EFBIG) {
		t.Errorf("a commit that cannot be written: %v", first)
	}
	if _, err := l.Append(note(2)); !errors.Is(err, syscall.EFBIG) {
		t.Errorf("after it: %v", err)
	}
	if err := l.Acknowledge(head); err == nil {
		t.Error("acknowledged after a failed commit")
	}
	if l.Room().OK || l.Head() != head {
		t.Errorf("room %v, head %v", l.Room(), l.Head())
	}
	l = reopen(t, l, testOptions())
	mustVerify(t, l)
	if h := mustAppend(t, l, note(2)); h.Seq != 2 {
		t.Errorf("head %v", h)
	}
}

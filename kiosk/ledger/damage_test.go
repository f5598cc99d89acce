package ledger

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"murur/kiosk/ledger/record"
)

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

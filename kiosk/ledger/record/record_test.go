package record

import (
	"encoding/json"
	"errors"
	"reflect"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

var at = time.Date(2025, 6, 1, 8, 0, 0, 123456000, time.UTC)

func link(h Head, kind string) Record {
	r := Record{
		Kiosk: "K-001", Epoch: h.Epoch, Seq: h.Seq + 1, At: at, Journey: "j1", Kind: kind,
		Payload: json.RawMessage(`{"fils":20000}`), SealedSum: Hash{9}, Prev: h.Hash,
	}
	r.Hash = r.Sum()
	return r
}

// TestSum: kiosks in the field and the server must agree for ever.
func TestSum(t *testing.T) {
	const want = "6542364799a7394f0a765f8354243eb8549d212350e643e387caf0fb8345fdea"
	if got := link(Head{}, "payment.approved").Hash.String(); got != want {
		t.Errorf("the hash of a known record is %s, want %s", got, want)
	}
}

// TestSumCovers changes each field in turn. A field that is added later fails here
// until Sum knows it.
func TestSumCovers(t *testing.T) {
	r := link(Head{}, "k")
	v := reflect.TypeFor[Record]()
	for i := range v.NumField() {
		name := v.Field(i).Name
		if name == "Hash" {
			continue
		}
		c := r
		switch f := reflect.ValueOf(&c).Elem().Field(i); f.Interface().(type) {
		case string:
			f.SetString(f.String() + "x")
		case uint32, uint64:
			f.SetUint(f.Uint() + 1)
		case time.Time:
			f.Set(reflect.ValueOf(r.At.Add(time.Microsecond)))
		case json.RawMessage:
			f.SetBytes([]byte(`{"fils":2000}`))
		case Hash:
			f.Set(reflect.ValueOf(Hash{7}))
		default:
			t.Fatalf("%s has a type that this test does not know", name)
		}
		if c.Sum() == r.Hash {
			t.Errorf("%s can be changed without changing the hash", name)
		}
	}
	// The end of one field is not the start of the next.
	a, b := r, r
	a.Journey, a.Kind = "ab", "c"
	b.Journey, b.Kind = "a", "bc"
	if a.Sum() == b.Sum() {
		t.Error("two records have one hash")
	}
}

func TestFollow(t *testing.T) {
	first := link(Head{}, "a")
	head, err := Head{}.Follow(first)
	if err != nil || head != (Head{Seq: 1, Hash: first.Hash}) {
		t.Fatalf("the first record: %v %v", head, err)
	}
	second := link(head, "b")
	change := func(f func(*Record)) Record {
		r := second
		f(&r)
		r.Hash = r.Sum()
		return r
	}
	changed := second
	changed.Kind = "c"
	for name, c := range map[string]struct {
		r   Record
		err error
	}{
		"next":        {second, nil},
		"again":       {first, ErrGap},
		"skipped":     {change(func(r *Record) { r.Seq++ }), ErrGap},
		"other epoch": {change(func(r *Record) { r.Epoch++ }), ErrGap},
		"fork":        {change(func(r *Record) { r.Prev[0] ^= 1 }), ErrChain},
		"changed":     {changed, ErrHash},
	} {
		got, err := head.Follow(c.r)
		if !errors.Is(err, c.err) {
			t.Errorf("%s: %v, want %v", name, err, c.err)
		}
		if err != nil && got != head {
			t.Errorf("%s: the head moved to %v", name, got)
		}
	}
}

func TestHashText(t *testing.T) {
	for _, bad := range []string{"", "00", strings.Repeat("0", 63), strings.Repeat("0", 66), strings.Repeat("g", 64)} {
		h := Hash{1}
		if err := h.UnmarshalText([]byte(bad)); err == nil || h != (Hash{1}) {
			t.Errorf("%q: %v %v", bad, h, err)
		}
	}
}

// TestJSON: a record that went over the wire still has its hash, whatever is in it.
func TestJSON(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		payload, err := json.Marshal(map[string]string{"text": rapid.String().Draw(t, "text") + "<&>\u2028\xff"})
		if err != nil {
			t.Fatal(err)
		}
		r := Record{
			Kiosk:   "K-001",
			Epoch:   rapid.Uint32().Draw(t, "epoch"),
			Seq:     rapid.Uint64Min(1).Draw(t, "seq"),
			At:      time.UnixMicro(rapid.Int64Range(0, 1<<52).Draw(t, "at")).UTC(),
			Journey: rapid.StringMatching(`[a-z0-9-]{0,20}`).Draw(t, "journey"),
			Kind:    rapid.StringMatching(`[a-z.]{1,20}`).Draw(t, "kind"),
			Payload: payload,
			Prev:    Hash(rapid.SliceOfN(rapid.Byte(), 32, 32).Draw(t, "prev")),
		}
		r.Hash = r.Sum()
		wire, err := json.Marshal(r)
		if err != nil {
			t.Fatal(err)
		}
		var got Record
		if err := json.Unmarshal(wire, &got); err != nil {
			t.Fatal(err)
		}
		if got.Hash != got.Sum() || !reflect.DeepEqual(got, r) {
			t.Fatalf("sent %+v, got %+v", r, got)
		}
	})
}

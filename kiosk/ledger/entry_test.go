package ledger

import (
	"crypto/sha256"
	"errors"
	"testing"

	"github.com/google/go-cmp/cmp"

	"murur/kiosk/ledger/record"
)

// FuzzEntry: what is not an entry is ErrCorrupt, and what is one comes out again
// as it went in.
func FuzzEntry(f *testing.F) {
	f.Fuzz(func(t *testing.T, k, v []byte) {
		e, err := parseEntry(k, v)
		if err != nil {
			if !errors.Is(err, ErrCorrupt) {
				t.Error(err)
			}
			return
		}
		again, err := parseEntry(recordKey(e.Epoch, e.Seq), e.encode())
		if diff := cmp.Diff(e, again, cmp.AllowUnexported(entry{})); diff != "" || err != nil {
			t.Error(diff, err)
		}
	})
}

func TestEntry(t *testing.T) {
	for name, e := range map[string]entry{
		"bare": {Record: record.Record{Kiosk: "K", Seq: 1, At: testTime, Kind: "k"}},
		"full": {Record: record.Record{
			Kiosk: "K", Epoch: 2, Seq: 3, At: testTime, Journey: "j", Kind: "k", Payload: []byte(`{}`), Prev: record.Hash{4},
		}, sealed: []byte("sealed")},
	} {
		if e.sealed != nil {
			e.SealedSum = sha256.Sum256(e.sealed)
		}
		e.Hash = e.Sum()
		k, v := recordKey(e.Epoch, e.Seq), e.encode()
		got, err := parseEntry(k, v)
		if diff := cmp.Diff(e, got, cmp.AllowUnexported(entry{})); diff != "" || err != nil {
			t.Errorf("%s: %v %s", name, err, diff)
		}
		for n := range v {
			if _, err := parseEntry(k, v[:n]); !errors.Is(err, ErrCorrupt) {
				t.Errorf("%s: the first %d bytes: %v", name, n, err)
			}
			for bit := range 8 {
				v[n] ^= 1 << bit
				if _, err := parseEntry(k, v); !errors.Is(err, ErrCorrupt) {
					t.Errorf("%s: byte %d changed: %v", name, n, err)
				}
				v[n] ^= 1 << bit
			}
		}
	}
}

package ledger

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"go.etcd.io/bbolt"
)

// text512 is 512 bytes as JSON.
var text512 = strings.Repeat("x", 510)

func benchLedger(b *testing.B, noSync bool) *Ledger {
	o := testOptions()
	o.MaxSize = 1 << 30
	o.Retention = -time.Hour // prune whatever is acknowledged
	o.Now = time.Now
	o.noSync = noSync
	return testOpen(b, filepath.Join(b.TempDir(), "ledger.db"), o)
}

// bareUpdate returns a function that commits 512 bytes with bbolt alone, under the
// ledger's settings.
func bareUpdate(b *testing.B) func() {
	db, err := bbolt.Open(filepath.Join(b.TempDir(), "bare.db"), 0o600, &bbolt.Options{
		NoFreelistSync:  true,
		FreelistType:    bbolt.FreelistMapType,
		InitialMmapSize: 1 << 30,
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { db.Close() })
	db.AllocSize = growth
	value := []byte(`"` + text512 + `"`)
	n := uint64(0)
	return func() {
		err := db.Update(func(tx *bbolt.Tx) error {
			bucket, err := tx.CreateBucketIfNotExists([]byte("b"))
			if err != nil {
				return err
			}
			n++
			return bucket.Put(binary.BigEndian.AppendUint64(nil, n), value)
		})
		if err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkStep512(b *testing.B) {
	l := benchLedger(b, false)
	for b.Loop() {
		mustAppend(b, l, Step{Records: []Draft{{Kind: "k", Payload: text512}}})
	}
}

func BenchmarkBareUpdate512(b *testing.B) {
	update := bareUpdate(b)
	for b.Loop() {
		update()
	}
}

// BenchmarkRatio512 takes turns, so that both see the same disk: how many steps
// are made in the time of a bare update. The figure to reach is 0.8.
func BenchmarkRatio512(b *testing.B) {
	step := Step{Records: []Draft{{Kind: "k", Payload: text512}}}
	row := Step{Records: step.Records, Put: []Projection{{Table: Journeys, Key: "j", Value: text512, Sealed: true}}}
	for _, c := range []struct {
		name string
		step Step
	}{{"record", step}, {"record+row", row}} {
		b.Run(c.name, func(b *testing.B) {
			l, update := benchLedger(b, false), bareUpdate(b)
			var steps, bare time.Duration
			for b.Loop() {
				start := time.Now()
				update()
				middle := time.Now()
				mustAppend(b, l, c.step)
				bare += middle.Sub(start)
				steps += time.Since(middle)
			}
			b.ReportMetric(bare.Seconds()/steps.Seconds(), "ratio")
		})
	}
}

// BenchmarkGrowth makes 100,000 steps that are acknowledged and pruned with at
// most 1,000 waiting. The figure to reach is a file of 4 MiB after compaction.
func BenchmarkGrowth(b *testing.B) {
	const steps, depth = 100_000, 1000
	size := func(l *Ledger) float64 {
		info, err := os.Stat(l.path)
		if err != nil {
			b.Fatal(err)
		}
		return float64(info.Size()) / (1 << 20)
	}
	for b.Loop() {
		l := benchLedger(b, true) // the size is measured, not the disk
		for n := range steps {
			h := mustAppend(b, l, Step{
				Journey: "j",
				Records: []Draft{{Kind: "k", Payload: text512}},
				Put:     []Projection{{Table: Journeys, Key: "j", Value: n, Sealed: true}},
			})
			if n%depth == depth/2 { // the newest 500 wait at the end
				if err := l.Acknowledge(h); err != nil {
					b.Fatal(err)
				}
				if _, err := l.Prune(time.Now()); err != nil {
					b.Fatal(err)
				}
			}
		}
		b.ReportMetric(size(l), "MiB-before")
		if err := l.Compact(); err != nil {
			b.Fatal(err)
		}
		b.ReportMetric(size(l), "MiB-compact")
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkVerify is of 10,000 records.
func BenchmarkVerify(b *testing.B) {
	l := benchLedger(b, true)
	for range 10_000 {
		mustAppend(b, l, Step{Records: []Draft{{Kind: "k", Payload: text512}}})
	}
	for b.Loop() {
		mustVerify(b, l)
	}
}

// BenchmarkOpen is of a file with 10,000 records.
func BenchmarkOpen(b *testing.B) {
	l := benchLedger(b, true)
	for range 10_000 {
		mustAppend(b, l, Step{Records: []Draft{{Kind: "k", Payload: text512}}})
	}
	o := l.options
	for b.Loop() {
		if err := l.Close(); err != nil {
			b.Fatal(err)
		}
		l = testOpen(b, l.path, o)
	}
}

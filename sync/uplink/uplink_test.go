package uplink

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"murur/kiosk/ledger/record"
	"murur/sync/api"
)

func TestDelivers(t *testing.T) {
	run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
		u := start(0)
		check(t, "nothing to deliver", u, m, w, "")
		if len(w.attempts()) != 0 {
			t.Error("asked for nothing")
		}
		m.append(250, `{"a":"<&>\u003c ع","n":1.0}`)
		synctest.Wait()
		check(t, "backlog", u, m, w, "")
		if len(w.attempts()) != 3 {
			t.Errorf("%d deliveries of at most 100 for 250 records", len(w.attempts()))
		}
		m.append(1, `{}`)
		synctest.Wait()
		check(t, "one more", u, m, w, "")
		if s := u.Status(); !s.OK.Equal(time.Now()) {
			t.Errorf("last delivery %v", s.OK)
		}
	})
}

func TestLargeRecordsGoInSmallBatches(t *testing.T) {
	run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
		m.append(10, `"`+strings.Repeat("x", 200<<10)+`"`)
		u := start(0)
		check(t, "large records", u, m, w, "")
		if len(w.attempts()) != 5 {
			t.Errorf("%d deliveries", len(w.attempts()))
		}
	})
}

// TestLostAnswers: the server has the records, the kiosk does not know.
func TestLostAnswers(t *testing.T) {
	run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
		w.set(lost)
		m.append(150, `{}`)
		u := start(0)
		check(t, "answer lost", u, m, w, Unreachable)
		if m.watermark.Seq != 0 || w.head(t).Seq != 100 || u.Status().Lag != 150 {
			t.Errorf("watermark %d, server %d", m.watermark.Seq, w.head(t).Seq)
		}
		m.append(30, `{}`)
		w.set(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		check(t, "afterwards", u, m, w, "")
	})
}

// TestRestart: a new run begins at the watermark, although the server has more.
func TestRestart(t *testing.T) {
	run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
		m.append(40, `{}`)
		check(t, "first run", start(0), m, w, "")
		r := m.records[9]
		m.watermark = record.Head{Seq: r.Seq, Hash: r.Hash} // the power went before Acknowledge
		check(t, "second run", start(0), m, w, "")
		if len(w.attempts()) != 2 {
			t.Errorf("%d deliveries", len(w.attempts()))
		}
	})
}

func TestBackoff(t *testing.T) {
	for _, c := range []struct {
		jitter float64
		want   []float64 // seconds between attempts
	}{
		{0, []float64{1, 2, 4, 8, 16, 32, 60, 60, 60}}, {0.5, []float64{.75, 1.5, 3, 6, 12, 24, 45, 45, 45}},
	} {
		run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
			w.set(offline)
			m.append(1, `{}`)
			u := start(c.jitter)
			since := time.Now()
			for len(w.attempts()) < 10 {
				time.Sleep(time.Second)
				m.append(1, `{}`) // news is no reason to hurry
				synctest.Wait()
			}
			var got []float64
			asked := w.attempts()
			for i := range c.want {
				got = append(got, asked[i+1].Sub(asked[i]).Seconds())
			}
			if !slices.Equal(got, c.want) {
				t.Errorf("jitter %v: waited %v, want %v", c.jitter, got, c.want)
			}
			if s := u.Status(); s.Code != Unreachable || !s.Since.Equal(since) {
				t.Errorf("%+v", s)
			}
			w.set(nil)
			time.Sleep(time.Minute)
			synctest.Wait()
			check(t, "afterwards", u, m, w, "")

			w.set(offline) // the next trouble starts small again
			m.append(1, `{}`)
			time.Sleep(1500 * time.Millisecond)
			synctest.Wait()
			if len(w.attempts()) < 2 {
				t.Error("the pause did not start small again")
			}
		})
	}
}

func TestServerWithoutAnswer(t *testing.T) {
	run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
		w.set(func(q *http.Request, _ func() *http.Response) (*http.Response, error) {
			<-q.Context().Done()
			return nil, q.Context().Err()
		})
		m.append(1, `{}`)
		u := start(0)
		time.Sleep(askTimeout)
		synctest.Wait()
		check(t, "silence", u, m, w, Unreachable)
	})
}

func TestBadAnswers(t *testing.T) {
	const head = `"head":{"epoch":0,"seq":0,"hash":"0000000000000000000000000000000000000000000000000000000000000000"}`
	problem := func(kind api.ProblemType, more string) string {
		return fmt.Sprintf(`{"type":"%s","title":"","status":409%s}`, kind, more)
	}
	for name, c := range map[string]struct {
		status      int
		media, body string
		want        Code
	}{
		"500":                      {500, "text/plain", "oops", Refused},
		"400":                      {400, api.ProblemMedia, problem(api.TypeBadRequest, ""), Refused},
		"no JSON":                  {200, "application/json", "{{", Garbled},
		"web page":                 {200, "text/html", "<html>", Garbled},
		"no head":                  {200, "application/json", "{}", Garbled},
		"head did not move":        {200, "application/json", "{" + head + "}", Garbled},
		"409 of a proxy":           {409, "text/plain", "conflict", Garbled},
		"409 of another kind":      {409, api.ProblemMedia, problem(api.TypeConflict, ","+head), Garbled},
		"gap where none is":        {409, api.ProblemMedia, problem(api.TypeChainGap, ","+head), Garbled},
		"a head that nobody wrote": {200, "application/json", strings.Replace("{"+head+"}", `"seq":0`, `"seq":2`, 1), Fork},
		"a head past ours":         {200, "application/json", strings.Replace("{"+head+"}", `"seq":0`, `"seq":99`, 1), Fork},
	} {
		t.Run(name, func(t *testing.T) {
			run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
				w.set(answering(c.status, c.media, c.body))
				m.append(3, `{}`)
				u := start(0)
				check(t, "bad answer", u, m, w, c.want)
				if m.watermark.Seq != 0 {
					t.Errorf("believed: watermark %d", m.watermark.Seq)
				}
				w.set(nil)
				time.Sleep(time.Second)
				synctest.Wait()
				if c.want != Fork {
					check(t, "afterwards", u, m, w, "")
				}
			})
		})
	}
}

func TestServerBehind(t *testing.T) {
	run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
		m.append(120, `{}`)
		u := start(0)
		check(t, "before", u, m, w, "")
		w.restore(t)
		m.append(1, `{}`)
		synctest.Wait()
		check(t, "server restored empty", u, m, w, "")

		w.restore(t)
		m.pruned = 50
		m.append(1, `{}`)
		synctest.Wait()
		check(t, "what it lacks was pruned", u, m, w, LedgerFault)
	})
}

func TestFork(t *testing.T) {
	run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
		m.append(5, `{}`)
		check(t, "before", start(0), m, w, "")
		for name, ours := range map[string]int{"server ahead of a restored ledger": 3, "other records": 8} {
			other := newMemory() // the same kiosk, another history
			other.append(ours, `{"other":true}`)
			u, err := New(Options{Ledger: other, URL: "http://central", Kiosk: "K-1", HTTP: w})
			if err != nil {
				t.Fatal(err)
			}
			go u.Run(t.Context())
			synctest.Wait()
			check(t, name, u, other, w, Fork)
			asked := len(w.attempts())
			time.Sleep(24 * time.Hour)
			other.append(1, `{}`)
			synctest.Wait()
			if len(w.attempts()) != asked {
				t.Errorf("%s: went on asking", name)
			}
			if s := u.Status(); s.Lag != uint64(ours+1) {
				t.Errorf("%s: %+v", name, s)
			}
		}
	})
}

func TestChangedRecord(t *testing.T) {
	run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
		m.append(3, `{}`)
		m.records[1].Kind = "payment.completed"
		u := start(0)
		check(t, "changed", u, m, w, Broken)
		if w.head(t).Seq != 0 {
			t.Error("a part of a broken batch was stored")
		}
	})
}

func TestUnreadableLedger(t *testing.T) {
	run(t, func(t *testing.T, m *memory, w *wire, start func(float64) *Uplink) {
		m.append(1, `{}`)
		m.fail(errors.New("disk"))
		u := start(0)
		check(t, "unreadable", u, m, w, LedgerFault)
		m.fail(nil)
		time.Sleep(time.Second)
		synctest.Wait()
		check(t, "afterwards", u, m, w, "")
	})
}

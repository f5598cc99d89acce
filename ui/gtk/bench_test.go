package gtk

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"murur/kiosk/front"
)

// BenchmarkFirstFrame measures from the start of the process to the first painted
// frame, on Xvfb.
func BenchmarkFirstFrame(b *testing.B) {
	d := display(b, 1080, 1920)
	k := startKioskd(b)
	k.show("welcome", front.Arabic)
	var all []time.Duration
	for b.Loop() {
		began := time.Now()
		cmd := child(b, "window", d, k.socket, "1080", "1920")
		cmd.Env = append(cmd.Env, "NO_AT_BRIDGE=1")
		out, err := cmd.StdoutPipe()
		if err != nil {
			b.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			b.Fatal(err)
		}
		var event string
		for event != "painted" {
			var seq uint64
			if _, err := fmt.Fscan(out, &event, &seq); err != nil {
				b.Fatal(err)
			}
		}
		all = append(all, time.Since(began))
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
	}
	report(b, all)
}

// BenchmarkTap measures from a touch to the first painted frame of the next screen,
// through the socket and back, over the screens of a visit.
func BenchmarkTap(b *testing.B) {
	u := open(b, 1080, 1920)
	visit := []struct{ sample, press string }{
		{"service", en("service.fines")},
		{"identify", en("way.civil")},
		{"number-civil", en("button.back")},
		{"fines", en("button.all")},
		{"fines-one", en("button.choose")},
		{"confirm", en("button.back")},
		{"pay-insert_card", en("button.cancel.payment")},
		{"receipt-take", en("button.finish")},
	}
	at := 0
	u.show(visit[0].sample, front.English)
	var all []time.Duration
	for b.Loop() {
		n := u.control(b, visit[at].press)
		drain(u.trace)
		began := time.Now()
		if err := u.press(n); err != nil {
			b.Fatal(err)
		}
		<-u.inputs
		at = (at + 1) % len(visit)
		s := u.show(visit[at].sample, front.English)
		for line := range u.trace {
			if line == fmt.Sprintf("painted %d", s.Seq) {
				break
			}
		}
		all = append(all, time.Since(began))
	}
	report(b, all)
}

func drain(lines chan string) {
	for {
		select {
		case <-lines:
		default:
			return
		}
	}
}

// report gives the middle and the slow end in milliseconds.
func report(b *testing.B, all []time.Duration) {
	if len(all) == 0 {
		return
	}
	slices.Sort(all)
	ms := func(share float64) float64 {
		return float64(all[min(len(all)-1, int(share*float64(len(all))))]) / float64(time.Millisecond)
	}
	b.ReportMetric(ms(0.5), "p50-ms")
	b.ReportMetric(ms(0.99), "p99-ms")
	b.ReportMetric(0, "ns/op")
}

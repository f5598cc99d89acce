package evolissim

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"murur/devices/transport"
)

// host talks to a printer without a driver.
type host struct {
	t *testing.T
	p *Printer
	q transport.Pipes
}

func talk(t *testing.T, o Options, f func(h *host)) {
	synctest.Test(t, func(t *testing.T) {
		p := New(o)
		q, err := p.Pipes()
		if err != nil {
			t.Fatal(err)
		}
		defer q.Close()
		f(&host{t, p, q})
	})
}

func (h *host) send(s string) {
	h.t.Helper()
	if err := h.q.BulkOut(h.t.Context(), []byte(s)); err != nil {
		h.t.Fatal(err)
	}
}

// hear is what comes within a time; "" when nothing does.
func (h *host) hear(d time.Duration) string {
	ctx, cancel := context.WithTimeout(h.t.Context(), d)
	defer cancel()
	b := make([]byte, 64)
	n, _ := h.q.BulkIn(ctx, b)
	return string(b[:n])
}

func (h *host) ask(command string) string {
	h.t.Helper()
	h.send("\x1b" + command + "\r")
	return strings.TrimRight(h.hear(2*time.Minute), "\x00\r\n")
}

func (h *host) want(commands ...string) {
	h.t.Helper()
	for _, c := range commands {
		if got := h.ask(c); got != "OK" {
			h.t.Fatalf("%s: %q", c, got)
		}
	}
}

// black is a whole download of resin.
func black() string { return "\x1bDb;k;2;" + strings.Repeat("\x1b\r\x80", 27432) + "\r" }

func TestFraming(t *testing.T) {
	for _, c := range []struct{ name, send, want string }{
		{"a command", "\x1bRsn\r", "SIM0000001\x00"},
		{"no start after an end", "\x1bRsn\rRfv\r", "SIM0000001\x001826\x00"},
		{"no start elsewhere", "\x00Rsn\r", ""},
		{"padding", "\x00\x00\x1bRsn\r\x00\x00\x1bRfv\r", "SIM0000001\x001826\x00"},
		{"noise", "hello\x1bRsn\r", "SIM0000001\x00"},
		{"start over", "\x1bRlr\x1bRsn\r", "SIM0000001\x00"},
		{"unknown", "\x1bXyz\r", "ERROR CDE\x00"},
		{"capitals matter", "\x1bSE\r", "ERROR CDE\x00"},
		{"bad value", "\x1bPem;7\r", "ERROR PARAMETRES\x00"},
		{"bad panel", "\x1bDb;x;2;\x1bRsn\r", "ERROR PARAMETRES\x00SIM0000001\x00"},
		{"other characters", "\x1bPsc;37;58;10\r%Pem:2\n%Psc\n\x1bRem\r", "OK\x00OK\x00OK\x002;0\x00"},
	} {
		t.Run(c.name, func(t *testing.T) {
			for _, size := range []int{1, 3, 1000} {
				talk(t, Options{}, func(h *host) {
					for chunk := range slices.Chunk([]byte(c.send), size) {
						h.send(string(chunk))
					}
					got := ""
					for {
						s := h.hear(time.Second)
						if s == "" {
							break
						}
						got += s
					}
					if got != c.want {
						t.Errorf("in pieces of %d: %q, want %q", size, got, c.want)
					}
				})
			}
		})
	}
}

// Data may contain every byte; its length ends it.
func TestDownloadByLength(t *testing.T) {
	for _, size := range []int{64, 1000, 100000} {
		talk(t, Options{Ribbon: "k"}, func(h *host) {
			h.ask("Rlr;p")
			h.ask("Rse;b")
			h.want("Pem;2", "Pneab;E", "Pneab;A;0", "Si", "Ss", "Sr")
			for chunk := range slices.Chunk([]byte(black()), size) {
				h.send(string(chunk))
			}
			h.want("Se")
			card := h.p.Cards()[0]
			if !card.Complete || card.Front.Layers() != "k" {
				t.Errorf("%+v", card)
			}
			// 1B 0D 80, over and over, from the bottom left upwards.
			m := card.Front.Resin()
			for i, want := range fmt.Sprintf("%08b%08b%08b", 0x1B, 0x0D, 0x80) {
				if m.At(0, 647-i) != (want == '1') {
					t.Errorf("dot (0, %d) is %v", 647-i, m.At(0, 647-i))
				}
			}
		})
	}
}

// In error mode 0 the printer prints an interrupted job again by itself.
func TestPrintsAgain(t *testing.T) {
	for _, mode := range []string{"0", "2"} {
		talk(t, Options{Ribbon: "k"}, func(h *host) {
			h.ask("Rlr;p")
			h.ask("Rse;b")
			h.want("Pem;"+mode, "Pneab;E", "Si", "Ss", "Sr")
			h.p.Inject(Fault{Kind: CoverOpens, Panel: 1})
			h.send(black() + "\x1bSe\r")
			time.Sleep(time.Minute)
			h.p.Cover(false)
			time.Sleep(time.Minute)
			cards, violations := h.p.Cards(), h.p.Violations()
			switch mode {
			case "0":
				if len(cards) != 2 || cards[0].Place != RejectBox || cards[1].Front.Layers() != "k" || len(violations) == 0 {
					t.Errorf("mode 0: %v, %v", cards, violations)
				}
			case "2":
				if len(cards) != 1 || len(violations) != 0 {
					t.Errorf("mode 2: %v, %v", cards, violations)
				}
				if got := h.hear(time.Second); got != "COVER OPEN\x00" {
					t.Errorf("mode 2: %q", got)
				}
			}
		})
	}
}

func TestViolations(t *testing.T) {
	ready := []string{"Pem;2", "Psmgr;2", "Pneab;E"}
	for _, c := range []struct {
		name  string
		model Model
		do    func(h *host)
		want  string
		place Place // of the first card
	}{
		{"Seb hands out", KC200B, func(h *host) { h.ask("Si"); h.ask("Seb") }, "Seb", Exit},
		{"Seb rejects", LegacyKiosk, func(h *host) { h.ask("Si"); h.ask("Seb") }, "Seb", RejectBox},
		{"second card", KC200B, func(h *host) { h.ask("Si"); h.ask("Si") }, "behind", Inside},
		{"unfinished", KC200B, func(h *host) { h.ask("Si"); h.want("Ss", "Pneab;A;1", "Pcem;I", "Se") }, "unfinished", Exit},
		{"forbidden", KC200B, func(h *host) { h.ask("Si"); h.want("Pneab;A;0", "Pcrm;D", "Ser") }, "forbidden", RejectBox},
		{"from memory", KC200B, func(h *host) { h.want("Si", "Ss", "Ssd;k", "Se") }, "memory", Inside},
		{"again", KC200B, func(h *host) {
			h.want("Si", "Ss")
			h.send(black())
			h.want("Se", "Ss")
			h.send(black())
			h.want("Se")
		}, "again", Inside},
		{"unverified", KC200B, func(h *host) {
			h.want("Si", "Ss")
			h.send(black())
			h.want("Se", "Ss", "Pneab;A;1", "Se")
		}, "unverified", Exit},
		{"blank for a card", KC200B, func(h *host) { h.ask("Sib") }, "instead", Inside},
		{"wiping a job", KC200B, func(h *host) { h.want("Ss", "Wcb;k;0", "Si") }, "inside a sequence", Inside},
	} {
		t.Run(c.name, func(t *testing.T) {
			talk(t, Options{Model: c.model, Ribbon: "k"}, func(h *host) {
				h.ask("Rlr;p")
				h.ask("Rse;" + string(c.model.ExitSensor))
				if c.model.Terminator != "" {
					h.want(ready...)
				}
				c.do(h)
				if v := strings.Join(h.p.Violations(), "; "); !strings.Contains(v, c.want) {
					t.Errorf("violations: %q", v)
				}
				if got := h.p.Cards()[0].Place; got != c.place {
					t.Errorf("the card is %s, want %s", got, c.place)
				}
			})
		})
	}
	talk(t, Options{}, func(h *host) {
		h.ask("Si")
		if v := h.p.Violations(); len(v) != 1 || !strings.Contains(v[0], "before anybody asked") {
			t.Errorf("%v", v)
		}
	})
}

// Without Psmgr;2 the end of a sequence answers when the card was taken.
func TestEndBlocks(t *testing.T) {
	talk(t, Options{Ribbon: "k"}, func(h *host) {
		h.want("Si")
		h.want("Pneab;A;1", "Pbc;A;D")
		h.send("\x1bSe\r\x1bRsn\r")
		if got := h.hear(20 * time.Second); got != "" {
			t.Fatalf("%q", got)
		}
		if !h.p.Take() {
			t.Fatal("no card")
		}
		if got := h.hear(time.Second); got != "OK\x00SIM0000001\x00" {
			t.Errorf("%q", got)
		}
		h.want("Si")
		if got := h.ask("Se"); got != "ERROR TIME OUT" {
			t.Errorf("nobody came: %q", got)
		}
	})
}

// A card that nobody takes goes where the printer's own rule says.
func TestAbandoned(t *testing.T) {
	for rule, want := range map[string]Place{"Pbc;A;D": Exit, "Pbc;A;N": Inside, "Pbc;A;R": RejectBox} {
		talk(t, Options{}, func(h *host) {
			h.want("Psmgr;2", rule, "Pbc;D;10", "Si", "Pneab;A;1", "Se")
			time.Sleep(time.Minute)
			if got := h.p.Cards()[0].Place; got != want {
				t.Errorf("%s: %s", rule, got)
			}
		})
	}
}

func TestUnpackDye(t *testing.T) {
	white := bytes.Repeat([]byte{0x80, 0x00}, lines-1)
	row := func(b ...byte) []byte { return append(bytes.Clone(b), white...) }
	for _, c := range []struct {
		name  string
		bits  int
		data  []byte
		cross bool
		first int // dots of the first row that are not blank; -1: refused
	}{
		{"7 bits", 7, row(0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0x8A), false, 648},
		{"6 bits", 6, row(0xFF, 0xFF, 0xBF, 0x89), false, 648},
		{"5 bits", 5, row(0xFF, 0x88), false, 648},
		{"single dots", 7, row(0x40, 0x40, 0xC0, 0x02, 0x80, 0xFF, 0x80, 0xFF, 0x80, 134), false, 4},
		{"blank", 7, row(0x80, 0x00), false, 0},
		{"blank in a row", 7, row(0x40, 0x80, 0x00), false, -1},
		{"too short", 7, white, false, -1},
		{"half a record", 7, append(bytes.Clone(white), 0x80), false, -1},
		{"over the end of a row", 5, row(0xFF, 0x89), false, -1},
	} {
		b, err := unpackDye(c.bits, c.data, c.cross)
		if (err != nil) != (c.first < 0) {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		n := 0
		if err == nil {
			b.row(0, func(int, byte) { n++ })
			if n != c.first {
				t.Errorf("%s: %d dots, want %d", c.name, n, c.first)
			}
		}
	}
	// Runs of 767 and 529 dots are two rows, where runs may go over the end of one.
	two := append([]byte{0xFF, 0xFF, 0xFF, 17}, white[2:]...)
	if _, err := unpackDye(5, two, true); err != nil {
		t.Error("runs that cross:", err)
	}
	if _, err := unpackDye(5, two, false); err == nil {
		t.Error("runs cross although they must not")
	}
}

// A power cut forgets settings and, by model, bitmaps; cards and counters stay.
func TestPowerCut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := New(Options{Ribbon: "k"})
		q, _ := p.Pipes()
		h := &host{t, p, q}
		h.want("Pem;2", "Pneab;A;0", "Wcb;k;255", "Si")
		counter := h.ask("Rco;c")
		p.PowerCut()
		if err := q.BulkOut(t.Context(), []byte("x")); err == nil {
			t.Error("the pipes live on")
		}
		if _, err := p.Pipes(); err == nil {
			t.Error("a printer without power is claimed")
		}
		p.PowerOn()
		q, err := p.Pipes()
		if err != nil {
			t.Fatal(err)
		}
		h = &host{t, p, q}
		if got := h.ask("Rem"); got != "0;0" {
			t.Errorf("mode %q", got)
		}
		if got := h.ask("Rlr;p"); got != "CARD" {
			t.Errorf("the card is gone: %q", got)
		}
		if got := h.ask("Rco;c"); got != counter {
			t.Errorf("counter %q, before %q", got, counter)
		}
		if len(bytes.Trim(p.bitmaps['k'].data, "\x00")) != 0 {
			t.Error("the bitmap is still there")
		}
		q.Close()
	})
}

// FuzzCommands feeds bytes in pieces: the printer takes them all, and its cards stay
// accounted for.
func FuzzCommands(f *testing.F) {
	f.Add([]byte("\x1bPem;2\r\x1bRlr;p\r\x1bRse;b\r\x1bSi\r\x1bSs\rSr\r"), uint8(3))
	f.Add([]byte("\x1bDbc;k;2;3;\x01\x80\x00\r\x1bSe\r"), uint8(1))
	f.Add([]byte("\x1bPsc;37;58;10\r%Rem\n"), uint8(200))
	f.Add([]byte("\x1bWcb;a;255\r\x1bDb;k;2;\x1b\r\x00"), uint8(7))
	f.Fuzz(func(t *testing.T, data []byte, size uint8) {
		synctest.Test(t, func(t *testing.T) {
			for _, early := range []bool{false, true} {
				model := KC200B
				model.EarlyReplies = early
				p := New(Options{Model: model, Blanks: 3, RejectBox: 2})
				q, err := p.Pipes()
				if err != nil {
					t.Fatal(err)
				}
				for chunk := range slices.Chunk(data, int(size)+1) {
					if err := q.BulkOut(t.Context(), chunk); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Hour)
				v := p.View()
				held := 0
				for _, n := range []int{v.Inside, v.Exit} {
					if n > 0 {
						held++
					}
				}
				if v.Fed != v.Taken+v.Rejected+held || v.Fed+v.Feeder != 3 || len(p.received) > 0 && p.moving == nil {
					t.Errorf("%+v", v)
				}
				q.Close()
				p.PowerCut()
			}
		})
	})
}

// FuzzPanels feeds the decoders of compressed panels.
func FuzzPanels(f *testing.F) {
	f.Add(bytes.Repeat([]byte{0}, lines), uint8(1))
	f.Add(bytes.Repeat([]byte{0xFF}, lines), uint8(1))
	f.Add(bytes.Repeat([]byte{0x80, 0}, lines), uint8(7))
	f.Add(bytes.Repeat([]byte{0xFF, 0x88}, lines), uint8(5))
	f.Fuzz(func(t *testing.T, data []byte, bits uint8) {
		var b *bitmap
		var err error
		if bits = bits%4 + 4; bits == 4 {
			b, err = unpackMono(data)
			bits = 1
		} else {
			b, err = unpackDye(int(bits), data, len(data)%2 == 0)
		}
		if err == nil && (b.bits != int(bits) || len(b.data) != lines*lineLen*b.bits) {
			t.Fatalf("%d bits, %d bytes", b.bits, len(b.data))
		}
	})
}

package evolissim

import (
	"strconv"
	"strings"
)

// command is one that was received whole.
type command struct {
	words []string
	data  []byte // of a download
	bad   string // the answer to one that cannot be
}

func (c *command) word(i int) string {
	if i < len(c.words) {
		return c.words[i]
	}
	return ""
}

func (c *command) text() string { return strings.Join(c.words, ";") }

// parser finds commands in a stream of bytes. It is fed in pieces of any size and
// keeps its place between them.
type parser struct {
	four             bool // Dbc has four fields
	start, sep, stop byte

	inside  bool   // a command has begun
	direct  bool   // the byte before ended a command: the next needs no start
	head    []byte // of the command, so far
	data    []byte
	wants   int // data bytes still to come
	closing bool
}

func newParser(four bool) parser { return parser{four: four, start: 0x1B, sep: ';', stop: '\r'} }

// maxHead is longer than any command without data.
const maxHead = 256

// take takes bytes until a command is complete, and says how many it took.
func (p *parser) take(b []byte) (int, *command) {
	for i := 0; i < len(b); i++ {
		if p.wants > 0 { // length decides, whatever the bytes are
			n := min(p.wants, len(b)-i)
			p.data = append(p.data, b[i:i+n]...)
			p.wants -= n
			p.closing = p.wants == 0
			i += n - 1
			continue
		}
		if p.closing {
			c := &command{words: p.split(), data: p.data}
			if b[i] != p.stop {
				c.bad = "ERROR PARAMETRES"
			}
			p.reset(b[i] == p.stop)
			return i + 1, c
		}
		if c := p.step(b[i]); c != nil {
			return i + 1, c
		}
	}
	return len(b), nil
}

func (p *parser) reset(direct bool) {
	p.inside, p.direct, p.closing = false, direct, false
	p.head, p.data, p.wants = nil, nil, 0
}

func (p *parser) step(b byte) *command {
	switch {
	case b == p.start:
		p.reset(false)
		p.inside = true
		return nil
	case !p.inside && p.direct && b > ' ' && b != p.stop:
		p.inside = true
	case !p.inside:
		p.direct = b == p.stop
		return nil // NUL between commands, or noise
	case b == p.stop:
		c := &command{words: p.split()}
		p.reset(true)
		return c
	}
	p.head = append(p.head, b)
	if len(p.head) > maxHead {
		p.reset(false)
		return nil
	}
	if b == p.sep {
		return p.download()
	}
	return nil
}

func (p *parser) split() []string {
	return strings.Split(strings.TrimSuffix(string(p.head), string(p.sep)), string(p.sep))
}

// download looks whether the head announces data.
func (p *parser) download() *command {
	w := p.split()
	switch {
	case w[0] == "Db" && len(w) == 3:
		bits, ok := depths[w[2]]
		if !ok || !strings.Contains("ymcko", w[1]) || len(w[1]) != 1 {
			return p.refuse(w)
		}
		p.expect(lines * lineLen * bits)
	case w[0] == "Dbc" && (len(w) == 4 && !p.four || len(w) == 5):
		n, err := strconv.Atoi(w[len(w)-1])
		if _, ok := depths[w[2]]; !ok || err != nil || n < 1 || n > 2*lines*dots || !strings.Contains("ymcko", w[1]) || len(w[1]) != 1 {
			return p.refuse(w)
		}
		p.expect(n)
	}
	return nil
}

func (p *parser) expect(n int) {
	p.wants, p.data = n, make([]byte, 0, min(n, 1<<20))
}

func (p *parser) refuse(w []string) *command {
	p.reset(false)
	return &command{words: w, bad: "ERROR PARAMETRES"}
}

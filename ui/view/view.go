// Package view turns a front.Screen into what is to be shown: words, the name of
// a picture, components in reading order, and what each control does. It is pure
// and knows no toolkit, so the same view is drawn by ui/gtk, spoken (Spoken) and
// written into transcripts (Text).
//
// What only concerns the screen, such as the digits typed so far, the page of a
// long list or an open help, is State: it changes by State.Do and never leaves the
// machine until an Input is sent.
package view

import (
	"slices"
	"time"

	"murur/kiosk/front"
	"murur/kiosk/kwd"
	"murur/ui/i18n"
)

// Connecting names the screen that is shown while kioskd does not answer. It never
// crosses the front socket.
const Connecting front.Name = "connecting"

// Layout is the shape of the monitor.
type Layout int

const (
	Portrait  Layout = iota // 1080×1920
	Landscape               // 1920×1080
)

// Options is what a view depends on beside the Screen.
type Options struct {
	Digits  i18n.Digits // default Western
	Layout  Layout
	State   State
	Now     time.Time
	Arrived time.Time // when this Screen came in; zero: now
}

// View is one screen, ready to be drawn.
type View struct {
	Seq  uint64
	Name front.Name
	Lang front.Lang

	Title   string // one sentence; also the window's accessible title
	Also    string // the title in the other language (welcome)
	Lead    string // one sentence
	Alert   bool   // the lead is urgent, or says what is wrong with the last key
	Picture string // illustration; empty: none
	Steps   []Step
	Total   *Total   // in the same place on every screen that has one
	Waits   bool     // nobody has to do anything; Wait may come to say something
	Wait    string   // how long this takes already; empty: not long
	Parts   []Part   // in reading order
	List    bool     // the parts are a list, perhaps one page of it
	Small   []string // small print for staff

	Primary, Second *Control
	Bar             [4]*Control // back, cancel, help, language; nil: an empty place
	Tools           []Control   // lower, contrast, larger text
	Overlay         *Overlay    // lies over everything

	Ministry, Department string
	Development          string // permanent banner; empty: none
	Lower                bool   // all controls in the lower half
	Chime                string // what lies outside and is to be taken: a chime when it changes
}

// Step is one place of the step bar, or one of Stages.
type Step struct {
	Label string
	Done  bool
	Here  bool
}

// Total is the money of a money screen.
type Total struct {
	Label  string
	Amount string
	Line   string // what it is the total of
}

// Control is something to touch. Its Label is both what is seen and its accessible
// name.
type Control struct {
	Key     string // the same as long as the control means the same: "service:fines"
	Label   string
	Icon    string
	Enabled bool
	Pressed bool // a switch that is on
	// Send goes to the kiosk with Value; otherwise Do changes the State with Value.
	Send  front.Action
	Do    Op
	Value string
}

// Overlay is a question or a help over the screen; only its controls work.
type Overlay struct {
	Title           string
	Text            []string
	Primary, Second *Control
}

// Part is a component: Heading, Notice, Card, Row, Pager, Facts, Stages, Fields or Pad.
type Part interface{ part() }

// Heading begins a group.
type Heading struct {
	Text   string
	Button *Control // quiet, at the end of the line
}

// Tone of a notice.
type Tone string

const (
	Info      Tone = "info"
	Attention Tone = "attention"
	Good      Tone = "good"
)

// Notice is one sentence with a sign.
type Notice struct {
	Tone Tone
	Text string
}

// Card is a choice with a picture.
type Card struct {
	Control
	Title, Line string
	Lang        front.Lang // set on the welcome screen: the card speaks this language
}

// Row is a fine. Without a Control it is only to be read.
type Row struct {
	Control *Control // a check box; Pressed: checked
	What    string
	Lines   []string
	Note    string // why it cannot be paid here
	Amount  string
}

// Pager moves through a long list.
type Pager struct {
	Up, Down Control
	Label    string // "1–3 of 9"
}

// Facts are labels with values, the important ones large.
type Facts []Fact

// Fact is one of Facts.
type Fact struct {
	Label, Value string
	Large        bool
}

// Stages is a piece of work in its steps, from the first to the last.
type Stages struct {
	Steps []Step
	Line  string // "Step 2 of 4: Printing", to be spoken
}

// Fields show what is typed so far.
type Fields []Field

// Field is one of Fields. Control is nil when there is only one.
type Field struct {
	Control *Control // chooses this field
	Label   string
	Value   string // grouped, with a dot for each missing digit
	Here    bool
	Wrong   bool
}

// Pad has the keys of a number pad, row by row, three in a row.
type Pad []Control

func (Heading) part() {}
func (Notice) part()  {}
func (Card) part()    {}
func (Row) part()     {}
func (Pager) part()   {}
func (Facts) part()   {}
func (Stages) part()  {}
func (Fields) part()  {}
func (Pad) part()     {}

// Of is the view of s.
func Of(s front.Screen, o Options) View {
	if o.Arrived.IsZero() {
		o.Arrived = o.Now
	}
	b := builder{Screen: s, o: o, l: i18n.Locale{Lang: s.Lang, Digits: o.Digits}}
	b.frame()
	b.body()
	b.overlay()
	return b.v
}

type builder struct {
	front.Screen
	o Options
	l i18n.Locale
	v View
}

func (b *builder) text(id string, args ...any) string { return b.l.Text(id, args...) }
func (b *builder) money(fils int64) string            { return b.l.Money(kwd.Amount(fils)) }
func (b *builder) add(p ...Part)                      { b.v.Parts = append(b.v.Parts, p...) }
func (b *builder) accepts(a front.Action) bool        { return slices.Contains(b.Actions, a) }

// frame is what every screen has.
func (b *builder) frame() {
	v := &b.v
	v.Seq, v.Name, v.Lang = b.Seq, b.Name, b.Lang
	v.Ministry, v.Department = b.text("app.ministry"), b.text("app.department")
	v.Lower = b.o.State.Lower && b.o.Layout == Portrait
	if b.Development {
		v.Development = b.text("app.development")
	}
	b.steps()
	if b.accepts(front.ActBack) {
		v.Bar[0] = b.send("back", b.text("button.back"), front.ActBack, "")
	} else if b.Name == front.NumberPad && b.o.State.canStepBack(b.Screen) {
		v.Bar[0] = b.do("back", b.text("button.back"), OpClass, "")
	}
	if b.accepts(front.ActCancel) {
		what := "visit"
		if b.Cancels == "payment" {
			what = "payment"
		}
		v.Bar[1] = b.send("cancel", b.text("button.cancel."+what), front.ActCancel, "")
	}
	if b.Name != Connecting {
		v.Bar[2] = b.do("help", b.text("button.help"), OpHelp, "")
		other := front.English
		if b.Lang == front.English {
			other = front.Arabic
		}
		// Everybody reads the name of their own language, so it is never translated.
		v.Bar[3] = b.send("language", i18n.Text(other, "lang."+string(other)), front.ActLanguage, string(other))
	}
	if b.o.Layout == Portrait { // a landscape screen is within reach as it is
		lower := "tool.lower"
		if v.Lower {
			lower = "tool.raise"
		}
		v.Tools = append(v.Tools, Control{Key: "lower", Label: b.text(lower), Icon: "lower", Enabled: true, Do: OpLower, Pressed: v.Lower})
	}
	v.Tools = append(v.Tools,
		Control{Key: "contrast", Label: b.text("tool.contrast"), Icon: "contrast", Enabled: true, Do: OpContrast, Pressed: b.o.State.Contrast},
		Control{Key: "large", Label: b.text("tool.large"), Icon: "large", Enabled: true, Do: OpLarge, Pressed: b.o.State.Large})
}

// steps is the step bar. A pickup makes something; it has to pay only if fines stand
// before it, and then their receipt belongs to paying.
func (b *builder) steps() {
	all, now := []front.Step{front.StepIdentify, front.StepChoose, front.StepPay, front.StepTake}, b.Step
	switch {
	case b.Owing != nil:
		all = []front.Step{front.StepIdentify, front.StepChoose, front.StepPay, front.StepMake, front.StepTake}
		if now == front.StepTake {
			now = front.StepPay
		}
	case b.pickup():
		all[2] = front.StepMake
	}
	here := slices.Index(all, now)
	if here < 0 {
		return
	}
	for i, step := range all {
		b.v.Steps = append(b.v.Steps, Step{Label: b.text("step." + string(step)), Done: i < here, Here: i == here})
	}
}

func (b *builder) send(icon, label string, a front.Action, value string) *Control {
	key := string(a)
	if value != "" && a != front.ActLanguage {
		key += ":" + value
	}
	return &Control{Key: key, Label: label, Icon: icon, Enabled: true, Send: a, Value: value}
}

func (b *builder) do(icon, label string, op Op, value string) *Control {
	key := "do:" + string(op)
	if value != "" {
		key += ":" + value
	}
	return &Control{Key: key, Label: label, Icon: icon, Enabled: true, Do: op, Value: value}
}

// next is the way on, when the kiosk accepts it.
func (b *builder) next(label string) {
	if b.accepts(front.ActNext) {
		b.v.Primary = b.send("", label, front.ActNext, "")
	}
}

// overlay lays the question for more time, or the help, over the screen.
func (b *builder) overlay() {
	switch {
	case b.MoreTime != nil:
		left := max(0, b.MoreTime.Seconds-int(b.o.Now.Sub(b.o.Arrived)/time.Second))
		o := &Overlay{
			Title:   b.text("more.title"),
			Text:    []string{b.l.Plural("more.lead", left)},
			Primary: b.send("", b.text("more.yes"), front.ActMore, ""),
		}
		if c := b.v.Bar[1]; c != nil {
			second := *c
			second.Key = "overlay:cancel"
			o.Second = &second
		}
		b.v.Overlay = o
	case b.o.State.Help:
		b.v.Overlay = &Overlay{
			Title:   b.text("help.title"),
			Text:    []string{b.words("help." + string(b.Name)), b.text("help.staff")},
			Primary: b.do("", b.text("button.close"), OpHelp, ""),
		}
	}
}

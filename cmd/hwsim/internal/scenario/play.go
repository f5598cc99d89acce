package scenario

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"murur/cmd/hwsim/internal/stage"
	"murur/kiosk/front"
)

// patience is how long one step may take unless it says otherwise.
const patience = 20 * time.Second

// look is how often is asked what nobody tells.
const look = 10 * time.Millisecond

// Hand touches the screen that the citizen sees.
type Hand interface {
	// Touch does what the action says. Errors: stage.ErrStale when the screen has
	// changed meanwhile, stage.ErrNotOffered.
	Touch(ctx context.Context, on front.Screen, action front.Action, value string) error
}

// socketHand touches through the front socket, without a window.
type socketHand struct{ *stage.Citizen }

func (h socketHand) Touch(ctx context.Context, on front.Screen, action front.Action, value string) error {
	return h.Citizen.Touch(ctx, front.Input{Screen: on.Seq, Action: action, Value: value})
}

// player plays one scenario.
type player struct {
	stage   *stage.Stage
	citizen *stage.Citizen
	hand    Hand
	shown   func(context.Context, front.Screen) error // after an expect
	story   *story
	cursor  int // the next screen that an expect looks at
	want    wanted
}

// verb is what a step's first word does.
type verb struct {
	needs int // arguments at least
	do    func(p *player, ctx context.Context, args []string) error
}

// verbs are all words that a step can begin with. It is filled by a function because
// verbs refer to the player's methods.
func verbs() map[string]verb {
	cabinet := func(device string) verb {
		return verb{1, func(p *player, _ context.Context, args []string) error {
			return p.stage.Cabinet.Do(device + " " + strings.Join(args, " "))
		}}
	}
	return map[string]verb{
		"expect":     {1, (*player).expect},
		"tap":        {1, (*player).tap},
		"choose":     {1, (*player).choose},
		"mistap":     {1, (*player).mistap},
		"doubletap":  {1, (*player).doubletap},
		"reader":     cabinet("reader"),
		"terminal":   cabinet("terminal"),
		"printer":    cabinet("printer"),
		"licence":    cabinet("licence"),
		"capture":    cabinet("capture"),
		"technician": {2, (*player).technician},
		"await":      {1, (*player).await},
		"central":    {1, (*player).central},
		"kiosk":      {1, (*player).kiosk},
		"front":      {1, (*player).front},
		"bank":       {1, (*player).bank},
		"papers":     {1, (*player).papers},
		"recorded":   {1, (*player).recorded},
		"issued":     {1, (*player).issued},
		"retained":   {1, (*player).retained},
		"stock":      {5, (*player).stock},
		"difference": {1, (*player).difference},
	}
}

// check finds steps that nobody can play.
func (s Scenario) check() error {
	known := verbs()
	for _, l := range s.Lines {
		v, ok := known[l.Words[0]]
		if !ok || len(l.Words)-1 < v.needs {
			return fmt.Errorf("cannot play %s: what does %q mean?", l.Place, l)
		}
	}
	return nil
}

// play plays all steps.
func (p *player) play(ctx context.Context, lines []Line) error {
	known := verbs()
	for _, l := range lines {
		p.story.did(l)
		err := known[l.Words[0]].do(p, ctx, l.Words[1:])
		if err == nil {
			err = p.stage.Died()
		}
		if err != nil {
			return fmt.Errorf("%s: %s: %w", l.Place, l, err)
		}
	}
	return nil
}

// within takes "within 40s" off the end of args.
func within(args []string) ([]string, time.Duration, error) {
	if n := len(args); n > 2 && args[n-2] == "within" {
		d, err := time.ParseDuration(args[n-1])
		return args[:n-2], d, err
	}
	return args, patience, nil
}

// until polls a condition until it holds.
func until(ctx context.Context, limit time.Duration, holds func() (bool, error)) error {
	end := time.NewTimer(limit)
	defer end.Stop()
	tick := time.NewTicker(look)
	defer tick.Stop()
	for {
		ok, err := holds()
		if ok {
			return nil
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return errors.Join(fmt.Errorf("not within %v", limit), err)
		}
	}
}

func (p *player) expect(ctx context.Context, args []string) error {
	args, limit, err := within(args)
	if err != nil {
		return err
	}
	end := time.NewTimer(limit)
	defer end.Stop()
	for {
		seen, changed := p.citizen.Seen(p.cursor)
		for i, s := range seen {
			if meets(s, args[0], args[1:]) {
				p.cursor += i
				return p.shown(ctx, s)
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return ctx.Err()
		case <-end.C:
			return fmt.Errorf("not within %v; %s", limit, p.now())
		}
	}
}

// now tells what stands on the screen.
func (p *player) now() string {
	seen, _ := p.citizen.Seen(0)
	if len(seen) == 0 {
		return "no screen was ever seen"
	}
	return "the screen is: " + tell(seen[len(seen)-1])
}

// newest is the newest screen, its place, and a channel for the next one.
func (p *player) newest() (front.Screen, int, <-chan struct{}) {
	seen, changed := p.citizen.Seen(0)
	if len(seen) == 0 {
		return front.Screen{}, 0, changed
	}
	return seen[len(seen)-1], len(seen) - 1, changed
}

// tap touches what the screen offers; should the screen change under the finger it
// touches again, as a person would.
func (p *player) tap(ctx context.Context, args []string) error {
	action, value := front.Action(args[0]), strings.Join(args[1:], " ")
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		screen, place, changed := p.newest()
		if offers(screen, action) {
			err := p.hand.Touch(ctx, screen, action, value)
			if err == nil {
				p.cursor = place + 1
				return nil
			}
			if !errors.Is(err, stage.ErrStale) {
				return err
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("the screen does not offer it; %s", p.now())
		}
	}
}

func offers(s front.Screen, a front.Action) bool {
	return s.Seq != 0 && (a == front.ActLanguage || a == front.ActTouch || slices.Contains(s.Actions, a))
}

func (p *player) choose(ctx context.Context, args []string) error {
	for _, a := range args {
		n, err := strconv.Atoi(a)
		screen, _, _ := p.newest()
		if err != nil || screen.Fines == nil || n < 1 || n > len(screen.Fines.Payable) {
			return fmt.Errorf("there is no payable fine %s; %s", a, p.now())
		}
		if err := p.tap(ctx, []string{string(front.ActToggle), screen.Fines.Payable[n-1].ID}); err != nil {
			return err
		}
		if err := p.fresh(ctx); err != nil {
			return err
		}
	}
	return nil
}

// fresh waits for a screen after the last touch.
func (p *player) fresh(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	for {
		seen, changed := p.citizen.Seen(p.cursor)
		if len(seen) > 0 {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("the screen did not change; %s", p.now())
		}
	}
}

func (p *player) mistap(ctx context.Context, args []string) error {
	screen, _, _ := p.newest()
	err := p.hand.Touch(ctx, screen, front.Action(args[0]), strings.Join(args[1:], " "))
	if !errors.Is(err, stage.ErrNotOffered) {
		return fmt.Errorf("it was not refused: %v", err)
	}
	return nil
}

// doubletap touches twice at the same screen: one touch counts, the other is stale.
func (p *player) doubletap(ctx context.Context, args []string) error {
	screen, place, _ := p.newest()
	if !offers(screen, front.Action(args[0])) {
		return fmt.Errorf("the screen does not offer it; %s", p.now())
	}
	results := make(chan error, 2)
	for range 2 {
		go func() { results <- p.hand.Touch(ctx, screen, front.Action(args[0]), strings.Join(args[1:], " ")) }()
	}
	first, second := <-results, <-results
	if first != nil {
		first, second = second, first
	}
	if first != nil || !errors.Is(second, stage.ErrStale) {
		return fmt.Errorf("one touch must count and one be stale, but: %v; %v", first, second)
	}
	p.cursor = place + 1
	return nil
}

func (p *player) await(ctx context.Context, args []string) error {
	switch what, arg := args[0], strings.Join(args[1:], " "); what {
	case "terminal":
		return until(ctx, patience, func() (bool, error) {
			doing := p.stage.Cabinet.Doing()
			return doing == arg, fmt.Errorf("the terminal is at %q", doing)
		})
	case "record":
		return until(ctx, patience, func() (bool, error) {
			kinds, err := p.stage.Records(ctx)
			return slices.Contains(kinds, arg), err
		})
	case "paper":
		return until(ctx, patience, func() (bool, error) {
			return p.stage.Cabinet.State().Printer.Presented, errors.New("no paper is in the output")
		})
	case "gate":
		return until(ctx, patience, func() (bool, error) {
			return p.stage.Cabinet.State().Capture.Gate, errors.New("the gate is closed")
		})
	case "licence":
		return until(ctx, patience, func() (bool, error) {
			return p.stage.Cabinet.State().Licence.Exit > 0, errors.New("no licence is in the exit")
		})
	case "warning":
		return until(ctx, patience, func() (bool, error) { return p.stage.Warns(ctx, arg) })
	case "devices":
		return until(ctx, patience, func() (bool, error) { return p.stage.Ready(ctx) })
	case "delivered":
		return until(ctx, patience, func() (bool, error) { return p.stage.Delivered(ctx) })
	}
	return fmt.Errorf("nobody waits for that")
}

// technician puts blanks on the account.
func (p *player) technician(ctx context.Context, args []string) error {
	n, err := strconv.Atoi(args[1])
	if err != nil || args[0] != "loads" {
		return errors.New("the technician does not do that")
	}
	return p.stage.LoadBlanks(ctx, n)
}

func (p *player) central(ctx context.Context, args []string) error {
	arg := func(i int) string {
		if i < len(args) {
			return args[i]
		}
		return ""
	}
	switch args[0] {
	case "fault":
		times, _ := strconv.Atoi(arg(3)) // none: until it is cleared
		return p.stage.Fault(ctx, arg(1), arg(2), times)
	case "clear":
		return p.stage.Fault(ctx, "", "", 0)
	case "stop":
		return p.stage.StopCentral()
	case "start":
		return p.stage.StartCentral()
	case "take":
		return p.stage.TakeAway(ctx, arg(1), arg(2))
	}
	return errors.New("central does not do that")
}

func (p *player) kiosk(ctx context.Context, args []string) error {
	_, place, _ := p.newest()
	switch args[0] {
	case "kill":
		p.stage.KillKiosk()
		return nil
	case "end-of-day":
		return p.stage.EndOfDay(ctx)
	case "start":
		p.cursor = place + 1 // what was seen before the power cut counts no more
		return p.stage.StartKiosk()
	}
	return errors.New("the kiosk does not do that")
}

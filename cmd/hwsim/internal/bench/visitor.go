package bench

import (
	"context"
	"fmt"
	"slices"
	"sync"
	"time"

	"murur/cmd/hwsim/internal/stage"
	"murur/kiosk/front"
	"murur/sync/central/demo"
)

// visitor makes one visit after the other and notes when lists of fines came.
type visitor struct {
	stage   *stage.Stage
	citizen *stage.Citizen
	cursor  int

	mu     sync.Mutex
	listed []time.Time
}

func newVisitor(s *stage.Stage) *visitor {
	v := &visitor{stage: s}
	v.citizen = stage.NewCitizen(s.FrontSocket(), func(screen front.Screen) {
		if screen.Name == front.FineList && screen.CardIn {
			v.mu.Lock()
			defer v.mu.Unlock()
			v.listed = append(v.listed, time.Now())
		}
	})
	return v
}

func (v *visitor) close() { v.citizen.Close() }

// lists are the times at which a list came while a card was in.
func (v *visitor) lists() []time.Time {
	v.mu.Lock()
	defer v.mu.Unlock()
	return slices.Clone(v.listed)
}

// sees waits for a screen.
func (v *visitor) sees(ctx context.Context, names ...front.Name) (front.Screen, error) {
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	for {
		seen, changed := v.citizen.Seen(v.cursor)
		for i, s := range seen {
			if slices.Contains(names, s.Name) {
				v.cursor += i + 1
				return s, nil
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return front.Screen{}, fmt.Errorf("no screen %v came", names)
		}
	}
}

// step is a screen that is waited for and the touch on it.
type step struct {
	on     front.Name
	action front.Action
	value  string
}

func (v *visitor) walk(ctx context.Context, steps ...step) error {
	for _, s := range steps {
		screen, err := v.sees(ctx, s.on)
		if err != nil {
			return err
		}
		if s.action == "" {
			continue
		}
		for {
			err := v.citizen.Touch(ctx, front.Input{Screen: screen.Seq, Action: s.action, Value: s.value})
			if err == nil {
				break
			}
			if err != stage.ErrStale {
				return fmt.Errorf("%s on %s: %w", s.action, s.on, err)
			}
			if screen, err = v.sees(ctx, s.on); err != nil {
				return err
			}
		}
	}
	return nil
}

func (v *visitor) begin(ctx context.Context) error {
	return v.walk(ctx, step{front.Welcome, front.ActStart, "en"}, step{front.ServiceMenu, front.ActService, "fines"})
}

func (v *visitor) types(ctx context.Context, violation string) error {
	if err := v.begin(ctx); err != nil {
		return err
	}
	return v.walk(ctx, step{front.Identify, front.ActWay, string(front.ByViolation)},
		step{front.NumberPad, front.ActNumber, violation},
		step{front.FineList, front.ActNext, ""}, step{front.Confirm, front.ActNext, ""})
}

// pays pays one fine and takes the receipt.
func (v *visitor) pays(ctx context.Context, violation string) error {
	if err := v.do("terminal customer approve", "printer person takes"); err != nil {
		return err
	}
	if err := v.types(ctx, violation); err != nil {
		return err
	}
	return v.walk(ctx, step{front.Thanks, front.ActNext, ""})
}

// isDeclined goes as far as the bank's no.
func (v *visitor) isDeclined(ctx context.Context, violation string) error {
	if err := v.do("terminal customer decline 05"); err != nil {
		return err
	}
	if err := v.types(ctx, violation); err != nil {
		return err
	}
	return v.walk(ctx, step{front.Problem, front.ActCancel, ""})
}

// looks puts a card in, looks at what is open and leaves.
func (v *visitor) looks(ctx context.Context, p demo.Person) error {
	if err := v.begin(ctx); err != nil {
		return err
	}
	if err := v.walk(ctx, step{front.Identify, "", ""}); err != nil {
		return err
	}
	if err := v.do("reader insert civil-id " + string(p.Civil)); err != nil {
		return err
	}
	screen, err := v.sees(ctx, front.FineList, front.Problem)
	if err != nil {
		return err
	}
	if err := v.citizen.Touch(ctx, front.Input{Screen: screen.Seq, Action: front.ActCancel}); err != nil {
		return err
	}
	return v.do("reader remove")
}

func (v *visitor) do(commands ...string) error {
	for _, c := range commands {
		if err := v.stage.Cabinet.Do(c); err != nil {
			return err
		}
	}
	return nil
}

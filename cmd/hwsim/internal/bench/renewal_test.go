package bench

import (
	"testing"
	"time"

	"murur/cmd/hwsim/internal/cabinet"
)

func TestWithin(t *testing.T) {
	at := func(s int) time.Time { return time.Unix(int64(s), 0) }
	span := func(began, ended int) cabinet.Span { return cabinet.Span{Began: at(began), Ended: at(ended)} }
	for name, c := range map[string]struct {
		spans []cabinet.Span
		want  int
	}{
		"none":         {nil, 0},
		"inside":       {[]cabinet.Span{span(12, 14)}, 2},
		"over the rim": {[]cabinet.Span{span(18, 25), span(5, 11)}, 3},
		"outside":      {[]cabinet.Span{span(1, 9), span(21, 30)}, 0},
		"all of it":    {[]cabinet.Span{span(0, 30)}, 10},
		"overlapping":  {[]cabinet.Span{span(14, 18), span(12, 15)}, 6},
		"one in one":   {[]cabinet.Span{span(12, 18), span(13, 14)}, 6},
		"twice":        {[]cabinet.Span{span(12, 13), span(12, 13)}, 1},
	} {
		if got := within(at(10), at(20), c.spans); got != time.Duration(c.want)*time.Second {
			t.Errorf("%s: %v, not %d s", name, got, c.want)
		}
	}
}

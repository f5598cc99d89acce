package campaign

import (
	"hash/fnv"
	"math/rand/v2"
	"time"
)

// pace decides how long things are on their way. It keeps no state: a time depends on the
// place, the instant and what is sent, so that goroutines that send at one instant get the
// same times in whatever order they run.
type pace struct {
	seed  uint64
	place string
}

// upTo is a time from 0 up to most for what is sent now.
func (p pace) upTo(most time.Duration, what []byte) time.Duration {
	h := fnv.New64a()
	h.Write([]byte(p.place))
	h.Write(what)
	rnd := rand.New(rand.NewPCG(p.seed^h.Sum64(), uint64(time.Now().UnixNano())))
	return time.Duration(rnd.Int64N(int64(most)))
}

// pause is the pause before b on a wire.
func (p pace) pause(b []byte) time.Duration {
	return pauseLeast + p.upTo(pauseMost-pauseLeast, b)
}

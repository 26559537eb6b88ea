package display

import (
	"math/bits"
	"time"
)

// Durations are counted in steps of at most 1/32 of what they count: the middle
// of a step is within 1.6 % of all in it.
const (
	stepBits = 5
	steps    = 1 << stepBits
	octaves  = 64 - stepBits // of the durations there are: the first one's steps are nanoseconds
)

// spread counts durations by their size, so that the quantiles of any number of
// them can be told. It takes 256 bytes for each power of two that occurs.
type spread struct {
	n        uint64
	sum      time.Duration
	min, max time.Duration
	octaves  [octaves]*[steps]uint64
}

// add counts a duration, which is not negative.
func (s *spread) add(d time.Duration) {
	if s.n == 0 || d < s.min {
		s.min = d
	}
	s.max = max(s.max, d)
	s.n++
	s.sum += d
	octave, step := stepOf(uint64(d))
	if s.octaves[octave] == nil {
		s.octaves[octave] = new([steps]uint64)
	}
	s.octaves[octave][step]++
}

// stepOf returns the step that counts v.
func stepOf(v uint64) (octave, step int) {
	if v < steps {
		return 0, int(v)
	}
	e := bits.Len64(v) - 1 - stepBits
	return e + 1, int(v>>e) - steps
}

// middle returns the middle of what a step counts.
func middle(octave, step int) time.Duration {
	if octave == 0 {
		return time.Duration(step)
	}
	e := octave - 1
	return time.Duration(uint64(steps+step)<<e + (uint64(1)<<e-1)/2)
}

// mean returns the arithmetic mean; 0 of nothing.
func (s *spread) mean() time.Duration {
	if s.n == 0 {
		return 0
	}
	return s.sum / time.Duration(s.n)
}

// quantile returns what percent of the durations do not exceed, as exactly as
// the steps tell; 0 of nothing.
func (s *spread) quantile(percent uint64) time.Duration {
	rank := (s.n*percent + 99) / 100
	switch {
	case rank <= 1:
		return s.min
	case rank == s.n:
		return s.max
	}
	for octave, counts := range s.octaves {
		if counts == nil {
			continue
		}
		for step, n := range counts {
			if rank <= n {
				return min(max(middle(octave, step), s.min), s.max)
			}
			rank -= n
		}
	}
	return s.max
}

// merge adds what o has counted.
func (s *spread) merge(o *spread) {
	if o.n == 0 {
		return
	}
	if s.n == 0 || o.min < s.min {
		s.min = o.min
	}
	s.max = max(s.max, o.max)
	s.n += o.n
	s.sum += o.sum
	for i, counts := range o.octaves {
		if counts == nil {
			continue
		}
		if s.octaves[i] == nil {
			s.octaves[i] = new([steps]uint64)
		}
		for j, n := range counts {
			s.octaves[i][j] += n
		}
	}
}

package display

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"
	"time"
)

// TestSteps holds that the steps follow one another without a gap, from 0 to the
// longest duration, and that the middle of each is one of its own.
func TestSteps(t *testing.T) {
	octave, step := stepOf(0)
	if octave != 0 || step != 0 {
		t.Fatalf("0 is in step %d of %d", step, octave)
	}
	check := func(v uint64) {
		o, s := stepOf(v)
		if o < 0 || o >= octaves || s < 0 || s >= steps {
			t.Fatalf("%d: step %d of %d", v, s, o)
		}
		m := middle(o, s)
		if mo, ms := stepOf(uint64(m)); mo != o || ms != s {
			t.Fatalf("%d: the middle of its step, %d, is in another", v, m)
		}
		if off := math.Abs(float64(m) - float64(v)); off > 0.016*float64(v) {
			t.Fatalf("%d: the middle of its step is %d, %.4f of it away", v, m, off/float64(v))
		}
	}
	last := 0
	for v := range uint64(1 << 14) {
		check(v)
		o, s := stepOf(v)
		if n := o*steps + s; n != last && n != last+1 {
			t.Fatalf("%d is in step %d, and the one before in %d", v, n, last)
		} else {
			last = n
		}
	}
	for shift := range 63 {
		for _, v := range []uint64{1<<shift - 1, 1 << shift, 1<<shift + 1} {
			check(v)
		}
	}
	check(math.MaxInt64)
}

// TestQuantiles holds quantiles against those of the durations themselves.
func TestQuantiles(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, shape := range []struct {
		name string
		draw func() float64
	}{
		{"uniform", func() float64 { return random.Float64() * 1e6 }},
		{"a long tail", func() float64 { return math.Exp(random.NormFloat64()*3 + 10) }},
		{"two heaps", func() float64 { return 12_000 + float64(random.IntN(2))*5e9 + random.Float64()*100 }},
		{"small", func() float64 { return float64(random.IntN(40)) }},
		{"all alike", func() float64 { return 12_345_678 }},
	} {
		for _, n := range []int{1, 2, 3, 10, 99, 100, 101, 5000} {
			var s, whole, half spread
			all := make([]time.Duration, n)
			for i := range all {
				all[i] = time.Duration(shape.draw())
				s.add(all[i])
				if i%2 == 0 {
					whole.add(all[i])
				} else {
					half.add(all[i])
				}
			}
			whole.merge(&half)
			slices.Sort(all)
			for _, percent := range []int{0, 1, 50, 90, 99, 100} {
				want := all[max((n*percent+99)/100, 1)-1]
				got := s.quantile(uint64(percent))
				if off := math.Abs(float64(got - want)); off > 0.016*float64(want) {
					t.Errorf("%s, %d of them: p%d is %v, want %v", shape.name, n, percent, got, want)
				}
				if merged := whole.quantile(uint64(percent)); merged != got {
					t.Errorf("%s, %d of them: p%d of two halves is %v, of all %v", shape.name, n, percent, merged, got)
				}
			}
			if s.min != all[0] || s.max != all[n-1] || whole.min != s.min || whole.max != s.max || whole.mean() != s.mean() {
				t.Errorf("%s: from %v to %v and from %v to %v, want from %v to %v", shape.name, s.min, s.max, whole.min, whole.max, all[0], all[n-1])
			}
		}
	}
	var none spread
	if none.quantile(50) != 0 || none.mean() != 0 {
		t.Error("nothing has a median or a mean")
	}
}

// TestSpreadMemory holds that durations from a nanosecond to a day take a few KiB.
func TestSpreadMemory(t *testing.T) {
	var s spread
	for d := time.Nanosecond; d < 24*time.Hour; d += d/40 + 1 {
		s.add(d)
	}
	size := 8 * len(s.octaves)
	for _, o := range s.octaves {
		if o != nil {
			size += 8 * len(o)
		}
	}
	if size > 12<<10 {
		t.Errorf("%d bytes", size)
	}
	if n := testing.AllocsPerRun(1000, func() { s.add(time.Second) }); n != 0 {
		t.Errorf("%v allocations to add a duration, want 0", n)
	}
}

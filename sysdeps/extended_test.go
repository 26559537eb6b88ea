package sysdeps

import (
	"encoding/binary"
	"math"
	"math/big"
	"math/rand/v2"
	"testing"
)

func extended(sign bool, exp uint16, mantissa uint64) (f Extended) {
	binary.LittleEndian.PutUint64(f[:], mantissa)
	if sign {
		exp |= 0x8000
	}
	binary.LittleEndian.PutUint16(f[8:], exp)
	return f
}

func TestExtended(t *testing.T) {
	const one, bias = 1 << 63, 0x3fff
	for _, c := range []struct {
		name string
		f    Extended
		d    uint64
		s    uint32
	}{
		{"0", extended(false, 0, 0), 0, 0},
		{"-0", extended(true, 0, 0), 1 << 63, 1 << 31},
		{"1", extended(false, bias, one), 0x3ff0000000000000, 0x3f800000},
		{"-2.5", extended(true, bias+1, 0xa<<60), 0xc004000000000000, 0xc0200000},
		{"infinity", extended(false, 0x7fff, one), 0x7ff0000000000000, 0x7f800000},
		{"-infinity", extended(true, 0x7fff, one), 0xfff0000000000000, 0xff800000},
		{"a NaN", extended(false, 0x7fff, 0xc<<60), 0x7ff8000000000000, 0x7fc00000},
		{"a signalling NaN becomes quiet", extended(true, 0x7fff, one|1<<40), 0xfff8000020000000, 0xffc00001},
		{"too large", extended(false, 0x7ffe, one), 0x7ff0000000000000, 0x7f800000},
		{"too large for a float", extended(false, bias+128, one), 0x47f0000000000000, 0x7f800000},
		{"rounds up to infinity", extended(false, bias+1023, ^uint64(0)), 0x7ff0000000000000, 0x7f800000},
		{"half way, to even: down", extended(false, bias, one|1<<10), 0x3ff0000000000000, 0x3f800000},
		{"half way, to even: up", extended(false, bias, one|3<<10), 0x3ff0000000000002, 0x3f800000},
		{"above half way", extended(false, bias, one|1<<10|1), 0x3ff0000000000001, 0x3f800000},
		{"the smallest denormal", extended(false, bias-1074, one), 1, 0},
		{"half of it", extended(false, bias-1075, one), 0, 0},
		{"above half of it", extended(false, bias-1075, one|1), 1, 0},
		{"a denormal that rounds to a normal", extended(false, bias-1023, ^uint64(0)), 0x0010000000000000, 0},
		{"the smallest denormal of the x87", extended(false, 0, 1), 0, 0},
		{"a float's denormal", extended(false, bias-149, one), 0x36a0000000000000, 1},
	} {
		if d := c.f.Float64bits(); d != c.d {
			t.Errorf("%s: double %#016x, want %#016x", c.name, d, c.d)
		}
		if s := c.f.Float32bits(); s != c.s {
			t.Errorf("%s: float %#08x, want %#08x", c.name, s, c.s)
		}
	}
}

// TestExtendedRandom compares with math/big, whose rounding is another's work.
func TestExtendedRandom(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 20000 {
		mantissa := r.Uint64() | 1<<63
		if r.IntN(2) == 0 {
			mantissa &^= 1<<r.IntN(63) - 1 // so that halves occur
		}
		exp := r.IntN(2300) - 1150
		f := extended(r.IntN(2) == 0, uint16(exp+0x3fff), mantissa)
		x := new(big.Float).SetMantExp(new(big.Float).SetUint64(mantissa), exp-63)
		if f[9]&0x80 != 0 {
			x.Neg(x)
		}
		d, _ := x.Float64()
		if got := f.Float64bits(); got != math.Float64bits(d) {
			t.Fatalf("% x: double %#016x, want %#016x", f, got, math.Float64bits(d))
		}
		s, _ := x.Float32()
		if got := f.Float32bits(); got != math.Float32bits(s) {
			t.Fatalf("% x: float %#08x, want %#08x", f, got, math.Float32bits(s))
		}
	}
}

package display

import (
	"math"
	"math/big"
	"math/bits"
)

// wideFloat is a float of more bits than Go has: mantissa × 2^exp.
type wideFloat struct {
	negative  bool
	special   string // "inf", "nan"; then all else but the sign means nothing
	high, low uint64 // the mantissa
	exp       int
	precision uint // bits
}

const wideBias = 16383 // both formats have exponents of 15 bits

// x87Float decodes a long double of 80 bits. Its leading bit is explicit; numbers
// that lack it are not supported since the 387 (Intel SDM vol. 1, 8.2.2).
func x87Float(mantissa, top uint64) wideFloat {
	f := wideFloat{negative: top&0x8000 != 0, low: mantissa, precision: 64}
	exp := int(top & 0x7fff)
	switch {
	case exp == 0x7fff && mantissa == 1<<63:
		f.special = "inf"
	case exp == 0x7fff, exp != 0 && mantissa>>63 == 0:
		f.special = "nan"
	}
	f.place(exp, 63)
	return f
}

// quadFloat decodes a float of 128 bits (IEEE 754 binary128).
func quadFloat(low, high uint64) wideFloat {
	f := wideFloat{negative: high>>63 != 0, low: low, high: high & (1<<48 - 1), precision: 113}
	exp := int(high >> 48 & 0x7fff)
	switch {
	case exp == 0x7fff && f.low|f.high == 0:
		f.special = "inf"
	case exp == 0x7fff:
		f.special = "nan"
	case exp != 0:
		f.high |= 1 << 48
	}
	f.place(exp, 112)
	return f
}

// place sets the exponent, of the bits in the number less the point's place. What
// is too small for its leading bit has no more precision than bits left.
func (f *wideFloat) place(exp, point int) {
	f.exp = max(exp, 1) - wideBias - point
	if exp > 0 {
		return
	}
	f.precision = uint(bits.Len64(f.low))
	if f.high != 0 {
		f.precision = 64 + uint(bits.Len64(f.high))
	}
}

// halfFloat decodes a float of 16 bits (IEEE 754 binary16).
func halfFloat(h uint16) float64 {
	exp, f := int(h>>10&0x1f), float64(h&0x3ff)
	switch {
	case exp == 0x1f && f == 0:
		f = math.Inf(1)
	case exp == 0x1f:
		f = math.NaN()
	case exp == 0:
		f = math.Ldexp(f, -24)
	default:
		f = math.Ldexp(f+0x400, exp-25)
	}
	if h>>15 != 0 {
		f = math.Copysign(f, -1)
	}
	return f
}

// append appends the number in the way of appendFloat.
func (f wideFloat) append(b []byte, hex bool) []byte {
	if f.special != "" {
		return appendSpecial(b, f.negative, f.special)
	}
	if v, ok := f.short(); ok {
		return appendFloat(b, v, 64, hex)
	}
	x := f.big()
	magnitude, _ := x.Float64()
	magnitude = math.Abs(magnitude)
	switch {
	case hex:
		return trimExponent(x.Append(b, 'x', -1))
	case magnitude < smallFloat || magnitude >= largeFloat:
		return x.Append(b, 'e', -1)
	}
	from := len(b)
	return padDecimals(x.Append(b, 'f', -1), from)
}

// short returns the number if a float64 has it and six decimals hold it exactly:
// then it reads the same whatever its precision was. Nearly all numbers that
// people choose are such.
func (f wideFloat) short() (v float64, ok bool) {
	high, low, exp := f.high, f.low, f.exp
	if high|low == 0 {
		if f.negative {
			return math.Copysign(0, -1), true
		}
		return 0, true
	}
	if low == 0 {
		high, low, exp = 0, high, exp+64
	}
	zeros := bits.TrailingZeros64(low)
	low = low>>zeros | high<<(64-zeros)
	high >>= zeros
	exp += zeros
	if high != 0 || low >= 1<<53 || exp < -minDecimals || exp > 64 {
		return 0, false
	}
	v = math.Ldexp(float64(low), exp)
	if f.negative {
		v = -v
	}
	return v, math.Abs(v) < largeFloat
}

func (f wideFloat) big() *big.Float {
	m := new(big.Int).SetUint64(f.high)
	m.Lsh(m, 64)
	m.Or(m, new(big.Int).SetUint64(f.low))
	x := new(big.Float).SetPrec(f.precision).SetInt(m)
	x.SetMantExp(x, f.exp)
	if f.negative {
		x.Neg(x)
	}
	return x
}

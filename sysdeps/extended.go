package sysdeps

import (
	"encoding/binary"
	"math"
	"math/bits"
)

// Extended is a number in the x87's format: 64 bits of mantissa with the integer
// bit, then 15 of exponent and the sign, in little-endian order (Intel SDM
// volume 1, 4.2.2).
type Extended [10]byte

// Float64bits returns the bits of the nearest double, as the x87 stores it when it
// rounds to nearest.
func (f Extended) Float64bits() uint64 { return f.round(52, 11) }

// Float32bits returns the bits of the nearest float.
func (f Extended) Float32bits() uint32 { return uint32(f.round(23, 8)) }

// round turns the number into one with the given bits of fraction and exponent.
func (f Extended) round(fraction, exponent int) uint64 {
	mantissa := binary.LittleEndian.Uint64(f[:])
	se := binary.LittleEndian.Uint16(f[8:])
	sign := uint64(se>>15) << (fraction + exponent)
	inf := (uint64(1)<<exponent - 1) << fraction
	exp := int(se & 0x7fff)
	switch {
	case exp == 0x7fff && mantissa<<1 == 0:
		return sign | inf
	case exp == 0x7fff: // the payload's upper bits; a NaN stays one
		return sign | inf | mantissa<<1>>(64-fraction) | 1<<(fraction-1)
	case mantissa == 0:
		return sign
	}
	// An exponent of 0 counts as 1; what is not normal is as large as its
	// leading bit says.
	shift := bits.LeadingZeros64(mantissa)
	exp = max(exp, 1) - 0x3fff - shift + (1<<(exponent-1) - 1)
	if exp >= 1<<exponent-1 {
		return sign | inf
	}
	return sign | pack(mantissa<<shift, exp, fraction)
}

// pack rounds a mantissa whose highest bit is set, to nearest and to even, and puts
// it together with its biased exponent.
func pack(mantissa uint64, exp, fraction int) uint64 {
	drop := 63 - fraction // bits of the mantissa below those that are kept
	if exp <= 0 {
		drop += 1 - exp // a denormal
		if drop > 64 {
			return 0
		}
	}
	var kept, half, rest uint64
	if drop == 64 {
		half, rest = mantissa>>63, mantissa<<1
	} else {
		kept, half, rest = mantissa>>drop, mantissa>>(drop-1)&1, mantissa<<(65-drop)
	}
	if half == 1 && (rest != 0 || kept&1 == 1) {
		kept++
	}
	// The integer bit adds one to the exponent, and so does a carry out of it: the
	// largest number's leads to infinity.
	if exp > 0 {
		kept += uint64(exp-1) << fraction
	}
	return kept
}

// Float64 returns the nearest double.
func (f Extended) Float64() float64 { return math.Float64frombits(f.Float64bits()) }

package display

import (
	"bytes"
	"math"
	"strconv"

	"sonde/prototype"
)

// Between these magnitudes floats are written without an exponent.
const (
	smallFloat = 1e-5
	largeFloat = 1e15
)

// minDecimals is what %f, and so ltrace, writes behind the point.
const minDecimals = 6

// appendFloatValue appends a Float: the shortest decimal number that reads back
// as the same value, with at least six decimals, as %f has, where it has no
// exponent. ltrace's %f would show 1e-10 as zero, and 1e300 with 301 digits.
func appendFloatValue(b []byte, v *prototype.Value) []byte {
	hex := v.Type.Lens == prototype.Hex
	switch v.Type.Size {
	case 4:
		return appendFloat(b, float64(math.Float32frombits(uint32(v.Word))), 32, hex)
	case prototype.LongDouble:
		return x87Float(v.Word, v.High).append(b, hex)
	case 16:
		return quadFloat(v.Word, v.High).append(b, hex)
	case 2:
		return appendFloat(b, halfFloat(uint16(v.Word)), 32, hex)
	}
	return appendFloat(b, math.Float64frombits(v.Word), 64, hex)
}

// appendComplex appends two floats: 1.000000-2.500000i.
func appendComplex(b []byte, v *prototype.Value) []byte {
	if len(v.Elems) != 2 || v.Elems[0].Type == nil || v.Elems[1].Type == nil {
		return append(b, "..."...)
	}
	b = appendFloatValue(b, &v.Elems[0])
	b = append(b, '+')
	from := len(b)
	b = appendFloatValue(b, &v.Elems[1])
	if b[from] == '-' {
		b = append(b[:from-1], b[from:]...)
	}
	return append(b, 'i')
}

// appendFloat appends a number that was a float of so many bits.
func appendFloat(b []byte, f float64, bits int, hex bool) []byte {
	magnitude := math.Abs(f)
	switch {
	case math.IsNaN(f):
		return appendSpecial(b, math.Signbit(f), "nan")
	case math.IsInf(f, 0):
		return appendSpecial(b, math.Signbit(f), "inf")
	case hex:
		return trimExponent(strconv.AppendFloat(b, f, 'x', -1, bits))
	case magnitude != 0 && (magnitude < smallFloat || magnitude >= largeFloat):
		return strconv.AppendFloat(b, f, 'e', -1, bits)
	}
	from := len(b)
	return padDecimals(strconv.AppendFloat(b, f, 'f', -1, bits), from)
}

func appendSpecial(b []byte, negative bool, name string) []byte {
	if negative {
		b = append(b, '-')
	}
	return append(b, name...)
}

// padDecimals fills the decimals of the number behind from with zeros.
func padDecimals(b []byte, from int) []byte {
	point := bytes.IndexByte(b[from:], '.')
	if point < 0 {
		point = len(b) - from
		b = append(b, '.')
	}
	for len(b)-from-point-1 < minDecimals {
		b = append(b, '0')
	}
	return b
}

// trimExponent takes the zero away that Go has before an exponent of one digit,
// and C's %a has not.
func trimExponent(b []byte) []byte {
	n := len(b)
	if n > 3 && b[n-2] == '0' && (b[n-3] == '+' || b[n-3] == '-') {
		b[n-2] = b[n-1]
		b = b[:n-1]
	}
	return b
}

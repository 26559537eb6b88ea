package display

import (
	"math/bits"
	"strconv"

	"sonde/prototype"
	"sonde/sysdeps"
)

// sizeOf returns the bytes of an integer.
func sizeOf(v *prototype.Value) int {
	switch {
	case v.Size > 0:
		return int(v.Size)
	case v.Type != nil && v.Type.Kind == prototype.Int && v.Type.Size > 0:
		return v.Type.Size
	}
	return 8
}

// wordMask has the bits that an integer of so many bytes has in its Word.
func wordMask(size int) uint64 {
	return ^uint64(0) >> max(64-8*size, 0)
}

// integer appends an Int by its lens.
func (p *values) integer(b []byte, v *prototype.Value) []byte {
	if v.Type.Names != nil {
		return p.namedInteger(b, v)
	}
	return p.unnamed(b, v)
}

// unnamed appends an Int that has no name, by its lens.
func (p *values) unnamed(b []byte, v *prototype.Value) []byte {
	t := v.Type
	switch t.Lens {
	case prototype.Boolean:
		return strconv.AppendBool(b, v.Word|v.High != 0)
	case prototype.Bitvec:
		return appendBits(b, 8*sizeOf(v), v.More, func(i int) bool { return bitOf(v, i) })
	case prototype.Char:
		return appendChar(b, v, p.utf8)
	case prototype.Byte:
		return appendByte(b, v)
	case prototype.Guess:
		return appendGuess(b, v)
	case prototype.Symbol:
		if v.Word == 0 {
			return append(b, "nil"...)
		}
		return p.symbol(b, v)
	case prototype.Descriptor:
		return p.leadsTo(appendNumber(b, v), v)
	case prototype.NetDevice:
		return p.netDevice(b, v)
	case prototype.Time:
		return p.moment(b, v)
	case prototype.Errno:
		return appendErrno(b, v.Signed())
	case prototype.NegErrno:
		return appendNegErrno(b, v.Signed())
	case prototype.Network:
		return p.unit(strconv.AppendUint(b, fromNetwork(v.Word, sizeOf(v)), 10), t)
	case prototype.Inet:
		return appendInet(b, v)
	case prototype.SignalSet:
		return appendSignalSet(b, v.Word, 8*min(sizeOf(v), 8))
	case prototype.WaitStatus:
		return appendEnd(b, uint32(v.Word))
	case prototype.Device:
		return appendDevice(b, v.Word&wordMask(sizeOf(v)))
	case prototype.Request:
		return appendRequest(b, uint32(v.Word))
	}
	return p.unit(appendNumber(b, v), t)
}

// appendNumber appends an integer in the base that its lens says, else in
// decimal.
func appendNumber(b []byte, v *prototype.Value) []byte {
	size := sizeOf(v)
	low, high := v.Word&wordMask(size), uint64(0)
	if size > 8 {
		high = v.High
	}
	switch v.Type.Lens {
	case prototype.Hex, prototype.Device:
		if low|high == 0 { // as %#x
			return append(b, '0')
		}
		return appendDigits(append(b, "0x"...), high, low, 4)
	case prototype.Oct:
		return appendDigits(append(b, '0'), high, low, 3)
	case prototype.Bin:
		return appendDigits(append(b, "0b"...), high, low, 1)
	}
	switch {
	case v.Type.Unsigned:
		return appendDecimal(b, high, low)
	case size <= 8:
		return strconv.AppendInt(b, v.Signed(), 10)
	case int64(high) < 0:
		low, borrow := bits.Sub64(0, low, 0)
		high, _ = bits.Sub64(0, high, borrow)
		return appendDecimal(append(b, '-'), high, low)
	}
	return appendDecimal(b, high, low)
}

// appendDigits appends a number of 128 bits in base 1<<shift.
func appendDigits(b []byte, high, low uint64, shift uint) []byte {
	var digits [128]byte
	n := len(digits)
	for {
		n--
		digits[n] = "0123456789abcdef"[low&(1<<shift-1)]
		low = low>>shift | high<<(64-shift)
		high >>= shift
		if low|high == 0 {
			return append(b, digits[n:]...)
		}
	}
}

// appendDecimal appends a number of 128 bits.
func appendDecimal(b []byte, high, low uint64) []byte {
	const chunk, digits = 1e19, 19 // the greatest power of ten in a word
	if high == 0 {
		return strconv.AppendUint(b, low, 10)
	}
	quotient, rest := bits.Div64(high%chunk, low, chunk)
	b = appendDecimal(b, high/chunk, quotient)
	from := len(b)
	b = strconv.AppendUint(b, rest, 10)
	return padLeft(b, from, digits)
}

// padLeft fills what was appended behind from with zeros, to n digits.
func padLeft(b []byte, from, n int) []byte {
	for len(b)-from < n {
		b = append(b, 0)
		copy(b[from+1:], b[from:])
		b[from] = '0'
	}
	return b
}

// unit appends what a number counts.
func (p *values) unit(b []byte, t *prototype.Type) []byte { return appendName(b, t.Unit, p.utf8) }

// appendErrno appends an error number by its name.
func appendErrno(b []byte, n int64) []byte {
	if 0 < n && n <= sysdeps.MaxErrno {
		if name := sysdeps.ErrnoName(int(n)); name != "" {
			return append(b, name...)
		}
	}
	return strconv.AppendInt(b, n, 10)
}

// appendNegErrno appends what the kernel returns: an error number, negated, or
// what is none.
func appendNegErrno(b []byte, n int64) []byte {
	if -sysdeps.MaxErrno <= n && n < 0 {
		if name := sysdeps.ErrnoName(int(-n)); name != "" {
			return append(append(b, '-'), name...)
		}
	}
	return strconv.AppendInt(b, n, 10)
}

package display

import (
	"bytes"
	"math"
	"math/bits"
	"strconv"

	"sonde/prototype"
	"sonde/sysdeps"
)

// integer appends an Int: a number, or what its lens makes of it.
func (p *jsonValues) integer(b []byte, v *prototype.Value, depth int) []byte {
	t := v.Type
	if t.Names != nil && t.Lens != prototype.SignalSet {
		return p.named(b, v)
	}
	switch t.Lens {
	case prototype.Boolean:
		return strconv.AppendBool(b, v.Word|v.High != 0)
	case prototype.Bitvec:
		return append(p.bits(append(b, '['), v), ']')
	case prototype.Symbol:
		return p.symbol(b, v)
	case prototype.Guess:
		return p.untyped(b, &prototype.Value{Word: v.Word, Size: v.Size})
	case prototype.Descriptor:
		return p.descriptor(b, v)
	case prototype.Network:
		return appendJSONUint(b, fromNetwork(v.Word, sizeOf(v)))
	case prototype.Inet:
		return append(appendInet(append(b, '"'), v), '"')
	case prototype.Submitted:
		if len(v.Elems) == 0 {
			break
		}
		b = appendJSONNumber(append(b, `{"value":`...), v)
		b = append(appendKey(b, "entries"), '[')
		b = append(p.elements(b, v.Elems, depth), ']')
		if v.More {
			b = append(b, `,"truncated":true`...)
		}
		return append(b, '}')
	case prototype.Errno, prototype.NegErrno, prototype.SignalSet:
		return p.named(b, v)
	case prototype.NetDevice:
		if len(v.Text) == 0 {
			break
		}
		b = appendJSONNumber(append(b, `{"value":`...), v)
		b = appendJSONString(append(appendKey(b, "names"), '['), v.Text)
		return append(b, "]}"...)
	}
	return appendJSONNumber(b, v)
}

// named appends a number and what its value or its bits are called:
// {"value":65,"names":["O_WRONLY","O_CREAT"]}. Rest are the bits without a name.
func (p *jsonValues) named(b []byte, v *prototype.Value) []byte {
	b = appendJSONNumber(append(b, `{"value":`...), v)
	b = append(appendKey(b, "names"), '[')
	var rest uint64
	names := v.Type.Names
	switch {
	case v.Type.Lens == prototype.SignalSet:
		b = appendSignalNames(b, v.Word, 8*min(sizeOf(v), 8))
	case names == nil:
		b = appendErrnoName(b, v)
	case names.Set:
		b, rest = appendBitNames(b, v)
	default:
		if name := nameOf(names, v.Word, wordMask(sizeOf(v))); name != "" {
			b = appendJSONString(b, name)
		}
	}
	b = append(b, ']')
	if rest != 0 {
		b = appendJSONUint(appendKey(b, "rest"), rest)
	}
	if v.Type.Lens == prototype.Descriptor {
		b = appendLeadsTo(b, v.Text)
	}
	return append(b, '}')
}

// appendErrnoName appends the name of an Int that is an error number, if it has one.
func appendErrnoName(b []byte, v *prototype.Value) []byte {
	n := v.Signed()
	if v.Type.Lens == prototype.NegErrno {
		n = -n
	}
	if 0 < n && n <= sysdeps.MaxErrno {
		if name := sysdeps.ErrnoName(int(n)); name != "" {
			return appendJSONString(b, name)
		}
	}
	return b
}

func appendSignalNames(b []byte, set uint64, signals int) []byte {
	for n := 1; n <= signals; n++ {
		if set>>(n-1)&1 == 0 {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		b = append(appendSignal(append(b, '"'), n, true), '"')
	}
	return b
}

// appendBitNames appends the names of the bits that are set, as lines have them, and
// returns those that are left.
func appendBitNames(b []byte, v *prototype.Value) (_ []byte, rest uint64) {
	mask := wordMask(sizeOf(v))
	word := v.Word & mask
	taken := uint64(0)
	for i := range v.Type.Names.Known {
		n := &v.Type.Names.Known[i]
		bits, has := bitsOf(n, word, taken, mask)
		if !has {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		if number, behind, ok := n.Number(word); ok {
			b = appendJSONString(b, append(appendAlternate(nil, number), behind...))
		} else {
			b = appendJSONString(b, n.Name)
		}
		taken |= bits
	}
	return b, word &^ taken
}

// descriptor appends a file descriptor, and what it leads to where that is known.
func (p *jsonValues) descriptor(b []byte, v *prototype.Value) []byte {
	if len(v.Text) == 0 {
		return appendJSONNumber(b, v)
	}
	b = appendJSONNumber(append(b, `{"value":`...), v)
	return append(appendLeadsTo(b, v.Text), '}')
}

// appendLeadsTo appends what a descriptor leads to, if that is known. It comes as lines
// have it, </etc/passwd>.
func appendLeadsTo(b, text []byte) []byte {
	if len(text) == 0 {
		return b
	}
	if n := len(text); n > 1 && text[0] == '<' && text[n-1] == '>' {
		text = text[1 : n-1]
	}
	return appendJSONString(appendKey(b, "leads_to"), text)
}

// bits appends the numbers of the bits that are set of an Int or an array of them, and
// what they lead to where they are descriptors.
func (p *jsonValues) bits(b []byte, v *prototype.Value) []byte {
	if v.Type.Kind == prototype.Int {
		b, _ = appendSetBits(b, v, 0, nil)
		return b
	}
	paths, bit := v.Text, uint64(0)
	for i := range v.Elems {
		b, paths = appendSetBits(b, &v.Elems[i], bit, paths)
		bit += uint64(8 * sizeOf(&v.Elems[i]))
	}
	return b
}

func appendSetBits(b []byte, v *prototype.Value, first uint64, paths []byte) (_, left []byte) {
	for i := range min(8*sizeOf(v), 128) {
		if !bitOf(v, i) {
			continue
		}
		if b[len(b)-1] != '[' {
			b = append(b, ',')
		}
		n := first + uint64(i)
		if len(paths) == 0 {
			b = appendJSONUint(b, n)
			continue
		}
		path, rest, _ := bytes.Cut(paths, []byte{0})
		paths = rest
		b = appendJSONUint(append(b, `{"value":`...), n)
		b = append(appendLeadsTo(b, path), '}')
	}
	return b, paths
}

// appendJSONNumber appends an integer of up to 128 bits. What is shown in base 16, 8 or 2,
// and sets of bits, have no sign.
func appendJSONNumber(b []byte, v *prototype.Value) []byte {
	size := sizeOf(v)
	low, high := v.Word&wordMask(size), uint64(0)
	if size > 8 {
		high = v.High
	}
	negative := false
	if !unsigned(v.Type) {
		switch {
		case size <= 8:
			n := v.Signed()
			negative, low = n < 0, uint64(max(n, -n))
		case int64(high) < 0:
			var borrow uint64
			low, borrow = bits.Sub64(0, low, 0)
			high, _ = bits.Sub64(0, high, borrow)
			negative = true
		}
	}
	long := high != 0 || low > maxJSONInt
	if long {
		b = append(b, '"')
	}
	if negative {
		b = append(b, '-')
	}
	b = appendDecimal(b, high, low)
	if long {
		b = append(b, '"')
	}
	return b
}

// unsigned tells of a type whose numbers have no sign, or none that is shown.
func unsigned(t *prototype.Type) bool {
	if t == nil || t.Unsigned || t.Names != nil && t.Names.Set {
		return true
	}
	switch t.Lens {
	case prototype.Hex, prototype.Oct, prototype.Bin, prototype.Device, prototype.SignalSet, prototype.Request:
		return true
	}
	return false
}

// appendJSONFloat appends a float: as a string where it is no number, or one that a
// double would not hold.
func appendJSONFloat(b []byte, v *prototype.Value) []byte {
	var f float64
	size := 64
	switch v.Type.Size {
	case 2:
		f, size = halfFloat(uint16(v.Word)), 32
	case 4:
		f, size = float64(math.Float32frombits(uint32(v.Word))), 32
	case prototype.LongDouble, 16:
		wide := x87Float(v.Word, v.High)
		if v.Type.Size == 16 {
			wide = quadFloat(v.Word, v.High)
		}
		short, ok := wide.short()
		if !ok || wide.special != "" {
			return append(wide.append(append(b, '"'), false), '"')
		}
		f = short
	default:
		f = math.Float64frombits(v.Word)
	}
	if math.IsNaN(f) || math.IsInf(f, 0) {
		return append(appendFloat(append(b, '"'), f, size, false), '"')
	}
	return strconv.AppendFloat(b, f, 'g', -1, size)
}

// appendJSONComplex appends the two parts of a number.
func appendJSONComplex(b []byte, v *prototype.Value) []byte {
	if len(v.Elems) != 2 || v.Elems[0].Type == nil || v.Elems[1].Type == nil {
		return append(b, "null"...)
	}
	b = appendJSONFloat(append(b, '['), &v.Elems[0])
	return append(appendJSONFloat(append(b, ','), &v.Elems[1]), ']')
}

package unwind

// kind is what a number on an expression's stack is (DWARF 5, 2.5.1): of the machine's
// word, where size is 0, or of an integer type of the source. The number itself is cut
// to its size, or extended with its sign.
type kind struct {
	size     uint8 // in bytes: 1, 2, 4, 8
	unsigned bool
}

// isSigned tells how numbers are compared and divided: words are signed there.
func (k kind) isSigned() bool { return !k.unsigned }

// extend makes a number one of the kind.
func (k kind) extend(v uint64) uint64 {
	if k.size == 0 || k.size >= 8 {
		return v
	}
	shift := 64 - 8*uint(k.size)
	if k.unsigned {
		return v << shift >> shift
	}
	return uint64(int64(v<<shift) >> shift)
}

// bits returns a number without the extension of its sign.
func (k kind) bits(v uint64) uint64 {
	k.unsigned = true
	return k.extend(v)
}

// signed returns a number with its sign: that of the machine's word, where it is one.
func (x *evaluation) signed(v uint64, k kind) int64 {
	if k.size == 0 && x.w.arch.PtrSize == 4 {
		return int64(int32(v))
	}
	return int64(v)
}

func (x *evaluation) popKind() (uint64, kind) {
	if x.n == 0 {
		x.fail(Damaged, 0)
		return 0, kind{}
	}
	x.n--
	return x.stack[x.n], x.kinds[x.n]
}

func (x *evaluation) pushKind(v uint64, k kind) {
	if x.push(v); k.size != 0 && x.n > 0 {
		x.stack[x.n-1], x.kinds[x.n-1] = k.extend(v), k
	}
}

// kindOf returns the kind of the integer type at an offset of the variable's unit; 0 stands
// for the machine's word.
func (x *evaluation) kindOf(off uint64) (k kind) {
	if off == 0 {
		return kind{}
	}
	size, signed, ok := x.of.Terms.Integer(off)
	if !ok { // a floating point number, say
		x.absent(Uncomputed)
	}
	return kind{uint8(size), !signed}
}

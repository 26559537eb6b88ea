package fields

import (
	"bytes"
	"encoding/binary"
	"math"
	"slices"
	"testing"
)

// The field at 1 of 0a 81 82 ... 8b 00.
func TestFields(t *testing.T) {
	data := []byte{0x0a, 0x81, 0x82, 0x83, 0x84, 0x85, 0x86, 0x87, 0x88, 0x89, 0x8a, 0x8b, 0x00}
	for _, c := range []struct {
		name  string
		field func(r *Reader) uint64
		want  uint64
		size  int
	}{
		{"U8", func(r *Reader) uint64 { return uint64(r.U8()) }, 0x81, 1},
		{"U16", func(r *Reader) uint64 { return uint64(r.U16()) }, 0x8281, 2},
		{"U32", func(r *Reader) uint64 { return uint64(r.U32()) }, 0x84838281, 4},
		{"U64", func(r *Reader) uint64 { return r.U64() }, 0x8887868584838281, 8},
		{"Word of 64-bit", func(r *Reader) uint64 { return r.Word(true) }, 0x8887868584838281, 8},
		{"Word of 32-bit", func(r *Reader) uint64 { return r.Word(false) }, 0x84838281, 4},
		{"Uint of 1", func(r *Reader) uint64 { return r.Uint(1) }, 0x81, 1},
		{"Uint of 2", func(r *Reader) uint64 { return r.Uint(2) }, 0x8281, 2},
		{"Uint of 3", func(r *Reader) uint64 { return r.Uint(3) }, 0x838281, 3},
		{"Uint of 4", func(r *Reader) uint64 { return r.Uint(4) }, 0x84838281, 4},
		{"Uint of 8", func(r *Reader) uint64 { return r.Uint(8) }, 0x8887868584838281, 8},
		{"Int of 1", func(r *Reader) uint64 { return uint64(r.Int(1)) }, 0xffffffffffffff81, 1},
		{"Int of 2", func(r *Reader) uint64 { return uint64(r.Int(2)) }, 0xffffffffffff8281, 2},
		{"Int of 8", func(r *Reader) uint64 { return uint64(r.Int(8)) }, 0x8887868584838281, 8},
		{"Text", func(r *Reader) uint64 { return uint64(r.Text(12)[10]) }, 0x8b, 12},
		{"Bytes", func(r *Reader) uint64 { return uint64(r.Bytes(3)[2]) }, 0x83, 3},
		{"Rest", func(r *Reader) uint64 { return uint64(r.Rest()[0]) }, 0x81, 12},
	} {
		r := At(data, 1)
		if got := c.field(&r); got != c.want || r.Pos() != 1+c.size || r.Bad() {
			t.Errorf("%s: %#x up to %d (bad: %v), want %#x up to %d", c.name, got, r.Pos(), r.Bad(), c.want, 1+c.size)
		}
	}
}

// What is not there, or cannot be, makes the reader bad where it is, and nothing
// is read any more.
func TestBad(t *testing.T) {
	data := []byte{1, 2, 3, 4, 5, 6, 7}
	for _, c := range []struct {
		name  string
		field func(r *Reader)
		pos   int
	}{
		{"Bytes", func(r *Reader) { r.Bytes(8) }, 0},
		{"Bytes of nearly 2^64", func(r *Reader) { r.Bytes(math.MaxUint64) }, 0},
		{"Skip", func(r *Reader) { r.Skip(8) }, 0},
		{"U64", func(r *Reader) { r.U64() }, 0},
		{"U32 behind U32", func(r *Reader) { r.U32(); r.U32() }, 4},
		{"Uint of 5", func(r *Reader) { r.Uint(5) }, 0},
		{"Int of 16", func(r *Reader) { r.Int(16) }, 0},
		{"Int of -1", func(r *Reader) { r.Int(-1) }, 0},
		{"Text without end", func(r *Reader) { r.Text(100) }, 0},
		{"Seek behind the end", func(r *Reader) { r.U8(); r.Seek(8) }, 1},
		{"Seek before the beginning", func(r *Reader) { r.U8(); r.Seek(-1) }, 1},
		{"Limit", func(r *Reader) { r.U8(); r.Limit(7) }, 1},
		{"beyond the Limit", func(r *Reader) { r.Limit(3); r.U32() }, 0},
		{"Fail", func(r *Reader) { r.U16(); r.Fail() }, 2},
	} {
		r := New(data)
		c.field(&r)
		if !r.Bad() || r.Pos() != c.pos || r.Left() != 0 || r.U8() != 0 || r.ULEB() != 0 || len(r.Rest()) > 0 {
			t.Errorf("%s: bad %v at %d with %d bytes left, want bad at %d", c.name, r.Bad(), r.Pos(), r.Left(), c.pos)
		}
	}
	if r := At(data, 8); !r.Bad() || r.Left() != 0 {
		t.Errorf("At the byte behind the end: %d bytes left", r.Left())
	}
	if r := At(data, 7); r.Bad() {
		t.Error("At the end is bad")
	}
	if r := New([]byte("ab\x00")); string(r.Text(2)) != "" || !r.Bad() {
		t.Error("Text goes beyond its limit")
	}
}

func TestLength(t *testing.T) {
	for _, c := range []struct {
		bytes string
		n     uint64
		is64  bool
	}{
		{"\x05\x00\x00\x00", 5, false},
		{"\xfe\xff\xff\xff", 0xfffffffe, false},
		{"\xff\xff\xff\xff\x05\x00\x00\x00\x01\x00\x00\x00", 1<<32 + 5, true},
	} {
		r := New([]byte(c.bytes))
		if n, is64 := r.Length(); n != c.n || is64 != c.is64 || r.Left() != 0 || r.Bad() {
			t.Errorf("%x: %d, 64-bit %v", c.bytes, n, is64)
		}
	}
}

// The numbers of DWARF 5, tables 7.7 and 7.8, and those at the limits.
func TestLEB128(t *testing.T) {
	pad := bytes.Repeat([]byte{0x80}, maxLEB)
	for _, c := range []struct {
		bytes    []byte
		unsigned uint64
		signed   int64
		bad      string // U: as an unsigned number, S: as a signed one
	}{
		{bytes: []byte{2}, unsigned: 2, signed: 2},
		{bytes: []byte{0x7e}, unsigned: 126, signed: -2},
		{bytes: []byte{0xff, 0}, unsigned: 127, signed: 127},
		{bytes: []byte{0x81, 0x7f}, unsigned: 0x3f81, signed: -127},
		{bytes: []byte{0x80, 1}, unsigned: 128, signed: 128},
		{bytes: []byte{0x80, 0x7f}, unsigned: 0x3f80, signed: -128},
		{bytes: []byte{0x82, 0x80, 0x80, 0}, unsigned: 2, signed: 2},
		{bytes: append(bytes.Repeat([]byte{0xff}, 9), 1), unsigned: math.MaxUint64, signed: -1},
		{bytes: append(bytes.Repeat([]byte{0xff}, 9), 2), bad: "U", signed: math.MaxInt64},
		{bytes: append(slices.Clip(pad[:9]), 0x7f), bad: "U", signed: math.MinInt64},
		{bytes: append(slices.Clip(pad[:15]), 0), unsigned: 0, signed: 0},
		{bytes: append(slices.Clip(pad[:15]), 1), bad: "U", signed: 0},
		{bytes: append(pad, 0), bad: "US"},
		{bytes: []byte{0x80}, bad: "US"},
		{bytes: nil, bad: "US"},
	} {
		u, s, skip := New(c.bytes), New(c.bytes), New(c.bytes)
		if got, want := u.ULEB(), bytes.Contains([]byte(c.bad), []byte("U")); got != c.unsigned || u.Bad() != want || !want && u.Left() != 0 {
			t.Errorf("%x unsigned: %d (bad: %v), want %d (%v)", c.bytes, got, u.Bad(), c.unsigned, want)
		}
		if got, want := s.SLEB(), bytes.Contains([]byte(c.bad), []byte("S")); got != c.signed || s.Bad() != want || !want && s.Left() != 0 {
			t.Errorf("%x signed: %d (bad: %v), want %d (%v)", c.bytes, got, s.Bad(), c.signed, want)
		}
		if skip.SkipLEB(); skip.Bad() != s.Bad() || skip.Pos() != s.Pos() {
			t.Errorf("%x: %d bytes skipped, %d read", c.bytes, skip.Pos(), s.Pos())
		}
	}
}

func TestNoAllocation(t *testing.T) {
	data := bytes.Repeat([]byte{1, 0x80, 1, 0}, 16)
	if n := testing.AllocsPerRun(10, func() {
		for r := New(data); r.Left() > 0; {
			r.U8()
			r.Text(4)
			r.ULEB()
			r.SLEB()
			r.Uint(4)
			r.Bytes(2)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// FuzzReader takes fields as its first argument says: none panics, none is made
// up of what is not there, and ULEB128 numbers are those of encoding/binary.
func FuzzReader(f *testing.F) {
	f.Add([]byte{0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11}, []byte("\x01\x02\x03\x04abc\x00\x80\x01\xff\xff\xff\xff\x7f"))
	f.Add([]byte{0, 0, 0, 0, 0, 2, 251, 0}, []byte{1, 1, 1, 1, 1}) // back from where it was Bad
	f.Add([]byte{7, 8, 7, 8}, bytes.Repeat([]byte{0xff}, 40))
	f.Fuzz(func(t *testing.T, ops, data []byte) {
		r := New(data)
		for _, op := range ops {
			before := r
			rest := data[r.Pos():][:r.Left()]
			var zero bool
			switch n := op / 12; op % 12 {
			case 0:
				zero = r.U8() == 0
			case 1:
				zero = r.U16() == 0
			case 2:
				zero = r.U32() == 0
			case 3:
				zero = r.U64() == 0
			case 4:
				zero = r.Uint(int(n)) == 0
			case 5:
				zero = r.Int(int(n)) == 0
			case 6:
				p := r.Bytes(uint64(n))
				if zero = len(p) == 0; !zero && !bytes.Equal(p, rest[:n]) {
					t.Fatalf("Bytes(%d) = %x of %x", n, p, rest)
				}
			case 7:
				v, size := binary.Uvarint(rest)
				got := r.ULEB()
				if zero = got == 0; size > 0 && (got != v || r.Pos() != before.Pos()+size) {
					t.Fatalf("ULEB of %x = %d, want %d", rest, got, v)
				}
			case 8:
				zero = r.SLEB() == 0
			case 9:
				p := r.Text(int(n))
				if zero = p == nil; !zero && (len(p) >= int(n) || bytes.IndexByte(p, 0) >= 0) {
					t.Fatalf("Text(%d) = %q", n, p)
				}
			case 10:
				r.Limit(uint64(n))
				zero = true
			case 11:
				r.Seek(r.Pos() + int(int8(op)))
				zero = true
			}
			if r.Pos() < 0 || r.Left() < 0 || r.Pos()+r.Left() > len(data) || before.Bad() && !r.Bad() || r.Bad() && !zero {
				t.Fatalf("operation %d: from %d to %d of %d, %d left, bad %v", op, before.Pos(), r.Pos(), len(data), r.Left(), r.Bad())
			}
		}
	})
}

var sink uint64

// What most of DWARF is made of: small ULEB128 numbers, and words.
func BenchmarkReader(b *testing.B) {
	data := bytes.Repeat([]byte{1, 0x32, 0x83, 1, 1, 2, 3, 4}, 512)
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		for r := New(data); r.Left() > 0; {
			sink += r.ULEB() + r.ULEB() + r.ULEB() + uint64(r.U32())
		}
	}
}

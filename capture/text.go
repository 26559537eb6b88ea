package capture

import (
	"bytes"
	"math"
	"unicode/utf8"

	"sonde/prototype"
	"sonde/sysdeps"
)

// followText asks for the text that a pointer leads to. It is kept in the
// pointer's own value.
func (r *Reader) followText(v *prototype.Value, t *prototype.Type, in int) {
	elem, _ := r.resolve(t.Elem, prototype.In, in)
	if elem == nil || elem.Kind != prototype.Array {
		elem = untilNUL
	}
	r.askText(v, v, elem, sysdeps.Addr(v.Word), in)
}

// untilNUL is the text that a pointer leads to where its type says no more.
var untilNUL = &prototype.Type{
	Kind: prototype.Array, Lens: prototype.Text, Zero: true,
	Elem: &prototype.Type{Kind: prototype.Int, Size: 1, Lens: prototype.Char},
}

// noText is a text that has no character.
var noText = []byte{}

// unit returns the bytes of one character.
func unit(t *prototype.Type) int {
	if t.Elem != nil && t.Elem.Kind == prototype.Int && (t.Elem.Size == 2 || t.Elem.Size == 4) {
		return t.Elem.Size
	}
	return 1
}

// askText asks for an array of characters. ptr leads there; nil for an array that
// is part of a struct.
func (r *Reader) askText(v, ptr *prototype.Value, t *prototype.Type, a sysdeps.Addr, in int) {
	if n, ok := r.length(t, in); ok {
		r.askTextOf(v, ptr, t, a, n, in)
	} else {
		giveUp(v, ptr, prototype.NotFollowed)
	}
}

// askTextOf asks for n characters, or with -1 for those before a NUL.
func (r *Reader) askTextOf(v, ptr *prototype.Value, t *prototype.Type, a sysdeps.Addr, n int64, in int) {
	want := r.characters(v, t, n)
	if want == 0 {
		v.Text, v.More = noText, n != 0
		return
	}
	size := want * unit(t)
	if !t.Zero {
		if p := r.held(a, size, in); p != nil { // as std::string has short ones
			r.setText(v, t, p, n)
			return
		}
	}
	if t.Zero {
		size = max(firstOf(a, size), min(unit(t), size))
	}
	if !r.ask(piece{job: jobText, v: v, ptr: ptr, t: t, a: a, buf: r.bytes(size), n: n, frame: in}) {
		giveUp(v, ptr, prototype.TooDeep)
	}
}

// characters returns how many of n characters are read: one more than is shown
// where a NUL may end them, one where none is, so that it is known whether there are
// any, and of a format enough to know what it asks for.
func (r *Reader) characters(v *prototype.Value, t *prototype.Type, n int64) int {
	most := int64(r.shownOf(v, t))
	if r.isFormat(v) {
		most = max(most, maxFormat)
	}
	if t.Zero || most == 0 {
		most++
	}
	if n < 0 {
		n = math.MaxInt64
	}
	return int(min(n, most))
}

// maxTypeName is how much is read of the mangled name of a type: what has lost its
// end cannot be demangled. Those of templates are long.
const maxTypeName = 2000

// shownOf returns how many characters of a text are kept.
func (r *Reader) shownOf(v *prototype.Value, t *prototype.Type) int {
	most := max(r.limits.Strings, 0)
	if most > 0 && (t.Whole || t.Lens == prototype.SocketName) {
		return prototype.PathMax
	}
	if most > 0 && v.Type != nil && v.Type.Lens == prototype.TypeName {
		return max(most, maxTypeName)
	}
	return most
}

// text keeps what has been read of a text, and reads on while it goes on.
func (r *Reader) text(p *piece) {
	if len(p.buf) == 0 {
		p.unreadable()
		return
	}
	want, size := r.characters(p.v, p.t, p.n)*unit(p.t), unit(p.t)
	if p.t.Zero {
		for searched := 0; len(p.buf) < want && nul(p.buf, searched, size) < 0; {
			searched = len(p.buf) / size * size
			if !r.extend(p, want) {
				break // it runs into memory that is not there: what is there is shown
			}
		}
	}
	if len(p.buf) < size {
		p.unreadable()
		return
	}
	r.setText(p.v, p.t, p.buf, p.n)
}

// nul returns where in p the first character is that is NUL, or -1. Characters
// before `from` are known not to be.
func nul(p []byte, from, size int) int {
	if size == 1 {
		if i := bytes.IndexByte(p[from:], 0); i >= 0 {
			return from + i
		}
		return -1
	}
	for i := from; i+size <= len(p); i += size {
		if isZero(p[i : i+size]) {
			return i
		}
	}
	return -1
}

// setText makes a text of what is there of n characters (-1: of a text that ends
// with NUL).
func (r *Reader) setText(v *prototype.Value, t *prototype.Type, p []byte, n int64) {
	size := unit(t)
	p = p[:len(p)/size*size]
	if n >= 0 {
		p = p[:min(int64(len(p)), n*int64(size))]
	}
	ended := n >= 0 && int64(len(p)/size) == n
	if t.Zero {
		if end := nul(p, 0, size); end >= 0 {
			p, ended = p[:end], true
		}
	}
	if r.isFormat(v) {
		r.format, r.formatCut = p, !ended
		if size > 1 {
			r.format = r.narrow(p, size)
		}
	}
	if most := r.shownOf(v, t) * size; len(p) > most {
		p, ended = p[:most], false
	}
	v.More = !ended
	if size > 1 {
		p = r.narrow(p, size)
	}
	if v.Text = p; len(p) == 0 {
		v.Text = noText
	}
}

// narrow converts characters of two or four bytes to UTF-8. What is no character
// (half of a surrogate pair, a number beyond Unicode) is encoded all the same, as
// UTF-8 would if it went so far: bytes that no valid text has, and that are shown
// as such.
func (r *Reader) narrow(p []byte, size int) []byte {
	out := r.scratch.bytes.take(len(p) / size * longestRune)[:0]
	for ; len(p) >= size; p = p[size:] {
		c := number(p[:size])
		if size == 2 && c>>10 == 0xd800>>10 && len(p) >= 4 {
			if low := number(p[2:4]); low>>10 == 0xdc00>>10 {
				c = 0x10000 + (c&0x3ff)<<10 + low&0x3ff
				p = p[2:]
			}
		}
		if utf8.ValidRune(rune(c)) && c <= utf8.MaxRune {
			out = utf8.AppendRune(out, rune(c))
		} else {
			out = appendBeyond(out, c)
		}
	}
	return out
}

// longestRune is the most bytes that appendBeyond makes of a character.
const longestRune = 7

// appendBeyond encodes what UTF-8 excludes in the way of RFC 2279, with a seventh
// byte for the numbers that this left out.
func appendBeyond(out []byte, c uint64) []byte {
	tail := 1 // bytes behind the first, of six bits each
	for n := c >> 11; n > 0; n >>= 5 {
		tail++
	}
	tail = min(tail, longestRune-1)
	out = append(out, byte(0xff<<(7-tail))|byte(c>>(6*tail)))
	for tail--; tail >= 0; tail-- {
		out = append(out, 0x80|byte(c>>(6*tail))&0x3f)
	}
	return out
}

package capture

import (
	"unicode"
	"unicode/utf8"

	"sonde/prototype"
	"sonde/sysdeps"
)

// firstChunk is how many bytes of a string are read before it is known to be
// one, or to be longer.
const firstChunk = 64

// mayPoint tells whether a value lies where user space has memory: above the
// pages that are never mapped, below the kernel's half.
func mayPoint(a sysdeps.Addr) bool { return a >= 1<<16 && a < 1<<47 }

// guess looks whether a word of which nothing is known leads to text.
func (r *Reader) guess(v *prototype.Value) {
	if a := sysdeps.Addr(v.Word); r.limits.Strings > 0 && mayPoint(a) && !r.bad.has(a) {
		r.ask(piece{job: jobGuess, v: v, a: a, buf: r.bytes(firstOf(a, r.limits.Strings+1)), frame: noFrame})
	}
}

// firstOf returns how many of n bytes at a are read first: no more than one page
// has, where a shorter string may end.
func firstOf(a sysdeps.Addr, n int) int {
	return min(firstChunk, int(a.PageDown()+sysdeps.PageSize-a), n)
}

// guessed keeps what reads as text. Strings that cannot be read, or do not read
// as text, stay numbers.
func (r *Reader) guessed(p *piece) {
	if len(p.buf) == 0 {
		r.bad.add(p.a)
		return
	}
	limit := r.limits.Strings
	end, ok := textEnd(p.buf, 0)
	for ok && end < 0 && len(p.buf) <= limit {
		have := len(p.buf)
		if !r.extend(p, limit+1) {
			break // it runs into memory that is not there: what is there is shown
		}
		end, ok = textEnd(p.buf, have)
	}
	more := end < 0
	if more {
		end = wholeRunes(p.buf[:min(len(p.buf), limit)])
	}
	if !ok || end == 0 || !isText(p.buf[:end]) {
		return
	}
	if end == 1 && !more && p.v == &r.result { // more often a struct that begins with a small number
		return
	}
	p.v.Text, p.v.More = p.buf[:end], more
}

// extend reads further bytes of a piece, up to want in all. It reports false
// where there are none.
func (r *Reader) extend(p *piece, want int) bool {
	have := len(p.buf)
	n := min(want, have+max(have, sysdeps.PageSize)) // doubling, so that copying costs little
	buf := r.bytes(n)
	if buf == nil {
		return false
	}
	copy(buf, p.buf)
	got, _ := r.read(buf[have:], p.a+sysdeps.Addr(have))
	p.buf = buf[:have+got]
	return got > 0
}

// wholeRunes returns the length of p without the beginning of a UTF-8 character
// at its end.
func wholeRunes(p []byte) int {
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				return i
			}
			break
		}
	}
	return len(p)
}

// textEnd looks for the NUL of a string, from a byte on. ok is false as soon as
// something stands before it that no text has.
func textEnd(p []byte, from int) (end int, ok bool) {
	for i, b := range p[from:] {
		switch {
		case b == 0:
			return from + i, true
		case b < ' ' && b != '\t' && b != '\n' && b != '\r', b == 0x7f:
			return -1, false
		}
	}
	return -1, true
}

// isText tells whether all of p can be read by a person.
func isText(p []byte) bool {
	for len(p) > 0 {
		if p[0] < utf8.RuneSelf {
			p = p[1:] // textEnd has looked at it
			continue
		}
		r, n := utf8.DecodeRune(p)
		if r == utf8.RuneError && n <= 1 || !unicode.IsPrint(r) {
			return false
		}
		p = p[n:]
	}
	return true
}

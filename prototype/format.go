package prototype

import (
	"math"
	"unicode/utf8"
)

// FormatArg is one argument that a format asks for.
type FormatArg struct {
	Type *Type
	Dir  Dir // Out for what scanf and %n store
	// Limit is the most of a string that may be read, -1 for all of it up to
	// its NUL. It counts what is written: bytes, or with Chars characters
	// (wprintf). Of a scanf's %c it is the exact number of elements. MaxElems
	// and Cut apply it.
	Limit int
	Chars bool
	// LimitArg is the argument, counted from 1 among those of the format, whose
	// value is the Limit, as for %.*s; 0 where there is none. A negative value
	// means no limit.
	LimitArg int
	// Sized is the text that an argument has, or leads to, if LimitArg has a value: of
	// exactly as many characters, NULs too. nil: it ends sooner with a NUL.
	Sized *Type
	// Item is the result of scanf from which on the argument has been stored;
	// of a %n, which does not count, that of the item before it.
	Item int
}

// Further is the Type of a last FormatArg that stands for all that the format may ask for
// beyond the others: it has too many conversions, or one that is not known.
var Further = &Type{Kind: Void}

// MaxFormatArgs is how many arguments a format is believed to have. Nobody
// writes more; a format may be any bytes.
const MaxFormatArgs = 64

// MaxElems returns how many elements of a string need be read at most for so
// great a limit: a character that wprintf writes may come of several bytes.
func (a *FormatArg) MaxElems(limit int) int {
	if a.Chars && limit > 0 && a.Type != wideStringArg {
		return min(limit, maxSize) * utf8.UTFMax
	}
	return limit
}

// Cut returns as much of a string's text, in UTF-8, as the limit lets through:
// a character of a wide string is written whole or not at all (C11 7.21.6.1p8).
func (a *FormatArg) Cut(text []byte, limit int) []byte {
	switch {
	case limit < 0:
		return text
	case a.Chars:
		for i := 0; i < len(text); limit-- {
			if limit == 0 {
				return text[:i]
			}
			_, n := utf8.DecodeRune(text[i:])
			i += n
		}
		return text
	case limit >= len(text):
		return text
	case a.Type == wideStringArg:
		for limit > 0 && !utf8.RuneStart(text[limit]) {
			limit--
		}
	}
	return text[:limit]
}

// formatReader is a format being read, and the arguments that it has asked for.
type formatReader struct {
	rest    []byte
	args    []FormatArg
	base    int   // those of args before it are not the format's
	next    int   // the argument that the next conversion without a number takes, from 0
	hole    *Type // what an argument is taken to be that no conversion takes
	further bool  // there are more
}

// all returns the arguments.
func (r *formatReader) all() []FormatArg {
	if !r.further {
		return r.args
	}
	return append(r.args, FormatArg{Type: Further, Limit: -1})
}

// peek returns the next byte, 0 at the end.
func (r *formatReader) peek() byte {
	if len(r.rest) == 0 {
		return 0
	}
	return r.rest[0]
}

// take returns the next byte and goes on, 0 at the end.
func (r *formatReader) take() byte {
	c := r.peek()
	if c != 0 {
		r.rest = r.rest[1:]
	}
	return c
}

// accept goes past c if it is next.
func (r *formatReader) accept(c byte) bool {
	if c == 0 || r.peek() != c {
		return false
	}
	r.rest = r.rest[1:]
	return true
}

// number reads digits. ok is false for what no int holds: the functions fail
// there (EOVERFLOW), and take no arguments behind it.
func (r *formatReader) number() (n int, ok bool) {
	var v int64
	ok = true
	for c := r.peek(); '0' <= c && c <= '9'; c = r.peek() {
		v = v*10 + int64(c-'0')
		if v > math.MaxInt32 {
			v, ok = 0, false
		}
		r.rest = r.rest[1:]
	}
	return int(v), ok
}

// position reads "N$" and returns N, or 0 where it is not next. glibc lets conversions
// without a number, which it counts by themselves, stand beside those (printf_positional
// in stdio-common/vfprintf-internal.c); C leaves such a mixture undefined.
func (r *formatReader) position() int {
	saved := r.rest
	n, ok := r.number()
	if n == 0 || !ok || !r.accept('$') {
		r.rest = saved
		return 0
	}
	return n
}

// put notes that argument n, or with 0 the next one, is a. It returns the
// argument's number, or 0 where there are too many.
func (r *formatReader) put(n int, a FormatArg) int {
	if n == 0 {
		r.next++
		n = r.next
	}
	if n > MaxFormatArgs {
		r.further = true
		return 0
	}
	for len(r.args)-r.base < n {
		r.args = append(r.args, FormatArg{Type: r.hole, Limit: -1})
	}
	old := &r.args[r.base+n-1]
	if old.Type == a.Type && old.Type != r.hole && (old.Limit < 0 || old.Limit > a.Limit && a.Limit >= 0) && old.LimitArg == 0 {
		a.Limit, a.LimitArg = old.Limit, 0 // taken twice: the longer of both is read
	}
	*old = a
	return n
}

// length is a length modifier.
type length uint8

const (
	noLength length = iota
	charLength
	shortLength
	longLength
	longLongLength // also L and q, which are the same for integers, and long double
	maxLength      // j
	wordLength     // z and t, and the fast types
)

// length reads a length modifier; ok is false for an unknown one.
func (r *formatReader) length() (l length, ok bool) {
	switch {
	case r.accept('h'):
		if r.accept('h') {
			return charLength, true
		}
		return shortLength, true
	case r.accept('l'):
		if r.accept('l') {
			return longLongLength, true
		}
		return longLength, true
	case r.accept('L'), r.accept('q'):
		return longLongLength, true
	case r.accept('j'):
		return maxLength, true
	case r.accept('z'), r.accept('Z'), r.accept('t'):
		return wordLength, true
	case r.accept('w'):
		return r.width()
	}
	return noLength, true
}

// width reads what follows on w: a number of bits (C23 7.23.6.1p7). The fast
// types of 16 and 32 bits are words (glibc's bits/stdint-uintn.h and stdint.h).
func (r *formatReader) width() (l length, ok bool) {
	fast := r.accept('f')
	n, _ := r.number()
	switch {
	case n == 8:
		return charLength, true
	case n == 64:
		return maxLength, true
	case fast && (n == 16 || n == 32):
		return wordLength, true
	case n == 16:
		return shortLength, true
	case n == 32:
		return noLength, true
	}
	return noLength, false
}

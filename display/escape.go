package display

import (
	"unicode"
	"unicode/utf8"
)

// appendText appends at most limit bytes of text, quoted and escaped, and dots
// behind the quote when there is more. A character that the end cuts through
// is left out: what is printed does not depend on how much was captured.
func appendText(b, text []byte, more bool, limit int, isUTF8 bool) []byte {
	if len(text) > limit {
		text, more = text[:max(limit, 0)], true
	}
	if more && isUTF8 {
		text = trimPartial(text)
	}
	b = append(b, '"')
	b = appendEscaped(b, text, '"', isUTF8)
	b = append(b, '"')
	if more {
		b = append(b, "..."...)
	}
	return b
}

// trimPartial returns p without the beginning of a UTF-8 character at its end.
func trimPartial(p []byte) []byte {
	for i := len(p) - 1; i >= 0 && i > len(p)-utf8.UTFMax; i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				return p[:i]
			}
			break
		}
	}
	return p
}

// appendName appends a symbol's or module's name. It comes from a file that
// nobody vouches for.
func appendName(b []byte, name string, isUTF8 bool) []byte {
	return appendEscaped(b, name, 0, isUTF8)
}

// appendEscaped appends s with every byte escaped that is not part of a
// printable character, and backslash and quote too. Without isUTF8 only ASCII
// is printable.
func appendEscaped[T string | []byte](b []byte, s T, quote byte, isUTF8 bool) []byte {
	for from := 0; ; {
		i, _, size := nextEscaped(s, from, quote, isUTF8)
		b = append(b, s[from:i]...)
		if size == 0 {
			return b
		}
		for from = i + size; i < from; i++ {
			b = appendEscape(b, s[i], i+1 < len(s) && '0' <= s[i+1] && s[i+1] <= '7')
		}
	}
}

// nextEscaped finds the first character, from a place in s on, that does not print as it
// is, or is a backslash or the quote: where, which, and how many bytes it has. A byte that
// is part of none is utf8.RuneError. size is 0 at the end.
func nextEscaped[T string | []byte](s T, from int, quote byte, isUTF8 bool) (at int, r rune, size int) {
	for i := from; i < len(s); {
		c := s[i]
		if ' ' <= c && c < 0x7f && c != '\\' && c != quote {
			i++
			continue
		}
		if c < utf8.RuneSelf {
			return i, rune(c), 1
		}
		if !isUTF8 {
			return i, utf8.RuneError, 1
		}
		r, size := decodeRune(s[i:min(len(s), i+utf8.UTFMax)])
		if size == 1 || !printable(r) {
			return i, r, size
		}
		i += size
	}
	return len(s), 0, 0
}

// printable tells of a character that it shows. Unicode counts some as graphic that have no
// shape: fillers, joiners, and selectors of a variant.
func printable(r rune) bool {
	return unicode.IsPrint(r) && !unicode.In(r, unicode.Other_Default_Ignorable_Code_Point, unicode.Variation_Selector)
}

func decodeRune[T string | []byte](s T) (rune, int) {
	var p [utf8.UTFMax]byte
	return utf8.DecodeRune(p[:copy(p[:], s)])
}

// appendEscape appends one byte in C's notation. Where an octal digit follows,
// NUL is written with all its digits, or the two would read as one.
func appendEscape(b []byte, c byte, digit bool) []byte {
	switch c {
	case '"', '\'', '\\':
		return append(b, '\\', c)
	case '\a':
		return append(b, `\a`...)
	case '\b':
		return append(b, `\b`...)
	case '\t':
		return append(b, `\t`...)
	case '\n':
		return append(b, `\n`...)
	case '\v':
		return append(b, `\v`...)
	case '\f':
		return append(b, `\f`...)
	case '\r':
		return append(b, `\r`...)
	case 0:
		if !digit {
			return append(b, `\0`...)
		}
	}
	return append(b, '\\', '0'+c>>6, '0'+c>>3&7, '0'+c&7)
}

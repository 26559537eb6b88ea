package display

import (
	"math/bits"
	"strconv"
	"unicode"
	"unicode/utf8"

	"sonde/prototype"
)

// appendChar appends a character in quotes. A signed char of -1 is EOF, which
// those who declare getc's result as a char mean by it; a wide one of all ones is
// WEOF, since no character has that number. What is a small number by its type
// (int8, %hhd) has no Char lens, and is shown as one.
func appendChar(b []byte, v *prototype.Value, isUTF8 bool) []byte {
	n := v.Signed()
	switch {
	case sizeOf(v) > 1 && n == -1:
		return append(b, "WEOF"...)
	case sizeOf(v) > 1:
		b = append(b, '\'')
		b = appendRune(b, v.Word&wordMask(sizeOf(v)), '\'', isUTF8)
		return append(b, '\'')
	case n == -1 && !v.Type.Unsigned:
		return append(b, "EOF"...)
	}
	return appendQuoted(b, byte(n))
}

// appendByte appends what getc returns: an unsigned char, or EOF.
func appendByte(b []byte, v *prototype.Value) []byte {
	switch n := v.Signed(); {
	case n == -1:
		return append(b, "EOF"...)
	case 0 <= n && n <= 0xff:
		return appendQuoted(b, byte(n))
	default:
		return strconv.AppendInt(b, n, 10)
	}
}

func appendQuoted(b []byte, c byte) []byte {
	b = append(b, '\'')
	b = appendEscaped(b, []byte{c}, '\'', false)
	return append(b, '\'')
}

// appendRune appends a wide character: as it is if it can be seen, else as C
// writes it.
func appendRune(b []byte, c uint64, quote byte, isUTF8 bool) []byte {
	switch {
	case c < utf8.RuneSelf:
		return appendEscaped(b, []byte{byte(c)}, quote, false)
	case c <= unicode.MaxRune && utf8.ValidRune(rune(c)) && isUTF8 && unicode.IsPrint(rune(c)):
		return utf8.AppendRune(b, rune(c))
	}
	mark, digits := `\u`, 4
	if c > 0xffff {
		mark, digits = `\U`, 8
	}
	b = append(b, mark...)
	from := len(b)
	return padLeft(strconv.AppendUint(b, c, 16), from, digits)
}

// decodeWide returns the first character of a wide string's text, and its bytes
// there. What Unicode excludes (half of a surrogate pair, numbers that are too
// great) stands in the text as UTF-8 would have it if it went so far (RFC 2279,
// with up to seven bytes). A byte that is not even that stands for itself.
func decodeWide(text []byte) (c uint64, size int) {
	r, size := utf8.DecodeRune(text)
	if r != utf8.RuneError || size > 1 {
		return uint64(r), size
	}
	ones := bits.LeadingZeros8(^text[0])
	if ones < 2 || ones > len(text) || ones > 7 {
		return uint64(text[0]), 1
	}
	c = uint64(text[0] & (0x7f >> ones))
	for _, tail := range text[1:ones] {
		if utf8.RuneStart(tail) {
			return uint64(text[0]), 1
		}
		c = c<<6 | uint64(tail&0x3f)
	}
	return c, ones
}

// appendWideText appends at most limit characters of a wide string. What cannot
// be seen is written as the character that it is, not as its bytes in UTF-8.
func appendWideText(b, text []byte, more bool, limit int, isUTF8 bool) []byte {
	b = append(b, '"')
	for n := 0; len(text) > 0; n++ {
		if n >= limit {
			more = true
			break
		}
		c, size := decodeWide(text)
		if c == 0 && len(text) > 1 && '0' <= text[1] && text[1] <= '7' {
			b = append(b, `\000`...)
		} else {
			b = appendRune(b, c, '"', isUTF8)
		}
		text = text[size:]
	}
	b = append(b, '"')
	if more {
		b = append(b, "..."...)
	}
	return b
}

package display

import (
	"encoding/base64"
	"strconv"
	"unicode/utf8"
)

// appendJSONString appends a string, or what is no UTF-8 as {"b64":"..."}.
func appendJSONString[T string | []byte](b []byte, s T) []byte {
	from := len(b)
	b, ok := appendJSONQuoted(b, s)
	if ok {
		return b
	}
	return append(appendBase64(append(b[:from], '{'), s), '}')
}

// appendBase64 appends a member of an object: "b64":"...".
func appendBase64[T string | []byte](b []byte, s T) []byte {
	b = append(b, `"b64":"`...)
	const chunk = 3 << 8 // whole groups of three: nothing is padded before the end
	var p [chunk]byte
	for i := 0; i < len(s); i += chunk {
		b = base64.StdEncoding.AppendEncode(b, p[:copy(p[:], s[i:])])
	}
	return append(b, '"')
}

// appendJSONQuoted appends a string in quotes. Characters that cannot be seen are
// escaped, although JSON would have most of them as they are: terminals do what they
// say, and JavaScript ends lines at U+2028. It reports false of what is no UTF-8,
// and has appended part of it then.
func appendJSONQuoted[T string | []byte](b []byte, s T) (_ []byte, ok bool) {
	b = append(b, '"')
	for from := 0; ; {
		i, r, size := nextEscaped(s, from, '"', true)
		b = append(b, s[from:i]...)
		switch {
		case size == 0:
			return append(b, '"'), true
		case r == utf8.RuneError && size == 1:
			return b, false
		}
		b = appendJSONEscape(b, r)
		from = i + size
	}
}

// appendJSONEscape appends a character as RFC 8259, section 7, escapes it.
func appendJSONEscape(b []byte, r rune) []byte {
	switch r {
	case '"', '\\':
		return append(b, '\\', byte(r))
	case '\b':
		return append(b, `\b`...)
	case '\t':
		return append(b, `\t`...)
	case '\n':
		return append(b, `\n`...)
	case '\f':
		return append(b, `\f`...)
	case '\r':
		return append(b, `\r`...)
	}
	if r > 0xffff { // as two halves, of UTF-16
		r -= 0x10000
		b = appendJSONUnit(b, 0xd800+r>>10)
		r = 0xdc00 + r&0x3ff
	}
	return appendJSONUnit(b, r)
}

func appendJSONUnit(b []byte, u rune) []byte {
	const digits = "0123456789abcdef"
	return append(b, '\\', 'u', digits[u>>12&15], digits[u>>8&15], digits[u>>4&15], digits[u&15])
}

// maxJSONInt is the greatest number up to which every integer is told from its
// neighbours by readers whose numbers are doubles, as jq's and JavaScript's are.
const maxJSONInt = 1 << 53

// appendJSONInt appends an integer, as a string where a double would not hold it.
func appendJSONInt(b []byte, n int64) []byte {
	if -maxJSONInt <= n && n <= maxJSONInt {
		return strconv.AppendInt(b, n, 10)
	}
	return append(strconv.AppendInt(append(b, '"'), n, 10), '"')
}

func appendJSONUint(b []byte, n uint64) []byte {
	if n <= maxJSONInt {
		return strconv.AppendUint(b, n, 10)
	}
	return append(strconv.AppendUint(append(b, '"'), n, 10), '"')
}

// appendJSONAddress appends an address: "0x7ffc00".
func appendJSONAddress(b []byte, a uint64) []byte {
	return append(appendHex(append(b, '"'), a), '"')
}

// appendKey appends the name of a further member of an object. Behind the
// object's brace there is no comma.
func appendKey(b []byte, name string) []byte {
	if b[len(b)-1] != '{' {
		b = append(b, ',')
	}
	b = append(append(b, '"'), name...)
	return append(b, `":`...)
}

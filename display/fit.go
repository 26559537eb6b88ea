package display

import (
	"bytes"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/width"
)

const escape = '\x1b'

// cut stands for what has been left out of a line that was too long.
const cut = "..."

// fit shortens the line b[line:] to the columns that there are, if it is longer. First the
// padding before the result goes. Then the text b[args:tail] gives way, until a quarter of the
// room is left to it, and then what follows it: who reads "name(args...) = result" has seen
// what counts. The beginning stays.
func fit(b []byte, line, args, tail, columns int) []byte {
	if columns <= 0 || len(b)-line <= columns { // no character is wider than its bytes are many
		return b
	}
	if args <= line || tail < args { // there is nothing of the kind
		args, tail = len(b), len(b)
	}
	room := columns - Cells(b[line:args])
	middle, end := Cells(b[args:tail]), Cells(b[tail:])
	if excess := middle + end - room; excess > 0 {
		n := len(b)
		b = squeeze(b, tail, excess)
		end -= n - len(b)
	}
	switch {
	case middle+end <= room:
		return b
	case args == tail || room < leastRoom:
		return shorten(b, line, len(b), columns)
	}
	end = min(end, room-min(middle, max(room/4, len(cut)+1)))
	b = shorten(b, tail, len(b), end)
	return shorten(b, args, tail, room-end)
}

// leastRoom is how many columns are worth being shared.
const leastRoom = 2 * (len(cut) + 1)

// squeeze takes up to n spaces out of the padding before a result, b[tail:] being
// ") ... = result".
func squeeze(b []byte, tail, n int) []byte {
	from := tail + len(") ")
	to := from
	for to < len(b) && b[to] == ' ' && to-from < n {
		to++
	}
	if to == from {
		return b
	}
	return append(b[:from], b[to:]...)
}

// shorten cuts the text b[from:to] to a number of columns, the sign for the cut among them
// where it has the room. Colours that are begun in it still end in it.
func shorten(b []byte, from, to, columns int) []byte {
	if Cells(b[from:to]) <= columns {
		return b
	}
	mark := cut
	if columns <= len(mark) {
		mark = ""
	}
	left, at, whole := columns-len(mark), from, true
	for i := from; i < to; {
		size, wide := glyph(b[i:to])
		left -= wide
		whole = whole && left >= 0
		if whole || b[i] == escape {
			at += copy(b[at:], b[i:i+size])
		}
		i += size
		if !whole && i-at >= len(mark) { // what is left out has more bytes than the sign
			at += copy(b[at:], mark)
			mark = ""
		}
	}
	return append(b[:at], b[to:]...)
}

// Cells returns how many columns of a terminal a text takes, which is escaped but for the
// sequences of Colours.
func Cells(b []byte) (n int) {
	for i := 0; i < len(b); {
		if c := b[i]; ' ' <= c && c < utf8.RuneSelf {
			n++
			i++
			continue
		}
		size, wide := glyph(b[i:])
		n += wide
		i += size
	}
	return n
}

// glyph returns the bytes and columns of the first character of a text that is escaped, so
// that its only control sequences are those of Colours.
func glyph(b []byte) (size, columns int) {
	if b[0] == escape {
		if end := bytes.IndexByte(b, 'm'); end > 0 {
			return end + 1, 0
		}
	}
	r, size := utf8.DecodeRune(b)
	switch {
	case r < 0x300:
		return size, 1
	case unicode.In(r, unicode.Mn, unicode.Me):
		return size, 0
	}
	switch width.LookupRune(r).Kind() {
	case width.EastAsianWide, width.EastAsianFullwidth:
		return size, 2
	}
	return size, 1
}

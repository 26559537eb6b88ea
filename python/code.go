package python

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"sonde/sysdeps"
)

// codeObject is what a PyCodeObject tells.
type codeObject struct {
	function, file string
	// hidden code is the interpreter's own: it is named like its file.
	hidden       bool
	firstLine    int
	table        []byte // of lines
	instructions uint64 // their address
	size         uint64 // in bytes
}

// Bounds of one code object.
const (
	maxText     = 4096
	maxTable    = 1 << 20
	maxCode     = 1 << 24
	maxFileLine = 1 << 30
)

// code returns the code object at an address.
func (w *walk) code(at sysdeps.Addr) (*codeObject, error) {
	if c := w.codes[at]; c != nil {
		return c, nil
	}
	l := w.layout
	if err := w.is(at, w.codeType, "code"); err != nil {
		return nil, err
	}
	filename, name := w.addr(at+sysdeps.Addr(l.filename)), w.addr(at+sysdeps.Addr(l.name))
	c := &codeObject{
		hidden:       filename == name,
		firstLine:    int(int32(w.word(at + sysdeps.Addr(l.firstLine)))),
		instructions: uint64(at) + l.instructions,
		size:         instrSize * w.word(at+varSize),
	}
	if c.size == 0 || c.size > maxCode {
		return nil, fmt.Errorf("code of %d bytes", c.size)
	}
	var err error
	if c.function, err = w.text(w.addr(at + sysdeps.Addr(l.qualname))); err != nil {
		return nil, err
	}
	if c.file, err = w.text(filename); err != nil {
		return nil, err
	}
	table := w.addr(at + sysdeps.Addr(l.lineTable))
	if err := w.is(table, w.byteType, "bytes"); err != nil {
		return nil, err
	}
	n := w.word(table + varSize)
	if n > maxTable {
		return nil, fmt.Errorf("a table of lines of %d bytes", n)
	}
	if c.table = w.bytes(table+bytesText, n); w.err == nil {
		w.codes[at] = c
	}
	return c, nil
}

// is tells what is wrong with an object that should be of a type.
func (w *walk) is(at, kind sysdeps.Addr, what string) error {
	if at == 0 || at%8 != 0 || w.addr(at+objectType) != kind {
		return fmt.Errorf("%v is not of type %s", at, what)
	}
	return nil
}

// The bits of a str's state (struct PyASCIIObject).
const (
	stateKind    = 2 // shift
	stateCompact = 1 << 5
	stateASCII   = 1 << 6
)

// text returns a str. Those in code objects are all compact.
func (w *walk) text(at sysdeps.Addr) (string, error) {
	if err := w.is(at, w.strType, "str"); err != nil {
		return "", err
	}
	state, n := w.word(at+strState), w.word(at+strLength)
	size := state >> stateKind & 7 // of a character, in bytes
	if state&stateCompact == 0 || size != 1 && size != 2 && size != 4 {
		return "", fmt.Errorf("the text at %v has a form that is not known", at)
	}
	n = min(n, maxText)
	if state&stateASCII != 0 {
		return string(w.bytes(at+sysdeps.Addr(w.layout.ascii), n)), nil
	}
	p := w.bytes(at+sysdeps.Addr(w.layout.compact), n*size)
	out := make([]byte, 0, len(p))
	for ; len(p) >= int(size); p = p[size:] {
		var r rune
		switch size {
		case 1:
			r = rune(p[0])
		case 2:
			r = rune(binary.LittleEndian.Uint16(p))
		default:
			r = rune(binary.LittleEndian.Uint32(p))
		}
		out = utf8.AppendRune(out, r)
	}
	return string(out), nil
}

// errNoLine is the error of a table that does not go as far as the code.
var errNoLine = errors.New("its table of lines makes no sense")

// line returns the line of the instruction at an address; 0 where there is none. A
// frame that has not begun has the address before the first one.
func (c *codeObject) line(instr uint64) (int, error) {
	if instr+instrSize == c.instructions {
		return max(c.firstLine, 0), nil
	}
	off := instr - c.instructions
	if instr < c.instructions || off >= c.size {
		return 0, fmt.Errorf("%#x is not in its code", instr)
	}
	return lineAt(c.table, c.firstLine, off)
}

// Codes of a table of lines (Objects/locations.md in CPython).
const (
	locationOneLine0  = 10
	locationOneLine2  = 12
	locationNoColumns = 13
	locationLong      = 14
	locationNone      = 15
)

// lineAt returns the line of the instruction off bytes into the code.
func lineAt(table []byte, line int, off uint64) (int, error) {
	at := uint64(0)
	for len(table) > 0 {
		head := table[0]
		table = table[1:]
		if head&0x80 == 0 {
			return 0, errNoLine
		}
		code := int(head >> 3 & 15)
		delta := 0
		switch {
		case code == locationLong || code == locationNoColumns:
			v, n := varint(table)
			if n == 0 {
				return 0, errNoLine
			}
			if delta = int(v >> 1); v&1 != 0 {
				delta = -delta
			}
		case code >= locationOneLine0 && code <= locationOneLine2:
			delta = code - locationOneLine0
		}
		if line += delta; line < -maxFileLine || line > maxFileLine {
			return 0, errNoLine
		}
		if at += instrSize * uint64(head&7+1); off < at {
			if code == locationNone {
				return 0, nil
			}
			return max(line, 0), nil
		}
		for len(table) > 0 && table[0]&0x80 == 0 { // columns: the next entry has the highest bit
			table = table[1:]
		}
	}
	return 0, errNoLine
}

// varint reads a number in pieces of six bits, the lowest first, and returns the
// number of bytes; 0 where it is cut off or too large.
func varint(p []byte) (v uint64, n int) {
	const most = 6
	for n < len(p) && n < most {
		b := p[n]
		v |= uint64(b&0x3f) << (6 * n)
		n++
		if b&0x40 == 0 {
			return v, n
		}
	}
	return 0, 0
}

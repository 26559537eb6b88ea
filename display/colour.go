package display

import (
	"fmt"
	"slices"
	"strings"
)

// piece is a part of a line that may have a colour.
type piece uint8

const (
	pieceName   piece = iota // of the function
	pieceLib                 // the module that calls, and the one that the function is in
	pieceArg                 // the arguments
	pieceRet                 // what a call returned
	pieceErrno               // the same of one that failed, with the error
	pieceSignal              // the lines of signals
	piecePID                 // the thread
	pieceTime                // of -r, -t and -T
	pieceEvent               // all that is no call: ends, execs, <unfinished ...>
	pieces
)

// pieceNames are the words of SONDE_COLORS.
var pieceNames = [pieces]string{"name", "lib", "arg", "ret", "errno", "signal", "pid", "time", "event"}

// Colours says how the pieces of lines are set off. Of a line with colours, the text is
// what it would be without. Nil has none.
type Colours struct {
	sgr [pieces]string // the sequence that begins a piece; "": as it is
}

// defaultColours can be read on light and dark grounds alike: no white, black or yellow.
const defaultColours = "name=1:lib=36:ret=32:errno=1;31:signal=1;35:pid=34:event=1;34"

// reset ends what any of the sequences has begun.
const reset = "\x1b[m"

const maxAttributes = 8

// ParseColours reads "PIECE=SGR:PIECE=SGR...", the SGR being numbers with semicolons
// between them (ECMA-48, 8.3.117): 1 (bold), 4 (underlined), 30 to 37 (the colours); none,
// or 0, for no colour. What is not named has the default. The error tells of the first
// piece that is not understood, and the others hold all the same.
func ParseColours(s string) (*Colours, error) {
	c := &Colours{}
	if err := c.set(defaultColours); err != nil {
		return nil, err
	}
	return c, c.set(s)
}

func (c *Colours) set(s string) (err error) {
	for part := range strings.SplitSeq(s, ":") {
		if part == "" {
			continue
		}
		name, attributes, ok := strings.Cut(part, "=")
		i := slices.Index(pieceNames[:], name)
		switch {
		case ok && i >= 0 && validAttributes(attributes):
			c.sgr[i] = sequence(attributes)
		case err != nil: // one is enough
		case !ok || i < 0:
			err = fmt.Errorf("%q: no piece of a line (there are %s)", name, strings.Join(pieceNames[:], ", "))
		default:
			err = fmt.Errorf("%s: %q is not made of 1 (bold), 4 (underlined) and 30 to 37 (colours)", name, attributes)
		}
	}
	return err
}

// validAttributes refuses what could do more to a terminal than colour a text.
func validAttributes(s string) bool {
	if s == "" {
		return true
	}
	numbers := strings.Split(s, ";")
	for _, n := range numbers {
		colour := len(n) == 2 && n[0] == '3' && '0' <= n[1] && n[1] <= '7'
		if n != "0" && n != "1" && n != "4" && !colour {
			return false
		}
	}
	return len(numbers) <= maxAttributes
}

func sequence(attributes string) string {
	if strings.Trim(attributes, "0;") == "" {
		return ""
	}
	return "\x1b[" + attributes + "m"
}

// on begins a piece, and off ends it.
func (c *Colours) on(b []byte, p piece) []byte {
	if c == nil {
		return b
	}
	return append(b, c.sgr[p]...)
}

func (c *Colours) off(b []byte, p piece) []byte {
	if c == nil || c.sgr[p] == "" {
		return b
	}
	return append(b, reset...)
}

// word appends a piece that is known beforehand.
func (c *Colours) word(b []byte, p piece, s string) []byte {
	return c.off(append(c.on(b, p), s...), p)
}

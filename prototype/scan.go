package prototype

import "strings"

// What a declaration declares.
type declares uint8

const (
	aFunction declares = iota
	aType
	anImport
	nothing // it cannot be read: parsing it tells why
)

// declaration is one item of a file. Which ones there are is found in one pass
// that does not look closely; a declaration is parsed when it is asked for.
type declaration struct {
	what       declares
	state      progress
	line       int32 // in the file, from 1
	start, end int32 // in the file's text
	older      int32 // the one before it of the same name, or -1
	name       string
	version    string // of a function
	prototype  *Prototype
	typ        *Type
}

// progress is how far a declaration has been parsed.
type progress uint8

const (
	unparsed progress = iota
	parsing
	parsed
	broken
)

// maxFile caps a file of declarations, in bytes. The largest shipped one has
// less than a tenth of it.
const maxFile = 16 << 20

// Bytes by what they can be part of.
const (
	isSpace = 1 << iota
	isWord  // of a word
	isStart // of a word, the first
	isDigit
)

var class = func() (c [256]uint8) {
	for b := range c {
		switch {
		case b == ' ', b == '\t', b == '\r', b == '\f', b == '\v':
			c[b] = isSpace
		case 'a' <= b|0x20 && b|0x20 <= 'z', b == '_':
			c[b] = isWord | isStart
		case '0' <= b && b <= '9':
			c[b] = isWord | isDigit
		}
	}
	return c
}()

func blank(b byte) bool { return class[b]&isSpace != 0 }

// scanner finds where the declarations of a text begin and end.
type scanner struct {
	text   string
	pos    int
	line   int32
	rescan int // bytes that may still be looked at twice
}

// next finds the next declaration; it returns false at the end. One d serves for all
// of them.
func (s *scanner) next(d *declaration) bool {
	for s.pos < len(s.text) {
		if !s.skipBlankLine() {
			*d = declaration{start: int32(s.pos), line: s.line}
			s.item(d)
			return true
		}
	}
	return false
}

// skipBlankLine passes over an empty line or one that is a comment, or over the
// blanks that a line begins with.
func (s *scanner) skipBlankLine() bool {
	i := s.pos
	for i < len(s.text) && blank(s.text[i]) {
		i++
	}
	switch {
	case i == len(s.text):
		s.pos = i
	case s.text[i] == '\n':
		s.pos = i + 1
		s.line++
	case comment(s.text[i]):
		s.pos = lineEnd(s.text, i)
	default:
		s.pos = i
		return false
	}
	return true
}

// comment tells whether a line that begins with b is one.
func comment(b byte) bool { return b == ';' || b == '#' }

// lineEnd returns where the line that i is in ends: at its newline, or at the
// end of the text.
func lineEnd(text string, i int) int {
	if n := strings.IndexByte(text[i:], '\n'); n >= 0 {
		return i + n
	}
	return len(text)
}

// item finds out what the declaration at s.pos declares, and where it ends.
func (s *scanner) item(d *declaration) {
	w := walk{text: s.text, d: d, line: s.line, last: -1}
	w.naming = s.heading(d)
	i := s.pos
	for i < len(s.text) && !w.done {
		i = w.step(i)
	}
	// A parenthesis that is never closed must not cost the declarations behind it.
	if !w.done && w.depth > 0 && w.line > s.line {
		if s.rescan -= i - s.pos; s.rescan >= 0 {
			i, w.line = lineEnd(s.text, s.pos), s.line
		}
	}
	d.end = int32(i)
	s.pos, s.line = i, w.line
}

// heading reads the name behind typedef and import. It returns whether there is a
// function instead, whose name is further on.
func (s *scanner) heading(d *declaration) (function bool) {
	d.what = nothing
	end := wordEnd(s.text, s.pos)
	next := skipBlanks(s.text, end)
	quote, behind := quoted(s.text, next)
	switch s.text[s.pos:end] {
	case "typedef":
		to := wordEnd(s.text, next)
		switch {
		case to > next && followed(s.text, to, '='):
			d.what, d.name = aType, s.text[next:to]
		case behind > 0 && followed(s.text, behind, '='):
			d.what, d.name = aType, quote
		}
		return false
	case "import":
		if next < len(s.text) && s.text[next] == '"' {
			if behind > 0 {
				d.what, d.name = anImport, quote
			}
			return false
		}
	}
	return true
}

// walk goes through a declaration, token by token, as far as its end and a
// function's name make it necessary.
type walk struct {
	text   string
	d      *declaration
	line   int32
	naming bool // the name of the function has not been seen
	depth  int  // of parentheses and brackets
	tokens int  // outside of them
	last   int  // where the last of these begins, if it may be the name; else -1
	done   bool
}

// step passes over what is at i, and returns where that ends.
func (w *walk) step(i int) int {
	switch c := w.text[i]; {
	case class[c]&isWord != 0:
		end := wordEnd(w.text, i)
		w.word(i, end)
		return end
	case c == '(', c == '[':
		w.open(i, c)
	case c == ')', c == ']':
		w.depth = max(w.depth-1, 0)
	case c == '"':
		if _, end := quoted(w.text, i); end > 0 {
			w.token(i)
			return end
		}
	case c == '\'':
		return charEnd(w.text, i)
	case c == '#': // the rest of the line is a comment
		return lineEnd(w.text, i)
	case c == '\\' && newlineAt(w.text, i+1) > 0:
		w.line++
		return newlineAt(w.text, i+1)
	case c == ';' && w.depth == 0:
		w.done = true
		return lineEnd(w.text, i)
	case c == '\n':
		return w.newline(i)
	case !blank(c) && c != '@' && c != '.': // these may be in or behind a name
		w.token(-1)
	}
	return i + 1
}

// token counts one, if it is outside of parentheses. The last one may be the name.
func (w *walk) token(at int) {
	if w.naming && w.depth == 0 {
		w.last = at
		w.tokens++
	}
}

func (w *walk) word(i, end int) {
	inName := w.last >= 0 && (w.text[i-1] == '@' || w.text[i-1] == '.')
	if !inName && (w.tokens > 0 || w.text[i:end] != "function") {
		w.token(i)
	}
}

// open begins what stands in parentheses: a function's parameters, if there is a name
// before it, and something before that.
func (w *walk) open(i int, c byte) {
	if w.naming && w.depth == 0 && c == '(' && w.last >= 0 && w.tokens > 1 {
		if name, version, ok := functionName(w.text[w.last:i]); ok {
			w.d.what, w.d.name, w.d.version = aFunction, name, version
			w.naming = false
		}
	}
	w.token(-1)
	w.depth++
}

// newline ends the declaration, or goes on with the next line.
func (w *walk) newline(i int) int {
	if w.depth == 0 || likeItem(w.text[i+1:]) {
		w.done = true
		return i
	}
	w.line++
	if j := skipBlanks(w.text, i+1); j < len(w.text) && comment(w.text[j]) {
		return lineEnd(w.text, j)
	}
	return i + 1
}

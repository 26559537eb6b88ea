package prototype

import (
	"strings"
)

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

// next returns the next declaration, without what it declares; ok is false at
// the end.
func (s *scanner) next() (d declaration, ok bool) {
	for s.pos < len(s.text) {
		if !s.skipBlankLine() {
			d.start, d.line = int32(s.pos), s.line
			s.item(&d)
			return d, true
		}
	}
	return d, false
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

// item finds the end of the declaration at s.pos, and the name in it: a
// function's is the first word with a parenthesis behind it that something
// stands before.
func (s *scanner) item(d *declaration) {
	first := s.word(s.pos)
	var expect declares // what the first word says, where it says it
	switch s.text[s.pos:first] {
	case "typedef":
		expect = aType
	case "import":
		if i := skipBlanks(s.text, first); i < len(s.text) && s.text[i] == '"' {
			expect = anImport
		}
	}
	d.what = nothing
	if expect == aType {
		from := skipBlanks(s.text, first)
		if to := s.word(from); to > from && followed(s.text, to, '=') {
			d.what, d.name = aType, s.text[from:to]
		} else if name, to := quoted(s.text, from); to > from && followed(s.text, to, '=') {
			d.what, d.name = aType, name
		}
	}
	if expect == anImport {
		if name, end := quoted(s.text, skipBlanks(s.text, first)); end > 0 {
			d.what, d.name = anImport, name
		}
	}

	depth, last, tokens := 0, -1, 0 // last: where the last word at depth 0 began
	begin := s.pos
	line := s.line
	i := begin
loop:
	for i < len(s.text) {
		switch c := s.text[i]; {
		case class[c]&isWord != 0:
			end := s.word(i)
			if depth == 0 && d.what == nothing && (i == begin || s.text[i-1] != '@' && s.text[i-1] != '.') {
				if tokens != 0 || s.text[i:end] != "function" {
					last, tokens = i, tokens+1
				}
			}
			i = end
			continue
		case c == '(', c == '[':
			if depth == 0 && c == '(' && d.what == nothing && expect == aFunction && last >= 0 && tokens > 1 {
				if name, version, ok := functionName(s.text[last:i]); ok {
					d.what, d.name, d.version = aFunction, name, version
				}
			}
			depth++
			tokens++
			last = -1
		case c == ')', c == ']':
			depth--
			if depth < 0 { // parsing tells
				depth = 0
			}
		case c == '"':
			if _, end := quoted(s.text, i); end > 0 {
				if depth == 0 {
					last, tokens = i, tokens+1
				}
				i = end
				continue
			}
		case c == '\'':
			i = charEnd(s.text, i)
			continue
		case c == '#': // the rest of the line is a comment
			i = lineEnd(s.text, i)
			continue
		case c == '\\' && newlineAt(s.text, i+1) > 0:
			i = newlineAt(s.text, i+1)
			line++
			continue
		case c == ';' && depth == 0:
			i = lineEnd(s.text, i)
			break loop
		case c == '\n':
			if depth == 0 || i+1 < len(s.text) && likeItem(s.text[i+1:]) {
				break loop
			}
			line++
			if j := skipBlanks(s.text, i+1); j < len(s.text) && comment(s.text[j]) {
				i = lineEnd(s.text, j)
				continue
			}
		case c == '*' && depth == 0:
			last, tokens = -1, tokens+1
		case !blank(c) && c != '@' && c != '.' && c != ':':
			last = -1
		}
		i++
	}
	// A parenthesis that is never closed must not cost the declarations behind it.
	if i == len(s.text) && depth > 0 && line > s.line {
		if s.rescan -= i - begin; s.rescan < 0 {
			s.line = line
		} else {
			i, line = lineEnd(s.text, begin), s.line
		}
	}
	d.end = int32(i)
	s.pos, s.line = i, line
}

// word returns where the word at i ends; i, if there is none. A word may hold
// "::" between others, as names in C++ do.
func (s *scanner) word(i int) int { return wordEnd(s.text, i) }

func wordEnd(text string, i int) int {
	for i < len(text) {
		switch c := text[i]; {
		case class[c]&isWord != 0:
			i++
		case c == ':' && i+2 < len(text) && text[i+1] == ':' && class[text[i+2]]&isStart != 0:
			i += 2
		default:
			return i
		}
	}
	return i
}

func skipBlanks(text string, i int) int {
	for i < len(text) && blank(text[i]) {
		i++
	}
	return i
}

func followed(text string, i int, by byte) bool {
	i = skipBlanks(text, i)
	return i < len(text) && text[i] == by
}

// newlineAt returns where the next line begins if only blanks are before it,
// else 0.
func newlineAt(text string, i int) int {
	if i = skipBlanks(text, i); i < len(text) && text[i] == '\n' {
		return i + 1
	}
	return 0
}

// quoted reads the string that begins at i and ends on the same line; in it a
// backslash takes the meaning from what follows. end is 0 if there is none.
func quoted(text string, i int) (s string, end int) {
	if i >= len(text) || text[i] != '"' {
		return "", 0
	}
	plain := true
	for j := i + 1; j < len(text) && text[j] != '\n'; j++ {
		switch text[j] {
		case '"':
			s = text[i+1 : j]
			if !plain {
				s = unquote(s)
			}
			return s, j + 1
		case '\\':
			plain = false
			if j++; j < len(text) && text[j] == '\n' {
				return "", 0
			}
		}
	}
	return "", 0
}

func unquote(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] == '\\' {
			i++
		}
		b.WriteByte(s[i])
	}
	return b.String()
}

// charEnd returns what is behind the character constant at i, or behind its
// first quote if it is none.
func charEnd(text string, i int) int {
	for j := i + 1; j < len(text) && j < i+8 && text[j] != '\n'; j++ {
		switch text[j] {
		case '\\':
			j++
		case '\'':
			return j + 1
		}
	}
	return i + 1
}

// functionName takes NAME or NAME@VERSION apart, which blanks may follow.
func functionName(s string) (name, version string, ok bool) {
	if strings.HasPrefix(s, `"`) {
		name, end := quoted(s, 0)
		if end == 0 {
			return "", "", false
		}
		version, ok = versionName(s[end:])
		return name, version, ok
	}
	end := wordEnd(s, 0)
	if end == 0 || class[s[0]]&isStart == 0 {
		return "", "", false
	}
	version, ok = versionName(s[end:])
	return s[:end], version, ok
}

// versionName reads what follows a function's name: nothing, or @VERSION.
func versionName(s string) (version string, ok bool) {
	s = strings.TrimSpace(s)
	if s == "" {
		return "", true
	}
	if s[0] != '@' || versionEnd(s, 1) != len(s) {
		return "", false
	}
	return s[1:], true
}

func versionEnd(text string, i int) int {
	for i < len(text) && (class[text[i]]&isWord != 0 || text[i] == '.') {
		i++
	}
	return i
}

// likeItem tells whether a line begins as declarations do and nothing else that
// parentheses enclose: with typedef or import, or with a type and NAME(.
func likeItem(line string) bool {
	end := wordEnd(line, 0)
	if end == 0 || class[line[0]]&isStart == 0 {
		return false
	}
	i := skipBlanks(line, end)
	switch line[:end] {
	case "typedef":
		name := wordEnd(line, i)
		return name > i && followed(line, name, '=')
	case "import":
		return i < len(line) && line[i] == '"'
	}
	for i < len(line) && (line[i] == '*' || blank(line[i])) {
		i++
	}
	name := wordEnd(line, i)
	return i > end && name > i && followed(line, name, '(')
}

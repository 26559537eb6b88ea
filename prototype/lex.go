package prototype

import (
	"strconv"
	"unicode/utf8"
)

// token is a word, number or sign of a declaration.
type token struct {
	kind tokenKind
	text string // as it is written; of a Quoted one what is between the quotes
	num  uint64 // of a number or character constant
	pos  int    // in the file's text
}

type tokenKind uint8

const (
	tokEnd tokenKind = iota // of the declaration
	tokWord
	tokNumber
	tokQuoted
	tokSign
	tokBad // what cannot be read; text says why
)

// is tells whether a token is the sign or word s.
func (t *token) is(s string) bool {
	return (t.kind == tokSign || t.kind == tokWord) && t.text == s
}

// describe is a token as messages show it.
func (t *token) describe() string {
	switch t.kind {
	case tokEnd:
		return "the end"
	case tokBad:
		return t.text
	case tokQuoted:
		return strconv.Quote(t.text)
	}
	return "'" + t.text + "'"
}

// lexer takes a declaration apart.
type lexer struct {
	text     string // the whole file
	pos, end int    // what is left of the declaration
}

// space passes over what separates tokens: blanks, newlines, comments.
func (l *lexer) space() {
	start := false // of a line
	for l.pos < l.end {
		switch c := l.text[l.pos]; {
		case c == '\n':
			start = true
			l.pos++
		case blank(c):
			l.pos++
		case c == '#', c == ';' && start:
			l.pos = min(lineEnd(l.text, l.pos), l.end)
		case c == '\\' && newlineAt(l.text[:l.end], l.pos+1) > 0:
			l.pos = newlineAt(l.text, l.pos+1)
		default:
			return
		}
	}
}

// ahead returns the byte that the next token begins with, 0 at the end.
func (l *lexer) ahead() byte {
	l.space()
	if l.pos < l.end {
		return l.text[l.pos]
	}
	return 0
}

var signs = [...]string{"...", "<<", ">>", "==", "!=", "<=", ">="}

func (l *lexer) next() token {
	behind := l.pos // the last token: where the end is, whatever comments follow
	l.space()
	pos := l.pos
	if pos >= l.end {
		return token{pos: behind}
	}
	t := token{pos: pos}
	text := l.text[:l.end]
	switch c := text[pos]; {
	case class[c]&isStart != 0:
		t.kind, l.pos = tokWord, wordEnd(text, pos)
	case class[c]&isDigit != 0:
		t.kind, l.pos = tokNumber, wordEnd(text, pos)
		var err error
		if t.num, err = number(text[pos:l.pos]); err != nil {
			return token{kind: tokBad, text: "the number '" + shorten(text[pos:l.pos]) + "' that " + err.Error(), pos: pos}
		}
	case c == '"':
		s, end := quoted(text, pos)
		if end == 0 {
			return token{kind: tokBad, text: "a quote that nothing closes", pos: pos}
		}
		l.pos = end
		return token{kind: tokQuoted, text: s, pos: pos}
	case c == '\'':
		value, end, ok := character(text, pos)
		if !ok {
			return token{kind: tokBad, text: "a quote that is no character constant", pos: pos}
		}
		t.kind, t.num, l.pos = tokNumber, value, end
	default:
		t.kind, l.pos = tokSign, pos+1
		for _, s := range signs {
			if len(s) <= len(text)-pos && text[pos:pos+len(s)] == s {
				l.pos = pos + len(s)
				break
			}
		}
		if c >= utf8.RuneSelf || c < ' ' {
			r, n := utf8.DecodeRuneInString(text[pos:])
			l.pos = pos + n
			return token{kind: tokBad, text: "the character " + strconv.QuoteRune(r), pos: pos}
		}
	}
	t.text = text[pos:l.pos]
	return t
}

// number reads an integer as C writes it.
func number(s string) (uint64, error) {
	digits := s
	for len(digits) > 1 && (digits[len(digits)-1]|0x20 == 'u' || digits[len(digits)-1]|0x20 == 'l') {
		digits = digits[:len(digits)-1]
	}
	base, of := 10, digits
	switch {
	case len(digits) > 2 && digits[0] == '0' && digits[1]|0x20 == 'x':
		base, of = 16, digits[2:]
	case len(digits) > 1 && digits[0] == '0':
		base, of = 8, digits[1:]
	}
	n, err := strconv.ParseUint(of, base, 64)
	switch {
	case err == nil:
		return n, nil
	case err.(*strconv.NumError).Err == strconv.ErrRange:
		return 0, errTooLarge
	}
	return 0, errNoNumber
}

type numberError string

func (e numberError) Error() string { return string(e) }

const (
	errTooLarge numberError = "does not fit into 64 bits"
	errNoNumber numberError = "is none"
)

// character reads a constant like 'a' or '\n'.
func character(text string, pos int) (value uint64, end int, ok bool) {
	end = charEnd(text, pos)
	if end < pos+3 {
		return 0, 0, false
	}
	s := text[pos+1 : end-1]
	if s == `\0` {
		return 0, end, true
	}
	r, _, rest, err := strconv.UnquoteChar(s, '\'')
	if err != nil || rest != "" {
		return 0, 0, false
	}
	return uint64(r), end, true
}

// shorten cuts what is too long for a message.
func shorten(s string) string {
	const most = 40
	if len(s) <= most {
		return s
	}
	return s[:most] + "..."
}

package filter

import (
	"errors"
	"fmt"
	"regexp"
	"regexp/syntax"
	"strconv"
	"strings"
	"unicode/utf8"
)

// regexpPattern compiles a POSIX regular expression, as regcomp(3) of the GNU C
// library reads it, basic or extended. Go's engine takes linear time on
// whatever is matched. Of an error it returns the offset in src.
func regexpPattern(src string, extended bool) (p pattern, off int, msg string) {
	t := translator{src: src, extended: extended, atom: -1, first: true}
	for t.off < len(src) && t.msg == "" {
		t.from = t.off
		t.token()
	}
	if t.msg == "" && len(t.open) > 0 {
		t.from = t.open[len(t.open)-1].from
		t.fail(`'(' without ')'`)
	}
	if t.msg != "" {
		return p, t.from, t.msg
	}
	re, err := regexp.Compile(`(?s)\A(?:` + string(t.out) + `)\z`)
	if err != nil {
		var se *syntax.Error
		if errors.As(err, &se) {
			return p, 0, se.Code.String() // a repetition too large, say
		}
		return p, 0, err.Error()
	}
	// An anchor in front would hide the prefix.
	prefix, _ := regexp.MustCompile(`(?s)` + string(t.out)).LiteralPrefix()
	return pattern{re: re, head: head(prefix)}, 0, ""
}

// translator writes a POSIX regular expression anew in Go's syntax.
type translator struct {
	src      string
	extended bool
	off      int // in src, of what is read next
	from     int // of the token that is being read
	out      []byte

	atom     int     // where in out begins what a '*' would repeat, or -1
	repeated bool    // it is a repetition already
	open     []group // those that are not closed yet
	first    bool    // nothing has come yet in this alternative
	msg      string
}

// group is where a group begins.
type group struct{ from, out int }

func (t *translator) fail(format string, args ...any) {
	if t.msg == "" {
		t.msg = fmt.Sprintf(format, args...)
	}
}

// token reads one token: an operator, an anchor or a character. Operators are
// without a backslash in an extended expression and with one in a basic one,
// where \| \+ \? are GNU's addition.
func (t *translator) token() {
	c := t.src[t.off]
	escaped := c == '\\'
	if escaped {
		if t.off++; t.off == len(t.src) {
			t.fail(`a backslash at the end`)
			return
		}
		c = t.src[t.off]
	}
	if strings.IndexByte("(){|+?", c) >= 0 && escaped != t.extended {
		t.off++
		t.operator(c)
		return
	}
	if escaped {
		t.escape(c)
		return
	}
	switch c {
	case '*':
		t.off++
		t.repeat("*")
	case '.':
		t.off++
		t.emit(".")
	case '[':
		t.brackets()
	case '^':
		t.anchor(t.extended || t.first, `\A`)
	case '$':
		rest := t.src[t.off+1:]
		t.anchor(t.extended || rest == "" || strings.HasPrefix(rest, `\)`) || strings.HasPrefix(rest, `\|`), `\z`)
	default:
		t.literal()
	}
}

// operator takes in ( ) | + ? or {, in whichever spelling.
func (t *translator) operator(c byte) {
	switch c {
	case '(':
		t.open = append(t.open, group{t.from, len(t.out)})
		t.out = append(t.out, "(?:"...)
		t.atom, t.first = -1, true
	case ')':
		if len(t.open) == 0 {
			t.fail(`')' without '('`)
			return
		}
		t.out = append(t.out, ')')
		t.atom, t.repeated, t.first = t.open[len(t.open)-1].out, false, false
		t.open = t.open[:len(t.open)-1]
	case '|':
		t.out = append(t.out, '|')
		t.atom, t.first = -1, true
	case '{':
		t.interval()
	default:
		t.repeat(string(c))
	}
}

// emit writes an atom.
func (t *translator) emit(text string) {
	t.atom, t.repeated, t.first = len(t.out), false, false
	t.out = append(t.out, text...)
}

// literal takes in one character that stands for itself.
func (t *translator) literal() {
	r, n := utf8.DecodeRuneInString(t.src[t.off:])
	if r == utf8.RuneError && n == 1 {
		t.fail(`a byte that is no character of UTF-8`)
		return
	}
	t.off += n
	t.emit(regexp.QuoteMeta(string(r)))
}

// repeat makes op apply to the last atom. Go takes a** for an error and a*? for
// something else.
func (t *translator) repeat(op string) {
	switch {
	case t.atom < 0 && !t.extended:
		t.emit(regexp.QuoteMeta(op)) // as a '*' that comes first
		return
	case t.atom < 0:
		t.fail(`nothing stands before the '%s' that it could repeat`, op)
		return
	case t.repeated:
		atom := string(t.out[t.atom:])
		t.out = append(append(append(t.out[:t.atom], "(?:"...), atom...), ')')
	}
	t.out = append(t.out, op...)
	t.repeated = true
}

// interval reads {m}, {m,} or {m,n} from behind the brace.
func (t *translator) interval() {
	end := "}"
	if !t.extended {
		end = `\}`
	}
	text, _, ok := strings.Cut(t.src[t.off:], end)
	if !ok {
		t.fail(`'{' without '}'`)
		return
	}
	t.off += len(text) + len(end)
	lo, hi, comma := strings.Cut(text, ",")
	m, errLo := strconv.ParseUint(lo, 10, 15) // RE_DUP_MAX
	n, errHi := m, error(nil)
	if comma && hi != "" {
		n, errHi = strconv.ParseUint(hi, 10, 15)
	}
	switch {
	case errLo != nil || errHi != nil || n < m:
		t.fail(`{%s} is no number of repetitions`, text)
	case t.atom < 0:
		t.fail(`nothing stands before {%s} that it could repeat`, text)
	default:
		t.repeat("{" + text + "}")
	}
}

// anchor takes in a ^ or $, which stands for itself where it is no anchor.
func (t *translator) anchor(is bool, text string) {
	if !is {
		t.literal()
		return
	}
	t.off++
	t.out = append(t.out, text...)
	t.atom = -1
}

// escape takes in the character c behind a backslash: GNU's classes, or one
// that stands for itself.
func (t *translator) escape(c byte) {
	switch {
	case '1' <= c && c <= '9':
		t.fail(`\%c: what a group has matched cannot be asked for again`, c)
	case c == '<' || c == '>':
		t.fail(`\%c is not supported; \b matches at both ends of a word`, c)
	case c == 'w' || c == 'W':
		t.off++
		t.emit(`\` + string(c))
	case c == 's':
		t.off++
		t.emit(`[[:space:]]`)
	case c == 'S':
		t.off++
		t.emit(`[^[:space:]]`)
	case c == 'b' || c == 'B':
		t.anchor(true, `\`+string(c))
	case c == '`':
		t.anchor(true, `\A`)
	case c == '\'':
		t.anchor(true, `\z`)
	default:
		t.literal()
	}
}

// brackets reads [...].
func (t *translator) brackets() {
	set, n, msg := parseBrackets(t.src[t.off:], regexpBracketRules)
	if msg != "" {
		t.fail("%s", msg)
		return
	}
	t.off += n
	b := []byte("[")
	if set.not {
		b = append(b, '^')
	}
	for _, r := range set.ranges {
		b = fmt.Appendf(b, `\x{%x}-\x{%x}`, r[0], r[1])
	}
	for _, c := range set.classes {
		b = append(append(append(b, "[:"...), c.name...), ":]"...)
	}
	t.emit(string(append(b, ']')))
}

package trace

import (
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"
)

// Filter chooses among calls by the module that makes them and the function
// that they go to: the argument of -e, in ltrace's grammar.
//
//	arg   := ['!'] chain                  a leading '!' is a '-'
//	chain := [rule] { ('+'|'-') rule }    '+' adds what the rule matches, '-' takes it away
//	rule  := [sym] ['@' [lib]]            what is left out matches everything
//	sym   := glob
//	lib   := glob | "MAIN"                the calling module; MAIN is the main program, whatever its name
//
// A chain that begins with '+' begins with everything, one that begins with
// '-' or '!' with the default set, @MAIN. (ltrace begins with everything there
// too, so that its !puts shows the calls inside of libc.) An empty argument
// matches nothing. A backslash, or brackets, make an operator part of a name:
// @libstdc\+\+.so.6.
type Filter struct {
	chains []chain
}

// chain is one argument of -e. Its rules are walked in order, and the last one
// that matches decides.
type chain []rule

// rule is one link of a chain.
type rule struct {
	add  bool // '+' rather than '-'
	main bool // lib is MAIN
	sym  glob
	lib  glob // unused where main is set
}

// FilterError says what is wrong with a filter, and where.
type FilterError struct {
	Expr string // the argument of -e
	Off  int    // the byte in Expr at which the fault begins, from 0
	Msg  string
}

// Error returns the message with the position counted from 1.
func (e *FilterError) Error() string {
	return fmt.Sprintf("filter %q: at character %d: %s", e.Expr, e.Off+1, e.Msg)
}

// ParseFilter reads the arguments of -e. A call is traced if one of them
// matches it; with no arguments, if the main program makes it. The error is a
// *FilterError.
func ParseFilter(exprs []string) (*Filter, error) {
	if len(exprs) == 0 {
		return &Filter{chains: []chain{{mainRule()}}}, nil
	}
	f := &Filter{chains: make([]chain, 0, len(exprs))}
	for _, expr := range exprs {
		c, err := parseChain(expr)
		if err != nil {
			return nil, err
		}
		f.chains = append(f.chains, c)
	}
	return f, nil
}

// Match tells whether a call is traced that module makes to symbol. The module
// goes by its SONAME or else its base name; main says that it is the main
// program. The symbol comes without its version.
func (f *Filter) Match(module string, main bool, symbol string) bool {
	for _, c := range f.chains {
		if c.match(module, main, symbol) {
			return true
		}
	}
	return false
}

// MainOnly tells that nothing outside the main program can match, so that its
// libraries need not be read.
func (f *Filter) MainOnly() bool {
	for _, c := range f.chains {
		for _, r := range c {
			if r.add && !r.main {
				return false
			}
		}
	}
	return true
}

// Names returns the symbols that the filter asks for by their whole name, each
// once and in the order given, so that those can be told which nothing bears.
func (f *Filter) Names() []string {
	var names []string
	for _, c := range f.chains {
		for _, r := range c {
			name, ok := r.sym.literal()
			if r.add && ok && !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
	}
	return names
}

func (c chain) match(module string, main bool, symbol string) bool {
	for _, r := range slices.Backward(c) {
		if r.match(module, main, symbol) {
			return r.add
		}
	}
	return false
}

func (r *rule) match(module string, main bool, symbol string) bool {
	if r.main && !main {
		return false
	}
	return r.sym.match(symbol) && (r.main || r.lib.match(module))
}

func mainRule() rule { return rule{add: true, main: true, sym: globAll()} }

func everyRule() rule { return rule{add: true, sym: globAll(), lib: globAll()} }

// parseChain reads one argument.
func parseChain(expr string) (chain, error) {
	p := &filterParser{expr: expr}
	var c chain
	add := true
	switch {
	case expr == "":
		return nil, nil
	case expr[0] == '-' || expr[0] == '!':
		c, add, p.off = append(c, mainRule()), false, 1
	case expr[0] == '+':
		c, p.off = append(c, everyRule()), 1
		if len(expr) == 1 {
			return c, nil
		}
	}
	for {
		r, err := p.rule()
		if err != nil {
			return nil, err
		}
		r.add = add
		c = append(c, r)
		if p.off == len(expr) {
			return c, nil
		}
		add = expr[p.off] == '+'
		p.off++
		// ltrace takes no notice of an operator at the end. For '+' that
		// is harmless; a '-' there takes nothing away, and says it does.
		if add && p.off == len(expr) {
			return c, nil
		}
	}
}

// filterParser reads expr from off on.
type filterParser struct {
	expr string
	off  int
}

func (p *filterParser) fail(off int, format string, args ...any) error {
	return &FilterError{Expr: p.expr, Off: off, Msg: fmt.Sprintf(format, args...)}
}

// rule reads up to the next operator, or the end.
func (p *filterParser) rule() (rule, error) {
	start := p.off
	r := rule{lib: globAll()}
	sym, err := p.glob("+-@")
	if err != nil {
		return r, err
	}
	r.sym = sym
	switch {
	case p.off < len(p.expr) && p.expr[p.off] == '@':
		p.off++
		from := p.off
		if r.lib, err = p.glob("+-"); err != nil {
			return r, err
		}
		r.main = p.expr[from:p.off] == "MAIN"
	case p.off == start:
		// By the grammar an empty rule is everything, which is what
		// ltrace makes of @libstdc++.so.6 without a word.
		op := p.expr[start-1]
		return r, p.fail(start, `a name is missing after '%c' (an operator that is part of a name is written with a backslash: \%c)`, op, op)
	}
	return r, nil
}

// glob reads a pattern up to one of the bytes in stop, or the end. An empty
// one matches everything.
func (p *filterParser) glob(stop string) (glob, error) {
	start := p.off
	var g glob
	for p.off < len(p.expr) {
		c := p.expr[p.off]
		if strings.IndexByte(stop, c) >= 0 {
			break
		}
		if err := p.later(start, c); err != nil {
			return nil, err
		}
		tok, n, msg := parseGlobToken(p.expr[p.off:])
		if msg != "" {
			return nil, p.fail(p.off, "%s", msg)
		}
		// Stars in a row are one star, so that matching stays cheap.
		if len(g) == 0 || tok.kind != globStar || g[len(g)-1].kind != globStar {
			g = append(g, tok)
		}
		p.off += n
	}
	if p.off == start {
		return globAll(), nil
	}
	return g, nil
}

// later refuses the byte c of a pattern that begins at start if it belongs to
// a form of ltrace's that is not read yet.
func (p *filterParser) later(start int, c byte) error {
	switch {
	case c == '/' && p.off == start && (start == 0 || p.expr[start-1] != '@'):
		return p.fail(p.off, `regular expressions (/.../) are not supported yet`)
	case c == '/' && p.off == start:
		return p.fail(p.off, `regular expressions (/.../) and paths of libraries are not supported yet`)
	case c == '/':
		return p.fail(p.off, `paths ('/' in a name) are not supported yet`)
	case c == '^' && p.off == start:
		return p.fail(p.off, `the anchor '^' is not supported yet (a name is always matched whole)`)
	case c == '@':
		return p.fail(p.off, `a rule has one '@' only: NAME@LIBRARY, without a version`)
	case c == '"' || c == '\'':
		return p.fail(p.off, `quoted names are not supported yet`)
	}
	return nil
}

// glob is a compiled pattern, as fnmatch(3) reads it in the C locale: * ? [..]
// [!..] [^..] [[:class:]], and \ before a character that stands for itself.
// It matches names whole. A character is one of UTF-8, or a byte that is none.
type glob []globToken

type globToken struct {
	kind globKind
	byte byte    // of a globByte
	set  globSet // of a globBrackets
}

type globKind uint8

const (
	globByte     globKind = iota // this byte
	globAny                      // any one character
	globStar                     // any number of characters
	globBrackets                 // one character of the set
)

// globSet is what stands between brackets.
type globSet struct {
	not     bool
	ranges  [][2]rune // inclusive
	classes []func(byte) bool
}

func globAll() glob { return glob{{kind: globStar}} }

// literal returns the only name that the pattern matches, if it is one.
func (g glob) literal() (string, bool) {
	b := make([]byte, 0, len(g))
	for i := range g {
		if g[i].kind != globByte {
			return "", false
		}
		b = append(b, g[i].byte)
	}
	return string(b), true
}

// match takes time in the order of len(g)*len(s) at most: on a mismatch only
// the last star takes more, since an earlier one could gain nothing by it.
func (g glob) match(s string) bool {
	i, pos := 0, 0
	star, starPos := -1, 0
	for pos < len(s) {
		if i < len(g) {
			if g[i].kind == globStar {
				star, starPos = i, pos
				i++
				continue
			}
			if n := g[i].match(s[pos:]); n > 0 {
				i++
				pos += n
				continue
			}
		}
		if star < 0 {
			return false
		}
		_, n := utf8.DecodeRuneInString(s[starPos:])
		starPos += n
		i, pos = star+1, starPos
	}
	return i == len(g) || i == len(g)-1 && g[i].kind == globStar
}

// match returns the number of bytes at the start of s that the token takes, or
// 0 if it doesn't match there. s is not empty, and the token no star.
func (t *globToken) match(s string) int {
	if t.kind == globByte {
		if s[0] == t.byte {
			return 1
		}
		return 0
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n == 1 {
		r = -1 // no character: in no range and no class
	}
	if t.kind == globBrackets && !t.set.has(r) {
		return 0
	}
	return n
}

func (s *globSet) has(r rune) bool {
	for _, p := range s.ranges {
		if p[0] <= r && r <= p[1] {
			return !s.not
		}
	}
	for _, in := range s.classes {
		if r >= 0 && r < utf8.RuneSelf && in(byte(r)) {
			return !s.not
		}
	}
	return s.not
}

// parseGlobToken reads the token at the start of s, n bytes long; msg is empty
// unless it is ill-formed. s is not empty.
func parseGlobToken(s string) (tok globToken, n int, msg string) {
	switch s[0] {
	case '*':
		return globToken{kind: globStar}, 1, ""
	case '?':
		return globToken{kind: globAny}, 1, ""
	case '[':
		set, n, msg := parseGlobSet(s)
		return globToken{kind: globBrackets, set: set}, n, msg
	case '\\':
		if len(s) == 1 {
			return tok, 0, `a backslash at the end`
		}
		return globToken{byte: s[1]}, 2, ""
	}
	return globToken{byte: s[0]}, 1, ""
}

// parseGlobSet reads the brackets at the start of s (POSIX.1-2017, XBD 9.3.5,
// less equivalence classes and collating symbols, and with \ as in XCU 2.13.1).
func parseGlobSet(s string) (set globSet, n int, msg string) {
	n = 1
	if n < len(s) && (s[n] == '!' || s[n] == '^') {
		set.not = true
		n++
	}
	for first := true; n < len(s); first = false {
		// A ] that comes first stands for itself.
		if s[n] == ']' && !first {
			return set, n + 1, ""
		}
		if s[n] == '[' && n+1 < len(s) && strings.IndexByte(":.=", s[n+1]) >= 0 {
			in, size, msg := parseGlobClass(s[n:])
			if msg != "" {
				return set, 0, msg
			}
			set.classes = append(set.classes, in)
			n += size
			continue
		}
		lo, size := globSetRune(s[n:])
		n += size
		hi := lo
		// A - that comes first or last stands for itself.
		if n+1 < len(s) && s[n] == '-' && s[n+1] != ']' {
			hi, size = globSetRune(s[n+1:])
			n += 1 + size
		}
		if lo < 0 || hi < 0 {
			return set, 0, `[...] holds a byte that is no character of UTF-8`
		}
		if hi < lo {
			return set, 0, `a range in [...] that ends before it begins`
		}
		set.ranges = append(set.ranges, [2]rune{lo, hi})
	}
	return set, 0, `'[' without ']'`
}

// globSetRune reads one character, perhaps behind a backslash; it is -1 if it
// is none.
func globSetRune(s string) (r rune, size int) {
	escape := 0
	if s[0] == '\\' && len(s) > 1 {
		escape = 1
	}
	r, size = utf8.DecodeRuneInString(s[escape:])
	if r == utf8.RuneError && size == 1 {
		r = -1
	}
	return r, escape + size
}

// parseGlobClass reads [:class:] at the start of s.
func parseGlobClass(s string) (in func(byte) bool, n int, msg string) {
	if s[1] != ':' {
		return nil, 0, fmt.Sprintf(`[%c in [...] is not supported`, s[1])
	}
	name, _, ok := strings.Cut(s[2:], ":]")
	if !ok {
		return nil, 0, `'[:' without ':]'`
	}
	in, ok = globClasses[name]
	if !ok {
		return nil, 0, fmt.Sprintf(`no character class is called [:%s:]`, name)
	}
	return in, len("[:") + len(name) + len(":]"), ""
}

// globClasses are ctype(3)'s, in the C locale.
var globClasses = map[string]func(byte) bool{
	"alnum":  isAlnum,
	"alpha":  isAlpha,
	"blank":  func(c byte) bool { return c == ' ' || c == '\t' },
	"cntrl":  func(c byte) bool { return c < ' ' || c == 0x7f },
	"digit":  isDigit,
	"graph":  isGraph,
	"lower":  isLower,
	"print":  func(c byte) bool { return c == ' ' || isGraph(c) },
	"punct":  func(c byte) bool { return isGraph(c) && !isAlnum(c) },
	"space":  func(c byte) bool { return c == ' ' || '\t' <= c && c <= '\r' },
	"upper":  isUpper,
	"xdigit": func(c byte) bool { return isDigit(c) || 'a' <= c|0x20 && c|0x20 <= 'f' },
}

func isAlnum(c byte) bool { return isAlpha(c) || isDigit(c) }
func isAlpha(c byte) bool { return isLower(c) || isUpper(c) }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isGraph(c byte) bool { return ' ' < c && c < 0x7f }
func isLower(c byte) bool { return 'a' <= c && c <= 'z' }
func isUpper(c byte) bool { return 'A' <= c && c <= 'Z' }

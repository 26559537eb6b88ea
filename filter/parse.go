package filter

import (
	"fmt"
	"strconv"
	"strings"
)

// parseChain reads one argument.
func parseChain(kind Kind, expr string) (chain, error) {
	p := &filterParser{kind: kind, expr: expr}
	switch {
	case expr == "":
		return nil, nil
	case kind == Libraries:
		r := rule{add: true, sym: anything, version: anything}
		var err error
		r.lib, err = p.library()
		return chain{r}, err
	}
	var c chain
	add := true
	switch {
	case expr[0] == '-' || expr[0] == '!':
		c, add, p.off = append(c, mainRule()), false, 1
	case expr[0] == '+':
		c, p.off = append(c, everyRule()), 1
		if len(expr) == 1 {
			return c, nil
		}
	}
	for {
		r, err := p.rule(add)
		if err != nil {
			return nil, err
		}
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
	kind Kind
	expr string
	off  int
}

func (p *filterParser) fail(off int, format string, args ...any) error {
	return &Error{Expr: p.expr, Off: off, Msg: fmt.Sprintf(format, args...)}
}

// at tells whether s comes next.
func (p *filterParser) at(s string) bool { return strings.HasPrefix(p.expr[p.off:], s) }

// rule reads up to the next operator, or the end.
func (p *filterParser) rule(add bool) (r rule, err error) {
	start := p.off
	r = rule{add: add, sym: anything, version: anything, lib: library{pattern: anything}}
	var both bool
	if r.sym, both, err = p.symbol(&r.lib); err != nil {
		return r, err
	}
	named, name := false, p.expr[start:p.off]
	if p.at("@@") {
		p.off += 2
		from := p.off
		if r.version, err = p.pattern("+-@"); err != nil {
			return r, err
		}
		if named = true; p.off == from {
			return r, p.fail(from, "a version is missing after '@@'")
		}
	}
	lib := p.at("@")
	if lib {
		if both {
			return r, p.fail(p.off, "a second library, after that of /NAME@LIBRARY/")
		}
		p.off++
		if r.lib, err = p.library(); err != nil {
			return r, err
		}
	}
	if p.off == start {
		// By the grammar an empty rule is everything, which is what
		// ltrace makes of @libstdc++.so.6 without a word.
		op := p.expr[start-1]
		return r, p.fail(start, `a name is missing after '%c' (an operator that is part of a name is written with a backslash: \%c)`, op, op)
	}
	spot, err := p.spot(&r, start, name)
	switch {
	case err != nil:
		return r, err
	case spot == nil && r.sym.re == nil && strings.HasPrefix(name, "/") && !both:
		return r, p.fail(start, "'/' begins a regular expression, which ends in '/' or '/E'")
	case spot == nil:
		return r, nil
	}
	spot.Text = p.expr[start:p.off]
	switch {
	case p.kind != Entries:
		return r, p.fail(start, "a place in the code (%s) is for -x", name)
	case !add:
		return r, p.fail(start, "a place (%s) can only be added (a '-' that is part of a name is written with a backslash: \\-)", name)
	case named:
		return r, p.fail(start, "a place (%s) has no version", name)
	case !lib:
		r.lib = library{main: true}
	}
	r.spot = spot
	return r, nil
}

// spot reads the symbol of a rule as a place, if it is one.
func (p *filterParser) spot(r *rule, start int, name string) (*Spot, error) {
	text, ok := r.sym.literal()
	if !ok {
		return nil, nil
	}
	if digits, ok := strings.CutPrefix(text, "0x"); ok {
		n, err := strconv.ParseUint(digits, 16, 64)
		if err != nil {
			return nil, p.fail(start, "%s is no address of 64 bits", name)
		}
		return &Spot{Offset: n}, nil
	}
	// C++ and Rust have "::" in names, and no name that is a number.
	colon := strings.LastIndexByte(text, ':')
	if colon < 1 || text[colon-1] == ':' || strings.Trim(text[colon+1:], "0123456789") != "" || colon+1 == len(text) {
		return nil, nil
	}
	line, err := strconv.ParseUint(text[colon+1:], 10, 31)
	if err != nil || line == 0 {
		return nil, p.fail(start, "%s is no number of a line", text[colon+1:])
	}
	return &Spot{File: text[:colon], Line: int(line)}, nil
}

// symbol reads what stands before '@'. A regular expression with an '@' in it
// is two, of which the second goes to lib.
func (p *filterParser) symbol(lib *library) (sym pattern, both bool, err error) {
	re, ok := p.regexp("+-@")
	switch {
	case !ok:
		sym, err = p.glob("+-@")
		return sym, false, err
	case re.split < 0:
		sym, err = p.compile(re, re.from, re.to)
		return sym, false, err
	}
	if sym, err = p.compile(re, re.from, re.split); err == nil {
		lib.pattern, err = p.compile(re, re.split+1, re.to)
	}
	return sym, true, err
}

// pattern reads a pattern up to one of the bytes in stop, or the end.
func (p *filterParser) pattern(stop string) (pattern, error) {
	if re, ok := p.regexp(stop); ok {
		return p.compile(re, re.from, re.to)
	}
	return p.glob(stop)
}

// library reads what stands behind '@', or the whole argument of -l.
func (p *filterParser) library() (l library, err error) {
	stop := "+-"
	if p.kind == Libraries {
		stop = ""
	}
	from := p.off
	if re, ok := p.regexp(stop); ok {
		l.pattern, err = p.compile(re, re.from, re.to)
		return l, err
	}
	if l.pattern, err = p.glob(stop); err != nil {
		return l, err
	}
	text := strings.TrimPrefix(p.expr[from:p.off], "^")
	l.main = text == "MAIN"
	l.path = l.glob.has('/')
	switch {
	case l.path && l.glob[len(l.glob)-1].is('/'):
		return l, p.fail(p.off-1, "the path of a library does not end in '/', and a regular expression has no other '/' in it")
	case l.path && !l.glob[0].is('/') && l.glob[0].kind != globStar:
		return l, p.fail(from, "the path of a library begins with '/' (or '*')")
	}
	return l, nil
}

// regexpSpan is where in an argument the text of a regular expression stands.
type regexpSpan struct {
	from, to int
	split    int // where an '@' divides it, or -1
	extended bool
}

// regexp finds a regular expression that comes next, and goes behind it. What
// follows tells it from a path: nothing, or one of the bytes in stop.
func (p *filterParser) regexp(stop string) (re regexpSpan, ok bool) {
	if !p.at("/") {
		return re, false
	}
	re = regexpSpan{from: p.off + 1, split: -1}
	for i := re.from; i < len(p.expr); i++ {
		switch p.expr[i] {
		case '\\':
			i++
		case '[':
			if _, n, msg := parseBrackets(p.expr[i:], regexpBracketRules); msg == "" {
				i += n - 1
			}
		case '@':
			if re.split < 0 {
				re.split = i
			}
		case '/':
			end := i + 1
			if re.extended = strings.HasPrefix(p.expr[end:], "E"); re.extended {
				end++
			}
			if end < len(p.expr) && strings.IndexByte(stop, p.expr[end]) < 0 {
				return re, false
			}
			re.to, p.off = i, end
			return re, true
		}
	}
	return re, false
}

// compile compiles a part of a regular expression. Of one that an '@' divides,
// an empty part matches everything.
func (p *filterParser) compile(re regexpSpan, from, to int) (pattern, error) {
	if from == to && re.from != re.to {
		return anything, nil
	}
	if from == to {
		return anything, p.fail(from, "an empty regular expression")
	}
	pat, off, msg := regexpPattern(p.expr[from:to], re.extended)
	if msg != "" {
		return anything, p.fail(from+off, "%s", msg)
	}
	return pat, nil
}

// glob reads a glob up to one of the bytes in stop, or the end. An empty one
// matches everything.
func (p *filterParser) glob(stop string) (pattern, error) {
	start := p.off
	if p.at("^") {
		if p.off++; p.off == len(p.expr) || strings.IndexByte(stop, p.expr[p.off]) >= 0 {
			return anything, p.fail(start, "a name is missing after '^'")
		}
	}
	path := p.at("/")
	var g glob
	for p.off < len(p.expr) {
		c := p.expr[p.off]
		switch {
		case c == '"' || c == '\'':
			quoted, err := p.quoted(c)
			if err != nil {
				return anything, err
			}
			g = append(g, quoted...)
			continue
		case strings.IndexByte(stop, c) >= 0:
			switch {
			case len(g) > 0 && p.at("++"):
				g = append(g, globToken{byte: '+'}, globToken{byte: '+'})
				p.off += 2
				continue
			case !path || c == '@' || !p.inDirectory():
				return p.globOf(g, start), nil
			}
		case c == '@' && p.kind != Libraries:
			return anything, p.fail(p.off, "a second '@' (a version comes before the library: NAME@@VERSION@LIBRARY)")
		}
		tok, n, msg := parseGlobToken(p.expr[p.off:])
		if msg != "" {
			return anything, p.fail(p.off, "%s", msg)
		}
		// Stars in a row are one star, so that matching stays cheap.
		if len(g) == 0 || tok.kind != globStar || g[len(g)-1].kind != globStar {
			g = append(g, tok)
		}
		p.off += n
	}
	return p.globOf(g, start), nil
}

func (p *filterParser) globOf(g glob, start int) pattern {
	if p.off == start {
		return anything
	}
	return globPattern(g)
}

// inDirectory tells whether the operator that comes next is part of a path: a
// '/' follows, before anything that no path goes on with.
func (p *filterParser) inDirectory() bool {
	for i := p.off + 1; i < len(p.expr); i++ {
		switch c := p.expr[i]; c {
		case '/':
			prev := p.expr[i-1] // an operator, if a regular expression begins here
			return prev != '+' && prev != '-'
		case '@', '"', '\'':
			return false
		}
	}
	return false
}

// quoted reads what stands in quotes, where all but the quote stands for itself
// and a backslash only between double ones is none.
func (p *filterParser) quoted(quote byte) (glob, error) {
	var g glob
	for i := p.off + 1; i < len(p.expr); i++ {
		c := p.expr[i]
		switch {
		case c == quote:
			p.off = i + 1
			return g, nil
		case c == '\\' && quote == '"' && i+1 < len(p.expr):
			i++
			c = p.expr[i]
		}
		g = append(g, globToken{byte: c})
	}
	return nil, p.fail(p.off, "%c without another one", quote)
}

package prototype

import "strings"

// maxDepth bounds how deep a declaration nests, and through how many types that
// name others one may be reached.
const maxDepth = 100

// parser reads one declaration. After the first error it sees the end.
type parser struct {
	lexer
	f      *File
	tok    token // the present one
	depth  int
	chain  int // types that are being read for the sake of others
	failed bool
	lensed int // lenses around that need to know what pointers lead to

	scopes  []scope // the structs around; the first one is the function
	lengths []*Expr // in the order in which they end
}

// parser begins to read a declaration.
func (f *File) parser(d *declaration) *parser {
	p := &parser{lexer: lexer{text: f.text, pos: int(d.start), end: int(d.end)}, f: f}
	p.scopes = append(p.scopes, scope{})
	p.advance()
	return p
}

func (p *parser) advance() {
	if p.failed {
		return
	}
	if p.tok = p.next(); p.tok.kind == tokBad {
		p.fail(p.tok.pos, "there is %s", p.tok.text)
	}
}

// fail says what is wrong. What else is wrong behind it is not told.
func (p *parser) fail(pos int, format string, args ...any) {
	if !p.failed {
		p.f.tell(pos, false, format, args...)
	}
	p.failed = true
	p.tok = token{pos: p.end}
	p.pos = p.end
}

// expected fails where something else is found.
func (p *parser) expected(what string) {
	p.fail(p.tok.pos, "expected %s, found %s", what, p.tok.describe())
}

// accept passes over a sign or word if it is there.
func (p *parser) accept(s string) bool {
	if !p.tok.is(s) {
		return false
	}
	p.advance()
	return !p.failed
}

func (p *parser) expect(s string) {
	if !p.accept(s) {
		p.expected("'" + s + "'")
	}
}

// comma passes over what stands between the parts of a list that ')' ends.
func (p *parser) comma() {
	if !p.accept(",") {
		p.expected("',' or ')'")
	}
}

// enter counts a level of nesting; leave must follow.
func (p *parser) enter() {
	if p.depth++; p.depth > maxDepth {
		p.fail(p.tok.pos, "nested deeper than %d levels", maxDepth)
	}
}

func (p *parser) leave() { p.depth-- }

// nothing tells why a declaration is none.
func (p *parser) nothing() {
	switch {
	case p.accept("typedef"):
		p.name("the name of a type")
		p.expect("=")
	case p.tok.is("import") && p.ahead() == '"':
		p.advance()
		p.expected("the name of a file in quotes")
	default:
		p.accept("function")
		p.lens()
		if !p.failed && p.tok.kind != tokWord && p.tok.kind != tokQuoted {
			p.expected("the name of a function")
		}
		if !p.failed {
			p.advance()
			p.expected("'('")
		}
	}
	if !p.failed {
		p.fail(p.tok.pos, "this is neither a function nor a typedef nor an import")
	}
}

// name reads a word, or anything in quotes.
func (p *parser) name(what string) string {
	if p.tok.kind != tokWord && p.tok.kind != tokQuoted || p.tok.text == "" {
		p.expected(what)
		return ""
	}
	s := p.tok.text
	p.advance()
	return s
}

// finish sees to it that nothing but a comment follows a declaration.
func (p *parser) finish() {
	if p.failed || p.tok.kind == tokEnd {
		return
	}
	if !p.tok.is(";") {
		p.expected("the end of the declaration")
		return
	}
	if rest := strings.TrimSpace(p.text[p.pos:p.end]); likeItem(rest) {
		p.f.tell(p.pos, true, "a second declaration in a line is not read")
	}
}

// parseImport reads import "NAME".
func (f *File) parseImport(d *declaration) {
	if d.state != unparsed {
		return
	}
	p := f.parser(d)
	p.advance()
	p.advance()
	p.finish()
	d.state = p.state()
}

// state is how the parsing of a declaration has ended.
func (p *parser) state() progress {
	if p.failed {
		return broken
	}
	return parsed
}

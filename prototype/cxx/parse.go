package cxx

import "strings"

// form is what a type is, as far as its name tells.
type form uint8

const (
	named           form = iota // a builtin type, class or enum
	pointer                     // to base
	reference                   // an lvalue reference to base
	rvalue                      // an rvalue reference to base
	array                       // of base, with text as its length
	function                    // a function type
	functionPointer             // or a reference to a function
	dataMember                  // a pointer to a data member
	functionMember              // a pointer to a member function
	constant                    // no type, but a template argument that is a value: text
)

// typeName is a C++ type taken apart. Of volatile and restrict nothing is kept:
// they change neither the layout nor how a value is shown.
type typeName struct {
	form  form
	konst bool
	base  *typeName
	path  []component // of what is named: std, __cxx11, basic_string<char, ...>
	text  string      // of a builtin type its name, in one of its spellings; of an array its length; of functions and constants all
	own   Own         // of the program's types; nil where those are not known
}

// component is one name between the "::", with its template arguments.
type component struct {
	name string
	args []*typeName
	list bool // it has template arguments, if none of them are left: <>
}

// The bounds of a type's name: real ones nest some ten deep.
const (
	maxName  = 1 << 14
	maxDepth = 48
)

// parseType takes a type's name apart, as demanglers and DWARF spell it. It
// returns nil for what it does not understand.
func parseType(name string) *typeName {
	if len(name) > maxName {
		return nil
	}
	p := parser{s: name}
	t := p.typ(0)
	if p.space(); t == nil || p.pos != len(p.s) {
		return nil
	}
	return t
}

// parseTypes takes a list of types apart; ok is false if one is not understood.
// An empty one has none.
func parseTypes(list string) (types []*typeName, ok bool) {
	if len(list) > maxName {
		return nil, false
	}
	p := parser{s: list}
	for p.space(); p.pos < len(p.s); p.space() {
		if len(types) > 0 && !p.eat(",") {
			return nil, false
		}
		t := p.typ(0)
		if t == nil {
			return nil, false
		}
		types = append(types, t)
	}
	return types, true
}

type parser struct {
	s   string
	pos int
}

func (p *parser) space() {
	for p.pos < len(p.s) && p.s[p.pos] == ' ' {
		p.pos++
	}
}

func (p *parser) peek(s string) bool { return strings.HasPrefix(p.s[p.pos:], s) }

// eat skips s, and spaces before it.
func (p *parser) eat(s string) bool {
	p.space()
	if !p.peek(s) {
		return false
	}
	p.pos += len(s)
	return true
}

// word skips a word as a whole, and spaces before it.
func (p *parser) word(s string) bool {
	at := p.pos
	if p.eat(s) && (p.pos == len(p.s) || !identifier(p.s[p.pos])) {
		return true
	}
	p.pos = at
	return false
}

func identifier(c byte) bool {
	return c == '_' || c == '$' || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || c >= 0x80
}

// typ parses: qualifiers, a name, qualifiers, then what is made of it.
func (p *parser) typ(depth int) *typeName {
	if depth > maxDepth {
		return nil
	}
	p.space()
	at := p.pos
	konst := p.qualifiers()
	for _, tag := range [...]string{"struct", "class", "union", "enum"} {
		if p.word(tag) {
			break
		}
	}
	t := p.builtin()
	if t == nil {
		t = p.qualified(depth)
	}
	if t == nil {
		return nil
	}
	t.konst = konst
	t = p.suffixes(t, depth)
	if t != nil && t.form >= function {
		t.text = strings.TrimRight(p.s[at:p.pos], " ")
	}
	return t
}

// qualifiers skips qualifiers and tells whether there was a const.
func (p *parser) qualifiers() (konst bool) {
	for {
		switch {
		case p.word("const"):
			konst = true
		case p.word("volatile"), p.word("restrict"), p.word("__restrict"), p.word("noexcept"):
		default:
			return konst
		}
	}
}

// suffixes parses what stands behind a type's name.
func (p *parser) suffixes(t *typeName, depth int) *typeName {
	for n := 0; t != nil; n++ {
		if n > maxDepth {
			return nil
		}
		if p.qualifiers() {
			t.konst = true
		}
		switch {
		case p.eat("&&"):
			t = &typeName{form: rvalue, base: t}
		case p.eat("&"):
			t = &typeName{form: reference, base: t}
		case p.eat("*"):
			t = &typeName{form: pointer, base: t}
		case p.eat("["):
			at := p.pos
			end := strings.IndexByte(p.s[at:], ']')
			if end < 0 {
				return nil
			}
			p.pos = at + end + 1
			t = arrayOf(t, p.s[at:at+end])
		case p.eat("("):
			t = p.declarator(t, depth)
		case p.memberOf(depth):
			t = &typeName{form: dataMember}
		default:
			return t
		}
	}
	return t
}

// memberOf skips the Class::* of a pointer to a data member, if that comes.
func (p *parser) memberOf(depth int) bool {
	at := p.pos
	for n := 0; n < maxDepth; n++ {
		if _, ok := p.component(depth + 1); !ok || !p.peek("::") {
			break
		}
		if p.pos += 2; p.eat("*") {
			return true
		}
	}
	p.pos = at
	return false
}

// arrayOf adds one dimension: they stand from the outermost to the innermost.
func arrayOf(t *typeName, length string) *typeName {
	if t.form == array {
		inner := *t
		inner.base = arrayOf(t.base, length)
		return &inner
	}
	return &typeName{form: array, base: t, text: length}
}

// declarator parses what stands in parentheses behind a type: that of a pointer
// to a function, a member or an array, or the parameters of a function type.
// The opening one is behind p already.
func (p *parser) declarator(t *typeName, depth int) *typeName {
	inside, ok := p.balanced(')')
	if !ok {
		return nil
	}
	p.qualifiers()
	follows := ""
	p.space()
	if p.pos < len(p.s) {
		follows = p.s[p.pos : p.pos+1]
	}
	inside = strings.TrimSpace(inside)
	stars := strings.TrimRight(strings.ReplaceAll(inside, " const", ""), " ")
	switch {
	case stars == "" || stars[0] != '*' && stars[0] != '&' && !strings.HasSuffix(stars, "::*"):
		return &typeName{form: function}
	case follows == "[":
		t = p.suffixes(t, depth+1)
		if t == nil || stars != "&" && stars != "*" && stars != "&&" {
			return nil
		}
		return &typeName{form: map[string]form{"&": reference, "*": pointer, "&&": rvalue}[stars], base: t}
	case follows != "(":
		return nil
	}
	p.pos++
	if _, ok := p.balanced(')'); !ok {
		return nil
	}
	p.qualifiers()
	switch {
	case strings.HasSuffix(stars, "::*"):
		return &typeName{form: functionMember}
	case stars == "*" || stars == "&" || stars == "&&":
		return &typeName{form: functionPointer}
	case strings.Trim(stars, "*") == "" || strings.Trim(stars, "*") == "&":
		f := &typeName{form: functionPointer, text: "void (*)()"}
		if stars[len(stars)-1] == '&' {
			return &typeName{form: reference, base: f}
		}
		return &typeName{form: pointer, base: f}
	}
	return nil
}

// balanced skips to behind the closing bracket, and returns what is inside.
func (p *parser) balanced(closing byte) (inside string, ok bool) {
	at, depth := p.pos, 0
	for ; p.pos < len(p.s); p.pos++ {
		switch c := p.s[p.pos]; c {
		case '(', '[', '{':
			depth++
		case ')', ']', '}':
			if depth == 0 {
				if c != closing {
					return "", false
				}
				p.pos++
				return p.s[at : p.pos-1], true
			}
			depth--
		}
	}
	return "", false
}

// builtinWords are those that a builtin type's name is made of.
var builtinWords = [...]string{
	"unsigned", "signed", "long", "short", "int", "char", "bool", "float", "double", "void",
	"wchar_t", "char8_t", "char16_t", "char32_t", "__int128", "__float128", "_Float128", "_Float16",
	"decltype(nullptr)", "std::nullptr_t", "...", "auto",
}

// builtin parses the words of a builtin type. Those that may come in any order
// (unsigned long, long unsigned int) are brought into one.
func (p *parser) builtin() *typeName {
	at := p.pos
	count := map[string]int{}
	last := ""
words:
	for {
		for _, w := range builtinWords {
			if w == "..." && p.eat(w) || p.word(w) || w == "decltype(nullptr)" && p.eat(w) {
				count[w]++
				last = w
				continue words
			}
		}
		break
	}
	if last == "" {
		p.pos = at
		return nil
	}
	sign := ""
	if count["unsigned"] > 0 {
		sign = "unsigned "
	}
	name := last
	switch {
	case count["char"] > 0:
		name = sign + "char"
		if count["signed"] > 0 {
			name = "signed char"
		}
	case count["short"] > 0:
		name = sign + "short"
	case count["double"] > 0:
		name = "double"
		if count["long"] > 0 {
			name = "long double"
		}
	case count["__int128"] > 0:
		name = sign + "__int128"
	case count["long"] > 1:
		name = sign + "long long"
	case count["long"] > 0:
		name = sign + "long"
	case count["int"] > 0 || sign != "" || count["signed"] > 0:
		name = sign + "int"
	case name == "std::nullptr_t":
		name = "decltype(nullptr)"
	}
	return &typeName{text: name}
}

// qualified parses a name with its scopes and template arguments.
func (p *parser) qualified(depth int) *typeName {
	t := &typeName{}
	p.eat("::")
	for {
		c, ok := p.component(depth)
		if !ok {
			return nil
		}
		t.path = append(t.path, c)
		if len(t.path) > maxDepth {
			return nil
		}
		if !p.peek("::") {
			return t
		}
		p.pos += 2
		if p.peek("*") { // int Class::*
			return nil
		}
	}
}

// component parses one name of a scope. Those of local classes have the function
// around them, with its parameters.
func (p *parser) component(depth int) (c component, ok bool) {
	p.space()
	at := p.pos
	if p.pos == len(p.s) {
		return c, false
	}
	switch p.s[p.pos] {
	case '(', '{', '\'': // (anonymous namespace), {lambda(int)#1}, 'lambda'(int)
		if !p.odd() {
			return c, false
		}
	default:
		for p.pos < len(p.s) && (identifier(p.s[p.pos]) || p.s[p.pos] == '~') {
			p.pos++
		}
	}
	if p.pos == at || '0' <= p.s[at] && p.s[at] <= '9' {
		return c, false
	}
	if c.name = p.s[at:p.pos]; c.name == "decltype" { // an expression follows
		return c, false
	}
	for p.peek("[abi:") {
		end := strings.IndexByte(p.s[p.pos:], ']')
		if end < 0 {
			return c, false
		}
		p.pos += end + 1
	}
	if p.peek("<") {
		p.pos++
		c.list = true
		if c.args, ok = p.arguments(depth + 1); !ok {
			return c, false
		}
	}
	if p.peek("(") {
		before := p.pos
		p.pos++
		if _, ok := p.balanced(')'); !ok {
			return c, false
		}
		p.qualifiers()
		if !p.peek("::") {
			p.pos = before
		}
	}
	return c, true
}

// odd skips a name that is no identifier.
func (p *parser) odd() bool {
	switch p.s[p.pos] {
	case '(':
		if !p.peek("(anonymous ") {
			return false
		}
		p.pos++
		_, ok := p.balanced(')')
		return ok
	case '{':
		p.pos++
		_, ok := p.balanced('}')
		return ok
	}
	end := strings.IndexByte(p.s[p.pos+1:], '\'')
	if end < 0 {
		return false
	}
	p.pos += end + 2
	if p.peek("(") {
		p.pos++
		_, ok := p.balanced(')')
		return ok
	}
	return true
}

// arguments parses template arguments up to behind the closing bracket.
func (p *parser) arguments(depth int) (args []*typeName, ok bool) {
	for {
		if p.eat(">") {
			return args, true
		}
		if len(args) > 0 && !p.eat(",") || len(args) > maxName/2 {
			return nil, false
		}
		t := p.argument(depth)
		if t == nil {
			return nil, false
		}
		args = append(args, t)
	}
}

func (p *parser) argument(depth int) *typeName {
	p.space()
	at := p.pos
	if at == len(p.s) {
		return nil
	}
	c := p.s[at]
	value := '0' <= c && c <= '9' || c == '-' || c == '&' || c == '(' && !p.peek("(anonymous ") ||
		c == '\'' && !p.peek("'lambda") || p.word("true") || p.word("false")
	if !value {
		return p.typ(depth)
	}
	for p.pos < len(p.s) {
		switch p.s[p.pos] {
		case '(', '[', '{':
			closing := map[byte]byte{'(': ')', '[': ']', '{': '}'}[p.s[p.pos]]
			p.pos++
			if _, ok := p.balanced(closing); !ok {
				return nil
			}
		case ',', '>':
			return &typeName{form: constant, text: p.s[at:p.pos]}
		case '<', '"':
			return nil
		default:
			p.pos++
		}
	}
	return nil
}

package prototype

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// String is the type as files write it: by its name, if it has one.
func (t *Type) String() string {
	var p printer
	p.typ(t)
	return p.b.String()
}

// Definition is the typedef that gives the type its name.
func (t *Type) Definition() string {
	var p printer
	p.b.WriteString("typedef ")
	p.name(t.Name)
	p.b.WriteString(" = ")
	unnamed := *t
	unnamed.Name = ""
	p.typ(&unnamed)
	return p.b.String()
}

type printer struct {
	b     strings.Builder
	depth int
	// params are the parameters' names, for expressions; "" where one would not be
	// understood as that.
	params []string
}

// expr is an expression as it is written where the printer stands.
func (p *printer) expr(e *Expr) string { return e.named(p.params) }

func (p *printer) comma(i int) {
	if i > 0 {
		p.b.WriteString(", ")
	}
}

// name writes a name, in quotes where it is more than a word.
func (p *printer) name(s string) {
	if oneWord(s) {
		p.b.WriteString(s)
	} else {
		p.quoted(s)
	}
}

// member writes the name of a parameter or field, behind its type: one that is a word of
// C's types in quotes as well.
func (p *printer) member(s string) {
	p.b.WriteByte(' ')
	if oneWord(s) && !slices.Contains(cTypes, s) {
		p.b.WriteString(s)
	} else {
		p.quoted(s)
	}
}

func (p *printer) quoted(s string) {
	p.b.WriteByte('"')
	for i := 0; i < len(s); i++ {
		if s[i] == '"' || s[i] == '\\' {
			p.b.WriteByte('\\')
		}
		p.b.WriteByte(s[i])
	}
	p.b.WriteByte('"')
}

// oneWord tells of a name that needs no quotes.
func oneWord(s string) bool {
	return s != "" && class[s[0]]&isStart != 0 && wordEnd(s, 0) == len(s)
}

// typ writes a type, with the lens around it if the word for it does not say it.
func (p *printer) typ(t *Type) {
	switch {
	case t == nil:
		p.b.WriteString("void")
		return
	case t.Name != "":
		p.name(t.Name)
		return
	case p.depth > maxDepth: // only a type that no file can have
		p.b.WriteString("addr")
		return
	}
	p.depth++
	defer func() { p.depth-- }()
	closing := 0
	for _, m := range []struct {
		on   bool
		word string
	}{{t.Packed, "packed("}, {t.Reversed, "reversed("}, {t.Indirect, "indirect("}, {t.Object, "pyobject("}} {
		if m.on {
			p.b.WriteString(m.word)
			closing++
		}
	}
	if t.Into > 0 {
		p.b.WriteString("into(")
	}
	if t.Align > 0 {
		p.b.WriteString("aligned(")
	}
	if t.Unit != "" {
		p.b.WriteString("unit(")
	}
	write, native := p.body(t)
	word := t.Lens.word()
	lensed := t.Lens != native && word != ""
	if lensed {
		p.b.WriteString(word)
		p.b.WriteByte('(')
		closing++
	}
	write()
	if lensed {
		p.b.WriteByte(')')
		closing--
	}
	if t.Unit != "" {
		p.b.WriteString(", ")
		p.name(t.Unit)
		p.b.WriteByte(')')
	}
	if t.Align > 0 {
		fmt.Fprintf(&p.b, ", %d)", t.Align)
	}
	if t.Into > 0 {
		fmt.Fprintf(&p.b, ", %d)", t.Into)
	}
	p.b.WriteString(strings.Repeat(")", closing))
}

// body returns what writes a type without its lens, or with the one that is
// native to that way of writing it.
func (p *printer) body(t *Type) (write func(), native Lens) {
	word := func(s string) func() { return func() { p.b.WriteString(s) } }
	switch t.Kind {
	case Int:
		if t.Names != nil {
			return p.names(t)
		}
		if t.Lens == Submitted && t.Elem != nil {
			return func() { p.call("submitted", t.Elem, "") }, Submitted
		}
		s, native := numberWord(t)
		return word(s), native
	case Float:
		switch t.Size {
		case 4:
			return word("float"), Plain
		case LongDouble:
			return word("longdouble"), Plain
		case 16:
			return word("float128"), Plain
		}
		return word("double"), Plain
	case Complex:
		return func() { p.call("complex", t.Elem, "") }, Plain
	case Vector:
		n := 0
		if size := t.Elem.SizeOf(LP64); size > 0 {
			n = t.Size / size
		}
		return func() { p.call("vector", t.Elem, strconv.Itoa(n)) }, Plain
	case Pointer:
		return p.pointer(t)
	case Struct, Union:
		return func() { p.structure(t) }, Plain
	case Array:
		native := Plain
		if t.Elem.texts() {
			native = Text
		}
		if t.Step > 0 {
			return func() { p.records(t) }, native
		}
		return func() { p.call("array", t.Elem, p.lengthOf(t)) }, native
	case Choice:
		return func() { p.choice(t, In, true) }, Plain
	case VaList:
		return word("va_list"), Plain
	}
	return word("void"), Plain
}

// call writes WORD(TYPE[, OPERAND]).
func (p *printer) call(word string, t *Type, operand string) {
	p.b.WriteString(word)
	p.b.WriteByte('(')
	p.typ(t)
	if operand != "" {
		p.b.WriteString(", ")
		p.b.WriteString(operand)
	}
	p.b.WriteByte(')')
}

// lengthOf is that of an array as array() takes it; "" for an unknown one.
func (p *printer) lengthOf(t *Type) string {
	switch {
	case t.Zero && t.Len == nil:
		return "zero"
	case t.Zero:
		return "zero(" + p.expr(t.Len) + ")"
	case t.Len == nil:
		return ""
	}
	return p.expr(t.Len)
}

// numberWord returns the word for an integer, and the lens that it says.
func numberWord(t *Type) (word string, native Lens) {
	type shape struct {
		size     int
		unsigned bool
		lens     Lens
	}
	switch (shape{t.Size, t.Unsigned, t.Lens}) {
	case shape{1, false, Char}:
		return "char", Char
	case shape{4, false, Char}:
		return "wchar", Char
	case shape{2, true, Char}:
		return "char16", Char
	case shape{4, true, Char}:
		return "char32", Char
	case shape{1, true, Boolean}:
		return "bool", Boolean
	case shape{4, false, Errno}:
		return "errno", Errno
	case shape{4, false, NegErrno}:
		return "negerrno", NegErrno
	case shape{4, false, Descriptor}:
		return "fd", Descriptor
	case shape{0, false, Time}:
		return "time", Time
	}
	switch t.Size {
	case 0:
		word = "long"
	case 2:
		word = "short"
	case 4:
		word = "int"
	default:
		word = "int" + strconv.Itoa(t.Size*8)
	}
	if t.Unsigned {
		word = "u" + word
	}
	return word, Plain
}

func (p *printer) pointer(t *Type) (write func(), native Lens) {
	if t.Elem == nil {
		if t.Lens == Symbol {
			return func() { p.b.WriteString("fn") }, Symbol
		}
		return func() { p.b.WriteString("addr") }, Plain
	}
	if a := t.Elem; a.Kind == Array && a.Name == "" && a.Lens == Plain && a.Elem.texts() {
		return p.text(t, a)
	}
	if t.Elem.Kind == Struct && !t.Elem.Complete && t.Elem.Name == "FILE" {
		native = Stream
	}
	return func() {
		p.typ(t.Elem)
		p.b.WriteByte('*')
	}, native
}

// text writes a pointer to characters.
func (p *printer) text(t, a *Type) (write func(), native Lens) {
	char := [...]string{"string", "wstring", "string16", "string32"}
	kind := -1
	if a.Elem.Name == "" && a.Elem.Align == 0 && a.Elem.Unit == "" {
		switch s, _ := numberWord(a.Elem); s {
		case "char":
			kind = 0
		case "wchar":
			kind = 1
		case "char16":
			kind = 2
		case "char32":
			kind = 3
		}
	}
	whole := a.Zero && a.Len == nil
	switch {
	case whole && kind == 0 && (t.Lens.Format() || t.Lens == TypeName):
		return func() { p.b.WriteString(t.Lens.word()) }, t.Lens
	case whole && kind == 1 && (t.Lens == Printf || t.Lens == Scanf):
		word := map[Lens]string{Printf: "wformat", Scanf: "wscanf"}[t.Lens]
		return func() { p.b.WriteString(word) }, t.Lens
	case whole && kind >= 0:
		return func() { p.b.WriteString(char[kind]) }, Text
	case kind >= 0 && a.Zero:
		return func() { p.b.WriteString(char[kind] + "[" + p.expr(a.Len) + "]") }, Text
	case kind == 0 && a.Len != nil:
		return func() { p.b.WriteString("buffer[" + p.expr(a.Len) + "]") }, Text
	}
	return func() {
		p.call("array", a.Elem, p.lengthOf(a))
		p.b.WriteByte('*')
	}, Text
}

package cxx

import (
	"strings"

	"sonde/prototype"
)

// passing says how a value of a type is passed and returned.
type passing uint8

const (
	unknown  passing = iota // neither its size nor its place is known
	direct                  // as C passes it
	indirect                // by its address: not trivial for calls (Itanium C++ ABI 3.1.1)
)

// The types that others are made of. They are shared and never changed.
var (
	voidType   = &prototype.Type{Kind: prototype.Void}
	charType   = &prototype.Type{Kind: prototype.Int, Size: 1, Lens: prototype.Char}
	boolType   = &prototype.Type{Kind: prototype.Int, Size: 1, Unsigned: true, Lens: prototype.Boolean}
	ucharType  = &prototype.Type{Kind: prototype.Int, Size: 1, Unsigned: true}
	intType    = &prototype.Type{Kind: prototype.Int, Size: 4}
	longType   = &prototype.Type{Kind: prototype.Int}
	sizeType   = &prototype.Type{Kind: prototype.Int, Unsigned: true}
	wcharType  = &prototype.Type{Kind: prototype.Int, Size: 4, Lens: prototype.Char}
	char16Type = &prototype.Type{Kind: prototype.Int, Size: 2, Unsigned: true, Lens: prototype.Char}
	char32Type = &prototype.Type{Kind: prototype.Int, Size: 4, Unsigned: true, Lens: prototype.Char}

	addressType = &prototype.Type{Kind: prototype.Pointer}
	symbolType  = &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Symbol}
)

var builtins = map[string]*prototype.Type{
	"void": voidType, "bool": boolType, "char": charType,
	"signed char": {Kind: prototype.Int, Size: 1}, "unsigned char": ucharType,
	"short": {Kind: prototype.Int, Size: 2}, "unsigned short": {Kind: prototype.Int, Size: 2, Unsigned: true},
	"int": intType, "unsigned int": {Kind: prototype.Int, Size: 4, Unsigned: true},
	"long": longType, "unsigned long": sizeType,
	"long long": {Kind: prototype.Int, Size: 8}, "unsigned long long": {Kind: prototype.Int, Size: 8, Unsigned: true},
	"__int128": {Kind: prototype.Int, Size: 16}, "unsigned __int128": {Kind: prototype.Int, Size: 16, Unsigned: true},
	"float": {Kind: prototype.Float, Size: 4}, "double": {Kind: prototype.Float, Size: 8},
	"long double": {Kind: prototype.Float, Size: prototype.LongDouble},
	"__float128":  {Kind: prototype.Float, Size: 16}, "_Float128": {Kind: prototype.Float, Size: 16},
	"wchar_t": wcharType, "char8_t": charType, "char16_t": char16Type, "char32_t": char32Type,
	"decltype(nullptr)": addressType,
}

// texts are the character types whose arrays and pointers are shown as text. Those
// to unsigned char are no texts but bytes, of which nobody knows how many.
var texts = map[string]*prototype.Type{
	"char": charType, "char8_t": charType, "wchar_t": wcharType, "char16_t": char16Type, "char32_t": char32Type,
}

// character returns the character type that t is; nil if it is none.
func (t *typeName) character() *prototype.Type {
	if t.form != named {
		return nil
	}
	return texts[t.text]
}

// object returns the type of a value and how one is passed; nil if it is not
// known how it lies in memory.
func (t *typeName) object(depth int) (*prototype.Type, passing) {
	if depth > maxDepth {
		return nil, unknown
	}
	switch t.form {
	case named:
		if t.text != "" {
			b := builtins[t.text]
			return b, direct
		}
		return t.class(depth + 1)
	case pointer:
		return t.base.pointer(depth + 1), direct
	case reference:
		return t.base.referred(depth + 1), direct
	case rvalue:
		return t.base.moved(depth + 1), direct
	case functionPointer:
		return symbolType, direct
	case dataMember:
		return longType, direct // an offset: Itanium C++ ABI 2.3.1
	case functionMember:
		return memberFunctionType, direct
	case array:
		e, how := t.base.object(depth + 1)
		n, ok := number(t.text)
		if e == nil || !ok || e.Kind == prototype.Void {
			return nil, unknown
		}
		a := arrayType(e, constantExpr(n))
		a.Zero = e.Lens == prototype.Char // as literals end
		return a, how
	}
	return nil, unknown
}

// memberFunctionType is a pointer to a member function: the function, or one
// more than its place in the virtual table, and what is added to this (Itanium
// C++ ABI 2.3.2).
var memberFunctionType = bare("", prototype.Field{Type: symbolType}, hidden(longType))

// pointer returns the type of a pointer to t. What is not const may be about to
// be written, so that its address alone is shown.
func (t *typeName) pointer(depth int) *prototype.Type {
	if t.form == function {
		return symbolType
	}
	if t.konst {
		if c := t.character(); c != nil {
			return zeroTerminated(c)
		}
	}
	e := t.pointee(depth)
	p := &prototype.Type{Kind: prototype.Pointer, Elem: e}
	switch {
	case t.hasName():
		p.Lens = prototype.Symbol
	case e == nil: // to void
	case !t.isConst() || t.text == "unsigned char" || t.text == "signed char" || t.is("byte"):
		p.Lens = prototype.Address
	}
	return p
}

// referred returns the type of a reference to t: a pointer to an object that is
// there. One to a number that is not const may be about to get its first value.
func (t *typeName) referred(depth int) *prototype.Type {
	if t.form == function {
		return symbolType
	}
	e := t.pointee(depth)
	p := &prototype.Type{Kind: prototype.Pointer, Elem: e}
	switch {
	case t.hasName():
		p.Lens = prototype.Symbol
	case !t.isConst() && (e == nil || e.Kind != prototype.Struct && e.Kind != prototype.Union):
		p.Lens = prototype.Address
	}
	return p
}

// moved returns the type of an rvalue reference to t, which is to an object that
// holds something.
func (t *typeName) moved(depth int) *prototype.Type {
	if t.form == function || t.hasName() {
		return t.referred(depth)
	}
	return &prototype.Type{Kind: prototype.Pointer, Elem: t.pointee(depth)}
}

// pointee returns what a pointer leads to: for a class that is not known one of
// which there is but the name, nil for void.
func (t *typeName) pointee(depth int) *prototype.Type {
	if e, _ := t.object(depth); e != nil {
		if e.Kind == prototype.Void {
			return nil
		}
		return e
	}
	if t.form != named || t.text != "" {
		return nil
	}
	plain := *t
	plain.konst = false
	return &prototype.Type{Kind: prototype.Struct, Name: plain.String()}
}

// isConst tells of what is not written to: an array's elements are const, and not
// itself.
func (t *typeName) isConst() bool {
	for t.form == array {
		t = t.base
	}
	return t.konst
}

// hasName tells whether t is a class whose objects are mostly variables with names
// that say more than what is in them: std::cout, std::ctype<char>::id.
func (t *typeName) hasName() bool {
	scope, c, _ := t.std()
	if c == nil {
		return false
	}
	if scope != "" {
		return scope == "locale" && c.name == "id" || scope == "ios_base" && c.name == "Init"
	}
	switch strings.TrimPrefix(c.name, "basic_") {
	case "ios", "istream", "ostream", "iostream", "ifstream", "ofstream", "fstream",
		"istringstream", "ostringstream", "stringstream", "ios_base":
		return true
	}
	return false
}

// is tells whether t is the class or enum std::name, in any inline namespace.
func (t *typeName) is(name string) bool {
	scope, c, _ := t.std()
	return c != nil && scope == "" && c.name == name
}

// number reads a decimal number, which may have the suffix of its type.
func number(s string) (n int64, ok bool) {
	s = strings.TrimRight(s, "uUlL")
	if s == "" || len(s) > 9 {
		return 0, false
	}
	for _, c := range []byte(s) {
		if c < '0' || '9' < c {
			return 0, false
		}
		n = n*10 + int64(c-'0')
	}
	return n, true
}

func constantExpr(n int64) *prototype.Expr { return &prototype.Expr{Op: prototype.Const, N: n} }

// elt is the value of the n-th field of the struct at hand.
func elt(n int64) *prototype.Expr { return &prototype.Expr{Op: prototype.Elt, N: n} }

func apply(op prototype.Op, x, y *prototype.Expr) *prototype.Expr {
	return &prototype.Expr{Op: op, X: x, Y: y}
}

func sizeOf(t *prototype.Type) *prototype.Expr {
	return &prototype.Expr{Op: prototype.Sizeof, Type: t}
}

// zeroTerminated is a text that ends at a zero.
func zeroTerminated(char *prototype.Type) *prototype.Type {
	return &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Text, Elem: &prototype.Type{
		Kind: prototype.Array, Elem: char, Zero: true,
	}}
}

// countedText is a text of a length, which zeros do not end.
func countedText(char *prototype.Type, length *prototype.Expr) *prototype.Type {
	return &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Text, Elem: &prototype.Type{
		Kind: prototype.Array, Elem: char, Len: length,
	}}
}

func arrayType(e *prototype.Type, length *prototype.Expr) *prototype.Type {
	a := &prototype.Type{Kind: prototype.Array, Elem: e, Len: length}
	if e.Lens == prototype.Char {
		a.Lens = prototype.Text
	}
	return a
}

// sized is an array that is shown with how many elements it has.
func sized(e *prototype.Type, length *prototype.Expr) *prototype.Type {
	return &prototype.Type{Kind: prototype.Array, Lens: prototype.Sized, Elem: e, Len: length}
}

// counted stands for elements that are not shown: it takes no place.
func counted(length *prototype.Expr) *prototype.Type { return sized(voidType, length) }

// follow is a pointer whose pointee is shown in its place.
func follow(e *prototype.Type) *prototype.Type {
	p := &prototype.Type{Kind: prototype.Pointer, Elem: e}
	if e.Lens == prototype.Text {
		p.Lens = prototype.Text
	}
	return p
}

// address is a pointer whose pointee is known and not shown.
func address(e *prototype.Type) *prototype.Type {
	return &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Address, Elem: e}
}

func shown(t *prototype.Type) prototype.Field { return prototype.Field{Type: t} }

func hidden(t *prototype.Type) prototype.Field {
	h := *t
	h.Lens = prototype.Hide
	return prototype.Field{Type: &h}
}

// hiddenBytes are n bytes that are not shown.
func hiddenBytes(n int64) prototype.Field { return hidden(arrayType(ucharType, constantExpr(n))) }

// bare is a struct that is shown as the one field of it that is not hidden.
func bare(name string, fields ...prototype.Field) *prototype.Type {
	return &prototype.Type{Kind: prototype.Struct, Lens: prototype.Bare, Name: name, Complete: true, Fields: fields}
}

package cxx

import (
	"strings"

	"github.com/ianlancetaylor/demangle"

	"sonde/prototype"
)

// The bounds of demangling, as of package symname: substitutions let a short
// symbol stand for gigabytes.
const (
	maxSymbol  = 1 << 13
	maxNamePow = 14
	maxParams  = 64
)

// settled is an answer to what a name may leave open.
type settled uint8

const (
	open settled = iota
	no
	yes
)

// signature is what a mangled name says of a function, and what is known besides.
type signature struct {
	symbol   string
	scope    *typeName // nil at the top of all namespaces
	class    string    // the scope, as it is written
	name     string    // the last one, if it is an identifier
	member   settled   // this is the first argument
	konst    bool      // this is const
	result   *typeName // nil: not known
	inMemory bool      // the result is a class that is returned in memory
	noReturn bool
	ctor     bool
	dtor     bool
	hasVTT   settled // of a constructor of a base class: a table comes behind this
	params   []demangle.AST
	placed   []*typeName // those whose places are certain
	origin   string
}

// Prototype returns the prototype of a C++ function by its mangled name, where
// that or what is known of libstdc++ settles it; ok is false for others. The Result is
// nil of a function without parameters whose result nobody knows.
//
// Its Params are those whose places are certain. The last may be an incomplete
// Struct, which has no place: a class that is not known, or an enum, behind which
// nothing is told. The first of a member function is named this.
func Prototype(symbol string) (p *prototype.Prototype, ok bool) {
	defer func() {
		if recover() != nil { // the demangler's fault, on what no compiler wrote
			p, ok = nil, false
		}
	}()
	f := parseSymbol(symbol)
	if f == nil || f.member == open {
		return nil, false
	}
	p = &prototype.Prototype{Name: symbol, NoReturn: f.noReturn, Origin: f.origin}
	if p.Result = f.resultType(); p.Result == nil {
		if f.empty() { // nothing that could be in another's place
			return p, true
		}
		return nil, false
	}
	if f.member == yes {
		p.Params = append(p.Params, prototype.Param{Name: "this", Type: f.this()})
	}
	switch {
	case f.dtor:
		return p, true // what comes behind, if anything does, is no parameter
	case f.hasVTT == open:
		return p, true
	case f.hasVTT == yes:
		p.Params = append(p.Params, prototype.Param{Name: "vtt", Type: symbolType})
	}
	f.place(p)
	f.lengths(p)
	f.extractions(p)
	return p, true
}

// parseSymbol takes a symbol apart; nil for what is no function, or one that a
// compiler has changed the parameters of (.constprop.0, .isra.0, .part.0).
func parseSymbol(symbol string) *signature {
	mangled, suffix, _ := strings.Cut(symbol, ".")
	if len(mangled) > maxSymbol || !strings.HasPrefix(mangled, "_Z") || suffix != "" && !strings.HasPrefix(suffix, "llvm.") {
		return nil
	}
	// Verbose tells the strings of the old ABI (Ss) by their full names from what
	// people mean by std::string.
	ast, err := demangle.ToAST(mangled, demangle.Verbose)
	if err != nil {
		return nil
	}
	typed, ok := ast.(*demangle.Typed)
	if !ok {
		return nil
	}
	f := &signature{symbol: mangled, hasVTT: no, origin: "mangled name"}
	t := typed.Type
	if m, ok := t.(*demangle.MethodWithQualifiers); ok {
		f.member, f.konst = yes, isConst(m.Qualifiers)
		t = m.Method
	}
	sig, ok := t.(*demangle.FunctionType)
	if !ok || len(sig.Args) > maxParams {
		return nil
	}
	f.params = sig.Args
	name := typed.Name
	if template, ok := name.(*demangle.Template); ok {
		name = template.Name
	}
	if sig.Return != nil {
		f.result = parseType(spelled(sig.Return))
	}
	f.names(name)
	f.consult()
	f.consultStandard()
	return f
}

func isConst(qualifiers demangle.AST) bool {
	qs, ok := qualifiers.(*demangle.Qualifiers)
	if !ok {
		return false
	}
	for _, q := range qs.Qualifiers {
		if q, ok := q.(*demangle.Qualifier); ok && q.Name == "const" {
			return true
		}
	}
	return false
}

// spelled spells out what the demangler has understood.
func spelled(ast demangle.AST) string {
	return demangle.ASTToString(ast, demangle.MaxLength(maxNamePow))
}

// names looks at where the function is declared, and at what its name implies.
func (f *signature) names(name demangle.AST) {
	if tagged, ok := name.(*demangle.TaggedName); ok {
		name = tagged.Name
	}
	if q, ok := name.(*demangle.Qualified); ok {
		f.class = spelled(q.Scope)
		f.scope = parseType(f.class)
		name = q.Name
	}
	if tagged, ok := name.(*demangle.TaggedName); ok {
		name = tagged.Name
	}
	if f.member == open && (f.class == "" || f.scope.isNamespace()) {
		f.member = no
	}
	switch name := name.(type) {
	case *demangle.Name:
		f.name = name.Name
	case *demangle.Constructor:
		f.member, f.ctor, f.result = yes, true, &typeName{text: "void"}
		if !f.isComplete(name) {
			f.hasVTT = f.virtualBases()
		}
	case *demangle.Destructor:
		f.member, f.dtor, f.result = yes, true, &typeName{text: "void"}
	case *demangle.Cast:
		f.member, f.result = yes, parseType(spelled(name.To))
	case *demangle.Operator:
		f.operator(name.Name)
	}
}

// virtualBases tells whether a constructor of a base object takes a table of
// them: none of the classes whose layouts are known has any.
func (f *signature) virtualBases() settled {
	if strings.Contains(f.symbol, "C4") || f.scope == nil || f.scope.form != named || f.scope.text != "" {
		return open
	}
	if known, _ := f.scope.class(0); known == nil {
		return open
	}
	return no
}

// operator says what is so of every operator of a name ([over.oper] of the C++
// standard): those that allocate are static, and those that assign, and all of
// a class but the call and the subscript, are not.
func (f *signature) operator(name string) {
	f.name = "operator" + name
	switch name {
	case "new", "new[]":
		f.member, f.result = no, &typeName{form: pointer, base: &typeName{text: "void"}}
	case "delete", "delete[]":
		f.member, f.result = no, &typeName{text: "void"}
	case "=", "->":
		f.member = yes
	case "()", "[]":
	default:
		if f.member == open && f.scope.isClass() {
			f.member = yes
		}
	}
}

// isComplete tells a constructor of a complete object (C1) from one of a base
// object (C2), which takes the table of virtual bases as a second argument if the
// class has any, and from gcc's that serves as both (C4) and is told which it is:
// the demangler makes no difference. Where letters that it reads as those of a
// constructor could be a destructor's, they are what is looked for.
func (f *signature) isComplete(c *demangle.Constructor) bool {
	if c.Base != nil { // inherited: the name of a base class comes behind
		return strings.Contains(f.symbol, "CI1") && !strings.Contains(f.symbol, "CI2")
	}
	const tries = 16 // those letters are hardly in names
	at := 0
	for range tries {
		i := strings.Index(f.symbol[at:], "C1")
		if i < 0 {
			return false
		}
		at += i
		ast, err := demangle.ToAST(f.symbol[:at] + "D1" + f.symbol[at+2:])
		if err == nil && isDestructor(ast) {
			return true
		}
		at += len("C1")
	}
	return false
}

func isDestructor(ast demangle.AST) bool {
	typed, ok := ast.(*demangle.Typed)
	if !ok {
		return false
	}
	name := typed.Name
	if template, ok := name.(*demangle.Template); ok {
		name = template.Name
	}
	q, ok := name.(*demangle.Qualified)
	if !ok {
		return false
	}
	_, ok = q.Name.(*demangle.Destructor)
	return ok
}

// namespaces are names that are only ever those of namespaces: of the first they
// may all be within.
var namespaces = map[string]bool{
	"std": true, "__gnu_cxx": true, "__cxxabiv1": true, "(anonymous namespace)": true,
	"__cxx11": true, "__1": true, "__ndk1": true, "__fs": true, "_V2": true, "chrono": true, "filesystem": true, "this_thread": true,
	"ranges": true, "pmr": true, "__detail": true, "literals": true, "string_literals": true, "chrono_literals": true,
	"placeholders": true, "experimental": true, "regex_constants": true, "rel_ops": true, "tr1": true, "__parallel": true,
}

// isNamespace tells whether a scope can be no class.
func (t *typeName) isNamespace() bool {
	if t == nil || t.form != named || t.text != "" {
		return false
	}
	for i := range t.path {
		c := &t.path[i]
		if c.list || !namespaces[c.name] || i == 0 && c.name != "std" && c.name != "__gnu_cxx" && c.name != "__cxxabiv1" && c.name != "(anonymous namespace)" {
			return false
		}
	}
	return true
}

// isClass tells whether a scope can be no namespace: it has template arguments.
func (t *typeName) isClass() bool {
	return t != nil && t.form == named && len(t.path) > 0 && t.path[len(t.path)-1].list
}

// consult takes what the tables of the libraries' functions know of this one.
func (f *signature) consult() {
	fact, origin, ok := knownFact(f.symbol)
	if !ok {
		return
	}
	f.origin = origin
	f.member, f.noReturn, f.inMemory = no, fact.noReturn, fact.inMemory
	if fact.member {
		f.member = yes
	}
	if f.hasVTT != no {
		f.hasVTT = no
		if fact.hasVTT {
			f.hasVTT = yes
		}
	}
	if f.result == nil || f.inMemory {
		f.result = parseType(fact.result)
	}
}

// resultType returns the type of the result; nil where it is not known whether
// that is returned in memory, which would shift all arguments.
func (f *signature) resultType() *prototype.Type {
	switch {
	case f.result == nil:
		return nil
	case f.reads():
		return readType
	}
	result := f.result
	if result.form == reference { // what comes back has a value
		r, of := *result, *result.base
		of.konst = true
		r.base, result = &of, &r
	}
	t, how := result.object(0)
	switch {
	case f.inMemory && t != nil && (t.Kind == prototype.Struct || t.Kind == prototype.Union):
		own := *t
		own.Indirect = true
		return &own
	case f.inMemory:
		return &prototype.Type{Kind: prototype.Struct, Name: f.result.String(), Indirect: true}
	case how == unknown:
		return nil
	}
	return t
}

// this returns the type of the first argument of a member function. What is about
// to be made, or is made of parts by the class's own functions, is not looked at.
func (f *signature) this() *prototype.Type {
	if f.scope == nil {
		return address(&prototype.Type{Kind: prototype.Struct, Name: f.class})
	}
	class := *f.scope
	class.konst = f.konst
	if f.ctor || strings.HasPrefix(f.name, "_M_") {
		if class.hasName() {
			return class.referred(0)
		}
		return address(class.pointee(0))
	}
	return class.referred(0)
}

// place adds those parameters whose places are certain, and the class or enum behind
// them of which nobody knows how it is passed: it has no place in the prototype.
func (f *signature) place(p *prototype.Prototype) {
	for _, a := range f.params {
		types, ok := parseTypes(spelled(a)) // an expanded pack is several, or none
		for _, t := range types {
			if t.text == "..." {
				p.Variadic, p.Fixed = true, len(p.Params)
				return
			}
			o, how := t.object(0)
			if o != nil && o.Kind == prototype.Int && o.Size == 16 && !hasRoom(p) {
				how = unknown
			}
			if o == nil || how == unknown || o.Kind == prototype.Void {
				p.Params = append(p.Params, prototype.Param{Type: &prototype.Type{Kind: prototype.Struct, Name: t.String()}})
				return
			}
			p.Params = append(p.Params, prototype.Param{Type: o})
			f.placed = append(f.placed, t)
		}
		if !ok || len(p.Params) > maxParams {
			return
		}
	}
}

// hasRoom tells whether two of x86-64's six registers for integers are left for certain
// behind the parameters of a prototype. Where one is left clang puts half of an __int128
// there, up to its version 17, and gcc none of it.
func hasRoom(p *prototype.Prototype) bool {
	taken := 1 // the address of the result
	for i := range p.Params {
		switch t := p.Params[i].Type; {
		case t.Indirect || t.Kind == prototype.Pointer:
			taken++
		case t.Kind == prototype.Int && t.Size < 16:
			taken++
		case t.Kind != prototype.Float:
			taken += 2
		}
	}
	return taken <= 4
}

package dwarf

import (
	"debug/dwarf"
	"fmt"
	"strings"

	"sonde/prototype"
	"sonde/prototype/cxx"
)

// function returns the prototype of the function that is entered at addr.
func (d *Data) function(addr uint64, symbol string) (*prototype.Prototype, error) {
	if changed(symbol) {
		return nil, fmt.Errorf("%s: %w", symbol, ErrUnplaceable)
	}
	f, err := d.find(addr, symbol)
	if err != nil {
		return nil, err
	}
	if !f.ok() {
		return nil, fmt.Errorf("%s at %#x: %w", symbol, addr, ErrNoFunction)
	}
	p, err := d.prototype(f)
	if err != nil {
		return nil, err
	}
	if symbol != "" {
		p.Name = symbol
	}
	return p, nil
}

// changed tells of a clone of a function that takes other arguments than its
// source says: GCC names those (ipa-cp and ipa-sra), and the parts that it
// splits off, which are entered by jumps. Go's linker names those that are called
// in the way of assembly.
func changed(symbol string) bool {
	if strings.HasSuffix(symbol, ".abi0") {
		return true
	}
	for _, mark := range []string{".constprop", ".isra", ".part", ".cold"} {
		if _, rest, ok := strings.Cut(symbol, mark); ok && (rest == "" || rest[0] == '.') {
			return true
		}
	}
	return false
}

// find returns the entry of the function at addr, of several the one that bears
// the symbol's name.
func (d *Data) find(addr uint64, symbol string) (found subprogram, err error) {
	for _, u := range d.unitsAt(addr) {
		u, err := u.whole()
		if err != nil {
			return found, err
		}
		for _, off := range u.entries().functions[addr] {
			f := d.subprogram(u.entry(off))
			if !f.ok() {
				continue
			}
			if symbol != "" && (f.linkage() == symbol || f.name() == symbol) {
				return f, nil
			}
			if !found.ok() {
				found = f
			}
		}
	}
	return found, d.err
}

// subprogram is a function: the entry that has its code, the abstract one that
// this and its inlined copies are instances of, and the declaration in a class or
// namespace. Where there is no other, it is the same one.
type subprogram struct {
	code, abstract, declared entry
}

func (f *subprogram) ok() bool { return f.code.ok() }

func (d *Data) subprogram(e entry) subprogram {
	f := subprogram{code: e, abstract: e}
	for range 8 { // clones of clones
		if !f.abstract.has(dwarf.AttrAbstractOrigin) {
			break
		}
		to, ok := f.abstract.ref(dwarf.AttrAbstractOrigin)
		if !ok {
			return subprogram{}
		}
		f.abstract = to
	}
	f.declared = f.abstract
	if f.abstract.has(dwarf.AttrSpecification) {
		to, ok := f.abstract.ref(dwarf.AttrSpecification)
		if !ok {
			return subprogram{}
		}
		f.declared = to
	}
	return f
}

// each returns the function's entries, the most special one first.
func (f *subprogram) each() [3]*entry { return [3]*entry{&f.code, &f.abstract, &f.declared} }

func (f *subprogram) name() string {
	for _, e := range f.each() {
		if name := e.name(); name != "" {
			return name
		}
	}
	return ""
}

// linkage returns the name that the function has as a symbol, if that is another
// one.
func (f *subprogram) linkage() string {
	for _, e := range f.each() {
		for _, attr := range []dwarf.Attr{dwarf.AttrLinkageName, attrMIPSLinkageName} {
			if name := e.text(attr); name != "" {
				return name
			}
		}
	}
	return ""
}

func (f *subprogram) flag(attr dwarf.Attr) bool {
	return f.code.flag(attr) || f.abstract.flag(attr) || f.declared.flag(attr)
}

// Attributes that debug/dwarf does not name, and values of DW_AT_calling_convention.
const (
	attrMIPSLinkageName dwarf.Attr = 0x2007

	callNormal    = 1
	callNocall    = 3 // the function is called in no way that is known
	callReference = 4 // of a class: see prototype.Type.Indirect
	callValue     = 5
)

// language returns the language of the function: its source's, whatever unit
// the code has been put into.
func (f *subprogram) language() language {
	for _, e := range []*entry{&f.abstract, &f.code} {
		if l := e.u.language; l != unknown {
			return l
		}
	}
	if s := f.code.u.f.skeleton; s != nil {
		return s.language
	}
	return unknown
}

// prototype makes a prototype of the function.
func (d *Data) prototype(f subprogram) (*prototype.Prototype, error) {
	p := &prototype.Prototype{Name: f.linkage(), Origin: d.from.Path, NoReturn: f.flag(dwarf.AttrNoreturn)}
	if p.Name == "" {
		p.Name = f.name()
	}
	b := &builder{d: d, language: f.language()}
	switch {
	case b.language == unknown, !f.code.u.entries().typed && !f.abstract.u.entries().typed:
		return nil, fmt.Errorf("%s: %w", p.Name, ErrUnplaceable)
	case b.language == langGo:
		p.Convention = "go"
	case b.language == langRust && rustMangled(f.linkage()):
		p.Convention = "rust"
	}
	for _, e := range f.each() {
		if n, ok := e.number(dwarf.AttrCalling); ok && n != callNormal {
			return nil, fmt.Errorf("%s: %w", p.Name, ErrUnplaceable)
		}
	}
	b.parameters(p, &f)
	if p.Result == nil {
		p.Result = b.result(&f)
	}
	b.complete()
	if d.err != nil {
		return nil, d.err
	}
	if err := b.check(p, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", p.Name, err)
	}
	return p, nil
}

// maxParams caps the parameters of a function; C compilers must take 127.
const maxParams = 1 << 10

// list is the parameters that one of a function's entries has.
type list struct {
	params   []entry
	variadic bool
	own      int // how many of them are in the source
}

func (e *entry) parameters() (l list) {
	l.add(e)
	return l
}

// tagGNUParameterPack is what GCC puts the parameters into that a template's pack has
// become.
const tagGNUParameterPack dwarf.Tag = 0x4108

func (l *list) add(e *entry) {
	for c := range e.children() {
		switch c.tag() {
		case dwarf.TagFormalParameter:
			if len(l.params) == maxParams {
				return
			}
			l.params = append(l.params, *c)
			if !c.isArtificial() {
				l.own++
			}
		case tagGNUParameterPack:
			if e.tag() != tagGNUParameterPack {
				l.add(c)
			}
		case dwarf.TagUnspecifiedParameters:
			l.variadic = true
		}
	}
}

// isArtificial tells whether a parameter is not in the source, by itself or by
// what it is an instance of.
func (e *entry) isArtificial() bool {
	if e.flag(dwarf.AttrArtificial) {
		return true
	}
	if !e.has(dwarf.AttrAbstractOrigin) {
		return false
	}
	origin, ok := e.ref(dwarf.AttrAbstractOrigin)
	return ok && origin.flag(dwarf.AttrArtificial)
}

// parameters sets the parameters of p: those of the code, since constructors and
// destructors have some that the source has not, unless there are fewer than the
// source says. Which of GCC's own the code has is not known then.
func (b *builder) parameters(p *prototype.Prototype, f *subprogram) {
	l := f.code.parameters()
	instead := false // of another entry
	for _, e := range []*entry{&f.abstract, &f.declared} {
		if e.u == f.code.u && e.off == f.code.off {
			continue
		}
		o := e.parameters()
		if o.own > l.own || o.own == l.own && b.language == langGo { // Go's are not in order in the code's entry
			l.params, l.own, instead = o.params, o.own, true
		}
		l.variadic = l.variadic || o.variadic
	}
	if b.language == langCXX {
		// clang may leave parameters away that are passed by their addresses, and not used.
		n, ok := cxx.Params(f.linkage())
		b.unplaced = b.unplaced || ok && l.own < n
	}
	var results []prototype.Field
	for i := range l.params {
		param := &l.params[i]
		name := b.named(param)
		if b.language == langGo {
			name = goName(name)
		}
		if b.language == langGo && param.flag(dwarf.AttrVarParam) {
			results = append(results, prototype.Field{Name: name, Type: b.typeOf(param)})
			continue
		}
		t := b.typeOf(param)
		if passed := b.passedAside(param, name); passed != nil {
			b.unplaced = b.unplaced || instead
			name, t = "", passed
		}
		if i == 0 && b.language == langCXX && name == "this" && constructs(f.name(), t) {
			t = copyOf(t)
			t.Lens = prototype.Address
		}
		p.Params = append(p.Params, prototype.Param{Name: name, Type: t, Dir: b.direction(param, t)})
	}
	if b.language == langRust && rustClosure().MatchString(f.name()) {
		b.rustCaptured(p, f)
	}
	if b.language == langGo {
		goDictionary(p, f.name())
		b.goResult(p, results)
	}
	p.Fixed = len(p.Params)
	// A definition int f() {} takes none, although it does not say so.
	p.Variadic = l.variadic && (len(p.Params) > 0 || f.flag(dwarf.AttrPrototyped) || b.language != langC)
	b.format(p)
	if f.name() == "main" && (b.language == langC || b.language == langCXX) {
		vectors(p)
	}
}

// vectors has the arguments and the environment of a program as what they are: strings up
// to a null pointer (C11 5.1.2.2.1), which main is given and does not give.
func vectors(p *prototype.Prototype) {
	for i := range p.Params {
		param := &p.Params[i]
		text := param.Type.Elem
		if param.Type.Kind != prototype.Pointer || text == nil || text.Kind != prototype.Pointer || text.Lens != prototype.Text {
			continue
		}
		param.Type = &prototype.Type{Kind: prototype.Pointer, Elem: &prototype.Type{Kind: prototype.Array, Elem: text, Zero: true}}
		param.Dir = prototype.In
	}
}

// passedAside returns the type of what constructors and destructors of classes with
// virtual bases take beside their own parameters, which is not shown; nil for
// others. GCC and clang name it: a table of virtual tables, and, where the code of all
// kinds of constructors is one function (-fdeclone-ctor-dtor), which kind is meant.
func (b *builder) passedAside(e *entry, name string) *prototype.Type {
	switch name {
	case "__vtt_parm", "vtt":
		if e.isArtificial() {
			return hiddenPointer
		}
	case "__in_chrg":
		if e.isArtificial() {
			return &prototype.Type{Kind: prototype.Int, Size: 4, Lens: prototype.Hide}
		}
	}
	return nil
}

// format finds the parameter that says what the others are, by what everybody
// calls it: debugging information does not have the compiler's attribute for it.
func (b *builder) format(p *prototype.Prototype) {
	at := len(p.Params) - 1
	if at > 0 && p.Params[at].Type.Kind == prototype.VaList {
		at--
	} else if !p.Variadic {
		return
	}
	if at < 0 || b.language != langC && b.language != langCXX || strings.Contains(p.Name, "scan") {
		return
	}
	name, t := strings.ToLower(p.Params[at].Name), p.Params[at].Type
	if t.Lens != prototype.Text || t.Elem.Elem.Size != 1 || !strings.Contains(name, "format") && !strings.Contains(name, "fmt") {
		return
	}
	t = copyOf(t)
	t.Name, t.Lens = "", prototype.Printf
	p.Params[at].Type = t
}

// constructs tells whether a member function is a constructor of the class that its
// this points to. What is there at the call is no object yet.
func constructs(function string, this *prototype.Type) bool {
	if this.Kind != prototype.Pointer || this.Elem == nil {
		return false
	}
	class, _, _ := strings.Cut(this.Elem.Name, "<")
	class = class[strings.LastIndexByte(class, ':')+1:]
	function, _, _ = strings.Cut(function, "<")
	return class != "" && function == class
}

// named returns a parameter's name.
func (b *builder) named(e *entry) string {
	for range 8 {
		if name := e.name(); name != "" || !e.has(dwarf.AttrAbstractOrigin) {
			return name
		}
		origin, ok := e.ref(dwarf.AttrAbstractOrigin)
		if !ok {
			return ""
		}
		e = &origin
	}
	return ""
}

// result returns the type of what the function returns.
func (b *builder) result(f *subprogram) *prototype.Type {
	for _, e := range f.each() {
		if e.has(dwarf.AttrType) {
			return b.typeOf(e)
		}
	}
	return void
}

// direction tells when the pointee of a parameter is to be shown. One that is no
// struct, and that the function may change, is most often changed by it.
func (b *builder) direction(e *entry, t *prototype.Type) prototype.Dir {
	if t.Kind != prototype.Pointer || t.Lens != prototype.Plain || t.Elem == nil || b.language != langC && b.language != langCXX {
		return prototype.In
	}
	switch t.Elem.Kind {
	case prototype.Int, prototype.Float, prototype.Complex, prototype.Pointer:
	default:
		return prototype.In
	}
	pointer, _ := b.resolve(e)
	if _, readOnly := b.resolve(&pointer); readOnly {
		return prototype.In
	}
	return prototype.InOut
}

// check finds what the prototype cannot be right in: values of which no
// convention is known.
func (b *builder) check(p *prototype.Prototype, f *subprogram) error {
	if b.unplaced {
		return ErrUnplaceable
	}
	prototyped := f.flag(dwarf.AttrPrototyped)
	for i := range p.Params {
		t := p.Params[i].Type
		switch t.Kind {
		case prototype.Void, prototype.Array:
			if t.Kind == prototype.Array && (b.language == langGo || p.Convention == "rust" && !isOpaque(t)) {
				continue
			}
			return ErrUnplaceable
		case prototype.Float:
			// Without a prototype a float is passed as a double (C17, 6.5.2.2).
			if b.language == langC && !prototyped && t.Size == 4 {
				return ErrUnplaceable
			}
		case prototype.Vector:
			if !b.inRegister(t, f) {
				return ErrUnplaceable
			}
		case prototype.Struct, prototype.Union:
			if !t.Complete || b.language == langC && t.Size > 0 && len(t.Fields) == 0 || !t.Indirect && !whole(t, 0) {
				return ErrUnplaceable
			}
		}
	}
	t := p.Result
	if t.Kind == prototype.Array && b.language != langGo && (p.Convention != "rust" || isOpaque(t)) || (t.Kind == prototype.Struct || t.Kind == prototype.Union) && (!t.Complete || !t.Indirect && !whole(t, 0)) {
		return ErrUnplaceable
	}
	if t.Kind == prototype.Vector && !b.inRegister(t, f) {
		return ErrUnplaceable
	}
	return nil
}

// maxInRegisters is the size of the largest value that its parts may put into registers.
const maxInRegisters = 64

// whole tells whether all is known of what a value consists of: a base or a member may be
// of a class that is declared only, and then the value's registers are not known.
func whole(t *prototype.Type, depth int) bool {
	if t.Size > maxInRegisters || depth > maxInRegisters {
		return true // it is in memory
	}
	switch t.Kind {
	case prototype.Array:
		return t.Elem == nil || whole(t.Elem, depth+1)
	case prototype.Struct, prototype.Union:
		for i := range t.Fields {
			f := t.Fields[i].Type
			if (f.Kind == prototype.Struct || f.Kind == prototype.Union) && !f.Complete || !whole(f, depth+1) {
				return false
			}
		}
	}
	return true
}

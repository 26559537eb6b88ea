package dwarf

import (
	"bytes"
	"debug/dwarf"

	"sonde/prototype"
)

// Scope is a function that has code at an address, and what its parameters and local
// variables are there.
type Scope struct {
	// Function is its name in the source, with the namespaces and classes that it is in.
	Function string
	// Inlined says that it has no frame of its own: its variables are in that of the
	// next scope.
	Inlined bool
	// Params are its parameters in their order, and Locals the variables of the blocks
	// that the address is in, from the outermost block to the innermost.
	Params, Locals []Variable
	// Convention is that of prototype.Prototype.
	Convention string

	d        *Data
	u        *unit
	function entry  // that the frame is of
	base     []byte // DW_AT_frame_base
}

// Variable is a parameter or a variable at one address of code.
type Variable struct {
	Name string
	// Declaration is how the source would declare it: "char *argv[2]"; in the way of its
	// language. It is cut where it is very long.
	Declaration string
	Type        *prototype.Type
	Size        int // in bytes; 0 where the type does not tell
	// Location is the DWARF expression of where it is (DWARF 5, 2.6); nil where the compiler
	// has not kept it, or has kept its value alone.
	Location []byte
	// Value is its value in bytes, where that is a constant; else nil.
	Value []byte
	// Bound is the length of an array that the program computes; nil of others.
	Bound *Bound
}

// Bounds of what one place has.
const (
	maxVariables  = 1 << 10 // of a scope
	maxExpression = 1 << 16 // bytes
)

// Scopes returns the functions that have code at addr, a link-time address, as Places
// does: the innermost that was inlined first. There are none where nothing is known of
// the address, which is no error.
func (d *Data) Scopes(addr uint64) (scopes []*Scope, err error) {
	err = d.query(func() error {
		for _, u := range d.unitsAt(addr) {
			body, err := u.whole()
			if err != nil {
				return err
			}
			var chain []entry
			root := body.root()
			if !d.functionsAt(&root, addr, &chain) {
				body.localAt(addr, &chain)
			}
			if len(chain) > 0 || d.err != nil {
				scopes = d.scopes(chain, addr)
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return scopes, nil
}

// localAt appends the functions that have code at an address as functionsAt does, where the
// outermost stands within another one that has none there: the member of a local class, a
// lambda above all.
func (u *unit) localAt(addr uint64, chain *[]entry) {
	d := u.f.d
	for entered, offs := range u.entries().functions {
		for _, off := range offs {
			if e := u.entry(off); entered <= addr && d.spend(1) && e.covers(addr) {
				*chain = append(*chain, e)
				d.functionsAt(&e, addr, chain)
				return
			}
		}
	}
}

// scopes makes the scopes of functions that are inlined into each other, the outermost
// first.
func (d *Data) scopes(chain []entry, addr uint64) []*Scope {
	scopes := make([]*Scope, len(chain))
	var function entry
	var base []byte
	for i := range chain {
		e := &chain[i]
		if e.tag() == dwarf.TagSubprogram {
			function = *e
			base = e.expressionOf(dwarf.AttrFrameBase, addr)
		}
		f := d.subprogram(*e)
		s := &Scope{
			Function: f.qualified(), Inlined: e.tag() == dwarf.TagInlinedSubroutine,
			d: d, u: e.u, function: function, base: base,
		}
		b := &builder{d: d, language: f.language()}
		c := collector{builder: b, scope: s, addr: addr, known: make(map[where]variableAt)}
		if f.ok() {
			switch {
			case b.language == langGo:
				s.Convention = "go"
			case b.language == langRust && rustMangled(f.linkage()):
				s.Convention = "rust"
			}
			c.collect(e, &f.abstract, 0)
		}
		b.complete()
		scopes[len(chain)-1-i] = s
	}
	return scopes
}

// qualified returns the function's name in the source.
func (f *subprogram) qualified() string {
	if !f.ok() {
		return ""
	}
	name := f.name()
	if l := f.language(); name != "" && (l == langCXX || l == langRust) {
		name = f.declared.qualified()
	}
	return name
}

// collector puts the variables of one function together.
type collector struct {
	*builder
	scope *Scope
	addr  uint64
	known map[where]variableAt // by what they are instances of
}

// variableAt is where a variable of a scope is kept.
type variableAt struct {
	list *[]Variable
	n    int
}

// where is where an entry stands.
type where struct {
	section *section
	off     int
}

func (e *entry) where() where { return where{e.u.section, e.off} }

// collect takes the variables of a function or a block, and of the blocks within that
// have code at the address. abstract is what it is an instance of: GCC leaves out of
// the instance what it has not kept. They may be the same.
func (c *collector) collect(e, abstract *entry, depth int) {
	instances := make(map[where]*entry)
	var own, blocks []*entry
	for child := range e.children() {
		switch child.tag() {
		case dwarf.TagFormalParameter, dwarf.TagVariable:
			if origin, ok := child.origin(); ok {
				instances[origin.where()] = child
			} else {
				own = append(own, child)
			}
		case dwarf.TagLexDwarfBlock:
			if depth < maxScopes && child.covers(c.addr) {
				blocks = append(blocks, child)
			}
		}
	}
	if abstract.where() != e.where() {
		for child := range abstract.children() {
			if tag := child.tag(); tag != dwarf.TagFormalParameter && tag != dwarf.TagVariable {
				continue
			}
			if instance := instances[child.where()]; instance != nil {
				delete(instances, child.where())
				child = instance
			}
			c.add(child)
		}
	}
	// In the order of the entries, not of the map.
	for child := range e.children() {
		if origin, ok := child.origin(); ok && instances[origin.where()] != nil {
			c.add(child)
		}
	}
	for _, child := range own {
		c.add(child)
	}
	for _, block := range blocks {
		origin, ok := block.origin()
		if !ok {
			origin = *block
		}
		c.collect(block, &origin, depth+1)
	}
}

// origin returns what a variable or block is an instance of.
func (e *entry) origin() (to entry, ok bool) {
	if !e.has(dwarf.AttrAbstractOrigin) {
		return entry{}, false
	}
	return e.ref(dwarf.AttrAbstractOrigin)
}

// chain returns an entry and what it is an instance or the definition of.
func (e *entry) chain() []entry {
	all := []entry{*e}
	for range 8 {
		last := &all[len(all)-1]
		attr := dwarf.AttrAbstractOrigin
		if !last.has(attr) {
			if attr = dwarf.AttrSpecification; !last.has(attr) {
				break
			}
		}
		to, ok := last.ref(attr)
		if !ok {
			break
		}
		all = append(all, to)
	}
	return all
}

// add adds a parameter or a variable.
func (c *collector) add(e *entry) {
	param := e.tag() == dwarf.TagFormalParameter
	to := &c.scope.Locals
	if param {
		to = &c.scope.Params
	}
	if len(*to) == maxVariables || !c.d.spend(1) {
		return
	}
	name := c.named(e)
	switch {
	case e.flag(dwarf.AttrDeclaration): // of a variable elsewhere
		return
	case !param && (name == "" || e.isArtificial()): // __func__
		return
	case param && c.passedAside(e, name) != nil:
		return
	case param && c.language == langGo && e.flag(dwarf.AttrVarParam): // a result
		return
	case c.language == langGo && (goName(name) == "" || name[0] == '.'): // the compiler's own, and results
		return
	}
	v := Variable{Name: name, Type: c.typeOf(e)}
	if c.language == langGo {
		v.Name = goName(name)
	}
	chain := e.chain()
	for i := range chain {
		if at := &chain[i]; at.has(dwarf.AttrType) {
			if t, ok := at.ref(dwarf.AttrType); ok {
				v.Declaration = c.declaration(&t, v.Name)
				v.Size = t.byteSize(0)
				v.Bound = c.boundOf(at)
			}
			break
		}
	}
	for i := range chain {
		at := &chain[i]
		if at.has(dwarf.AttrLocation) {
			v.Location = at.expressionOf(dwarf.AttrLocation, c.addr)
			break
		}
		if v.Value = at.constantBytes(v.Size); v.Value != nil {
			break
		}
	}
	c.put(to, v, chain[len(chain)-1].where())
}

// put puts a variable to the others. Of a function that is inlined in parts, a variable has
// an instance in each: one of those that are not kept gives way.
func (c *collector) put(to *[]Variable, v Variable, of where) {
	if was, ok := c.known[of]; ok && was.list == to {
		if v.Location != nil || v.Value != nil {
			(*to)[was.n] = v
		}
		return
	}
	c.known[of] = variableAt{to, len(*to)}
	*to = append(*to, v)
}

// byteSize returns the bytes of a value of a type; 0 where the type does not tell.
func (e *entry) byteSize(depth int) int {
	if n, ok := e.size(dwarf.AttrByteSize); ok {
		return n
	}
	if depth == maxChain {
		return 0
	}
	switch e.tag() {
	case dwarf.TagPointerType, dwarf.TagReferenceType, dwarf.TagRvalueReferenceType:
		return e.u.addrSize
	case dwarf.TagStructType, dwarf.TagClassType, dwarf.TagUnionType:
		if !e.has(dwarf.AttrSignature) {
			return 0
		}
		to, ok := e.ref(dwarf.AttrSignature)
		if !ok {
			return 0
		}
		return to.byteSize(depth + 1)
	}
	to, ok := e.ref(dwarf.AttrType)
	if !ok {
		return 0
	}
	size := to.byteSize(depth + 1)
	if e.tag() == dwarf.TagArrayType {
		for c := range e.children() {
			if c.tag() != dwarf.TagSubrangeType {
				continue
			}
			n := elements(c)
			if n == nil || size > 0 && n.N > int64(maxBytes/size) {
				return 0
			}
			size *= int(n.N)
		}
	}
	return size
}

// constantBytes returns DW_AT_const_value as size bytes; nil where there is none, or
// it is not of that size.
func (e *entry) constantBytes(size int) []byte {
	v := e.val(dwarf.AttrConstValue)
	switch v.form {
	case 0:
		return nil
	case formBlock, formBlock1, formBlock2, formBlock4, formExprloc, formData16:
		if len(v.p) > maxExpression {
			return nil
		}
		return bytes.Clone(v.p)
	case formString, formStrp, formLineStrp, formStrx, formStrx1, formStrx2, formStrx3, formStrx4, formGNUStrIndex:
		return append([]byte(e.text(dwarf.AttrConstValue)), 0)
	}
	n, ok := v.constant(false)
	if !ok {
		addr, isAddr := e.address(dwarf.AttrConstValue)
		if n, ok = int64(addr), isAddr; !ok {
			return nil
		}
	}
	if size < 1 || size > 16 {
		return nil
	}
	p := make([]byte, size)
	for i := range p {
		p[i] = byte(n >> min(8*i, 63)) // beyond 64 bits there is the sign
	}
	return p
}

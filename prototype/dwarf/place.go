package dwarf

import "debug/dwarf"

// Place is a place in source text.
type Place struct {
	// Function is the function's name as a symbol, or where it has none its name in
	// the source, with the namespaces and classes that it is in.
	Function string
	File     string // its path, absolute where the compiler knew that; "" if it is not known
	Line     int    // 0 if it is not known
	Column   int    // 0 if it is not known
	// Inlined says that the function has no code of its own there: the compiler has
	// put it into that of the next place, which is where it is called.
	Inlined bool
}

// Places returns where in the source the instruction at addr is from, a link-time
// address: in the innermost function that was inlined there, then where that was called,
// and so on, out to the function whose code it is. There is none where nothing is known
// of the address, which is no error.
func (d *Data) Places(addr uint64) (places []Place, err error) {
	err = d.query(func() error {
		for _, u := range d.unitsAt(addr) {
			if places = d.placesIn(u, addr); len(places) > 0 || d.err != nil {
				break
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return places, nil
}

// maxInlined caps how many functions may be inlined into each other.
const maxInlined = 256

// placesIn returns the places by one unit.
func (d *Data) placesIn(u *unit, addr uint64) (places []Place) {
	lines := u.lines()
	row, known := lines.at(addr)
	here := Place{}
	if known {
		here = Place{File: lines.file(uint64(row.file)), Line: int(row.line), Column: int(row.column)}
	}
	var chain []entry // the function first
	if body, err := u.whole(); err == nil {
		root := body.root()
		d.functionsAt(&root, addr, &chain)
	}
	for i := len(chain) - 1; i >= 0; i-- {
		e := &chain[i]
		f := d.subprogram(*e)
		here.Function = f.symbol()
		here.Inlined = e.tag() == dwarf.TagInlinedSubroutine
		places = append(places, here)
		file, _ := e.number(dwarf.AttrCallFile)
		line, _ := e.number(dwarf.AttrCallLine)
		column, _ := e.number(dwarf.AttrCallColumn)
		here = Place{File: lines.file(uint64(file)), Line: int(line), Column: int(column)}
	}
	if len(chain) == 0 && known {
		places = append(places, here)
	}
	return places
}

// symbol returns the function's name as Place has it. GCC tells no symbols of templates
// of which it has put all copies into others.
func (f *subprogram) symbol() string {
	name := f.linkage()
	if name == "" {
		name = f.name()
		if l := f.language(); name != "" && (l == langCXX || l == langRust) {
			name = f.declared.qualified()
		}
	}
	return name
}

// functionsAt appends the functions that have code at an address, from the outermost
// to what is inlined into it, and reports whether there are any.
func (d *Data) functionsAt(e *entry, addr uint64, chain *[]entry) bool {
	for c := range e.children() {
		switch c.tag() {
		case dwarf.TagSubprogram, dwarf.TagInlinedSubroutine:
			if !c.covers(addr) {
				continue
			}
			*chain = append(*chain, *c)
			if len(*chain) < maxInlined {
				d.functionsAt(c, addr, chain)
			}
			return true
		case dwarf.TagLexDwarfBlock:
			if c.covers(addr) && d.functionsAt(c, addr, chain) {
				return true
			}
		case dwarf.TagNamespace, dwarf.TagModule, dwarf.TagClassType, dwarf.TagStructType:
			if d.functionsAt(c, addr, chain) {
				return true
			}
		}
	}
	return false
}

// covers tells whether an entry has code at an address.
func (e *entry) covers(addr uint64) bool {
	for _, s := range e.spans() {
		if s.low <= addr && addr < s.high {
			return true
		}
	}
	return false
}

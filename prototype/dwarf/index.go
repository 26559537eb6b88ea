package dwarf

import (
	"debug/dwarf"
	"sort"
	"strings"
)

// index is what a walk over a unit has found: its functions, and the entries that
// lend others their names.
type index struct {
	functions map[uint64][]int // entries, by the address that they are entered at
	scopes    []scope          // in the order of the unit
	// typed says that anything has a type: a unit that was compiled for
	// backtraces alone (-g1, -gline-tables-only) has functions without parameters.
	typed bool
}

// scope is a namespace, class or the like, with its place in the unit.
type scope struct {
	off, end int
	outer    int    // which scope it is in; -1 for none
	name     string // with those around it; "" until it is asked for
}

// entries returns the unit's index.
func (u *unit) entries() *index {
	if u.index != nil {
		return u.index
	}
	x := &index{functions: make(map[uint64][]int)}
	d := u.f.d
	var open []int // for each level of the tree: the scope that begins there, or -1
	current := -1
	off := u.first
	for off < u.end && d.spend(1) {
		e := u.entry(off)
		off = e.end()
		if !e.ok() {
			if len(open) == 0 {
				break
			}
			if s := open[len(open)-1]; s >= 0 {
				x.scopes[s].end = e.off
				current = x.scopes[s].outer
			}
			if open = open[:len(open)-1]; len(open) == 0 {
				break
			}
			continue
		}
		x.typed = x.typed || e.a.typed
		x.addFunction(&e)
		if !e.a.children {
			continue
		}
		begun := -1
		if e.isScope() {
			begun = len(x.scopes)
			x.scopes = append(x.scopes, scope{off: e.off, end: u.end, outer: current})
			current = begun
		}
		open = append(open, begun)
	}
	if d.err == nil {
		u.index = x
	}
	return x
}

func (e *entry) isScope() bool {
	switch e.a.tag {
	case dwarf.TagNamespace, dwarf.TagStructType, dwarf.TagClassType, dwarf.TagUnionType, dwarf.TagEnumerationType, dwarf.TagModule:
		return true
	}
	return false
}

// addFunction adds an entry if it is a function that has code.
func (x *index) addFunction(e *entry) {
	if e.a.tag != dwarf.TagSubprogram {
		return
	}
	entered, ok := e.address(dwarf.AttrEntrypc)
	if !ok {
		entered, ok = e.address(dwarf.AttrLowpc)
	}
	if !ok && e.has(dwarf.AttrRanges) {
		if spans := e.spans(); len(spans) > 0 {
			entered, ok = spans[0].low, true
		}
	}
	if ok && entered != 0 {
		x.functions[entered] = append(x.functions[entered], e.off)
	}
}

// maxScopes caps how deep names may be nested.
const maxScopes = 64

// qualified returns the entry's name with those of the namespaces and classes
// that it is in.
func (e *entry) qualified() string { return e.qualify(0) }

func (e *entry) qualify(depth int) string {
	if depth > maxScopes {
		return e.name()
	}
	if e.has(dwarf.AttrSpecification) { // GCC's type units have a type by itself
		if to, ok := e.ref(dwarf.AttrSpecification); ok {
			return to.qualify(depth + 1)
		}
	}
	name := e.name()
	if s := e.scope(); s != nil {
		return s.qualified(e.u, depth) + "::" + name
	}
	return name
}

// scope returns the innermost scope that the entry is in; nil for none.
func (e *entry) scope() *scope {
	x := e.u.entries()
	i := sort.Search(len(x.scopes), func(i int) bool { return x.scopes[i].off >= e.off }) - 1
	for i >= 0 && x.scopes[i].end <= e.off {
		i = x.scopes[i].outer
	}
	if i < 0 {
		return nil
	}
	return &x.scopes[i]
}

// qualified returns the scope's full name, which it keeps.
func (s *scope) qualified(u *unit, depth int) string {
	if s.name == "" {
		e := u.entry(s.off)
		if s.name = e.qualify(depth + 1); s.name == "" || strings.HasSuffix(s.name, "::") {
			s.name += "(anonymous)"
		}
	}
	return s.name
}

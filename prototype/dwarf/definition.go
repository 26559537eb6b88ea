package dwarf

import (
	"debug/dwarf"
	"hash/maphash"
	"strings"
)

// Compilers need not describe a class in each unit that uses it: clang leaves one that
// has a virtual table, or a constructor, to the unit which has the code of that (The
// Clang manual, -fno-standalone-debug). C++ has one definition of a name for the whole program, so
// that any unit's will do.

// definitions are where classes of C++ are defined, as far as units have been looked
// at for them.
type definitions struct {
	seed   maphash.Seed
	known  map[uint64]where // by the hash of the full name; the first one counts
	next   int              // which unit comes next,
	types  int              // and of which .debug_types, counted from 1
	looked int              // bytes
}

// maxLooked caps the bytes of units that are looked at for definitions: a third of a
// second of work.
const maxLooked = 64 << 20

// maxDefinitions caps the classes that are known of those units.
const maxDefinitions = 1 << 20

// maxNested caps how deep entries lie in others where definitions are looked for: in
// namespaces, classes and functions, of which programs have some ten.
const maxNested = 1 << 10

// forgetLooked is after how many bytes what has been looked at may leave memory.
const forgetLooked = 16 << 20

// defined returns the definition of a class that its unit declares only.
func (b *builder) defined(e *entry) (entry, bool) {
	if b.language != langCXX || b.hops < maxHops-1 || !e.flag(dwarf.AttrDeclaration) || e.name() == "" {
		return entry{}, false
	}
	name := e.qualified()
	if strings.Contains(name, "(anonymous)") {
		return entry{}, false
	}
	return b.d.definition(name)
}

// definition returns the entry that defines a class, by its full name.
func (d *Data) definition(name string) (entry, bool) {
	s := &d.defined
	if s.known == nil {
		s.known, s.seed = make(map[uint64]where), maphash.MakeSeed()
	}
	key := uint64(0)
	for _, part := range splitScopes(name) {
		key = s.hash(key, part)
	}
	for {
		if at, ok := s.known[key]; ok {
			u := at.section.unitOf(uint64(at.off))
			if u == nil {
				return entry{}, false
			}
			e := u.entry(at.off)
			return e, e.ok() && e.qualified() == name
		}
		if d.err != nil || !d.lookFurther() {
			return entry{}, false
		}
	}
}

// splitScopes takes a full name apart, but not what stands in the brackets of a template.
func splitScopes(name string) (parts []string) {
	depth, from := 0, 0
	for i := 0; i < len(name); i++ {
		switch name[i] {
		case '<', '(':
			depth++
		case '>', ')':
			depth--
		case ':':
			if depth == 0 && strings.HasPrefix(name[i:], "::") {
				parts = append(parts, name[from:i])
				from = i + 2
				i++
			}
		}
	}
	return append(parts, name[from:])
}

func (s *definitions) hash(scope uint64, name string) uint64 {
	return maphash.String(s.seed, name) + scope*0x9e3779b97f4a7c15
}

// lookFurther looks at one more unit, and reports whether there was one.
func (d *Data) lookFurther() bool {
	s := &d.defined
	in := d.program.info[0]
	if s.types > 0 {
		in = d.program.types[s.types-1]
	}
	starts := in.all()
	if s.next == len(starts) && s.types < len(d.program.types) {
		s.next = 0
		s.types++
		return true
	}
	if s.next == len(starts) || s.looked > maxLooked || len(s.known) >= maxDefinitions {
		return false
	}
	u := in.unit(starts[s.next])
	s.next++
	if u != nil {
		if u, _ = u.whole(); u != nil {
			for _, u := range u.beside() {
				if u.language == langCXX {
					d.lookAt(u)
				}
			}
			before := s.looked
			if s.looked += u.end - u.off; before/forgetLooked != s.looked/forgetLooked {
				d.from.Forget()
			}
		}
	}
	d.forgive() // a damaged unit costs what it defines
	return true
}

// beside returns a unit, and what else is in a split unit's own file: types.
func (u *unit) beside() []*unit {
	if !u.f.split || u.f.pack != nil {
		return []*unit{u}
	}
	var all []*unit
	for _, s := range append(u.f.info[:len(u.f.info):len(u.f.info)], u.f.types...) {
		for _, off := range s.all() {
			if one := s.unit(off); one != nil {
				all = append(all, one)
			}
		}
	}
	return all
}

// lookAt notes the classes that a unit defines, but those within functions.
func (d *Data) lookAt(u *unit) {
	type level struct {
		key  uint64
		open bool // classes may be defined there that others know
	}
	levels := []level{{open: true}}
	s := &d.defined
	for off := u.first; off < u.end && d.spend(1); {
		e := u.entry(off)
		off = e.end()
		if !e.ok() {
			if levels = levels[:len(levels)-1]; len(levels) == 0 {
				return
			}
			continue
		}
		in := levels[len(levels)-1]
		below := level{}
		switch e.a.tag {
		case dwarf.TagCompileUnit, dwarf.TagTypeUnit:
			below = level{open: true}
		case dwarf.TagNamespace, dwarf.TagClassType, dwarf.TagStructType, dwarf.TagUnionType:
			name := ""
			if in.open {
				name = e.name()
			}
			if name == "" {
				break
			}
			below = level{s.hash(in.key, name), true}
			if e.a.tag == dwarf.TagNamespace || !e.has(dwarf.AttrByteSize) || e.flag(dwarf.AttrDeclaration) {
				break
			}
			if _, ok := s.known[below.key]; !ok {
				s.known[below.key] = e.where()
			}
		}
		if !e.a.children {
			continue
		}
		if levels = append(levels, below); len(levels) > maxNested {
			return
		}
	}
}

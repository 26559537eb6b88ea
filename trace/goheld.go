package trace

import (
	"errors"
	"math"
	"strconv"

	"sonde/elfsym"
	"sonde/golang"
	"sonde/proc"
	"sonde/prototype"
	"sonde/prototype/dwarf"
	"sonde/sysdeps"
)

// goHeld is what has been found out of what interfaces of Go's hold.
type goHeld struct {
	types map[sysdeps.Addr]goType // by descriptors
	// tables are where the descriptors are of the types that tables of methods are of. The
	// runtime makes tables while the program runs, and changes and frees none (src/runtime,
	// iface.go).
	tables map[sysdeps.Addr]sysdeps.Addr
}

// goType is a type of Go's.
type goType struct {
	word *prototype.Type // what an interface's second word is; nil of those that nothing is known of
	bare bool            // its name has no path, and its fields are not known
}

// GoHeld is capture.Info's.
func (in *informant) GoHeld(first sysdeps.Addr, methods bool) *prototype.Type {
	space, sp := in.th.Process.Space, spaceOf(in.th)
	g := &sp.golang
	descriptor := first
	if methods {
		var ok bool
		if descriptor, ok = g.tables[first]; !ok {
			word := sysdeps.Addr(space.Arch.PtrSize)
			descriptor, _ = readWord(space, first+word) // struct itab has the interface's before it (src/internal/abi, iface.go)
		}
	}
	t, known := g.types[descriptor]
	if !known {
		m := sp.holder(descriptor)
		if m == nil {
			return nil
		}
		t = in.s.goHeld(space, m, descriptor, "/proc/"+strconv.Itoa(in.th.TID))
		if g.types == nil {
			g.types, g.tables = make(map[sysdeps.Addr]goType), make(map[sysdeps.Addr]sysdeps.Addr)
		}
		if len(g.types) < maxNames {
			g.types[descriptor] = t
		}
	}
	if methods && t.word != nil && len(g.tables) < maxNames {
		g.tables[first] = descriptor
	}
	if methods && t.bare && in.Symbol(first) != "" {
		return nil // that tells the path
	}
	return t.word
}

// goHeld asks a module's debugging information for the type of a descriptor, and holds
// what that says against what the descriptor does: they are of one program, and it is one.
// Of a type that is not in there the descriptor tells enough to be shown by its name.
func (s *Session) goHeld(space *proc.Space, m *module, descriptor sysdeps.Addr, dir string) goType {
	if !s.opened(m, space, dir) {
		return goType{}
	}
	where := &elfsym.DebugFinder{Root: dir + "/root"}
	functions, _ := m.file.Functions(m.source, where)
	debug, err := s.debug.of(m, where)
	if functions == nil || debug == nil || err != nil {
		return goType{}
	}
	begin, ok := functions.GoTypes()
	at := uint64(descriptor - m.bias)
	if !ok || at < begin {
		return goType{}
	}
	described, err := golang.ReadType(space, space.Arch, descriptor, m.bias+sysdeps.Addr(begin))
	if err != nil || described.Size > math.MaxInt32 {
		return goType{}
	}
	held, err := debug.GoHeld(at - begin)
	switch {
	case errors.Is(err, dwarf.ErrNoType):
		return goType{dwarf.GoBasic(described.Name, described.Kind, int(described.Size)), true}
	case err != nil, held.Kind != described.Kind, held.Size != 0 && uint64(held.Size) != described.Size:
		return goType{}
	}
	return goType{held.Word, false}
}

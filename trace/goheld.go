package trace

import (
	"encoding/binary"
	"reflect"
	"strconv"

	"sonde/elfsym"
	"sonde/proc"
	"sonde/prototype"
	"sonde/prototype/dwarf"
	"sonde/sysdeps"
)

// goHeld is what has been found out of what interfaces of Go's hold.
type goHeld struct {
	types map[sysdeps.Addr]*prototype.Type // by descriptors; nil of those that nothing is known of
	// tables are where the descriptors are of the types that tables of methods are of. The
	// runtime makes tables while the program runs, and changes and frees none (src/runtime,
	// iface.go).
	tables map[sysdeps.Addr]sysdeps.Addr
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
			g.types, g.tables = make(map[sysdeps.Addr]*prototype.Type), make(map[sysdeps.Addr]sysdeps.Addr)
		}
		if len(g.types) < maxNames {
			g.types[descriptor] = t
		}
	}
	if methods && t != nil && len(g.tables) < maxNames {
		g.tables[first] = descriptor
	}
	return t
}

// goHeld asks a module's debugging information for the type of a descriptor, and holds
// what that says against what the descriptor does: they are of one program, and it is one.
func (s *Session) goHeld(space *proc.Space, m *module, descriptor sysdeps.Addr, dir string) *prototype.Type {
	if !s.opened(m, space, dir) {
		return nil
	}
	where := &elfsym.DebugFinder{Root: dir + "/root"}
	functions, _ := m.file.Functions(m.source, where)
	debug, err := s.debug.of(m, where)
	if functions == nil || debug == nil || err != nil {
		return nil
	}
	begin, ok := functions.GoTypes()
	at := uint64(descriptor - m.bias)
	if !ok || at < begin {
		return nil
	}
	held, err := debug.GoHeld(at - begin)
	if err != nil || !describes(space, descriptor, held) {
		return nil
	}
	return held.Word
}

// describes tells whether a descriptor is that of a type: it begins with its size, and has
// its kind seven bytes behind two words (src/internal/abi, type.go). The kind's upper bits are flags.
func describes(space *proc.Space, descriptor sysdeps.Addr, held *dwarf.GoHeld) bool {
	word := space.Arch.PtrSize
	p := make([]byte, 2*word+8)
	if n, _ := space.ReadMemory(p, descriptor); n < len(p) {
		return false
	}
	size := uint64(binary.LittleEndian.Uint32(p))
	if word == 8 {
		size = binary.LittleEndian.Uint64(p)
	}
	const kinds = 1<<5 - 1
	return reflect.Kind(p[2*word+7]&kinds) == held.Kind && (held.Size == 0 || uint64(held.Size) == size)
}

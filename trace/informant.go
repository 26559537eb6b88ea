package trace

import (
	"encoding/binary"

	"sonde/proc"
	"sonde/sysdeps"
)

// informant answers what package capture asks of the thread that it reads.
type informant struct{ th *proc.Thread }

// Vectors is capture.Info's.
func (in *informant) Vectors() (*sysdeps.Vectors, error) { return in.th.Vectors() }

// Errno is capture.Info's.
func (in *informant) Errno() (int, bool) {
	space := in.th.Process.Space
	sp := spaceOf(in.th)
	if !sp.errno.known {
		sp.errno = findErrno(space, sp)
	}
	if !sp.errno.found {
		return 0, false
	}
	tp, err := in.th.ThreadPointer()
	if err != nil {
		return 0, false
	}
	var p [4]byte
	if _, err := space.ReadMemory(p[:], tp+sysdeps.Addr(sp.errno.offset)); err != nil {
		return 0, false
	}
	return int(int32(binary.LittleEndian.Uint32(p[:]))), true
}

// errnoPlace is how far errno is from the thread pointer.
type errnoPlace struct {
	known, found bool // it has been looked for, and found
	offset       int64
}

// findErrno looks in the C library, or in the program that contains one.
func findErrno(space *proc.Space, sp *space) errnoPlace {
	place := errnoPlace{known: true}
	for _, m := range sp.modules {
		if m.file == nil {
			continue
		}
		sym, ok := m.file.Lookup("__errno_location")
		if !ok || sym.IFUNC {
			continue
		}
		offset, err := x86ErrnoOffset(ownMemory{space}, space.Arch, m.bias+sysdeps.Addr(sym.Value))
		if err == nil {
			place.found, place.offset = true, offset
			break
		}
	}
	return place
}

// Symbol is capture.Info's.
func (in *informant) Symbol(a sysdeps.Addr) string {
	sp := spaceOf(in.th)
	name, known := sp.names[a]
	if known {
		return name
	}
	if m := sp.moduleAt(a); m != nil && m.file != nil {
		if functions, _ := m.file.Functions(m.source, nil); functions != nil {
			for sym := range functions.Starting(uint64(a - m.bias)) {
				name = sym.Name // the best one comes first
				break
			}
		}
	}
	if sp.names == nil {
		sp.names = make(map[sysdeps.Addr]string)
	}
	if len(sp.names) < maxNames {
		sp.names[a] = name
	}
	return name
}

// maxNames bounds the names of addresses that are kept.
const maxNames = 10_000

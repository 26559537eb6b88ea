package trace

import (
	"encoding/binary"
	"strconv"

	"sonde/descriptor"
	"sonde/elfsym"
	"sonde/proc"
	"sonde/sysdeps"
)

// informant answers what package capture asks of the thread that it reads.
type informant struct {
	s           *Session
	th          *proc.Thread
	descriptors descriptor.Reader
}

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
		sym, ok := m.exported("__errno_location")
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

// exported returns a function that a module has for others. A program that contains its
// libraries has it in no dynamic symbol table.
func (m *module) exported(name string) (elfsym.Symbol, bool) {
	if !m.isStatic() {
		return m.file.Lookup(name)
	}
	if functions, _ := m.file.Functions(m.source, nil); functions != nil {
		for sym := range functions.Named(name) {
			return sym, true
		}
	}
	return elfsym.Symbol{}, false
}

// Symbol is capture.Info's.
func (in *informant) Symbol(a sysdeps.Addr) string {
	sp := spaceOf(in.th)
	name, known := sp.names[a]
	if known {
		return name
	}
	if m := sp.holder(a); m != nil && in.s.opened(m, in.th.Process.Space, "/proc/"+strconv.Itoa(in.th.TID)) {
		name = m.nameAt(uint64(a - m.bias))
	}
	if sp.names == nil {
		sp.names = make(map[sysdeps.Addr]string)
	}
	if len(sp.names) < maxNames {
		sp.names[a] = name
	}
	return name
}

// nameAt returns the name of the function or variable that begins at a link-time
// address.
func (m *module) nameAt(at uint64) string {
	if functions, _ := m.file.Functions(m.source, nil); functions != nil {
		for sym := range functions.Starting(at) {
			return sym.Name // the best one comes first
		}
		if name := functions.GoInterface(at); name != "" {
			return name
		}
	}
	return m.file.VariableAt(at)
}

// Stream is capture.Info's.
func (in *informant) Stream(a sysdeps.Addr) string {
	sp := spaceOf(in.th)
	if !sp.streams.known {
		sp.streams = findStreams(in.th.Process.Space, sp)
	}
	for i, at := range sp.streams.at {
		if at == a {
			return streamNames[i]
		}
	}
	return ""
}

// Descriptor is capture.Info's.
func (in *informant) Descriptor(fd int32) []byte { return in.descriptors.Lookup(in.th.TID, fd) }

// Netlink is capture.Info's.
func (in *informant) Netlink(fd int32) int {
	p := processOf(in.th)
	if p.plain.Has(fd) {
		return -1
	}
	family, plain := in.descriptors.Netlink(in.th.TID, fd)
	if plain && in.s.opt.Syscalls != nil && !in.s.filtered { // what closes it will be seen
		p.plain.Add(fd)
	}
	return family
}

// NetDevice is capture.Info's.
func (in *informant) NetDevice(index uint32) []byte {
	return in.descriptors.NetDevice(in.th.TID, index)
}

// Submissions is capture.Info's.
func (in *informant) Submissions(fd int32, n uint32) []byte {
	return in.descriptors.Submissions(in.th.TID, fd, n)
}

// streams are where the C library has the FILEs that every program has.
type streams struct {
	known bool
	at    [len(streamNames)]sysdeps.Addr
}

var streamNames = [...]string{"stdin", "stdout", "stderr"}

// findStreams looks for glibc's FILEs by their own names, for others by the variables
// that lead to them.
func findStreams(space *proc.Space, sp *space) streams {
	found := streams{known: true}
	for _, m := range sp.modules {
		if m.file == nil || !hasServices(m.Base) {
			continue
		}
		for i, name := range streamNames {
			if at, _, ok := m.file.Variable("_IO_2_1_" + name + "_"); ok {
				found.at[i] = m.bias + sysdeps.Addr(at)
			} else if at, _, ok := m.file.Variable(name); ok {
				found.at[i], _ = readWord(space, m.bias+sysdeps.Addr(at))
			}
		}
	}
	return found
}

// maxNames bounds the names of addresses that are kept.
const maxNames = 10_000

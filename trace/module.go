package trace

import (
	"debug/elf"
	"errors"
	"fmt"
	"path/filepath"
	"strconv"
	"strings"

	"sonde/elfsym"
	"sonde/filter"
	"sonde/proc"
	"sonde/sysdeps"
)

// module is one mapping of an ELF file.
type module struct {
	filter.Module
	mapped string // the path in /proc/PID/maps, which ends in " (deleted)" for what is gone
	lo, hi sysdeps.Addr
	inode  uint64
	file   *elfsym.File   // nil when it cannot be read, or need not be
	source string         // where the file can be read
	bias   sysdeps.Addr   // what its link-time addresses are moved by
	loads  []sysdeps.Addr // the functions that its code loads pointers to
	// relocated says that the dynamic linker has set its pointers, but for
	// those that it binds lazily.
	relocated bool
	// untouched says, while it is probed, that none of its code has run yet.
	untouched bool
	// foreign says that the file is of another machine, of another kind or gone.
	foreign bool
}

// shownName is what a line calls the module of a function by: the main program's
// own functions need no name.
func (m *module) shownName() string {
	if m.Main {
		return ""
	}
	return m.Name
}

func (m *module) contains(a sysdeps.Addr) bool { return m.lo <= a && a < m.hi }

// holds tells whether a lies in what a module has in memory, be it behind what is
// mapped of its file: most of .bss is.
func (m *module) holds(a sysdeps.Addr) bool {
	if m.file == nil {
		return m.contains(a)
	}
	for _, seg := range m.file.Segments() {
		if at := uint64(a - m.bias); seg.Addr <= at && at-seg.Addr < seg.Size {
			return true
		}
	}
	return false
}

// findModules groups the mappings of files with code in them. A file that is
// mapped twice (dlmopen) is two modules, each from its ELF header on.
func findModules(mappings []proc.Mapping) map[sysdeps.Addr]*module {
	found := make(map[sysdeps.Addr]*module)
	var last *module
	code := false
	keep := func() {
		if last != nil && code {
			found[last.lo] = last
		}
		last, code = nil, false
	}
	for i := range mappings {
		m := &mappings[i]
		if m.Inode == 0 || !strings.HasPrefix(m.Path, "/") {
			continue // .bss, guard pages: they may stand between a file's parts
		}
		if last == nil || last.inode != m.Inode || last.mapped != m.Path || m.Offset == 0 && code {
			keep()
			path := strings.TrimSuffix(m.Path, " (deleted)")
			last = &module{Module: filter.Module{Base: filepath.Base(path), Path: path}, mapped: m.Path, lo: m.Lo, inode: m.Inode}
		}
		last.hi = m.Hi
		code = code || m.Exec
	}
	keep()
	return found
}

// read reads a module's file.
func (s *Session) read(space *proc.Space, sp *space, m *module, tid int) error {
	if !s.worthReading(m) {
		return nil
	}
	if err := m.readFile(&s.files, ownMemory{space}, "/proc/"+strconv.Itoa(tid)); err != nil {
		if !proc.Lives(tid) {
			return sysdeps.ErrGone
		}
		if !errors.Is(err, elfsym.ErrNotELF) { // code in a file of another kind: a JIT's, say
			s.warn(fmt.Errorf("calls from %s are not traced: %w", m.Path, err))
		}
		return nil
	}
	if m.file.Arch != space.Arch {
		m.file = nil
		return nil
	}
	if m.Main && isLoader(m.file) {
		m.Main, sp.linker.executed = false, true
		m.loaded(m.file, m.source, m.bias) // it goes by its SONAME then
	}
	m.addSlack(space)
	if isLoader(m.file) {
		if sp.linker.module == nil {
			sp.linker.module = m
		}
		return m.plantService(space, loaderSymbol, loaderNotice)
	}
	return nil
}

// worthReading tells whether a module's file needs to be looked at: not where
// nothing in it can be wanted, and nothing is known to be needed of a library of
// that name.
func (s *Session) worthReading(m *module) bool {
	return m.Main || s.opt.wants(&m.Module) || hasServices(m.Base)
}

// readFile finds the file that is mapped: by its path as the process sees it, or
// where that leads elsewhere by now, by the mapping itself. dir is the process's
// in /proc, and mem its memory as the program made it.
func (m *module) readFile(files *elfsym.Cache, mem sysdeps.Memory, dir string) error {
	f, path, err := proc.OpenMapped(files, mem, dir, m.mapped, m.lo)
	if err == nil {
		m.loaded(f, path, m.lo-sysdeps.Addr(f.Segments()[0].Addr).PageDown())
	}
	return err
}

// loaded notes a module's file, where that can be read, and what its link-time
// addresses are moved by.
func (m *module) loaded(f *elfsym.File, source string, bias sysdeps.Addr) {
	m.file, m.source, m.bias = f, source, bias
	if m.Name = m.Base; !m.Main && f.SONAME != "" {
		m.Name = f.SONAME
	}
}

// ownMemory is a process's memory without the traps in it.
type ownMemory struct{ space *proc.Space }

// ReadMemory is sysdeps.Memory's.
func (o ownMemory) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	n, err := o.space.ReadMemory(p, a)
	o.space.Table.Unpatch(p[:n], a)
	return n, err
}

// addSlack offers the room between the end of the code and the end of its last
// page, which nothing uses, for running instructions out of line.
func (m *module) addSlack(space *proc.Space) {
	const align = 16
	for _, seg := range m.file.Segments() {
		if seg.Flags&elf.PF_X == 0 || seg.Flags&elf.PF_W != 0 || seg.Size != seg.FileSize {
			continue
		}
		end := m.bias + sysdeps.Addr(seg.Addr+seg.Size)
		space.AddSlack((end+align-1)&^(align-1), end.PageUp())
	}
}

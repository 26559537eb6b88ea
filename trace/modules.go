package trace

import (
	"debug/elf"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sonde/elfsym"
	"sonde/filter"
	"sonde/proc"
	"sonde/sysdeps"
)

// space is what a Session keeps of a proc.Space.
type space struct {
	modules map[sysdeps.Addr]*module // by where they begin
	served  map[*module]bool         // those whose services are planted
	code    []codeRange              // ascending
	exe     string                   // the program's file
	linker  linker                   // the dynamic linker, where there is one
	probes  int                      // places where a call is traced
	tally   tally                    // what the filters have chosen, traced or not
	awaited []awaited                // pointers that will tell where functions are
	ifuncs  []ifunc
	tails   map[codePath]bool // what jumps has found
	settled bool              // all libraries of the start are there
	running bool              // what is there has run already
	purged  int               // breakpoints that were left after the last purge
	// What is found out about the modules when it is needed:
	errno   errnoPlace
	streams streams
	names   map[sysdeps.Addr]string // of what pointers to functions lead to
	mapped  mapped
	goals   map[*entryPlace]string // the modules that calls through pointers go to
}

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

// codeRange is executable memory.
type codeRange struct {
	lo, hi  sysdeps.Addr
	passing bool // anonymous or writable: it may change at any time
}

// Clone is proc.SpaceData's.
func (sp *space) Clone() proc.SpaceData {
	c := *sp
	c.modules, c.served, c.code = maps.Clone(sp.modules), maps.Clone(sp.served), slices.Clone(sp.code)
	c.tails, c.names = maps.Clone(sp.tails), maps.Clone(sp.names)
	c.awaited, c.ifuncs = slices.Clone(sp.awaited), slices.Clone(sp.ifuncs)
	c.mapped = mapped{} // which are read through a process
	c.goals = nil
	return &c
}

func spaceOf(th *proc.Thread) *space {
	sp, _ := th.Process.Space.Data.(*space)
	return sp
}

// exePath returns the path of a process's program.
func exePath(tid int) string {
	path, err := os.Readlink("/proc/" + strconv.Itoa(tid) + "/exe")
	if err != nil {
		return ""
	}
	return path
}

// begin looks at an address space for the first time: at the exec, when the
// kernel has mapped the program and its dynamic linker, or at an attachment, while the
// program runs. Its files are found by a thread, whose directory in /proc leads nowhere
// once that thread has ended: then all is looked at anew by another.
func (s *Session) begin(p *proc.Process, running bool) error {
	for {
		tid := p.LiveTID()
		err := s.beginBy(p, tid, running)
		if proc.Lives(tid) || p.LiveTID() == tid {
			return err
		}
		s.debugf("thread %d has ended while files were read by it", tid)
		if err := p.Space.Table.RemoveAll(p.Space); err != nil {
			return err
		}
	}
}

// beginBy is begin by one of the threads.
func (s *Session) beginBy(p *proc.Process, tid int, running bool) error {
	sp := &space{modules: make(map[sysdeps.Addr]*module), served: make(map[*module]bool), running: running}
	p.Space.Data = sp
	if s.opt.Syscalls != nil && !s.opt.wantsFunctions() {
		return nil // nothing will be asked of modules; most programs of a build are short
	}
	s.debugMemory(p, tid)
	sp.exe = exePath(tid)
	if err := s.update(p, tid); err != nil {
		return err
	}
	sp.running = false
	sp.settled = sp.linker.module == nil || !p.Launched
	if sp.settled && proc.Lives(tid) {
		s.checkProbes(p, sp)
	}
	return nil
}

// update compares the mappings with what is known: it probes what is new and
// forgets what is gone. tid is a thread of the process that is alive.
func (s *Session) update(p *proc.Process, tid int) error {
	mappings, err := proc.Maps(tid)
	if err != nil {
		return err
	}
	if len(mappings) == 0 { // it is ending
		return sysdeps.ErrGone
	}
	sp := p.Space.Data.(*space)
	sp.code, sp.errno, sp.names, sp.goals = codeRanges(mappings), errnoPlace{}, nil, nil
	sp.mapped.stale = true
	found := findModules(mappings)
	for lo, old := range sp.modules {
		if now := found[lo]; now == nil || now.inode != old.inode || now.mapped != old.mapped {
			if err := sp.forget(p.Space, old); err != nil {
				return err
			}
			s.tellUnload(p, old, tid)
		}
	}
	var fresh []*module
	if !sp.programUnknown(p.Space) {
		for _, lo := range slices.Sorted(maps.Keys(found)) {
			if sp.modules[lo] == nil {
				sp.modules[lo] = found[lo]
				fresh = append(fresh, found[lo])
			}
		}
	}
	if err := s.take(p.Space, sp, fresh, tid); err != nil {
		return err
	}
	s.tellLoads(p, fresh, tid)
	if err := s.resolve(p.Space, sp); err != nil {
		return err
	}
	if sp.probes == 0 {
		return nil // a program that is not traced is not to be slowed
	}
	for _, m := range sp.modules {
		if sp.served[m] || m.file == nil {
			continue
		}
		sp.served[m] = true
		if err := m.provide(p.Space); err != nil {
			return err
		}
	}
	return nil
}

// forget takes out a module that has been unmapped, and what it needed of others.
func (sp *space) forget(space *proc.Space, m *module) error {
	space.Table.Forget(m.lo, m.hi)
	delete(sp.modules, m.lo)
	delete(sp.served, m)
	sp.tails = nil
	sp.awaited = slices.DeleteFunc(slices.Clone(sp.awaited), func(a awaited) bool { return a.of == m })
	sp.ifuncs = slices.DeleteFunc(slices.Clone(sp.ifuncs), func(f ifunc) bool { return f.in == m })
	return m.unload(space)
}

// take reads the files of new modules, and probes them when all are known.
func (s *Session) take(space *proc.Space, sp *space, fresh []*module, tid int) error {
	if len(fresh) == 0 {
		return nil
	}
	exe := exeInode(tid)
	for _, m := range fresh {
		m.Main = m.inode == exe && m.mapped == sp.exe
		// Libraries of the start have resolvers of IFUNCs, and more, that
		// have run before the dynamic linker tells of them.
		m.untouched = !sp.running && (m.Main || sp.settled)
		if err := s.read(space, sp, m, tid); err != nil {
			return err
		}
	}
	if m := sp.findProgram(space); m != nil && m.file == nil {
		if err := s.read(space, sp, m, tid); err != nil {
			return err
		}
	}
	if err := s.watchBeginning(space, sp); err != nil {
		return err
	}
	wanted := Wanted{Calls: s.opt.Calls, Entries: s.opt.Entries}
	if s.opt.Libraries != nil {
		wanted.Reached = s.exported(sp)
		if slices.ContainsFunc(fresh, s.isGoal) { // what is there already may call it
			old := slices.DeleteFunc(slices.Collect(maps.Values(sp.modules)), func(m *module) bool { return slices.Contains(fresh, m) })
			if err := s.probeAll(space, sp, old, &Wanted{Reached: wanted.Reached}, tid); err != nil {
				return err
			}
		}
	}
	err := s.probeAll(space, sp, fresh, &wanted, tid)
	for _, m := range fresh {
		m.untouched = false
	}
	return err
}

func (s *Session) probeAll(space *proc.Space, sp *space, modules []*module, wanted *Wanted, tid int) error {
	for _, m := range modules {
		if m.file == nil {
			continue
		}
		if err := s.probe(space, sp, m, wanted, tid); err != nil {
			return err
		}
	}
	return nil
}

// programUnknown tells that the dynamic linker was started as a program of its
// own, and has yet to say which program it has loaded: until then nothing can be
// told of its modules.
func (sp *space) programUnknown(space *proc.Space) bool {
	return sp.linker.executed && sp.linker.program(space) == 0
}

// findProgram makes the program that the dynamic linker was told to run the main
// one (ld.so PROGRAM), and returns it when it has.
func (sp *space) findProgram(space *proc.Space) *module {
	if !sp.linker.executed {
		return nil
	}
	m := sp.moduleAt(sp.linker.program(space))
	if m == nil || m == sp.linker.module {
		return nil
	}
	m.Main, m.Name, sp.exe = true, m.Base, m.mapped
	sp.linker.executed = false
	return m
}

func exeInode(tid int) uint64 {
	fi, err := os.Stat("/proc/" + strconv.Itoa(tid) + "/exe")
	if err != nil {
		return 0
	}
	id, err := elfsym.IDOf(fi)
	if err != nil {
		return 0
	}
	return id.Ino
}

// codeRanges are the executable mappings, neighbours of one kind joined.
func codeRanges(mappings []proc.Mapping) []codeRange {
	var code []codeRange
	for i := range mappings {
		m := &mappings[i]
		if !m.Exec {
			continue
		}
		passing := m.Write || m.Inode == 0 && !strings.HasPrefix(m.Path, "[v")
		if n := len(code); n > 0 && code[n-1].hi == m.Lo && code[n-1].passing == passing {
			code[n-1].hi = m.Hi
			continue
		}
		code = append(code, codeRange{m.Lo, m.Hi, passing})
	}
	return code
}

// find returns the executable memory at a that is known.
func (sp *space) find(a sysdeps.Addr) (codeRange, bool) {
	i, _ := slices.BinarySearchFunc(sp.code, a, func(c codeRange, a sysdeps.Addr) int {
		if c.hi <= a {
			return -1
		}
		return 1
	})
	if i < len(sp.code) && sp.code[i].lo <= a {
		return sp.code[i], true
	}
	return codeRange{}, false
}

// codeAt returns the executable memory at a; it looks again where none is known.
func (sp *space) codeAt(th *proc.Thread, a sysdeps.Addr) (codeRange, bool) {
	for range 2 {
		if c, ok := sp.find(a); ok {
			return c, true
		}
		mappings, err := proc.Maps(th.TID)
		if err != nil {
			break
		}
		sp.code = codeRanges(mappings)
		sp.purge(th.Process.Space)
	}
	return codeRange{}, false
}

// purge forgets breakpoints in code that is not there any more, when there are
// twice as many as last time: a JIT moves its code without a word.
func (sp *space) purge(space *proc.Space) {
	const few = 10_000
	if space.Table.Len() < max(few, 2*sp.purged) {
		return
	}
	space.Table.ForgetIf(func(a sysdeps.Addr) bool {
		_, ok := sp.find(a)
		return !ok
	})
	sp.purged = space.Table.Len()
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

package trace

import (
	"bytes"
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
	"sonde/proc"
	"sonde/sysdeps"
)

// space is what a Session keeps of a proc.Space.
type space struct {
	modules map[sysdeps.Addr]*module // by where they begin
	served  map[*module]bool         // those whose services are planted
	code    []codeRange              // ascending
	exe     string                   // the program's file
	loader  *module                  // the dynamic linker, where there is one
	probes  int                      // places where a call is traced
	settled bool                     // all libraries of the start are there
	purged  int                      // breakpoints that were left after the last purge
}

// module is one mapping of an ELF file.
type module struct {
	name   string // as calls show it
	main   bool
	names  ModuleName // as filters know it
	lo, hi sysdeps.Addr
	inode  uint64
	path   string
	file   *elfsym.File // nil when it cannot be read
	bias   sysdeps.Addr // what its link-time addresses are moved by
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
// kernel has mapped the program and its dynamic linker, or at an attachment.
func (s *Session) begin(p *proc.Process) error {
	tid := p.LiveTID()
	sp := &space{modules: make(map[sysdeps.Addr]*module), served: make(map[*module]bool), exe: exePath(tid)}
	p.Space.Data = sp
	if err := s.update(p, tid); err != nil {
		return err
	}
	sp.settled = sp.loader == nil || !p.Launched
	if sp.settled {
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
	sp.code = codeRanges(mappings)
	found := findModules(mappings)
	for lo, old := range sp.modules {
		if now := found[lo]; now == nil || now.inode != old.inode || now.path != old.path {
			p.Space.Table.Forget(old.lo, old.hi)
			delete(sp.modules, lo)
			delete(sp.served, old)
		}
	}
	exe := exeInode(tid)
	for _, lo := range slices.Sorted(maps.Keys(found)) {
		if m := found[lo]; sp.modules[lo] == nil {
			sp.modules[lo] = m
			m.main = m.inode == exe && m.path == sp.exe
			if err := s.add(p.Space, sp, m, tid); err != nil {
				return err
			}
		}
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
		if last == nil || last.inode != m.Inode || last.path != m.Path || m.Offset == 0 && code {
			keep()
			last = &module{lo: m.Lo, inode: m.Inode, path: m.Path}
		}
		last.hi = m.Hi
		code = code || m.Exec
	}
	keep()
	return found
}

// add reads a module's file and probes it.
func (s *Session) add(space *proc.Space, sp *space, m *module, tid int) error {
	path := strings.TrimSuffix(m.path, " (deleted)")
	m.name = filepath.Base(path)
	m.names = ModuleName{Base: m.name, Path: path, Main: m.main}
	if !s.worthReading(m) {
		return nil
	}
	f, err := s.open(space, m, tid)
	if err != nil {
		if _, gone := proc.ReadStatus(tid); gone != nil {
			return sysdeps.ErrGone
		}
		if !errors.Is(err, elfsym.ErrNotELF) { // code in a file of another kind: a JIT's, say
			s.warn(fmt.Errorf("calls from %s are not traced: %w", m.path, err))
		}
		return nil
	}
	m.file = f
	if !m.main && f.SONAME != "" {
		m.name = f.SONAME
	}
	m.names.Name = m.name
	if f.Arch != space.Arch || len(f.Segments()) == 0 {
		m.file = nil
		return nil
	}
	m.bias = m.lo - sysdeps.Addr(f.Segments()[0].Addr).PageDown()
	m.addSlack(space)
	if ok, err := m.watchLoader(space); err != nil {
		return err
	} else if ok {
		sp.loader = m
	}
	if err := s.probeGo(space, sp, m, tid); err != nil {
		return err
	}
	return s.probe(space, sp, m)
}

// worthReading tells whether a module's file needs to be looked at: not where
// the filter names the main program alone, and nothing is known to be needed of
// a library of that name.
func (s *Session) worthReading(m *module) bool {
	return m.main || s.opt.Calls.Wants(&m.names) || hasServices(m.name)
}

// open finds the file that is mapped: by its path as the process sees it, or
// where that leads elsewhere by now, by the mapping itself.
func (s *Session) open(space *proc.Space, m *module, tid int) (*elfsym.File, error) {
	dir := "/proc/" + strconv.Itoa(tid)
	ways := []string{dir + "/root" + m.path, mapFile(dir, m.lo)}
	if m.main {
		ways[1] = dir + "/exe"
	}
	var first error
	for _, path := range ways {
		if path == "" {
			continue
		}
		f, err := s.openAs(path)
		if err == nil && !sameHeader(space, m, path) {
			err = fmt.Errorf("%s is not the file that is mapped", m.path)
		}
		if err == nil {
			return f, nil
		}
		if first == nil {
			first = err
		}
	}
	return nil, first
}

// mapFile returns the link to the file that is mapped at lo. Following it takes
// CAP_CHECKPOINT_RESTORE (proc_pid_map_files(5)).
func mapFile(dir string, lo sysdeps.Addr) string {
	found, _ := filepath.Glob(fmt.Sprintf("%s/map_files/%x-*", dir, uint64(lo)))
	if len(found) == 0 {
		return ""
	}
	return found[0]
}

func (s *Session) openAs(path string) (*elfsym.File, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	id, err := elfsym.IDOf(fi)
	if err != nil {
		return nil, err
	}
	return s.files.Open(path, id)
}

// sameHeader compares the ELF header in memory with the file's. Inode numbers
// do not tell: on layered file systems /proc/PID/maps shows other ones.
func sameHeader(space *proc.Space, m *module, path string) bool {
	var mem, file [64]byte
	if _, err := space.ReadMemory(mem[:], m.lo); err != nil {
		return true // execute-only: nothing to compare
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	_, err = f.ReadAt(file[:], 0)
	return err == nil && bytes.Equal(mem[:], file[:])
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

// probe plants a breakpoint at each PLT slot that the filter wants.
func (s *Session) probe(space *proc.Space, sp *space, m *module) error {
	for _, slot := range m.file.PLT() {
		if !s.opt.Calls.Match(&m.names, slot.Symbol, slot.Version) {
			continue
		}
		ep := &entryPlace{caller: m.name, name: slot.Symbol, catches: services[slot.Symbol] == catchException}
		_, err := plant(space, m.bias+sysdeps.Addr(slot.Addr), func(pl *place) { pl.entry = ep })
		if err != nil {
			return fmt.Errorf("probe %s in %s: %w", slot.Symbol, m.path, err)
		}
		sp.probes++
	}
	return nil
}

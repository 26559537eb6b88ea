package trace

import (
	"maps"
	"os"
	"slices"
	"strconv"

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
	golang  goHeld
	mapped  mapped
	goals   map[*entryPlace]string // the modules that calls through pointers go to
}

// Clone is proc.SpaceData's.
func (sp *space) Clone() proc.SpaceData {
	c := *sp
	c.modules, c.served, c.code = maps.Clone(sp.modules), maps.Clone(sp.served), slices.Clone(sp.code)
	c.tails, c.names = maps.Clone(sp.tails), maps.Clone(sp.names)
	c.golang = goHeld{maps.Clone(sp.golang.types), maps.Clone(sp.golang.tables)}
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

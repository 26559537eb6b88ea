package stacks

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"sonde/elfsym"
	"sonde/proc"
	"sonde/prototype"
	"sonde/snapshot"
	"sonde/symbolize"
	"sonde/sysdeps"
)

// Live returns the stacks of a process. The error is that of snapshot.Hold or of opening
// the memory.
func Live(pid int, o *Options) (*Process, error) {
	s := NewSampler(pid, o)
	defer s.Close()
	return s.Take()
}

// Sampler takes the stacks of a process, any number of times. What it has learnt of files
// it keeps from one time to the next. It belongs to one goroutine.
type Sampler struct {
	pid    int
	o      *Options
	files  elfsym.Cache
	names  *symbolize.Symbolizer
	walker walker
	told   int              // of the damage
	arch   *sysdeps.Arch    // nil before it is asked for
	calls  *prototype.Shelf // the same

	// Of the last time:
	mem      current
	mappings []proc.Mapping
	images   *elfsym.Images
}

// current is the memory of the process as it is now: what images are read out of, which
// does not change.
type current struct{ *snapshot.Memory }

// NewSampler returns a Sampler of a process that has not looked at it yet.
func NewSampler(pid int, o *Options) *Sampler {
	s := &Sampler{pid: pid, o: o, files: elfsym.Cache{Lazy: true}, names: o.symbolizer(pid)}
	s.walker = walker{o: o, names: s.names}
	return s
}

// Close ends the use of files and memory.
func (s *Sampler) Close() error {
	err := s.names.Close()
	if s.mem.Memory != nil {
		err = errors.Join(err, s.mem.Close())
	}
	return err
}

// Take stops the process, copies its stacks, lets it go, and then walks them. The error is
// that of snapshot.Hold or of opening the memory.
func (s *Sampler) Take() (*Process, error) {
	if s.o.Nonblocking {
		return s.look()
	}
	mem, err := snapshot.OpenMemory(s.pid) // anew: an exec may have changed it
	if errors.Is(err, proc.ErrKernelThread) {
		return s.kernelThread(), nil
	} else if err != nil {
		return nil, err
	}
	s.reopen(mem)
	if now, err := proc.Maps(mem.TID()); err == nil && s.o.Languages { // Hold tells what is wrong
		s.remap(now)
	}
	if s.walker.langs == nil || s.walker.langs.of != s.images {
		s.walker.langs = s.o.languages(s.images, &s.mem)
	}
	before := states(s.pid)
	p := &Process{PID: s.pid, Time: time.Now()}
	var copied *snapshot.Stacks
	var threads []*snapshot.Thread
	p.Still, err = snapshot.Hold(s.pid, snapshot.Options{MaxStop: s.o.MaxStop, OwnThread: true}, func(h *snapshot.Held) (err error) {
		threads = h.Threads
		p.PID = h.PID
		if copied, err = h.Stacks(mem); err != nil {
			return err
		}
		for _, g := range s.o.Given {
			copied.CopyAt(g.SP, archOf(threads))
		}
		s.walker.langs.read(mem, s.o.standing(threads), &reading{limit: s.o.Limit, keep: copied.CopyRanges, late: s.o.deadline()})
		if s.o.Variables.Wanted() && s.o.Variables.Values {
			copied.CopyPointees(threads)
			h.ReadVectors()
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	p.Copied = copied.Copied
	s.remap(copied.Mappings)
	p.Program = s.program()
	s.walker.memory, s.walker.images = copied, s.images
	for _, held := range threads {
		if s.o.wants(held.TID) {
			p.Threads = append(p.Threads, s.thread(held, before[held.TID]))
		}
	}
	p.Threads = append(p.Threads, s.walker.walkGoroutines()...)
	for _, g := range s.o.Given {
		p.Threads = append(p.Threads, s.walker.walkGiven(g, archOf(threads)))
	}
	p.addNamespaces()
	s.walker.addModules(p)
	p.Damage = s.damage()
	return p, nil
}

// damage is what is wrong with files, as far as it has not been told before.
func (s *Sampler) damage() []error {
	all := s.names.Damage()
	fresh := append(slices.Clip(all[s.told:]), s.walker.langs.taken()...)
	s.told = len(all)
	return fresh
}

// archOf is the machine of threads.
func archOf(threads []*snapshot.Thread) *sysdeps.Arch {
	for _, t := range threads {
		if t.Err == nil {
			return t.Regs.Arch
		}
	}
	return sysdeps.AMD64
}

// standing are the threads that are wanted and have stopped.
func (o *Options) standing(threads []*snapshot.Thread) (all []standing) {
	for _, t := range threads {
		if t.Err == nil && o.wants(t.TID) {
			all = append(all, standing{t.TID, &t.Regs})
		}
	}
	return all
}

// deadline tells when half of the time is over for which a process may stand still.
func (o *Options) deadline() (late func() bool) {
	most := o.MaxStop
	if most == 0 {
		most = snapshot.DefaultMaxStop
	}
	end := time.Now().Add(most / 2)
	return func() bool { return time.Now().After(end) }
}

// thread walks the stack of a thread that was held.
func (s *Sampler) thread(held *snapshot.Thread, before named) Thread {
	t := Thread{TID: held.TID, Name: before.name, State: before.state, Frames: []Frame{}}
	if held.Err != nil {
		t.Why = held.Err.Error()
		t.addKernelSide()
		return t
	}
	if nr, in := held.Regs.Syscall(); in && t.State != "running" {
		t.Syscall = systemCall(held.Regs.Arch, nr)
	}
	t.Goroutine = s.walker.langs.goroutines[held.TID]
	s.walker.vectors = held.Vectors
	s.walker.walk(&held.Regs, &t)
	return t
}

// reopen takes other memory of the process for that which there was.
func (s *Sampler) reopen(mem *snapshot.Memory) {
	if s.mem.Memory != nil {
		s.mem.Close()
	}
	s.mem.Memory = mem
}

// remap makes the images of what is mapped now. Where that is what was mapped before, they
// stay: what has been found out about them counts on.
func (s *Sampler) remap(mappings []proc.Mapping) {
	if slices.Equal(s.mappings, mappings) {
		return
	}
	finder := &elfsym.DebugFinder{Root: "/proc/" + strconv.Itoa(s.mem.TID()) + "/root"}
	s.mappings = mappings
	s.images = proc.Images(s.mem.TID(), mappings, &s.mem, &s.files, finder)
}

func systemCall(a *sysdeps.Arch, nr int64) string {
	if name := a.Syscalls.Name(nr); name != "" {
		return name
	}
	return "system call " + strconv.FormatInt(nr, 10)
}

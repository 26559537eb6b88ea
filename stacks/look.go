package stacks

import (
	"errors"
	"os"
	"slices"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"sonde/proc"
	"sonde/prototype"
	"sonde/snapshot"
	"sonde/sysdeps"
)

// look tells what can be seen of the process without stopping it: the names and states of
// its threads and the system calls that they sleep in, and as much of the stacks of those
// as follows from the few registers that /proc tells. A thread that ran meanwhile is told
// as such.
func (s *Sampler) look() (*Process, error) {
	st, err := proc.ReadStatus(s.pid)
	if errors.Is(err, sysdeps.ErrGone) {
		return nil, proc.ErrNoProcess
	} else if err != nil {
		return nil, err
	}
	p := &Process{PID: st.TGID, Nonblocking: true, Time: time.Now()}
	tids, err := proc.Tasks(p.PID)
	if err != nil {
		return nil, proc.ErrNoProcess
	}
	slices.Sort(tids)
	mem, err := snapshot.OpenMemory(p.PID)
	var copied *snapshot.Stacks
	switch {
	case errors.Is(err, proc.ErrKernelThread):
		return s.kernelThread(), nil
	case errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES): // names and states are for all
	case err != nil:
		return nil, err
	default:
		if copied, err = mem.Stacks(); err != nil {
			mem.Close()
			return nil, err
		}
		s.reopen(mem)
		s.remap(copied.Mappings)
		p.Program = s.program()
	}
	s.walker.langs = &languages{of: s.images} // what interpreters have does not hold still
	states := states(p.PID)
	for _, tid := range tids {
		before, there := states[tid]
		if !s.o.wants(tid) || !there || before.state == words['Z'] {
			continue
		}
		t := Thread{TID: tid, Name: before.name, State: before.state, Frames: []Frame{}}
		s.lookAt(&t, copied)
		p.Threads = append(p.Threads, t)
	}
	for _, g := range s.o.Given {
		if copied != nil {
			copied.Forget()
			copied.CopyAt(g.SP, s.machine())
			s.walker.memory, s.walker.images = copied, s.images
			p.Threads = append(p.Threads, s.walker.walkGiven(g, s.machine()))
		}
	}
	p.addNamespaces()
	s.walker.addModules(p)
	p.Damage = s.damage()
	return p, nil
}

// Reasons why a thread that was not stopped has no stack.
const (
	whyRunning = "it runs: of its stack nothing holds still"
	whyHidden  = "what it does is shown to those alone who may trace it"
	whyMoved   = "it moved on while it was looked at"
)

// maxLooks is how often a thread is looked at that moves.
const maxLooks = 3

// lookAt looks at a thread.
func (s *Sampler) lookAt(t *Thread, copied *snapshot.Stacks) {
	t.addKernelSide()
	for range maxLooks {
		was, err := momentOf(t.TID)
		switch {
		case errors.Is(err, os.ErrNotExist) || errors.Is(err, unix.ESRCH) || errors.Is(err, sysdeps.ErrGone):
			t.Why = sysdeps.ErrGone.Error()
			return
		case err != nil || copied == nil:
			t.Why = whyHidden
			return
		case was.call.running:
			t.Why = whyRunning
			return
		}
		arch := s.machine()
		copied.Forget()
		copied.CopyAt(was.call.sp, arch)
		if is, err := momentOf(t.TID); err != nil || is != was {
			continue
		}
		s.walkAsleep(t, &was.call, copied, arch)
		return
	}
	t.Why = whyMoved
}

// walkAsleep walks the stack of a thread that sleeps. Of its registers there are, but for
// the program counter and the stack pointer, those that it has passed arguments in.
func (s *Sampler) walkAsleep(t *Thread, call *asleep, copied *snapshot.Stacks, arch *sysdeps.Arch) {
	r := sysdeps.Regs{Arch: arch}
	r.SetSP(call.sp)
	r.SetPC(call.pc)
	known := []sysdeps.Reg{sysdeps.RSP, sysdeps.RIP}
	if call.in {
		t.Syscall = systemCall(arch, call.nr)
		t.Args = call.args[:s.countArgs(arch, t.Syscall)]
		for i, reg := range arch.SyscallArgs {
			r.Set(reg, call.args[i])
		}
		known = append(known, arch.SyscallArgs...)
	}
	s.walker.memory, s.walker.images = copied, s.images
	s.walker.StartPartial(copied, s.images, &r, known...)
	s.walker.frames(arch, t)
}

// machine is that of the process's program.
func (s *Sampler) machine() *sysdeps.Arch {
	if s.arch == nil {
		s.arch = proc.ArchOf(s.pid)
	}
	return s.arch
}

// countArgs is how many arguments a system call has, as it is declared; all where it is not.
func (s *Sampler) countArgs(arch *sysdeps.Arch, name string) int {
	if s.calls == nil {
		s.calls = prototype.NewShelf(prototype.ShelfOptions{})
	}
	if decl := s.calls.SystemCall(arch.Name, name); decl != nil {
		return min(len(decl.Params), len(arch.SyscallArgs))
	}
	return len(arch.SyscallArgs)
}

// kernelThread tells of a thread of the kernel's, which runs no program and cannot be
// stopped.
func (s *Sampler) kernelThread() *Process {
	p := &Process{PID: s.pid, Kernel: true, Time: time.Now()}
	before := states(s.pid)[s.pid]
	t := Thread{TID: s.pid, Name: before.name, State: before.state, Frames: []Frame{}}
	t.addKernelSide()
	if len(t.Kernel) == 0 {
		t.Why = "where it is in the kernel is shown to root alone"
	}
	p.Threads = []Thread{t}
	return p
}

// program is the process's executable; "" where that is not known.
func (s *Sampler) program() string {
	path, _ := os.Readlink("/proc/" + strconv.Itoa(s.mem.TID()) + "/exe") // it may have ended
	return path
}

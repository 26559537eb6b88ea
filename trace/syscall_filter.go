package trace

import (
	"errors"
	"os"

	"sonde/descriptor"
	"sonde/proc"
	"sonde/seccomp"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// filter returns what has the kernel stop a program at the system calls alone that are
// to be told of, or nil where it must stop at all, and says why.
func (s *Session) filter() seccomp.Filter {
	f, err := s.newFilter()
	if err != nil {
		s.debugf("system calls by PTRACE_SYSCALL, no seccomp filter: %v", err)
		return nil
	}
	s.debugf("system calls by a seccomp filter of %d instructions; PTRACE_SYSCALL from the entry of those that it chooses", len(f))
	return f
}

func (s *Session) newFilter() (seccomp.Filter, error) {
	if !s.opt.Seccomp {
		return nil, errors.New("--seccomp-bpf is not given")
	}
	if !ptrace.CanFilter() {
		return nil, errors.New("the kernel has none that stop for a tracer, or is older than Linux 4.14")
	}
	// What our own filters forbid, ours would not be asked about.
	if st, err := proc.ReadStatus(os.Getpid()); err != nil || st.Seccomp != 0 {
		return nil, errors.New("sonde itself runs under one, which may answer calls first")
	}
	var machines []seccomp.Calls
	all := true
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		c := s.chosenSyscalls(arch)
		all = all && c.All()
		machines = append(machines, c)
	}
	if all {
		return nil, errors.New("no system call is left out")
	}
	return seccomp.New(machines)
}

// chosenSyscalls returns the calls of a machine that are to be stopped at.
func (s *Session) chosenSyscalls(arch *sysdeps.Arch) seccomp.Calls {
	nrs, rest := s.opt.Syscalls.Numbers(arch)
	if s.choosesFiles() {
		// Of a call without a name it is not known that it uses any.
		nrs, rest = nil, false
	}
	for nr := range arch.Syscalls.All() {
		nrs = append(nrs, nr)
	}
	c := seccomp.Calls{Arch: arch, Rest: rest}
	for _, nr := range nrs {
		if nr = sysdeps.WholeOf(nr); s.needsSyscall(arch, nr) != rest {
			c.Except = append(c.Except, nr)
		}
	}
	return c
}

// needsSyscall tells whether a call may be told of, or one of its parts, or changes what
// is told of others.
func (s *Session) needsSyscall(arch *sysdeps.Arch, nr int64) bool {
	if nr == arch.Calls.Userfaultfd || s.choosesSyscall(arch, nr) || s.opt.Detail >= descriptor.Ends && s.syscallOf(arch, nr).binds || s.syscallOf(arch, nr).maps {
		return true
	}
	for part := range arch.Syscalls.Parts(nr) {
		if s.choosesSyscall(arch, part) {
			return true
		}
	}
	return false
}

func (s *Session) choosesSyscall(arch *sysdeps.Arch, nr int64) bool {
	if s.choosesFiles() {
		return s.syscallOf(arch, nr).wanted
	}
	return s.opt.Syscalls.Wants(arch, nr)
}

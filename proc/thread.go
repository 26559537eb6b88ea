package proc

import (
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// options are those that the thread was seized with, or its parent.
func (th *Thread) options() uintptr {
	opts := uintptr(options)
	if th.Process.Root.Launched {
		opts |= ptrace.OptExitKill
	}
	if th.Process.underFilter() {
		opts |= ptrace.OptSeccomp
	}
	return opts
}

type threadState uint8

const (
	running   threadState = iota
	stopped               // in a ptrace stop, to be resumed by us
	listening             // in a group stop, to be resumed by SIGCONT
	released              // no longer traced; our child, whose end is awaited
)

// Thread is one traced thread.
type Thread struct {
	TID     int
	Process *Process
	// Data is for whoever runs the loop.
	Data any

	state threadState
	regs  sysdeps.Regs
	known bool // regs are the thread's
	dirty bool // and must be written back
	// vectors are the thread's, if vectorsKnown. There is room for them once
	// they have been asked for.
	vectors      *sysdeps.Vectors
	vectorsKnown bool
	sig          int  // to be delivered when it goes on
	group        bool // in a group stop: it goes on by PTRACE_LISTEN
	hit          *breakpoint.Breakpoint
	child        *Thread // a new thread to be let go with this one

	// resumedAt is the program counter that it was last resumed with, if
	// that is known: a trap reported there cannot be one of ours.
	resumedAt sysdeps.Addr
	// again are the breakpoints that the thread will run into once more
	// although their hits have been reported, because a signal came
	// between. Handlers nest.
	again []place
	// ownTrap marks a hit that turned out to be a trap of the program's own,
	// and is to be looked at again as its signal.
	ownTrap bool
	// trapBlocked says that the program has SIGTRAP blocked here. The
	// kernel unblocks it when a breakpoint is hit.
	trapBlocked bool
	maskTo      trapMask // what will become of that
	// parked is set while all threads are being gathered.
	parked bool
	// inCall: it has stopped inside a system call, at its entry, or for one of the
	// events of those that make processes and threads, or for an exec or its end.
	inCall bool
	// atEntry: of these, it has stopped at the entry, and the call has not begun.
	atEntry bool
	// call is the system call that it has made last, or is in, as phase says.
	call  Syscall
	phase callPhase
	// everyCall: it stops at all system calls although a filter chooses, since it
	// has one of its own, or, while installing, asks for it.
	everyCall, installing bool
	// passing: it runs where a filter lets calls pass unseen.
	passing bool
	// interrupted: PTRACE_INTERRUPT is on its way to it.
	interrupted bool
	// suspended is the number of the call that restart_syscall(2) would go on with,
	// or 0.
	suspended int64
	// seized: it has not stopped since it was.
	seized bool
	// held is a call that was broken off by that, or by a call of ours, and goes
	// on without a word; due is one whose exit is to be reported now.
	held, due *Syscall
	stepping  stepping
	// inVfork: it waits for its vfork's child and does not stop before that
	// one is gone.
	inVfork bool
	// exiting: a leader that has ended before its process's other threads.
	// It does not stop any more, and its end is told after theirs.
	exiting bool
	// tellsEnd: a leader that stops on its way out (PTRACE_O_TRACEEXIT).
	tellsEnd bool
	// former is the id that the thread had when it called exec, until that
	// is reported, if it was not its leader's.
	former int
	// leaving: it is to be let go as soon as it stops.
	leaving bool
	// outlasted: it has been seen outside any call that it was in when it was
	// seized.
	outlasted bool
	// affinity is what was changed by pinning.
	affinity *unix.CPUSet
}

// Regs returns the registers, read once for each stop. What is changed in them
// must be made known by Changed.
func (th *Thread) Regs() (*sysdeps.Regs, error) {
	if !th.known {
		if err := ptrace.GetRegs(th.TID, &th.regs); err != nil {
			return nil, fmt.Errorf("read registers: %w", err)
		}
		th.known, th.dirty = true, false
	}
	return &th.regs, nil
}

// Changed has the registers written back before the thread goes on.
func (th *Thread) Changed() { th.dirty = true }

// Vectors returns the x87 and vector registers, read once for each stop, where they
// are asked for.
func (th *Thread) Vectors() (*sysdeps.Vectors, error) {
	if th.vectorsKnown {
		return th.vectors, nil
	}
	if th.vectors == nil {
		th.vectors = new(sysdeps.Vectors)
	}
	if err := ptrace.GetVectors(th.TID, th.Process.Space.Arch, th.vectors); err != nil {
		return nil, fmt.Errorf("read vector registers: %w", err)
	}
	th.vectorsKnown = true
	return th.vectors, nil
}

// forget says that what was read of the thread's registers holds no longer.
func (th *Thread) forget() { th.known, th.dirty, th.vectorsKnown = false, false, false }

// ThreadPointer returns what the thread's own data are found by. It is asked of the
// thread at each stop, since a program may change it (arch_prctl(2)).
func (th *Thread) ThreadPointer() (sysdeps.Addr, error) {
	regs, err := th.Regs()
	if err != nil {
		return 0, err
	}
	if regs.Arch == sysdeps.I386 {
		return ptrace.GSBase(th.TID)
	}
	return sysdeps.Addr(regs.Get(sysdeps.FSBase)), nil
}

// Siginfo reads what goes with the signal that the thread has stopped for.
func (th *Thread) Siginfo() (info sysdeps.Siginfo, err error) {
	err = ptrace.GetSiginfo(th.TID, &info)
	return info, err
}

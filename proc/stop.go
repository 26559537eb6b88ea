package proc

import (
	"sonde/breakpoint"
	"sonde/sysdeps"
)

// Stop is one of the types of this file: why a thread stands still. When the
// body of the loop is done with it, the thread goes on as each type says.
type Stop interface{ isStop() }

// Hit is a thread that ran into a breakpoint. Its registers stand at the
// breakpoint's address; afterwards it goes on past the instruction there.
type Hit struct{ Breakpoint *breakpoint.Breakpoint }

// Spawned is a thread that made a new thread or process, which has not run
// yet. Both go on.
type Spawned struct{ Child *Thread }

// Execed is a process that replaced its program. The thread that called exec
// is the only one left, under the process's id, in a new address space.
type Execed struct {
	FormerTID int
	Old       *Space
}

// SyscallEnter is a thread about to make a system call: Arch, Nr and Args are
// known. A call that makes a thread or process, exec, or one that ends the thread
// reports that before its exit, if it has one.
type SyscallEnter struct{ *Syscall }

// SyscallExit is a thread that comes out of a system call: Value and Failed are
// known as well. A thread that is killed comes out of none, nor does a new thread
// out of the call that has made it. An exec's comes after Execed.
type SyscallExit struct{ *Syscall }

// Signal is a signal about to be delivered; it is delivered.
type Signal struct{ Number int }

// Stepped is a thread that has run an instruction to its end, by Tracer.Step. It
// stands at the next one. Each time that the processor repeats one with a rep prefix
// counts, and so does each time that a system call is begun, if it comes back. One
// that faults or traps is no step, but a Signal.
type Stepped struct{}

// GroupStop is a thread that job control has stopped; it stays stopped until
// SIGCONT.
type GroupStop struct{ Signal int }

// Exited is the end of a thread, which is gone already.
type Exited struct {
	Status  int  // the exit status, when Signal is 0
	Signal  int  // the signal that killed it
	Core    bool // it dumped core
	Process bool // its process has ended
}

// Interrupted is no thread's stop (it comes with a nil thread): somebody
// called Tracer.Interrupt.
type Interrupted struct{ Info sysdeps.Siginfo }

func (Hit) isStop()          {}
func (Spawned) isStop()      {}
func (Execed) isStop()       {}
func (SyscallEnter) isStop() {}
func (SyscallExit) isStop()  {}
func (Signal) isStop()       {}
func (Stepped) isStop()      {}
func (GroupStop) isStop()    {}
func (Exited) isStop()       {}
func (Interrupted) isStop()  {}

package event

import (
	"time"

	"sonde/prototype"
	"sonde/sysdeps"
)

// Event is one of the types of this file.
type Event interface{ Header() *Head }

// Head is what all events have.
type Head struct {
	Time time.Duration // since the clock's start, monotonic
	PID  int           // the process (thread group)
	TID  int           // the thread
	// Comm is the thread's name (comm in proc(5)) in its first event, and where
	// it is seen to have changed; else "".
	Comm string
}

// Header returns the head of the event that embeds it.
func (h *Head) Header() *Head { return h }

// Kind says what a Call is a call of.
type Kind uint8

// The kinds of calls.
const (
	// Library is a function of a library or of the program itself.
	Library Kind = iota
	// System is a system call: Name is the kernel's for it, without a prefix,
	// or syscall_0x1ff; Module is "SYS"; Caller is "".
	System
)

// Call is a function or system call being entered.
type Call struct {
	Head
	Kind   Kind
	ID     uint64 // never 0; the same in the Return or Abandoned
	Caller string // the module that calls: its SONAME, else its file name; "" where that was not asked
	// Module is the SONAME, else the file name, of where the function is.
	// It is "" for a function of the main program that is traced where it
	// begins, and where it is not known: of a call that is traced where it is
	// made, without Fields.Modules.
	Module string
	Name   string       // the symbol, mangled as in its file
	Return sysdeps.Addr // where the call returns to; of a system call that is behind its instruction
	Depth  int          // the number of traced calls that enclose it on its stack
	Parent uint64       // the ID of the innermost of them that has been told of; 0: none has
	Args   []prototype.Value
	// NoReturn says that the function is declared not to return. Should it do
	// so all the same, a Return follows.
	NoReturn bool
	// Resumes is the system call that restart_syscall(2) goes on with; "" in all
	// others, and where it is not known.
	Resumes string
	Stack   Stack // from the function on that makes the call
}

// Return is a function or system call returning to its caller.
type Return struct {
	Head
	Kind    Kind
	ID      uint64
	Caller  string
	Module  string
	Name    string
	Return  sysdeps.Addr
	Depth   int
	Elapsed time.Duration // since its Call
	Result  prototype.Value
	// Rest are the last of the Call's Args again, from the first on that was
	// Later, with what the function has put there: as addresses alone where
	// it has failed. It is nil where no argument was Later, and where
	// arguments were not wanted.
	Rest  []prototype.Value
	First int // which of Args the first of Rest is, counted from 0
	// Failed says that the system call has failed, or the function, as far as its
	// prototype tells. Where arguments were not wanted, nothing is known of functions.
	Failed bool
	// Errno is the error number of a function that failed, where its
	// prototype says that errno or the result tells why, or of a system call that did,
	// whose Result is -1 then; else 0. The kernel's own numbers from 512 on say that
	// a signal has interrupted the call, and how it goes on.
	Errno int
	// Inherited says that another process entered the call: what a child
	// returns from fork with was called by its parent.
	Inherited bool
}

// Reason says why a call never returns.
type Reason uint8

// Why a call is abandoned.
const (
	Jumped   Reason = iota // longjmp or the like went to an outer frame
	Thrown                 // an exception was caught in an outer frame
	Replaced               // its return address on the stack was overwritten
	Unknown                // its return cannot be caught (no code at the return address, say); of a system call, what it returned is not known
	Released               // its process is let go, and goes on with it untold (system calls alone)
)

// Abandoned is a call that will not return, while its thread goes on. Calls
// that a thread's or process's end cuts off, or an exec, get none: Exit and
// Exec stand for all of them.
type Abandoned struct {
	Head
	Kind   Kind
	ID     uint64
	Caller string
	Module string
	Name   string
	Return sysdeps.Addr
	Depth  int
	Why    Reason
	// NoReturn is that of its Call.
	NoReturn bool
}

// Signal is a signal about to be delivered.
type Signal struct {
	Head
	Info  sysdeps.Siginfo
	PC    sysdeps.Addr
	Stack Stack // from PC on
}

// Stopped is a process stopped by a job-control signal.
type Stopped struct {
	Head
	Signal int
}

// Spawn is a new thread or process; TID is the one that made it.
type Spawn struct {
	Head
	ChildPID int // equal to PID when the child is a thread
	ChildTID int
}

// Exec is a process that has replaced its program.
type Exec struct {
	Head
	FormerTID int    // the tid of the thread that called exec; TID is now the process's
	Path      string // the new program's file
}

// Exit is the end of a thread.
type Exit struct {
	Head
	Status  int  // the exit status, when Signal is 0
	Signal  int  // the signal that killed it
	Core    bool // a core was dumped
	Process bool // the whole process ended with it
}

// Attached is a process that is traced from now on, and has run before.
type Attached struct {
	Head
	Threads int // how many it has
}

// Detached is a process that Sonde lets go and that runs on by itself.
type Detached struct{ Head }

// Lost is a number of events that could not be told.
type Lost struct {
	Head
	N   uint64
	Why string
}

// Passed is a thread at an instruction that the user has named.
type Passed struct {
	Head
	Module string // the module that the instruction is in; "" for the main program
	Name   string // as the user wrote it
	PC     sysdeps.Addr
	Stack  Stack // from PC on
}

// Module is a file with code that a process has mapped or unmapped.
type Module struct {
	Head
	Loaded  bool         // else it is unmapped
	Base    sysdeps.Addr // where its first byte is
	Path    string       // as the process sees it
	SONAME  string       // "" where it has none, or the file has not been read
	BuildID []byte       // likewise nil
	Main    bool         // it is the program itself
}

// Warning is a remark about what is not traced, and why. It is of no thread in
// particular.
type Warning struct {
	Head
	Text string // one line
}

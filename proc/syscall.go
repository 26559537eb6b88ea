package proc

import (
	"errors"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Syscall is a system call of a thread, which keeps it until its next one.
type Syscall struct {
	// Arch is the machine whose convention the call is made by, and whose
	// number Nr is: not always the thread's own, since 64-bit code may make
	// 32-bit calls (int $0x80).
	Arch *sysdeps.Arch
	// Nr is the number at the entry. One that was never one, as -1, counts too.
	Nr   int64
	Args [6]uint64
	// PC is behind the instruction that makes the call, SP the stack pointer there.
	PC, SP sysdeps.Addr
	// Value is the result, of the machine's width, its sign extended. Failed says
	// that it is an errno, negated, from -4095 to -1; that may be one of those
	// that the kernel keeps for itself, from -512 (ERESTARTSYS) to -516
	// (ERESTART_RESTARTBLOCK): then a signal has come, and the call fails
	// with EINTR or is made anew. A call that a seccomp filter answers with a
	// signal has its own number for a result (syscall_rollback).
	Value  int64
	Failed bool
	// Unavailable says that there is no Value: the thread came out of the call, but was
	// killed before it could be asked what with.
	Unavailable bool
	// Resumes is, of restart_syscall(2), the number of the call that it goes on
	// with; 0 where that is not known. No call of that number ever is one.
	Resumes int64
	// Entered says that the call's entry was reported. Without it, of a thread
	// that was attached to in the middle, there are no arguments.
	Entered bool
}

// callPhase says where a thread stands, as its stops have told.
type callPhase uint8

const (
	outsideCall callPhase = iota
	insideCall            // in one that was not seen to begin
	enteredCall           // in Thread.call
)

// interrupt asks a thread to stop.
func (th *Thread) interrupt() error {
	th.interrupted = true
	return ptrace.Interrupt(th.TID)
}

// outOfCall keeps account at a stop that is neither entry nor exit: what a signal
// or job control stops is out of its call, what an event stops is in one.
func (th *Thread) outOfCall(sig, ev int) {
	switch {
	case ev == 0 || ev == ptrace.EventStop:
		th.phase = outsideCall
	case th.phase == outsideCall:
		th.phase = insideCall
	}
	if ev != ptrace.EventStop || sig != int(unix.SIGTRAP) {
		th.releaseHeld()
	}
}

// releaseHeld has the exit reported that was held back, if there is one: it was
// not for us alone that the call was broken off.
func (th *Thread) releaseHeld() { th.due, th.held = th.held, nil }

// atSyscall looks at the entry or exit of a system call. How the kernel is asked
// is found out at the first.
func (tr *Tracer) atSyscall(th *Thread) (stop Stop, err error) {
	if !tr.noInfo {
		err = ptrace.GetSyscallInfo(th.TID, &tr.info)
		tr.noInfo = errors.Is(err, unix.EIO)
	}
	if !tr.callsTold {
		tr.debugCalls()
	}
	switch {
	case tr.noInfo:
		stop, err = th.syscallByRegs()
	case err == nil:
		stop, err = tr.syscallByInfo(th)
	}
	if err == nil && th.atEntry && th.Process.underFilter() {
		err = tr.steered(th)
	}
	if errors.Is(err, sysdeps.ErrGone) && th.phase == enteredCall && !th.atEntry {
		th.phase = outsideCall
		th.call.Unavailable = true
		return SyscallExit{&th.call}, nil
	}
	return stop, err
}

func (tr *Tracer) syscallByInfo(th *Thread) (Stop, error) {
	arch := tr.info.Arch()
	if arch == nil {
		arch = th.Process.Space.Arch
	}
	switch {
	case tr.info.Entry(), tr.info.Filtered():
		nr, args := tr.info.Call()
		stop := th.enter(arch, nr, args)
		th.call.PC, th.call.SP = tr.info.At()
		return stop, nil
	case tr.info.Exit():
		value, _ := tr.info.Result()
		return th.exit(arch, value)
	}
	return nil, nil
}

// syscallByRegs is for kernels that do not tell: entries and exits take turns, and
// the instruction tells the machine.
func (th *Thread) syscallByRegs() (Stop, error) {
	regs, err := th.Regs()
	if err != nil {
		return nil, err
	}
	arch := th.archOfCall(regs)
	if th.phase != outsideCall {
		return th.exit(arch, regs.SyscallResult())
	}
	var args [6]uint64
	for i, r := range arch.SyscallArgs {
		args[i] = regs.Get(r)
	}
	nr, _ := regs.Syscall()
	stop := th.enter(arch, nr, &args)
	th.call.PC, th.call.SP = regs.PC(), regs.SP()
	return stop, nil
}

// archOfCall returns the machine by whose convention a thread makes a call, which
// it has stopped behind the instruction of.
func (th *Thread) archOfCall(regs *sysdeps.Regs) *sysdeps.Arch {
	if regs.Arch != sysdeps.AMD64 {
		return regs.Arch
	}
	var insn [2]byte
	at := regs.PC() - sysdeps.Addr(len(insn))
	if _, err := th.Process.Space.ReadMemory(insn[:], at); err == nil && string(insn[:]) == string(sysdeps.I386.SyscallInsn) {
		return sysdeps.I386
	}
	return regs.Arch
}

// enter reports a call, unless it is the one that we have broken off ourselves.
func (th *Thread) enter(arch *sysdeps.Arch, nr int64, args *[6]uint64) Stop {
	th.inCall, th.atEntry, th.phase = true, true, enteredCall
	c := &th.call
	if th.held != nil {
		if arch == c.Arch && (nr == c.Nr || nr == arch.Calls.Restart) {
			th.held = nil
			return nil
		}
		th.releaseHeld()
	}
	// The kernel takes the number for an int (do_syscall_64 in arch/x86/entry).
	*c = Syscall{Arch: arch, Nr: int64(int32(nr)), Args: *args, Entered: true}
	if c.Nr == arch.Calls.Restart {
		c.Resumes = th.suspended
	}
	if arch.PtrSize == 4 { // the upper halves are a 64-bit thread's
		for i, a := range c.Args {
			c.Args[i] = uint64(uint32(a))
		}
	}
	return SyscallEnter{c}
}

// exit reports the end of a call, unless PTRACE_INTERRUPT has broken it off: it
// goes on as soon as the thread does, if no signal comes between.
func (th *Thread) exit(arch *sysdeps.Arch, value int64) (Stop, error) {
	c := &th.call
	if th.phase != enteredCall {
		regs, err := th.Regs()
		if err != nil {
			return nil, err
		}
		nr, _ := regs.Syscall()
		*c = Syscall{Arch: arch, Nr: int64(int32(nr))}
	}
	th.phase = outsideCall
	if c.Arch.PtrSize == 4 {
		value = int64(int32(value))
	}
	c.Value, c.Failed = value, -4096 < value && value < 0
	th.suspend(arch, c.Nr, value)
	if !c.Failed && c.makesPager() {
		th.Process.Space.FaultsWait = true
	}
	th.installed(c.Failed)
	if th.interrupted && c.Entered && restarts(value) {
		broken := *c
		th.held = &broken
		return nil, nil
	}
	return SyscallExit{c}, nil
}

// makesPager tells of a call that gives a descriptor by which page faults are answered,
// if it succeeds (ioctl_userfaultfd(2)).
func (c *Syscall) makesPager() bool {
	const uffdNew = 0xaa00 // USERFAULTFD_IOC_NEW, of /dev/userfaultfd
	calls := &c.Arch.Calls
	return c.Nr == calls.Userfaultfd || c.Nr == calls.Ioctl && uint32(c.Args[1]) == uffdNew
}

// suspend takes note of a call that has ended, and may be one that is gone on with.
func (th *Thread) suspend(arch *sysdeps.Arch, nr, value int64) {
	if value == -eRestartBlock && nr != arch.Calls.Restart {
		th.suspended = nr
	}
}

// suspendedBefore takes note of the call that a thread was in when it was seized, at
// its first stop, which has broken that off.
func (tr *Tracer) suspendedBefore(th *Thread) error {
	if !tr.Syscalls || th.phase != outsideCall {
		return nil
	}
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	if nr, in := regs.Syscall(); in {
		th.suspend(th.archOfCall(regs), nr, regs.SyscallResult())
	}
	return nil
}

// Errnos with which a call begins anew after a stop (include/linux/errno.h).
const (
	eRestartSys    = 512
	eRestartNoIntr = 513
	eRestartNoHand = 514
	eRestartBlock  = 516
)

func restarts(value int64) bool {
	switch -value {
	case eRestartSys, eRestartNoIntr, eRestartNoHand, eRestartBlock:
		return true
	}
	return false
}

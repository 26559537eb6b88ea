package trace

import (
	"errors"
	"slices"
	"strconv"
	"time"

	"sonde/capture"
	"sonde/descriptor"
	"sonde/event"
	"sonde/filter"
	"sonde/proc"
	"sonde/prototype"
	"sonde/sysdeps"
)

// kernelCall is one of the kernel's calls on one machine.
type kernelCall struct {
	name   string
	wanted bool
	binds  bool // it may give a socket a name
	maps   bool // it may change what code there is in memory
	closes bool // it may close descriptors
	uses   uses
	plan   *capture.Plan
}

// syscallKey names one: a thread may make calls of another machine than its own
// (int 0x80 in 64-bit code).
type syscallKey struct {
	arch *sysdeps.Arch
	nr   int64
}

// inSyscall is a call that a thread has entered and not left.
type inSyscall struct {
	of     *kernelCall // nil: none
	id     uint64
	depth  int
	parent uint64
	head   event.Head
	record *capture.Record
	// resumes is the call that this one goes on with, if it is restart_syscall(2).
	resumes string
	stack   event.Stack
	held    bool         // it will be told of when it is known how it ends
	pc      sysdeps.Addr // behind the instruction
	result  sysdeps.Addr // where the kernel leaves its result; 0: in a register
}

// maxSyscalls bounds what is remembered of numbers that programs make up.
const maxSyscalls = 4096

// syscallOf returns what is known of a call by its number.
func (s *Session) syscallOf(arch *sysdeps.Arch, nr int64) *kernelCall {
	key := syscallKey{arch, nr}
	if c := s.syscalls[key]; c != nil {
		return c
	}
	c := &kernelCall{name: arch.Syscalls.Name(nr)}
	if c.name == "" {
		c.name = "syscall_0x" + strconv.FormatUint(uint64(nr), 16)
	}
	c.binds = c.name == "bind" || c.name == "socketcall"
	c.closes = slices.Contains(closingCalls, c.name)
	c.maps = s.wantsStacks() && slices.Contains(mappingCalls, c.name)
	c.wanted = s.opt.Syscalls.Wants(arch, nr)
	if s.choosesFiles() && c.wanted {
		c.uses = usesOf(s.syscallPrototype(arch, nr, c.name))
		c.wanted = c.uses.any()
	}
	if c.wanted && (s.wants&event.Args != 0 || c.uses.read) {
		c.plan = capture.New(arch, s.syscallPrototype(arch, nr, c.name))
	}
	if s.syscalls == nil || len(s.syscalls) >= maxSyscalls {
		s.syscalls = make(map[syscallKey]*kernelCall)
	}
	s.syscalls[key] = c
	return c
}

// syscallPrototype returns the prototype of a system call. One that nothing is known
// of has six words.
func (s *Session) syscallPrototype(arch *sysdeps.Arch, nr int64, name string) *prototype.Prototype {
	proto := s.opt.Prototypes.SystemCall(arch.Name, arch.Syscalls.Entry(nr))
	if proto == nil {
		proto = &prototype.Prototype{
			Name: name, Result: plainWord, Fixed: maxSyscallArgs,
			Fails: prototype.Failure{Test: prototype.NegativeErrno},
		}
		for range maxSyscallArgs {
			proto.Params = append(proto.Params, prototype.Param{Type: hexWord})
		}
	}
	own := *proto // the shelf's is C's
	own.Convention = "syscall"
	return &own
}

const maxSyscallArgs = 6

var (
	plainWord = &prototype.Type{Kind: prototype.Int}
	hexWord   = &prototype.Type{Kind: prototype.Int, Unsigned: true, Lens: prototype.Hex}
)

// syscallModule is what the events of system calls have for a module.
const syscallModule = "SYS"

// syscallEntered tells of a system call that a thread is about to make, or holds it
// where the end decides whether it is told of.
func (s *Session) syscallEntered(th *proc.Thread, call *proc.Syscall) error {
	in := processOf(th).inSyscall(th.TID)
	s.forget(in)
	call, result := s.meant(th, call)
	c := s.syscallOf(call.Arch, call.Nr)
	if !c.wanted {
		return nil
	}
	chosen := !s.choosesFiles() || s.usesChosen(th, c, call)
	if !chosen && !c.uses.read {
		return nil
	}
	if c.plan != nil {
		if _, err := s.reader.Call(s.atSyscall(th, call), c.plan, 0, insideKernel); err != nil {
			return err
		}
		if !chosen && !s.leadsToChosen(th, s.reader.Args()) {
			return nil
		}
	}
	depth, parent, err := s.syscallWithin(th)
	if err != nil {
		return err
	}
	s.lastID++
	*in = inSyscall{
		of: c, id: s.lastID, parent: parent, depth: depth, head: s.head(th),
		held: s.opt.Status != nil, pc: call.PC, result: result,
	}
	if call.Resumes != 0 {
		in.resumes = call.Arch.Syscalls.Name(call.Resumes)
	}
	if in.stack = s.madeFrom(th); in.held { // other stacks may come between
		in.stack.Frames = slices.Clone(in.stack.Frames)
	}
	switch {
	case c.plan == nil && !in.held:
		s.tellSyscall(in, nil)
	case c.plan == nil:
	case in.held:
		in.record = s.reader.Hold()
	default:
		args := s.reader.Args()
		in.record = s.reader.Keep()
		s.tellSyscall(in, args)
	}
	return nil
}

// meant returns a call as it is to be understood, and where its result goes if that is
// in memory: what one of many parts makes (socketcall(2), ipc(2)), and with the stack
// pointer as its argument one that ends a signal handler.
func (s *Session) meant(th *proc.Thread, call *proc.Syscall) (_ *proc.Syscall, result sysdeps.Addr) {
	// The kernel reads the arguments as the program would.
	if part, ok := call.Arch.PartOf(call.Nr, call.Args, s.reader.Memory(s.reading(th, nil))); ok {
		s.meaning = *call
		s.meaning.Nr, s.meaning.Args = part.Nr, part.Args
		return &s.meaning, part.Result
	}
	if slices.Contains(call.Arch.Sigreturns, call.Nr) {
		s.meaning = *call
		s.meaning.Args[0] = uint64(call.SP)
		return &s.meaning, 0
	}
	return call, 0
}

// resultOf returns what a call has returned, be it where its result has gone to in memory.
func (in *inSyscall) resultOf(th *proc.Thread, call *proc.Syscall) uint64 {
	if in.result == 0 || call.Failed {
		return uint64(call.Value)
	}
	var buf [8]byte
	word := buf[:call.Arch.PtrSize]
	if n, _ := th.Process.Space.ReadMemory(word, in.result); n < len(word) {
		return uint64(call.Value)
	}
	return call.Arch.Word(word)
}

// tellSyscall tells of the call that a thread is in.
func (s *Session) tellSyscall(in *inSyscall, args []prototype.Value) {
	s.call = event.Call{
		Head: in.head, Kind: event.System, ID: in.id, Module: syscallModule, Name: in.of.name,
		Return: in.pc, Parent: in.parent, Depth: in.depth, Args: args, NoReturn: in.of.plan.NoReturn(), Resumes: in.resumes,
		Stack: in.stack,
	}
	s.emit(&s.call)
	in.stack = event.Stack{}
}

// forget makes a thread one that is in no system call.
func (s *Session) forget(in *inSyscall) {
	s.reader.Release(in.record)
	*in = inSyscall{}
}

// insideKernel stands for the address that a system call returns to: there is no
// stack that it would have to be read from.
const insideKernel = ^sysdeps.Addr(0)

// launching tells of the execve that a launched program begins with.
func (s *Session) launching(th *proc.Thread, stop proc.SyscallEnter) {
	s.now = time.Since(s.opt.Start)
	if err := s.syscallEntered(th, stop.Syscall); err != nil && !errors.Is(err, sysdeps.ErrGone) {
		s.warn(err)
	}
}

// syscallExited tells how a system call ended. One that a thread was in when it was
// attached to has not been told of, and is not.
func (s *Session) syscallExited(th *proc.Thread, call *proc.Syscall) error {
	in := processOf(th).inSyscall(th.TID)
	if !call.Entered {
		return nil
	}
	if s.opt.Detail >= descriptor.Ends && s.syscallOf(call.Arch, call.Nr).binds {
		s.informed.descriptors.Forget()
	}
	s.closed(th, call)
	s.remapped(th, call)
	if call.Unavailable {
		s.unavailable(in)
		return nil
	}
	how, errno := filter.Successful, 0
	if call.Failed {
		how, errno = filter.Failed, int(-call.Value)
	}
	if !s.ends(in, how, errno) {
		return nil
	}
	c := in.of
	r := &s.ret
	s.ret = event.Return{
		Head: s.head(th), Kind: event.System, ID: in.id, Module: syscallModule, Name: c.name,
		Return: in.pc, Depth: in.depth, Elapsed: s.now - in.head.Time,
		Failed: call.Failed, Errno: errno,
	}
	if c.plan == nil {
		r.Result = prototype.Value{Word: in.resultOf(th, call), Size: uint8(call.Arch.PtrSize)}
	} else {
		at := s.atSyscall(th, call)
		s.syscallRegs.Set(sysdeps.RAX, in.resultOf(th, call))
		ret := s.reader.Return(at, c.plan, in.record, 0)
		r.Result, r.Rest, r.First = ret.Result, ret.Rest, ret.First
	}
	if call.Failed {
		r.Result = prototype.Value{Type: r.Result.Type, Word: ^uint64(0), Size: r.Result.Size}
	}
	s.emit(r)
	s.forget(in)
	return nil
}

// atSyscall makes a thread the one that is captured, with the arguments and the
// result of its system call in the registers of the convention that the call is
// made by: those of a 32-bit call of a 64-bit thread, too.
func (s *Session) atSyscall(th *proc.Thread, call *proc.Syscall) *capture.Thread {
	s.syscallRegs.Arch = call.Arch
	for i, reg := range call.Arch.SyscallArgs {
		s.syscallRegs.Set(reg, call.Args[i])
	}
	s.syscallRegs.Set(sysdeps.RAX, uint64(call.Value))
	return s.reading(th, &s.syscallRegs)
}

// syscallWithin returns how many traced calls enclose what a thread does now, and the
// innermost of them. The registers are read for that only where there may be any.
func (s *Session) syscallWithin(th *proc.Thread) (depth int, parent uint64, err error) {
	stacks := processOf(th).stacks
	if stacks.Len() == 0 {
		return 0, 0, nil
	}
	regs, err := th.Regs()
	if err != nil {
		return 0, 0, err
	}
	if ar := stacks.Find(regs.SP()); ar != nil {
		depth, parent = ar.Within()
	}
	return depth, parent, nil
}

// inSyscall returns what is known of the system call that a thread is in.
func (p *process) inSyscall(tid int) *inSyscall {
	in := p.syscalls[tid]
	if in == nil {
		in = &inSyscall{}
		if p.syscalls == nil {
			p.syscalls = make(map[int]*inSyscall)
		}
		p.syscalls[tid] = in
	}
	return in
}

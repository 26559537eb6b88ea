package trace

import (
	"sonde/elfsym"
	"sonde/event"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/unwind"
)

// stackWalker walks the stacks that events have. A stack is walked at the stop of its
// event, since what is on it will have changed by the next one.
type stackWalker struct {
	walker unwind.Walker
	names  frameNames
	regs   sysdeps.Regs
	frames []*event.Frame // of the last stack
}

func (w *stackWalker) init(o *Options) {
	w.walker.Limit = o.Frames
	w.names.lines = o.Lines
}

// startsAt says what the registers that a walk begins with are.
type startsAt uint8

const (
	atInstruction startsAt = iota // those of the thread
	atReturn                      // those that a call comes back with
	atSyscall                     // the thread's, at the instruction that makes the call
)

// wantsStacks tells whether events are to have stacks.
func (s *Session) wantsStacks() bool { return s.opt.Frames > 0 && s.wants&event.Stacks != 0 }

// calledFrom returns the stack of a function's call, whose return address ret is, or will
// be, in the word of the stack at slot. It does not go by where the thread is, since
// there is code enough in which it could not tell (slots of the PLT, assembly).
func (s *Session) calledFrom(th *proc.Thread, regs *sysdeps.Regs, slot, ret sysdeps.Addr) event.Stack {
	if !s.wantsStacks() {
		return event.Stack{}
	}
	r := &s.walker.regs
	*r = *regs
	r.SetPC(ret)
	r.SetSP(slot + sysdeps.Addr(r.Arch.PtrSize))
	return s.stack(th, r, atReturn)
}

// madeFrom returns the stack of a system call that a thread has entered.
func (s *Session) madeFrom(th *proc.Thread) event.Stack {
	if !s.wantsStacks() {
		return event.Stack{}
	}
	regs, err := th.Regs()
	if err != nil {
		return event.Stack{}
	}
	r := &s.walker.regs
	*r = *regs
	pc := r.PC()
	if own, _, ok := th.Process.Space.Table.Outside(pc); ok { // a copy of the instruction makes it
		pc = own
	}
	// Behind the instruction there may be other code already.
	r.SetPC(pc - sysdeps.Addr(len(r.Arch.SyscallInsn)))
	return s.stack(th, r, atSyscall)
}

// stackAt returns the stack of a thread from where it is.
func (s *Session) stackAt(th *proc.Thread, regs *sysdeps.Regs) event.Stack {
	if !s.wantsStacks() {
		return event.Stack{}
	}
	return s.stack(th, regs, atInstruction)
}

// stack walks a stack, which holds until the next one is walked.
func (s *Session) stack(th *proc.Thread, r *sysdeps.Regs, at startsAt) event.Stack {
	sp := spaceOf(th)
	if sp == nil { // what is to become the program is a copy of Sonde yet
		return event.Stack{}
	}
	images, err := s.imagesOf(th, &sp.mapped)
	if err != nil {
		return event.Stack{Why: err.Error()}
	}
	st, guessed := s.walk(th, images, r, at)
	if s.outdated(th, &sp.mapped, s.walker.walker.Stopped(), guessed) {
		st, _ = s.walk(th, sp.mapped.images, r, at)
	}
	if at == atReturn && !sp.mapped.images.Executable(r.PC()-1) {
		return event.Stack{} // nothing calls what a thread or program begins with
	}
	return st
}

// walk walks a stack by what is known to be mapped. guessed says that a frame was.
func (s *Session) walk(th *proc.Thread, images *elfsym.Images, r *sysdeps.Regs, at startsAt) (st event.Stack, guessed bool) {
	w, mem := &s.walker, ownMemory{th.Process.Space}
	if at == atReturn {
		w.walker.StartAtReturn(mem, images, r)
	} else {
		w.walker.Start(mem, images, r)
	}
	w.frames = w.frames[:0]
	for {
		f, ok := w.walker.Next()
		if !ok {
			break
		}
		guessed = guessed || f.How == unwind.Leaf || f.How == unwind.Pointer || f.How == unwind.Scan
		if at == atSyscall && len(w.frames) == 0 && !f.Signal {
			behind := *f
			behind.PC += sysdeps.Addr(len(r.Arch.SyscallInsn))
			behind.Return = true // which is looked up as what is before it
			f = &behind
		}
		w.frames = append(w.frames, s.frame(th, f))
	}
	st.Frames = w.frames
	switch stop := w.walker.Stopped(); {
	case stop.Reason == unwind.Limit:
		st.More = true
	case !stop.Complete():
		st.Why = stop.Error()
	}
	return st, guessed
}

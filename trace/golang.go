package trace

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"sonde/callstack"
	"sonde/event"
	"sonde/proc"
	"sonde/sysdeps"
)

// Calls of Go functions are not known by their places on the stack, as those of C
// are: Go moves its stacks, takes goroutines from one thread to another at any
// instruction, and leaves calls by panics. A call is known by its goroutine, and
// by its distance from the end of that one's stack, which a move leaves as it is.
// Its return is seen at the return instructions of the function itself: these,
// unlike the places that it is called from, are known beforehand.

// goroutine are the calls that a goroutine has entered and not left.
type goroutine struct {
	stacks callstack.Stacks
	area   *callstack.Area
	// again are calls that have been told and whose thread will run into the
	// breakpoint once more.
	again []goAgain
}

type goAgain struct {
	entry *entryPlace
	slot  sysdeps.Addr
}

// goTop stands for the end of every goroutine's stack in its callstack.Area:
// slots are counted down from there, wherever the stack is.
const goTop sysdeps.Addr = 1 << 47

// goroutine returns the calls of a goroutine by the address of its struct g,
// which Go never frees, but uses anew.
func (p *process) goroutine(g sysdeps.Addr) *goroutine {
	gr := p.goroutines[g]
	if gr == nil {
		if p.goroutines == nil {
			p.goroutines = make(map[sysdeps.Addr]*goroutine)
		}
		gr = &goroutine{}
		gr.area = gr.stacks.Add(0, goTop)
		p.goroutines[g] = gr
	}
	return gr
}

// goSlot finds the goroutine that a thread runs, and the slot of the return
// address on top of its stack. ok is false where Go's runtime runs without one,
// or on a stack that is not the goroutine's.
func goSlot(th *proc.Thread, regs *sysdeps.Regs, holds sysdeps.Reg) (g, slot sysdeps.Addr, ok bool) {
	space, sp := th.Process.Space, regs.SP()
	g = sysdeps.Addr(regs.Get(holds))
	if slot, ok = goSlotIn(space, g, sp); ok {
		return g, slot, true
	}
	// Assembly may use the register for itself. Go programs keep the goroutine
	// as the last thread-local variable as well (runtime.tlsg).
	var word [8]byte
	if _, err := space.ReadMemory(word[:], sysdeps.Addr(regs.Get(sysdeps.FSBase))-8); err != nil {
		return 0, 0, false
	}
	g = sysdeps.Addr(binary.LittleEndian.Uint64(word[:]))
	slot, ok = goSlotIn(space, g, sp)
	return g, slot, ok
}

// goSlotIn holds sp against the bounds of the stack with which struct g begins
// (runtime/runtime2.go).
func goSlotIn(space *proc.Space, g, sp sysdeps.Addr) (slot sysdeps.Addr, ok bool) {
	if g < 1<<16 || g >= goTop || g%8 != 0 {
		return 0, false
	}
	var stack [16]byte
	if _, err := space.ReadMemory(stack[:], g); err != nil {
		return 0, false
	}
	lo := sysdeps.Addr(binary.LittleEndian.Uint64(stack[:]))
	hi := sysdeps.Addr(binary.LittleEndian.Uint64(stack[8:]))
	if sp < lo || sp >= hi || hi > goTop {
		return 0, false
	}
	return goTop - (hi - sp), true
}

// hitGo is a thread at a breakpoint in a Go function.
func (s *Session) hitGo(th *proc.Thread, gp *goPlace, regs *sysdeps.Regs) error {
	if gp.exits {
		s.goexit(th, regs)
	}
	if gp.entry != nil {
		if err := s.enteredGo(th, gp.entry, regs); err != nil {
			return err
		}
	}
	if gp.returns != nil {
		s.returnedGo(th, gp.returns, regs)
	}
	return nil
}

// enteredGo tells of a call of a Go function.
func (s *Session) enteredGo(th *proc.Thread, ep *entryPlace, regs *sysdeps.Regs) error {
	fn := ep.golang
	g, slot, known := goSlot(th, regs, fn.g)
	var gr *goroutine
	if known {
		gr = processOf(th).goroutine(g)
		if gr.cameAgain(ep, slot) {
			return nil
		}
	}
	ret, err := s.reader.Call(s.reading(th, regs), s.planFor(th, ep), regs.SP(), 0)
	if err != nil {
		return err
	}
	f := callstack.Frame{ID: s.lastID + 1, Slot: slot, Return: ret, TID: th.TID, Start: s.now, Data: ep}
	args, stack := s.reader.Args(), s.calledFrom(th, regs, regs.SP(), ret)
	if known && !fn.blind {
		if fn.loops && gr.has(&f) {
			return nil
		}
		s.keep(th, &gr.stacks, &f, stack)
		s.enterGo(th, gr, &f)
	}
	s.lastID = f.ID
	if s.opt.Status == nil {
		s.tellCall(th.Process.PID, &f, ep.module, args, stack)
	}
	if !known || fn.blind {
		s.abandon(th, []callstack.Frame{f}, event.Unknown)
	}
	return nil
}

// enterGo adds a call to those of its goroutine. What lies
// deeper in the stack has been left by a panic; and so has what lies where the
// call lies, unless that may have jumped here.
func (s *Session) enterGo(th *proc.Thread, gr *goroutine, f *callstack.Frame) {
	s.abandon(th, gr.stacks.Unwind(gr.area, f.Slot), event.Thrown)
	fresh := true
	if last := gr.area.Last(); last != nil && last.Slot == f.Slot && last.Return == f.Return {
		ep := f.Data.(*entryPlace)
		target, _ := callBefore(th.Process.Space, f.Return)
		fresh = !last.Data.(*entryPlace).golang.tails || target == ep.at
	}
	dropped := gr.stacks.Enter(gr.area, f, fresh, overwritten{})
	s.abandon(th, dropped, event.Thrown)
}

// overwritten is the answer to every doubt whether a call is still alive: a
// goroutine has one stack.
type overwritten struct{}

// Holds is callstack.Verifier's.
func (overwritten) Holds(_, _ sysdeps.Addr) bool { return false }

// has tells whether a call is the innermost one already.
func (gr *goroutine) has(f *callstack.Frame) bool {
	last := gr.area.Last()
	return last != nil && last.Slot == f.Slot && last.Return == f.Return && last.Data == f.Data
}

// returnedGo tells of the call that returns from a function, if one is known:
// after tail calls, of several.
func (s *Session) returnedGo(th *proc.Thread, fn *goFunction, regs *sysdeps.Regs) {
	g, slot, ok := goSlot(th, regs, x86GoG)
	if !ok {
		return
	}
	gr := processOf(th).goroutines[g]
	if gr == nil {
		return
	}
	s.abandon(th, gr.stacks.Unwind(gr.area, slot), event.Thrown)
	last := gr.area.Last()
	if last == nil || last.Slot != slot {
		return
	}
	if called := last.Data.(*entryPlace).golang; called != fn && !called.tails {
		s.abandon(th, gr.stacks.Drop(gr.area, slot), event.Thrown)
		return
	}
	calls, _ := gr.stacks.Leave(gr.area, slot, last.Return, overwritten{})
	for i := range calls {
		s.tellReturn(th, regs, &calls[i])
	}
}

// goexit drops all calls of a goroutine, which runtime.Goexit ends from where
// it is: what it had deferred is called yet, but none of these return.
func (s *Session) goexit(th *proc.Thread, regs *sysdeps.Regs) {
	g, _, ok := goSlot(th, regs, x86GoG)
	if !ok {
		return
	}
	if gr := processOf(th).goroutines[g]; gr != nil {
		s.abandon(th, gr.stacks.Unwind(gr.area, goTop), event.Jumped)
	}
}

// comesAgain takes over from a thread that a signal is delivered to that it will
// run into a breakpoint once more: the signal may be Go's own, by which it
// takes the goroutine from its thread, and then another one runs into it. After
// a fault none will: Go makes a panic of it, or ends.
func (s *Session) comesAgain(th *proc.Thread, sig int) error {
	b := th.Again()
	if b == nil {
		return nil
	}
	gp := b.Data.(*place).golang
	if gp == nil {
		return nil
	}
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	if gp.entry == nil { // nothing is left to return a second time
		th.ForgetAgain()
		return nil
	}
	g, slot, ok := goSlot(th, regs, gp.entry.golang.g)
	if !ok {
		return nil
	}
	th.ForgetAgain()
	if !isFault(sig) {
		gr := processOf(th).goroutine(g)
		gr.again = append(gr.again, goAgain{gp.entry, slot})
	}
	return nil
}

// cameAgain tells whether a call has been told before. What was to come deeper
// in the stack, and has not come, will not.
func (gr *goroutine) cameAgain(ep *entryPlace, slot sysdeps.Addr) bool {
	for n := len(gr.again); n > 0; n-- {
		last := gr.again[n-1]
		if last.slot > slot {
			return false
		}
		gr.again = gr.again[:n-1]
		if last == (goAgain{ep, slot}) {
			return true
		}
	}
	return false
}

// isFault tells of the signals that an instruction raises.
func isFault(sig int) bool {
	switch unix.Signal(sig) {
	case unix.SIGSEGV, unix.SIGBUS, unix.SIGFPE, unix.SIGILL, unix.SIGTRAP:
		return true
	}
	return false
}

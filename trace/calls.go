package trace

import (
	"errors"

	"sonde/breakpoint"
	"sonde/callstack"
	"sonde/event"
	"sonde/filter"
	"sonde/proc"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// hit is a thread at a breakpoint. What returns there returns before what is
// called there.
func (s *Session) hit(th *proc.Thread, b *breakpoint.Breakpoint) error {
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	pl := b.Data.(*place)
	if pl.loads != nil {
		if err := s.loading(th, b, pl.loads); err != nil {
			return err
		}
		pl = b.Data.(*place)
	}
	if pl.returns != nil {
		if err := s.returned(th, b, pl.returns, regs); err != nil {
			return err
		}
	}
	if pl.golang != nil {
		if err := s.hitGo(th, pl.golang, regs); err != nil {
			return err
		}
	}
	if pl.spot != nil {
		s.passed(th, b, pl.spot, regs)
	}
	if pl.loaded != nil {
		if err := s.loadedFrom(th, pl.loaded, regs); err != nil {
			return err
		}
	}
	for _, ep := range [...]*entryPlace{pl.resolver, pl.function, pl.entry} {
		if ep == nil {
			continue
		}
		if err := s.entered(th, ep, regs); err != nil {
			return err
		}
	}
	if pl.service != noService { // last: longjmp's own call does not return either
		return s.serve(th, pl.service, regs)
	}
	return nil
}

// verifier answers the call stack's doubts from the process's memory.
type verifier struct{ space *proc.Space }

// Holds reads the stack word.
func (v verifier) Holds(slot, ret sysdeps.Addr) bool {
	word, err := readWord(v.space, slot)
	return err == nil && word == ret
}

// entered tells of a call: the thread stands at the place where it is made, with
// the return address on top of its stack, or at the instruction that will put it
// there.
func (s *Session) entered(th *proc.Thread, ep *entryPlace, regs *sysdeps.Regs) error {
	if ep.reaches && !s.reached(th, ep) {
		return nil
	}
	space, slot := th.Process.Space, regs.SP()
	if ep.kind == ViaCall {
		slot -= sysdeps.Addr(space.Arch.PtrSize)
	}
	ret, err := s.reader.Call(s.reading(th, regs), s.planFor(th, ep), slot, ep.after)
	if err != nil {
		return err
	}
	rp, planted := s.plantReturn(th, ret, ep.kind.linked())
	if errors.Is(planted, sysdeps.ErrGone) {
		return planted
	}
	if ep.catches {
		s.catching(th, slot, ret)
	}
	f := callstack.Frame{Slot: slot, Return: ret, TID: th.TID, Start: s.now, Data: ep}
	args := s.reader.Args()
	var stack event.Stack
	if !ep.silent() {
		f.ID, stack = s.lastID+1, s.calledFrom(th, regs, slot, ret)
	}
	if planted == nil {
		if s.cameBack(th, &f) {
			return nil
		}
		s.keep(th, processOf(th).stacks, &f, stack)
		s.push(th, &f, rp)
	}
	if ep.silent() {
		return nil
	}
	s.lastID = f.ID
	if s.opt.Status == nil {
		s.tellCall(th.Process.PID, &f, s.moduleOf(th, ep), args, stack)
	}
	if planted != nil {
		s.abandon(th, []callstack.Frame{f}, event.Unknown)
	}
	return nil
}

// tellCall tells of a call that has been entered.
func (s *Session) tellCall(pid int, f *callstack.Frame, module string, args []prototype.Value, stack event.Stack) {
	ep := f.Data.(*entryPlace)
	s.call = event.Call{
		Head: event.Head{Time: f.Start, PID: pid, TID: f.TID},
		ID:   f.ID, Caller: ep.caller, Module: module, Name: ep.name,
		Return: f.Return, Parent: f.Parent, Depth: f.Depth, Args: args, NoReturn: ep.plan.NoReturn(),
		Stack: stack,
	}
	s.emit(&s.call)
}

// push adds a call to the calls that are under way.
func (s *Session) push(th *proc.Thread, f *callstack.Frame, rp *returnPlace) {
	if rp.passing {
		rp.pending++
	}
	p := processOf(th)
	if len(p.landings) > 0 {
		s.land(th, p, f.Slot)
	}
	area := s.area(th, p, f.Slot)
	dropped := p.stacks.Enter(area, f, fresh(th, area, f, rp), verifier{th.Process.Space})
	s.abandon(th, dropped, event.Replaced)
}

// cameBack tells whether a thread has come to the beginning of a function by a
// loop in the function itself. The function may have been entered in several ways
// at once: as one that a module calls through a register, too.
func (s *Session) cameBack(th *proc.Thread, f *callstack.Frame) bool {
	ep := f.Data.(*entryPlace)
	if ep.kind != AtEntry && ep.kind != ViaLoad {
		return false
	}
	area := processOf(th).stacks.Find(f.Slot)
	if area == nil {
		return false
	}
	for last := range area.Chain(f.Slot, f.Return) {
		switch {
		case last.Data == f.Data:
			return spaceOf(th).hasLoop(th.Process.Space, ep)
		case last.Data.(*entryPlace).at != ep.at:
			return false // another function has been called since
		}
	}
	return false
}

// maxTailCalls is how many calls are kept that jumped to one another: a state
// machine made of such jumps never ends.
const maxTailCalls = 1000

// fresh tells whether a call was made by the instruction before its return
// address, rather than by a jump out of a call that was. Of a call through a
// pointer only the place of the call itself shows it; else that instruction goes
// there, or the same was called before, and the code called last has no jump
// that leads there.
func fresh(th *proc.Thread, area *callstack.Area, f *callstack.Frame, rp *returnPlace) bool {
	ep := f.Data.(*entryPlace)
	last := area.Last()
	switch {
	case ep.kind == ViaCall || last == nil || last.Slot != f.Slot || last.Return != f.Return:
		return true
	case last.Data != f.Data && (rp.target == 0 || rp.target != ep.at):
		return false
	}
	return area.Tails(maxTailCalls) == maxTailCalls || !spaceOf(th).jumps(th.Process.Space, last.Data.(*entryPlace), ep)
}

// returned tells of the calls that return to b, if any do: the same code may be
// reached by a jump, or by a call that was made before Sonde came.
func (s *Session) returned(th *proc.Thread, b *breakpoint.Breakpoint, rp *returnPlace, regs *sysdeps.Regs) error {
	arch := th.Process.Space.Arch
	conv := abi.SysV(arch)
	slot := regs.SP() - sysdeps.Addr(arch.PtrSize) // ret has popped it
	p := processOf(th)
	area := p.stacks.Find(slot)
	if area == nil {
		b.OneShot = rp.passing && rp.pending == 0
		return nil
	}
	calls, dropped := p.stacks.Leave(area, slot, b.Addr, verifier{th.Process.Space})
	s.abandon(th, dropped, event.Replaced)
	if len(calls) == 0 && conv.CalleePops {
		// The arguments behind it, too: as many as the call has.
		calls = p.stacks.LeaveDeeper(area, slot, b.Addr, verifier{th.Process.Space})
	}
	if rp.passing {
		rp.pending = max(0, rp.pending-len(calls))
		b.OneShot = rp.pending == 0
	}
	for i := range calls {
		f := &calls[i]
		ep := f.Data.(*entryPlace)
		if ep.silent() {
			if err := s.resolved(th, ep.resolves, sysdeps.Addr(regs.Get(conv.Results[0]))); err != nil {
				return err
			}
			continue
		}
		s.tellReturn(th, regs, f)
	}
	if len(p.landings) > 0 {
		s.land(th, p, 0)
	}
	return nil
}

// tellReturn tells of a call that has returned.
func (s *Session) tellReturn(th *proc.Thread, regs *sysdeps.Regs, f *callstack.Frame) {
	ep := f.Data.(*entryPlace)
	s.ret = event.Return{
		Head: s.head(th), ID: f.ID, Caller: ep.caller, Module: s.moduleOf(th, ep), Name: ep.name,
		Return: f.Return, Depth: f.Depth, Elapsed: s.now - f.Start, Inherited: f.Inherited,
	}
	s.captureReturn(th, regs, f)
	how := filter.Successful
	if s.ret.Failed {
		how = filter.Failed
	}
	if s.callEnds(th.Process.PID, f, how, s.ret.Errno) {
		s.emit(&s.ret)
	}
	s.release(f)
}

// abandon tells of calls that will not return.
func (s *Session) abandon(th *proc.Thread, frames []callstack.Frame, why event.Reason) {
	for i := range frames {
		f := &frames[i]
		if b := th.Process.Space.Table.Find(f.Return); b != nil {
			if rp := b.Data.(*place).returns; rp != nil && rp.passing {
				rp.pending = max(0, rp.pending-1)
			}
		}
		ep := f.Data.(*entryPlace)
		if f.Inherited || ep.silent() { // the parent's, which tells of it itself; or nobody's
			s.release(f)
			continue
		}
		how := filter.Unfinished
		if why == event.Unknown {
			how = filter.Unavailable
		}
		told := s.callEnds(th.Process.PID, f, how, 0)
		s.release(f)
		if !told {
			continue
		}
		h := s.head(th)
		h.TID = f.TID
		s.emit(&event.Abandoned{
			Head: h, ID: f.ID, Caller: ep.caller, Module: s.moduleOf(th, ep), Name: ep.name,
			Return: f.Return, Depth: f.Depth, Why: why, NoReturn: ep.plan.NoReturn(),
		})
	}
}

// area returns the stack area that sp moves in: what is known of it, else the
// mapping around it.
func (s *Session) area(th *proc.Thread, p *process, sp sysdeps.Addr) *callstack.Area {
	if ar := p.stacks.Find(sp); ar != nil {
		return ar
	}
	lo, hi := stackBounds(th, sp)
	return p.stacks.Extend(lo, hi, sp)
}

// stackBounds returns the mapping that a thread's stack pointer is in, and what it may
// grow into.
func stackBounds(th *proc.Thread, sp sysdeps.Addr) (lo, hi sysdeps.Addr) {
	// The stack that the kernel gave the program grows, and is the first thread's. Those of
	// others are asked for one by one: there are as many mappings as threads.
	if th.TID != th.Process.PID {
		if lo, hi, err := proc.MappingAt(th.TID, sp); err == nil {
			return lo, hi
		}
	}
	maps, _ := proc.Maps(th.TID) // none of one that has ended
	var below sysdeps.Addr
	for i := range maps {
		switch m := &maps[i]; {
		case !m.Contains(sp):
			below = m.Hi
		case m.Path == "[stack]":
			return below, m.Hi // it grows down into all that is free
		default:
			return m.Lo, m.Hi
		}
	}
	return sp.PageDown(), sp.PageDown() + sysdeps.PageSize
}

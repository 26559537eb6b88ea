package trace

import (
	"sonde/callstack"
	"sonde/capture"
	"sonde/event"
	"sonde/proc"
	"sonde/sysdeps"
)

// reading makes a thread the one that is captured.
func (s *Session) reading(th *proc.Thread, regs *sysdeps.Regs) *capture.Thread {
	s.informed.th = th
	s.thread = capture.Thread{TID: th.TID, Memory: th.Process.Space, Regs: regs, Info: &s.informed}
	if th.Process.Space.FaultsWait {
		s.thread.TID = 0 // process_vm_readv waits for the page
	}
	return &s.thread
}

// planFor returns how the calls at a place are captured; nil where their
// arguments are not wanted.
func (s *Session) planFor(th *proc.Thread, ep *entryPlace) *capture.Plan {
	if s.wants&event.Args == 0 || ep.silent() {
		return nil
	}
	if ep.plan == nil {
		if proto := s.prototypeOf(th, ep); proto != nil {
			ep.plan = capture.New(th.Process.Space.Arch, proto)
		}
	}
	return s.captured(ep, th.Process.Space.Arch)
}

// captured returns how calls and returns at a place are captured: by the guess
// rule where nothing is known, or nothing but the number that is returned can be
// wanted.
func (s *Session) captured(ep *entryPlace, arch *sysdeps.Arch) *capture.Plan {
	if ep.plan == nil {
		if ep.golang != nil {
			ep.plan = capture.GuessGo(ep.golang.args)
		} else {
			ep.plan = capture.Guess(arch)
		}
	}
	return ep.plan
}

// maxKept is how many calls under way have records: a recursion that does not end
// would take all memory with them.
const maxKept = 20_000

// keep makes what the return of a call needs part of its frame.
func (s *Session) keep(stacks *callstack.Stacks, f *callstack.Frame) {
	rec := s.reader.Keep()
	if rec != nil && stacks.Len() < maxKept {
		f.Kept = rec
	}
}

// captureReturn fills the event of a call's return with what it gave back.
func (s *Session) captureReturn(th *proc.Thread, regs *sysdeps.Regs, f *callstack.Frame) {
	ep, arch, slot := f.Data.(*entryPlace), th.Process.Space.Arch, f.Slot
	if ep.golang != nil {
		slot = regs.SP() // where the goroutine's stack is now
	}
	rec, _ := f.Kept.(*capture.Record)
	ret := s.reader.Return(s.reading(th, regs), s.captured(ep, arch), rec, slot)
	s.ret.Result, s.ret.Rest, s.ret.Errno = ret.Result, ret.Rest, ret.Errno
	if !f.Inherited {
		s.reader.Release(rec)
	}
}

// release gives back what was kept for the return of a call that will not.
func (s *Session) release(f *callstack.Frame) {
	if rec, ok := f.Kept.(*capture.Record); ok && !f.Inherited {
		s.reader.Release(rec)
	}
}

// shareRecords says of a thread's calls that a forked process has them as well.
func shareRecords(stacks *callstack.Stacks, tid int) {
	for f := range stacks.All() {
		if rec, ok := f.Kept.(*capture.Record); ok && f.TID == tid {
			rec.Share()
		}
	}
}

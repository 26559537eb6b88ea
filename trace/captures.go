package trace

import (
	"sonde/callstack"
	"sonde/capture"
	"sonde/event"
	"sonde/proc"
	"sonde/prototype/cxx"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
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
	if s.wants&event.Args == 0 && s.opt.Status == nil || ep.silent() {
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
			ep.plan = capture.GuessGo(ep.golang.words)
		} else {
			ep.plan = capture.GuessWords(arch, cxx.Words(ep.name, abi.SysV(arch).Model))
		}
	}
	return ep.plan
}

// maxKept is how many calls under way have records: a recursion that does not end
// would take all memory with them.
const maxKept = 20_000

// keep makes what the return of a call needs part of its frame, or all that there is to
// tell of it where that waits for its end.
func (s *Session) keep(th *proc.Thread, stacks *callstack.Stacks, f *callstack.Frame, stack event.Stack) {
	if s.opt.Status != nil && f.ID != 0 {
		f.Kept = s.held(stacks, s.moduleOf(th, f.Data.(*entryPlace)), stack)
		return
	}
	rec := s.reader.Keep()
	if rec != nil && stacks.Len() < maxKept {
		f.Kept = rec
	}
}

// recordOf returns the record that was kept for a call, or nil.
func recordOf(f *callstack.Frame) *capture.Record {
	switch kept := f.Kept.(type) {
	case *capture.Record:
		return kept
	case *heldCall:
		return kept.record
	}
	return nil
}

// captureReturn fills the event of a call's return with what it gave back.
func (s *Session) captureReturn(th *proc.Thread, regs *sysdeps.Regs, f *callstack.Frame) {
	ep, arch, slot := f.Data.(*entryPlace), th.Process.Space.Arch, f.Slot
	if ep.golang != nil {
		slot = regs.SP() // where the goroutine's stack is now
	}
	ret := s.reader.Return(s.reading(th, regs), s.captured(ep, arch), recordOf(f), slot)
	s.ret.Result, s.ret.Rest, s.ret.First, s.ret.Failed, s.ret.Errno = ret.Result, ret.Rest, ret.First, ret.Failed, ret.Errno
}

// release gives back what was kept for the return of a call that has ended.
func (s *Session) release(f *callstack.Frame) {
	if !f.Inherited {
		s.reader.Release(recordOf(f))
	}
}

// shareRecords says of a thread's calls that a forked process has them as well.
func shareRecords(stacks *callstack.Stacks, tid int) {
	for f := range stacks.All() {
		if rec := recordOf(f); rec != nil && f.TID == tid {
			rec.Share()
		}
	}
}

package proc

import (
	"slices"

	"sonde/breakpoint"
	"sonde/sysdeps"
)

// place is where a thread stands: code and stack.
type place struct{ pc, sp sysdeps.Addr }

// maxAgain bounds Thread.again: handlers that are left by longjmp unseen would
// fill it.
const maxAgain = 64

// comesAgain notes that the thread will run into a breakpoint once more.
func (th *Thread) comesAgain(pc, sp sysdeps.Addr) {
	if len(th.again) == maxAgain {
		th.again = th.again[:copy(th.again, th.again[1:])]
	}
	th.again = append(th.again, place{pc, sp})
}

// cameAgain tells whether a hit has been reported before.
func (th *Thread) cameAgain(pc, sp sysdeps.Addr) bool {
	for i := len(th.again) - 1; i >= 0; i-- {
		if th.again[i] == (place{pc, sp}) {
			th.again = th.again[:i] // what is above was left
			return true
		}
	}
	return false
}

// Again returns the breakpoint that the thread stands at and will run into once
// more, although its hit has been reported, or nil. That hit is not reported,
// provided that the thread itself runs into it.
func (th *Thread) Again() *breakpoint.Breakpoint {
	if len(th.again) == 0 {
		return nil
	}
	regs, err := th.Regs()
	if err != nil || !slices.Contains(th.again, place{regs.PC(), regs.SP()}) {
		return nil
	}
	return th.Process.Space.Table.Find(regs.PC())
}

// ForgetAgain has the hit that Again told of reported, whoever comes to it.
func (th *Thread) ForgetAgain() {
	if regs, err := th.Regs(); err == nil {
		th.cameAgain(regs.PC(), regs.SP())
	}
}

// Jumped notes that the thread leaves where it is for an outer frame, by
// longjmp or the like: what it was to run into again below sp it will not.
func (th *Thread) Jumped(sp sysdeps.Addr) {
	th.again = slices.DeleteFunc(th.again, func(at place) bool { return at.sp < sp })
}

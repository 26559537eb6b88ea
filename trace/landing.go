package trace

import (
	"sonde/event"
	"sonde/proc"
	"sonde/sysdeps"
)

// landing is where an unwinder is about to go: an exception, or the end of a
// thread, has left the frames below sp. What lies below context is the unwinder's
// own, and returns to it before.
type landing struct{ context, sp sysdeps.Addr }

// noteLanding learns of a landing when a frame's personality routine tells the
// unwinder of it: _Unwind_SetIP(context, pc). That is for cleanups as well as for
// handlers, and in every language. The context is a variable of the unwinder's.
func (s *Session) noteLanding(th *proc.Thread, r *sysdeps.Regs) {
	context, err := argument(th.Process.Space, r, 0)
	if err != nil {
		return
	}
	sp, err := readWord(th.Process.Space, context+x86UnwindCFA[r.Arch])
	if err != nil || sp <= context {
		return
	}
	p := processOf(th)
	if ar := p.stacks.Find(context); ar == nil || !ar.Contains(sp-1) {
		return
	}
	if p.landings == nil {
		p.landings = make(map[int]landing)
	}
	p.landings[th.TID] = landing{context, sp}
	s.land(th, p, 0)
}

// land drops what a landing leaves behind, once all that the unwinder has called
// has returned to it, or a call is made at slot that shows that it has gone.
func (s *Session) land(th *proc.Thread, p *process, slot sysdeps.Addr) {
	l, ok := p.landings[th.TID]
	if !ok {
		return
	}
	ar := p.stacks.Find(l.context)
	if ar == nil {
		delete(p.landings, th.TID)
		return
	}
	if last := ar.Last(); slot < l.context && last != nil && last.Slot < l.context {
		return
	}
	delete(p.landings, th.TID)
	s.abandon(th, p.stacks.Cut(ar, l.context, l.sp), event.Thrown)
}

package trace

import (
	"sonde/event"
	"sonde/proc"
	"sonde/sysdeps"
)

func (s *Session) signal(th *proc.Thread, sig int) error {
	ev := event.Signal{Head: s.head(th)}
	ev.Info.SetSigno(sig)
	if s.wants&event.Siginfo != 0 || th.Process.Launched {
		info, err := th.Siginfo()
		if err != nil {
			return err
		}
		ev.Info = info
	}
	if th.Process.Launched {
		s.relay.Note(&ev.Info)
	}
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	ev.PC = regs.PC()
	if s.wants&event.Siginfo != 0 { // else nobody shows signals
		ev.Stack = s.stackAt(th, regs)
	}
	s.emit(&ev)
	return nil
}

// groupStop tells of a stopped process once, by its leader as long as it lives.
func (s *Session) groupStop(th *proc.Thread, stop proc.GroupStop) {
	if th.TID == th.Process.LiveTID() {
		s.emit(&event.Stopped{Head: s.head(th), Signal: stop.Signal})
	}
	s.tr.StopAlong(th, stop)
}

// interrupted deals with a signal that was sent to Sonde itself. The launched
// program gets it too. What was attached to is let go, and so is what the
// launched program has left behind.
func (s *Session) interrupted(info *sysdeps.Siginfo) {
	s.letGo(func(p *proc.Process) bool { return s.launched == nil || !p.Root.Launched })
	if s.launched != nil {
		s.relay.Pass(info, s.launched)
	}
}

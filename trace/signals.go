package trace

import (
	"time"

	"golang.org/x/sys/unix"

	"sonde/event"
	"sonde/proc"
	"sonde/sysdeps"
)

// sentSignals are the last signals that other processes sent to the launched
// program, by number: one that went to the whole process group came to Sonde as
// well, and is not to be passed on.
type sentSignals map[int]sentSignal

type sentSignal struct {
	pid int
	at  time.Duration
}

// siKernel is SI_KERNEL: the terminal's signals carry it.
const siKernel = 0x80

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
	if th.Process.Launched && ev.Info.Code() <= 0 {
		if s.sent == nil {
			s.sent = make(sentSignals)
		}
		s.sent[sig] = sentSignal{ev.Info.PID(), s.now}
	}
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	ev.PC = regs.PC()
	s.emit(&ev)
	return nil
}

// groupStop tells of a stopped process once, by its leader as long as it lives. When the terminal
// has stopped the program that Sonde launched, Sonde stops too, so that the
// shell that waits for Sonde gets its terminal back.
func (s *Session) groupStop(th *proc.Thread, sig int) {
	if th.TID != th.Process.LiveTID() {
		return
	}
	s.emit(&event.Stopped{Head: s.head(th), Signal: sig})
	if !th.Process.Launched || sig == int(unix.SIGSTOP) {
		return
	}
	if group, err := unix.Getpgid(th.Process.PID); err == nil && group == unix.Getpgrp() {
		s.tr.StopSelf(th)
	}
}

// interrupted deals with a signal that was sent to Sonde itself. The launched
// program gets it, unless it has had it already: from the terminal, or because
// the whole group was meant. What was attached to is let go, and so is what the
// launched program has left behind.
func (s *Session) interrupted(info *sysdeps.Siginfo) {
	s.letGo(func(p *proc.Process) bool { return s.launched == nil || !p.Root.Launched })
	if s.launched == nil || info.Code() == siKernel {
		return
	}
	sig := unix.Signal(info.Signo())
	if last, ok := s.sent[int(sig)]; ok && last.pid == info.PID() && s.now-last.at < time.Second {
		return
	}
	if s.tr.Pending(s.launched.PID, sig) {
		return
	}
	unix.Kill(s.launched.PID, sig)
}

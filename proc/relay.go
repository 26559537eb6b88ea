package proc

import (
	"time"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// Relay passes signals that the tracer gets on to the program that it has launched, which
// one that is meant for a whole process group has got already.
type Relay struct {
	// sent are the last signals that other processes sent to the program, by number.
	sent map[int]sentSignal
}

type sentSignal struct {
	pid int
	at  time.Time
}

// Note takes note of a signal that the program is about to get.
func (r *Relay) Note(info *sysdeps.Siginfo) {
	if info.Code() > 0 {
		return
	}
	if r.sent == nil {
		r.sent = make(map[int]sentSignal)
	}
	r.sent[info.Signo()] = sentSignal{info.PID(), time.Now()}
}

// Pass passes a signal on, unless the program has had it: from the terminal, or because
// the whole group was meant.
func (r *Relay) Pass(info *sysdeps.Siginfo, to *Process) {
	sig := unix.Signal(info.Signo())
	last, ok := r.sent[int(sig)]
	if info.Code() == siKernel || ok && last.pid == info.PID() && time.Since(last.at) < time.Second || pending(to.PID, sig) {
		return
	}
	_ = unix.Kill(to.PID, sig) // it may have ended
}

// StopAlong, when job control has stopped a thread, stops the tracer as well if its own
// program has been stopped by the terminal: the shell that waits for the tracer is to get
// its terminal back. It returns when the tracer is continued.
func (tr *Tracer) StopAlong(th *Thread, stop GroupStop) {
	p := th.Process
	if !p.Launched || stop.Signal == int(unix.SIGSTOP) || th.TID != p.LiveTID() {
		return
	}
	if group, err := unix.Getpgid(p.PID); err != nil || group != unix.Getpgrp() {
		return
	}
	// The thread must be let listen first, or SIGCONT would find it in our
	// hands.
	tr.goOn(th)
	_ = unix.Kill(unix.Getpid(), unix.SIGSTOP)
}

// pending tells whether a signal waits to be taken by a process.
func pending(pid int, sig unix.Signal) bool {
	st, err := ReadStatus(pid)
	return err == nil && (st.Pending|st.SharedPending)&(1<<(sig-1)) != 0
}

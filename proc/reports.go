package proc

import (
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// report is one answer of wait4.
type report struct {
	tid    int
	status unix.WaitStatus
}

// event returns the PTRACE_EVENT that a stop is for, or 0.
func event(status unix.WaitStatus) int { return int(status) >> 16 }

// take puts a report into the queue, or keeps it until something explains whose
// it is: a new thread may stop, or be killed, before its parent's report of it.
//
// What changes who a thread id stands for takes effect here, not when its turn
// comes: the requests that are made until then go by the new meaning.
func (tr *Tracer) take(tid int, status unix.WaitStatus) {
	own := tid == tr.alarm.PID || tr.launched != nil && tr.launched.TID == tid
	switch {
	case own:
	case !status.Stopped():
		tr.void(tid)
		tr.explainEnd(tid)
	case event(status) == unix.PTRACE_EVENT_EXEC:
		tr.void(tid)
		tr.moved(tid)
	case event(status) == unix.PTRACE_EVENT_EXIT:
		tr.void(tid)
		tr.letEnd(tid)
		return
	}
	if tr.threads[tid] == nil && !own {
		tr.keep(tid, status)
		return
	}
	tr.queue = append(tr.queue, report{tid, status})
}

// keep keeps a stop until something explains whose it is. An end is not kept: firstStop
// finds that there is nothing to wait for, and the id may be another's before long.
func (tr *Tracer) keep(tid int, status unix.WaitStatus) {
	if !status.Stopped() {
		delete(tr.strangers, tid)
		return
	}
	tr.strangers[tid] = status
	if tr.bereft != nil {
		tr.adopt(tr.bereft)
	}
}

// void takes back what a thread has reported and is no longer true: SIGKILL, or
// the exec of another thread, has ended its stop.
func (tr *Tracer) void(tid int) {
	tr.queue = slices.DeleteFunc(tr.queue, func(r report) bool { return r.tid == tid })
	if th := tr.threads[tid]; th != nil {
		th.state = running
	}
}

func (tr *Tracer) queued(tid int) bool {
	return slices.ContainsFunc(tr.queue, func(r report) bool { return r.tid == tid })
}

// moved gives a thread that has called exec the id that it goes by now: its
// leader's, which has gone without a word.
func (tr *Tracer) moved(tid int) {
	former, err := eventMessage(tid, unix.PTRACE_EVENT_EXEC)
	caller := tr.threads[former]
	if err != nil || former == tid || caller == nil {
		return
	}
	if leader := tr.threads[tid]; leader != nil {
		tr.remove(leader)
		leader.state = released
	}
	tr.remove(caller)
	caller.TID, caller.former, caller.tellsEnd = tid, former, false
	tr.add(caller)
}

// eventMessage returns what goes with an event that a thread has reported. The
// error is sysdeps.ErrGone when it has been killed since: a leader has another
// message then, on its way out.
func eventMessage(tid, ev int) (int, error) {
	msg, err := ptrace.EventMessage(tid)
	if err != nil {
		return 0, err
	}
	still, err := standsFor(tid, ev)
	if err == nil && !still {
		err = fmt.Errorf("event of thread %d: %w", tid, sysdeps.ErrGone)
	}
	return msg, err
}

// standsFor tells whether an event is what a thread stands still for now: si_code
// is the event and SIGTRAP then (ptrace(2)).
func standsFor(tid, ev int) (bool, error) {
	var info sysdeps.Siginfo
	err := ptrace.GetSiginfo(tid, &info)
	return info.Code() == ev<<8|int(unix.SIGTRAP), err
}

// explainEnd makes known whose end it is when the thread that was to become a
// process's leader, by an exec, has been killed before it could tell.
func (tr *Tracer) explainEnd(tid int) {
	if tr.threads[tid] != nil {
		return
	}
	if p := tr.processOf(tid); p != nil {
		tr.add(&Thread{TID: tid, Process: p})
	}
}

// tellEnd has a leader with other threads stop on its way out. An exec by one
// of those waits for it then: as long as the leader's stops are handled, its id
// remains its own. (Without that, nothing tells the leader from the thread that
// takes its id over, and that one would get the leader's registers.)
//
// It is false when that has happened already: the thread that stands there now
// has an exec to report.
func (tr *Tracer) tellEnd(th *Thread) (still bool, err error) {
	th.tellsEnd = true
	if err := ptrace.SetOptions(th.TID, th.options()|ptrace.OptExit); err != nil {
		return false, err
	}
	moved, err := standsFor(th.TID, unix.PTRACE_EVENT_EXEC)
	return !moved, err
}

// letEnd lets a thread go on that has stopped on its way out.
func (tr *Tracer) letEnd(tid int) {
	if th := tr.threads[tid]; th != nil {
		th.exiting = true
	}
	ptrace.Cont(tid, 0) // gone, if it cannot be
}

// await waits for the next stop of a thread that goes on for a moment only. What
// others report meanwhile is queued. The error is sysdeps.ErrGone when the thread
// has ended, or another has taken its id; that is in the queue as well.
func (tr *Tracer) await(th *Thread) (unix.WaitStatus, error) {
	for {
		tid, status, err := ptrace.Wait(true)
		if err != nil {
			return 0, fmt.Errorf("wait for thread %d: %w", th.TID, err)
		}
		ev := event(status)
		if tid == th.TID && status.Stopped() && ev != unix.PTRACE_EVENT_EXEC && ev != unix.PTRACE_EVENT_EXIT {
			return status, nil
		}
		tr.take(tid, status)
		if tid != th.TID {
			continue
		}
		if tr.threads[tid] == th {
			th.state = running
		}
		return 0, fmt.Errorf("wait for thread %d: %w", tid, sysdeps.ErrGone)
	}
}

// firstStop returns the stop of a new thread, before it runs. It may have been taken
// before its parent's report was. One that has been killed first is gone.
func (tr *Tracer) firstStop(tid int) (unix.WaitStatus, error) {
	for {
		if status, ok := tr.strangers[tid]; ok {
			delete(tr.strangers, tid)
			return status, nil
		}
		if tr.threads[tid] != nil { // adopted
			return 0, fmt.Errorf("wait for new thread %d: %w", tid, sysdeps.ErrGone)
		}
		other, status, err := ptrace.Wait(false)
		if err == nil && other == 0 {
			if !ptrace.Awaited(tid) {
				return 0, fmt.Errorf("wait for new thread %d: %w", tid, sysdeps.ErrGone)
			}
			other, status, err = ptrace.Wait(true)
		}
		if err != nil {
			return 0, fmt.Errorf("wait for new thread %d: %w", tid, err)
		}
		tr.take(other, status)
	}
}

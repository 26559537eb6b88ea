package proc

import (
	"bytes"
	"errors"
	"os"
	"strconv"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"sonde/sysdeps/ptrace"
)

// patience is how long threads are waited for until it is asked why they do not stop.
const patience = 100 * time.Millisecond

// gathering are threads that were interrupted and have not stopped yet.
type gathering struct {
	tr       *Tracer
	waiting  map[int]*Thread
	ready    []report  // taken already
	since    time.Time // when it was last asked why they do not stop
	deadline *ptrace.Deadline
	ran      map[int]int // ticks that those have run which have not stopped in time
}

// next returns what a tracee reports next. When none has for too long, it looks who is
// waited for in vain; tid is 0 then.
func (g *gathering) next() (tid int, status unix.WaitStatus, err error) {
	if len(g.waiting) > fewThreads && len(g.ready) == 0 {
		g.askEach()
	}
	if n := len(g.ready); n > 0 {
		r := g.ready[n-1]
		g.ready = g.ready[:n-1]
		return r.tid, r.status, nil
	}
	if tid, status, err = ptrace.Wait(false); tid != 0 || err != nil {
		return tid, status, err
	}
	if mayVanish(g.waiting) {
		g.forgetVanished() // on its way out, or to its stop: nothing tells which
		g.pause()
		return 0, 0, nil
	}
	if g.deadline == nil {
		if g.deadline, err = ptrace.NewDeadline(patience); err != nil {
			// A timer takes room that RLIMIT_SIGPENDING bounds, of all that the user runs.
			g.pause()
			return 0, 0, nil
		}
	}
	tid, status, err = g.deadline.Wait()
	if errors.Is(err, ptrace.ErrLate) {
		g.end()
		g.forgetHeldUp()
		return 0, 0, nil
	}
	return tid, status, err
}

// askEach takes what those that are waited for have to report, each by its id: what it
// costs to wait for any grows with all that are traced.
func (g *gathering) askEach() {
	for tid := range g.waiting {
		if status, ok, err := ptrace.Poll(tid); ok && err == nil {
			g.ready = append(g.ready, report{tid, status})
		}
	}
}

// pause is for where no event tells that it is time to look again.
func (g *gathering) pause() {
	if time.Since(g.since) > patience {
		g.forgetHeldUp()
	}
	time.Sleep(100 * time.Microsecond)
}

// end ends the deadline, and queues what nobody has looked at.
func (g *gathering) end() {
	for _, r := range g.ready { // it ends early
		g.tr.take(r.tid, r.status)
	}
	g.ready = nil
	if g.deadline != nil {
		g.deadline.Stop()
		g.deadline = nil
	}
}

// forgetVanished takes out threads that have ended without a word.
func (g *gathering) forgetVanished() {
	for tid, th := range g.waiting {
		if th.hasEnded() || th.Process.partial && !tracedByUs(tid) {
			delete(g.waiting, tid)
		}
	}
}

// forgetHeldUp takes out threads that are held up in the kernel. What they wait for
// may be one of those that have been stopped: a thread that fills the pages which a system
// call reads (userfaultfd(2)), or the server of a file system. They stop before they
// run another instruction.
func (g *gathering) forgetHeldUp() {
	g.since = time.Now()
	anyPager := sync.OnceValue(g.tr.anyPager)
	for tid := range g.waiting {
		if g.heldUp(tid, anyPager) {
			delete(g.waiting, tid)
		}
	}
}

// heldUp tells whether a thread that was interrupted cannot stop. It takes no signals; or
// it runs, and has done so since, but not its program: in a system call, the kernel
// tries over and over again to reach a page, if a signal is pending (handle_userfault).
// A SIGTRAP that is pending may be a trap of ours, and must be seen.
//
// One that makes a process is waited for, however long that takes: the copy of the
// memory has our traps in it, and would not be traced if we had gone by then.
func (g *gathering) heldUp(tid int, anyPager func() bool) bool {
	th := g.waiting[tid]
	st, err := ReadStatus(tid)
	switch {
	case err != nil: // its end is about to be reported
		return false
	case st.State == 'D':
		why := waitsFor(th.Process.PID, tid, &th.Process.Space.Arch.Calls)
		return why == waitsVfork || why == waitsElse
	case st.State != 'R' || st.Pending&(1<<(unix.SIGTRAP-1)) != 0 || !anyPager():
		return false
	}
	const enough = 2 // ticks, of which the first may have begun before
	now := ticks(tid)
	if g.ran == nil {
		g.ran = make(map[int]int)
	}
	if _, known := g.ran[tid]; !known {
		g.ran[tid] = now
	}
	return now-g.ran[tid] >= enough
}

// anyPager tells whether one of the processes may have to fill pages for another.
func (tr *Tracer) anyPager() bool {
	looked := make(map[*Process]bool)
	for _, th := range tr.threads {
		p := th.Process
		if looked[p] {
			continue
		}
		looked[p] = true
		if p.Space.FaultsWait || hasPager(p.PID) {
			return true
		}
	}
	return false
}

// ticks returns for how many hundredths of a second a thread has run, in its program and in
// the kernel: fields 14 and 15 of /proc/TID/stat (proc_pid_stat(5)).
func ticks(tid int) int {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/stat")
	if err != nil {
		return 0
	}
	const user, system = 14, 15
	fields := bytes.Fields(text[bytes.LastIndexByte(text, ')')+1:]) // from the third on
	if len(fields) <= system-3 {
		return 0
	}
	u, _ := strconv.Atoi(string(fields[user-3]))
	s, _ := strconv.Atoi(string(fields[system-3]))
	return u + s
}

package proc

import (
	"bytes"
	"errors"
	"maps"
	"os"
	"slices"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// A thread that is killed in the middle of a fork, by SIGKILL or by another thread's
// exit or exec, reports no fork. Its child lives on, a tracee, with our traps in its
// memory.

// adopt takes in the children of a process whose threads have been killed, all
// or, by an exec, all but one, while they were reporting them: nothing else will
// explain them.
func (tr *Tracer) adopt(dead *Process) {
	for tid, status := range tr.strangers {
		st, err := ReadStatus(tid)
		if err != nil {
			delete(tr.strangers, tid)
			continue
		}
		if st.TGID == dead.PID && len(dead.threads) > 0 { // a thread, which its exec ends
			delete(tr.strangers, tid)
			continue
		}
		if st.TGID != tid || st.PPID != dead.PID && tr.processOf(st.PPID) != nil {
			continue // its parent's report is still to come
		}
		delete(tr.strangers, tid)
		child := &Thread{TID: tid, state: stopped, everyCall: true} // for all that is known
		child.group = status.StopSignal() != unix.SIGTRAP
		parent := &Thread{TID: dead.neighbour(), Process: dead}
		ok, err := tr.joinParent(parent, child, unreported)
		if err != nil && !errors.Is(err, sysdeps.ErrGone) {
			tr.complain(parent, err)
		}
		if ok && err == nil {
			tr.goOn(child)
		}
	}
}

// unreported stands for the event that would have told of a child.
const unreported = 0

// neighbour returns a thread that runs in a process's memory: where it has ended, of
// another process that shares it, if there is one.
func (p *Process) neighbour() int {
	for o := range p.Space.processes {
		for _, tid := range slices.Sorted(maps.Keys(o.threads)) {
			if Lives(tid) {
				return tid
			}
		}
	}
	return p.PID
}

// findOrphans looks, when there is nobody left to wait for, whether one is that has
// not stopped yet: it would end with a tracer that launches (PTRACE_O_EXITKILL), or
// run into our traps.
func (tr *Tracer) findOrphans() bool {
	dead := tr.last
	if dead == nil {
		return false
	}
	tr.bereft, tr.last = dead, nil
	tr.adopt(dead)
	for _, pid := range youngerThan(dead.PID) {
		if tr.threads[pid] != nil || !tracedByUs(pid) {
			continue
		}
		if status, err := ptrace.WaitFor(pid); err == nil {
			tr.take(pid, status)
		}
	}
	return tr.busy()
}

// youngerThan returns the processes that have got their numbers after another. Numbers
// go up, and begin anew at their end (pid_max in proc_sys_kernel(5)).
func youngerThan(pid int) []int {
	last := 0
	if text, err := os.ReadFile("/proc/loadavg"); err == nil { // the last field
		last, _ = strconv.Atoi(string(bytes.TrimSpace(text[bytes.LastIndexByte(text, ' ')+1:])))
	}
	all, err := numbers("/proc")
	if err != nil {
		return nil
	}
	return slices.DeleteFunc(all, func(other int) bool {
		if last > pid {
			return other <= pid || other > last
		}
		return other <= pid && other > last
	})
}

package proc

import (
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/internal/testkit"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// gatheringOf waits for the first thread of a process that nobody has asked to stop.
func gatheringOf(pid int) *gathering {
	p := emptySpace(sysdeps.AMD64, breakpoint.NewTable(sysdeps.AMD64)).newProcess(pid)
	th := &Thread{TID: pid, Process: p}
	all := map[int]*Thread{pid: th}
	return &gathering{tr: &Tracer{threads: all}, waiting: all}
}

// TestHeldUpVfork holds that a thread which waits for its vfork's child is not waited for.
func TestHeldUpVfork(t *testing.T) {
	p := testkit.Start(t, "stdout", nil, testkit.Build(t, "testdata/syscalls_vfork.c", "-O1"))
	awaitCall(t, p.PID, sysdeps.AMD64.Calls.Vfork)
	g := gatheringOf(p.PID)
	if !g.heldUp(p.PID, g.tr.anyPager) {
		t.Error("it would be waited for")
	}
	p.Type(t, "x")
	p.Wait(t)
}

// TestHeldUpRunning holds that a thread which only runs for long, as in the fork of a
// process with much memory, is waited for where no page can be what it waits for.
func TestHeldUpRunning(t *testing.T) {
	p := testkit.Start(t, "stdout", nil, "/bin/sh", "-c", "while :; do :; done")
	g := gatheringOf(p.PID)
	testkit.Await(t, "the shell is in its loop", func() bool { return ticks(p.PID) > 1 }) // it has read its files
	for begun := ticks(p.PID); ticks(p.PID) < begun+5; {
		if g.heldUp(p.PID, g.tr.anyPager) {
			t.Fatal("it would not be waited for")
		}
	}
	g.waiting[p.PID].Process.Space.FaultsWait = true
	testkit.Await(t, "with pages that may have to be filled, it is held up", func() bool { return g.heldUp(p.PID, g.tr.anyPager) })
	p.Signal(t, unix.SIGKILL)
	p.Wait(t)
}

// TestGatheringEndsEarly holds that what has been taken of tracees is not lost where an
// error keeps it from being looked at.
func TestGatheringEndsEarly(t *testing.T) {
	p := emptySpace(sysdeps.AMD64, breakpoint.NewTable(sysdeps.AMD64)).newProcess(7)
	all := map[int]*Thread{7: {TID: 7, Process: p}, 8: {TID: 8, Process: p}}
	tr := &Tracer{threads: all, alarm: &ptrace.Alarm{}}
	g := &gathering{tr: tr, waiting: all, ready: []report{{7, trapStop}, {8, interruptStop}}}
	g.end()
	if want := []report{{7, trapStop}, {8, interruptStop}}; !slices.Equal(tr.queue, want) {
		t.Errorf("there are to be looked at %v, want %v", tr.queue, want)
	}
}

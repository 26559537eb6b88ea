package proc

import (
	"fmt"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// TestSharerExecs attaches to a process whose child, which has been found to share its
// memory, executes another program before it is seized, and to such a child: the other
// one is let go, and nothing of ours is looked for in its memory.
func TestSharerExecs(t *testing.T) {
	path := testkit.Build(t, "testdata/sharer_execs.c", "-O1")
	for _, wanted := range []string{"parent", "child"} {
		t.Run(wanted, func(t *testing.T) {
			for range 4 { // which of the threads lets the memory go is chance
				attachToSharer(t, path, wanted == "child")
			}
		})
	}
}

func attachToSharer(t *testing.T, path string, toChild bool) {
	t.Helper()
	p := testkit.StartTarget(t, nil, path)
	var child int
	if _, err := fmt.Sscanf(p.Lines[0], "ready child=%d", &child); err != nil {
		t.Fatalf("the program said %q: %v", p.Lines[0], err)
	}
	wanted, other := p.PID, child
	if toChild {
		wanted, other = child, p.PID
	}
	err := Run(func(tr *Tracer) error {
		tr.Complain = func(err error) { t.Error(err) }
		space := emptySpace(sysdeps.AMD64, breakpoint.NewTable(sysdeps.AMD64))
		ps := []*Process{space.newProcess(wanted)}
		for _, pid := range sharers(wanted) {
			ps = append(ps, space.newProcess(pid))
		}
		if len(ps) != 2 || ps[1].PID != other {
			t.Fatalf("sharing its memory were found %+v", ps)
		}
		p.Type(t, "x")
		awaitCat(t, child)
		ps, err := tr.takeIn(ps)
		if err != nil {
			return err
		}
		if len(ps) != 1 || ps[0].PID != wanted || len(space.processes) != 1 {
			t.Errorf("taken in: %+v, in the memory: %+v", ps, space.processes)
		}
		err = tr.Hold(ps[0], func(threads []*Thread) error {
			regs, err := threads[0].Regs()
			if err != nil {
				return err
			}
			return tr.addPool(threads[0], regs.PC())
		})
		if err != nil {
			return err
		}
		return tr.DetachAll()
	})
	if err != nil {
		t.Error(err)
	}
	testkit.CheckReleased(t, p.PID)
	testkit.CheckReleased(t, child)
	p.HangUp()
	if ws := p.Wait(t); ws != 0 {
		t.Errorf("the program ended with %s", testkit.DescribeStatus(ws))
	}
}

// awaitCat waits until a process executes cat, and reads.
func awaitCat(t *testing.T, pid int) {
	t.Helper()
	testkit.Await(t, "the child executes the other program", func() bool {
		st, err := ReadStatus(pid)
		return err == nil && st.Name == "cat"
	})
	awaitCall(t, pid, unix.SYS_READ)
}

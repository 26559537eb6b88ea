package proc

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// TestI386Calls injects system calls into a 32-bit program: slots are mapped and
// unmapped, a call that fails says why, and the thread stands as it stood.
func TestI386Calls(t *testing.T) {
	path := testkit.Build(t, "testdata/i386_static.c", "-m32", "-static")
	hits := 0
	err := Run(func(tr *Tracer) error {
		p, err := tr.Launch(&ptrace.Program{Path: path, Args: []string{path}, In: ptrace.Inherit()})
		if err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			switch stop := stop.(type) {
			case Execed:
				regs, err := th.Regs()
				if err != nil {
					return err
				}
				space := th.Process.Space
				if _, err := space.Table.Insert(space, regs.PC(), nil); err != nil {
					return err
				}
			case Hit:
				hits++
				checkI386Calls(t, tr, th)
			case Exited:
				if stop.Status != 0 || stop.Signal != 0 {
					t.Errorf("process %d ended with status %d, signal %d", p.PID, stop.Status, stop.Signal)
				}
			}
		}
		return nil
	})
	if err != nil || hits != 1 {
		t.Fatalf("%v after %d hits of the first instruction", err, hits)
	}
}

func checkI386Calls(t *testing.T, tr *Tracer, th *Thread) {
	t.Helper()
	before, err := th.Regs()
	if err != nil {
		t.Fatal(err)
	}
	space, saved := th.Process.Space, *before
	if space.Arch != sysdeps.I386 || saved.Arch != sysdeps.I386 {
		t.Fatalf("an address space of %s, registers of %s", space.Arch.Name, saved.Arch.Name)
	}
	if err := tr.addPool(th, saved.PC()); err != nil {
		t.Fatal(err)
	}
	lo := space.injected[0].lo
	if m := mappingAt(t, th.TID, lo); m == nil || !m.Exec || m.Write || lo+poolSize > 1<<32 {
		t.Errorf("the pool at %v is %+v", lo, m)
	}
	if _, err := tr.call(th, space.Arch.Calls.Munmap, uint64(lo)+1, poolSize); !errors.Is(err, unix.EINVAL) {
		t.Errorf("munmap of an odd address: %v", err)
	}
	if err := tr.unmapPools(th); err != nil {
		t.Error(err)
	}
	if m := mappingAt(t, th.TID, lo); m != nil {
		t.Errorf("after unmapping there is %+v", m)
	}
	var after sysdeps.Regs
	if err := ptrace.GetRegs(th.TID, &after); err != nil || after != saved {
		t.Errorf("the calls have changed the registers: %v\n% x\n% x", err, after.Bytes(), saved.Bytes())
	}
}

// mappingAt returns the mapping that holds an address, or nil.
func mappingAt(t *testing.T, tid int, a sysdeps.Addr) *Mapping {
	t.Helper()
	maps, err := Maps(tid)
	if err != nil {
		t.Fatal(err)
	}
	for i := range maps {
		if maps[i].Contains(a) {
			return &maps[i]
		}
	}
	return nil
}

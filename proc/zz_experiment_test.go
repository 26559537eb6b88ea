package proc

import (
	"context"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

func TestZZ(t *testing.T) {
	err := Run(context.Background(), func(tr *Tracer) error {
		tr.Follow = true
		p, err := tr.Launch(&ptrace.Program{Path: "/bin/sh", Args: []string{"sh", "-c", "/bin/true; /bin/true; exit 42"}, In: ptrace.Inherit()})
		if err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			switch s := stop.(type) {
			case Execed, Spawned:
				r, _ := th.Regs()
				before := int64(r.Get(sysdeps.RAX))
				got, err := tr.call(th, unix.SYS_GETPID)
				t.Logf("%T: rax %d call = %d, %v (pid %d)", s, before, got, err, p.PID)
				th.known = false
				r, _ = th.Regs()
				t.Logf("after: rax %d", int64(r.Get(sysdeps.RAX)))
			case Exited:
				t.Logf("%+v", s)
			}
		}
		return nil
	})
	t.Log(err)
}

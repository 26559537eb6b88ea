package proc

import (
	"testing"

	"golang.org/x/sys/unix"
)

// TestUnavailableResult kills a thread between its stop at the end of a system call and
// the question what it returned: the call has ended, and with what is not known.
func TestUnavailableResult(t *testing.T) {
	err := Run(func(tr *Tracer) error {
		p, err := launchTraced(tr, "/bin/true")
		if err != nil {
			return err
		}
		asked := false
		for th, stop := range tr.Stops() {
			enter, ok := stop.(SyscallEnter)
			if !ok || asked {
				continue
			}
			asked = true
			nr := enter.Nr
			if err := unix.Kill(p.PID, unix.SIGKILL); err != nil {
				t.Fatal(err)
			}
			th.atEntry = false // as it would be at the next stop
			stop, err := tr.atSyscall(th)
			exit, ok := stop.(SyscallExit)
			if err != nil || !ok || !exit.Unavailable || exit.Nr != nr {
				t.Errorf("asked for a call's result, a thread that is gone answers %+v, %v", stop, err)
			}
		}
		if !asked {
			t.Error("no system call was seen")
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

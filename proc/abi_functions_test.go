package proc

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
	"sonde/sysdeps/ptrace"
)

// checkFunctions runs a program that is not PIE and looks at each call of its own at
// the entry of the function, whose symbol begins with prefix, and where it returns to.
func checkFunctions(t *testing.T, path, prefix string, conv *abi.Convention, calls []abiCall) {
	t.Helper()
	at := abiAddresses(t, path)
	w := abiWatch{conv: conv, calls: calls}
	var ret *breakpoint.Breakpoint
	err := Run(func(tr *Tracer) error {
		if _, err := tr.Launch(&ptrace.Program{Path: path, Args: []string{path}, In: ptrace.Inherit()}); err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			switch stop := stop.(type) {
			case Execed:
				for _, c := range calls {
					if _, err := th.Process.Space.Table.Insert(th.Process.Space, at[prefix+c.proto.Name], nil); err != nil {
						return err
					}
				}
			case Hit:
				space := th.Process.Space
				if stop.Breakpoint == ret {
					w.left(t, th)
					if err := space.Table.Remove(space, ret); err != nil {
						return err
					}
					ret = nil
					continue
				}
				if want := at[prefix+w.call().proto.Name]; stop.Breakpoint.Addr != want {
					return errors.New("hit at " + stop.Breakpoint.Addr.String() + ", in the call before")
				}
				w.entered(t, th)
				var word [8]byte
				if _, err := space.ReadMemory(word[:conv.Model.Word], w.sp); err != nil {
					return err
				}
				var err error
				if ret, err = space.Table.Insert(space, sysdeps.Addr(space.Arch.Word(word[:])), nil); err != nil {
					return err
				}
			case Signal:
				if stop.Number != int(unix.SIGURG) { // by which Go's runtime preempts
					t.Errorf("signal %d in call %d", stop.Number, w.n)
				}
			case Exited:
				if stop.Status != 0 || stop.Signal != 0 {
					t.Errorf("thread %d ended with status %d, signal %d", th.TID, stop.Status, stop.Signal)
				}
			}
		}
		return nil
	})
	if err != nil || w.n != len(calls) {
		t.Fatalf("%v after %d calls of %d", err, w.n, len(calls))
	}
}

// left looks at what a function has returned, which may be on the stack.
func (w *abiWatch) left(t *testing.T, th *Thread) {
	call := w.call()
	if call.proto.Result.Kind != prototype.Void {
		w.check(t, th, "result", w.sig.Result, call.proto.Result, &call.result)
	}
	w.n++
}

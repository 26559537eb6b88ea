package sysdeps

import (
	"errors"
	"fmt"
	"syscall"
	"testing"
)

func TestOpError(t *testing.T) {
	for _, c := range []struct {
		err  OpError
		text string
		gone bool
	}{
		{OpError{Op: "PTRACE_GETREGSET", TID: 4711, Err: syscall.ESRCH}, "PTRACE_GETREGSET 4711: no such process", true},
		{OpError{Op: "process_vm_readv", TID: 7, Addr: 0x1000, Err: syscall.EFAULT}, "process_vm_readv 7 at 0x1000: bad address", false},
		{OpError{Op: "PTRACE_SEIZE", TID: 1, Err: syscall.EPERM}, "PTRACE_SEIZE 1: operation not permitted", false},
		{OpError{Op: "read memory", Addr: 0x10, Err: syscall.ESRCH}, "read memory 0 at 0x10: no such process", true},
	} {
		err := fmt.Errorf("read registers: %w", &c.err)
		if err.Error() != "read registers: "+c.text {
			t.Errorf("%q, want %q", err, c.text)
		}
		if got := errors.Is(err, ErrGone); got != c.gone {
			t.Errorf("%v: is ErrGone: %v", err, got)
		}
		if !errors.Is(err, c.err.Err) {
			t.Errorf("%v does not lead to its errno", err)
		}
		if errors.Is(err, errors.New(ErrGone.Error())) {
			t.Errorf("%v is any error", err)
		}
		var op *OpError
		if !errors.As(err, &op) || op.TID != c.err.TID {
			t.Errorf("%v does not lead to itself", err)
		}
	}
	if errors.Is(syscall.ESRCH, ErrGone) {
		t.Error("an errno without a request is ErrGone")
	}
}

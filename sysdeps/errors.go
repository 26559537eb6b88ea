package sysdeps

import (
	"errors"
	"fmt"
	"syscall"
)

// ErrGone says that a thread or process no longer exists. It is an answer
// rather than a failure: whoever asked forgets the thread and goes on, and the
// wait status tells how it ended.
var ErrGone = errors.New("the thread is gone")

// ErrNotCopied says of memory that it may have changed since it was to be looked at, and
// that there is no copy of it.
var ErrNotCopied = errors.New("not copied")

// OpError is a request to the kernel about a tracee that failed.
type OpError struct {
	Op   string // the request in the kernel's spelling, e.g. "PTRACE_GETREGSET"
	TID  int    // the thread it was made on
	Addr Addr   // the tracee's address that it concerned, or 0
	Err  error  // the errno
}

// Error returns "OP TID at ADDR: errno text".
func (e *OpError) Error() string {
	if e.Addr != 0 {
		return fmt.Sprintf("%s %d at %v: %v", e.Op, e.TID, e.Addr, e.Err)
	}
	return fmt.Sprintf("%s %d: %v", e.Op, e.TID, e.Err)
}

// Unwrap returns the errno.
func (e *OpError) Unwrap() error { return e.Err }

// Is makes errors.Is(err, ErrGone) true where the kernel said ESRCH, which is
// how every request answers for a thread that has been killed.
func (e *OpError) Is(target error) bool {
	return target == ErrGone && e.Err == syscall.ESRCH
}

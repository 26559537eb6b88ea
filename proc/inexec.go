package proc

import (
	"time"

	"sonde/sysdeps/ptrace"
)

// Seize is ptrace.Seize of a thread of a process that any of its threads may be about to
// replace by another program. Ends of threads that are taken meanwhile are not reported:
// it is for who knows tracees by what /proc says of them.
func Seize(pid, tid int, options uintptr) error {
	_, err := seizeInExec(pid, tid, options)
	return err
}

// seizeInExec is Seize, and returns the ends that were taken.
//
// PTRACE_SEIZE sleeps while an exec is under way in the process, and the exec until the
// ends of the process's other threads were taken: by their tracer, which is who sleeps
// (ptrace(2), BUGS; de_thread in fs/exec.c). So another thread takes them. All that
// they report else is left: a stop is for who can make requests in it.
func seizeInExec(pid, tid int, options uintptr) (ends []report, err error) {
	const patience = 200 * time.Microsecond // most are seized in a hundredth of that
	stop, done := make(chan struct{}), make(chan struct{})
	timer := time.AfterFunc(patience, func() {
		defer close(done)
		again := time.NewTicker(patience)
		defer again.Stop()
		for {
			// Also those that were made, and seized, by a clone of a tracee. A leader
			// that the exec replaces is not reported, and not waited for.
			members, _ := Tasks(pid) // or it is gone, and with it the exec
			for _, tid := range members {
				if status, ended := ptrace.TakeEnd(tid); ended {
					ends = append(ends, report{tid, status})
				}
			}
			select {
			case <-stop:
				return
			case <-again.C:
			}
		}
	})
	err = ptrace.Seize(tid, options)
	close(stop)
	if !timer.Stop() {
		<-done
	}
	return ends, err
}

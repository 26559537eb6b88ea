package proc

import (
	"fmt"
	"time"

	"golang.org/x/sys/unix"

	"sonde/sysdeps/ptrace"
)

// What a wait4(2) for any tracee costs grows with their number: the kernel looks at one
// after the other, those that were seized last first, until one has something to report
// (ptrace_do_wait in kernel/exit.c), and at all of them before it sleeps. For one tracee by
// its id it looks at that one (do_wait_pid, since Linux 5.13).
const (
	// fewThreads are waited for all at once.
	fewThreads = 128
	// lookTime is about what looking at one of them takes the kernel.
	lookTime = 20 * time.Nanosecond
	// drainShare is how many of all threads may report something until all that is ready
	// is taken: one in so many.
	drainShare = 32
)

// lately are the threads that have gone on last, in no order that matters.
type lately struct {
	tids [4]int
	next int
}

func (l *lately) add(tid int) {
	for _, known := range l.tids {
		if known == tid {
			return
		}
	}
	l.tids[l.next] = tid
	l.next = (l.next + 1) % len(l.tids)
}

// next returns the next report. When there are several threads, whatever else is ready is
// taken first, so that each gets its turn: every time, or where they are many now and then.
func (tr *Tracer) next() (report, error) {
	for len(tr.queue) == 0 {
		tid, status, err := tr.wait()
		if err != nil {
			return report{}, fmt.Errorf("wait for tracees: %w", err)
		}
		tr.take(tid, status)
		if tr.undrained += drainShare; tr.undrained >= len(tr.threads) {
			tr.undrained = 0
			tr.takeReady()
		}
	}
	r := tr.queue[0]
	if len(tr.queue) < fewThreads {
		tr.queue = tr.queue[:copy(tr.queue, tr.queue[1:])]
	} else {
		tr.queue = tr.queue[1:]
	}
	return r, nil
}

// wait waits for a report. Of many threads those that have gone on last are the likeliest
// to have one soon. They are asked for as long as looking at all others would take.
func (tr *Tracer) wait() (tid int, status unix.WaitStatus, err error) {
	if n := len(tr.threads); n > fewThreads {
		for end := time.Now().Add(time.Duration(n) * lookTime); time.Now().Before(end); {
			for _, tid := range tr.lately.tids {
				if status, ok, err := ptrace.Poll(tid); ok && err == nil {
					return tid, status, nil
				}
			}
			ptrace.Yield() // one of them may want this processor
		}
	}
	tr.turns.take()
	return ptrace.Wait(true)
}

// takeReady takes what else is ready.
func (tr *Tracer) takeReady() {
	for n := 1; n < len(tr.threads); n++ {
		tid, status, err := ptrace.Wait(false)
		if tid == 0 || err != nil {
			return
		}
		tr.take(tid, status)
		if n == fewThreads/drainShare && len(tr.threads) > fewThreads {
			tr.takeEach() // there will be more
			return
		}
	}
}

// takeEach takes what each thread has to report.
func (tr *Tracer) takeEach() {
	for tid := range tr.threads {
		if status, ok, err := ptrace.Poll(tid); ok && err == nil {
			tr.take(tid, status)
		}
	}
}

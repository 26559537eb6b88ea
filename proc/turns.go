package proc

import (
	"runtime"
	"time"
)

// The tracing goroutine holds its thread and never lets another have its place, so that to
// Go's scheduler it looks like one that has been running all the time: after 10 ms it is to
// be interrupted, and while it waits for a tracee it is taken for stuck in a system call. The
// scheduler's monitor then takes its processor away, and goes on looking every 20 µs, for
// which a tenth of the time of tracing went (retake and sysmon in runtime/proc.go). One that
// lets others go first now and then is left in peace.
const (
	// turn is how long it has the processor for itself: less than forcePreemptNS.
	turn = 5 * time.Millisecond
	// waitsPerLook is how many waits there are to a look at the clock.
	waitsPerLook = 4
)

// turns tell when others are to go first.
type turns struct {
	waits int
	began time.Time // the turn
}

// take is called at each wait for a tracee.
func (t *turns) take() {
	if t.waits++; t.waits%waitsPerLook != 0 {
		return
	}
	if now := time.Now(); now.Sub(t.began) > turn {
		t.began = now
		runtime.Gosched()
	}
}

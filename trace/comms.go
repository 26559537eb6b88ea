package trace

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"sonde/event"
)

// comms are the names of threads as they have been told. The kernel does not tell of
// a change. It is looked for after calls that may have made one, and now and then: most
// threads name themselves when they have just begun.
type comms struct {
	threads map[int]comm
	// doubts is, by process, how often a name of one of its threads may have changed: each
	// of them looks at its own when it comes to it, be they thousands.
	doubts map[int]int
}

type comm struct {
	name   string
	pid    int
	doubts int // of which it knows
	// It is looked at again when twice as much time has passed, but within these
	// bounds.
	first, next time.Duration
}

const (
	leastCommAge = time.Millisecond
	mostCommAge  = time.Second
	// mostComms is how many are remembered: more threads there are hardly.
	mostComms = 1 << 16
)

// tell sets the Comm of an event where it is to be told.
func (c *comms) tell(ev event.Event) {
	h := ev.Header()
	if h.TID == 0 {
		return
	}
	if r, ok := ev.(*event.Return); ok && (r.Name == "prctl" || r.Name == "pthread_setname_np") {
		c.suspect(r.PID)
	}
	if known, ok := c.threads[h.TID]; !ok || h.Time >= known.next || known.doubts != c.doubts[h.PID] {
		if !ok {
			known = comm{pid: h.PID, first: h.Time}
		}
		c.look(h, known)
	}
	if ended, ok := ev.(*event.Exit); ok {
		delete(c.threads, h.TID)
		if ended.Process {
			delete(c.doubts, h.PID)
		}
	}
}

// look reads the name of an event's thread.
func (c *comms) look(h *event.Head, known comm) {
	known.doubts = c.doubts[h.PID]
	known.next = h.Time + min(max(h.Time-known.first, leastCommAge), mostCommAge)
	if name := readComm(h.TID); name != "" && name != known.name {
		known.name, h.Comm = name, name
	}
	if c.threads == nil || len(c.threads) >= mostComms {
		c.threads = make(map[int]comm)
	}
	c.threads[h.TID] = known
}

// suspect has the names of a process's threads looked at again.
func (c *comms) suspect(pid int) {
	if c.doubts == nil {
		c.doubts = make(map[int]int)
	}
	c.doubts[pid]++
}

// forget makes all names of a process new, after an exec.
func (c *comms) forget(pid int) {
	for tid := range c.threads {
		if c.threads[tid].pid == pid {
			delete(c.threads, tid)
		}
	}
}

// readComm returns the name of a thread, or "".
func readComm(tid int) string {
	name, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/comm")
	if err != nil {
		return ""
	}
	return string(bytes.TrimSuffix(name, []byte("\n")))
}

package trace

import (
	"bytes"
	"os"
	"strconv"
	"time"

	"sonde/event"
)

// comms are the names of threads as they have been told, by tid. The kernel does not tell of
// a change. It is looked for after calls that may have made one, and now and then: most
// threads name themselves when they have just begun.
type comms map[int]comm

type comm struct {
	name string
	pid  int
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
	if known, ok := (*c)[h.TID]; !ok || h.Time >= known.next {
		if !ok {
			known = comm{pid: h.PID, first: h.Time}
		}
		c.look(h, known)
	}
	if _, ok := ev.(*event.Exit); ok {
		delete(*c, h.TID)
	}
}

// look reads the name of an event's thread.
func (c *comms) look(h *event.Head, known comm) {
	known.next = h.Time + min(max(h.Time-known.first, leastCommAge), mostCommAge)
	if name := readComm(h.TID); name != "" && name != known.name {
		known.name, h.Comm = name, name
	}
	if *c == nil || len(*c) >= mostComms {
		*c = make(comms)
	}
	(*c)[h.TID] = known
}

// suspect has the names of a process's threads looked at again.
func (c comms) suspect(pid int) {
	for tid, known := range c {
		if known.pid == pid {
			known.next = 0
			c[tid] = known
		}
	}
}

// forget makes all names of a process new, after an exec.
func (c comms) forget(pid int) {
	for tid := range c {
		if c[tid].pid == pid {
			delete(c, tid)
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

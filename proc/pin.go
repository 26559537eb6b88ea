package proc

import (
	"fmt"

	"golang.org/x/sys/unix"
)

// Pin puts the tracer, and every thread that it traces from now on, on one
// processor: handing the processor over is then all that a stop costs. What a
// thread had is given back when it is let go.
func (tr *Tracer) Pin() error {
	if err := unix.SchedGetaffinity(0, &tr.ownCPUs); err != nil {
		return fmt.Errorf("read own CPU affinity: %w", err)
	}
	for cpu := range 64 * len(tr.ownCPUs) {
		if tr.ownCPUs.IsSet(cpu) {
			tr.CPU = cpu // the last one: the first serves most interrupts
		}
	}
	if err := unix.SchedSetaffinity(0, only(tr.CPU)); err != nil {
		return fmt.Errorf("pin to CPU %d: %w", tr.CPU, err)
	}
	return nil
}

func only(cpu int) *unix.CPUSet {
	var set unix.CPUSet
	set.Set(cpu)
	return &set
}

func (th *Thread) pin(cpu int) {
	if cpu < 0 || th.affinity != nil { // inherited, or pinned already
		return
	}
	var had unix.CPUSet
	if unix.SchedGetaffinity(th.TID, &had) == nil && unix.SchedSetaffinity(th.TID, only(cpu)) == nil {
		th.affinity = &had
	}
}

// unpin gives a thread back what it had, unless it has chosen anew.
func (th *Thread) unpin() {
	var now unix.CPUSet
	if th.affinity != nil && unix.SchedGetaffinity(th.TID, &now) == nil && now.Count() == 1 {
		unix.SchedSetaffinity(th.TID, th.affinity)
	}
}

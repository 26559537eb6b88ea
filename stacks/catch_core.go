package stacks

import (
	"fmt"
	"runtime"

	"sonde/corefile"
	"sonde/proc"
	"sonde/snapshot"
)

// writeCore writes a core file of a process one of whose threads is about to take a
// signal, with all its threads, that one first, and returns its name. missing is about
// memory that could not be read, and is zero in the file.
func (c *Catcher) writeCore(th *proc.Thread, sig int) (path string, missing, err error) {
	mem, err := snapshot.OpenMemory(th.TID)
	if err != nil {
		return "", nil, err
	}
	defer mem.Close()
	path = fmt.Sprintf("%s.%d", c.o.CoreFile, th.Process.PID)
	err = c.tr.Hold(th.Process, func(threads []*proc.Thread) error {
		held := &snapshot.Held{PID: th.Process.PID}
		for _, other := range threads {
			t := &snapshot.Thread{TID: other.TID}
			if regs, err := other.Regs(); err != nil {
				t.Err = err
			} else {
				t.Regs = *regs
			}
			if other != th {
				held.Threads = append(held.Threads, t)
				continue
			}
			t.Signal = sig
			held.Threads = append([]*snapshot.Thread{t}, held.Threads...)
		}
		contents, err := held.Contents(&snapshot.Choice{}, mem)
		if err != nil {
			return err
		}
		report, err := corefile.Create(path, contents, mem, corefile.Options{Workers: runtime.NumCPU()})
		if report.Unreadable > 0 {
			missing = fmt.Errorf("%s: %d bytes could not be read, and are zero: %w", path, report.Unreadable, report.Missing)
		}
		return err
	})
	return path, missing, err
}

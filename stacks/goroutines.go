package stacks

import (
	"fmt"

	"sonde/sysdeps"
)

// readGo reads which goroutines threads run, and those that none runs, where they are
// wanted.
func (l *languages) readGo(mem sysdeps.Memory, threads []standing, o *reading) {
	if l.golang == nil {
		return
	}
	s := l.golang.Snapshot(mem)
	l.goroutines = make(map[int]uint64, len(threads))
	var keep []sysdeps.Range
	for i := range threads {
		if run, ok := s.Running(threads[i].regs); ok {
			l.goroutines[threads[i].tid] = run.ID
			keep = append(append(keep, run.Structures...), run.Stacks...)
		}
	}
	if l.goList {
		var more int
		var err error
		if l.parked, more, err = s.All(o.late); err != nil {
			l.damage = append(l.damage, fmt.Errorf("read goroutines: %w", err))
		}
		if more > 0 {
			l.damage = append(l.damage, fmt.Errorf("%d goroutines could not be read in time or for want of memory", more))
		}
		for i := range l.parked {
			keep = append(keep, sysdeps.Range{Lo: l.parked[i].SP, Hi: l.parked[i].Hi})
		}
	}
	if o.keep != nil {
		o.keep(keep)
	}
}

// walkGoroutines walks the stacks of goroutines that no thread runs.
func (w *walker) walkGoroutines() (all []Thread) {
	for i := range w.langs.parked {
		g := &w.langs.parked[i]
		t := w.walkGiven(Given{SP: g.SP, PC: g.PC, FP: g.BP}, sysdeps.AMD64)
		t.Stack, t.Goroutine, t.State = "", g.ID, g.State
		all = append(all, t)
	}
	return all
}

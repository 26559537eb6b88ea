package trace

import (
	"strconv"

	"sonde/event"
	"sonde/proc"
)

// tellLoads tells of modules that a process has mapped; tid is one of its threads.
func (s *Session) tellLoads(p *proc.Process, fresh []*module, tid int) {
	if s.wants&event.Loads == 0 {
		return
	}
	for _, m := range fresh {
		ev := event.Module{Head: event.Head{Time: s.now, PID: p.PID, TID: tid}, Loaded: true, Base: m.lo, Path: m.Path, Main: m.Main}
		f := m.file
		if f == nil { // nothing in it is traced
			f, _, _ = proc.OpenMapped(&s.files, ownMemory{p.Space}, "/proc/"+strconv.Itoa(tid), m.mapped, m.lo)
		}
		if f != nil {
			ev.SONAME, ev.BuildID = f.SONAME, f.BuildID()
		}
		s.emit(&ev)
	}
}

// tellUnload tells of a module that is not mapped any more.
func (s *Session) tellUnload(p *proc.Process, m *module, tid int) {
	if s.wants&event.Loads == 0 {
		return
	}
	s.emit(&event.Module{Head: event.Head{Time: s.now, PID: p.PID, TID: tid}, Base: m.lo, Path: m.Path, Main: m.Main})
}

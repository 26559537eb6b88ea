package trace

import (
	"fmt"
	"strings"

	"sonde/proc"
	"sonde/sysdeps/ptrace"
)

// maxDebug is how many different lines are kept apart.
const maxDebug = 1 << 16

// distinct returns what hands on each text once, of the first maxDebug.
func distinct(tell func(string)) func(string) {
	if tell == nil {
		return nil
	}
	told := make(map[string]bool)
	return func(text string) {
		if !told[text] && len(told) < maxDebug {
			told[text] = true
			tell(text)
		}
	}
}

// debugf tells which way was chosen, if anybody wants to know.
func (s *Session) debugf(format string, args ...any) {
	if s.opt.Debug != nil {
		s.opt.Debug(fmt.Sprintf(format, args...))
	}
}

// debugSpawn tells who is traced from now on.
func (s *Session) debugSpawn(th, child *proc.Thread) {
	switch {
	case s.opt.Debug == nil:
	case child.Process == th.Process:
		s.debugf("thread %d of process %d is made by thread %d", child.TID, child.Process.PID, th.TID)
	default:
		s.debugf("process %d is attached to, made by thread %d", child.TID, th.TID)
	}
}

// debugMemory tells how a process's memory is read.
func (s *Session) debugMemory(p *proc.Process, tid int) {
	if s.opt.Debug == nil {
		return
	}
	maps, err := proc.Maps(tid)
	if err != nil || len(maps) == 0 {
		return
	}
	var g ptrace.Gather
	var word [8]byte
	g.Add(word[:], maps[0].Lo)
	way := "process_vm_readv"
	if _, err := g.Read(tid, 0); err != nil {
		way = fmt.Sprintf("/proc/%d/mem (%v)", p.PID, err)
	}
	s.debugf("process %d, %s: arguments are read by %s, breakpoints written by /proc/%d/mem", p.PID, p.Space.Arch.Name, way, p.PID)
}

// debugPlan tells in which ways the calls of a module are seen.
func (s *Session) debugPlan(m *module, plan []Planned) {
	if s.opt.Debug == nil {
		return
	}
	counts := make([]int, len(kindNames))
	for i := range plan {
		counts[plan[i].Kind]++
	}
	var places []string
	for kind, n := range counts {
		if n > 0 {
			places = append(places, fmt.Sprintf("%d %s", n, Kind(kind)))
		}
	}
	if places == nil {
		places = []string{"none"}
	}
	s.debugf("%s: places by kind: %s", m.Path, strings.Join(places, ", "))
}

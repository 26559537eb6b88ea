package display

import (
	"time"

	"sonde/event"
)

// row are the calls that a Summary does not tell apart.
type row struct {
	rowKey
	of      calleeKey // the first of what it counts
	kind    event.Kind
	calls   uint64
	errors  uint64
	self    time.Duration
	total   time.Duration // of recursive calls, that of the outermost
	elapsed spread        // of all
}

// rowKey is what tells a row from others.
type rowKey struct {
	tid   int // 0 where threads are not told apart
	shown string
}

// calleeKey is the same as events tell it: whom a call goes to, and who makes it
// if that is told apart.
type calleeKey struct {
	pid, tid             int // 0 where threads are not told apart
	caller, module, name string
}

// rowOf returns the row that a call counts in.
func (s *Summary) rowOf(c *event.Call) *row {
	to := calleeKey{caller: c.Caller, module: c.Module, name: c.Name}
	if s.o.By&ByCaller == 0 {
		to.caller = ""
	}
	if c.Caller != "" && s.o.By&ByLibrary == 0 {
		to.module = "" // who else wants it has asked for it
	}
	if s.o.By&ByThread != 0 {
		to.pid, to.tid = c.PID, c.TID
	}
	r := s.known[to]
	if r == nil {
		r = s.newRow(to, c.Kind)
		s.known[to] = r
	}
	return r
}

// newRow returns the row that calls of to count in, which may be there already.
func (s *Summary) newRow(to calleeKey, kind event.Kind) *row {
	var shown []byte
	if to.caller != "" {
		shown = append(appendName(shown, to.caller, s.o.UTF8), "->"...)
	}
	shown = appendName(shown, s.names.of(to.name), s.o.UTF8)
	if to.module != "" {
		shown = appendName(append(shown, '@'), to.module, s.o.UTF8)
	}
	key := rowKey{to.tid, string(shown)}
	r := s.rows[key]
	if r == nil {
		r = &row{rowKey: key, of: to, kind: kind}
		s.rows[key] = r
	}
	return r
}

// count accounts for a call that has ended. Its time is not the function's where a
// call of the same function encloses it, whose time that is as well.
func (r *row) count(elapsed, self time.Duration, outermost bool) {
	r.elapsed.add(elapsed)
	r.self += self
	if outermost {
		r.total += elapsed
	}
}

// total returns the row that all rows add up to. As their total time it has the
// time of the calls that no traced call encloses, which is all that is any call's
// own.
func total(rows []*row) *row {
	sum := &row{rowKey: rowKey{shown: "total"}}
	for _, r := range rows {
		sum.calls += r.calls
		sum.errors += r.errors
		sum.self += r.self
		sum.elapsed.merge(&r.elapsed)
	}
	sum.total = sum.self
	return sum
}

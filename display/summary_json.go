package display

import (
	"maps"
	"slices"
	"time"

	"sonde/event"
)

// json returns the table as JSON lines, one for each row and the last for all of them,
// behind the header if nothing else has written that.
func (s *Summary) json() []byte {
	j := &JSON{o: s.o.JSON.Options, names: s.names}
	if s.o.JSON.Alone {
		j.header()
	}
	rows := sorted(slices.Collect(maps.Values(s.rows)), s.o.Sort)
	for _, r := range rows {
		s.beginJSON(j, r)
		j.str("function", s.names.of(r.of.name))
		if r.kind == event.System {
			j.str("kind", "system")
		} else {
			j.str("symbol", r.of.name)
			j.str("kind", "library")
			j.some("library", r.of.module)
		}
		j.some("caller", r.of.caller)
		j.figures(r)
		j.end()
	}
	all := total(rows)
	s.beginJSON(j, all)
	j.figures(all)
	if s.o.Tracing.Within > 0 {
		j.nanoseconds("tracing_ns_per_call", s.o.Tracing.Within)
		j.nanoseconds("tracing_ns_around", s.o.Tracing.Outside)
	}
	if s.lost > 0 {
		j.buf = appendJSONUint(appendKey(j.buf, "lost"), s.lost)
	}
	j.end()
	return j.buf
}

// beginJSON starts the line of a row, which is of a thread where these are told apart.
func (s *Summary) beginJSON(j *JSON, r *row) {
	j.begin("summary", &event.Head{Time: s.now, PID: r.of.pid, TID: r.of.tid})
}

func (j *JSON) figures(r *row) {
	j.buf = appendJSONUint(appendKey(j.buf, "calls"), r.calls)
	j.buf = appendJSONUint(appendKey(j.buf, "errors"), r.errors)
	j.nanoseconds("self_ns", r.self)
	j.nanoseconds("total_ns", r.total)
	e := &r.elapsed
	j.nanoseconds("mean_ns", e.mean())
	j.nanoseconds("min_ns", e.min)
	j.nanoseconds("p50_ns", e.quantile(50))
	j.nanoseconds("p90_ns", e.quantile(90))
	j.nanoseconds("p99_ns", e.quantile(99))
	j.nanoseconds("max_ns", e.max)
}

func (j *JSON) nanoseconds(key string, d time.Duration) {
	j.buf = appendJSONInt(appendKey(j.buf, key), int64(d))
}

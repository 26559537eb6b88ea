package display

import (
	"cmp"
	"io"

	"sonde/event"
)

// separateSize is how much is collected for each of the files of a Separate,
// of which there may be thousands.
const separateSize = 16 << 10

// Separate is a sink that gives each thread a sink and a file of its own, so that
// nothing comes between a call and its return but what the thread itself does. A
// file is opened for the first line that is written to it. One watch serves all.
type Separate struct {
	sink  func(*Writer) event.Sink
	wants event.Fields
	watch watch
	alive *watched // keeps the watch running while threads come and go
	files threadFiles
	parts map[int]*part
	count map[int]int // of parts, by process
}

// part is what there is for a thread.
type part struct {
	sink event.Sink
	file *threadFile
	pid  int
}

// NewSeparate returns a sink that opens files by open, and has sink make what writes
// to each. again says that the file has been opened before by this Separate: what it
// holds is to stay. At most so many files as limit allows a process (RLIMIT_NOFILE)
// are open at once, with room for what else Sonde opens.
func NewSeparate(limit uint64, open func(tid int, again bool) (io.WriteCloser, error), sink func(*Writer) event.Sink) *Separate {
	s := &Separate{sink: sink, parts: make(map[int]*part), count: make(map[int]int)}
	s.files = threadFiles{open: open, most: mostOpen(limit)}
	s.alive = s.watch.join(DefaultHold/ticks, func() bool { return false })
	none := sink(s.writer(io.Discard))
	s.wants = none.Wants()
	none.Close()
	return s
}

func (s *Separate) writer(w io.Writer) *Writer {
	return &Writer{w: w, big: separateSize, watch: &s.watch}
}

// Wants returns what each thread's sink does.
func (s *Separate) Wants() event.Fields { return s.wants }

// Emit hands the event to the sink of its thread, and to others that it ends; one of no
// thread to all sinks. It returns the first error of any file.
func (s *Separate) Emit(ev event.Event) error {
	h := ev.Header()
	if h.TID == 0 {
		for _, p := range s.parts {
			p.sink.Emit(ev) // the error stays in files
		}
		return s.files.failure()
	}
	err := s.part(h).sink.Emit(ev)
	switch ev := ev.(type) {
	case *event.Exec:
		s.superseded(ev)
	case *event.Exit:
		s.end(h.TID)
		if ev.Process {
			s.endOthers(h, nil)
		}
	case *event.Detached:
		s.endOthers(h, ev)
		s.end(h.TID)
	}
	return cmp.Or(err, s.files.failure())
}

// part returns what there is for the event's thread.
func (s *Separate) part(h *event.Head) *part {
	p := s.parts[h.TID]
	if p == nil {
		p = &part{file: &threadFile{files: &s.files, tid: h.TID}, pid: h.PID}
		p.sink = s.sink(s.writer(p.file))
		s.parts[h.TID] = p
		s.count[h.PID]++
	}
	return p
}

// superseded ends all threads of a process but the one that has executed another
// program, and bears the first one's id now.
func (s *Separate) superseded(e *event.Exec) {
	if e.FormerTID != 0 && e.FormerTID != e.TID {
		s.cut(e.FormerTID, e.TID)
		s.end(e.FormerTID)
	}
	s.endOthers(&e.Head, nil)
}

// cut tells the sink of a thread that this has ended without an event of its own; to is
// the id that it bears from now on, or 0.
func (s *Separate) cut(tid, to int) {
	if p := s.parts[tid]; p != nil {
		if sink, ok := p.sink.(interface{ threadGone(to int) }); ok {
			sink.threadGone(to)
		}
	}
}

// endOthers ends the other threads of an event's process, which have an event in
// common with it if last is not nil.
func (s *Separate) endOthers(h *event.Head, last event.Event) {
	rest := s.count[h.PID]
	if s.parts[h.TID] != nil {
		rest--
	}
	if rest == 0 {
		return
	}
	for tid, p := range s.parts {
		if p.pid != h.PID || tid == h.TID {
			continue
		}
		if last != nil {
			p.sink.Emit(last) // the error stays in files
		} else {
			s.cut(tid, 0)
		}
		s.end(tid)
	}
}

// end closes a thread's file. Should it be heard of again, more is appended.
func (s *Separate) end(tid int) {
	p := s.parts[tid]
	if p == nil {
		return
	}
	delete(s.parts, tid)
	if s.count[p.pid]--; s.count[p.pid] == 0 {
		delete(s.count, p.pid)
	}
	p.sink.Close() // the error stays in files
	s.watch.mu.Lock()
	defer s.watch.mu.Unlock()
	p.file.close()
}

// Close ends what is left. It returns the first error of any file.
func (s *Separate) Close() error {
	for tid := range s.parts {
		s.end(tid)
	}
	s.alive.leave()
	return s.files.failure()
}

package stacks

import (
	"bytes"
	"regexp"
)

const (
	// maxWritten is how much of what is written at once is looked at, and maxLine how much
	// of a line that goes on with the next write.
	maxWritten = 64 << 10
	maxLine    = 4 << 10
	// maxLines is of how many descriptors of a process lines are kept that go on.
	maxLines = 256
)

// matcher looks for an expression in what the threads of a process write. A line that a
// thread writes piece by piece is looked at as a whole.
type matcher struct {
	re    *regexp.Regexp
	lines map[stream]line  // that go on
	calls map[int]*writing // by thread
}

// line is what has been written of a line.
type line struct {
	text []byte
	// matched is where the last match in it ends, or would if all of it had been written:
	// one that goes on is not told of again.
	matched int
}

// stream is what one thread writes to one descriptor.
type stream struct {
	tid int
	fd  int32
}

// writing is a thread that writes.
type writing struct {
	at      stream
	data    []byte // the line that goes on, and what is written
	before  int    // how much of data that line is
	matched int    // where in data the last match ends
}

func newMatcher(re *regexp.Regexp) *matcher {
	return &matcher{re: re, lines: make(map[stream]line), calls: make(map[int]*writing)}
}

// begin takes what a thread is about to write, which read appends to a slice, and looks
// for a match: around has all of the lines that it is in, where it is from lo to hi.
func (m *matcher) begin(at stream, read func([]byte) []byte) (around []byte, lo, hi int, ok bool) {
	w := m.calls[at.tid]
	if w == nil {
		w = &writing{}
		m.calls[at.tid] = w
	}
	before := m.lines[at]
	w.at, w.before, w.matched = at, len(before.text), before.matched
	w.data = read(append(w.data[:0], before.text...))
	lo, hi, ok = w.find(m.re)
	if !ok {
		return nil, 0, 0, false
	}
	w.matched = hi
	from := bytes.LastIndexByte(w.data[:lo], '\n') + 1
	to := len(w.data)
	if i := bytes.IndexByte(w.data[max(hi-1, lo):], '\n'); i >= 0 {
		to = max(hi-1, lo) + i + 1
	}
	return w.data[from:to], lo - from, hi - from, true
}

// find returns the first match that is not in what went before as a whole, nor goes on
// with one that has been told of.
func (w *writing) find(re *regexp.Regexp) (lo, hi int, ok bool) {
	at := re.FindIndex(w.data)
	if at == nil {
		return 0, 0, false
	}
	if w.isNew(at) {
		return at[0], at[1], true
	}
	for _, at := range re.FindAllIndex(w.data, -1) {
		if w.isNew(at) {
			return at[0], at[1], true
		}
	}
	return 0, 0, false
}

func (w *writing) isNew(at []int) bool {
	return at[0] >= w.matched && (at[1] > w.before || at[0] >= w.before)
}

// end notes how much of it a thread has written, which may be more than was read.
func (m *matcher) end(tid int, n int64) {
	w := m.calls[tid]
	if w == nil || n <= 0 {
		return
	}
	begin, end := 0, 0 // of the line that goes on
	if n <= int64(len(w.data)-w.before) {
		end = w.before + int(n)
		begin = max(bytes.LastIndexByte(w.data[:end], '\n')+1, end-maxLine)
	}
	old, known := m.lines[w.at]
	switch {
	case begin == end:
		delete(m.lines, w.at)
		return
	case !known && len(m.lines) >= maxLines:
		clear(m.lines)
	}
	m.lines[w.at] = line{append(old.text[:0], w.data[begin:end]...), max(0, w.matched-begin)}
}

// closed forgets what was written to descriptors, from first to last.
func (m *matcher) closed(first, last uint32) {
	for at := range m.lines {
		if fd := uint32(at.fd); first <= fd && fd <= last {
			delete(m.lines, at)
		}
	}
}

// ended forgets a thread.
func (m *matcher) ended(tid int) {
	delete(m.calls, tid)
	for at := range m.lines {
		if at.tid == tid {
			delete(m.lines, at)
		}
	}
}

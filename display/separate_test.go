package display

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"runtime"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonde/event"
)

// openings are files in memory that count how many of them are open.
type openings struct {
	files      map[int]*bytes.Buffer
	open, most int
	limit      int // more cannot be opened; 0: any number can
}

type opening struct {
	*bytes.Buffer
	of *openings
}

func (o *openings) get(tid int, again bool) (io.WriteCloser, error) {
	if o.limit > 0 && o.open == o.limit {
		return nil, syscall.EMFILE
	}
	if o.files[tid] == nil || !again {
		o.files[tid] = new(bytes.Buffer)
	}
	o.open++
	o.most = max(o.most, o.open)
	return &opening{o.files[tid], o}, nil
}

func (o *opening) Close() error {
	o.of.open--
	return nil
}

// text returns what each file has.
func (o *openings) text() map[int]string {
	all := make(map[int]string)
	for tid, b := range o.files {
		all[tid] = b.String()
	}
	return all
}

func separateText(w *Writer) event.Sink { return NewText(w, TextOptions{PIDs: PIDsNever}) }

// TestSeparate holds which file has which lines, and that none is left open.
func TestSeparate(t *testing.T) {
	head := func(pid, tid int) event.Head { return event.Head{PID: pid, TID: tid} }
	call := func(pid, tid int) *event.Call {
		return &event.Call{Head: head(pid, tid), ID: uint64(tid), Name: "f"}
	}
	system := func(pid, tid int) *event.Call {
		return &event.Call{Head: head(pid, tid), ID: uint64(tid), Kind: event.System, Name: "s"}
	}
	back := func(pid, tid int) *event.Return {
		return &event.Return{Head: head(pid, tid), ID: uint64(tid), Name: "f"}
	}
	for _, c := range []struct {
		name   string
		events []event.Event
		want   map[int]string
	}{
		{"nothing", nil, map[int]string{}},
		{"a thread that does nothing", []event.Event{&event.Spawn{Head: head(1, 1), ChildPID: 1, ChildTID: 2}}, map[int]string{}},
		{
			"calls of two threads at once",
			[]event.Event{call(1, 1), call(1, 2), back(1, 2), back(1, 1)},
			map[int]string{1: "f() = 0\n", 2: "f() = 0\n"},
		},
		{
			"a thread that ends",
			[]event.Event{call(1, 1), call(1, 2), &event.Exit{Head: head(1, 2)}, back(1, 1)},
			map[int]string{1: "f() = 0\n", 2: "f( <no return ...>\n+++ exited (status 0) +++\n"},
		},
		{
			"an id that comes again",
			[]event.Event{call(1, 2), &event.Exit{Head: head(1, 2)}, call(3, 2), back(3, 2)},
			map[int]string{2: "f( <no return ...>\n+++ exited (status 0) +++\nf() = 0\n"},
		},
		{
			"a process that ends, and another",
			[]event.Event{call(1, 1), call(1, 2), call(3, 3), &event.Exit{Head: head(1, 1), Process: true}, back(3, 3)},
			map[int]string{1: "f( <no return ...>\n+++ exited (status 0) +++\n", 2: "f( <no return ...>\n", 3: "f() = 0\n"},
		},
		{
			"a process that is let go",
			[]event.Event{call(1, 1), call(1, 2), &event.Detached{Head: head(1, 1)}},
			map[int]string{1: "f( <detached ...>\n", 2: "f( <detached ...>\n"},
		},
		{
			"an event of no thread",
			[]event.Event{&event.Lost{N: 1, Why: "x"}, call(1, 1), call(1, 2), &event.Lost{N: 2, Why: "y"}, back(1, 1)},
			map[int]string{
				1: "f( <unfinished ...>\n--- lost 2 events: y ---\n<... f resumed> ) = 0\n",
				2: "f( <unfinished ...>\n--- lost 2 events: y ---\n",
			},
		},
		{
			"a thread that executes another program",
			[]event.Event{call(1, 1), call(1, 2), &event.Exec{Head: head(1, 1), FormerTID: 2}, call(1, 1), back(1, 1)},
			map[int]string{
				1: "f( <no return ...>\n+++ superseded by execve in pid 2 +++\n--- Called exec() ---\nf() = 0\n",
				2: "f( <no return ...>\n",
			},
		},
		{
			"a system call that executes another program, and those of other threads",
			[]event.Event{system(1, 1), system(1, 2), system(1, 3), &event.Exec{Head: head(1, 1), FormerTID: 2}},
			map[int]string{
				1: "s() = ?\n+++ superseded by execve in pid 2 +++\n--- Called exec() ---\n",
				2: "s( <pid changed to 1 ...>\n",
				3: "s() = ?\n",
			},
		},
	} {
		o := &openings{files: make(map[int]*bytes.Buffer)}
		s := NewSeparate(1000, o.get, separateText)
		for _, ev := range c.events {
			if err := s.Emit(ev); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: close: %v", c.name, err)
		}
		if diff := cmp.Diff(c.want, o.text()); diff != "" {
			t.Errorf("%s (-want +got):\n%s", c.name, diff)
		}
		if o.open != 0 || len(s.parts) != 0 || len(s.count) != 0 {
			t.Errorf("%s: left are %d files, %d parts, %d processes", c.name, o.open, len(s.parts), len(s.count))
		}
	}
}

// TestSeparateMany has more threads alive than files may be open, whose lines come
// in turn and are written between.
func TestSeparateMany(t *testing.T) {
	const threads, rounds = 10_000, 3
	for _, c := range []struct {
		name        string
		limit       uint64
		taken, most int
	}{
		{"a small limit", 64, 0, 16},
		{"no limit", ^uint64(0), 0, maxOpen},
		{"a limit that other files have used up", 4096, 5, 5},
	} {
		synctest.Test(t, func(t *testing.T) {
			o := &openings{files: make(map[int]*bytes.Buffer), limit: c.taken}
			s := NewSeparate(c.limit, o.get, separateText)
			for range rounds {
				for tid := range threads {
					if err := s.Emit(&event.Passed{Head: event.Head{PID: 1, TID: tid + 1}, Name: "x"}); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(time.Second) // of the bubble's clock: all is written
				synctest.Wait()
			}
			if n := runtime.NumGoroutine(); n > 20 {
				t.Errorf("%s: %d goroutines", c.name, n)
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if o.most != c.most || o.open != 0 || len(o.files) != threads {
				t.Errorf("%s: %d files, %d were open at once, want %d; %d stay", c.name, len(o.files), o.most, c.most, o.open)
			}
			for tid, got := range o.text() {
				if got != "=== x ===\n=== x ===\n=== x ===\n" {
					t.Fatalf("%s: thread %d: %q", c.name, tid, got)
				}
			}
		})
	}
}

// TestSeparateError holds that what befalls one file ends the trace in all, with the
// next event of whatever thread, and is told of once.
func TestSeparateError(t *testing.T) {
	for _, c := range []struct {
		name string
		open func(tid int, again bool) (io.WriteCloser, error)
	}{
		{"it cannot be opened", func(tid int, again bool) (io.WriteCloser, error) {
			if tid == 2 {
				return nil, syscall.ENOSPC
			}
			return &opening{new(bytes.Buffer), &openings{}}, nil
		}},
		{"it cannot be written", func(tid int, again bool) (io.WriteCloser, error) {
			return &fullFile{}, nil
		}},
	} {
		synctest.Test(t, func(t *testing.T) {
			s := NewSeparate(1000, c.open, separateText)
			pass := func(tid int) error {
				return s.Emit(&event.Passed{Head: event.Head{PID: 1, TID: tid}, Name: "x"})
			}
			if err := errors.Join(pass(1), pass(2), pass(3)); err != nil {
				t.Errorf("%s: %v, and nothing has been written yet", c.name, err)
			}
			time.Sleep(time.Second)
			synctest.Wait()
			if err := pass(3); !errors.Is(err, syscall.ENOSPC) {
				t.Errorf("%s: %v", c.name, err)
			}
			if err := s.Close(); !errors.Is(err, syscall.ENOSPC) || bytes.Count([]byte(fmt.Sprint(err)), []byte("space")) != 1 {
				t.Errorf("%s: close: %v", c.name, err)
			}
		})
	}
}

// fullFile is on a full disk.
type fullFile struct{}

func (*fullFile) Write([]byte) (int, error) { return 0, syscall.ENOSPC }
func (*fullFile) Close() error              { return nil }

// TestSeparateAllocations holds that a call costs no memory once its thread is known.
func TestSeparateAllocations(t *testing.T) {
	call, ret, o := hotPair()
	s := NewSeparate(1000, func(int, bool) (io.WriteCloser, error) {
		return &opening{new(bytes.Buffer), &openings{}}, nil
	}, func(w *Writer) event.Sink { w.w = io.Discard; return NewText(w, o) })
	defer s.Close()
	if n := testing.AllocsPerRun(1000, func() {
		for tid := range 8 {
			call.TID, ret.TID = tid, tid
			s.Emit(call)
			s.Emit(ret)
		}
	}); n != 0 {
		t.Errorf("%v allocations for a call and its return in eight threads, want 0", n)
	}
}

package python

import (
	"fmt"

	"sonde/sysdeps"
)

// Activation is a call of the C function that runs Python functions.
type Activation struct {
	// At is the address of a record in that function's frame on the C stack.
	At sysdeps.Addr
	// Frames are the functions that it runs, the innermost first.
	Frames []Frame
}

// Frame is a Python function that has been called and has not returned.
type Frame struct {
	Function string // with the classes and functions that it is defined in: "Server.run"
	File     string // as Python was told of it
	Line     int    // 0 where there is none
}

// Thread is what a thread runs of Python.
type Thread struct {
	// ID is what pthread_self(3) returns in it: the thread pointer.
	ID          uint64
	Activations []Activation // the innermost first
	// Err is why there may be more of them.
	Err error
}

// Bounds of what is followed.
const (
	maxInterpreters = 256
	maxThreads      = 1 << 16
	maxActivations  = 1 << 16
	// maxFrames is how many frames of a thread there are at most.
	maxFrames = 1 << 16
)

// walk is one reading of all threads.
type walk struct {
	*Interpreter
	reader
	limit int // frames of a thread
	codes map[sysdeps.Addr]*codeObject
}

// Threads reads what the threads run of which wanted tells, by ID; all where it is nil.
// limit is the number of frames of a thread that are enough; 0 for all. The error is
// why there may be more threads.
func (in *Interpreter) Threads(mem sysdeps.Memory, limit int, wanted func(id uint64) bool) ([]Thread, error) {
	if limit <= 0 || limit > maxFrames {
		limit = maxFrames
	}
	w := &walk{
		Interpreter: in, limit: limit, codes: make(map[sysdeps.Addr]*codeObject),
		reader: reader{pages: sysdeps.NewPages(mem, maxPages)},
	}
	l := in.layout
	var all []Thread
	interp := w.addr(in.runtime + sysdeps.Addr(l.interpreters))
	for range maxInterpreters {
		if interp == 0 {
			break
		}
		ts := w.addr(interp + sysdeps.Addr(l.threads))
		for ts != 0 && len(all) < maxThreads {
			if back := w.addr(ts + sysdeps.Addr(l.threadInterpreter)); back != interp {
				w.fail(fmt.Errorf("the thread state at %v is of no interpreter", ts))
			}
			id := w.word(ts + sysdeps.Addr(l.threadID))
			if err := w.taken(); err != nil {
				return all, err
			}
			if wanted == nil || wanted(id) {
				th := Thread{ID: id}
				th.Activations, th.Err = w.thread(ts)
				all = append(all, th)
			}
			ts = w.addr(ts + sysdeps.Addr(l.threadNext))
		}
		interp = w.addr(interp + sysdeps.Addr(l.interpreterNext))
	}
	return all, w.taken()
}

// thread reads the activations of a thread.
func (w *walk) thread(ts sysdeps.Addr) ([]Activation, error) {
	l := w.layout
	first := w.addr(ts + sysdeps.Addr(l.frame))
	if l.entry != 0 {
		return w.entries(ts, first)
	}
	if l.hasCFrame {
		first = w.addr(first + sysdeps.Addr(l.cframeFrame))
	}
	return w.chain(first)
}

// entries goes by the records on the C stack, of which each has its frames: CPython
// 3.11. The outermost one is within the thread state and has none.
func (w *walk) entries(ts, record sysdeps.Addr) (all []Activation, err error) {
	l := w.layout
	left := w.limit
	for range maxActivations {
		next := w.addr(record + sysdeps.Addr(l.cframePrevious))
		if next == 0 || left <= 0 || w.err != nil {
			break
		}
		a := Activation{At: record}
		frame := w.addr(record + sysdeps.Addr(l.cframeFrame))
		for frame != 0 && left > 0 && err == nil {
			left--
			err = w.add(&a, frame)
			if w.byte(frame+sysdeps.Addr(l.entry)) != 0 {
				break
			}
			frame = w.addr(frame + sysdeps.Addr(l.previous))
		}
		all = append(all, a)
		record = next
	}
	if e := w.taken(); err == nil {
		err = e
	}
	return all, err
}

// chain goes from frame to frame: each activation ends at one that stands on the C
// stack and is no function's, CPython 3.12 and later.
func (w *walk) chain(frame sysdeps.Addr) (all []Activation, err error) {
	l := w.layout
	var a Activation
	left := w.limit
	for frame != 0 && left > 0 && len(all) < maxActivations && err == nil {
		if w.byte(frame+sysdeps.Addr(l.owner)) >= cstackOwner {
			a.At = frame
			all = append(all, a)
			a = Activation{}
		} else {
			left--
			err = w.add(&a, frame)
		}
		if w.err != nil {
			break
		}
		frame = w.addr(frame + sysdeps.Addr(l.previous))
	}
	if len(a.Frames) > 0 {
		all = append(all, a)
	}
	if e := w.taken(); err == nil {
		err = e
	}
	return all, err
}

// add adds a frame's function to an activation.
func (w *walk) add(a *Activation, frame sysdeps.Addr) error {
	at := w.addr(frame + sysdeps.Addr(w.layout.code))
	instr := w.word(frame + sysdeps.Addr(w.layout.instr))
	c, err := w.code(at)
	if e := w.taken(); err == nil {
		err = e
	}
	if err != nil {
		return fmt.Errorf("the Python frame at %v: %w", frame, err)
	}
	if c.hidden {
		return nil
	}
	line, err := c.line(instr)
	if err != nil {
		return fmt.Errorf("the Python frame at %v: %w", frame, err)
	}
	a.Frames = append(a.Frames, Frame{Function: c.function, File: c.file, Line: line})
	return nil
}

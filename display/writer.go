package display

import "io"

// bufferSize is how much a buffering Writer collects.
const bufferSize = 64 << 10

// Writer takes whole lines to an output. Its first error stays: nothing more
// is written, and every later call returns it. Calls must not overlap. The
// output belongs to who opened it and is not closed.
type Writer struct {
	w     io.Writer
	big   int // how much is collected at most; 0: nothing
	buf   []byte
	err   error
	watch *watch // of the sink that writes to it
}

// NewWriter returns a Writer to w. When big is set, it collects up to 64 KiB,
// until Flush; that is for files. Otherwise each Write goes on as one write.
func NewWriter(w io.Writer, big bool) *Writer {
	wr := &Writer{w: w, watch: &watch{}}
	if big {
		wr.big = bufferSize
		wr.buf = make([]byte, 0, bufferSize)
	}
	return wr
}

// Write takes the lines of p, either all of them or, after an error, none.
func (w *Writer) Write(p []byte) (n int, err error) {
	switch {
	case w.err != nil:
	case len(w.buf)+len(p) <= w.big:
		w.buf = append(w.buf, p...)
	default:
		w.flush()
		if len(p) > w.big {
			w.write(p)
		} else {
			w.buf = append(w.buf, p...)
		}
	}
	if w.err != nil {
		return 0, w.err
	}
	return len(p), nil
}

// Flush writes what has been collected.
func (w *Writer) Flush() error {
	w.flush()
	return w.err
}

// Err returns the first error.
func (w *Writer) Err() error { return w.err }

// buffered tells whether lines wait for a Flush.
func (w *Writer) buffered() bool { return len(w.buf) > 0 }

func (w *Writer) flush() {
	w.write(w.buf)
	w.buf = w.buf[:0]
}

func (w *Writer) write(p []byte) {
	for len(p) > 0 && w.err == nil {
		n, err := w.w.Write(p)
		p = p[min(max(n, 0), len(p)):]
		if err == nil && len(p) > 0 {
			err = io.ErrShortWrite
		}
		w.err = err
	}
}

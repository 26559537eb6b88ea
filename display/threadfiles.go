package display

import (
	"cmp"
	"container/list"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"golang.org/x/sys/unix"
)

// threadFiles are the files of threads, as many of them open as may be: of the
// others the one that was written to last is closed first, and opened again when
// there is more to write. The watch's lock guards all but failure.
type threadFiles struct {
	open   func(tid int, again bool) (io.WriteCloser, error)
	most   int       // how many may be open
	recent list.List // those that are, the one written to last in front
	seen   bitmap    // the threads whose files have been opened
	failed atomic.Pointer[error]
}

// threadFile is one of them.
type threadFile struct {
	files *threadFiles
	tid   int
	out   io.WriteCloser // nil: it is not open
	place *list.Element  // in files.recent, if it is
}

// maxOpen is how many files are kept open where the limit allows more.
const maxOpen = 1024

// mostOpen returns how many files may be open where a process may have so many
// descriptors. Sonde needs some for each traced process, too.
func mostOpen(limit uint64) int { return int(max(1, min(limit/4, maxOpen))) }

// failure returns the first error of any file.
func (fs *threadFiles) failure() error {
	if err := fs.failed.Load(); err != nil {
		return *err
	}
	return nil
}

func (fs *threadFiles) fail(err error) error {
	if err != nil {
		fs.failed.CompareAndSwap(nil, &err)
	}
	return err
}

// Write is io.Writer's.
func (f *threadFile) Write(p []byte) (n int, err error) {
	if len(p) == 0 {
		return 0, nil
	}
	if err := cmp.Or(f.files.failure(), f.ready()); err != nil {
		return 0, f.files.fail(err)
	}
	n, err = f.out.Write(p)
	return n, f.files.fail(f.about(err))
}

// ready opens the file if it is not.
func (f *threadFile) ready() (err error) {
	fs := f.files
	if f.out != nil {
		fs.recent.MoveToFront(f.place)
		return nil
	}
	for fs.recent.Len() >= fs.most {
		fs.closeOldest()
	}
	for {
		f.out, err = fs.open(f.tid, fs.seen.has(f.tid))
		if !errors.Is(err, unix.EMFILE) || fs.recent.Len() == 0 {
			break
		}
		fs.closeOldest() // what else is open leaves less room than was thought
	}
	if err != nil {
		f.out = nil // not an interface that holds a nil pointer
		return err
	}
	fs.seen.add(f.tid)
	f.place = fs.recent.PushFront(f)
	return nil
}

func (fs *threadFiles) closeOldest() { fs.recent.Back().Value.(*threadFile).close() }

// about says which file an error is about.
func (f *threadFile) about(err error) error {
	if err != nil {
		err = fmt.Errorf("thread %d: %w", f.tid, err)
	}
	return err
}

// close closes the file until there is more to write.
func (f *threadFile) close() {
	if f.out == nil {
		return
	}
	f.files.fail(f.about(f.out.Close()))
	f.files.recent.Remove(f.place)
	f.out, f.place = nil, nil
}

// bitmap is a set of small numbers, such as thread ids: the kernel's are below
// 2^22 (PID_MAX_LIMIT, include/linux/threads.h).
type bitmap []uint64

func (b bitmap) has(n int) bool {
	return n>>6 < len(b) && b[n>>6]&(1<<(n&63)) != 0
}

func (b *bitmap) add(n int) {
	if n>>6 >= len(*b) {
		*b = append(*b, make(bitmap, n>>6+1-len(*b))...)
	}
	(*b)[n>>6] |= 1 << (n & 63)
}

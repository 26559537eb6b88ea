package capture

import (
	"errors"

	"golang.org/x/sys/unix"

	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// piece is one piece of memory that is asked for, and what to do with it.
type piece struct {
	job   job
	v     *prototype.Value // what it holds
	ptr   *prototype.Value // the pointer that leads there: nothing readable is told of it
	t     *prototype.Type
	a     sysdeps.Addr
	buf   []byte
	n     int64 // elements that there are, or may be; -1 where there is no bound
	frame int   // the innermost struct around it
	walk  *walk // of a node
	hash  *hashWalk
	at    int // which element of an array is the first of a block; which of Reader.python
}

// job is what a piece is read for.
type job uint8

const (
	jobStack       job = iota // the return address, and arguments behind it
	jobGuess                  // what may be text
	jobGoGuess                // what may be Go's text
	jobText                   // characters
	jobObject                 // what a pointer leads to
	jobArray                  // elements
	jobPointed                // an integer that a length is taken from
	jobList                   // the head of a va_list
	jobNode                   // a node of a list or tree
	jobTable                  // where blocks are
	jobBlock                  // elements in a block
	jobPython                 // an object of CPython's
	jobPythonType             // the type of one
	jobPythonBase             // what that is derived from
	jobPythonName             // what its type is called
	jobPythonText             // the characters of one
	jobPythonItems            // the elements of one
	jobDirectory              // where hash tables are
	jobHashTable              // where groups are
	jobGroups                 // elements in groups
)

// ask has a piece read in the next round. It reports false where one round, or
// the call, has had its share.
func (r *Reader) ask(p piece) bool {
	if p.buf == nil || len(r.next) >= ptrace.MaxPieces {
		return false
	}
	r.next = append(r.next, p)
	return true
}

// askStack asks for the return address and the arguments on the stack.
func (r *Reader) askStack() {
	from, to := 0, r.arch.PtrSize
	if r.after != 0 {
		from = r.arch.PtrSize // there is no such word yet
	}
	if r.plan != nil {
		to = max(to, r.plan.stack)
	}
	r.stack = r.bytes(to)
	if from < to {
		r.ask(piece{job: jobStack, a: r.slot + sysdeps.Addr(from), buf: r.stack[from:]})
	}
}

// maxRounds bounds how far pointers are followed from one to the next, but for those
// of nodes, which have a bound of their own.
const maxRounds = 32

// finish carries out rounds until nothing is left to ask for.
func (r *Reader) finish() error {
	for n := 0; len(r.next) > 0; {
		if !r.onlyNodes() {
			n++
		}
		if n > maxRounds {
			for i := range r.next {
				if p := &r.next[i]; p.ptr != nil {
					p.ptr.State, p.ptr.Elems = prototype.TooDeep, nil
				}
			}
			r.next = r.next[:0]
			return nil
		}
		if err := r.round(); err != nil {
			return err
		}
	}
	return nil
}

// round reads what has been asked for, and asks for what that leads to.
func (r *Reader) round() error {
	r.now, r.next = r.next, r.now[:0]
	if len(r.now) == 0 {
		return nil
	}
	if err := r.gatherAll(); err != nil {
		return err
	}
	for i := range r.now {
		r.arrived(&r.now[i])
	}
	return nil
}

// gatherAll fills the pieces of the round: as much of each as is there.
func (r *Reader) gatherAll() error {
	r.gather.Reset()
	for i := range r.now {
		r.gather.Add(r.now[i].buf, r.now[i].a)
	}
	for done := 0; done < len(r.now); done++ { // piece `done` cannot be read whole
		if !r.slow {
			n, err := r.gather.Read(r.th.TID, done)
			if errors.Is(err, sysdeps.ErrGone) {
				return err
			}
			if done = n; done == len(r.now) {
				return nil
			}
			r.slow = errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS)
		}
		p := &r.now[done]
		n, err := 0, error(nil)
		if r.slow || p.a.PageDown() != (p.a+sysdeps.Addr(len(p.buf))-1).PageDown() {
			n, err = r.read(p.buf, p.a)
		}
		if errors.Is(err, sysdeps.ErrGone) {
			return err
		}
		p.buf = p.buf[:n]
		if p.job == jobStack && n < r.arch.PtrSize && r.after == 0 {
			return &sysdeps.OpError{Op: "read stack", TID: r.th.TID, Addr: r.slot, Err: unix.EFAULT}
		}
	}
	return nil
}

// read reads as much at a as is there. It does not use Memory where it need not:
// that reads pages which the program cannot (FOLL_FORCE in fs/proc/base.c), such
// as the guard page behind a buffer.
func (r *Reader) read(p []byte, a sysdeps.Addr) (n int, err error) {
	if r.slow {
		n, err := r.th.Memory.ReadMemory(p, a)
		if n == len(p) {
			err = nil
		}
		return n, err
	}
	for n < len(p) {
		r.part.Reset()
		for lo := n; lo < len(p) && r.part.Len() < ptrace.MaxPieces; {
			at := a + sysdeps.Addr(lo)
			hi := min(len(p), lo+int(sysdeps.PageSize-(at-at.PageDown())))
			r.part.Add(p[lo:hi], at)
			lo = hi
		}
		pages := r.part.Len()
		done, err := r.part.Read(r.th.TID, 0)
		for range done {
			at := a + sysdeps.Addr(n)
			n = min(len(p), n+int(sysdeps.PageSize-(at-at.PageDown())))
		}
		if done < pages {
			return n, err
		}
	}
	return n, nil
}

// Memory returns the memory of a thread's program as far as that can read it itself.
// It is valid until the next Call or Return.
func (r *Reader) Memory(th *Thread) sysdeps.Memory {
	r.th = th
	return (*readable)(r)
}

// readable is what a program can read of its memory.
type readable Reader

// ReadMemory reads as sysdeps.Memory says.
func (m *readable) ReadMemory(p []byte, a sysdeps.Addr) (n int, err error) {
	r := (*Reader)(m)
	n, err = r.read(p, a)
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS) {
		return r.th.Memory.ReadMemory(p, a)
	}
	return n, err
}

// arrived makes values of what has been read.
func (r *Reader) arrived(p *piece) {
	switch p.job {
	case jobStack:
		if r.after != 0 {
			r.stack = r.stack[:r.arch.PtrSize+len(p.buf)]
		} else {
			r.stack = r.stack[:len(p.buf)]
		}
	case jobGuess:
		r.guessed(p)
	case jobGoGuess:
		r.guessedGo(p)
	case jobText:
		r.text(p)
	case jobObject:
		r.object(p)
	case jobArray:
		r.array(p)
	case jobPointed:
		r.pointedAt(p)
	case jobList:
		r.tag = p.buf
	case jobNode:
		r.node(p)
	case jobTable:
		r.table(p)
	case jobBlock:
		r.block(p)
	case jobPython, jobPythonType, jobPythonBase, jobPythonName, jobPythonText, jobPythonItems:
		r.pythonArrived(p)
	case jobDirectory:
		r.directory(p)
	case jobHashTable:
		r.hashTable(p)
	case jobGroups:
		r.groups(p)
	}
}

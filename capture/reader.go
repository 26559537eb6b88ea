package capture

import (
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
	"sonde/sysdeps/ptrace"
)

// Limits bound what is shown of a call, and so what is read.
type Limits struct {
	Strings  int // bytes of a string, characters of a wide one; with 0 no word is guessed to be text
	Elements int // of an array; and how deep structs of one type are nested
	// Whole says that of a system call's arrays all elements are shown, as far as there
	// is room for them: strace's -v.
	Whole bool
}

// Thread is the thread that makes a call, stopped where it begins or where it
// has returned.
type Thread struct {
	TID    int            // for process_vm_readv(2); 0 where only Memory can be read
	Memory sysdeps.Memory // of its process
	Regs   *sysdeps.Regs
	Info   Info
}

// Info answers what a call's words and memory do not tell. What it returns may
// be empty.
type Info interface {
	// Vectors returns the floating point and vector registers.
	Vectors() (*sysdeps.Vectors, error)
	// Errno returns the thread's error number, if it can be read.
	Errno() (n int, ok bool)
	// Symbol returns the name of the function or variable that begins at a.
	Symbol(a sysdeps.Addr) string
	// GoHeld returns what the second word of an interface of Go's is by its first one:
	// the address of a type's descriptor, or of a table that has that with methods. It is
	// a Pointer by the name of the type of what the interface holds, or nil where that is
	// not known.
	GoHeld(first sysdeps.Addr, methods bool) *prototype.Type
	// Stream returns the name of the FILE at a: stdin, stdout or stderr.
	Stream(a sysdeps.Addr) string
	// Descriptor returns what a file descriptor leads to, as it is shown behind
	// the number: </etc/passwd>. It is valid until the next call.
	Descriptor(fd int32) []byte
	// Netlink returns the family of the netlink socket that a file descriptor is
	// (linux/netlink.h), or -1 if it is none.
	Netlink(fd int32) int
	// NetDevice returns the name of the network interface of a number, if there is one.
	// It is valid until the next call.
	NetDevice(index uint32) []byte
	// Submissions returns the entries, at most n, that wait in the submission queue of
	// an io_uring, one struct io_uring_sqe after the other. It is valid until the next
	// call.
	Submissions(fd int32, n uint32) []byte
}

// Reader captures calls, one after the other. It reuses its memory: what it has
// captured is valid until its next Call or Return.
type Reader struct {
	limits        Limits
	gather        ptrace.Gather
	part          ptrace.Gather
	now           []piece // of the round at hand
	next          []piece // of the next
	frames        []frame
	walks         []*walk // the first walking of them are of this call, the others were
	walking, hops int
	python        []pythonObject
	hashes        []*hashWalk // as walks
	hashing       int
	bad           badPages

	th      *Thread
	plan    *Plan
	arch    *sysdeps.Arch
	scratch *Record // what is captured into
	free    []*Record
	args    []prototype.Value // that expressions see: of the call, or its Record's
	pointed []pointed
	budget  budget
	scope   scope
	slow    bool // process_vm_readv is forbidden

	postponed bool   // an argument is told at the return
	format    []byte // the call's, in UTF-8, when it has been read
	formatCut bool   // it goes on behind that
	tag       []byte // what its va_list points to
	windows   [2]window
	cursor    abi.Cursor // over the arguments of a format

	slot  sysdeps.Addr // where the return address lies
	after sysdeps.Addr // it, where it is not there yet; else 0
	stack []byte       // what is there, from slot on

	netlink netlink

	result   prototype.Value
	rest     []prototype.Value
	first    int  // which argument rest begins with
	returned bool // the result is known
}

// NewReader returns a Reader that captures as much as limits allow.
func NewReader(limits Limits) *Reader {
	return &Reader{limits: limits, scratch: &Record{}}
}

// Call captures what a function is called with, by its plan; with none, the
// return address alone. That lies at slot, or is after where the instruction that
// puts it there is still to come (0 otherwise), and is returned. The error tells
// that it cannot be read.
func (r *Reader) Call(th *Thread, p *Plan, slot, after sysdeps.Addr) (ret sysdeps.Addr, err error) {
	r.begin(th, p)
	r.slot, r.after, r.returned = slot, after, false
	r.askStack()
	if p != nil {
		r.scratch.plan = p
		r.scratch.args = r.values(len(p.args))
		r.args = r.scratch.args
		r.scratch.dirs = append(r.scratch.dirs, p.dirs...)
		if p.passed {
			r.scratch.result = sysdeps.Addr(th.Regs.Get(p.sig.ResultAddr.Parts[0].Reg))
		}
		r.startEarly()
	}
	if err := r.round(); err != nil {
		return 0, err
	}
	if p != nil {
		if err := r.startLate(); err != nil {
			return 0, err
		}
	}
	if after != 0 {
		return after, nil
	}
	return sysdeps.Addr(r.arch.Word(r.stack)), nil
}

// Args returns the arguments of the last Call.
func (r *Reader) Args() []prototype.Value { return r.scratch.args }

// Keep returns what the return of the last Call will need, or nil where that is
// nothing. It is the caller's from then on, and so are the arguments.
func (r *Reader) Keep() *Record {
	if r.plan == nil || !r.plan.keeps && !r.postponed {
		return nil
	}
	return r.Hold()
}

// Hold is Keep for a call that is to be told of later: the Record has its arguments
// whatever its return needs.
func (r *Reader) Hold() *Record {
	rec := r.scratch
	r.scratch = r.record()
	return rec
}

// Release takes back a Record that no return needs any more. nil is none.
func (r *Reader) Release(rec *Record) {
	if rec == nil || rec.shared || len(r.free) >= maxFree {
		return
	}
	rec.reset()
	r.free = append(r.free, rec)
}

// maxFree is how many records are kept for calls to come.
const maxFree = 64

func (r *Reader) record() *Record {
	if last := len(r.free) - 1; last >= 0 {
		rec := r.free[last]
		r.free = r.free[:last]
		return rec
	}
	return &Record{}
}

// begin starts on a call or a return.
func (r *Reader) begin(th *Thread, p *Plan) {
	r.th, r.plan, r.arch = th, p, th.Regs.Arch
	r.now, r.next, r.frames, r.pointed = r.now[:0], r.next[:0], r.frames[:0], r.pointed[:0]
	r.stack, r.slow = nil, th.TID == 0
	r.budget = budget{values: maxValues, bytes: maxBytes + maxTexts*r.limits.Strings}
	r.scratch.reset()
	r.args, r.postponed, r.format, r.tag, r.windows = nil, false, nil, nil, [2]window{}
	r.netlink = netlink{}
	r.walking, r.hops, r.hashing, r.python = 0, 0, 0, r.python[:0]
}

// budget bounds what one call costs, whatever its arguments claim.
type budget struct{ values, bytes int }

const (
	maxValues = 4096    // arguments, elements and fields of one call
	maxBytes  = 1 << 18 // that one call reads, beside its texts
	maxTexts  = 32      // texts of the full length that one call reads
	maxObject = 1 << 16 // bytes of a single struct or array
)

// values returns n new values, or nil where a call has had its share.
func (r *Reader) values(n int) []prototype.Value {
	if n > r.budget.values {
		return nil
	}
	r.budget.values -= n
	vs := r.scratch.values.take(n)
	clear(vs)
	return vs
}

// bytes returns n bytes to read into, or nil where a call has had its share.
func (r *Reader) bytes(n int) []byte {
	if n > r.budget.bytes {
		return nil
	}
	r.budget.bytes -= n
	return r.scratch.bytes.take(n)
}

package unwind

import (
	"iter"

	"sonde/elfsym"
	"sonde/sysdeps"
)

// DefaultLimit is how many frames a walk has at most unless it is told otherwise.
// A thread's stack of 8 MB has room for some 500,000.
const DefaultLimit = 1 << 20

// maxWork caps the steps that one walk takes apart from looking up rows: of
// expressions, of instructions that are followed, of words that are scanned.
const maxWork = 1 << 19

// maxSwitches caps how often the stack may lie elsewhere than before: across
// signal handlers, and functions that go over to another stack.
const maxSwitches = 64

// Walker walks stacks. It keeps what it has learnt of files from one walk to the
// next. The zero value is ready; it must not be copied.
type Walker struct {
	// Limit is how many frames a walk has at most; 0 for DefaultLimit.
	Limit int

	tables map[*elfsym.File]*table
	last   *table

	// Of the walk at hand:
	mem      window
	images   *elfsym.Images
	arch     *sysdeps.Arch
	bias     sysdeps.Addr // of the image whose row was looked up last
	work     int
	switches int
	// Where Go's runtime has what it runs, as far as the first registers tell.
	threadPointer, r14 uint64
	// calledAt is where the next call from C to Go is on the thread's own stack; 0 where
	// its g0 tells.
	calledAt uint64

	hopeless map[sysdeps.Addr]bool // where no call has been found that led there
	stop     Stop
	next     Frame // its caller, unless there is a reason why there is none
	reason   Reason
	at       sysdeps.Addr    // what that concerns
	count    int             // of frames
	frame    Frame           // the one at hand
	mapping  *elfsym.Mapping // that its PC is in
	below    sysdeps.Addr    // the CFA before, or the stack pointer
}

// Walk yields the frames of a stack as Start and Next do. What is yielded may be
// kept. Stopped tells why the walk has ended.
func (w *Walker) Walk(m sysdeps.Memory, im *elfsym.Images, r *sysdeps.Regs) iter.Seq[Frame] {
	w.Start(m, im, r)
	return func(yield func(Frame) bool) {
		for f, ok := w.Next(); ok && yield(*f); f, ok = w.Next() {
		}
	}
}

// Start begins a walk at the frame of the registers r, which Next goes on from
// outwards. m is the memory of the thread, and im what is mapped there; all must hold
// still until the walk has ended. Once the rows of a stack are known, walking it again
// allocates nothing.
func (w *Walker) Start(m sysdeps.Memory, im *elfsym.Images, r *sysdeps.Regs) {
	w.images, w.arch = im, r.Arch
	w.mem.reset(m, r.Arch)
	w.count, w.work, w.switches, w.stop = 0, 0, 0, Stop{Reason: Enough}
	clear(w.hopeless)
	w.frame = Frame{PC: r.PC()}
	regs := &w.frame.Registers
	regs.Arch = r.Arch
	for i, reg := range r.Arch.DWARFRegs {
		regs.set(uint8(i), r.Get(reg))
	}
	w.below = r.SP()
	w.threadPointer, w.r14, w.calledAt = r.Get(sysdeps.FSBase), r.Get(sysdeps.R14), 0
}

// StartAtReturn is Start for where a call that is being made will come back to: r are the
// registers as they are when it does, as far as the call does not change them. Whatever
// has been called, the walk needs to know nothing of it.
func (w *Walker) StartAtReturn(m sysdeps.Memory, im *elfsym.Images, r *sysdeps.Regs) {
	w.Start(m, im, r)
	w.frame.Return = true
}

// Next returns the next frame, which holds until it is called again. ok is false
// when the walk has ended: Stopped tells why.
func (w *Walker) Next() (f *Frame, ok bool) {
	if w.count > 0 {
		limit := w.Limit
		if limit == 0 {
			limit = DefaultLimit
		}
		switch {
		case w.reason != Enough:
			w.stop = Stop{Reason: w.reason, PC: w.frame.PC, Addr: w.at}
			return nil, false
		case w.count >= limit:
			w.stop = Stop{Reason: Limit, PC: w.frame.PC}
			return nil, false
		}
		w.below = max(w.frame.CFA, 1)
		w.frame = w.next
	}
	w.count++
	w.frame.Image, w.mapping = w.images.Find(w.frame.Lookup())
	w.reason, w.at = w.caller(&w.next)
	return &w.frame, true
}

// Stopped tells why the last walk has ended, and where.
func (w *Walker) Stopped() *Stop { return &w.stop }

// spend takes steps off the work that may be done. It reports whether there is any
// left.
func (w *Walker) spend(steps int) bool {
	w.work += steps
	return w.work <= maxWork
}

// caller finds out who called the frame at hand. It sets what that frame has yet to
// tell, and next, and returns Enough; or it returns why there is no next frame.
func (w *Walker) caller(next *Frame) (Reason, sysdeps.Addr) {
	f := &w.frame
	if w.mapping == nil || !w.mapping.Exec {
		if f.Return {
			return NoCode, f.PC
		}
		return w.leaf(next)
	}
	row := noRow
	if f.Image != nil {
		row = w.row(f.Image, f.PC, f.Return)
	}
	if (row.how == Given || row.weak) && !w.hopeless[f.PC] {
		if found := w.called(); found != nil {
			row = found
		} else {
			if w.hopeless == nil {
				w.hopeless = make(map[sysdeps.Addr]bool)
			}
			w.hopeless[f.PC] = true
		}
	}
	if (row.how == Given || row.how == Code) && w.beginsThread() {
		return Outermost, 0
	}
	if row.how == Given {
		return w.guess(next)
	}
	reason, at := w.take(row, next)
	if row.how == Code && reason != Enough && reason != Outermost {
		return w.guess(next)
	}
	wild := reason == Backwards || reason == Outermost && !row.outermost || reason == Enough && !w.images.Executable(next.PC)
	if (wild || reason == Unknown) && !row.signal && row.how != GoTable {
		return w.doubt(next, reason, at)
	}
	return reason, at
}

// doubt goes on from a frame whose row leads nowhere: what assembly says of itself
// may be wrong (the string functions of glibc's i386 are), and where it is, its
// instructions tell better. If they do not, the row's result holds.
func (w *Walker) doubt(next *Frame, reason Reason, at sysdeps.Addr) (Reason, sysdeps.Addr) {
	f := &w.frame
	cfa := f.CFA
	if f.Image != nil {
		if row := w.followAgain(f); row != nil {
			var better Frame
			if r, _ := w.take(row, &better); r == Enough {
				*next = better
				return Enough, 0
			}
		}
	}
	f.CFA = cfa
	return reason, at
}

// take goes on to the caller by a row.
func (w *Walker) take(row *row, next *Frame) (Reason, sysdeps.Addr) {
	f := &w.frame
	if f.Return && row.leafOnly() {
		return Damaged, 0
	}
	f.Signal = row.signal
	if row.golang != goStays && w.switched(row) {
		return w.goBack(row, next)
	}
	cfa, reason, at := w.apply(row, &f.Registers, &next.Registers)
	if row.outermost {
		f.CFA = cfa
		return Outermost, 0
	}
	if reason != Outermost {
		return reason, at
	}
	f.CFA = cfa
	// Where the return address has been taken off the stack (vfork), the stack pointer is the
	// caller's already.
	popped := !f.Return && cfa == w.below && row.leafOnly()
	if !popped && !w.grows(cfa, row.signal) {
		return Backwards, cfa
	}
	pc, ok := next.Registers.DWARF(int(row.ra))
	if !ok {
		return NoRule, 0
	}
	if row.begins && !w.returnAddress(sysdeps.Addr(pc)) {
		return Outermost, 0
	}
	if row.how == Code && !w.returnAddress(sysdeps.Addr(pc)) && (row.weak || !w.begins(sysdeps.Addr(pc))) {
		return NoCode, sysdeps.Addr(pc)
	}
	return w.advance(next, sysdeps.Addr(pc), !row.signal && !row.faulted, row.how)
}

// begins tells whether a function begins at an address.
func (w *Walker) begins(pc sysdeps.Addr) (yes bool) {
	img, _ := w.images.Find(pc)
	if img == nil {
		return false
	}
	f, path, err := img.File()
	if err != nil || f.Arch != w.arch {
		return false
	}
	t := w.table(f, img, path)
	_ = guard(func() error {
		yes = t.begins(img.Link(pc))
		return nil
	})
	return yes
}

// advance completes the next frame, whose registers are known.
func (w *Walker) advance(next *Frame, pc sysdeps.Addr, ret bool, how How) (Reason, sysdeps.Addr) {
	if pc == 0 && ret {
		return Outermost, 0 // what begins a stack mostly puts 0 there
	}
	next.PC, next.Return, next.How = pc, ret, how
	next.CFA, next.Signal, next.Image = 0, false, nil
	next.Registers.set(uint8(len(w.arch.DWARFRegs)-1), uint64(pc))
	return Enough, 0
}

// grows reports whether a frame at cfa may be that of the caller: beyond the last
// one, or on another stack.
func (w *Walker) grows(cfa sysdeps.Addr, signal bool) bool {
	if cfa > w.below {
		return true
	}
	if !signal {
		was, is := w.images.Mapping(w.below), w.images.Mapping(cfa)
		if is == nil || was == is {
			return false
		}
	}
	w.switches++
	return w.switches <= maxSwitches
}

package unwind

import (
	"bytes"

	"sonde/insn"
	"sonde/sysdeps"
)

// maxScan is how many words of a stack are searched for a return address: what a
// frame without any description may have at most.
const maxScan = 512

// maxPointerStep is how far in bytes a frame pointer may lead at most.
const maxPointerStep = 1 << 20

// leaf goes on from a place where no code is, to which a call has led: the return
// address is what the call has pushed.
func (w *Walker) leaf(next *Frame) (Reason, sysdeps.Addr) {
	f := &w.frame
	sp, ok := f.Registers.Get(sysdeps.RSP)
	if !ok {
		return NoRule, 0
	}
	pc, ok := w.mem.word(sysdeps.Addr(sp))
	if !ok {
		return NoMemory, sysdeps.Addr(sp)
	}
	if !w.returnAddress(sysdeps.Addr(pc)) {
		return NoCode, f.PC
	}
	w.unchanged(next)
	return w.moveTo(next, sysdeps.Addr(sp), pc, Leaf)
}

// guess goes on from code that nothing is known of.
func (w *Walker) guess(next *Frame) (Reason, sysdeps.Addr) {
	f := &w.frame
	if f.Image == nil {
		// That a call comes back is not certain; a way without one is.
		if row := w.followMemory(f.PC); row != nil && (!f.Return || row.calls == 0) {
			if reason, _ := w.take(row, next); reason == Enough {
				return reason, 0
			}
		}
	}
	if w.pointer(next) {
		return Enough, 0
	}
	if !f.Return {
		if reason, _ := w.leaf(next); reason == Enough {
			return reason, 0
		}
	}
	return w.scan(next)
}

// pointer goes on by the frame pointer: it must lead up the stack to another one,
// and to an address that a call returns to.
func (w *Walker) pointer(next *Frame) bool {
	f := &w.frame
	bp, ok := f.Registers.Get(sysdeps.RBP)
	sp, known := f.Registers.Get(sysdeps.RSP)
	size := uint64(w.arch.PtrSize)
	if !ok || bp%size != 0 || known && (bp < sp || bp-sp > maxPointerStep) || sysdeps.Addr(bp) < w.below {
		return false
	}
	caller, ok := w.mem.word(sysdeps.Addr(bp))
	if !ok || caller != 0 && caller <= bp && w.images.Mapping(sysdeps.Addr(caller)) == w.images.Mapping(sysdeps.Addr(bp)) {
		return false
	}
	at := sysdeps.Addr(bp + size)
	pc, ok := w.mem.word(at)
	if !ok || !w.returnAddress(sysdeps.Addr(pc)) {
		return false
	}
	next.Registers = Registers{Arch: w.arch}
	next.Registers.set(uint8(w.arch.DWARFNumber(sysdeps.RBP)), caller)
	reason, _ := w.moveTo(next, at, pc, Pointer)
	return reason == Enough
}

// scan goes on to the next word on the stack that is the address of code behind a
// call.
func (w *Walker) scan(next *Frame) (Reason, sysdeps.Addr) {
	f := &w.frame
	sp, ok := f.Registers.Get(sysdeps.RSP)
	if !ok {
		return NoRule, 0
	}
	size := uint64(w.arch.PtrSize)
	for i := range uint64(maxScan) {
		at := sysdeps.Addr(w.cut(sp + i*size))
		pc, ok := w.mem.word(at)
		if !ok || !w.spend(1) {
			break
		}
		if pc == 0 || !w.returnAddress(sysdeps.Addr(pc)) {
			continue
		}
		next.Registers = Registers{Arch: w.arch}
		// Nothing tells whether the frame pointer is the caller's, but that it
		// is above the return address.
		if bp, ok := f.Registers.Get(sysdeps.RBP); ok && sysdeps.Addr(bp) > at {
			next.Registers.set(uint8(w.arch.DWARFNumber(sysdeps.RBP)), bp)
		}
		return w.moveTo(next, at, pc, Scan)
	}
	return NoRule, 0
}

// maxCalls is how many calls on the stack are followed to where the thread is.
const maxCalls = 8

// called looks on the stack for the return address of the call of the function at
// hand, wherever that begins: the call before it names the function, and following
// that to the place where the thread is must lead to that word of the stack. It
// returns the row, or nil.
func (w *Walker) called() *row {
	f := &w.frame
	sp, ok := f.Registers.Get(sysdeps.RSP)
	if !ok {
		return nil
	}
	size := uint64(w.arch.PtrSize)
	for i, n := uint64(0), 0; i < maxScan && n < maxCalls; i++ {
		at := sysdeps.Addr(w.cut(sp + i*size))
		pc, ok := w.mem.word(at)
		if !ok || !w.spend(1) {
			return nil
		}
		start, ok := w.callee(sysdeps.Addr(pc))
		if !ok {
			continue
		}
		n++
		row := w.followFrom(start, 0, uint64(f.PC))
		if row == nil {
			continue
		}
		cfa, reason, _ := w.evaluate(row, &row.cfa, &f.Registers, 0)
		if reason == Outermost && cfa == w.cut(uint64(at)+size) {
			w.keep(row)
			return row
		}
	}
	return nil
}

// callee returns the function that the call before a return address names.
func (w *Walker) callee(pc sysdeps.Addr) (start uint64, ok bool) {
	const callLen = 5
	if !w.images.Executable(pc - 1) {
		return 0, false
	}
	mode := modeOf(w.arch)
	var code [callLen]byte
	if !w.mem.read(code[:], pc-callLen) || code[0] != 0xe8 {
		return 0, false
	}
	in, err := insn.DecodeX86(code[:], mode)
	if err != nil {
		return 0, false
	}
	start, ok = in.Target(uint64(pc - callLen))
	if !ok || !w.images.Executable(sysdeps.Addr(start)) {
		return 0, false
	}
	return start, true
}

// keep makes a row that of the place at hand from now on, if that is in a file.
func (w *Walker) keep(row *row) {
	f := &w.frame
	if f.Image == nil {
		return
	}
	if file, path, err := f.Image.File(); err == nil {
		i := 0
		if f.Return {
			i = 1
		}
		w.table(file, f.Image, path).rows[i][uint64(f.Lookup()-f.Image.Bias())] = row
	}
}

// unchanged gives the next frame the registers that functions preserve.
func (w *Walker) unchanged(next *Frame) {
	regs := &w.frame.Registers
	next.Registers = Registers{Arch: w.arch}
	for _, reg := range w.arch.Preserved {
		if v, ok := regs.Get(reg); ok {
			next.Registers.set(uint8(w.arch.DWARFNumber(reg)), v)
		}
	}
}

// moveTo completes the next frame, whose return address pc was found at at.
func (w *Walker) moveTo(next *Frame, at sysdeps.Addr, pc uint64, how How) (Reason, sysdeps.Addr) {
	cfa := sysdeps.Addr(w.cut(uint64(at) + uint64(w.arch.PtrSize)))
	if !w.grows(cfa, false) {
		return Backwards, cfa
	}
	w.frame.CFA = cfa
	next.Registers.set(uint8(w.arch.DWARFNumber(sysdeps.RSP)), uint64(cfa))
	return w.advance(next, sysdeps.Addr(pc), true, how)
}

// maxCallLen is the length of the longest call that is looked for before a return
// address: call *disp32(base,index,scale) with its prefixes.
const maxCallLen = 9

// returnAddress reports whether an address is one that something returns to: code,
// and behind a call, or what signal handlers return to.
func (w *Walker) returnAddress(pc sysdeps.Addr) bool {
	if !w.images.Executable(pc-1) || !w.spend(4) {
		return false
	}
	var code [maxCallLen]byte
	first := 0
	for first < len(code)-2 && !w.mem.read(code[first:], pc-sysdeps.Addr(len(code)-first)) {
		first++ // the mapping begins there
	}
	mode := modeOf(w.arch)
	for at := first; at <= len(code)-2; at++ {
		p := code[at:]
		if p[0] != 0xe8 && bytes.IndexByte(p, 0xff) < 0 {
			continue
		}
		in, err := insn.DecodeX86(p, mode)
		if err == nil && in.Len == len(p) && (in.Kind == insn.Call || in.Kind == insn.CallIndirect) {
			return true
		}
	}
	return w.images.Executable(pc) && w.trampoline(pc) != nil
}

func modeOf(arch *sysdeps.Arch) insn.Mode {
	if arch.PtrSize == 4 {
		return insn.Mode32
	}
	return insn.Mode64
}

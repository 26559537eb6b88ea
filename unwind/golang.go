package unwind

import (
	"sonde/elfsym"
	"sonde/insn"
	"sonde/sysdeps"
)

// goSwitch is a function of Go's runtime that runs others on another stack.
type goSwitch uint8

const (
	goStays       goSwitch = iota
	goSystemStack          // systemstack: on the thread's own stack, for a goroutine
	goMoreStack            // morestack: when a goroutine's stack is full
	goCallsC               // asmcgocall: C code
	goCalledByC            // cgocallback: Go code, for C that Go has called or that called first
	goCallsVDSO            // functions of the vDSO, on the thread's own stack
	goResumes              // gogo: goes to where a goroutine goes on
	goLeaves               // mcall: goes to the thread's own stack for good
)

var goSwitches = map[string]goSwitch{
	"runtime.systemstack": goSystemStack,
	"runtime.morestack":   goMoreStack,
	"runtime.asmcgocall":  goCallsC,
	"runtime.cgocallback": goCalledByC,
	"runtime.nanotime1":   goCallsVDSO,
	"runtime.walltime":    goCallsVDSO,
	"runtime.vgetrandom1": goCallsVDSO,
	"time.now":            goCallsVDSO,
	"gogo":                goResumes,
	"runtime.mcall":       goLeaves,
}

// goRow makes the row of a place in a Go function (traceback.go in package runtime).
func (w *Walker) goRow(g *elfsym.GoFrames, link uint64, ret bool) *row {
	fr, ok := g.At(link)
	if !ok {
		return nil
	}
	size, fits := offset32(int64(fr.Size) + int64(w.arch.PtrSize))
	if !fits {
		return nil
	}
	ra := uint8(w.arch.DWARFNumber(sysdeps.RIP))
	var s state
	s.cfa = rule{kind: ruleValue, base: uint8(w.arch.DWARFNumber(sysdeps.RSP)), val: size}
	word := int32(w.arch.PtrSize)
	s.regs[ra] = rule{kind: ruleOffset, base: baseCFA, val: -word}
	for i := range w.arch.DWARFRegs { // Go's calls preserve nothing but the frame pointer
		if isPreserved(w.arch, i) {
			s.regs[i] = rule{kind: ruleUndefined}
		}
	}
	if bp := w.arch.DWARFNumber(sysdeps.RBP); w.arch.PtrSize == 8 {
		s.regs[bp] = rule{kind: ruleSame}
		if fr.Size >= w.arch.PtrSize { // frames with a size keep it below the return address
			s.regs[bp] = rule{kind: ruleOffset, base: baseCFA, val: -2 * word}
		}
	}
	if fr.Name == "crosscall2" && ret {
		savedForC(w.arch, &s)
	}
	r := newRow(w.arch, &s, ra, GoTable)
	// preparePanic and pushCall in runtime/signal_amd64.go: from wherever the signal came.
	r.faulted = fr.Name == "runtime.sigpanic" || fr.Name == "runtime.asyncPreempt"
	switch to := goSwitches[fr.Name]; {
	case to != goStays && (ret || to != goCallsC && to != goCalledByC):
		r.golang, r.into = to, link-fr.Entry
	case fr.Name == "runtime.sigtramp": // on top of what the signal has interrupted
	case fr.Top:
		r.outermost = true
	case fr.Name == "runtime.clone": // from which the new thread comes out, too, on an empty stack
		r.begins = true
	case ret && fr.SPWrite:
		r.cfa = rule{kind: ruleUndefined}
	}
	return r
}

// savedForC makes the rules of crosscall2, which C calls: it keeps the registers that C
// functions preserve (PUSH_REGS_HOST_TO_ABI0 in runtime/cgo/abi_amd64.h).
func savedForC(arch *sysdeps.Arch, s *state) {
	if arch.PtrSize != 8 {
		return
	}
	const lowest = -8 - (28*8 + 8) // REGS_HOST_TO_ABI0_STACK below the return address
	for i, reg := range []sysdeps.Reg{sysdeps.RBP, sysdeps.RBX, sysdeps.R12, sysdeps.R13, sysdeps.R14, sysdeps.R15} {
		s.regs[arch.DWARFNumber(reg)] = rule{kind: ruleOffset, base: baseCFA, val: lowest + 8*int32(i+2)}
	}
}

// Offsets in struct g and struct m (runtime/runtime2.go) which have not changed since
// Go 1.4: g begins with the bounds of its stack, and has its m and then what it goes
// on with, sched: the stack pointer and the program counter. m begins with the g that
// has the thread's own stack, and has among its first words the g that it runs.
const (
	goStackLo = 0
	goStackHi = 8
	goM       = 48
	goSchedSP = 56
	goSchedPC = 64
	goG0      = 0
	// goCurG is within so many words of m.
	goCurGWords = 64
)

// current returns the goroutine that the thread runs, while it is on its own stack:
// the one g of its m that goes on at a place within its own stack. The g that code
// runs as is in R14, and in thread-local storage, mostly right below the thread
// pointer (runtime/asm_amd64.s, cmd/link: -8 but for programs with cgo that have
// variables of their own there). It returns 0 where the thread runs none, and ok false
// where its m is not found.
func (w *Walker) current() (g uint64, ok bool) {
	m, g0, ok := w.machine()
	if !ok {
		return 0, false
	}
	for i := range uint64(goCurGWords) {
		g, ok := w.mem.word(sysdeps.Addr(m + 8*i))
		if !ok || !w.spend(1) {
			break
		}
		if g != g0 && g != 0 && g&7 == 0 && w.isCurrent(g, m) {
			return g, true
		}
	}
	return 0, true
}

// ownG returns the g that the thread's code runs as, where thread-local storage has it.
func (w *Walker) ownG() uint64 {
	g, _ := w.mem.word(sysdeps.Addr(w.threadPointer - 8))
	return g
}

// machine returns the m of the thread, and its g0.
func (w *Walker) machine() (m, g0 uint64, ok bool) {
	if w.arch.PtrSize != 8 {
		return 0, 0, false
	}
	tls, _ := w.mem.word(sysdeps.Addr(w.threadPointer - 8))
	for _, own := range []uint64{tls, w.r14} {
		m, ok := w.mem.word(sysdeps.Addr(own + goM))
		if own == 0 || !ok || m == 0 {
			continue
		}
		g0, ok := w.mem.word(sysdeps.Addr(m + goG0))
		if back, known := w.mem.word(sysdeps.Addr(g0 + goM)); ok && known && back == m {
			return m, g0, true
		}
	}
	return 0, 0, false
}

// isCurrent tells whether a word of m leads to a g of that m which has a place to go
// on at.
func (w *Walker) isCurrent(g, m uint64) bool {
	var v [4]uint64
	for i, off := range []uint64{goM, goStackLo, goStackHi, goSchedSP} {
		var ok bool
		if v[i], ok = w.mem.word(sysdeps.Addr(g + off)); !ok {
			return false
		}
	}
	return v[0] == m && v[1] <= v[3] && v[3] < v[2]
}

// goBack goes from a function that has gone over to the thread's own stack back to
// the goroutine's.
func (w *Walker) goBack(row *row, next *Frame) (Reason, sysdeps.Addr) {
	f := &w.frame
	var sp, pc uint64
	ok := false
	switch row.golang {
	case goLeaves:
		return Outermost, 0
	case goResumes:
		sp, _ = f.Registers.Get(sysdeps.RSP)
		pc, ok = w.mem.word(sysdeps.Addr(w.ownG() + goSchedPC))
	case goCallsC:
		sp, ok = w.goCaller()
	case goCalledByC:
		sp, ok = w.calledByC(row)
	case goCallsVDSO: // the stack pointer is kept where C leaves it alone
		sp, ok = f.Registers.Get(sysdeps.R12)
	default:
		var g uint64
		if g, ok = w.current(); ok {
			if g == 0 { // it has left the thread since
				return Outermost, 0
			}
			sp, _ = w.mem.word(sysdeps.Addr(g + goSchedSP))
			pc, _ = w.mem.word(sysdeps.Addr(g + goSchedPC))
		}
	}
	if !ok {
		return NoRule, 0
	}
	w.switches++
	if w.switches > maxSwitches {
		return Backwards, sysdeps.Addr(sp)
	}
	next.Registers = Registers{Arch: w.arch}
	rsp := uint8(w.arch.DWARFNumber(sysdeps.RSP))
	if row.golang == goMoreStack || row.golang == goResumes { // what had no room goes on, or what had to wait
		next.Registers.set(rsp, sp)
		w.below = 0
		f.CFA = sysdeps.Addr(sp)
		begins := row.golang == goResumes && w.begins(sysdeps.Addr(pc)) // one that is new
		return w.advance(next, sysdeps.Addr(pc), !begins, GoTable)
	}
	at := sp + uint64(int64(row.cfa.val)) - 8
	if row.golang == goCallsC { // which has kept its frame pointer, since Go 1.21
		if at = sp + 8; !w.returnsAt(at) {
			at = sp
		}
	}
	if pc, ok = w.mem.word(sysdeps.Addr(at)); !ok {
		return NoMemory, sysdeps.Addr(at)
	}
	next.Registers.set(rsp, at+8)
	if row.golang == goCalledByC || row.golang == goCallsVDSO {
		if bp, ok := w.mem.word(sysdeps.Addr(at - 8)); ok {
			next.Registers.set(uint8(w.arch.DWARFNumber(sysdeps.RBP)), bp)
		}
	}
	f.CFA = sysdeps.Addr(at + 8)
	return w.advance(next, sysdeps.Addr(pc), true, GoTable)
}

// calledByC returns the stack pointer that cgocallback had on the thread's own stack, on
// which C has called it: the one that this stack goes on with. There, cgocallback has kept
// that of the call from C before it. Where the thread is not known, or the goroutine is on
// none, that of the frame at hand leads past the C code: cgocallback has put a return address
// there which does (asm_amd64.s in package runtime).
func (w *Walker) calledByC(row *row) (sp uint64, ok bool) {
	own, ok := w.frame.Registers.Get(sysdeps.RSP)
	if !ok {
		return 0, false
	}
	sp = w.calledAt
	if _, g0, known := w.machine(); known && sp == 0 {
		sp, _ = w.mem.word(sysdeps.Addr(g0 + goSchedSP))
	}
	if sp == 0 || !w.returnsAt(sp+uint64(int64(row.cfa.val))-8) {
		return own, true
	}
	w.calledAt, _ = w.mem.word(sysdeps.Addr(sp))
	return sp, true
}

// switched tells whether a function that goes over to another stack has done so: it has
// called one there, or is between that and its own stack.
func (w *Walker) switched(row *row) bool {
	f := &w.frame
	sp, ok := f.Registers.Get(sysdeps.RSP)
	if f.Return || !ok {
		return f.Return
	}
	size := uint64(int64(row.cfa.val)) - 8
	switch row.golang {
	case goCallsVDSO:
		old, ok := f.Registers.Get(sysdeps.R12)
		switch kept, back := w.keepsSP(f.PC-sysdeps.Addr(row.into), f.PC); {
		case !ok || !kept:
			return false
		case !back:
			return true
		}
		return !w.returnsAt(sp+size) && w.returnsAt(old+size)
	case goResumes: // the stack pointer is the goroutine's already
		g := w.ownG()
		lo, ok := w.mem.word(sysdeps.Addr(g + goStackLo))
		hi, ok2 := w.mem.word(sysdeps.Addr(g + goStackHi))
		return ok && ok2 && lo <= sp && sp < hi
	}
	_, g0, ok := w.machine()
	if !ok {
		return false
	}
	other, ok := w.mem.word(sysdeps.Addr(g0 + goSchedSP))
	return ok && (sp == other || row.golang == goLeaves && sp == other-8) // with mcall's argument
}

// keepsSP tells whether the code of a function that calls the vDSO has kept the stack
// pointer before a place in it, and whether it has taken it back before that: what is
// behind is either past the call or on another way to it. What lies on the thread's own
// stack tells less: much of it is left over (nanotime1 in runtime/sys_linux_amd64.s).
func (w *Walker) keepsSP(entry, pc sysdeps.Addr) (kept, back bool) {
	var code [512]byte
	n := min(int(pc-entry), len(code))
	if !w.mem.read(code[:n], entry) {
		return true, true
	}
	for at := 0; at < n; {
		in, err := insn.DecodeX86(code[at:n], insn.Mode64)
		if err != nil {
			return true, true
		}
		switch string(code[at : at+in.Len]) {
		case "\x49\x89\xe4": // mov %rsp,%r12
			kept = true
		case "\x4c\x89\xe4": // mov %r12,%rsp
			back = true
		}
		at += in.Len
	}
	return kept, back
}

// returnsAt tells whether a return address is stored at an address.
func (w *Walker) returnsAt(at uint64) bool {
	pc, ok := w.mem.word(sysdeps.Addr(at))
	return ok && w.returnAddress(sysdeps.Addr(pc))
}

// goCaller returns the stack pointer that asmcgocall had before it went over to
// another stack, where it has left the goroutine and how deep that was in its own; or
// no goroutine, and the stack pointer (asm_amd64.s in package runtime).
func (w *Walker) goCaller() (before uint64, ok bool) {
	sp, ok := w.frame.Registers.Get(sysdeps.RSP)
	if !ok {
		return 0, false
	}
	depth, ok := w.mem.word(sysdeps.Addr(sp))
	g, known := w.mem.word(sysdeps.Addr(sp + 8))
	if !ok || !known {
		return 0, false
	}
	if g == 0 {
		return depth, true
	}
	hi, ok := w.mem.word(sysdeps.Addr(g + goStackHi))
	return hi - depth, ok
}

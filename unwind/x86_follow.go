package unwind

import (
	"sonde/elfsym"
	"sonde/insn"
	"sonde/sysdeps"
)

// Bounds of following instructions: how many for one place, and how many places
// where the way forks may be waiting.
const (
	maxFollowed = 4000
	maxForks    = 64
	maxCells    = 24
)

// The numbers of registers in instructions (Intel SDM volume 2, table 2-2) which
// are not those of DWARF on 64-bit machines.
const (
	insnSP = 4
	insnBP = 5
)

var (
	amd64InsnDWARF = [16]uint8{0, 2, 1, 3, 7, 6, 4, 5, 8, 9, 10, 11, 12, 13, 14, 15}
	i386InsnDWARF  = [8]uint8{0, 1, 2, 3, 4, 5, 6, 7}
)

// clobbered are the registers that a call leaves behind changed, a bit for each
// number in instructions: rax, rcx, rdx, rsi, rdi, r8 to r11; eax, ecx, edx.
const (
	amd64Clobbered = 0x0fc7
	i386Clobbered  = 0x0007
)

// follower follows instructions.
type follower struct {
	w       *Walker
	mode    insn.Mode
	word    int32
	lo, hi  uint64 // the function, as far as it is known; hi 0 if it is not
	target  uint64 // where to get to; 0: to a return
	seen    map[uint64]bool
	waiting []machine
	steps   int
}

// follow makes a row by following instructions: of the function from its beginning
// to the place, where that is known, or from the place to where the function
// returns. It returns noRow where neither gets there.
func (w *Walker) follow(t *table, img *elfsym.Image, pc sysdeps.Addr, link uint64, ret bool) *row {
	lo, hi, known := w.bounds(t, img, link)
	if w.isEntry(t, link, lo, known) || ret && w.endsThread(pc) {
		return &row{how: Code, outermost: true, weak: !known, cfa: rule{kind: ruleUndefined}}
	}
	shift := uint64(w.bias)
	entry := lo + shift
	end := uint64(0)
	if hi != 0 {
		end = hi + shift
	}
	if known {
		if r := w.followFrom(entry, end, uint64(pc)); r != nil {
			return r
		}
	}
	if ret && end != 0 && link+1 >= hi {
		return noRow // the call does not come back: what follows is another function
	}
	if r := w.followTo(uint64(pc), entry, end); r != nil {
		r.weak = !known
		return r
	}
	return noRow
}

// followAgain makes a row of a place for which call frame information has one that
// makes no sense; nil where following does not help.
func (w *Walker) followAgain(f *Frame) *row {
	file, path, err := f.Image.File()
	if err != nil {
		return nil
	}
	w.bias = f.Image.Bias()
	t := w.table(file, f.Image, path)
	link, i := uint64(f.Lookup()-w.bias), 0
	if f.Return {
		i = 1
	}
	r := t.followed[i][link]
	if r == nil {
		r = w.follow(t, f.Image, f.PC, link, f.Return)
		if t.followed[i] == nil || len(t.followed[i]) >= maxRows {
			t.followed[i] = make(map[uint64]*row)
		}
		t.followed[i][link] = r
	}
	if r.how == Code && !r.outermost {
		return r
	}
	return nil
}

// entrySize is how much code a program's first instructions are at most, where no
// symbol tells.
const entrySize = 128

// isEntry tells whether a place is in the function that the program, or the dynamic
// linker, is entered at: nothing calls that.
func (w *Walker) isEntry(t *table, link, lo uint64, known bool) bool {
	entry := t.file.Entry
	return entry != 0 && (known && lo == entry || !known && link-entry < entrySize)
}

// bounds returns the link-time addresses that the function at a place has, or the
// slots of the linkage table.
func (w *Walker) bounds(t *table, img *elfsym.Image, link uint64) (lo, hi uint64, known bool) {
	const slotSize = 16
	if slots := t.file.PLT(); len(slots) > 0 {
		first, last := slots[0].Addr, slots[len(slots)-1].Addr
		if link >= first-min(first, slotSize) && link < last+slotSize {
			for i := range slots {
				if d := link - slots[i].Addr; link >= slots[i].Addr && d < slotSize {
					return slots[i].Addr, 0, true
				}
			}
			return first, 0, true // the slots' common end is before them
		}
	}
	sym, _, ok := img.Symbol(sysdeps.Addr(link) + w.bias)
	if !ok {
		return 0, 0, false
	}
	hi = sym.Value + sym.Size
	if sym.Size == 0 {
		hi = 0
	}
	return sym.Value, hi, true
}

// followMemory makes a row for code that is in no file.
func (w *Walker) followMemory(pc sysdeps.Addr) *row { return w.followTo(uint64(pc), 0, 0) }

func (w *Walker) newFollower(lo, hi, target uint64) *follower {
	w.spend(16)
	return &follower{
		w: w, mode: modeOf(w.arch), word: int32(w.arch.PtrSize),
		lo: lo, hi: hi, target: target, seen: make(map[uint64]bool),
	}
}

// followFrom goes from the beginning of a function to a place in it, and returns
// its row; nil if that is not reached.
func (w *Walker) followFrom(lo, hi, pc uint64) *row {
	fw := w.newFollower(lo, hi, pc)
	m := newMachine(lo)
	for m != nil {
		if m.pc == pc {
			return fw.rowHere(m)
		}
		m = fw.step(m, nil)
	}
	return nil
}

// followTo goes from a place to where the function returns, and returns the row of
// the place; nil if no return is reached.
func (w *Walker) followTo(pc, lo, hi uint64) (r *row) {
	fw := w.newFollower(lo, hi, 0)
	m := newMachine(pc)
	for m != nil && r == nil {
		m = fw.step(m, func(end *machine) {
			if r = fw.rowAtReturn(end); r != nil {
				r.calls = end.calls
			}
		})
	}
	return r
}

// step does one instruction and returns the machine to go on with; nil if there is
// none left. returned is called with one that is about to return.
func (fw *follower) step(m *machine, returned func(*machine)) *machine {
	fw.steps++
	if fw.steps > maxFollowed || !fw.w.spend(1) {
		return nil
	}
	if fw.seen[m.pc] || fw.hi != 0 && fw.target != 0 && (m.pc < fw.lo || m.pc >= fw.hi) {
		return fw.resume()
	}
	fw.seen[m.pc] = true
	in, ok := fw.decode(m.pc)
	if !ok {
		return fw.resume()
	}
	at := m.pc
	m.pc += uint64(in.Len)
	switch in.Kind {
	case insn.Plain, insn.Syscall:
		fw.plain(m, &in, at)
	case insn.Call, insn.CallIndirect:
		if in.Kind == insn.Call && in.Imm == 0 { // for its own address, which a pop follows
			m.push(value{}, fw.word)
		} else {
			m.call(fw.word)
		}
	case insn.Jump, insn.CondJump:
		target, _ := in.Target(at)
		if in.Kind == insn.CondJump {
			fork := *m
			fork.pc = target
			fw.wait(&fork)
			return m
		}
		m.pc = target
		return m
	case insn.JumpIndirect:
		// Through a pointer at a fixed place: the end of a linkage table's slot,
		// or a tail call. A switch jumps through a register or a table.
		if v := m.regs[fw.rmOf(&in)]; in.Mod() == 3 && v.kind == fixed {
			m.pc = v.addr
			return m
		}
		if pointer, ok := in.Static(at); ok && returned == nil {
			if m.pc, ok = fw.w.mem.word(sysdeps.Addr(pointer)); ok {
				return m
			}
		}
		mem, isMem := in.Memory()
		if returned != nil && isMem && mem.Index == insn.X86NoReg && (mem.RIPRel || mem.Base == insn.X86NoReg) {
			returned(m)
		}
		return fw.resume()
	case insn.Ret:
		if returned != nil && (in.Op == 0xc3 || in.Op == 0xc2) {
			returned(m)
		}
		return fw.resume()
	default:
		return fw.resume()
	}
	if m.regs[insnSP].kind == lost && m.regs[insnBP].kind == lost {
		return fw.resume()
	}
	return m
}

// wait keeps a machine for later.
func (fw *follower) wait(m *machine) {
	if len(fw.waiting) < maxForks {
		fw.waiting = append(fw.waiting, *m)
	}
}

// resume returns the machine that is waiting with the fewest calls on its way: one
// of these may be of a function that does not return, with other code behind it.
func (fw *follower) resume() *machine {
	if len(fw.waiting) == 0 {
		return nil
	}
	best := len(fw.waiting) - 1
	for i := best - 1; i >= 0; i-- {
		if fw.waiting[i].calls < fw.waiting[best].calls {
			best = i
		}
	}
	m := fw.waiting[best]
	fw.waiting[best] = fw.waiting[len(fw.waiting)-1]
	fw.waiting = fw.waiting[:len(fw.waiting)-1]
	return &m
}

func (fw *follower) decode(pc uint64) (insn.X86, bool) {
	var code [insn.X86MaxLen]byte
	if !fw.w.images.Executable(sysdeps.Addr(pc)) {
		return insn.X86{}, false
	}
	n := len(code)
	for n > 0 && !fw.w.mem.read(code[:n], sysdeps.Addr(pc)) {
		n--
	}
	in, err := insn.DecodeX86(code[:n], fw.mode)
	return in, err == nil
}

// base is a rule that begins where a value does; ok is false where the place is
// not known, or the register has no number.
func (fw *follower) base(kind ruleKind, v value, off int32) (to rule, ok bool) {
	n, fits := offset32(int64(v.off) + int64(off))
	return rule{kind: kind, base: fw.number(v.reg), val: n}, fits
}

// number returns the DWARF number of a register.
func (fw *follower) number(reg uint8) uint8 {
	if fw.word == 4 {
		return i386InsnDWARF[reg&7]
	}
	return amd64InsnDWARF[reg&15]
}

func (fw *follower) pc() uint8 { return uint8(len(fw.w.arch.DWARFRegs) - 1) }

// rowAtReturn makes the row of the place where the machine began, which is about
// to return.
func (fw *follower) rowAtReturn(m *machine) *row {
	var s state
	ok := false
	switch sp := m.regs[insnSP]; {
	case sp.kind == sum:
		s.cfa, ok = fw.base(ruleValue, sp, fw.word)
	case sp.kind == stored && sp.plus == -fw.word: // it was kept when the frame was aligned anew
		s.cfa, ok = fw.base(ruleAt, sp, 0)
	}
	if !ok {
		return nil
	}
	s.regs[fw.pc()] = rule{kind: ruleOffset, base: baseCFA, val: -fw.word}
	for i := range fw.preserved() {
		switch v := m.regs[i]; {
		case i == insnSP:
		case v == value{kind: sum, reg: i}:
			s.regs[fw.number(i)] = rule{kind: ruleSame}
		case v.kind == stored && v.plus == 0:
			s.regs[fw.number(i)], ok = fw.base(ruleAt, v, 0)
		case v.kind == sum:
			s.regs[fw.number(i)], ok = fw.base(ruleValue, v, 0)
		default:
			ok = false
		}
		if !ok {
			s.regs[fw.number(i)] = rule{kind: ruleUndefined}
			ok = true
		}
	}
	return newRow(fw.w.arch, &s, fw.pc(), Code)
}

// rowHere makes the row of the place where the machine is, which began at the
// function's first instruction.
func (fw *follower) rowHere(m *machine) *row {
	var s state
	found := false
	for _, i := range []uint8{insnSP, insnBP} {
		v := m.regs[i]
		if v.kind == sum && v.reg == insnSP && !found {
			n, ok := offset32(int64(fw.word) - int64(v.off))
			s.cfa, found = rule{kind: ruleValue, base: fw.number(i), val: n}, ok
		}
	}
	if !found {
		return nil
	}
	s.regs[fw.pc()] = rule{kind: ruleOffset, base: baseCFA, val: -fw.word}
	for i := range fw.preserved() {
		own := value{kind: sum, reg: i}
		to := rule{kind: ruleUndefined}
		if m.regs[i] == own {
			to = rule{kind: ruleSame}
		}
		for _, c := range m.cells[:m.n] {
			if to.kind == ruleUndefined && c.val == own && c.at.reg == insnSP {
				to = rule{kind: ruleOffset, base: baseCFA, val: c.at.off - fw.word}
			}
		}
		if i != insnSP {
			s.regs[fw.number(i)] = to
		}
	}
	return newRow(fw.w.arch, &s, fw.pc(), Code)
}

// preserved yields the numbers in instructions of the registers that functions
// preserve.
func (fw *follower) preserved() func(func(uint8) bool) {
	return func(yield func(uint8) bool) {
		for i := range uint8(16) {
			if fw.word == 4 && i >= 8 {
				return
			}
			if isPreserved(fw.w.arch, int(fw.number(i))) && !yield(i) {
				return
			}
		}
	}
}

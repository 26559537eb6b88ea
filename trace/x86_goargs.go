package trace

import (
	"strings"

	"sonde/capture"
	"sonde/elfsym"
	"sonde/insn"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// What tables tell of a Go function's arguments is their sizes and their places in
// memory, where those that come in registers have room to be kept. Which register each is
// in its code tells: before it has its stack grown it stores all of them there
// (spilled registers of cmd/internal/obj's Func.SpillRegisterArgs). A function without
// a look at its stack does not; it is small, and its arguments are told where all of them
// are integers for certain.

// goSpill is an argument's register and its place, counted from the first argument on the
// stack.
type goSpill struct {
	off  int
	part abi.Part
}

// goSpills follows the instructions of a function up to the jump back to its beginning.
type goSpills struct {
	run    []goSpill // stores that stand together
	called []goSpill // those before the last call
	grown  []goSpill // those before the jump back
	known  bool      // there was one
	frame  int64     // what the function takes of the stack
	reads  []int64   // offsets from the first argument on the stack, before the last call
	late   []int64   // and behind it
	first  [16]goUse // of each general register
}

// goUse is what the first instruction that has a register does with it.
type goUse uint8

const (
	goUnused goUse = iota
	goReads
	goWrites
)

// see takes the next instruction.
func (s *goSpills) see(in *insn.X86, back bool) {
	mem, hasMem := in.Memory()
	reg := in.Reg() | in.REX&insn.X86RexR<<1
	onStack := hasMem && mem.Base >= 0 && x86Numbers[mem.Base] == sysdeps.RSP && mem.Index == insn.X86NoReg
	store := in.Enc == insn.X86Legacy && onStack && (in.Map == 0 && (in.Op == 0x88 || in.Op == 0x89) || in.Map == 1 && in.Op == 0x11)
	switch {
	case in.Kind == insn.Call:
		s.called, s.run = s.run, nil
		s.reads, s.late = append(s.reads, s.late...), nil
		for i := range s.first {
			s.use(uint8(i), goWrites)
		}
	case in.Kind == insn.Jump && back: // the loads before it are of what has been stored
		s.grown, s.known, s.late = s.called, true, nil
	case store && mem.Disp >= 8:
		p := abi.Part{Where: abi.Integer, Reg: x86Numbers[reg]}
		if in.Map == 1 {
			p = abi.Part{Where: abi.Vector, Index: reg}
		}
		s.run = append(s.run, goSpill{int(mem.Disp) - 8, p})
	case in.Map == 1 && in.Op == 0x1f, in.Map == 0 && in.Op == 0x90: // nop
	default:
		s.run = nil
	}
	switch {
	case in.Kind == insn.Plain && in.Map == 0 && in.Op&^7 == 0x50: // push
		s.frame += 8
	case in.Map == 0 && (in.Op == 0x81 || in.Op == 0x83) && in.ModRM == 0xec: // sub $n, %rsp
		s.frame += in.Imm
	case onStack && !store && mem.Disp >= s.frame+8:
		s.late = append(s.late, mem.Disp-s.frame-8)
	}
	s.uses(in, &mem, hasMem, reg)
}

func (s *goSpills) use(reg uint8, how goUse) {
	if s.first[reg&15] == goUnused {
		s.first[reg&15] = how
	}
}

// uses notes what the commonest instructions do with registers.
func (s *goSpills) uses(in *insn.X86, mem *insn.X86Memory, hasMem bool, reg uint8) {
	if hasMem {
		for _, r := range []int8{mem.Base, mem.Index} {
			if r >= 0 {
				s.use(uint8(r), goReads)
			}
		}
	}
	if in.Enc != insn.X86Legacy {
		return
	}
	toReg, toRM := goUnused, goUnused
	switch {
	case in.Map == 0 && in.Op&^7 == 0xb8:
		s.use(in.Op&7|in.REX&1<<3, goWrites)
		return
	case !in.HasModRM:
		return
	case in.Map == 0 && (in.Op == 0x88 || in.Op == 0x89):
		toReg, toRM = goReads, goWrites
	case in.Map == 0 && (in.Op == 0x8a || in.Op == 0x8b || in.Op == 0x8d || in.Op == 0x63), in.Map == 1 && in.Op&^9 == 0xb6:
		toReg, toRM = goWrites, goReads
	case in.Map == 0 && (in.Op == 0x31 || in.Op == 0x33) && !hasMem && reg == in.RM()|in.REX&1<<3: // zero
		toReg = goWrites
	case in.Map == 0 && (in.Op < 0x40 || in.Op == 0x84 || in.Op == 0x85), in.Map == 1 && (in.Op == 0xaf || in.Op&^15 == 0x40):
		toReg, toRM = goReads, goReads
	case in.Map == 0 && (in.Op == 0x81 || in.Op == 0x83 || in.Op == 0xc1 || in.Op == 0xd1 || in.Op == 0xd3 || in.Op == 0xf7 || in.Op == 0xff):
		toRM = goReads
	case in.Map == 0 && in.Op == 0xc7:
		toRM = goWrites
	}
	if !hasMem && toRM != goUnused {
		s.use(in.RM()|in.REX&1<<3, toRM)
	}
	if toReg != goUnused {
		s.use(reg, toReg)
	}
}

// areIntegers tells whether so many words of arguments are all in integer registers: if
// one were not, there would be fewer, and nothing in the last register.
func (s *goSpills) areIntegers(n int) bool {
	regs := abi.GoAMD64.Args
	if n == 0 {
		return true
	}
	last := regs[min(n, len(regs))-1]
	for i, r := range x86Numbers {
		if r == last {
			return s.first[i] == goReads
		}
	}
	return false
}

// words returns the words of a function's arguments where they are when it is entered, as
// far as that is known.
func (s *goSpills) words(f *elfsym.GoFunc) []capture.GoWord {
	if !s.known {
		return capture.GoRegisters(f.Args, s.areIntegers(len(f.Args)))
	}
	at := make(map[int]abi.Part, len(s.grown))
	first := 1 << 16
	for _, spill := range s.grown {
		at[spill.off] = spill.part
		first = min(first, spill.off)
	}
	onStack := false // an argument is, and is used
	for _, off := range append(s.reads, s.late...) {
		onStack = onStack || off < int64(first)
	}
	letters, offsets := f.Args, f.Offsets
	var words []capture.GoWord
	if strings.Contains(f.Name, "[") && letters != "" && letters[0] == elfsym.GoHidden {
		letters, offsets = letters[1:], offsets[1:]
		if own := f.Name[strings.LastIndexByte(f.Name, ']')+1:]; strings.HasPrefix(own, ").") || strings.HasPrefix(own, ".") {
			// Go's tables leave the first argument away for the dictionary, which in a
			// method is the second: behind the receiver.
			part, ok := at[first]
			if !ok || letters == "" {
				return nil
			}
			part.Size = 8
			words = append(words, capture.GoWord{Letter: elfsym.GoWord, Part: part})
			letters, offsets = letters[1:], offsets[1:]
		}
	}
	for i := range len(letters) {
		w := capture.GoWord{Letter: letters[i]}
		off := int(offsets[i])
		part, ok := at[off]
		if !ok && off < first && off != elfsym.GoFar && onStack {
			part, ok = abi.Part{Where: abi.Stack, Addr: sysdeps.Addr(8 + off)}, true
		}
		if ok { // else the function does not use it
			w.Part = part
			w.Part.Size = capture.GoSize(letters[i])
		}
		words = append(words, w)
	}
	return words
}

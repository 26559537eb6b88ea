package elfsym

import (
	"cmp"
	"debug/elf"
	"encoding/binary"
	"math"
	"slices"

	"sonde/insn"
)

// 32-bit code cannot count from the program counter. Where it is linked to a
// fixed address, it names pointers by theirs. Else each function puts the
// address of the global offset table into a register first:
//
//	call __x86.get_pc_thunk.bx      or   call 1f
//	add  $_GLOBAL_OFFSET_TABLE_, %ebx    1: pop %ebx; add $..., %ebx
//
// and names pointers by their distance from there. That distance has 4 bytes in
// all relocations (i386 psABI 4.4, R_386_GOT32 and R_386_GOT32X), however small
// it is: where compilers choose it themselves, a small one takes a byte.

const (
	i386CallRel  = 0xe8
	i386AddEAX   = 0x05 // add $imm32,%eax
	i386AddGroup = 0x81 // 81 /0: add $imm32,r/m32
	i386Pop      = 0x58 // + register
	i386MovStore = 0x89
	i386MovLoad  = 0x8b
	i386Lea      = 0x8d
	i386MovImm   = 0xb8 // + register
	i386XorStore = 0x31
	i386XorLoad  = 0x33
)

// Numbers of registers: %ebx, which slots count from, and those that point into
// the stack in most functions.
const (
	i386EBX = 3
	i386ESP = 4
	i386EBP = 5
)

// maxBases caps the values among which the base is chosen.
const maxBases = 4096

// findBase finds what code takes for the address of the global offset table:
// what most functions compute. It is DT_PLTGOT but in files of mold, which has
// it elsewhere.
func (sc *scanner) findBase() error {
	votes := make(map[uint32]int)
	err := sc.eachWindow(func(code []byte, addr uint64, from int) error {
		for i := from; i+windowLap <= len(code); i++ {
			if code[i] != i386CallRel {
				continue
			}
			if v, ok := i386BaseAfter(code[i+5:], uint32(addr)+uint32(i)+5); ok && uint64(v)-sc.lo <= uint64(sc.span) {
				if votes[v] > 0 || len(votes) < maxBases {
					votes[v]++
				}
			}
		}
		return nil
	})
	linked := uint32(sc.file.gotBase)
	base, most := linked, votes[linked]
	for v, n := range votes {
		if n > most || n == most && base != linked && v < base {
			base, most = v, n
		}
	}
	sc.base = uint64(base)
	return err
}

// i386BaseAfter returns what add makes of its address where code, which is behind
// a call, begins with it, or with a pop of it.
func i386BaseAfter(code []byte, addr uint32) (uint32, bool) {
	if code[0]&0xf8 == i386Pop {
		code = code[1:]
	}
	switch {
	case code[0] == i386AddEAX:
		return addr + binary.LittleEndian.Uint32(code[1:]), true
	case code[0] == i386AddGroup && code[1]&0xf8 == 0xc0:
		return addr + binary.LittleEndian.Uint32(code[2:]), true
	}
	return 0, false
}

// visitI386 looks for operands of both kinds: the address of a pointer behind a
// ModRM byte of mod 00 and rm 101 or the opcode of a move to %eax, and a distance
// from the base that leads to a pointer behind one of mod 10 without SIB.
func (sc *scanner) visitI386(code []byte, addr uint64, from int) {
	lo, toLo, span := uint32(sc.lo), uint32(sc.base-sc.lo), sc.span
	for i := max(from, 1); i+4 <= len(code); i++ {
		word := binary.LittleEndian.Uint32(code[i:])
		if word-lo >= span && word+toLo >= span {
			continue
		}
		before, based := code[i-1], uint64(uint32(sc.base)+word)
		if (before&0xc7 == 0x05 || before == 0xa1) && sc.pointers.has(uint64(word)) {
			sc.candidates = append(sc.candidates, candidate{field: addr + uint64(i), pointer: uint64(word)})
		} else if before&0xc0 == 0x80 && before&7 != 4 && sc.based.has(based) {
			sc.candidates = append(sc.candidates, candidate{field: addr + uint64(i), pointer: based})
		}
	}
}

// i386Site returns the site that an instruction at at is.
func (sc *scanner) i386Site(r *i386Registers, in *insn.X86, at uint64) (Site, bool) {
	mem, ok := in.Memory()
	if !ok || mem.FSGS || mem.Size != 4 || mem.Index != insn.X86NoReg {
		return Site{}, false
	}
	if mem.Base == insn.X86NoReg {
		pointer := uint64(uint32(mem.Disp))
		site, ok := x86SiteOf(in, at, pointer)
		return site, ok && sc.pointers.has(pointer)
	}
	pointer := uint64(uint32(sc.base) + uint32(mem.Disp))
	site, ok := x86SiteOf(in, at, pointer)
	if in.Mod() != 2 || !ok || !sc.based.has(pointer) {
		return Site{}, false
	}
	short := mem.Disp >= math.MinInt8 && mem.Disp <= math.MaxInt8
	switch {
	case short, r.isBase(mem.Base):
		return site, true
	case mem.Base == i386EBP || mem.Base == i386ESP: // a local variable
		return Site{}, false
	}
	site.Kind = SiteDoubtful
	return site, true
}

// i386Registers knows which registers hold the base, as far as one can tell by
// following code in the order of its addresses: a function has computed it, or
// has called a slot of the linkage table, which takes it in %ebx. A register that
// is set to something else holds it no more; one that is popped does, since what
// stands behind the end of one path belongs to another.
type i386Registers struct {
	s      *source
	base   uint32
	thunks map[uint64]uint8 // what thunk has found
	// slots are those of the linkage table where they need the base, or none.
	slots []Slot

	holds   [8]bool
	pending [8]uint32 // the address that a thunk has put there, or 0
	popped  uint32    // the address that is on top of the stack, or 0
	copied  int8      // the register that %ebx was set to, or -1
}

func newI386Registers(sc *scanner) *i386Registers {
	r := &i386Registers{s: sc.s, base: uint32(sc.base), thunks: make(map[uint64]uint8)}
	if sc.file.Type == elf.ET_DYN {
		r.slots = sc.file.slots
	}
	r.forget()
	return r
}

// forget begins another function.
func (r *i386Registers) forget() {
	if r != nil {
		r.holds, r.pending, r.popped, r.copied = [8]bool{}, [8]uint32{}, 0, -1
	}
}

func (r *i386Registers) isBase(register int8) bool { return r.holds[register&7] }

// follow takes notice of what an instruction does to the base.
func (r *i386Registers) follow(in *insn.X86, at uint64) error {
	popped := r.popped
	r.popped = 0
	if in.Enc != insn.X86Legacy || in.Map != 0 {
		return nil
	}
	register := in.Mod() == 3
	switch op := in.Op; {
	case in.Kind == insn.Call:
		return r.call(in, at)
	case op&0xf8 == i386Pop && popped != 0:
		r.pending[op&7] = popped
	case op == i386AddEAX:
		r.add(0, uint32(in.Imm))
	case op == i386AddGroup && register && in.Reg() == 0:
		r.add(in.RM(), uint32(in.Imm))
	case op == i386MovStore && register:
		r.move(in.RM(), in.Reg())
	case op == i386MovLoad && register:
		r.move(in.Reg(), in.RM())
	case op == i386MovLoad, op == i386Lea:
		r.holds[in.Reg()] = false
	case op&0xf8 == i386MovImm:
		r.holds[op&7] = false
	case (op == i386XorStore || op == i386XorLoad) && register && in.Reg() == in.RM():
		r.holds[in.RM()] = false
	}
	return nil
}

// call takes notice of a call: of a thunk, of the next instruction, of a slot.
func (r *i386Registers) call(in *insn.X86, at uint64) error {
	next := uint32(at) + uint32(in.Len)
	target, _ := in.Target(at)
	if uint32(target) == next {
		r.popped = next
		return nil
	}
	if _, ok := slices.BinarySearchFunc(r.slots, target, func(s Slot, a uint64) int { return cmp.Compare(s.Addr, a) }); ok {
		r.holds[i386EBX] = true
		if r.copied >= 0 {
			r.holds[r.copied] = true
		}
		return nil
	}
	register, ok, err := r.thunk(target)
	if ok {
		r.pending[register] = next
	}
	return err
}

func (r *i386Registers) move(to, from uint8) {
	r.holds[to] = r.holds[from]
	if to == i386EBX {
		r.copied = int8(from)
	} else if int8(to) == r.copied {
		r.copied = -1
	}
}

// add takes notice of add $n,register.
func (r *i386Registers) add(register uint8, n uint32) {
	if p := r.pending[register]; p != 0 && p+n == r.base {
		r.holds[register] = true
	}
	r.pending[register] = 0
}

// thunk tells which register a function sets to its return address, if that is
// all it does: mov (%esp),register; ret.
func (r *i386Registers) thunk(addr uint64) (register uint8, ok bool, err error) {
	if register, known := r.thunks[addr]; known {
		return register, register != notThunk, nil
	}
	register = notThunk
	if off, have, mapped := r.s.find(addr); mapped && have >= thunkSize {
		code, err := r.s.bytes(off, thunkSize, "a function")
		if err != nil {
			return 0, false, err
		}
		if code[0] == i386MovLoad && code[1]&0xc7 == 0x04 && code[2] == 0x24 && code[3] == 0xc3 {
			register = code[1] >> 3 & 7
		}
	}
	if len(r.thunks) >= maxThunks {
		clear(r.thunks)
	}
	r.thunks[addr] = register
	return register, register != notThunk, nil
}

// Of functions that are called: the size of a thunk, what stands for no thunk,
// and how many are remembered.
const (
	thunkSize = 4
	notThunk  = 0xff
	maxThunks = 1 << 16
)

package breakpoint

import (
	"encoding/binary"
	"errors"
	"math/rand/v2"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sonde/insn"
	"sonde/sysdeps"
)

func TestX86EmulateChoice(t *testing.T) {
	x86EachMachine(t, func(t *testing.T, m *x86Machine) {
		x86EachCase(t, m.emulator, func(code []byte, want, name string) {
			got := "-"
			effect, touchesMemory, ok := x86Emulate(code, m.mode, x86Code)
			switch {
			case ok != (effect != nil):
				t.Errorf("% x (%s): ok %v beside the effect", code, name, ok)
			case touchesMemory:
				got = "mem"
			case ok:
				got = "regs"
			}
			if got != want {
				t.Errorf("% x (%s): %s, want %s", code, name, got, want)
			}
		})
	})
}

var errX86NoMemory = errors.New("no memory")

// x86FakeMemory is what an instruction at x86Code sees of testdata/x86_run.c.
type x86FakeMemory struct {
	data [x86DataSize]byte
	code []byte // at x86Code, int3 around
	word int
	// unsure is set by an access where the program may have something mapped,
	// in the crowded addresses of 32 bits.
	unsure bool
}

// In a 32-bit program nothing is mapped below x86LowEnd (vm.mmap_min_addr), and
// nothing between a program at its fixed place and the libraries.
const (
	x86LowEnd     = 1 << 16
	x86EmptyStart = 0x40000000
	x86EmptyEnd   = 0x50000000
)

func (m *x86FakeMemory) missing(a sysdeps.Addr) error {
	m.unsure = m.word == 4 && a >= x86LowEnd && (a < x86EmptyStart || a >= x86EmptyEnd)
	return errX86NoMemory
}

func (m *x86FakeMemory) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	if off := a - x86DataAddr; off <= sysdeps.Addr(x86DataSize-m.word) {
		return copy(p, m.data[off:]), nil
	}
	if a < x86Code-x86AreaHalf || a > x86Code+x86AreaHalf-sysdeps.Addr(m.word) {
		return 0, m.missing(a)
	}
	for i := range p {
		p[i] = 0xcc
		if off := a + sysdeps.Addr(i) - x86Code; off < sysdeps.Addr(len(m.code)) {
			p[i] = m.code[off]
		}
	}
	return len(p), nil
}

func (m *x86FakeMemory) WriteMemory(p []byte, a sysdeps.Addr) error {
	off := a - x86DataAddr
	if off > sysdeps.Addr(x86DataSize-m.word) {
		return m.missing(a)
	}
	copy(m.data[off:], p)
	return nil
}

// x86Emulation is one instruction emulated from a random state, and run.
type x86Emulation struct {
	run    *x86Run
	regs   sysdeps.Regs
	memory x86FakeMemory
	err    error
}

// randomWord favours the values at which carries, signs and addresses turn.
func (m *x86Machine) randomWord(rnd *rand.Rand) uint64 {
	switch rnd.IntN(6) {
	case 0:
		return uint64(rnd.IntN(4)) - 2
	case 1:
		return 1<<(rnd.IntN(8)*8+7) - uint64(rnd.IntN(2))
	case 2:
		return x86DataMid + uint64(rnd.IntN(256)-128)*8
	case 3, 4:
		return uint64(x86Code) + uint64(rnd.IntN(x86AreaHalf)) - x86AreaHalf/2
	}
	return uint64(m.nowhere(rnd))
}

// nowhere returns an address at which nothing is mapped.
func (m *x86Machine) nowhere(rnd *rand.Rand) sysdeps.Addr {
	if m.mode == insn.Mode32 {
		return x86EmptyStart + sysdeps.Addr(rnd.IntN(x86EmptyEnd-x86EmptyStart))
	}
	return sysdeps.Addr(rnd.Uint64())
}

// newEmulation emulates code, or returns nil if that is not to be compared.
func (m *x86Machine) newEmulation(t *testing.T, rnd *rand.Rand, code []byte) *x86Emulation {
	in, err := insn.DecodeX86(code, m.mode)
	if err != nil {
		return nil
	}
	into := func(pc sysdeps.Addr) bool { return x86Code <= pc && pc < x86Code+sysdeps.Addr(in.Len) }
	if in.Kind == insn.CondJump && into(x86Code+sysdeps.Addr(in.Len)+sysdeps.Addr(in.Imm)) {
		return nil // a loop on itself, perhaps for ever
	}
	code = slices.Clone(code[:in.Len])
	effect, _, ok := x86Emulate(code, m.mode, x86Code)
	if !ok {
		return nil
	}
	e := &x86Emulation{run: m.newRun(rnd, code)}
	for _, reg := range x86GPR {
		// The stack stays on the data page, mostly: a push onto the code
		// areas would take the traps away.
		if reg != sysdeps.RSP {
			e.run.before.Set(reg, m.randomWord(rnd))
		}
	}
	if rnd.IntN(16) == 0 {
		e.run.before.SetSP(m.nowhere(rnd))
	}
	for i := 0; i < len(e.run.data); i += 8 {
		binary.LittleEndian.PutUint64(e.run.data[i:], m.randomWord(rnd))
	}
	e.regs = e.run.before
	e.memory = x86FakeMemory{data: e.run.data, code: code, word: m.arch.PtrSize}
	e.err = effect(&e.regs, &e.memory)
	if e.err != nil && (e.regs != e.run.before || e.memory.data != e.run.data) {
		t.Errorf("% x: changed registers or memory beside %v", code, e.err)
	}
	if e.err == nil && into(e.regs.PC()) {
		return nil // the same
	}
	if e.memory.unsure {
		return nil // nobody knows what is there
	}
	return e
}

// check compares with what the processor did.
func (e *x86Emulation) check(t *testing.T) {
	t.Helper()
	run, m, code := e.run, e.run.machine, e.run.patches[0].code
	if e.err != nil {
		if run.signal == syscall.SIGTRAP {
			t.Errorf("% x: %v, but it runs, from%s", code, e.err, m.regsText(&run.before))
		}
		return
	}
	d := m.regsDiff(&e.regs, &run.after)
	if pc := e.regs.PC(); pc != run.ended() {
		d += " rip " + pc.String() + ", want " + run.ended().String()
	}
	if e.memory.data != run.dataAfter {
		d += " data differ"
	}
	if d != "" {
		t.Errorf("% x:%s, from%s", code, d, m.regsText(&run.before))
	}
}

func x86RunEmulations(t *testing.T, m *x86Machine, es []*x86Emulation) {
	t.Helper()
	runs := make([]*x86Run, len(es))
	for i, e := range es {
		runs[i] = e.run
	}
	x86Execute(t, m, runs)
	for _, e := range es {
		if e.check(t); t.Failed() {
			return // one is enough to look at
		}
	}
}

// Every case of the table does what the processor does, whatever the state.
func TestX86EmulatedCasesRun(t *testing.T) {
	x86EachMachine(t, func(t *testing.T, m *x86Machine) {
		rnd := rand.New(rand.NewPCG(5, 6))
		var es []*x86Emulation
		x86EachCase(t, m.emulator, func(code []byte, want, name string) {
			compared := 0
			for range 40 {
				if e := m.newEmulation(t, rnd, code); e != nil {
					es = append(es, e)
					compared++
				}
			}
			if (compared > 0) != (want != "-") {
				t.Errorf("% x (%s): %d runs", code, name, compared)
			}
		})
		x86RunEmulations(t, m, es)
	})
}

// Whatever x86Emulate takes on it does as the processor does: instructions with
// random prefixes, opcodes and operands.
func TestX86EmulatedRandomRun(t *testing.T) {
	x86EachMachine(t, func(t *testing.T, m *x86Machine) {
		rnd := rand.New(rand.NewPCG(7, 8))
		seen := make(map[[2]uint8]bool)
		for range 8 {
			var es []*x86Emulation
			for len(es) < 2000 {
				code := m.randomInsn(rnd)
				if e := m.newEmulation(t, rnd, code); e != nil {
					es = append(es, e)
					in, _ := insn.DecodeX86(code, m.mode)
					seen[[2]uint8{in.Map, in.Op}] = true
				}
			}
			x86RunEmulations(t, m, es)
		}
		if len(seen) < 140 {
			t.Errorf("only %d opcodes were emulated", len(seen))
		}
		t.Logf("%d opcodes", len(seen))
	})
}

// randomInsn returns bytes that are an instruction more often than not, with
// branches and displacements that tend to arrive somewhere.
func (m *x86Machine) randomInsn(rnd *rand.Rand) []byte {
	var code []byte
	for _, prefix := range []byte{0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x3e, 0x64} {
		if rnd.IntN(10) == 0 {
			code = append(code, prefix)
		}
	}
	if m.mode == insn.Mode64 && rnd.IntN(2) == 0 {
		code = append(code, 0x40|byte(rnd.IntN(16)))
	}
	if rnd.IntN(5) == 0 {
		code = append(code, 0x0f)
	}
	code = append(code, byte(rnd.IntN(256)), byte(rnd.IntN(256)))
	if rnd.IntN(2) == 0 {
		code[len(code)-1] |= 0xc0 // operands in registers
	}
	for len(code) < 20 {
		code = append(code, byte(rnd.IntN(256)))
	}
	in, err := insn.DecodeX86(code, m.mode)
	switch {
	case err != nil:
	case in.RIPRel != 0:
		disp := x86DataMid - (x86Code + sysdeps.Addr(in.Len)) + sysdeps.Addr(rnd.IntN(1024))
		binary.LittleEndian.PutUint32(code[in.RIPRel:], uint32(disp))
	case in.Has(insn.X86OpSize) && !in.Wide():
	case in.Kind == insn.Call, in.Kind == insn.Jump && in.Op == 0xe9, in.Map == 1 && in.Kind == insn.CondJump:
		binary.LittleEndian.PutUint32(code[in.Len-4:], uint32(int32(rnd.IntN(1<<15)-1<<14)))
	}
	return code
}

// A program that has made itself segments of its own is left to the processor
// where addresses count from them.
func TestX86EmulateSegments(t *testing.T) {
	for _, c := range []struct {
		reg      sysdeps.Reg
		selector uint64
	}{{sysdeps.CS, 0x0f}, {sysdeps.DS, 0x07}, {sysdeps.SS, 0x17}} {
		effect, _, ok := x86Emulate([]byte{0xc3}, insn.Mode32, x86Code)
		if !ok {
			t.Fatal("no effect of ret")
		}
		regs := x86Machines[1].newRun(rand.New(rand.NewPCG(1, 1)), nil).before
		m := &x86FakeMemory{word: 4}
		regs.Set(c.reg, c.selector)
		if err := effect(&regs, m); !errors.Is(err, errX86Segment) {
			t.Errorf("register %d is %#x: %v", c.reg, c.selector, err)
		}
	}
}

// An effect runs at every hit of a probe: it must not allocate.
func TestX86EffectAllocates(t *testing.T) {
	x86EachMachine(t, func(t *testing.T, m *x86Machine) {
		memory := &x86FakeMemory{code: make([]byte, 0x2000), word: m.arch.PtrSize} // all targets are 0
		regs := m.newRun(rand.New(rand.NewPCG(1, 1)), nil).before
		x86EachCase(t, m.emulator, func(code []byte, _, name string) {
			effect, _, ok := x86Emulate(code, m.mode, x86Code)
			if !ok || strings.Contains(name, "addr16") { // whose memory is not there
				return
			}
			if n := testing.AllocsPerRun(10, func() {
				for _, reg := range x86GPR {
					regs.Set(reg, x86DataMid)
				}
				regs.Set(sysdeps.RCX, 1) // an index
				if err := effect(&regs, memory); err != nil {
					t.Errorf("% x (%s): %v", code, name, err)
				}
			}); n != 0 {
				t.Errorf("% x (%s): %v allocations", code, name, n)
			}
		})
	})
}

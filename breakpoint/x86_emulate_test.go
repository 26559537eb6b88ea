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
	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// x86EmulateCases are instructions one a line: bytes, whether the effect needs
// registers alone, memory, or there is none ("-"), what they are.
const x86EmulateCases = `
90                 | regs | nop
6690               | regs | xchg %ax,%ax
4890               | regs | rex.W nop
4190               | -    | xchg %eax,%r8d
f390               | regs | pause
f290               | -    | repnz nop
f090               | -    | lock nop
0f1f00             | regs | nopl (%rax)
66662e0f1f840000000000 | regs | data16 cs nopw 0(%rax,%rax)
f30f1efa           | regs | endbr64
f30f1efb           | regs | endbr32
f3480f1ec8         | -    | rdsspq %rax
0f1efa             | -    | nop of the map's reserved part
eb10               | regs | jmp
ebf0               | regs | jmp backwards
f2e900010000       | regs | bnd jmp
66eb10             | -    | data16 jmp
e9000000b0         | -    | jmp out of user space
7010               | regs | jo
7110               | regs | jno
7210               | regs | jb
7310               | regs | jae
7410               | regs | je
7510               | regs | jne
7610               | regs | jbe
7710               | regs | ja
7810               | regs | js
7910               | regs | jns
7a10               | regs | jp
7b10               | regs | jnp
7c10               | regs | jl
7d10               | regs | jge
7e10               | regs | jle
7f10               | regs | jg
0f8500010000       | regs | jne
0f8f00010000       | regs | jg
e010               | regs | loopne
e110               | regs | loope
e210               | regs | loop
67e210             | regs | addr32 loop
f3e010             | -    | repz loopne, which an AMD EPYC does not take where loopne is
e310               | regs | jrcxz
67e310             | regs | jecxz
e800010000         | mem  | call
67e800010000       | mem  | addr32 call
ffd0               | mem  | call *%rax
41ffd4             | mem  | call *%r12
ff10               | mem  | call *(%rax)
ff5424f8           | mem  | call *-8(%rsp)
ff14c8             | mem  | call *(%rax,%rcx,8)
ff1500100000       | mem  | call *0x1000(%rip)
64ff10             | -    | call *%fs:(%rax)
ff18               | -    | lcall *(%rax)
ffe0               | regs | jmp *%rax
3e41ffe3           | regs | notrack jmp *%r11
ff20               | mem  | jmp *(%rax)
ff642408           | mem  | jmp *8(%rsp)
67ff20             | mem  | jmp *(%eax)
ff28               | -    | ljmp *(%rax)
c3                 | mem  | ret
f3c3               | mem  | repz ret
c21000             | mem  | ret $16
c2f8ff             | mem  | ret $0xfff8
66c3               | -    | data16 ret
cb                 | -    | lret
50                 | mem  | push %rax
54                 | mem  | push %rsp
4157               | mem  | push %r15
6650               | -    | push %ax
6aff               | mem  | push $-1
6800000080         | mem  | push $-0x80000000
ff30               | mem  | push (%rax)
ff742408           | mem  | push 8(%rsp)
ff3500100000       | mem  | push 0x1000(%rip)
58                 | mem  | pop %rax
5c                 | mem  | pop %rsp
415f               | mem  | pop %r15
8f00               | -    | pop (%rax)
c9                 | mem  | leave
c8100000           | -    | enter $16,$0
4889e5             | regs | mov %rsp,%rbp
4c8bd1             | regs | mov %rcx,%r10
89c0               | regs | mov %eax,%eax
6689c8             | regs | mov %cx,%ax
88e1               | regs | mov %ah,%cl
4088e1             | regs | mov %spl,%cl
8807               | -    | mov %al,(%rdi)
8b07               | -    | mov (%rdi),%eax
4863d0             | regs | movslq %eax,%rdx
63d0               | regs | movslq without REX.W
480fb6c0           | regs | movzbq %al,%rax
0fb6c4             | regs | movzbl %ah,%eax
0fb7c0             | regs | movzwl %ax,%eax
0fbec0             | regs | movsbl %al,%eax
660fbec0           | regs | movsbw %al,%ax
480fbfc9           | regs | movswq %cx,%rcx
4898               | regs | cltq
98                 | regs | cwtl
6698               | regs | cbtw
b001               | regs | mov $1,%al
b401               | regs | mov $1,%ah
b8ffffffff         | regs | mov $-1,%eax
66b8ffff           | regs | mov $-1,%ax
48b8efcdab8967452301 | regs | movabs $0x123456789abcdef,%rax
48c7c0ffffffff     | regs | mov $-1,%rax
c6c0ff             | regs | mov $-1,%al
488d0500100000     | regs | lea 0x1000(%rip),%rax
488d4424f0         | regs | lea -16(%rsp),%rax
4a8d44e910         | regs | lea 16(%rcx,%r13,8),%rax
488d04c500000000   | regs | lea 0(,%rax,8),%rax
8d4001             | regs | lea 1(%rax),%eax
668d4001           | regs | lea 1(%rax),%ax
67488d4001         | regs | lea 1(%eax),%rax
64488d4001         | regs | lea %fs:1(%rax),%rax: the segment is not looked at
4883ec08           | regs | sub $8,%rsp
4881c400010000     | regs | add $0x100,%rsp
4883e4f0           | regs | and $-16,%rsp
83c0ff             | regs | add $-1,%eax
83d000             | regs | adc $0,%eax
83d800             | regs | sbb $0,%eax
80fc7f             | regs | cmp $0x7f,%ah
6681f8ff7f         | regs | cmp $0x7fff,%ax
3dffffff7f         | regs | cmp $0x7fffffff,%eax
483d00000080       | regs | cmp $-0x80000000,%rax
3c80               | regs | cmp $0x80,%al
4839c8             | regs | cmp %rcx,%rax
4885c0             | regs | test %rax,%rax
84e4               | regs | test %ah,%ah
a801               | regs | test $1,%al
f6c280             | regs | test $0x80,%dl
48f7c200000080     | regs | test $-0x80000000,%rdx
31c0               | regs | xor %eax,%eax
4d31c0             | regs | xor %r8,%r8
4821c8             | regs | and %rcx,%rax
09c8               | regs | or %ecx,%eax
19c0               | regs | sbb %eax,%eax
4801c0             | regs | add %rax,%rax
f03301             | -    | lock xor (%rcx),%eax
3301               | -    | xor (%rcx),%eax
f3a4               | -    | rep movsb
0f05               | -    | syscall
cc                 | -    | int3
c5f877             | -    | vzeroupper
06                 | -    | no instruction
`

func x86EmulateCaseLines(t *testing.T, yield func(code []byte, want, name string)) {
	for line := range strings.Lines(x86EmulateCases) {
		if line = strings.TrimSpace(line); line == "" {
			continue
		}
		f := strings.SplitN(line, "|", 3)
		if len(f) != 3 {
			t.Fatalf("case %q has no three columns", line)
		}
		yield(testkit.Hex(t, f[0]), strings.TrimSpace(f[1]), strings.TrimSpace(f[2]))
	}
}

func TestX86EmulateChoice(t *testing.T) {
	x86EmulateCaseLines(t, func(code []byte, want, name string) {
		got := "-"
		effect, touchesMemory, ok := x86Emulate(code, x86Code)
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
}

var errX86NoMemory = errors.New("no memory")

// x86FakeMemory is what an instruction at x86Code sees of testdata/x86_run.c.
type x86FakeMemory struct {
	data [x86DataSize]byte
	code []byte // at x86Code, int3 around
}

func (m *x86FakeMemory) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	if off := a - x86DataAddr; off <= x86DataSize-8 {
		return copy(p, m.data[off:]), nil
	}
	if a < x86Code-x86AreaHalf || a > x86Code+x86AreaHalf-8 {
		return 0, errX86NoMemory
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
	if off > x86DataSize-8 {
		return errX86NoMemory
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

// x86RandomWord favours the values at which carries, signs and addresses turn.
func x86RandomWord(rnd *rand.Rand) uint64 {
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
	return rnd.Uint64()
}

// x86NewEmulation emulates code, or returns nil if that is not to be compared.
func x86NewEmulation(t *testing.T, rnd *rand.Rand, code []byte) *x86Emulation {
	in, err := insn.DecodeX86(code, insn.Mode64)
	if err != nil {
		return nil
	}
	into := func(pc sysdeps.Addr) bool { return x86Code <= pc && pc < x86Code+sysdeps.Addr(in.Len) }
	if in.Kind == insn.CondJump && into(x86Code+sysdeps.Addr(in.Len)+sysdeps.Addr(in.Imm)) {
		return nil // a loop on itself, perhaps for ever
	}
	code = slices.Clone(code[:in.Len])
	effect, _, ok := x86Emulate(code, x86Code)
	if !ok {
		return nil
	}
	e := &x86Emulation{run: x86NewRun(rnd, code)}
	for _, reg := range x86GPR {
		// The stack stays on the data page, mostly: a push onto the code
		// areas would take the traps away.
		if reg != sysdeps.RSP {
			e.run.before.Set(reg, x86RandomWord(rnd))
		}
	}
	if rnd.IntN(16) == 0 {
		e.run.before.SetSP(sysdeps.Addr(rnd.Uint64()))
	}
	for i := 0; i < len(e.run.data); i += 8 {
		binary.LittleEndian.PutUint64(e.run.data[i:], x86RandomWord(rnd))
	}
	e.regs = e.run.before
	e.memory = x86FakeMemory{e.run.data, code}
	e.err = effect(&e.regs, &e.memory)
	if e.err != nil && (e.regs != e.run.before || e.memory.data != e.run.data) {
		t.Errorf("% x: changed registers or memory beside %v", code, e.err)
	}
	if e.err == nil && into(e.regs.PC()) {
		return nil // the same
	}
	return e
}

// check compares with what the processor did.
func (e *x86Emulation) check(t *testing.T) {
	t.Helper()
	run, code := e.run, e.run.patches[0].code
	if e.err != nil {
		if run.signal == syscall.SIGTRAP {
			t.Errorf("% x: %v, but it runs, from%s", code, e.err, x86RegsText(&run.before))
		}
		return
	}
	d := x86RegsDiff(&e.regs, &run.after)
	if pc := e.regs.PC(); pc != run.ended() {
		d += " rip " + pc.String() + ", want " + run.ended().String()
	}
	if e.memory.data != run.dataAfter {
		d += " data differ"
	}
	if d != "" {
		t.Errorf("% x:%s, from%s", code, d, x86RegsText(&run.before))
	}
}

func x86RunEmulations(t *testing.T, es []*x86Emulation) {
	t.Helper()
	runs := make([]*x86Run, len(es))
	for i, e := range es {
		runs[i] = e.run
	}
	x86Execute(t, runs)
	for _, e := range es {
		if e.check(t); t.Failed() {
			return // one is enough to look at
		}
	}
}

// Every case of the table does what the processor does, whatever the state.
func TestX86EmulatedCasesRun(t *testing.T) {
	rnd := rand.New(rand.NewPCG(5, 6))
	var es []*x86Emulation
	x86EmulateCaseLines(t, func(code []byte, want, name string) {
		compared := 0
		for range 40 {
			if e := x86NewEmulation(t, rnd, code); e != nil {
				es = append(es, e)
				compared++
			}
		}
		if (compared > 0) != (want != "-") {
			t.Errorf("% x (%s): %d runs", code, name, compared)
		}
	})
	x86RunEmulations(t, es)
}

// Whatever x86Emulate takes on it does as the processor does: instructions with
// random prefixes, opcodes and operands.
func TestX86EmulatedRandomRun(t *testing.T) {
	rnd := rand.New(rand.NewPCG(7, 8))
	seen := make(map[[2]uint8]bool)
	for range 8 {
		var es []*x86Emulation
		for len(es) < 2000 {
			code := x86RandomInsn(rnd)
			if e := x86NewEmulation(t, rnd, code); e != nil {
				es = append(es, e)
				in, _ := insn.DecodeX86(code, insn.Mode64)
				seen[[2]uint8{in.Map, in.Op}] = true
			}
		}
		x86RunEmulations(t, es)
	}
	if len(seen) < 140 {
		t.Errorf("only %d opcodes were emulated", len(seen))
	}
	t.Logf("%d opcodes", len(seen))
}

// x86RandomInsn returns bytes that are an instruction more often than not,
// with branches and displacements that tend to arrive somewhere.
func x86RandomInsn(rnd *rand.Rand) []byte {
	var code []byte
	for _, prefix := range []byte{0x66, 0x67, 0xf2, 0xf3, 0x2e, 0x3e, 0x64} {
		if rnd.IntN(10) == 0 {
			code = append(code, prefix)
		}
	}
	if rnd.IntN(2) == 0 {
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
	in, err := insn.DecodeX86(code, insn.Mode64)
	switch {
	case err != nil:
	case in.RIPRel != 0:
		disp := x86DataMid - (x86Code + sysdeps.Addr(in.Len)) + sysdeps.Addr(rnd.IntN(1024))
		binary.LittleEndian.PutUint32(code[in.RIPRel:], uint32(disp))
	case in.Kind == insn.Call, in.Kind == insn.Jump && in.Op == 0xe9, in.Map == 1 && in.Kind == insn.CondJump:
		binary.LittleEndian.PutUint32(code[in.Len-4:], uint32(int32(rnd.IntN(1<<15)-1<<14)))
	}
	return code
}

// An effect runs at every hit of a probe: it must not allocate.
func TestX86EffectAllocates(t *testing.T) {
	m := &x86FakeMemory{code: make([]byte, 0x2000)} // all targets are 0
	x86EmulateCaseLines(t, func(code []byte, _, name string) {
		effect, _, ok := x86Emulate(code, x86Code)
		if !ok {
			return
		}
		regs := sysdeps.Regs{Arch: sysdeps.AMD64}
		if n := testing.AllocsPerRun(10, func() {
			for _, reg := range x86GPR {
				regs.Set(reg, x86DataMid)
			}
			regs.Set(sysdeps.RCX, 1) // an index
			if err := effect(&regs, m); err != nil {
				t.Errorf("% x (%s): %v", code, name, err)
			}
		}); n != 0 {
			t.Errorf("% x (%s): %v allocations", code, name, n)
		}
	})
}

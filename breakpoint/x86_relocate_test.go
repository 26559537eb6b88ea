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

func TestX86Relocate(t *testing.T) {
	const from = 0x400000
	tests := []struct {
		name, code string
		mode       insn.Mode
		to         sysdeps.Addr
		want       string // the copy; split is the code's length
		err        error
	}{
		{name: "near", code: "4883ec08", to: 0x401000, want: "4883ec08 e9fbefffff"},
		{name: "below", code: "4883ec08", to: 0x3ff000, want: "4883ec08 e9fb0f0000"},
		{name: "same place", code: "4883ec08", to: from, want: "4883ec08 e9fbffffff"},
		{name: "last reach of the jump", code: "90", to: from + 1<<31 - 5, want: "90 e900000080"},
		{name: "beyond it", code: "90", to: from + 1<<31 - 4, want: "90 ff2500000000 0100400000000000"},
		{name: "last reach upwards", code: "90", to: 0xffffffff803ffffc, want: "90 e9ffffff7f"},
		{name: "beyond that", code: "90", to: 0xffffffff803ffffb, want: "90 ff2500000000 0100400000000000"},
		{name: "rip", code: "488b0510000000", to: 0x401000, want: "488b0510f0ffff e9fbefffff"},
		{name: "rip before an immediate", code: "c6051000000012", to: 0x401000, want: "c60510f0ffff12 e9fbefffff"},
		{name: "rip of EVEX", code: "62f17d486f0510000000", to: 0x401000, want: "62f17d486f0510f0ffff e9fbefffff"},
		{name: "rip at the limit", code: "488b05ffffff7f", to: from, want: "488b05ffffff7f e9fbffffff"},
		{name: "rip beyond it", code: "488b05ffffff7f", to: from - 1, err: errX86Reach},
		{name: "rip far away", code: "488b0500000000", to: 0x7f0000000000, err: errX86Reach},
		{name: "rip across zero", code: "488b0500000000", to: ^sysdeps.Addr(0) - 0xfff, want: "488b0500104000 e9fb0f4000"},
		{name: "eip wraps", code: "67488b0500000000", to: from + 1<<31, want: "67488b0500000080 ff2500000000 0800400000000000"},
		{name: "ret", code: "c3", to: 0x401000, want: "c3"},
		{name: "jmp *slot", code: "ff2510000000", to: 0x401000, want: "ff2510f0ffff"},
		{name: "jmp *%rax", code: "ffe0", to: 0x401000, want: "ffe0"},
		{name: "syscall", code: "0f05", to: 0x401000, want: "0f05 e9fbefffff"},
		{name: "int $0x80", code: "cd80", to: 0x401000, want: "cd80 e9fbefffff"},
		{name: "jmp", code: "e900000000", to: 0x401000, err: errX86Pinned},
		{name: "je", code: "7400", to: 0x401000, err: errX86Pinned},
		{name: "loop", code: "e200", to: 0x401000, err: errX86Pinned},
		{name: "call", code: "e800000000", to: 0x401000, err: errX86Pinned},
		{name: "call *slot", code: "ff1500000000", to: 0x401000, err: errX86Pinned},
		{name: "call *%rax", code: "ffd0", to: 0x401000, err: errX86Pinned},
		{name: "int3", code: "cc", to: 0x401000, err: errX86Pinned},
		{name: "int $3", code: "cd03", to: 0x401000, err: errX86Pinned},
		{name: "ud2", code: "0f0b", to: 0x401000, err: errX86Pinned},
		{name: "xbegin", code: "c7f800000000", to: 0x401000, err: errX86Pinned},
		{name: "unknown", code: "06", to: 0x401000, err: insn.ErrUnknown},
		{name: "truncated", code: "48", to: 0x401000, err: insn.ErrTruncated},
		{name: "nothing", code: "", to: 0x401000, err: insn.ErrTruncated},
		{name: "32: near", mode: insn.Mode32, code: "83ec08", to: 0x401000, want: "83ec08 e9fbefffff"},
		{name: "32: absolute", mode: insn.Mode32, code: "8b0510000000", to: 0x401000, want: "8b0510000000 e9fbefffff"},
		{name: "32: no REX", mode: insn.Mode32, code: "40", to: 0x401000, want: "40 e9fbefffff"},
		{name: "32: as far as can be", mode: insn.Mode32, code: "90", to: from + 1<<31, want: "90 e9fbffff7f"},
		{name: "32: around the end", mode: insn.Mode32, code: "90", to: 0xfffff000, want: "90 e9fb0f4000"},
		{name: "32: ret", mode: insn.Mode32, code: "c20400", to: 0x401000, want: "c20400"},
		{name: "32: jmp *slot", mode: insn.Mode32, code: "ff2510000000", to: 0x401000, want: "ff2510000000"},
		{name: "32: ljmp", mode: insn.Mode32, code: "ea785634122300", to: 0x401000, want: "ea785634122300"},
		{name: "32: int $0x80", mode: insn.Mode32, code: "cd80", to: 0x401000, want: "cd80 e9fbefffff"},
		{name: "32: sysenter", mode: insn.Mode32, code: "0f34", to: 0x401000, err: errX86Pinned},
		{name: "32: syscall", mode: insn.Mode32, code: "0f05", to: 0x401000, err: errX86Pinned},
		{name: "32: call", mode: insn.Mode32, code: "e800000000", to: 0x401000, err: errX86Pinned},
		{name: "32: call *slot", mode: insn.Mode32, code: "ff1500000000", to: 0x401000, err: errX86Pinned},
		{name: "32: lcall", mode: insn.Mode32, code: "9a785634122300", to: 0x401000, err: errX86Pinned},
		{name: "32: into", mode: insn.Mode32, code: "ce", to: 0x401000, err: errX86Pinned},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code := testkit.Hex(t, tt.code)
			dst := []byte{1, 2, 3}
			out, split, err := x86Relocate(dst, code, tt.mode, from, tt.to)
			if !errors.Is(err, tt.err) {
				t.Fatalf("error %v, want %v", err, tt.err)
			}
			if err != nil {
				if !slices.Equal(out, dst) || split != 0 {
					t.Errorf("% x, %d beside the error", out, split)
				}
				return
			}
			if want := append(dst, testkit.Hex(t, tt.want)...); !slices.Equal(out, want) || split != len(code) {
				t.Errorf("% x split at %d, want % x at %d", out, split, want, len(code))
			}
		})
	}
}

// x86Pair is an instruction's run in place, and that of its copy while a trap
// stands where the instruction does.
type x86Pair struct {
	name     string
	in, copy *x86Run
	to       sysdeps.Addr
	split    int
	insn     insn.X86
}

// newPair prepares both runs from the same random state, or returns nil if
// the instruction cannot be relocated. A displacement relative to the program
// counter is made to point to the data.
func (m *x86Machine) newPair(t *testing.T, rnd *rand.Rand, name string, code []byte, to sysdeps.Addr) *x86Pair {
	in, err := insn.DecodeX86(code, m.mode)
	if err != nil {
		return nil
	}
	code = slices.Clone(code[:in.Len])
	if in.RIPRel != 0 {
		disp := uint32(x86DataMid - (x86Code + sysdeps.Addr(in.Len)))
		binary.LittleEndian.PutUint32(code[in.RIPRel:], disp)
	}
	out, split, err := x86Relocate(nil, code, m.mode, x86Code, to)
	if err != nil {
		return nil
	}
	run := m.newRun(rnd, code)
	moved := *run
	moved.before.SetPC(to)
	moved.patches = [2]x86Patch{{to, out}, {at: x86Code}}
	return &x86Pair{name, run, &moved, to, split, in}
}

// own translates a program counter as a user of x86Relocate does.
func (p *x86Pair) own(pc sysdeps.Addr) sysdeps.Addr {
	switch {
	case pc < p.to || pc >= p.to+x86MaxSlot:
		return pc
	case pc < p.to+sysdeps.Addr(p.split):
		return x86Code
	}
	return x86Code + sysdeps.Addr(p.split)
}

func (p *x86Pair) check(t *testing.T) {
	t.Helper()
	var except []sysdeps.Reg
	if p.insn.Kind == insn.Syscall && p.insn.Op == 0x05 {
		// The one difference that x86Relocate declares.
		except = append(except, sysdeps.RCX)
		if got, want := p.copy.after.Get(sysdeps.RCX), uint64(p.to)+uint64(p.split); got != want {
			t.Errorf("%s: rcx after the syscall %#x, want %#x", p.name, got, want)
		}
	}
	code := p.in.patches[0].code
	if p.in.signal != p.copy.signal {
		t.Errorf("%s % x: the copy ended with %v, want %v", p.name, code, p.copy.signal, p.in.signal)
		return
	}
	if got, want := p.own(p.copy.ended()), p.in.ended(); got != want {
		t.Errorf("%s % x: the copy ended at %v, want %v", p.name, code, got, want)
	}
	if d := p.in.machine.regsDiff(&p.copy.after, &p.in.after, except...); d != "" {
		t.Errorf("%s % x:%s", p.name, code, d)
	}
	if p.own(p.copy.faultAddr) != p.own(p.in.faultAddr) {
		t.Errorf("%s % x: fault address %v, want %v", p.name, code, p.copy.faultAddr, p.in.faultAddr)
	}
	if p.in.vectors != p.copy.vectors {
		t.Errorf("%s % x: vector registers differ", p.name, code)
	}
	if p.in.dataAfter != p.copy.dataAfter {
		t.Errorf("%s % x: data differ", p.name, code)
	}
}

func x86RunPairs(t *testing.T, m *x86Machine, pairs []*x86Pair) {
	t.Helper()
	var runs []*x86Run
	for _, p := range pairs {
		runs = append(runs, p.in, p.copy)
	}
	x86Execute(t, m, runs)
	for _, p := range pairs {
		p.check(t)
	}
}

// Every case of the decoder's table that can be relocated does the same in a
// slot, near and far.
func TestX86RelocatedCasesRun(t *testing.T) {
	x86EachMachine(t, func(t *testing.T, m *x86Machine) {
		rnd := rand.New(rand.NewPCG(1, 2))
		var pairs []*x86Pair
		x86EachCase(t, m.decoder, func(code []byte, _, name string) {
			for _, to := range m.slots {
				p := m.newPair(t, rnd, name, code, to)
				if p == nil || strings.HasPrefix(name, "rdrand") || strings.HasPrefix(name, "ljmp") {
					continue // answers vary; what becomes 64-bit code
				}
				p.setSyscall()
				pairs = append(pairs, p)
			}
		})
		x86RunPairs(t, m, pairs)
		if len(pairs) < 50*len(m.slots) {
			t.Errorf("only %d runs", len(pairs))
		}
	})
}

// setSyscall makes a system call ask for the parent, in its own numbering.
func (p *x86Pair) setSyscall() {
	if p.insn.Kind != insn.Syscall {
		return
	}
	nr := uint64(110)
	if p.insn.Op == 0xcd {
		nr = 64 // i386
	}
	p.in.before.Set(sysdeps.RAX, nr)
	p.copy.before.Set(sysdeps.RAX, nr)
}

// x86Unrepeatable are mnemonics, as objdump writes them, of instructions that
// do not do the same when run again, or that take the ground from under the
// program that runs them.
var x86Unrepeatable = []string{
	"rdtsc", "rdrand", "rdseed", "rdpid", "cpuid", "rdpmc", "xgetbv", // answers vary
	"fnstenv", "fnsave", "fxsave", "xsave", // store the address of an instruction
	"wrfs", "wrgs", "%fs:", "%gs:", ",%fs", ",%gs", // the thread pointer
	"wrpkru", "popf", "iret", "lret", "ljmp", "xrstor", // modes
	"syscall", "int ",
}

func x86Repeatable(mnemonic string) bool {
	return !slices.ContainsFunc(x86Unrepeatable, func(s string) bool { return strings.Contains(mnemonic, s) })
}

// Instructions as compilers and people write them: those of the C and
// mathematics libraries, which use vectors of every width, each once but for
// its constants.
func TestX86RelocatedLibrariesRun(t *testing.T) {
	x86EachMachine(t, func(t *testing.T, m *x86Machine) {
		for _, name := range []string{"libc.so.6", "libm.so.6"} {
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				m.runRelocatedLibrary(t, name)
			})
		}
	})
}

func (m *x86Machine) runRelocatedLibrary(t *testing.T, name string) {
	const batch = 1000
	rnd := rand.New(rand.NewPCG(3, 4))
	signals := make(map[syscall.Signal]int)
	total := 0
	var pairs []*x86Pair
	run := func() {
		x86RunPairs(t, m, pairs)
		for _, p := range pairs {
			signals[p.in.signal]++
		}
		total += len(pairs)
		pairs = pairs[:0]
	}
	machine := map[insn.Mode]string{insn.Mode64: "-m64", insn.Mode32: "-m32"}[m.mode]
	m.distinctInsns(t, testkit.Library(t, machine, name), func(code []byte, mnemonic string) {
		to := m.slots[rnd.IntN(len(m.slots))]
		if in, _ := insn.DecodeX86(code, m.mode); in.RIPRel != 0 {
			to = x86NearSlot
		}
		if p := m.newPair(t, rnd, mnemonic, code, to); p != nil {
			pairs = append(pairs, p)
		}
		if len(pairs) == batch {
			run()
		}
	})
	run()
	t.Logf("%d instructions ended with %v", total, signals)
	if total < 1000 || signals[syscall.SIGTRAP] < total/2 {
		t.Errorf("of %d instructions %d ran to their end", total, signals[syscall.SIGTRAP])
	}
}

// distinctInsns yields the instructions of the file that do the same every
// time, one of each shape.
func (m *x86Machine) distinctInsns(t *testing.T, file string, yield func(code []byte, mnemonic string)) {
	seen := make(map[string]bool)
	testkit.Disassemble(t, file, func(_ uint64, code []byte, mnemonic string) {
		if !x86Repeatable(mnemonic) {
			return
		}
		in, err := insn.DecodeX86(code, m.mode)
		if err != nil || seen[x86ShapeKey(&in)] {
			return
		}
		seen[x86ShapeKey(&in)] = true
		yield(code, mnemonic)
	})
}

// x86ShapeKey tells instructions apart by all but their constants.
func x86ShapeKey(in *insn.X86) string {
	return string([]byte{
		byte(in.Len), byte(in.Enc), in.Map, in.Op, byte(in.Prefix), in.REX, in.ModRM, in.SIB,
	})
}

// FuzzX86Relocate wants no panic of what looks at an instruction, and a copy that
// is that instruction again.
//
//	go test ./breakpoint -run '^$' -fuzz FuzzX86Relocate -fuzztime 20s
func FuzzX86Relocate(f *testing.F) {
	for _, m := range x86Machines {
		x86EachCase(f, m.decoder, func(code []byte, _, _ string) { f.Add(code) })
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		for _, m := range x86Machines {
			x86CheckCopy(t, code, m.mode)
		}
	})
}

func x86CheckCopy(t *testing.T, code []byte, mode insn.Mode) {
	x86Emulate(code, mode, 0x1000)
	const from, to = 0x400000, 0x500000
	out, split, err := x86Relocate([]byte{0xaa}, code, mode, from, to)
	if err != nil {
		return
	}
	in, _ := insn.DecodeX86(code, mode)
	copied, err := insn.DecodeX86(out[1:], mode)
	if err != nil || split != in.Len || copied.Len != in.Len || copied.Op != in.Op {
		t.Fatalf("% x: copied to % x: %+v, %v", code, out, copied, err)
	}
	if len(out)-1 > x86MaxSlot {
		t.Fatalf("% x: a copy of %d bytes", code, len(out)-1)
	}
}

package breakpoint

import (
	"encoding/binary"
	"errors"
	"strings"
	"testing"

	"sonde/insn"
	"sonde/sysdeps"
)

const (
	passPool  = textAddr + 0x10000
	passStack = sysdeps.Addr(0x7ffff000)
	passTop   = passStack + 0x800
)

// regsAt returns the registers of a thread that stands at pc, with a stack.
func regsAt(pc sysdeps.Addr) *sysdeps.Regs { return regsOf(sysdeps.AMD64, pc) }

func regsOf(arch *sysdeps.Arch, pc sysdeps.Addr) *sysdeps.Regs {
	r := &sysdeps.Regs{Arch: arch}
	r.Set(sysdeps.CS, x86User32CS)
	r.Set(sysdeps.DS, x86UserDS)
	r.Set(sysdeps.SS, x86UserDS)
	r.SetPC(pc)
	r.SetSP(passTop)
	r.Set(sysdeps.RAX, 0x1111)
	r.Set(sysdeps.RBX, 1<<63)
	return r
}

// TestPass has one instruction a line: its bytes, "shstk" where the thread has
// a shadow stack and "i386" for 32-bit code, the way past it without a pool when one may be asked for,
// without one, and with one. "emulate" and "slot" are Moved, with the registers
// behind the instruction and in the pool.
func TestPass(t *testing.T) {
	for line := range strings.Lines(`
90             | -     | emulate | emulate | emulate | nop
f30f1efa       | -     | emulate | emulate | emulate | endbr64
4889e5         | -     | emulate | emulate | emulate | mov %rsp,%rbp
4883ec08       | -     | emulate | emulate | emulate | sub $8,%rsp
eb00           | -     | emulate | emulate | emulate | jmp
55             | -     | pool    | emulate | slot    | push %rbp: a copy costs less than to write memory
5d             | -     | pool    | emulate | slot    | pop %rbp
488b00         | -     | pool    | step    | slot    | mov (%rax),%rax
488b0510000000 | -     | pool    | step    | slot    | mov 16(%rip),%rax
0fa2           | -     | pool    | step    | slot    | cpuid
0f05           | -     | pool    | step    | slot    | syscall
c3             | -     | pool    | emulate | slot    | ret
ff2510000000   | -     | pool    | emulate | slot    | jmp *16(%rip)
e800000000     | -     | emulate | emulate | emulate | call, which a copy would give a wrong return address
ffd0           | -     | emulate | emulate | emulate | call *%rax
ffd3           | -     | step    | step    | step    | call *%rbx, which holds no address of a program
0f0b           | -     | step    | step    | step    | ud2
cd03           | -     | step    | step    | step    | int $3
c7f800000000   | -     | step    | step    | step    | xbegin
06             | -     | step    | step    | step    | no instruction
48             | -     | step    | step    | step    | an instruction cut off by the end of the mapping
cc             | -     | trap    | trap    | trap    | int3 of the program's own
90             | shstk | emulate | emulate | emulate | nop
55             | shstk | pool    | emulate | slot    | push %rbp
0fa2           | shstk | pool    | step    | slot    | cpuid
ff2510000000   | shstk | pool    | emulate | slot    | jmp *16(%rip)
e800000000     | shstk | step    | step    | step    | call
ff1510000000   | shstk | step    | step    | step    | call *16(%rip)
c3             | shstk | step    | step    | step    | ret
c20800         | shstk | step    | step    | step    | ret $8
06             | shstk | step    | step    | step    | no instruction
cc             | shstk | trap    | trap    | trap    | int3 of the program's own
f30f1efb       | i386  | emulate | emulate | emulate | endbr32
40             | i386  | pool    | step    | slot    | inc %eax
55             | i386  | pool    | emulate | slot    | push %ebp
8b0510000000   | i386  | pool    | step    | slot    | mov 0x10,%eax
ff2516104000   | i386  | pool    | emulate | slot    | jmp *slot
ffa316104000   | i386  | pool    | emulate | slot    | jmp *slot(%ebx)
c20400         | i386  | pool    | emulate | slot    | ret $4
e800000000     | i386  | emulate | emulate | emulate | call, to learn the address of code
ff1516104000   | i386  | emulate | emulate | emulate | call *slot
cd80           | i386  | pool    | step    | slot    | int $0x80
0f34           | i386  | step    | step    | step    | sysenter, which comes back to the vDSO
9a001040002300 | i386  | step    | step    | step    | lcall
c7f800000000   | i386  | step    | step    | step    | xbegin
cc             | i386  | trap    | trap    | trap    | int3 of the program's own
`) {
		f := strings.Split(strings.TrimSpace(line), "|")
		if len(f) != 6 {
			continue
		}
		for i := range f {
			f[i] = strings.TrimSpace(f[i])
		}
		for i, stage := range []string{"asks for a pool", "without a pool", "with a pool"} {
			t.Run(f[5]+"/"+f[1]+"/"+stage, func(t *testing.T) {
				checkPass(t, f[0], f[1], stage, f[2+i])
			})
		}
	}
}

// checkPass passes one breakpoint twice: the second time what was found out the
// first time is used.
func checkPass(t *testing.T, code, machine, stage, want string) {
	arch := sysdeps.AMD64
	if machine == "i386" {
		arch = sysdeps.I386
	}
	tab, space, b := passSpaceOf(t, arch, code)
	tab.ShadowStack = machine == "shstk"
	if stage == "with a pool" {
		space.add(passPool, slotSize)
		tab.AddPool(passPool, passPool+slotSize)
	}
	for _, round := range []string{"first", "second"} {
		r := regsOf(arch, textAddr)
		before := *r
		way, err := tab.Pass(b, r, space, stage == "asks for a pool")
		if err != nil {
			t.Fatalf("%s: %v", round, err)
		}
		got := map[Way]string{NeedPool: "pool", StepInPlace: "step", OwnTrap: "trap"}[way]
		if way == Moved {
			got = "emulate"
			if r.PC() == passPool {
				got = "slot"
			}
		}
		if got != want {
			t.Fatalf("%s: %s, want %s", round, got, want)
		}
		switch want {
		case "pool", "step":
			if *r != before {
				t.Errorf("%s: the registers are changed", round)
			}
		case "trap":
			before.SetPC(textAddr + 1)
			if *r != before {
				t.Errorf("%s: not right behind the trap, at %v", round, r.PC())
			}
		case "slot":
			before.SetPC(passPool)
			if *r != before {
				t.Errorf("%s: more than the program counter is changed", round)
			}
		case "emulate":
			if r.PC() == textAddr {
				t.Errorf("%s: not moved", round)
			}
		}
		if space.text()[0] != 0xcc {
			t.Errorf("%s: the trap is gone", round)
		}
	}
}

// passSpace returns a breakpoint over code, given in hexadecimal, and memory in
// which its operands and its stack can be read.
func passSpace(t *testing.T, code string) (*Table, *fakeSpace, *Breakpoint) {
	t.Helper()
	return passSpaceOf(t, sysdeps.AMD64, code)
}

func passSpaceOf(t *testing.T, arch *sysdeps.Arch, code string) (*Table, *fakeSpace, *Breakpoint) {
	t.Helper()
	var spaced strings.Builder
	for i := 0; i < len(code); i += 2 {
		spaced.WriteString(code[i:i+2] + " ")
	}
	text := unhex(t, spaced.String())
	space := newSpace(text...)
	// What *16(%rip) reads, behind instructions of six bytes.
	space.add(textAddr+16+6, 8)
	space.add(passStack, 0x1000)
	if err := space.WriteMemory([]byte{0x00, 0x20, 0x40, 0, 0, 0, 0, 0}, textAddr+16+6); err != nil {
		t.Fatal(err)
	}
	if err := space.WriteMemory([]byte{0x00, 0x30, 0x40, 0, 0, 0, 0, 0}, passTop); err != nil {
		t.Fatal(err)
	}
	tab := NewTable(arch)
	return tab, space, insert(t, tab, space, textAddr)
}

// TestPassEffects32 looks at what an emulated instruction of 32-bit code has done
// to the stack.
func TestPassEffects32(t *testing.T) {
	for _, c := range []struct {
		name, code string
		pc, sp     sysdeps.Addr
		below, top uint32 // the words below and at the stack's old top
	}{
		{"call", "e800010000", textAddr + 0x105, passTop - 4, uint32(textAddr) + 5, 0x403000},
		{"call of the next instruction", "e800000000", textAddr + 5, passTop - 4, uint32(textAddr) + 5, 0x403000},
		{"call *slot", "ff1516104000", 0x402000, passTop - 4, uint32(textAddr) + 6, 0x403000},
		{"ret", "c3", 0x403000, passTop + 4, 0, 0x403000},
		{"ret $4", "c20400", 0x403000, passTop + 8, 0, 0x403000},
		{"push", "50", textAddr + 1, passTop - 4, 0x1111, 0x403000},
		{"pop", "58", textAddr + 1, passTop + 4, 0, 0x403000},
		{"call around the end of addresses", "e8f0efbfff", 1<<32 - 11, passTop - 4, uint32(textAddr) + 5, 0x403000},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, space, b := passSpaceOf(t, sysdeps.I386, c.code)
			r := regsOf(sysdeps.I386, textAddr)
			if way, err := tab.Pass(b, r, space, false); way != Moved || err != nil {
				t.Fatal(way, err)
			}
			var stack [8]byte
			if _, err := space.ReadMemory(stack[:], passTop-4); err != nil {
				t.Fatal(err)
			}
			below, top := binary.LittleEndian.Uint32(stack[0:]), binary.LittleEndian.Uint32(stack[4:])
			if r.PC() != c.pc || r.SP() != c.sp || below != c.below || top != c.top {
				t.Errorf("pc %v, sp %v, stack %#x %#x, want %v, %v, %#x %#x", r.PC(), r.SP(), below, top, c.pc, c.sp, c.below, c.top)
			}
		})
	}
}

// TestPassEffects looks at what an emulated instruction has done.
func TestPassEffects(t *testing.T) {
	t.Run("jmp through memory", func(t *testing.T) {
		tab, space, b := passSpace(t, "ff2510000000")
		r := regsAt(textAddr)
		if way, err := tab.Pass(b, r, space, false); way != Moved || err != nil || r.PC() != 0x402000 {
			t.Error(way, err, r.PC())
		}
	})
	t.Run("ret", func(t *testing.T) {
		tab, space, b := passSpace(t, "c3")
		r := regsAt(textAddr)
		if way, err := tab.Pass(b, r, space, false); way != Moved || err != nil || r.PC() != 0x403000 || r.SP() != passTop+8 {
			t.Error(way, err, r.PC(), r.SP())
		}
	})
	t.Run("call", func(t *testing.T) {
		tab, space, b := passSpace(t, "e800010000")
		r := regsAt(textAddr)
		if way, err := tab.Pass(b, r, space, false); way != Moved || err != nil || r.PC() != textAddr+0x105 || r.SP() != passTop-8 {
			t.Error(way, err, r.PC(), r.SP())
		}
		var word [8]byte
		if _, err := space.ReadMemory(word[:], passTop-8); err != nil || sysdeps.Addr(binary.LittleEndian.Uint64(word[:])) != textAddr+5 {
			t.Errorf("return address % x, %v", word, err)
		}
	})
}

// TestPassFaults holds that an instruction whose memory is not there is left to
// the processor, which raises the fault that the program is to see.
func TestPassFaults(t *testing.T) {
	tab, space, b := passSpace(t, "ff2510000000")
	r := regsAt(textAddr)
	space.find(textAddr + 22).at += 0x100000
	before := *r
	if way, err := tab.Pass(b, r, space, false); way != StepInPlace || err != nil || *r != before {
		t.Errorf("%v, %v, at %v", way, err, r.PC())
	}
	// Once its memory is there it is emulated.
	space.find(textAddr + 22 + 0x100000).at -= 0x100000
	if way, err := tab.Pass(b, r, space, false); way != Moved || err != nil || r.PC() != 0x402000 {
		t.Errorf("%v, %v, at %v", way, err, r.PC())
	}
}

// TestPassUnreadable holds that code which is gone is an error, and that
// nothing is concluded from it.
func TestPassUnreadable(t *testing.T) {
	tab, space, b := passSpace(t, "90")
	space.mappings[0].at += 0x100000
	r := regsAt(textAddr)
	if _, err := tab.Pass(b, r, space, false); !errors.Is(err, errUnmapped) || err.Error() != "read instruction at 0x401000: unmapped" {
		t.Error(err)
	}
	space.mappings[0].at -= 0x100000
	if way, err := tab.Pass(b, r, space, false); way != Moved || err != nil {
		t.Error(way, err)
	}
}

// TestPassSlotOnce holds that threads and hits share one slot, and that a
// removed breakpoint gives it back.
func TestPassSlotOnce(t *testing.T) {
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x0f, 0xa2, 0x0f, 0x31, 0x0f, 0xa2)
	space.add(passPool, 2*slotSize)
	tab.AddPool(passPool, passPool+2*slotSize)
	pass := func(b *Breakpoint, pools bool) (Way, sysdeps.Addr) {
		t.Helper()
		r := regsAt(b.Addr)
		way, err := tab.Pass(b, r, space, pools)
		if err != nil {
			t.Fatal(err)
		}
		return way, r.PC()
	}
	var bs [3]*Breakpoint
	for i := range bs {
		bs[i] = insert(t, tab, space, textAddr+2*sysdeps.Addr(i))
	}
	for range 3 {
		if way, pc := pass(bs[0], true); way != Moved || pc != passPool {
			t.Fatalf("first: %v at %v", way, pc)
		}
		if way, pc := pass(bs[1], true); way != Moved || pc != passPool+slotSize {
			t.Fatalf("second: %v at %v", way, pc)
		}
		if way, pc := pass(bs[2], true); way != NeedPool || pc != bs[2].Addr {
			t.Fatalf("third, with the pool full: %v at %v", way, pc)
		}
	}
	tab.Forget(textAddr, textAddr+1)
	if way, pc := pass(bs[2], true); way != Moved || pc != passPool {
		t.Errorf("third, with a slot given back: %v at %v", way, pc)
	}
}

// TestPassSlotText compares a slot with the copy and the jump that it must
// hold: the program's own byte where the trap stands, other traps hidden too.
func TestPassSlotText(t *testing.T) {
	tab, space, b := passSpace(t, "488b0510000000")
	insert(t, tab, space, textAddr+2) // in the middle: a program's jump may go there
	slot := space.add(passPool, slotSize)
	tab.AddPool(passPool, passPool+slotSize)
	if way, err := tab.Pass(b, regsAt(textAddr), space, true); way != Moved || err != nil {
		t.Fatal(way, err)
	}
	want, split, err := x86Relocate(nil, unhex(t, "48 8b 05 10 00 00 00"), insn.Mode64, textAddr, passPool)
	if err != nil || split != 7 {
		t.Fatal(split, err)
	}
	if got := slot.bytes[:len(want)]; string(got) != string(want) {
		t.Errorf("% x, want % x", got, want)
	}
}

// TestPassSlotFails holds what happens when a slot is there and cannot be used:
// it is given back, and the next way taken.
func TestPassSlotFails(t *testing.T) {
	for _, c := range []struct {
		name, code string
		pool       sysdeps.Addr
		sealed     bool
		want       Way
	}{
		{"memory cannot be written, and the effect is known", "55", passPool, true, Moved},
		{"memory cannot be written, and the effect is not known", "0fa2", passPool, true, StepInPlace},
		{"operand out of reach", "488b05ffffff7f", textAddr - 0x1000, false, StepInPlace},
	} {
		t.Run(c.name, func(t *testing.T) {
			tab, space, b := passSpace(t, c.code)
			space.add(c.pool, slotSize).sealed = c.sealed
			tab.AddPool(c.pool, c.pool+slotSize)
			r := regsAt(textAddr)
			way, err := tab.Pass(b, r, space, true)
			if way != c.want || err != nil || r.PC() == c.pool {
				t.Errorf("%v, %v, at %v, want %v", way, err, r.PC(), c.want)
			}
			if slot, ok := tab.slots.take(textAddr); !ok || slot != c.pool {
				t.Errorf("the slot is not given back: %v, %v", slot, ok)
			}
		})
	}
}

func TestLift(t *testing.T) {
	tab, space, b := passSpace(t, "0f0b")
	if err := tab.Lift(space, b); err != nil {
		t.Fatal(err)
	}
	wantText(t, space, "0f 0b")
	if tab.Find(textAddr) != b {
		t.Error("a lifted breakpoint is forgotten")
	}
	if err := tab.Replant(space, b); err != nil {
		t.Fatal(err)
	}
	wantText(t, space, "cc 0b")
	space.mappings[0].sealed = true
	if tab.Lift(space, b) == nil || tab.Replant(space, b) == nil {
		t.Error("no error for memory that cannot be written")
	}
}

// TestPassAllocates holds that a stop costs no memory once the way is known.
func TestPassAllocates(t *testing.T) {
	for _, code := range []string{"90", "c3", "ff2510000000", "0fa2", "0f0b"} {
		tab, space, b := passSpace(t, code)
		if code == "0fa2" {
			space.add(passPool, slotSize)
			tab.AddPool(passPool, passPool+slotSize)
		}
		r := regsAt(textAddr)
		if n := testing.AllocsPerRun(100, func() {
			r.SetPC(textAddr)
			r.SetSP(passTop)
			if _, err := tab.Pass(b, r, space, false); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations", code, n)
		}
	}
}

package sysdeps

import (
	"encoding/binary"
	"testing"
)

// userRegs is the order of user_regs_struct in the kernel's
// arch/x86/include/asm/user_64.h.
var userRegs = []Reg{
	R15, R14, R13, R12, RBP, RBX, R11, R10, R9, R8, RAX, RCX, RDX, RSI, RDI,
	OrigRAX, RIP, CS, EFLAGS, RSP, SS, FSBase, GSBase, DS, ES, FS, GS,
}

// TestRegs reads and writes each register beside the kernel's bytes.
func TestRegs(t *testing.T) {
	if n := len(userRegs) * 8; n != AMD64.RegsetSize {
		t.Fatalf("%d bytes of registers, want %d", n, AMD64.RegsetSize)
	}
	r := Regs{Arch: AMD64}
	for i := range userRegs {
		binary.LittleEndian.PutUint64(r.Buffer()[i*8:], 0x1122334455667700+uint64(i))
	}
	for i, reg := range userRegs {
		if got := r.Get(reg); got != 0x1122334455667700+uint64(i) {
			t.Errorf("register %d: %#x", i, got)
		}
		before := r
		r.Set(reg, 0x8877665544332211)
		want := before
		binary.LittleEndian.PutUint64(want.Buffer()[i*8:], 0x8877665544332211)
		if r != want {
			t.Errorf("register %d: setting it changes others", i)
		}
		r = before
	}
	if n := len(r.Bytes()); n != AMD64.RegsetSize {
		t.Errorf("%d bytes", n)
	}
	if r.Bytes()[0] = 0x99; r.Get(R15)&0xff != 0x99 {
		t.Error("Bytes returns a copy")
	}
}

func TestRegsPointers(t *testing.T) {
	r := Regs{Arch: AMD64}
	r.SetPC(0x401000)
	r.SetSP(0x7fffffffe000)
	if r.PC() != 0x401000 || r.SP() != 0x7fffffffe000 || r.Get(RIP) != 0x401000 || r.Get(RSP) != 0x7fffffffe000 {
		t.Errorf("pc %v, sp %v, rip %#x, rsp %#x", r.PC(), r.SP(), r.Get(RIP), r.Get(RSP))
	}
}

func TestRegsSyscall(t *testing.T) {
	for _, c := range []struct {
		orig uint64
		nr   int64
		in   bool
	}{
		{0, 0, true},
		{231, 231, true},
		{^uint64(0), -1, false},
		{1<<64 - 2, -2, false},
	} {
		r := Regs{Arch: AMD64}
		r.Set(OrigRAX, c.orig)
		if nr, in := r.Syscall(); nr != c.nr || in != c.in {
			t.Errorf("orig_rax %#x: %d, %v", c.orig, nr, in)
		}
		r.LeaveSyscall()
		if nr, in := r.Syscall(); nr != -1 || in {
			t.Errorf("after leaving %#x: %d, %v", c.orig, nr, in)
		}
	}
}

// TestArchByRegset tells machines by the sizes that the kernel answers with.
func TestArchByRegset(t *testing.T) {
	for _, c := range []struct {
		size int
		want *Arch
	}{
		{216, AMD64},
		{68, I386},
		{0, nil},
		{-1, nil},
		{215, nil},
		{272, nil}, // arm64
	} {
		if got := ArchByRegset(c.size); got != c.want {
			t.Errorf("%d bytes: %v", c.size, got)
		}
	}
	for _, a := range []*Arch{AMD64, I386} {
		if a.RegsetSize > maxRegset {
			t.Errorf("%s has more registers than there is room for", a.Name)
		}
	}
}

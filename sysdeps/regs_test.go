package sysdeps

import (
	"slices"
	"testing"
)

// userRegs is the order of user_regs_struct in the kernel's
// arch/x86/include/asm/user_64.h.
var userRegs = []Reg{
	R15, R14, R13, R12, RBP, RBX, R11, R10, R9, R8, RAX, RCX, RDX, RSI, RDI,
	OrigRAX, RIP, CS, EFLAGS, RSP, SS, FSBase, GSBase, DS, ES, FS, GS,
}

// userRegs32 is the order of user_regs_struct32 in the kernel's
// arch/x86/include/asm/user32.h.
var userRegs32 = []Reg{
	RBX, RCX, RDX, RSI, RDI, RBP, RAX, DS, ES, FS, GS, OrigRAX, RIP, CS, EFLAGS, RSP, SS,
}

// TestRegs reads and writes each register beside the kernel's bytes.
func TestRegs(t *testing.T) {
	for _, c := range []struct {
		arch  *Arch
		order []Reg
	}{{AMD64, userRegs}, {I386, userRegs32}} {
		size := c.arch.PtrSize
		if n := len(c.order) * size; n != c.arch.RegsetSize {
			t.Fatalf("%s: %d bytes of registers, want %d", c.arch.Name, n, c.arch.RegsetSize)
		}
		cut := ^uint64(0) >> (64 - 8*size)
		r := Regs{Arch: c.arch}
		for i := range c.order {
			c.arch.PutWord(r.Buffer()[i*size:], 0x11223344aabbcc00+uint64(i))
		}
		for i, reg := range c.order {
			if got, want := r.Get(reg), (0x11223344aabbcc00+uint64(i))&cut; got != want {
				t.Errorf("%s: register %d: %#x, want %#x", c.arch.Name, i, got, want)
			}
			before := r
			r.Set(reg, 0x8877665544332211)
			want := before
			c.arch.PutWord(want.Buffer()[i*size:], 0x8877665544332211)
			if r != want {
				t.Errorf("%s: register %d: setting it changes others", c.arch.Name, i)
			}
			r = before
		}
		if n := len(r.Bytes()); n != c.arch.RegsetSize {
			t.Errorf("%s: %d bytes", c.arch.Name, n)
		}
		if r.Bytes()[0] = 0x99; r.Get(c.order[0])&0xff != 0x99 {
			t.Errorf("%s: Bytes returns a copy", c.arch.Name)
		}
	}
}

// TestRegsMissing holds that registers which a machine has not are nowhere.
func TestRegsMissing(t *testing.T) {
	missing := 0
	for _, reg := range userRegs {
		if slices.Contains(userRegs32, reg) {
			continue
		}
		missing++
		r := Regs{Arch: I386}
		if r.Set(reg, 1); r != (Regs{Arch: I386}) {
			t.Errorf("register %d of AMD64 is kept somewhere", reg)
		}
		if got := r.Get(reg); got != 0 {
			t.Errorf("register %d of AMD64: %#x", reg, got)
		}
	}
	if missing != 10 { // r8 to r15, and two bases
		t.Errorf("%d registers are missing", missing)
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
		arch *Arch
		orig uint64
		nr   int64
		in   bool
	}{
		{AMD64, 0, 0, true},
		{AMD64, 231, 231, true},
		{AMD64, ^uint64(0), -1, false},
		{AMD64, 1<<64 - 2, -2, false},
		{AMD64, 1<<32 - 1, 1<<32 - 1, true},
		{I386, 252, 252, true},
		{I386, 1<<32 - 1, -1, false},
		{I386, 1<<32 - 2, -2, false},
	} {
		r := Regs{Arch: c.arch}
		r.Set(OrigRAX, c.orig)
		if nr, in := r.Syscall(); nr != c.nr || in != c.in {
			t.Errorf("%s: orig_rax %#x: %d, %v", c.arch.Name, c.orig, nr, in)
		}
		r.LeaveSyscall()
		if nr, in := r.Syscall(); nr != -1 || in {
			t.Errorf("%s: after leaving %#x: %d, %v", c.arch.Name, c.orig, nr, in)
		}
		r.Set(RAX, 1<<64-14)
		if got := r.SyscallResult(); got != -14 {
			t.Errorf("%s: a system call that fails with %d", c.arch.Name, got)
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

// TestWord reads and writes words of each size, and nothing beside them.
func TestWord(t *testing.T) {
	for _, c := range []struct {
		arch *Arch
		want uint64
	}{{AMD64, 0x8877665544332211}, {I386, 0x44332211}} {
		p := []byte{0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99}
		if got := c.arch.Word(p); got != c.want {
			t.Errorf("%s: %#x", c.arch.Name, got)
		}
		var q [9]byte
		n := copy(q[:], p[:c.arch.PtrSize])
		q[n] = 0xaa
		if got := c.arch.PutWord(p, c.want); len(got) != n || string(got) != string(q[:n]) {
			t.Errorf("%s: % x", c.arch.Name, got)
		}
		if p[8] != 0x99 || n == 4 && p[4] != 0x55 {
			t.Errorf("%s: % x", c.arch.Name, p)
		}
	}
}

// TestArchByAudit tells machines by the kernel's AUDIT_ARCH_*.
func TestArchByAudit(t *testing.T) {
	for audit, want := range map[uint32]*Arch{
		0xc000003e: AMD64,
		0x40000003: I386,
		0x00000003: nil, // big-endian
		0x4000003e: nil, // 32-bit
		0:          nil,
	} {
		if got := ArchByAudit(audit); got != want {
			t.Errorf("%#x: %v, want %v", audit, got, want)
		}
	}
}

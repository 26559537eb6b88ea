package insn_test

import (
	"testing"

	"sonde/insn"
	"sonde/internal/testkit"
)

func TestTextX86(t *testing.T) {
	name := func(a uint64) (string, uint64) {
		if a >= 0x1000 && a < 0x1100 {
			return "main", 0x1000
		}
		return "", 0
	}
	for _, c := range []struct {
		mode       insn.Mode
		code, want string
		n          int
	}{
		{insn.Mode64, "55", "push %rbp", 1},
		{insn.Mode64, "4889e5 c3", "mov %rsp,%rbp", 3},
		{insn.Mode64, "f30f1efa", "endbr64", 4},
		{insn.Mode32, "f30f1efb", "endbr32", 4},
		{insn.Mode64, "f3480f1ec8", "rdsspq %rax", 5},
		{insn.Mode64, "f3490f1ecf", "rdsspq %r15", 5},
		{insn.Mode64, "f30f1ecb", "rdsspd %ebx", 4},
		{insn.Mode64, "c5f877", "vzeroupper", 3},
		{insn.Mode64, "c5fc77", "vzeroall", 3},
		{insn.Mode64, "c4e17877", "vzeroupper", 4},
		{insn.Mode64, "c5f96f07", "vmovdqa (%rdi),%xmm0", 4},
		{insn.Mode64, "0f05", "syscall", 2},
		{insn.Mode64, "f3a4", "rep movsb %ds:(%rsi),%es:(%rdi)", 2},
		{insn.Mode64, "9c", "pushfq", 1},
		{insn.Mode32, "9c", "pushf", 1},
		{insn.Mode64, "e8fbffffff", "callq 0x1010", 5},
		{insn.Mode32, "e8ebffffff", "call main", 5},
		{insn.Mode64, "0606", "(bad)", 1},
	} {
		text, n, err := insn.TextX86(testkit.Hex(t, c.code), c.mode, 0x1010, name)
		if err != nil || text != c.want || n != c.n {
			t.Errorf("%s: %q, %d bytes, %v; want %q, %d bytes", c.code, text, n, err, c.want, c.n)
		}
	}
	if _, _, err := insn.TextX86([]byte{0x48}, insn.Mode64, 0, name); err != insn.ErrTruncated {
		t.Errorf("one byte of more: %v", err)
	}
}

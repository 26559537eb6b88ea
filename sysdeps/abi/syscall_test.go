package abi

import (
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

func TestSyscall(t *testing.T) {
	for _, c := range []struct {
		name        string
		proto       *prototype.Prototype
		want64, w32 string
	}{
		{"read", proto(long, word, ptr, long), "di:4 si:8 dx:8 = ax:8", "bx:4 cx:4 dx:4 = ax:4"},
		{"mmap", proto(ptr, ptr, long, word, word, word, long), "di:8 si:8 dx:4 r10:4 r8:4 r9:8 = ax:8", "bx:4 cx:4 dx:4 si:4 di:4 bp:4 = ax:4"},
		{"offsets of 64 bits", proto(word, word, quad, quad, word), "di:4 si:8 dx:8 r10:4 = ax:4", "bx:4 cx:4+dx:4@4 si:4+di:4@4 bp:4 = ax:4"},
		{"one too many", proto(word, quad, quad, quad, quad), "di:8 si:8 dx:8 r10:8 = ax:4", "bx:4+cx:4@4 dx:4+si:4@4 di:4+bp:4@4 ? = ax:4"},
		{"no result", proto(void, word), "di:4 = -", "bx:4 = -"},
		{"a wide result", proto(quad), "= ax:8", "= ?"},
		{"a struct", proto(word, structOf(quad, quad, quad), word), "? ? = ax:4", "? ? = ax:4"},
	} {
		for _, m := range []struct {
			arch *sysdeps.Arch
			want string
		}{{sysdeps.AMD64, c.want64}, {sysdeps.I386, c.w32}} {
			if got := describeSignature(For(m.arch, "syscall").Place(c.proto)); got != m.want {
				t.Errorf("%s, %s: %s, want %s", c.name, m.arch.Name, got, m.want)
			}
		}
	}
}

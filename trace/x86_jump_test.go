package trace

import (
	"math/bits"
	"testing"

	"sonde/sysdeps"
)

// TestDemangle undoes what glibc's PTR_MANGLE does: xor with the guard, and rol.
func TestDemangle(t *testing.T) {
	for _, c := range []struct {
		name      string
		layout    *x86JmpBuf
		size      int
		sp, guard sysdeps.Addr
		mangled   sysdeps.Addr
	}{
		{"64-bit", &x86JmpBuf64, 8, 0x7fffffffe010, 0x1122334455667788, sysdeps.Addr(bits.RotateLeft64(0x7fffffffe010^0x1122334455667788, 0x11))},
		{"32-bit", &x86JmpBuf32, 4, 0xffffd00c, 0x11223344, sysdeps.Addr(bits.RotateLeft32(0xffffd00c^0x11223344, 9))},
		{"32-bit, no guard", &x86JmpBuf32, 4, 0xffffd00c, 0, 0xffa019ff},
	} {
		if got := c.layout.demangle(c.mangled, c.guard, c.size); got != c.sp {
			t.Errorf("%s: %v, want %v", c.name, got, c.sp)
		}
	}
}

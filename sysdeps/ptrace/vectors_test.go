package ptrace

import (
	"fmt"
	"math"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// TestVectors reads the vector registers of a 64-bit and of a 32-bit thread that
// has put known values into them.
func TestVectors(t *testing.T) {
	for _, c := range []struct {
		name  string
		arch  *sysdeps.Arch
		flags []string
	}{
		{"amd64", sysdeps.AMD64, nil},
		{"i386", sysdeps.I386, []string{"-m32"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			onThread(t)
			program := testkit.Start(t, "stdout", nil, testkit.Build(t, "testdata/vectors.c", c.flags...))
			line, _ := program.Next(t)
			var width int
			if _, err := fmt.Sscanf(line, "ready %d", &width); err != nil {
				t.Fatalf("the program says %q: %v", line, err)
			}
			must(t, Seize(program.PID, 0))
			program.Type(t, "\n")
			if sig, event := waitStop(t, program.PID); sig != unix.SIGTRAP || event != 0 {
				t.Fatalf("%v, event %d", sig, event)
			}
			var v sysdeps.Vectors
			must(t, GetVectors(program.PID, c.arch, &v))
			checkVectors(t, &v, width)
			must(t, Cont(program.PID, 0))
			program.HangUp()
			if ws := program.Wait(t); ws != 0 {
				t.Errorf("the program ended with %s", testkit.DescribeStatus(ws))
			}
		})
	}
}

func checkVectors(t *testing.T, v *sysdeps.Vectors, width int) {
	t.Helper()
	for _, n := range []int{0, 1, 7} {
		for _, size := range []int{4, 16, 32, 64} {
			p := make([]byte, size)
			if ok := v.Vector(p, n); ok != (size <= width) {
				t.Errorf("%d bytes of register %d: %v on a machine that has %d", size, n, ok, width)
				continue
			} else if !ok {
				continue
			}
			for i, b := range p {
				if want := byte(i*3 + n); b != want {
					t.Errorf("byte %d of %d of register %d: %#x, want %#x", i, size, n, b, want)
				}
			}
		}
	}
	if f, ok := v.ST(1); !ok || f.Float64() != -1.5 {
		t.Errorf("st(1): %v, %v, want -1.5", f.Float64(), ok)
	}
	if f, ok := v.ST(0); !ok || !math.IsInf(f.Float64(), 1) || f[9] != 0x73 || f[8] != 0xe6 {
		t.Errorf("st(0): % x, %v, want 1e4000", f, ok)
	}
	if f, ok := v.ST(2); ok {
		t.Errorf("st(2): % x, want none", f)
	}
}

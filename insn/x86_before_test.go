package insn_test

import (
	"slices"
	"testing"

	"sonde/insn"
	"sonde/internal/testkit"
)

// TestBeforeX86 looks back from instructions of programs, and holds what it finds against
// objdump: nothing that is none, and nearly all.
func TestBeforeX86(t *testing.T) {
	const most = 4
	for machine, mode := range map[string]insn.Mode{"-m64": insn.Mode64, "-m32": insn.Mode32} {
		program := testkit.Build(t, "../cmd/fcatch/testdata/die.c", machine, "-O2", "-static", "-w")
		var code []byte
		var starts []int
		var base uint64
		testkit.Disassemble(t, program, func(addr uint64, p []byte, _ string) {
			if starts == nil {
				base = addr
			}
			at := int(addr - base)
			starts = append(starts, at)
			code = append(append(code, make([]byte, at-len(code))...), p...)
		})
		found, tried := 0, 0
		for i := 100; i < len(starts); i += 37 {
			tried += most
			for _, s := range insn.BeforeX86(code[:starts[i]], mode, most) {
				found++
				if !slices.Contains(starts[i-most:i], s) {
					t.Errorf("%s: %#x is not before %#x", machine, base+uint64(s), base+uint64(starts[i]))
				}
			}
			swept, ok := insn.SweepX86(code[starts[i-100]:starts[i]], mode, most)
			if ok && !slices.Equal(swept, less(starts[i-most:i], starts[i-100])) {
				t.Errorf("%s: before %#x: %#x, want %#x", machine, starts[i], swept, starts[i-most:i])
			}
		}
		if found < tried*9/10 {
			t.Errorf("%s: %d found, of %d", machine, found, tried)
		}
	}
}

// less returns all less n.
func less(all []int, n int) (out []int) {
	for _, v := range all {
		out = append(out, v-n)
	}
	return out
}

// TestBeforeEdges looks back where there is little, or nothing that is code.
func TestBeforeEdges(t *testing.T) {
	nops := slices.Repeat([]byte{0x90}, 200)
	zeros := make([]byte, 200)
	call := append(slices.Clone(nops), 0xe8, 0, 0, 0, 0)
	for _, c := range []struct {
		name string
		code []byte
		want []int
	}{
		{"too short", nops[:90], nil},
		{"one byte each", nops, []int{197, 198, 199}},
		{"a call", call, []int{198, 199, 200}},
		{"zeros", zeros, nil},
		{"behind padding", append(slices.Repeat([]byte{0xcc}, 198), 0x90, 0x90), []int{198, 199}},
	} {
		if got := insn.BeforeX86(c.code, insn.Mode64, 3); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

package trace

import (
	"encoding/hex"
	"fmt"
	"strings"
	"testing"

	"sonde/sysdeps"
)

// goShapes are instructions of functions that begin at 0x1000, and what they
// tell.
const goShapes = `
# how functions begin
small frame          | 493b6610 7606 55 4889e5 5d c3 e800000000 ebed              | begin 6, g r14, returns 11
large frame          | 4c8da42400ffffff 4d3b6610 0f8602000000 55 c3 cc            | begin 18, g r14, returns 19
huge frame           | 4989e4 4981ec00100000 7208 4d3b6610 7602 55 c3 cc          | begin 18, g r14, returns 19
runs on g0           | 493b6618 7602 55 c3 cc                                     | begin 6, g r14, returns 7
ABI0                 | 64488b0c25f8ffffff 483b6110 7602 55 c3 cc                  | begin 15, g rcx, returns 16
ABI0, PIC            | 488b0d00000000 64488b09 483b6110 7602 55 c3 cc             | begin 17, g rcx, returns 18
ABI0, large          | 64488b0c25f8ffffff 4c8da42400ffffff 4c3b6110 7602 55 c3 cc | begin 23, g rcx, returns 24
no look              | 4801d8 c3                                                  | begin 0, g r14, returns 3
nothing but a return | c3                                                         | begin 0, g r14, returns 0

# what only looks like that
not the stack        | 493b4610 7601 c3 cc                                        | begin 0, g r14, returns 6
not the goroutine    | 483b6310 7601 c3 cc                                        | begin 0, g r14, returns 6
not the guard        | 493b6620 7601 c3 cc                                        | begin 0, g r14, returns 6
jumps if above       | 493b6610 7701 c3 cc                                        | begin 0, g r14, returns 6
later                | 55 493b6610 7602 5d c3 cc                                  | begin 0, g r14, returns 8
behind a call        | e800000000 493b6610 7601 c3 cc                             | begin 0, g r14, returns 11

# how they end
two returns          | 4885c0 7401 c3 31c0 c3                                     | begin 0, g r14, returns 5 8
never                | e800000000 0f0b                                            | begin 0, g r14
tail call            | 488b4008 e9fc0f0000                                        | begin 0, g r14, exits 2005
conditional          | 4885c0 0f84f70f0000 c3                                     | begin 0, g r14, returns 9, exits 2000
through a register   | 488b4818 ffe1                                              | begin 0, g r14, wanders
switch               | 49ffe3 c3                                                  | begin 0, g r14, returns 3, wanders
loop to the start    | 48ffc8 75fb c3                                             | begin 0, g r14, returns 5, loops
padding              | c3 cccccc                                                  | begin 0, g r14, returns 0
a 0xc3 inside        | b8c3c3c3c3 c3                                              | begin 0, g r14, returns 5

# what cannot be decoded
cut                  | c3 488b                                                    | begin 0, g r14, returns 0; instruction at 0x1001: instruction truncated
no instruction       | c3 06 909090909090909090909090909090                       | begin 0, g r14, returns 0; instruction at 0x1001: unknown instruction
`

func TestX86GoShape(t *testing.T) {
	for line := range strings.Lines(goShapes) {
		parts := strings.Split(strings.TrimSpace(line), "|")
		if len(parts) != 3 {
			continue
		}
		code, err := hex.DecodeString(strings.ReplaceAll(parts[1], " ", ""))
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		name, want := strings.TrimSpace(parts[0]), strings.TrimSpace(parts[2])
		if got := describeShape(x86GoShape(code, 0x1000)); got != want {
			t.Errorf("%s: %s\nwant %s", name, got, want)
		}
	}
}

func describeShape(s goShape, err error) string {
	names := map[sysdeps.Reg]string{sysdeps.R14: "r14", sysdeps.RCX: "rcx"}
	out := fmt.Sprintf("begin %d, g %s", s.begin, names[s.g])
	if len(s.returns) > 0 {
		out += ", returns " + strings.Trim(fmt.Sprint(s.returns), "[]")
	}
	for i, a := range s.exits {
		if i == 0 {
			out += ", exits"
		}
		out += fmt.Sprintf(" %x", uint64(a))
	}
	if s.wanders {
		out += ", wanders"
	}
	if s.loops {
		out += ", loops"
	}
	if err != nil {
		out += "; " + err.Error()
	}
	return out
}

func FuzzX86GoShape(f *testing.F) {
	for line := range strings.Lines(goShapes) {
		if parts := strings.Split(line, "|"); len(parts) == 3 {
			code, _ := hex.DecodeString(strings.ReplaceAll(parts[1], " ", ""))
			f.Add(code)
		}
	}
	f.Fuzz(func(t *testing.T, code []byte) {
		s, _ := x86GoShape(code, 0x1000)
		if s.begin < 0 || s.begin > len(code) || s.loops && s.begin != 0 {
			t.Errorf("begins at %d of %d", s.begin, len(code))
		}
		for _, off := range s.returns {
			if off < 0 || off >= len(code) {
				t.Errorf("returns at %d of %d", off, len(code))
			}
		}
	})
}

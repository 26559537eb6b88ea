package symbolize

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/sysdeps"
	"sonde/unwind"
)

// The debugging information of a function f of 64 bytes, in an assembler's words. %s are
// the entries of the unit, and its program of lines.
const bomb = `
	.text
	.globl f
	.type f, @function
f:	.fill 64, 1, 0x90
	.size f, . - f
	.section .debug_abbrev, "", @progbits
	.uleb128 1, 0x11, 1, 0x3, 0x8, 0x11, 0x1, 0x12, 0x6, 0x10, 0x17, 0, 0
	.uleb128 2, 0x2e, 1, 0x31, 0x13, 0x11, 0x1, 0x12, 0x6, 0, 0
	.uleb128 3, 0x1d, 1, 0x31, 0x13, 0x11, 0x1, 0x12, 0x6, 0x59, 0xb, 0, 0
	.uleb128 4, 0x2e, 0, 0x31, 0x13, 0, 0
	.uleb128 5, 0x2e, 0, 0x47, 0x13, 0, 0
	.uleb128 6, 0xb, 1, 0x11, 0x1, 0x12, 0x6, 0, 0
	.uleb128 7, 0x2e, 1, 0x3, 0x9, 0x11, 0x1, 0x12, 0x6, 0, 0
	.uleb128 8, 0x2e, 1, 0x3, 0x8, 0x11, 0x1, 0x12, 0x6, 0, 0
	.uleb128 0
	.section .debug_info, "", @progbits
u:	.long 2f - 1f
1:	.value 4
	.long .debug_abbrev
	.byte 8
	.uleb128 1
	.asciz "unit"
	.quad f
	.long 64
	.long .debug_line
%s
	.uleb128 0
2:
	.section .debug_line, "", @progbits
	.long 2f - 1f
1:	.value 4
	.long 4f - 3f
3:	.byte 1, 1, 1, -5, 14, 13, 0, 1, 1, 1, 1, 0, 0, 0, 1, 0, 0, 1
	.byte 0
	.asciz "f.c"
	.uleb128 0, 0, 0
	.byte 0
4:	.byte 0, 9, 2
	.quad f
%s
	.byte 2
	.uleb128 64
	.byte 0, 1, 1
2:
`

// TestBombs names a frame in files whose debugging information leads in circles, is nested
// without end, or grows when it is read: the function's symbol stands, with memory far
// from what the file asks for.
func TestBombs(t *testing.T) {
	const many = 100_000
	in := func(abbrev int, attributes string) string {
		return fmt.Sprintf("\n\t.uleb128 %d%s\n\t.quad f\n\t.long 64", abbrev, attributes)
	}
	origin := func(label string) string { return "\n\t.long " + label + " - u" }
	named := in(8, "\n\t.asciz \"g\"")
	for _, test := range []struct{ name, entries, lines string }{
		{"nothing wrong", named + "\n\t.uleb128 0", "\t.byte 1"},
		{"an origin that is its own", "\n5:" + in(2, origin("5b")) + "\n\t.uleb128 0", ""},
		{"origins that lead to each other", in(2, origin("5f")) + "\n\t.uleb128 0\n5:\t.uleb128 4" + origin("6f") + "\n6:\t.uleb128 4" + origin("5b"), ""},
		{"declarations that lead to each other", in(2, origin("5f")) + "\n\t.uleb128 0\n5:\t.uleb128 5" + origin("6f") + "\n6:\t.uleb128 5" + origin("5b"), ""},
		{"an origin outside", in(2, "\n\t.long 0x7fffffff") + "\n\t.uleb128 0", ""},
		{"inlined without end", named + "\n\t.rept " + fmt.Sprint(many) + "\n5:" + in(3, origin("5b")) + "\n\t.byte 1\n\t.endr", ""},
		{"blocks without end", named + "\n\t.rept " + fmt.Sprint(many) + in(6, "") + "\n\t.endr", ""},
		{"inlined side by side", named + "\n\t.rept " + fmt.Sprint(many) + "\n5:" + in(3, origin("5b")) + "\n\t.byte 1\n\t.uleb128 0\n\t.endr\n\t.uleb128 0", ""},
		{"a code of many bytes", "\n\t.fill 100000, 1, 0x80\n\t.byte 8\n\t.asciz \"g\"\n\t.quad f\n\t.long 64\n\t.uleb128 0", ""},
		{"a block of any length", in(7, "\n\t.uleb128 0xffffffffffffff"), ""},
		{"three million lines", named + "\n\t.uleb128 0", "\t.fill 3000000, 1, 0x12"},
		{"lines of long operands", named + "\n\t.uleb128 0", "\t.byte 3\n\t.fill 100000, 1, 0xff\n\t.byte 0"},
	} {
		t.Run(test.name, func(t *testing.T) {
			source := filepath.Join(t.TempDir(), "bomb.s")
			if err := os.WriteFile(source, fmt.Appendf(nil, bomb, test.entries, test.lines), 0o600); err != nil {
				t.Fatal(err)
			}
			path := testkit.Build(t, source, "-shared", "-nostdlib")
			frame := frameIn(t, path)
			var before, after runtime.MemStats
			runtime.ReadMemStats(&before)
			s := New(Options{Lines: true, Inlined: true})
			defer s.Close()
			p := s.Place(frame)
			runtime.ReadMemStats(&after)
			if p.Function != "f" {
				t.Errorf("the function is %q", p.Function)
			}
			const most, deepest = 512 << 20, 1000
			if n := after.TotalAlloc - before.TotalAlloc; n > most || len(p.Inlined) > deepest {
				t.Errorf("%d bytes, %d inlined functions", n, len(p.Inlined))
			}
			if test.name == "nothing wrong" && (p.Line == 0 || !strings.HasSuffix(p.File, "f.c")) {
				t.Errorf("the line is not known: %+v, %v", p, s.Damage())
			}
		})
	}
}

// frameIn is a frame in the function f of a library that is mapped.
func frameIn(t *testing.T, path string) *unwind.Frame {
	t.Helper()
	file, err := elfsym.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	const at = 0x10000000
	im := elfsym.NewImages([]elfsym.Mapping{{Lo: at, Hi: at + 0x100000, Exec: true, Name: path, Inode: 1}}, nil,
		func(*elfsym.Image) (*elfsym.File, string, error) { return file, path, nil })
	for _, img := range im.All() {
		for sym := range file.Symbols() {
			if sym.Name == "f" {
				pc := img.Bias() + sysdeps.Addr(sym.Value) + 8
				return &unwind.Frame{PC: pc, Image: img}
			}
		}
	}
	t.Fatalf("%s has no f", path)
	return nil
}

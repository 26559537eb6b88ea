package insn_test

import (
	"errors"
	"fmt"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"sonde/insn"
	"sonde/internal/testkit"
)

// x86CaseLines yields the bytes, the wanted text and the name of each case.
func x86CaseLines(t testing.TB, yield func(mode insn.Mode, code []byte, want, name string)) {
	for mode, file := range map[insn.Mode]string{insn.Mode64: "testdata/x86_64.txt", insn.Mode32: "testdata/x86_32.txt"} {
		for _, c := range testkit.Cases(t, file, 3) {
			yield(mode, testkit.Hex(t, c[0]), strings.Join(strings.Fields(c[1]), " "), c[2])
		}
	}
}

func x86Describe(in insn.X86, err error) string {
	if errors.Is(err, insn.ErrUnknown) {
		return "unknown"
	}
	if err != nil {
		return err.Error()
	}
	s := strconv.Itoa(in.Len)
	if in.Kind != insn.Plain {
		s += " " + in.Kind.String()
	}
	if in.RIPRel != 0 {
		s += fmt.Sprintf(" rip=%d", in.RIPRel)
	}
	return s
}

func TestX86Decode(t *testing.T) {
	x86CaseLines(t, func(mode insn.Mode, code []byte, want, name string) {
		// What follows must not matter, were it the end of memory or more code.
		for _, tail := range []string{"", "cccccccccccccccccccccccccccccccc"} {
			if got := x86Describe(insn.DecodeX86(append(code, testkit.Hex(t, tail)...), mode)); got != want {
				t.Errorf("% x (%s) followed by %q = %q, want %q", code, name, tail, got, want)
			}
		}
	})
}

// An instruction cut short is told from one that is unknown, so that a reader
// at the end of a mapping knows what it lacks.
func TestX86DecodeTruncated(t *testing.T) {
	x86CaseLines(t, func(mode insn.Mode, code []byte, _, name string) {
		in, err := insn.DecodeX86(code, mode)
		if err != nil {
			return
		}
		for n := range in.Len {
			if _, err := insn.DecodeX86(code[:n], mode); !errors.Is(err, insn.ErrTruncated) {
				t.Errorf("%d of % x (%s): %v, want %v", n, code[:in.Len], name, err, insn.ErrTruncated)
			}
		}
	})
}

func TestX86StacksReturn(t *testing.T) {
	x86CaseLines(t, func(mode insn.Mode, code []byte, want, name string) {
		in, err := insn.DecodeX86(code, mode)
		if err != nil {
			return
		}
		stacks := strings.Contains(want, "call") && !strings.Contains(want, "syscall") || strings.Contains(want, "ret")
		if got := in.StacksReturn(); got != stacks {
			t.Errorf("% x (%s): StacksReturn = %v", code, name, got)
		}
	})
}

// A memory operand is told whole, in the terms of its mode.
func TestX86Memory(t *testing.T) {
	const none = insn.X86NoReg
	for _, c := range []struct {
		mode insn.Mode
		code string
		want insn.X86Memory
		ok   bool
	}{
		{insn.Mode64, "488b0510000000", insn.X86Memory{Base: none, Index: none, RIPRel: true, Size: 8, Disp: 0x10}, true},
		{insn.Mode64, "67488b0510000000", insn.X86Memory{Base: none, Index: none, RIPRel: true, Size: 4, Disp: 0x10}, true},
		{insn.Mode64, "488b042510000000", insn.X86Memory{Base: none, Index: none, Size: 8, Disp: 0x10}, true},
		{insn.Mode64, "4b8b44a5f8", insn.X86Memory{Base: 13, Index: 12, Scale: 2, Size: 8, Disp: -8}, true},
		{insn.Mode64, "488b0424", insn.X86Memory{Base: 4, Index: none, Size: 8}, true},
		{insn.Mode64, "64488b04250000 0000", insn.X86Memory{Base: none, Index: none, FSGS: true, Size: 8}, true},
		{insn.Mode64, "48a1efcdab8967452301", insn.X86Memory{Base: none, Index: none, Size: 8, Disp: 0x123456789abcdef}, true},
		{insn.Mode64, "67a1785634f2", insn.X86Memory{Base: none, Index: none, Size: 4, Disp: 0xf2345678}, true},
		{insn.Mode64, "c5f96f0510000000", insn.X86Memory{Base: none, Index: none, RIPRel: true, Size: 8, Disp: 0x10}, true},
		{insn.Mode64, "c4e2f9920c00", insn.X86Memory{}, false},
		{insn.Mode64, "4889e5", insn.X86Memory{}, false},
		{insn.Mode64, "c3", insn.X86Memory{}, false},
		{insn.Mode32, "ff25785634f2", insn.X86Memory{Base: none, Index: none, Size: 4, Disp: -0xdcba988}, true},
		{insn.Mode32, "ffa30c000000", insn.X86Memory{Base: 3, Index: none, Size: 4, Disp: 12}, true},
		{insn.Mode32, "ff148510000000", insn.X86Memory{Base: none, Index: 0, Scale: 2, Size: 4, Disp: 16}, true},
		{insn.Mode32, "a178563412", insn.X86Memory{Base: none, Index: none, Size: 4, Disp: 0x12345678}, true},
		{insn.Mode32, "65a118000000", insn.X86Memory{Base: none, Index: none, FSGS: true, Size: 4, Disp: 0x18}, true},
		{insn.Mode32, "678b00", insn.X86Memory{Base: 3, Index: 6, Size: 2}, true},
		{insn.Mode32, "678b42ff", insn.X86Memory{Base: 5, Index: 6, Size: 2, Disp: -1}, true},
		{insn.Mode32, "678b06fcff", insn.X86Memory{Base: none, Index: none, Size: 2, Disp: 0xfffc}, true},
		{insn.Mode32, "678b4600", insn.X86Memory{Base: 5, Index: none, Size: 2}, true},
	} {
		in, err := insn.DecodeX86(testkit.Hex(t, c.code), c.mode)
		if err != nil {
			t.Errorf("%s: %v", c.code, err)
			continue
		}
		if got, ok := in.Memory(); got != c.want || ok != c.ok {
			t.Errorf("%s: %+v, %v, want %+v, %v", c.code, got, ok, c.want, c.ok)
		}
	}
}

// Addresses that an instruction holds itself: of its operand, of its target.
func TestX86Addresses(t *testing.T) {
	for _, c := range []struct {
		mode insn.Mode
		code string
		at   uint64
		want string
	}{
		{insn.Mode64, "ff2510000000", 0x401000, "operand 0x401016"},
		{insn.Mode64, "ff25f0ffffff", 0x401000, "operand 0x400ff6"},
		{insn.Mode64, "ff242510000000", 0x401000, "operand 0x10"},
		{insn.Mode64, "67ff2510000000", 0x7fff00401000, "operand 0x401017"},
		{insn.Mode64, "64ff142510000000", 0x401000, ""},
		{insn.Mode64, "ff20", 0x401000, ""},
		{insn.Mode64, "e8fbffffff", 0x401000, "target 0x401000"},
		{insn.Mode64, "eb10", 0x401000, "target 0x401012"},
		{insn.Mode64, "ffe0", 0x401000, ""},
		{insn.Mode32, "ff25fcffffff", 0x8049000, "operand 0xfffffffc"},
		{insn.Mode32, "ffa30c000000", 0x8049000, ""},
		{insn.Mode32, "e8fbffff7f", 0x90000000, "target 0x10000000"},
		{insn.Mode32, "7580", 0x10, "target 0xffffff92"},
		{insn.Mode32, "66e90000", 0x8049000, "target 0x9004"},
		{insn.Mode32, "ea785634122300", 0x8049000, ""},
	} {
		in, err := insn.DecodeX86(testkit.Hex(t, c.code), c.mode)
		if err != nil {
			t.Errorf("%s: %v", c.code, err)
			continue
		}
		var got string
		if a, ok := in.Static(c.at); ok {
			got += fmt.Sprintf("operand %#x", a)
		}
		if a, ok := in.Target(c.at); ok {
			got += fmt.Sprintf("target %#x", a)
		}
		if got != c.want {
			t.Errorf("%s at %#x: %q, want %q", c.code, c.at, got, c.want)
		}
	}
}

// x86Oracle compares with objdump's idea of every instruction in a file.
type x86Oracle struct {
	mode          insn.Mode
	lines, differ int
	quirks        map[string]int
}

// quirk names the reason why objdump's line needs no comparison, or
// returns "".
func (o *x86Oracle) quirk(code []byte, text string) string {
	first, operands, _ := strings.Cut(text, " ")
	switch {
	case strings.Contains(text, "(bad)"), first == ".byte":
		return "data among the code"
	case o.onlyPrefixes(code):
		return "prefix printed as an instruction of its own"
	case code[0] == 0x9b && len(code) > 1:
		return "fwait and an x87 instruction printed as one"
	case len(code) > 1 && code[0] == 0x0f && code[1]|1 == 0x0f:
		return "3DNow"
	case strings.HasPrefix(first, "rex") && strings.HasPrefix(operands, "v"):
		return "REX before VEX, which raises #UD"
	case o.mode == insn.Mode64 && code[0] == 0x66 && (first == "jmpw" || first == "callw"):
		return "near branch of operand size 16, read as AMD does"
	}
	return ""
}

func (o *x86Oracle) onlyPrefixes(code []byte) bool {
	for _, b := range code {
		switch b {
		case 0x66, 0x67, 0xf2, 0xf3, 0xf0, 0x64, 0x65, 0x2e, 0x36, 0x3e, 0x26:
		default:
			if o.mode != insn.Mode64 || b&0xf0 != 0x40 {
				return false
			}
		}
	}
	return true
}

func (o *x86Oracle) compare(t *testing.T, addr uint64, code []byte, text string) {
	o.lines++
	if why := o.quirk(code, text); why != "" {
		o.quirks[why]++
		return
	}
	// With bytes behind it the decoder cannot be right for want of any.
	in, err := insn.DecodeX86(append(code, 0x90, 0x90, 0x90, 0x90, 0x90), o.mode)
	if err == nil && in.Len == len(code) && (in.RIPRel != 0) == x86ObjdumpRIP(text) && x86ObjdumpAddress(&in, addr, text) {
		return
	}
	if o.differ++; o.differ <= 20 {
		t.Errorf("%#x: % x %s: %+v, %v", addr, code, text, in, err)
	}
}

func x86ObjdumpRIP(text string) bool {
	return strings.Contains(text, "(%rip)") || strings.Contains(text, "(%eip)")
}

// x86ObjdumpAddress compares the target of a branch, which objdump prints as the
// one operand, and an operand relative to the program counter, which it explains
// behind a #.
func x86ObjdumpAddress(in *insn.X86, at uint64, text string) bool {
	want, ok := in.Target(at)
	whole := text
	if _, remark, found := strings.Cut(text, "# "); found && in.RIPRel != 0 {
		want, ok = in.Static(at)
		text = remark
	} else {
		_, text, _ = strings.Cut(text, " ")
	}
	if !ok {
		return true
	}
	for f := range strings.FieldsSeq(text) {
		if got, err := strconv.ParseUint(strings.TrimPrefix(f, "0x"), 16, 64); err == nil {
			if strings.Contains(whole, "(%eip)") {
				got &= 1<<32 - 1 // objdump does not cut it
			}
			return got == want
		}
	}
	return false
}

func TestX86DecodeAgainstObjdump(t *testing.T) {
	for _, c := range []struct{ machine, name string }{
		{"-m64", "libc.so.6"},
		{"-m64", "libm.so.6"},
		{"-m64", "libcrypto.so.*"},
		{"-m64", "ld-linux-x86-64.so.2"},
		{"program", "bash"},
		{"program", "gdb"},
		{"-m32", "libc.so.6"},
		{"-m32", "libm.so.6"},
		{"-m32", "libstdc++.so.6"},
		{"-m32", "ld-linux.so.2"},
	} {
		t.Run(c.name+c.machine, func(t *testing.T) {
			t.Parallel()
			o := x86Oracle{quirks: make(map[string]int)}
			if c.machine == "-m32" {
				o.mode = insn.Mode32
			}
			testkit.Disassemble(t, x86File(t, c.machine, c.name), func(addr uint64, code []byte, text string) {
				o.compare(t, addr, code, text)
			})
			if o.differ > 0 || o.lines < 10000 {
				t.Errorf("%d of %d instructions differ", o.differ, o.lines)
			}
			t.Logf("%d instructions; not compared: %v", o.lines, o.quirks)
		})
	}
}

func x86File(t *testing.T, machine, name string) string {
	t.Helper()
	if machine != "program" {
		return testkit.Library(t, machine, name)
	}
	if runtime.GOARCH != "amd64" {
		t.Skip("the host's programs are of another machine")
	}
	path := testkit.Need(t, name)
	return path
}

// FuzzX86Decode wants no panic, a sane result, and one that the bytes behind
// the instruction do not change.
//
//	go test ./insn -run '^$' -fuzz FuzzX86Decode -fuzztime 20s
func FuzzX86Decode(f *testing.F) {
	x86CaseLines(f, func(_ insn.Mode, code []byte, _, _ string) { f.Add(code) })
	f.Fuzz(func(t *testing.T, code []byte) {
		for _, mode := range []insn.Mode{insn.Mode64, insn.Mode32} {
			x86CheckDecoded(t, code, mode)
		}
	})
}

func x86CheckDecoded(t *testing.T, code []byte, mode insn.Mode) {
	in, err := insn.DecodeX86(code, mode)
	if err != nil {
		if in != (insn.X86{}) {
			t.Fatalf("% x: a result beside the error: %+v", code, in)
		}
		return
	}
	if in.Len < 1 || in.Len > insn.X86MaxLen || in.Len > len(code) {
		t.Fatalf("% x: length %d", code, in.Len)
	}
	if in.RIPRel != 0 && (in.RIPRel+4 > in.Len || mode != insn.Mode64) {
		t.Fatalf("% x: displacement at %d of %d", code, in.RIPRel, in.Len)
	}
	if again, err := insn.DecodeX86(code[:in.Len], mode); err != nil || again != in {
		t.Fatalf("% x: %+v alone, %v; %+v with what follows", code, again, err, in)
	}
	if mem, ok := in.Memory(); ok && mode == insn.Mode32 && (mem.Base > 7 || mem.Index > 7) {
		t.Fatalf("% x: %+v", code, mem)
	}
	if a, ok := in.Target(1 << 31); ok && mode == insn.Mode32 && a>>32 != 0 {
		t.Fatalf("% x: target %#x", code, a)
	}
}

package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// variants are the ways to link a program that calls libraries, as compilers,
// linkers and distributions have them: whether there is a PLT, where its slots are,
// and what code they hold differs in each.
var variants = []struct {
	name  string
	flags string // the compiler's, CC=... first
}{
	{"PIE, lazy", "-fPIE -pie -Wl,-z,lazy"},
	{"PIE, now", "-fPIE -pie -Wl,-z,now"},
	{"no PIE, lazy", "-fno-pie -no-pie -Wl,-z,lazy"},
	{"no PIE, now", "-fno-pie -no-pie -Wl,-z,now"},
	{"IBT, PIE, lazy", "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,lazy"},
	{"IBT, PIE, now", "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
	{"IBT, no PIE, lazy", "-fno-pie -no-pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,lazy"},
	{"IBT, no PIE, now", "-fno-pie -no-pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
	{"lld", "-fuse-ld=lld"},
	{"lld, now", "-fuse-ld=lld -Wl,-z,now"},
	{"lld, IBT, now", "-fcf-protection=full -fuse-ld=lld -Wl,-z,force-ibt -Wl,-z,now"},
	{"lld, no PIE", "-fno-pie -no-pie -fuse-ld=lld"},
	{"gold", "-fuse-ld=gold"},
	{"gold, now", "-fuse-ld=gold -Wl,-z,now"},
	{"gold, no PIE", "-fno-pie -no-pie -fuse-ld=gold"},
	{"mold", "-fuse-ld=mold"},
	{"mold, now", "-fuse-ld=mold -Wl,-z,now"},
	{"mold, IBT, now", "-fcf-protection=full -fuse-ld=mold -Wl,-z,ibtplt -Wl,-z,now"},
	{"DT_RELR", "-fPIE -pie -Wl,-z,pack-relative-relocs"},
	{"hash of System V", "-Wl,--hash-style=sysv"},
	{"hash of GNU", "-Wl,--hash-style=gnu"},
	{"medium code model", "-mcmodel=medium"},
	{"large code model, PIE", "-fPIE -pie -mcmodel=large"},
	{"large code model, no PIE", "-fno-pie -no-pie -mcmodel=large"},
	{"bndplt", "-Wl,-z,bndplt"},
	{"link-time optimisation", "-flto -O3"},
	{"stripped", "-s"},
	{"stripped, no PIE, now", "-s -fno-pie -no-pie -Wl,-z,now"},
	{"clang", "CC=clang"},
	{"musl", "CC=musl-gcc"},
	{"musl, now", "CC=musl-gcc -Wl,-z,now"},

	{"no PLT", "-fno-plt -fPIE -pie"},
	{"no PLT, -O2", "-fno-plt -fPIE -pie -O2"}, // pointers are loaded once and called from registers
	{"no PLT, no PIE", "-fno-plt -fno-pie -no-pie"},
	{"no PLT, no PIE, -O2", "-fno-plt -fno-pie -no-pie -O2"},
	{"no PLT, IBT, now", "-fno-plt -fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
	{"no PLT, lld", "-fno-plt -fuse-ld=lld"},
	{"no PLT, lld, -O2", "-fno-plt -fuse-ld=lld -O2"},
	{"no PLT, lld, no PIE", "-fno-plt -fno-pie -no-pie -fuse-ld=lld"},
	{"no PLT, gold", "-fno-plt -fuse-ld=gold"},
	{"no PLT, gold, -O2", "-fno-plt -fuse-ld=gold -O2"},
	{"no PLT, gold, no PIE", "-fno-plt -fno-pie -no-pie -fuse-ld=gold"},
	{"no PLT, mold", "-fno-plt -fuse-ld=mold"},
	{"no PLT, mold, -O2", "-fno-plt -fuse-ld=mold -O2"},
	{"no PLT, mold, no PIE", "-fno-plt -fno-pie -no-pie -fuse-ld=mold"},
	{"no PLT, clang", "CC=clang -fno-plt"},
	{"no PLT, clang, -O2", "CC=clang -fno-plt -O2"},
	{"no PLT, DT_RELR", "-fno-plt -fPIE -pie -Wl,-z,pack-relative-relocs"},
	{"no PLT, link-time optimisation", "-fno-plt -flto -O3"},
	{"no PLT, stripped", "-fno-plt -s"},
	{"no PLT, musl", "CC=musl-gcc -fno-plt"},
	{"no PLT, musl, -O2", "CC=musl-gcc -fno-plt -O2"},

	{"32-bit, PIE, lazy", "-m32 -fPIE -pie -Wl,-z,lazy"},
	{"32-bit, PIE, now", "-m32 -fPIE -pie -Wl,-z,now"},
	{"32-bit, no PIE, lazy", "-m32 -fno-pie -no-pie -Wl,-z,lazy"},
	{"32-bit, no PIE, now", "-m32 -fno-pie -no-pie -Wl,-z,now"},
	{"32-bit, IBT, PIE, lazy", "-m32 -fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,lazy"},
	{"32-bit, IBT, PIE, now", "-m32 -fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
	{"32-bit, lld", "-m32 -fuse-ld=lld"},
	{"32-bit, lld, no PIE", "-m32 -fno-pie -no-pie -fuse-ld=lld"},
	{"32-bit, gold", "-m32 -fuse-ld=gold"},
	{"32-bit, mold, now", "-m32 -fuse-ld=mold -Wl,-z,now"},
	{"32-bit, stripped", "-m32 -s"},
	{"32-bit, -O3", "-m32 -flto -O3"},
	{"32-bit, clang", "CC=clang -m32"},
	{"32-bit, no PLT", "-m32 -fno-plt -fPIE -pie"},
	{"32-bit, no PLT, -O2", "-m32 -fno-plt -fPIE -pie -O2"},
	{"32-bit, no PLT, no PIE", "-m32 -fno-plt -fno-pie -no-pie"},
	{"32-bit, no PLT, lld", "-m32 -fno-plt -fuse-ld=lld"},
}

// linkers maps the -fuse-ld= of a variant to the program that must be there.
var linkers = map[string]string{
	"-fuse-ld=lld": "ld.lld", "-fuse-ld=gold": "ld.gold", "-fuse-ld=mold": "mold",
}

// buildVariant compiles a program one of the ways; a linker that is not
// installed skips the test.
func buildVariant(t *testing.T, source, flags string) string {
	t.Helper()
	all := strings.Fields(flags)
	for _, f := range all {
		if linker := linkers[f]; linker != "" {
			testkit.Need(t, linker)
		}
	}
	return testkit.Build(t, filepath.Join("testdata", source), append(all, "-w", "-fno-builtin")...)
}

// TestLinkVariants traces a program of 26 library calls: each is seen exactly
// once, in order, with its result.
func TestLinkVariants(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			checkVariant(t, buildVariant(t, "variant_calls.c", v.flags), "")
		})
	}
}

// checkVariant traces variant_calls, however it was built and is started.
func checkVariant(t *testing.T, program, options string, before ...string) {
	t.Helper()
	made, want := traceVariant(t, options, append(before, program)...)
	if len(want) != 26 {
		t.Fatalf("the program reports %d calls", len(want))
	}
	checkCalls(t, made, want)
}

// TestStaticVariants traces the same functions where they are part of the
// program. They call one another there, which is none of the program's 26.
func TestStaticVariants(t *testing.T) {
	for _, v := range []struct{ name, flags string }{
		{"static", "-static"},
		{"static, -O2", "-static -O2"},
		{"static, lld", "-static -fuse-ld=lld"},
		{"static, gold", "-static -fuse-ld=gold"},
		{"static, mold", "-static -fuse-ld=mold"},
		{"static PIE", "-static-pie -fPIE"},
		{"static PIE, -O2", "-static-pie -fPIE -O2"},
		{"static PIE, no PLT", "-static-pie -fPIE -fno-plt"},
		{"static PIE, no PLT, -O2", "-static-pie -fPIE -fno-plt -O2"},
		{"musl, static", "CC=musl-gcc -static"},
		{"32-bit, static", "-m32 -static"},
		{"32-bit, static PIE", "-m32 -static-pie -fPIE"},
	} {
		t.Run(v.name, func(t *testing.T) {
			program := buildVariant(t, "variant_calls.c", v.flags)
			checkVariant(t, program, "-L -x main+atoi+getenv+malloc+free+toupper+puts")
		})
	}
}

// TestHeaderVariants traces programs whose section headers are missing, as packers
// and sstrip leave them, or lead nowhere: the kernel and the dynamic linker
// need none.
func TestHeaderVariants(t *testing.T) {
	headers := []struct {
		name string
		edit func(t *testing.T, file []byte) []byte
	}{
		{"no section headers", func(t *testing.T, file []byte) []byte {
			return mangled(mangled(mangled(file, shoff, 0), shnum, 0), shstrndx, 0)
		}},
		{"nothing but what is loaded", onlySegments},
		{"section headers past the end", func(t *testing.T, file []byte) []byte {
			return mangled(file, shoff, uint64(len(file))+1)
		}},
		{"damaged section headers", scrambleSections},
	}
	for _, v := range []struct{ name, flags string }{
		{"PIE, lazy", "-fPIE -pie -Wl,-z,lazy"},
		{"no PIE, now", "-fno-pie -no-pie -Wl,-z,now"},
		{"IBT, PIE, now", "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
		{"no PLT", "-fno-plt"},
		{"no PLT, -O2, no PIE", "-fno-plt -O2 -fno-pie -no-pie"},
		{"lld", "-fuse-ld=lld"},
	} {
		file, err := os.ReadFile(buildVariant(t, "variant_calls.c", v.flags))
		if err != nil {
			t.Fatal(err)
		}
		for _, h := range headers {
			t.Run(v.name+", "+h.name, func(t *testing.T) {
				checkVariant(t, writeProgram(t, h.edit(t, file)), "")
			})
		}
	}
}

// writeProgram writes an executable file for the test.
func writeProgram(t *testing.T, file []byte) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(name, file, 0o755); err != nil {
		t.Fatal(err)
	}
	return name
}

// onlySegments cuts off what no program header speaks of.
func onlySegments(t *testing.T, file []byte) []byte {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	var end uint64
	for _, p := range f.Progs {
		end = max(end, p.Off+p.Filesz)
	}
	return mangled(mangled(mangled(file[:end], shoff, 0), shnum, 0), shstrndx, 0)
}

// scrambleSections makes each section header say what cannot be, and
// each other one something else.
func scrambleSections(t *testing.T, file []byte) []byte {
	t.Helper()
	const header = 64 // Elf64_Shdr: sh_offset at 24, sh_size at 32, sh_link at 40, sh_entsize at 56
	file = bytes.Clone(file)
	for i, at := 1, sectionTable(t, file)+header; at+header <= len(file); i, at = i+1, at+header {
		wrong := []field{{24, 8}, {32, 8}, {40, 4}, {56, 8}}[i%4]
		for k := range wrong.size {
			file[at+wrong.offset+k] = 0xf7
		}
	}
	return file
}

// TestRust traces what a program in Rust calls of the C library.
func TestRust(t *testing.T) {
	for _, v := range []struct{ name, flags string }{
		{"dev", "CC=rustc -Cdebuginfo=2"},
		{"release", "CC=rustc -Copt-level=3"},
		{"size", "CC=rustc -Copt-level=z -Clto -Cpanic=abort"},
		{"stripped", "CC=rustc -Copt-level=3 -Cstrip=symbols"},
		{"lld", "CC=rustc -Clink-arg=-fuse-ld=lld"},
	} {
		t.Run(v.name, func(t *testing.T) {
			program := testkit.Build(t, "testdata/variant_calls.rs", strings.Fields(v.flags)...)
			made, want := traceVariant(t, "--no-demangle", program)
			if len(want) != 5 {
				t.Fatalf("the program reports %d calls", len(want))
			}
			checkCalls(t, made, want)
		})
	}
}

// TestAddressTaken traces calls of a function whose address is taken as well, direct
// ones and by the pointer. What is called by pointer passes the PLT only in a
// program that is not position-independent; elsewhere it is seen at the function.
func TestAddressTaken(t *testing.T) {
	for _, v := range []struct{ name, flags string }{
		{"PIE, lazy", "-fPIE -pie -Wl,-z,lazy"},
		{"PIE, now", "-fPIE -pie -Wl,-z,now"},
		{"PIE, -O2", "-fPIE -pie -O2"},
		{"PIC", "-fPIC -pie"},
		{"PIE, IBT, now", "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
		{"PIE, lld", "-fPIE -pie -fuse-ld=lld"},
		{"PIE, gold", "-fPIE -pie -fuse-ld=gold"},
		{"PIE, mold", "-fPIE -pie -fuse-ld=mold"},
		{"PIE, clang", "CC=clang -fPIE -pie"},
		{"no PIE, lazy", "-fno-pie -no-pie -Wl,-z,lazy"},
		{"no PIE, now", "-fno-pie -no-pie -Wl,-z,now"},
		{"no PIE, lld", "-fno-pie -no-pie -fuse-ld=lld"},
		{"no PLT, PIE", "-fno-plt -fPIE -pie"},
		{"no PLT, PIE, -O2", "-fno-plt -fPIE -pie -O2"},
		{"no PLT, no PIE", "-fno-plt -fno-pie -no-pie"},
		{"no PLT, lld", "-fno-plt -fuse-ld=lld"},
		{"musl", "CC=musl-gcc"},
		{"32-bit, PIE", "-m32 -fPIE -pie"},
		{"32-bit, no PIE", "-m32 -fno-pie -no-pie"},
		{"32-bit, no PLT", "-m32 -fno-plt -fPIE -pie"},
	} {
		t.Run(v.name, func(t *testing.T) {
			program := buildVariant(t, "variant_pltgot.c", v.flags)
			made, want := traceVariant(t, "", program)
			if len(want) != 21 {
				t.Fatalf("the program reports %d calls", len(want))
			}
			checkCalls(t, made, want)
		})
	}
}

// variantCall is a call as its program reports it: the word that it returned, and what
// that points to, "-" for nothing.
type variantCall struct {
	name, text string
	result     uint64
}

// traceVariant runs a program under sonde and returns what the trace holds of
// the functions that it reports, and what it reports.
func traceVariant(t *testing.T, options string, program ...string) (made []tracedCall, want []variantCall) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	args := append([]string{testkit.Sonde(t), "-o", trace}, strings.Fields(options)...)
	run := testkit.Command{Args: append(args, program...), Env: []string{"VARIANT=linked"}, Trace: trace}.Run(t)
	checkStatus(t, run.Status, 0)
	names := make(map[string]bool)
	for line := range strings.Lines(run.Stderr) {
		c, err := parseVariantCall(line)
		if err != nil {
			t.Fatalf("standard error holds %q: %v", line, err)
		}
		want = append(want, c)
		names[c.name] = true
	}
	made = singleThreadCalls(t, trace)
	// What the start files call, and functions among themselves, is none of the
	// program's; where main is traced it tells which is.
	byMain := slices.ContainsFunc(made, func(c tracedCall) bool { return c.name == "main" })
	made = slices.DeleteFunc(made, func(c tracedCall) bool {
		return !names[c.name] || byMain && c.within != "main"
	})
	return slices.DeleteFunc(made, isPutsBuffer), want
}

func parseVariantCall(line string) (c variantCall, err error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return c, fmt.Errorf("%d fields, want 3", len(fields))
	}
	c.name, c.text = fields[0], fields[1]
	c.result, err = strconv.ParseUint(fields[2], 10, 64)
	return c, err
}

// isPutsBuffer tells the call of malloc by which puts gets its buffer. It is a true
// call through the program's PLT where the PLT slot is malloc's address
// for every module, as in the large code model without PIE.
func isPutsBuffer(c tracedCall) bool { return c.within == "puts" && c.name == "malloc" }

// checkCalls compares what was traced with what happened, call by call.
func checkCalls(t *testing.T, made []tracedCall, want []variantCall) {
	t.Helper()
	for i := range min(len(made), len(want)) {
		if made[i].name != want[i].name {
			t.Errorf("call %d is %s, want %s", i, made[i].name, want[i].name)
		} else if !want[i].shownAs(made[i].result) {
			t.Errorf("call %d, %s, gives %s, want %d %q", i, made[i].name, made[i].result, want[i].result, want[i].text)
		}
	}
	if len(made) != len(want) {
		t.Errorf("%d calls traced, want %d: %v", len(made), len(want), made)
	}
}

// shownAs says whether a result in the trace can be the call's: its text quoted,
// its word in decimal or hexadecimal, a character, nil. What free leaves in the
// register means nothing.
func (c variantCall) shownAs(result string) bool {
	if c.name == "free" {
		return result != ""
	}
	if c.text != "-" && result == strconv.Quote(c.text) {
		return true
	}
	if c.result == 0 && result == "nil" {
		return true
	}
	if len(result) == 3 && result[0] == '\'' && result[2] == '\'' {
		return uint64(result[1]) == c.result
	}
	n, err := strconv.ParseUint(result, 0, 64)
	return err == nil && n == c.result
}

// tracedCall is a call that a trace holds with its return.
type tracedCall struct {
	name, result string
	within       string // the traced call that it was made in, or ""
}

// singleThreadCalls reads the calls, in the order in which they were made, from
// the trace of one thread.
func singleThreadCalls(t *testing.T, trace string) []tracedCall {
	t.Helper()
	var calls []tracedCall
	var open []int // indexes of the calls not returned from
	enter := func(l testkit.Line) {
		c := tracedCall{result: l.Result}
		c.name, _, _ = strings.Cut(l.Name, "@") // the module that a library's function is in
		if len(open) > 0 {
			c.within = calls[open[len(open)-1]].name
		}
		calls = append(calls, c)
	}
	tr := testkit.ReadTrace(t, trace, 0, func(l testkit.Line) {
		switch l.Kind {
		case testkit.CallLine:
			enter(l)
		case testkit.CallOpen:
			enter(l)
			open = append(open, len(calls)-1)
		case testkit.ReturnLine:
			if len(open) == 0 {
				return // CheckBalance tells of it
			}
			calls[open[len(open)-1]].result = l.Result
			open = open[:len(open)-1]
		case testkit.AbandonedLine:
			if len(open) > 0 {
				open = open[:len(open)-1]
			}
		}
	})
	tr.CheckBalance(t)
	tr.CheckOrder(t)
	return calls
}

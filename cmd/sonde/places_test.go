package main

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestPreload traces what a preloaded library calls, and the program's calls that
// it takes.
func TestPreload(t *testing.T) {
	program := buildVariant(t, "variant_calls.c", "-fPIE -pie")
	pre := library(t, "place_preload.c", "libplace_preload.so")
	for _, c := range []struct {
		options string
		atoi    int // the program's, which the library takes
		strtol  int // the library's
	}{
		{"-e @libplace_pre*", 0, 5},
		{"-e @MAIN", 5, 0},
		{"-l libplace_pre*", 5, 0},
		{"-e atoi+strtol", 5, 5},
		{"-L -x @libplace_pre*", 5, 0},
	} {
		t.Run(c.options, func(t *testing.T) {
			var atoi, strtol int
			tr := traceEnv(t, []string{"LD_PRELOAD=" + pre}, c.options, func(l testkit.Line) {
				switch {
				case l.Kind > testkit.CallNoReturn:
				case l.Name == "atoi" && l.Caller == "variant_calls", l.Name == "atoi@libplace_preload.so":
					atoi++
				case l.Name == "atoi" && l.Caller == "" && !strings.Contains(c.options, "-x"):
					atoi++
				case l.Name == "strtol" && l.Caller == "libplace_preload.so":
					strtol++
				}
			}, program)
			tr.CheckOrder(t)
			if atoi != c.atoi || strtol != c.strtol {
				t.Errorf("%d calls of atoi, %d of strtol, want %d and %d", atoi, strtol, c.atoi, c.strtol)
			}
		})
	}
}

// traceEnv traces a program that is to end with status 0 and needs something in
// its environment.
func traceEnv(t *testing.T, env []string, options string, each func(testkit.Line), program ...string) *testkit.Trace {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	args := append([]string{testkit.Sonde(t), "-o", trace}, strings.Fields(options)...)
	// The tool has the variables too: env(1) sets them for the program alone.
	args = append(append(append(args, "/usr/bin/env"), env...), program...)
	r := testkit.Command{Args: args, Trace: trace}.Run(t)
	checkExit(t, r, 0)
	tr := testkit.ReadTrace(t, trace, 0, each)
	tr.CheckBalance(t)
	return tr
}

// TestAudit traces a program under an auditor, which the dynamic linker loads into a
// namespace of its own before all else.
func TestAudit(t *testing.T) {
	auditor := library(t, "place_audit.c", "libplace_audit.so")
	for _, flags := range []string{"-fPIE -pie -Wl,-z,lazy", "-fPIE -pie -Wl,-z,now", "-fno-plt"} {
		t.Run(flags, func(t *testing.T) {
			program := buildVariant(t, "variant_calls.c", flags)
			names := make(map[string]int)
			tr := traceEnv(t, []string{"LD_AUDIT=" + auditor, "VARIANT=audited"}, "-e @MAIN", func(l testkit.Line) {
				if l.Kind <= testkit.CallNoReturn && l.Caller == "variant_calls" {
					names[l.Name]++
				}
			}, program)
			tr.CheckOrder(t)
			for name, n := range map[string]int{"atoi": 5, "getenv": 5, "malloc": 5, "free": 5, "toupper": 5, "puts": 1} {
				if names[name] != n {
					t.Errorf("%s: %d calls, want %d", name, names[name], n)
				}
			}
		})
	}
}

// TestReached asks for the calls into a library where another one has taken a function's
// place: what counts is where calls go, not who exports the name.
func TestReached(t *testing.T) {
	fake := library(t, "place_interpose.c", "libfake.so", "-DLIB")
	for _, v := range []struct{ name, flags string }{
		{"lazy", "-Wl,-z,lazy"},
		{"now", "-Wl,-z,now"},
		{"no PLT", "-fno-plt"},
	} {
		program := build(t, "place_interpose.c", append(strings.Fields(v.flags), fake, "-Wl,-rpath,"+filepath.Dir(fake))...)
		if filepath.Base(fake) != "libfake.so" { // what it is looked for as
			dir := filepath.Dir(named(t, fake, "libfake.so"))
			program = build(t, "place_interpose.c", append(strings.Fields(v.flags), fake, "-Wl,-rpath,"+dir)...)
		}
		for _, c := range []struct {
			options string
			want    map[string]int // calls by the program
		}{
			{"-l libfake.so", map[string]int{"malloc": 2}},
			{"-l libc.so.6", map[string]int{"calloc": 1, "puts": 1}},
			{"-l lib*", map[string]int{"malloc": 2, "calloc": 1, "puts": 1}},
		} {
			t.Run(v.name+", "+c.options, func(t *testing.T) {
				got := make(map[string]int)
				r, tr := traceLines(t, c.options, func(l testkit.Line) {
					if l.Kind <= testkit.CallNoReturn && l.Caller == "place_interpose" && !strings.HasPrefix(l.Name, "__") {
						got[l.Name]++
					}
				}, program)
				checkExit(t, r.Result, 0)
				tr.CheckOrder(t)
				if fmt.Sprint(got) != fmt.Sprint(c.want) {
					t.Errorf("the program's calls are %v, want %v\n%s", got, c.want, endOf(t, r.file))
				}
			})
		}
	}
}

// TestPointers calls a function in every way that code has: the call that goes through
// a pointer is told once, wherever it is seen.
func TestPointers(t *testing.T) {
	for _, v := range []struct{ name, flags string }{
		{"PIE, -O0", "-fPIE -pie -O0"},
		{"PIE, -O2", "-fPIE -pie -O2"},
		{"no PIE, -O0", "-fno-pie -no-pie -O0"},
		{"no PIE, -O2", "-fno-pie -no-pie -O2"},
		{"no PLT, -O0", "-fno-plt -O0"},
		{"no PLT, -O2", "-fno-plt -O2"},
		{"no PLT, no PIE, -O2", "-fno-plt -fno-pie -no-pie -O2"},
		{"IBT, -O2", "-fcf-protection=full -Wl,-z,ibtplt -O2"},
		{"clang, -O2", "CC=clang -O2"},
		{"lld, -O2", "-fuse-ld=lld -O2"},
		{"32-bit, -O2", "-m32 -O2"},
		{"32-bit, no PLT, -O2", "-m32 -fno-plt -O2"},
	} {
		t.Run(v.name, func(t *testing.T) {
			program := buildVariant(t, "place_pointers.c", v.flags)
			r, tr := traceProgram(t, "", program)
			checkExit(t, r.Result, 0)
			if r.Stdout != "sum 7\n" {
				t.Errorf("the program says %q", r.Stdout)
			}
			checkTotals(t, tr, "atoi", 7, 7, 0)
			tr.CheckOrder(t)
		})
	}
}

// TestLoadedSelf calls a function, by its address, that begins with the instruction
// which loads that address: one place is both.
func TestLoadedSelf(t *testing.T) {
	for _, machine := range []string{"-m64", "-m32"} {
		t.Run(machine, func(t *testing.T) {
			lib := library(t, "place_self.c", "libplace_self.so", machine, "-DLIB", "-fomit-frame-pointer")
			program := build(t, "place_self.c", machine, "-ldl")
			r, tr := traceProgram(t, "-e self@libplace_self.so", program, lib)
			checkExit(t, r.Result, 0)
			checkTotals(t, tr, "self", 6, 6, 0)
		})
	}
}

// TestSpots names places by where they are. Each is passed as often as the program
// comes there.
func TestSpots(t *testing.T) {
	const source = "testdata/place_spots.c"
	line := lineOf(t, source, "// LOOP")
	for _, flags := range []string{"-O0 -g", "-O0 -g -no-pie -fno-pie", "-O0 -gdwarf-4", "-O0 -g -m32"} {
		t.Run(flags, func(t *testing.T) {
			program := buildVariant(t, "place_spots.c", flags)
			spot := fmt.Sprintf("place_spots.c:%d", line)
			local := symbolValue(t, program, "local")
			for _, c := range []struct {
				options, name string
				passed, calls int // "=== NAME ===" lines; calls of NAME
			}{
				// 7 rounds in two calls; a compiler may begin the line twice in a round.
				{"-L -x " + spot, spot, 7, 0},
				{fmt.Sprintf("-L -x %#x", local), "local", 0, 2},
				{"-L -x local", "local", 0, 2},
				{"-L -x exported", "exported", 0, 2},
				{"-L -x alias", "alias", 0, 2},
			} {
				var passed, calls int
				r, tr := traceLines(t, c.options, func(l testkit.Line) {
					switch {
					case l.Kind == testkit.PassedLine && l.Name == c.name:
						passed++
					case l.Kind <= testkit.CallNoReturn && l.Name == c.name:
						calls++
					}
				}, program)
				checkExit(t, r.Result, 0)
				tr.CheckOrder(t)
				if passed != c.passed || calls != c.calls {
					t.Errorf("%s: passed %d times, called %d, want %d and %d\n%s",
						c.options, passed, calls, c.passed, c.calls, endOf(t, r.file))
				}
			}
		})
	}
}

// lineOf returns the number of the line that holds a text.
func lineOf(t *testing.T, file, text string) int {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	before, _, ok := bytes.Cut(data, []byte(text))
	if !ok {
		t.Fatalf("%s has no %q", file, text)
	}
	return bytes.Count(before, []byte("\n")) + 1
}

// symbolValue returns where a function begins, as its file numbers addresses.
func symbolValue(t *testing.T, program, name string) uint64 {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	for _, sym := range symbols {
		if sym.Name == name && elf.ST_TYPE(sym.Info) == elf.STT_FUNC {
			return sym.Value
		}
	}
	t.Fatalf("%s has no function %s", program, name)
	return 0
}

// TestDamagedSymbols traces functions of a program whose symbol table is damaged:
// at most one complaint, and what can be known is traced.
func TestDamagedSymbols(t *testing.T) {
	file, err := os.ReadFile(buildVariant(t, "variant_calls.c", "-fPIE -pie"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		f    field // of .symtab's header: Elf64_Shdr in elf(5)
		v    uint64
	}{
		{"of no entry size", field{56, 8}, 0},
		{"of an odd entry size", field{56, 8}, 23},
		{"past the end", field{24, 8}, uint64(len(file)) + 24},
		{"of 2^60 bytes", field{32, 8}, 1 << 60},
		{"names in no section", field{40, 4}, 0xffff},
		{"names in itself", field{40, 4}, uint64(sectionIndex(t, file, ".symtab"))},
		{"made of code", field{24, 8}, 0x1000},
	} {
		t.Run(c.name, func(t *testing.T) {
			at := sectionTable(t, file) + 64*sectionIndex(t, file, ".symtab")
			program := writeProgram(t, mangled(file, field{at + c.f.offset, c.f.size}, c.v))
			trace := filepath.Join(t.TempDir(), "trace")
			r := testkit.Run(t, testkit.Sonde(t), "-o", trace, "-x", "*@MAIN", program)
			want := testkit.Run(t, program)
			checkSameEnd(t, r, want)
			if n := strings.Count(r.Stderr, "sonde: "); n > 1 {
				t.Errorf("%d complaints:\n%s", n, r.Stderr)
			}
			tr := testkit.ReadTrace(t, trace, 0, nil)
			tr.CheckBalance(t)
			for name, n := range map[string]int{"atoi": 5, "getenv": 5, "malloc": 5, "free": 5, "toupper": 5, "puts": 1} {
				if got := tr.Calls.Total(name); got != n {
					t.Errorf("%s: %d calls, want %d", name, got, n)
				}
			}
		})
	}
}

// sectionIndex returns which section has a name.
func sectionIndex(t *testing.T, file []byte, name string) int {
	t.Helper()
	f, err := elf.NewFile(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	return slices.IndexFunc(f.Sections, func(s *elf.Section) bool { return s.Name == name })
}

// TestExecMachines executes programs of the other word size from one another.
func TestExecMachines(t *testing.T) {
	start := map[string]string{
		"64": build(t, "fault_exec.c", "-O1"),
		"32": build(t, "fault_exec.c", "-O1", "-m32"),
	}
	next := map[string]string{
		"64": build(t, "truth_threads.c", "-O1"),
		"32": build(t, "truth_threads.c", "-O1", "-m32"),
	}
	for _, way := range [][]string{{"64", "32"}, {"32", "64"}, {"32", "32"}, {"64", "32", "64"}, {"32", "64", "32"}} {
		for _, opt := range []string{"-f", "-f -x main"} {
			t.Run(opt+" "+strings.Join(way, " to "), func(t *testing.T) {
				var argv []string
				for _, bits := range way[:len(way)-1] {
					argv = append(argv, start[bits], "0")
				}
				argv = append(argv, next[way[len(way)-1]], "2", "50")
				r, tr := traceProgram(t, opt, argv...)
				checkExit(t, r.Result, 0)
				checkCounts(t, r, tr)
				if tr.Execs != len(way)-1 {
					t.Errorf("the trace has %d execs, want %d", tr.Execs, len(way)-1)
				}
				if n := tr.Calls.Total("main"); strings.Contains(opt, "-x") && n != len(way) {
					t.Errorf("the trace has main %d times, want %d", n, len(way))
				}
			})
		}
	}
}

// TestForkMachines runs a child of the other word size beside its parent.
func TestForkMachines(t *testing.T) {
	for _, c := range []struct{ parent, child string }{{"-m64", "-m32"}, {"-m32", "-m64"}} {
		t.Run(c.parent+", child "+c.child, func(t *testing.T) {
			child := build(t, "truth_threads.c", "-O1", c.child)
			parent := build(t, "truth_procs.c", "-O1", c.parent)
			script := fmt.Sprintf("%s 2 20 & %s 2 2; wait", child, parent)
			r, tr := traceProgram(t, "-f", "/bin/sh", "-c", script)
			checkExit(t, r.Result, 0)
			checkCounts(t, r, tr)
		})
	}
}

// TestDemangledEntries asks for functions of C++ and Rust by the names that people
// know.
func TestDemangledEntries(t *testing.T) {
	cxx := build(t, "place_names.cc", "-O0")
	for _, c := range []struct {
		options, name string // the name as a line has it, to its parenthesis
		calls         int
	}{
		{"-L -x std::vector*::push_back*@MAIN", "std::vector<int>::push_back", 10},
		{"-L -x std::vector*::push_back(int&&)@MAIN", "std::vector<int>::push_back", 4},
		{"-L -x shapes::*::area", "shapes::Square::area", 3},
		{"-L -x shapes::*::area", "shapes::Circle::area", 2},
		{"-L -x /shapes::.*::area(.*/", "shapes::Square::area", 3},
		{"-L -x twice*", "twice<int>", 5},
		{"-L -x *operator+*@MAIN", "operator+", 6},
		{"-L --no-demangle -x shapes::*::area", "_ZNK6shapes6Square4areaEv", 3},
	} {
		checkNamed(t, c.options, c.name, c.calls, cxx)
	}
	rust := testkit.Build(t, "testdata/place_names.rs", "CC=rustc", "-Copt-level=0")
	for _, c := range []struct {
		options, name string
		calls         int
	}{
		{"-L -x place_names::shapes::*", "place_names::shapes::area", 3},
		{"-L -x *Square*::perimeter*", "place_names::shapes::Square::perimeter", 2},
	} {
		checkNamed(t, c.options, c.name, c.calls, rust)
	}
	v0 := testkit.Build(t, "testdata/place_names.rs", "CC=rustc", "-Copt-level=0", "-Csymbol-mangling-version=v0")
	checkNamed(t, "-L -x place_names::shapes::*", "place_names::shapes::area", 3, v0)
}

// checkNamed counts the lines of calls of a function whose name has what
// testkit.ParseLine takes no name to have.
func checkNamed(t *testing.T, options, name string, calls int, program string) {
	t.Helper()
	r := runTraced(t, options, program)
	checkExit(t, r.Result, 0)
	data, err := os.ReadFile(r.file)
	if err != nil {
		t.Fatal(err)
	}
	got := 0
	for line := range bytes.Lines(data) {
		if bytes.HasPrefix(line, []byte(name+"(")) {
			got++
		}
	}
	if got != calls {
		t.Errorf("%s: %d calls of %s, want %d\n%s", options, got, name, calls, endOf(t, r.file))
	}
	if r.Stderr != "" {
		t.Errorf("%s: the tool says %q", options, r.Stderr)
	}
}

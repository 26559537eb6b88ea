package main

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// The tests of this file go on with the faults of ltrace 0.7.3 and 0.8.1 that
// faults_test.go begins with: those about which places are probed.

// TestB10IFUNC calls functions whose code is chosen at run time. Their relocations
// have no symbol, and ltrace gave the slots the names of others.
func TestB10IFUNC(t *testing.T) {
	for _, v := range []struct{ name, flags string }{
		{"PIE, lazy", "-fPIE -pie -Wl,-z,lazy"},
		{"PIE, now", "-fPIE -pie -Wl,-z,now"},
		{"no PIE", "-fno-pie -no-pie"},
		{"IBT, PIE, lazy", "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,lazy"},
		{"IBT, PIE, now", "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
		{"IBT, no PIE", "-fno-pie -no-pie -fcf-protection=full -Wl,-z,ibtplt"},
		{"lld", "-fuse-ld=lld"},
		{"gold", "-fuse-ld=gold"},
		{"mold", "-fuse-ld=mold"},
		{"no PLT", "-fno-plt"},
		{"no PLT, -O2", "-fno-plt -O2"},
		{"32-bit", "-m32 -fPIC -pie"},
		{"32-bit, IBT, no PIE", "-m32 -fno-pie -no-pie -fcf-protection=full -Wl,-z,ibtplt"},
	} {
		t.Run(v.name, func(t *testing.T) {
			program := buildVariant(t, "place_ifuncs.c", v.flags+" -pthread")
			r, tr := traceProgram(t, "", program)
			checkExit(t, r.Result, 0)
			checkCounts(t, r, tr)
			tr.CheckOrder(t)
		})
	}
}

// TestB10IFUNCEntry sees the same calls where the functions begin, which only their
// resolvers tell.
func TestB10IFUNCEntry(t *testing.T) {
	for _, flags := range []string{"-Wl,-z,now", "-static", "-fno-plt -O2", "-fno-pie -no-pie -Wl,-z,now"} {
		t.Run(flags, func(t *testing.T) {
			program := buildVariant(t, "place_ifuncs.c", flags+" -pthread")
			trace := filepath.Join(t.TempDir(), "trace")
			const functions = "-xmain+dprintf+chosen+/str(len|cmp)|memcpy/E-@ld*"
			r := testkit.Command{Args: []string{testkit.Sonde(t), "-o", trace, "-L", functions, program}, Trace: trace}.Run(t)
			checkExit(t, r, 0)
			made := make(map[string]int)
			for _, c := range singleThreadCalls(t, trace) {
				if c.within == "main" {
					made[c.name]++
				}
			}
			for _, names := range testkit.ParseCounts(t, r.Stdout) {
				for name, n := range names {
					if made[name] != n {
						t.Errorf("%s: %d calls by main, want %d\n%s", name, made[name], n, endOf(t, trace))
					}
				}
			}
		})
	}
}

// TestB11Names traces all calls between libraries: each has a name, also those of
// libc's own IFUNCs, whose slots have no symbol.
func TestB11Names(t *testing.T) {
	program := build(t, "place_filters.c", "-O1", "-lm")
	ifuncs := ifuncNames(t, libcOf(t, program))
	chosen := 0
	r, tr := traceLines(t, "-e *", func(l testkit.Line) {
		if l.Kind > testkit.CallNoReturn {
			return
		}
		name, _, _ := strings.Cut(l.Name, "@")
		if l.Caller == "" || name == "" || strings.HasPrefix(name, "*") {
			t.Errorf("%s: it lacks a name", l.Text)
		}
		if l.Caller == "libc.so.6" && ifuncs[name] {
			chosen++
		}
	}, program)
	checkExit(t, r.Result, 0)
	checkCounts(t, r, onlyCaller(t, r, "place_filters"))
	tr.CheckOrder(t)
	if chosen == 0 {
		t.Errorf("the trace has no call by libc of one of its IFUNCs\n%s", endOf(t, r.file))
	}
}

// onlyCaller reads the calls that one module makes from a trace.
func onlyCaller(t *testing.T, r traced, caller string) *testkit.Trace {
	t.Helper()
	first := firstThread(t, r)
	tr := &testkit.Trace{Calls: make(testkit.Counts)}
	testkit.ReadTrace(t, r.file, first, func(l testkit.Line) {
		if l.Kind <= testkit.CallNoReturn && l.Caller == caller {
			tr.Calls.Add(max(l.TID, first), l.Name, 1)
		}
	})
	return tr
}

// libcOf returns the path of the C library that a program is loaded with.
func libcOf(t *testing.T, program string) string {
	t.Helper()
	interp := interpreterOf(t, program)
	r := testkit.Run(t, interp, "--list", program)
	for line := range strings.Lines(r.Stdout) {
		if f := strings.Fields(line); len(f) >= 3 && f[0] == "libc.so.6" {
			return f[2]
		}
	}
	t.Fatalf("%s has no libc: %s", program, r.Describe())
	return ""
}

// interpreterOf returns the dynamic linker that a program asks for.
func interpreterOf(t *testing.T, program string) string {
	t.Helper()
	f, err := elf.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	data, err := f.Section(".interp").Data()
	if err != nil {
		t.Fatal(err)
	}
	return strings.TrimRight(string(data), "\x00")
}

// dynamicSymbols returns the symbols of .dynsym.
func dynamicSymbols(t *testing.T, library string) []elf.Symbol {
	t.Helper()
	f, err := elf.Open(library)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.DynamicSymbols()
	if err != nil {
		t.Fatal(err)
	}
	return symbols
}

// ifuncNames returns the functions of a library whose code is chosen at run time.
func ifuncNames(t *testing.T, library string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	for _, sym := range dynamicSymbols(t, library) {
		if elf.ST_TYPE(sym.Info) == elf.STT_GNU_IFUNC {
			names[sym.Name] = true
		}
	}
	if len(names) == 0 {
		t.Fatalf("%s has no IFUNC", library)
	}
	return names
}

// library builds a shared library of testdata under a name of its own.
func library(t *testing.T, source, soname string, flags ...string) string {
	t.Helper()
	return build(t, source, append([]string{"-shared", "-fPIC", "-O1", "-Wl,-soname," + soname}, flags...)...)
}

// named returns a copy of a file in a directory of the test's own.
func named(t *testing.T, file, name string) string {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(path, data, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// dlLibraries are what place_dl opens.
func dlLibraries(t *testing.T, flags ...string) []string {
	t.Helper()
	var paths []string
	for _, soname := range []string{"libplace_dl0.so", "libplace_dl1.so"} {
		paths = append(paths, named(t, library(t, "place_dl_lib.c", soname, flags...), soname))
	}
	return paths
}

// TestB13Reopened opens libraries anew that were closed before: what the dynamic linker
// keeps of them may stand where it stood, and so may the libraries.
func TestB13Reopened(t *testing.T) {
	program := build(t, "place_dl.c", "-O1")
	for _, opt := range []string{"-L -x fn+helper", "-x fn+helper", "-e @MAIN+@libplace_dl*", "-e strtol+fn+helper -x fn+helper"} {
		t.Run(opt, func(t *testing.T) {
			r, tr := traceProgram(t, opt, append([]string{program, "3", "base"}, dlLibraries(t)...)...)
			checkExit(t, r.Result, 0)
			checkDl(t, r, tr, opt)
			tr.CheckOrder(t)
			// Where there is nothing to trace at first, it says that there may be.
			if r.Stderr != "" {
				complaint(t, r.Stderr, `; what it loads later is traced$`)
			}
		})
	}
}

// checkDl compares a trace of place_dl with what it has counted, as far as the
// options show it.
func checkDl(t *testing.T, r traced, tr *testkit.Trace, opt string) {
	t.Helper()
	if strings.Contains(r.Stdout, "wrong") {
		t.Errorf("the program got wrong results: %s", r.Describe())
	}
	want := testkit.ParseCounts(t, r.Stdout)
	if want.Total("fn") != 6 {
		t.Fatalf("the program did not do what it should: %s", r.Describe())
	}
	entered := func(name string) int {
		return tr.Calls.Total(name+"@libplace_dl0.so") + tr.Calls.Total(name+"@libplace_dl1.so")
	}
	if strings.Contains(opt, "-x") {
		for _, name := range []string{"fn", "helper"} {
			if got := entered(name); got != want.Total(name) {
				t.Errorf("%s: %d entries in the trace, want %d\n%s", name, got, want.Total(name), endOf(t, r.file))
			}
		}
	}
	if strings.Contains(opt, "-e") {
		for _, name := range []string{"strtol", "helper"} { // fn is called by a pointer that dlsym gave
			if got := tr.Calls.Total(name); got != want.Total(name) {
				t.Errorf("%s: %d calls in the trace, want %d\n%s", name, got, want.Total(name), endOf(t, r.file))
			}
		}
	}
}

// TestB14Namespace opens libraries in namespaces of their own, which the list that
// debuggers read first does not have.
func TestB14Namespace(t *testing.T) {
	program := build(t, "place_dl.c", "-O1")
	for _, opt := range []string{"-L -x fn+helper", "-e @libplace_dl*"} {
		t.Run(opt, func(t *testing.T) {
			r, tr := traceProgram(t, opt, append([]string{program, "3", "new"}, dlLibraries(t)...)...)
			checkExit(t, r.Result, 0)
			checkDl(t, r, tr, opt)
		})
	}
}

// TestB26Musl traces every function of a program of musl's, and of its libc, which is
// the dynamic linker too.
func TestB26Musl(t *testing.T) {
	for _, flags := range []string{"CC=musl-gcc", "CC=musl-gcc -static", "CC=musl-gcc -fno-plt -O2"} {
		t.Run(flags, func(t *testing.T) {
			program := buildVariant(t, "variant_calls.c", flags)
			checkVariant(t, program, "-L -x *")
		})
	}
}

// TestB27Start asks for where the program begins. ltrace's own breakpoint stood there.
func TestB27Start(t *testing.T) {
	for _, flags := range []string{"-fPIE -pie", "-fno-pie -no-pie", "-static", "-static-pie -fPIE", "-m32", "CC=musl-gcc"} {
		t.Run(flags, func(t *testing.T) {
			program := buildVariant(t, "variant_calls.c", flags)
			r, tr := traceProgram(t, "-L -x _start@MAIN", program)
			checkExit(t, r.Result, 0)
			if n := tr.Calls.Total("_start"); n != 1 {
				t.Errorf("the trace has _start %d times, want once\n%s", n, endOf(t, r.file))
			}
			if n := tr.Returns.Total("_start"); n != 0 {
				t.Errorf("_start returns %d times", n)
			}
		})
	}
}

// place is where a program and its library rec are, as the test sees it.
type recProgram struct{ program, library string }

// buildRec builds place_rec, which looks for its library in dir.
func buildRec(t *testing.T, dir string) recProgram {
	t.Helper()
	lib := library(t, "place_rec_lib.c", "libplace_rec.so")
	return recProgram{
		program: build(t, "place_rec.c", "-O1", lib, "-Wl,-rpath,"+dir),
		library: lib,
	}
}

// checkRec traces the calls of rec in a running place_rec, and ends it.
func checkRec(t *testing.T, target *testkit.Peer) {
	t.Helper()
	tool, refused := attach(t, target.PID, "-L", "-x", "rec")
	if refused {
		tool.Wait(t)
		t.Fatalf("refused: %q", tool.Lines)
	}
	readCalls(t, tool, 10)
	detach(t, tool, syscall.SIGINT)
	for i, line := range tool.Lines {
		l, err := testkit.ParseLine(line)
		if err != nil || !isCall(line) {
			continue
		}
		// The last may be cut off by the detaching.
		if l.Name != "rec@libplace_rec.so" || l.Kind != testkit.CallLine && i < len(tool.Lines)-2 {
			t.Errorf("the trace has %q", line)
		}
		if l.Kind == testkit.CallLine && (!strings.HasPrefix(l.Args, "5") || l.Result != "42") {
			t.Errorf("the trace has %q, the program calls rec(5) = 42", line)
		}
	}
	testkit.CheckReleased(t, target.PID)
	target.EndTarget(t)
}

// TestB29OtherRoot attaches to a program in another root directory, where its libraries
// are and the tracer's are not.
func TestB29OtherRoot(t *testing.T) {
	needRoot(t)
	t.Run("chroot", func(t *testing.T) {
		root := otherRoot(t, buildRec(t, "/opt/rec"), "opt/rec/libplace_rec.so")
		checkRec(t, testkit.StartTarget(t, &syscall.SysProcAttr{Chroot: root}, "/program"))
	})
	t.Run("mount namespace", func(t *testing.T) {
		dir := t.TempDir()
		rec := buildRec(t, dir)
		checkRec(t, startMounted(t, dir, rec.program, rec.library))
	})
}

// otherRoot makes a directory a program's root: with its libraries, the one of its
// own where it is looked for.
func otherRoot(t *testing.T, rec recProgram, library string) string {
	t.Helper()
	root := t.TempDir()
	install := func(from, to string) {
		data, err := os.ReadFile(from)
		if err == nil {
			err = os.MkdirAll(filepath.Dir(filepath.Join(root, to)), 0o755)
		}
		if err == nil {
			err = os.WriteFile(filepath.Join(root, to), data, 0o755)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	install(rec.program, "program")
	install(rec.library, library)
	install(interpreterOf(t, rec.program), interpreterOf(t, rec.program))
	install(libcOf(t, "/bin/ls"), "lib/x86_64-linux-gnu/libc.so.6")
	return root
}

// startMounted starts a program that sees another file system at dir than the
// test: an empty one with a library in it.
func startMounted(t *testing.T, dir, program, library string) *testkit.Peer {
	t.Helper()
	const script = `mount -t tmpfs none "$1" && cp "$3" "$1/libplace_rec.so" && exec "$2"`
	return testkit.StartTarget(t, &syscall.SysProcAttr{Unshareflags: syscall.CLONE_NEWNS},
		"/bin/sh", "-c", script, "sh", dir, program, library)
}

// TestB30SamePath attaches to a program that has another library at the path than
// the tracer. ltrace planted its breakpoints where the tracer's would have them.
func TestB30SamePath(t *testing.T) {
	needRoot(t)
	for _, c := range []struct{ name, its, ours string }{
		{"other functions here", "", "-DOTHER"},
		{"other functions there", "-DOTHER", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			rec := buildRec(t, dir)
			its := library(t, "place_rec_lib.c", "libplace_rec.so", strings.Fields(c.its)...)
			ours := library(t, "place_rec_lib.c", "libplace_rec.so", strings.Fields(c.ours)...)
			copyTo(t, ours, filepath.Join(dir, "libplace_rec.so"))
			checkRec(t, startMounted(t, dir, rec.program, its))
		})
	}
}

// copyTo copies a file to a path that need not be there.
func copyTo(t *testing.T, file, path string) {
	t.Helper()
	data, err := os.ReadFile(file)
	if err == nil {
		err = os.WriteFile(path, data, 0o755)
	}
	if err != nil {
		t.Fatal(err)
	}
}

// TestB31Replaced attaches to a program whose files an upgrade has deleted or
// replaced since it started: what it runs is what is mapped.
func TestB31Replaced(t *testing.T) {
	needRoot(t) // /proc/PID/map_files is for CAP_CHECKPOINT_RESTORE
	for _, c := range []struct {
		name   string
		change func(t *testing.T, program, library, other string) error
	}{
		{"library deleted", func(_ *testing.T, _, library, _ string) error { return os.Remove(library) }},
		{"library replaced", func(_ *testing.T, _, library, other string) error { return os.Rename(other, library) }},
		{"both deleted", func(_ *testing.T, program, library, _ string) error {
			if err := os.Remove(program); err != nil {
				return err
			}
			return os.Remove(library)
		}},
	} {
		t.Run(c.name, func(t *testing.T) {
			dir := t.TempDir()
			rec := buildRec(t, dir)
			program, lib, other := filepath.Join(dir, "program"), filepath.Join(dir, "libplace_rec.so"), filepath.Join(dir, "other")
			copyTo(t, rec.program, program)
			copyTo(t, rec.library, lib)
			copyTo(t, library(t, "place_rec_lib.c", "libplace_rec.so", "-DOTHER"), other)
			target := testkit.StartTarget(t, nil, program)
			if err := c.change(t, program, lib, other); err != nil {
				t.Fatal(err)
			}
			checkRec(t, target)
		})
	}
}

// TestB32Loader starts programs through the dynamic linker.
func TestB32Loader(t *testing.T) {
	for _, flags := range []string{"-fPIE -pie", "-fno-pie -no-pie -Wl,-z,now", "-fno-plt", "-m32", "CC=musl-gcc", "CC=musl-gcc -fno-plt"} {
		t.Run(flags, func(t *testing.T) {
			program := buildVariant(t, "variant_calls.c", flags)
			checkVariant(t, program, "", interpreterOf(t, program))
		})
	}
}

// TestB36DebugFiles traces libc with its separate debug file, which has the symbols of
// functions that call one another in all ways.
func TestB36DebugFiles(t *testing.T) {
	want := testkit.Run(t, "/bin/ls", "-l", "/usr/include")
	for _, opt := range []string{"-l libc.so.6", "-L -x *@libc*"} {
		t.Run(opt, func(t *testing.T) {
			local := 0
			exported := exportedBy(t, libcOf(t, "/bin/ls"))
			r, tr := traceLines(t, opt, func(l testkit.Line) {
				name, module, _ := strings.Cut(l.Name, "@")
				if l.Kind <= testkit.CallNoReturn && module == "libc.so.6" && !exported[name] {
					local++
				}
			}, "/bin/ls", "-l", "/usr/include")
			checkSame(t, r.Result, want)
			tr.CheckOrder(t)
			if calls := total(tr.Calls); calls < 100 {
				t.Errorf("the trace has %d calls only\n%s", calls, endOf(t, r.file))
			}
			if strings.Contains(opt, "-x") && local == 0 {
				t.Errorf("the trace has no function that only the debug file tells of; is libc6-dbg installed?")
			}
		})
	}
}

// exportedBy returns the names that a library's dynamic symbols have.
func exportedBy(t *testing.T, library string) map[string]bool {
	t.Helper()
	names := make(map[string]bool)
	for _, sym := range dynamicSymbols(t, library) {
		names[sym.Name] = true
	}
	return names
}

// total is the number of all calls.
func total(c testkit.Counts) int {
	n := 0
	for _, names := range c {
		for _, k := range names {
			n += k
		}
	}
	return n
}

// TestB38Filters goes through the forms of filters that ltrace documents, those
// that it breaks among them.
func TestB38Filters(t *testing.T) {
	program := build(t, "place_filters.c", "-O1", "-lm")
	asLdd := libcOf(t, program)
	asKernel, err := filepath.EvalSymlinks(asLdd)
	if err != nil {
		t.Fatal(err)
	}
	all := []string{"abs", "cos", "memcpy", "puts", "qsort", "strcmp", "strlen"}
	for _, c := range []struct {
		options string
		names   string // of the seven that the program counts, "all" for all
		inside  bool   // the filter also takes calls that libraries make
	}{
		{"-e str*", "strcmp strlen", true},
		{"-e ^str*", "strcmp strlen", true},
		{"-e str*@MAIN", "strcmp strlen", false},
		{"-e /str.*/@MAIN", "strcmp strlen", false},
		{"-e /^str.*/@MAIN", "strcmp strlen", false},
		{"-e /^str.*$/@MAIN", "strcmp strlen", false},
		{`-e /\(str\|q\).*/@MAIN`, "strcmp strlen qsort", false},
		{"-e /(str|q).*/@MAIN", "", false}, // basic, as in ltrace
		{"-e /(str|q).*/E@MAIN", "strcmp strlen qsort", false},
		{"-e @^MAIN", "all", false},
		{"-e @MAIN", "all", false},
		{"", "all", false},
		{"-e @" + program, "all", false},
		{"-e @" + filepath.Dir(program) + "/*", "all", false},
		{"-e @place_filt*", "all", false},
		{"-e @/place_f.*/", "all", false},
		{"-e +strcmp", "all", true},
		{"-e strcmp+", "strcmp", true},
		{"-e abs+puts-a*", "puts", true},
		{"-e -*@libc*", "all", false},
		{"-e @MAIN-mem*", "abs cos puts qsort strcmp strlen", false},
		{"-e !puts", "abs cos memcpy qsort strcmp strlen", false},
		{"-e -puts", "abs cos memcpy qsort strcmp strlen", false},
		{"-e abs -e puts", "abs puts", true},
		{"-e abs@@GLIBC_*", "abs", true},
		{"-e abs@@NONE_*", "", true},
		{"-l libc.so.6", "abs memcpy puts qsort strcmp strlen", true},
		{"-l libm.so.6", "cos", true},
		{"-l libm*", "cos", true},
		{"-l " + filepath.Dir(asLdd) + "/libm*", "cos", true},
		{"-l " + filepath.Dir(asKernel) + "/libm*", "cos", true},
		{"-l " + asLdd, "abs memcpy puts qsort strcmp strlen", true},
		{"-e @MAIN-@" + asLdd, "all", false},
		{"-l libm.so.6 -e abs", "abs cos", true},
	} {
		t.Run(strings.ReplaceAll(c.options, "/", "|"), func(t *testing.T) {
			names := all
			if c.names != "all" {
				names = strings.Fields(c.names)
			}
			inside := 0
			r, _ := traceLines(t, c.options, func(l testkit.Line) {
				if l.Kind <= testkit.CallNoReturn && l.Caller != "" && l.Caller != "place_filters" {
					inside++
				}
			}, program)
			checkExit(t, r.Result, 0)
			caller := "place_filters"
			if c.options == "" {
				caller = ""
			}
			tr := onlyCaller(t, r, caller)
			want := testkit.ParseCounts(t, r.Stdout)
			for _, byName := range want {
				for name := range byName {
					if !slices.Contains(names, name) {
						byName[name] = 0
					}
				}
			}
			tr.CheckCounts(t, want)
			if inside > 0 && !c.inside {
				t.Errorf("%d calls of libraries are in the trace\n%s", inside, endOf(t, r.file))
			}
		})
	}
	t.Run("IFUNCs of libc taken out", func(t *testing.T) {
		r, _ := traceLines(t, "-e @libc.so.6-mem*", func(l testkit.Line) {
			if l.Kind <= testkit.CallNoReturn && strings.HasPrefix(l.Name, "mem") {
				t.Errorf("the trace has %q", l.Text)
			}
		}, program)
		checkExit(t, r.Result, 0)
	})
}

// TestDlopenChurn opens and closes libraries a thousand times in four threads, all
// calls traced in all ways. What the tool keeps of a library goes with it.
func TestDlopenChurn(t *testing.T) {
	const threads, rounds = 4, 250
	program := build(t, "place_dlchurn.c", "-O1")
	args := []string{program, strconv.Itoa(rounds)}
	for i := range threads {
		soname := fmt.Sprintf("libplace_churn%d.so", i)
		flags := []string{}
		if i == threads-1 {
			flags = append(flags, "-nostartfiles") // has no constructors to wait for
		}
		args = append(args, named(t, library(t, "place_dlchurn_lib.c", soname, flags...), soname))
	}
	r, tr := traceProgram(t, "-x churn+helper -e @libplace_churn*", args...)
	checkExit(t, r.Result, 0)
	checkCounts(t, r, tr)
	tr.CheckOrder(t)
	var half, end int
	i := strings.Index(r.Stdout, "tracer's size")
	if _, err := fmt.Sscanf(r.Stdout[max(0, i):], "tracer's size %d kB, then %d kB\n", &half, &end); err != nil || half == 0 {
		t.Fatalf("the program says %q: %v", r.Stdout, err)
	}
	// 500 libraries of which each byte of their files were kept would take 8 MB.
	if grown := end - half; grown > 6<<10 {
		t.Errorf("the tool grew by %d kB from %d kB in the second half", grown, half)
	}
}

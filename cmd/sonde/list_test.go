package main

import (
	"debug/elf"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// listed is a line of --list.
type listed struct {
	program         string // where there are several
	addr, pointer   uint64
	kind, module    string
	symbol, version string
	demangled       string
}

// readList parses the output of --list of several programs, or of one.
func readList(t *testing.T, out string, several bool) []listed {
	t.Helper()
	var lines []listed
	for text := range strings.Lines(out) {
		line := strings.TrimSuffix(text, "\n")
		var l listed
		if several {
			l.program, line, _ = strings.Cut(line, "  ")
		}
		f := strings.Fields(line)
		if len(f) < 5 {
			t.Fatalf("line %q", text)
		}
		l.addr = parseHex(t, f[0])
		l.kind, l.module = f[1], f[3]
		if f[2] != "-" {
			l.pointer = parseHex(t, f[2])
		}
		l.symbol, l.version, _ = strings.Cut(f[4], "@@")
		l.demangled = strings.Join(f[5:], " ")
		lines = append(lines, l)
	}
	return lines
}

func parseHex(t *testing.T, s string) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, 0, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// runList runs sonde --list, which must have nothing to complain of.
func runList(t *testing.T, args ...string) string {
	t.Helper()
	got := testkit.Run(t, append([]string{testkit.Sonde(t), "--list"}, args...)...)
	checkStatus(t, got.Status, 0)
	if got.Stderr != "" {
		t.Errorf("--list %q: standard error is %q", args, got.Stderr)
	}
	return got.Stdout
}

// kinds returns "KIND SYMBOL" of the lines whose symbol is one of those.
func kinds(lines []listed, symbols ...string) []string {
	var got []string
	for _, l := range lines {
		if slices.Contains(symbols, l.symbol) {
			got = append(got, l.kind+" "+l.symbol)
		}
	}
	slices.Sort(got)
	return slices.Compact(got)
}

// TestListKinds lists a program that has a place of each kind.
func TestListKinds(t *testing.T) {
	t.Parallel()
	symbols := []string{"remove", "rmdir", "strtol", "system", "atoi", "getenv", "main", "own_tail", "own_pointer"}
	for _, c := range []struct{ flags, options, want string }{
		{"-O2 -fno-builtin", "", "plt strtol, plt system, plt getenv, loaded atoi, data remove, data rmdir"},
		{"-O2 -fno-builtin -fno-plt", "", "call strtol, jump system, call getenv, loaded atoi, data remove, data rmdir"},
		{"-O2 -fno-builtin -fno-plt -s", "", "call strtol, jump system, call getenv, loaded atoi, data remove, data rmdir"},
		{"-O2 -fno-builtin -m32 -fno-plt -fPIE -pie", "", "call strtol, jump system, call getenv, loaded atoi, data remove, data rmdir"},
		{"-O2 -fno-builtin -m32 -fno-pie -no-pie", "-e system", "plt system"},
		{"-O2 -fno-builtin", "-e system+rmdir@MAIN", "plt system, data rmdir"},
		{"-O2 -fno-builtin", "-L -x own_*+main", "entry main, entry own_pointer, entry own_tail"},
		{"-O2 -fno-builtin", "-x own_tail", "entry own_tail, plt strtol, plt system, plt getenv, loaded atoi, data remove, data rmdir"},
		{"-O2 -fno-builtin", "-x strtol@libc.so.6 -L", "entry strtol"},
		{"-O2 -fno-builtin", "-l libc.so*", "plt strtol, plt system, plt getenv, loaded atoi, data remove, data rmdir"},
	} {
		t.Run(c.flags+" "+c.options, func(t *testing.T) {
			prog := testkit.Build(t, "testdata/list_calls.c", strings.Fields(c.flags)...)
			args := append(strings.Fields(c.options), prog)
			lines := readList(t, runList(t, args...), false)
			if strings.Contains(c.options, "-l ") { // the libraries call each other too
				lines = slices.DeleteFunc(lines, func(l listed) bool { return l.module != "list_calls" })
			}
			want := strings.Split(c.want, ", ")
			slices.Sort(want)
			if got := kinds(lines, symbols...); !slices.Equal(got, want) {
				t.Errorf("%q\nwant %q", got, want)
			}
			checkAddresses(t, prog, lines)
		})
	}
}

// checkAddresses looks up entries in the program's symbols, and the others'
// places in its code.
func checkAddresses(t *testing.T, prog string, lines []listed) {
	t.Helper()
	e, err := elf.Open(prog)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	symbols, err := e.Symbols()
	for _, l := range lines {
		if l.module != filepath.Base(prog) || err != nil {
			continue
		}
		i := slices.IndexFunc(symbols, func(s elf.Symbol) bool { return s.Name == l.symbol })
		switch {
		case l.kind == "entry" && (i < 0 || symbols[i].Value != l.addr):
			t.Errorf("%s is listed at %#x", l.symbol, l.addr)
		case (l.kind == "loaded" || l.kind == "data") && l.addr != l.pointer:
			t.Errorf("%s is listed at %#x, its pointer at %#x", l.symbol, l.addr, l.pointer)
		}
		section := ""
		for _, s := range e.Sections {
			if s.Flags&elf.SHF_ALLOC != 0 && s.Addr <= l.addr && l.addr < s.Addr+s.Size {
				section = s.Name
			}
		}
		want := map[string]string{"plt": ".plt", "call": ".text", "jump": ".text", "entry": ".text"}[l.kind]
		if want != "" && !strings.HasPrefix(section, want) {
			t.Errorf("%s %s at %#x is in %s", l.kind, l.symbol, l.addr, section)
		}
	}
}

// class is what a pointer counts as: the first that applies.
func class(kind string) int {
	return slices.Index([]string{"plt", "call", "jump", "loaded", "data"}, kind)
}

// TestListSystem lists all programs of the system in one run: each function
// relocation that readelf finds in any of them must be there, once for each
// pointer, and nothing else.
func TestListSystem(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("/usr/bin/*")
	if err != nil {
		t.Fatal(err)
	}
	got := testkit.Run(t, append([]string{testkit.Sonde(t), "--list"}, names...)...)
	checkStatus(t, got.Status, 0)
	pointers := make(map[string]map[uint64]listed)
	for _, l := range readList(t, got.Stdout, true) {
		if pointers[l.program] == nil {
			pointers[l.program] = make(map[uint64]listed)
		}
		if old, ok := pointers[l.program][l.pointer]; !ok || class(l.kind) < class(old.kind) {
			pointers[l.program][l.pointer] = l
		}
	}
	counts := make(map[string]int)
	relocations, dynamic := 0, 0
	seen := make(map[string]bool)
	for _, name := range names {
		real, err := filepath.EvalSymlinks(name)
		if err != nil || seen[real] || !hasRelocations(real) {
			continue
		}
		seen[real] = true
		dynamic++
		var missing []string
		for _, r := range testkit.FunctionRelocations(t, name) {
			l, ok := pointers[name][r.Addr]
			if ok {
				delete(pointers[name], r.Addr)
				counts[l.kind]++
				relocations++
			}
			symbol := l.symbol
			if l.version != "" {
				symbol += "@" + l.version
			}
			switch {
			case r.Type == "IRELATIVE": // has a name only where it is exported
				if !ok {
					counts["nameless"]++
					relocations++
				}
			case !ok || symbol != r.Symbol:
				missing = append(missing, fmt.Sprintf("%#x %s %s (listed: %s)", r.Addr, r.Type, r.Symbol, symbol))
			}
		}
		relative := map[uint64]bool{}
		if len(pointers[name]) > 0 {
			relative = testkit.RelativeRelocations(t, name)
		}
		for _, l := range pointers[name] {
			if relative[l.pointer] && l.kind != "data" {
				continue // code calls a function of the file's own through it
			}
			missing = append(missing, fmt.Sprintf("listed only: %#x %s %s", l.pointer, l.kind, l.symbol))
		}
		if len(missing) > 0 {
			t.Errorf("%s: %s", name, strings.Join(missing[:min(len(missing), 10)], "\n"))
		}
	}
	sum := 0
	for _, n := range counts {
		sum += n
	}
	t.Logf("%d programs, %d relocations: %v", dynamic, relocations, counts)
	if sum != relocations || dynamic < 20 {
		t.Errorf("%d programs, %d relocations, %d counted", dynamic, relocations, sum)
	}
}

// hasRelocations tells of a dynamic program for a machine that Sonde knows.
func hasRelocations(path string) bool {
	e, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer e.Close()
	x86 := e.Machine == elf.EM_X86_64 && e.Class == elf.ELFCLASS64 || e.Machine == elf.EM_386
	return x86 && (e.Type == elf.ET_EXEC || e.Type == elf.ET_DYN) && e.Section(".dynamic") != nil
}

// TestListLibraries lists calls within libraries, each under its own name.
func TestListLibraries(t *testing.T) {
	t.Parallel()
	prog := testkit.Build(t, "testdata/list_calls.c", "-O2", "-fno-builtin")
	lines := readList(t, runList(t, "-e", "@*", prog), false)
	modules := make(map[string]int)
	for _, l := range lines {
		modules[l.module]++
	}
	for _, m := range []string{"list_calls", "libc.so.6"} {
		if modules[m] == 0 {
			t.Errorf("nothing is listed of %s: %v", m, modules)
		}
	}
	if lines[0].module != "list_calls" {
		t.Errorf("%s comes before the program", lines[0].module)
	}
}

// TestListVersions lists each version of a function of its own.
func TestListVersions(t *testing.T) {
	t.Parallel()
	out := runList(t, "-L", "-x", "memcpy@libc.so.6", "/bin/true")
	var versions []string
	for _, l := range readList(t, out, false) {
		versions = append(versions, l.version)
	}
	if len(versions) < 2 || !slices.Contains(versions, "GLIBC_2.14") || !slices.Contains(versions, "GLIBC_2.2.5") {
		t.Errorf("memcpy in versions %q\n%s", versions, out)
	}
	one := readList(t, runList(t, "-L", "-x", "memcpy@@GLIBC_2.14@libc.so.6", "/bin/true"), false)
	if len(one) != 1 || one[0].version != "GLIBC_2.14" {
		t.Errorf("memcpy@@GLIBC_2.14: %+v", one)
	}
}

// TestListDemangled shows what mangled names stand for, behind them.
func TestListDemangled(t *testing.T) {
	t.Parallel()
	prog := testkit.Build(t, "testdata/ret_throw.cc", "-O1")
	want := regexp.MustCompile(`(?m)^0x[0-9a-f]{8}  entry   -           ret_throw  (_Z\S+)  (\S.*)$`)
	m := want.FindStringSubmatch(runList(t, "-L", "-x", "_Z*@MAIN", prog))
	if m == nil {
		t.Fatalf("no mangled name is listed:\n%s", runList(t, "-L", "-x", "_Z*@MAIN", prog))
	}
	if out := runList(t, "--no-demangle", "-L", "-x", "_Z*@MAIN", prog); strings.Contains(out, m[2]) || !strings.Contains(out, m[1]+"\n") {
		t.Errorf("with --no-demangle:\n%s", out)
	}
}

// TestListProcess lists a program that runs, at the addresses that it has there,
// and leaves it alone.
func TestListProcess(t *testing.T) {
	prog := testkit.Build(t, "testdata/list_calls.c", "-O2", "-fno-builtin")
	peer := testkit.Start(t, "stdout", nil, prog)
	if line, ok := peer.Next(t); !ok || line != "ready" {
		t.Fatalf("the program says %q", line)
	}
	pid := strconv.Itoa(peer.PID)
	for _, options := range [][]string{nil, {"-x", "own_*"}, {"-e", "@*"}, {"-L", "-x", "strto*@libc.so.6"}} {
		file := readList(t, runList(t, append(options, prog)...), false)
		live := readList(t, runList(t, append(options, "-p", pid)...), false)
		bias := make(map[string]uint64) // of each module
		key := func(l listed) string { return l.module + " " + l.kind + " " + l.symbol + " " + l.version }
		base := moduleBases(t, peer.PID)
		want, got := make(map[string]bool), make(map[string]bool)
		for _, l := range file {
			want[key(l)+fmt.Sprintf(" %#x", l.addr)] = true
		}
		for _, l := range live {
			b, ok := base[l.module]
			if !ok {
				t.Fatalf("%q: module %s is not mapped: %v", options, l.module, base)
			}
			bias[l.module] = b
			got[key(l)+fmt.Sprintf(" %#x", l.addr-b)] = true
			if l.pointer != 0 && l.pointer-b > 1<<30 {
				t.Errorf("%q: the pointer of %s lies at %#x, the module at %#x", options, l.symbol, l.pointer, b)
			}
		}
		for k := range want {
			if !got[k] {
				t.Errorf("%q: in the file alone: %s", options, k)
			}
		}
		for k := range got {
			if !want[k] {
				t.Errorf("%q: in memory alone: %s", options, k)
			}
		}
	}
	testkit.CheckReleased(t, peer.PID)
	peer.Type(t, "go on\n")
	peer.Wait(t)
}

// moduleBases returns where the files of a process begin, by base name.
func moduleBases(t *testing.T, pid int) map[string]uint64 {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	base := make(map[string]uint64)
	for line := range strings.Lines(string(text)) {
		f := strings.Fields(line)
		if len(f) < 6 || f[2] != "00000000" {
			continue
		}
		lo, _, _ := strings.Cut(f[0], "-")
		if name := filepath.Base(f[5]); base[name] == 0 {
			base[name] = parseHex(t, "0x"+lo)
		}
	}
	return base
}

// TestListComplaints asks for what cannot be listed.
func TestListComplaints(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	script := filepath.Join(dir, "script")
	if err := os.WriteFile(script, []byte("#!/bin/sh -e\n"), 0o755); err != nil {
		t.Fatal(err)
	}
	data := filepath.Join(dir, "data")
	if err := os.WriteFile(data, []byte("no program\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	static := testkit.Build(t, "testdata/list_alone.c", "-DBARE", "-static", "-nostdlib", "-fno-pie", "-no-pie")
	bare := testkit.Build(t, "testdata/list_alone.c", "-DBARE", "-static", "-nostdlib", "-fno-pie", "-no-pie", "-s")
	dynamic := testkit.Build(t, "testdata/list_calls.c", "-O2", "-fno-builtin")
	stripped := testkit.Build(t, "testdata/list_calls.c", "-O2", "-fno-builtin", "-s")
	for _, c := range []struct {
		name, args string
		status     int
		pattern    string // of the one line on standard error, or ""
	}{
		{"nothing", "", 2, `nothing to list`},
		{"no file", dir + "/none", 1, `none.*no such file`},
		{"no command", "no-such-command", 1, `no-such-command.*PATH`},
		{"directory", dir, 1, `neither a program nor a library`},
		{"script", script, 1, `neither a program.*a script, run by /bin/sh -e`},
		{"data", data, 1, `neither a program nor a library$`},
		{"several", script + " " + data + " " + dir + " " + dynamic, 0, ``},
		{"several, none a program", script + " " + data, 1, ``},
		{"several, one missing", dynamic + " " + dir + "/none", 1, `none.*no such file`},
		{"no process", "-p 999999999", 1, `list process 999999999`},
		{"static", static, 1, `statically linked.*-x '@MAIN' traces its own functions \(\d+\)`},
		{"static, stripped", bare, 1, `statically linked.*stripped.*0xADDRESS`},
		{"static, -x", "-x own_functoin " + static, 1, `-x matches no function.*nearest.*own_function`},
		{"no such call", "-e gettenv " + dynamic, 1, `-e matches no call.*nearest.*getenv`},
		{"no such function", "-L -x own_tali " + dynamic, 1, `-x matches no function.*nearest.*own_tail`},
		{"stripped", "-L -x own_tail@MAIN " + stripped, 1, `-x.*stripped`},
		{"no such library", "-l libz.so.1 " + dynamic, 1, `-l matches none of its libraries: .*libc.so.6`},
		{"bad filter", "-e [ " + dynamic, 2, `-e: filter`},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := testkit.Run(t, append([]string{testkit.Sonde(t), "--list"}, strings.Fields(c.args)...)...)
			checkStatus(t, got.Status, c.status)
			if c.pattern != "" {
				complaint(t, got.Stderr, c.pattern)
			} else if got.Stderr != "" {
				t.Errorf("standard error is %q", got.Stderr)
			}
			if c.status != 0 && !strings.Contains(c.name, "several") && got.Stdout != "" {
				t.Errorf("standard output is %q", got.Stdout)
			}
		})
	}
}

// TestListMissingLibrary lists what there is, and says what is missing.
func TestListMissingLibrary(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	lib := filepath.Join(dir, "libmissing.so")
	built := testkit.Build(t, "testdata/ret_deep.c", "-shared", "-fPIC", "-Wl,-soname,libmissing.so")
	data, err := os.ReadFile(built)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(lib, data, 0o755); err != nil {
		t.Fatal(err)
	}
	prog := testkit.Build(t, "testdata/list_calls.c", "-O2", "-fno-builtin", "-Wl,--no-as-needed", "-Wl,--allow-shlib-undefined", lib)
	got := testkit.Run(t, testkit.Sonde(t), "--list", "-e", "getenv", prog)
	checkStatus(t, got.Status, 0)
	complaint(t, got.Stderr, `libmissing\.so, needed by .*: not found`)
	if !strings.Contains(got.Stdout, "getenv@@") {
		t.Errorf("standard output is %q", got.Stdout)
	}
	got = testkit.Command{Args: []string{testkit.Sonde(t), "--list", "-e", "getenv", prog}, Env: []string{"LD_LIBRARY_PATH=" + dir}}.Run(t)
	checkStatus(t, got.Status, 0)
	if got.Stderr != "" {
		t.Errorf("with LD_LIBRARY_PATH standard error is %q", got.Stderr)
	}
}

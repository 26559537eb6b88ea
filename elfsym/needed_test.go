package elfsym

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// hostHWCaps are the levels of the machine that the tests run on.
func hostHWCaps(t testing.TB) []string {
	t.Helper()
	for line := range strings.Lines(string(readFile(t, "/proc/cpuinfo"))) {
		if name, flags, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "flags" {
			return X86HWCaps(strings.Fields(flags))
		}
	}
	return nil
}

// linkerList asks the dynamic linker itself, which loads the program and its
// libraries, but runs no code of them: glibc's with LD_TRACE_LOADED_OBJECTS
// (ld.so(8)), musl's with --list. missing has the names that it did not find.
func linkerList(t testing.TB, interp, prog string, env ...string) (paths, missing []string) {
	t.Helper()
	cmd := exec.Command(interp, prog)
	if strings.Contains(interp, "ld-musl-") {
		cmd = exec.Command(interp, "--list", prog)
	}
	cmd.Env = append([]string{"LC_ALL=C", "LD_TRACE_LOADED_OBJECTS=1"}, env...)
	out, err := cmd.Output() // its status tells of missing ones
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	scan := bufio.NewScanner(strings.NewReader(string(out)))
	for scan.Scan() {
		line := strings.TrimSpace(scan.Text())
		line, _, _ = strings.Cut(line, " (0x")
		name, path, arrow := strings.Cut(line, " => ")
		switch {
		case strings.HasPrefix(line, "linux-vdso") || strings.HasPrefix(line, "linux-gate") || strings.HasPrefix(line, "statically"):
		case arrow && path == "not found":
			missing = append(missing, name)
		case arrow:
			paths = append(paths, path)
		default:
			paths = append(paths, name)
		}
	}
	return paths, missing
}

func objectPaths(objects []Object) []string {
	var paths []string
	for _, o := range objects[1:] {
		paths = append(paths, o.Path)
	}
	return paths
}

// missingNames returns what a Closure's error says was not found.
func missingNames(err error) []string {
	var names []string
	joined, ok := err.(interface{ Unwrap() []error })
	if !ok {
		return nil
	}
	for _, e := range joined.Unwrap() {
		var needed *NeededError
		if errors.As(e, &needed) && errors.Is(e, fs.ErrNotExist) && !slices.Contains(names, needed.Name) {
			names = append(names, needed.Name)
		}
	}
	return names
}

// compareLists compares a closure with what the linker says. Where the linker
// itself stands in its own list depends on its version; that it is there does
// not.
func compareLists(t *testing.T, prog string, f *File, objects []Object, err error, paths, missing []string) {
	t.Helper()
	got := objectPaths(objects)
	without := func(list []string) []string {
		return slices.DeleteFunc(slices.Clone(list), func(p string) bool { return p == f.Interp })
	}
	if !slices.Contains(got, f.Interp) {
		t.Errorf("%s: its interpreter %s is missing among %q", prog, f.Interp, got)
	}
	if a, b := without(got), without(paths); !slices.Equal(a, b) {
		t.Errorf("%s needs\n%s\nthe dynamic linker says\n%s", prog, strings.Join(a, "\n"), strings.Join(b, "\n"))
	}
	slices.Sort(missing)
	lost := missingNames(err)
	slices.Sort(lost)
	if !slices.Equal(lost, slices.Compact(missing)) {
		t.Errorf("%s: missing %q, the dynamic linker says %q", prog, lost, missing)
	}
}

// TestClosureOfSystem compares the libraries of all programs of the system with
// those that their dynamic linkers find.
func TestClosureOfSystem(t *testing.T) {
	t.Parallel()
	s := &Search{HWCaps: hostHWCaps(t)}
	n := 0
	for _, path := range systemFiles(t) {
		f, err := Open(path)
		if err != nil || f.Interp == "" || !f.Dynamic {
			continue
		}
		path, err := filepath.EvalSymlinks(path) // the linker takes $ORIGIN from what it is told
		if err != nil {
			t.Fatal(err)
		}
		objects, err := s.Closure(f)
		paths, missing := linkerList(t, f.Interp, path)
		compareLists(t, path, f, objects, err, paths, missing)
		n++
	}
	t.Logf("%d programs", n)
	if n < 20 {
		t.Errorf("only %d dynamic programs found on this system", n)
	}
}

// buildAt builds a file at a path of the test's own, which tells how it was found.
func buildAt(t *testing.T, dst, source string, flags ...string) string {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(dst), 0o755); err != nil {
		t.Fatal(err)
	}
	built := testkit.Build(t, source, flags...)
	if err := os.WriteFile(dst, readFile(t, built), 0o755); err != nil {
		t.Fatal(err)
	}
	return dst
}

// TestClosure compares programs that use each way to say where a library is
// with the dynamic linker of the system.
func TestClosure(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	library := func(dst string, flags ...string) string {
		flags = append([]string{"-shared", "-fPIC", "-s"}, flags...)
		return buildAt(t, filepath.Join(dir, dst), "testdata/needed_lib.c", flags...)
	}
	for _, d := range []string{"lib", "rp", "env", "env2", "lib/x86_64-linux-gnu/in", "hw", "hw/glibc-hwcaps/x86-64-v2", "bin/sub"} {
		library(d+"/libneeded.so", "-Wl,-soname,libneeded.so")
	}
	library("wrong/libneeded.so", "-m32", "-Wl,-soname,libneeded.so")
	if err := os.MkdirAll(filepath.Join(dir, "text"), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "text/libneeded.so"), []byte("INPUT(libneeded.a)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	// One that needs the first, with and without a path of its own.
	lib := filepath.Join(dir, "lib/libneeded.so")
	library("lib/libouter.so", "-DOUTER", "-Wl,-soname,libouter.so", lib)
	library("own/libouter.so", "-DOUTER", "-Wl,-soname,libouter.so", "-Wl,--enable-new-dtags,-rpath,$ORIGIN/../rp", lib)
	library("empty/libouter.so", "-DOUTER", "-Wl,-soname,libouter.so", "-Wl,--enable-new-dtags,-rpath,/nonexistent", lib)
	outer := filepath.Join(dir, "lib/libouter.so")
	pre := library("pre/libpre.so", "-Wl,-soname,libpre.so")
	other := library("pre/other-name.so", "-Wl,-soname,libneeded.so")

	const rpath, runpath = "-Wl,--disable-new-dtags,-rpath,", "-Wl,--enable-new-dtags,-rpath,"
	for _, test := range []struct {
		name  string
		flags []string
		env   string // with DIR for the directory
		says  string // in the error, where there is one
	}{
		{"runpath", []string{runpath + dir + "/lib", lib}, "", ""},
		{"rpath", []string{rpath + dir + "/rp", lib}, "", ""},
		{"nowhere", []string{lib}, "", "libneeded.so, needed by "},
		{"environment", []string{lib}, "LD_LIBRARY_PATH=DIR/env:DIR/env2", ""},
		{"environment, semicolon", []string{lib}, "LD_LIBRARY_PATH=/nonexistent;DIR/env2/", ""},
		{"environment, tokens", []string{lib}, "LD_LIBRARY_PATH=$ORIGIN/../env", ""},
		{"environment before runpath", []string{runpath + dir + "/lib", lib}, "LD_LIBRARY_PATH=DIR/env", ""},
		{"rpath before environment", []string{rpath + dir + "/rp", lib}, "LD_LIBRARY_PATH=DIR/env", ""},
		{"origin", []string{runpath + "$ORIGIN/../lib", lib}, "", ""},
		{"origin in braces", []string{runpath + "${ORIGIN}/sub", lib}, "", ""},
		{"lib", []string{runpath + dir + "/$LIB/in", lib}, "", ""},
		{"several", []string{runpath + "/nonexistent:" + dir + "/rp:" + dir + "/lib", lib}, "", ""},
		{"other machine first", []string{runpath + dir + "/wrong:" + dir + "/lib", lib}, "", ""},
		{"other machine alone", []string{runpath + dir + "/wrong", lib}, "", "passed over: read "},
		{"hwcaps", []string{runpath + dir + "/hw", lib}, "", ""},
		{"inherited rpath", []string{rpath + dir + "/lib", outer, "-Wl,--allow-shlib-undefined"}, "", ""},
		{"runpath is not inherited", []string{runpath + dir + "/lib", outer, "-Wl,--allow-shlib-undefined"}, "", "libneeded.so, needed by "},
		{"runpath of the library", []string{runpath + dir + "/own", outer, "-Wl,--allow-shlib-undefined"}, "", ""},
		{"runpath of the library hides rpaths", []string{rpath + dir + "/empty:" + dir + "/rp", outer, "-Wl,--allow-shlib-undefined"}, "", "libneeded.so, needed by "},
		{"preload", []string{runpath + dir + "/lib", lib}, "LD_PRELOAD=" + pre + " libz.so.1", ""},
		{"preload of the same name", []string{runpath + dir + "/lib", lib}, "LD_PRELOAD=" + other, ""},
		{"preload nothing", []string{runpath + dir + "/lib", lib}, "LD_PRELOAD=DIR/nothing.so:" + pre, "nothing.so, to be preloaded: not found"},
		{"no default directories", []string{"-Wl,-z,nodefaultlib", runpath + dir + "/lib", lib}, "", "libc.so.6, needed by "},
		{"32 bits", []string{"-m32", runpath + dir + "/lib:" + dir + "/wrong", filepath.Join(dir, "wrong/libneeded.so")}, "", ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			prog := buildAt(t, filepath.Join(dir, "bin", strings.ReplaceAll(test.name, " ", "-")), "testdata/needed.c",
				slices.Concat([]string{"-Wl,--no-as-needed"}, test.flags)...)
			env := strings.ReplaceAll(test.env, "DIR", dir)
			s := &Search{HWCaps: hostHWCaps(t)}
			switch name, value, _ := strings.Cut(env, "="); name {
			case "LD_LIBRARY_PATH":
				s.LibraryPath = value
			case "LD_PRELOAD":
				s.Preload = value
			}
			f := mustOpen(t, prog)
			if f.Arch == sysdeps.I386 {
				s.HWCaps = nil
			}
			objects, err := s.Closure(f)
			if test.says == "" && err != nil || test.says != "" && (err == nil || !strings.Contains(err.Error(), test.says)) {
				t.Errorf("error %v, want %q", err, test.says)
			}
			if strings.Contains(test.env, "nothing") {
				// The linker tells of this on standard error alone.
				err = nil
			}
			var vars []string
			if env != "" {
				vars = append(vars, env)
			}
			paths, missing := linkerList(t, f.Interp, prog, vars...)
			compareLists(t, prog, f, objects, err, paths, missing)
		})
	}

	// What the linker ends at, with no list.
	t.Run("no library", func(t *testing.T) {
		prog := buildAt(t, filepath.Join(dir, "bin/text"), "testdata/needed.c", "-Wl,--no-as-needed", runpath+dir+"/text:"+dir+"/lib", lib)
		_, err := new(Search).Closure(mustOpen(t, prog))
		var needed *NeededError
		if !errors.As(err, &needed) || needed.Name != "libneeded.so" || needed.By != prog || !errors.Is(err, ErrNotELF) {
			t.Errorf("error %v, want that libneeded.so is none", err)
		}
	})
}

// TestClosureOfLibrary has no interpreter to follow.
func TestClosureOfLibrary(t *testing.T) {
	t.Parallel()
	f := mustOpen(t, testkit.Build(t, "testdata/needed_lib.c", "-shared", "-fPIC", "-Wl,--no-as-needed"))
	objects, err := new(Search).Closure(f)
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, o := range objects {
		names = append(names, filepath.Base(o.Path))
	}
	want := []string{"libneeded_lib.so", "libc.so.6", "ld-linux-x86-64.so.2"}
	if !slices.Equal(names, want) {
		t.Errorf("%q, want %q", names, want)
	}
}

// TestClosureMusl compares with musl's dynamic linker.
func TestClosureMusl(t *testing.T) {
	t.Parallel()
	testkit.Need(t, "musl-gcc")
	dir := t.TempDir()
	lib := buildAt(t, filepath.Join(dir, "lib/libneeded.so"), "testdata/needed_lib.c", "CC=musl-gcc", "-shared", "-fPIC", "-s", "-Wl,-soname,libneeded.so")
	buildAt(t, filepath.Join(dir, "env/libneeded.so"), "testdata/needed_lib.c", "CC=musl-gcc", "-shared", "-fPIC", "-s", "-Wl,-soname,libneeded.so")
	outer := buildAt(t, filepath.Join(dir, "lib/libouter.so"), "testdata/needed_lib.c", "CC=musl-gcc", "-shared", "-fPIC", "-s", "-DOUTER", "-Wl,-soname,libouter.so", lib)
	for _, test := range []struct {
		name  string
		flags []string
		env   string
	}{
		{"plain", nil, ""},
		{"runpath", []string{"-Wl,--enable-new-dtags,-rpath,$ORIGIN/../lib", lib}, ""},
		{"runpath is inherited", []string{"-Wl,--enable-new-dtags,-rpath," + dir + "/lib", "-Wl,--allow-shlib-undefined", outer}, ""},
		{"environment before rpath", []string{"-Wl,--disable-new-dtags,-rpath," + dir + "/lib", lib}, dir + "/env"},
		{"strange token", []string{"-Wl,-rpath,$LIB:" + dir + "/lib", lib}, dir + "/env"},
	} {
		t.Run(test.name, func(t *testing.T) {
			prog := buildAt(t, filepath.Join(dir, "bin", strings.ReplaceAll(test.name, " ", "-")), "testdata/needed.c",
				slices.Concat([]string{"CC=musl-gcc", "-Wl,--no-as-needed"}, test.flags)...)
			f := mustOpen(t, prog)
			if filepath.Base(f.Interp) != "ld-musl-x86_64.so.1" {
				t.Fatalf("interpreter %s", f.Interp)
			}
			objects, err := (&Search{LibraryPath: test.env}).Closure(f)
			if err != nil {
				t.Error(err)
			}
			var env []string
			if test.env != "" {
				env = append(env, "LD_LIBRARY_PATH="+test.env)
			}
			paths, missing := linkerList(t, f.Interp, prog, env...)
			// It shows itself under each name that it answers to.
			paths = slices.DeleteFunc(paths, func(p string) bool { return p == f.Interp })
			compareLists(t, prog, f, objects, err, paths, missing)
		})
	}
}

// TestClosureRoot looks into another root, where links are absolute.
func TestClosureRoot(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	link := func(to, name string) {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(root, name)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	lib := buildAt(t, filepath.Join(root, "opt/real/libneeded-1.so"), "testdata/needed_lib.c", "-shared", "-fPIC", "-s", "-nostdlib", "-Wl,-soname,libneeded.so")
	link("/opt/real/libneeded-1.so", "etc/alternatives/libneeded.so")
	link("/etc/alternatives/libneeded.so", "usr/lib/libneeded.so")
	link("usr/lib", "lib")
	buildAt(t, filepath.Join(root, "opt/bin/prog"), "testdata/needed.c", "-nostdlib", "-nostartfiles", "-Wl,--no-as-needed", "-Wl,-e,main", "-Wl,-dynamic-linker,/lib/ld.so", lib)
	buildAt(t, filepath.Join(root, "usr/lib/ld.so"), "testdata/needed_lib.c", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,ld.so")

	s := &Search{Root: root}
	objects, err := s.Closure(mustOpen(t, filepath.Join(root, "opt/bin/prog")))
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, o := range objects {
		got = append(got, o.Path+" "+strings.TrimPrefix(o.Host, root))
	}
	want := []string{
		"/opt/bin/prog /opt/bin/prog",
		"/lib/libneeded.so /opt/real/libneeded-1.so",
		"/lib/ld.so /usr/lib/ld.so",
	}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestWithin(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, to := range map[string]string{
		"abs": "/dir/file", "rel": "dir/file", "up": "../../../../dir", "loop": "loop", "one": "/two", "two": "one",
	} {
		if err := os.Symlink(to, filepath.Join(root, name)); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.MkdirAll(filepath.Join(root, "dir"), 0o755); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ path, want string }{
		{"/", "/"},
		{"/dir", "/dir"},
		{"/abs", "/dir/file"},
		{"/rel", "/dir/file"},
		{"/up/file", "/dir/file"},
		{"/../../dir", "/dir"},
		{"/dir/../rel", "/dir/file"},
		{"//dir//x", "/dir/x"},
		{"/none/../x", "/none/../x"},
		{"/loop", "error"},
		{"/one/x", "error"},
	} {
		got, err := within(root, test.path)
		got = strings.TrimPrefix(got, root)
		if err != nil {
			got = "error"
		}
		if got != test.want {
			t.Errorf("within(%q) = %q, %v; want %q", test.path, got, err, test.want)
		}
	}
}

func TestX86HWCaps(t *testing.T) {
	t.Parallel()
	const v2 = "cx16 lahf_lm popcnt pni sse4_1 sse4_2 ssse3"
	const v3 = " avx avx2 bmi1 bmi2 f16c fma abm movbe xsave"
	for _, test := range []struct{ flags, want string }{
		{"", "[]"},
		{"sse2 pni", "[]"},
		{v2, "[x86-64-v2]"},
		{v3, "[]"},
		{v2 + v3, "[x86-64-v3 x86-64-v2]"},
		{v2 + v3 + " avx512f avx512bw avx512cd avx512dq avx512vl", "[x86-64-v4 x86-64-v3 x86-64-v2]"},
	} {
		if got := fmt.Sprint(X86HWCaps(strings.Fields(test.flags))); got != test.want {
			t.Errorf("X86HWCaps(%q) = %s, want %s", test.flags, got, test.want)
		}
	}
}

// TestClosureBounds has a file that needs more than there is time to look for.
func TestClosureBounds(t *testing.T) {
	t.Parallel()
	f := &File{Path: "/nonexistent/hostile", Arch: sysdeps.AMD64, RPath: strings.Repeat("$ORIGIN:", 8000) + strings.Repeat("$ORIGIN/$LIB/$PLATFORM/", 2000)}
	for i := range maxDynamic {
		f.Needed = append(f.Needed, fmt.Sprintf("libhostile%d.so", i))
	}
	f.Needed = append(f.Needed, strings.Repeat("x", maxName), strings.Repeat("$ORIGIN/", maxName/8))
	objects, err := new(Search).Closure(f)
	if len(objects) != 1 || err == nil || !strings.Contains(err.Error(), "given up") || len(missingNames(err)) > maxSearchErrs {
		t.Errorf("%d objects, error %.200v", len(objects), err)
	}
}

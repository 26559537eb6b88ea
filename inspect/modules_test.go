package inspect

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestModules compares build-ids and the places of debugging information with those that
// eu-unstrip finds, of a process and of its core file.
func TestModules(t *testing.T) {
	for _, flags := range []string{"-m64 -g", "-m32 -s", "-m64 -static"} {
		t.Run(flags, func(t *testing.T) {
			p, program := start(t, strings.Fields(flags)...)
			pid, core := strconv.Itoa(p.PID), dump(t, p.PID)
			for _, c := range []struct {
				target string
				args   []string
			}{
				{pid, []string{"-p", pid}},
				{core, []string{"--core", core, "-e", program}},
			} {
				var got Modules
				text := run(t, "fdebuginfo", "--json", c.target)
				if err := json.Unmarshal([]byte(text), &got); err != nil {
					t.Fatalf("%v: %s", err, text)
				}
				compareModules(t, &got, euUnstrip(t, c.args...))
			}
		})
	}
}

// euUnstrip returns the modules that have a build-id, by name.
func euUnstrip(t *testing.T, args ...string) map[string]Module {
	t.Helper()
	out, err := exec.Command("eu-unstrip", append([]string{"-n"}, args...)...).Output()
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]Module)
	for line := range strings.Lines(string(out)) {
		// START+SIZE BUILDID@ADDR FILE DEBUGFILE NAME
		f := strings.Fields(line)
		id, _, ok := strings.Cut(f[1], "@")
		if !ok || len(f) < 5 {
			continue
		}
		m := Module{Name: f[2], Debug: f[3], BuildID: id}
		if m.Name == "." { // the core has it all
			m.Name = f[4]
		}
		if !strings.HasPrefix(m.Name, "/") {
			m.Name = "[vdso]"
		} else if real, err := filepath.EvalSymlinks(m.Name); err == nil {
			m.Name = real // of a core it has the names that the dynamic linker went by
		}
		switch m.Debug {
		case ".":
			m.Debug = m.Name
		case "-":
			m.Debug = ""
		}
		all[m.Name] = m
	}
	return all
}

func compareModules(t *testing.T, got *Modules, want map[string]Module) {
	t.Helper()
	if len(want) == 0 {
		t.Fatal("eu-unstrip knows no modules")
	}
	names := make(map[string]bool)
	for _, m := range got.All {
		names[m.Name] = true
		if w := want[m.Name]; m != w {
			t.Errorf("%+v, want %+v", m, w)
		}
	}
	for name := range want {
		if !names[name] {
			t.Errorf("%s is missing in %+v", name, got.All)
		}
	}
}

// TestDebugFiles finds a debug file beside a program, and not one of another build.
func TestDebugFiles(t *testing.T) {
	original := testkit.Build(t, "../corefile/testdata/threads.c", "-pthread", "-g", "-Wl,--build-id")
	program := copyOf(t, original)
	debug := program + ".debug"
	for _, args := range [][]string{
		{"objcopy", "--only-keep-debug", program, debug},
		{"objcopy", "--strip-debug", "--add-gnu-debuglink=" + debug, program},
	} {
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%s: %v: %s", args, err, out)
		}
	}
	if got, want := run(t, "fdebuginfo", original), original+" "+original+"\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	p := testkit.StartTarget(t, nil, program)
	testkit.AwaitPause(t, p.PID, 4)
	for _, target := range []string{program, strconv.Itoa(p.PID), dump(t, p.PID)} {
		if got := run(t, "fdebuginfo", target); !strings.HasPrefix(got, program+" "+debug+"\n") {
			t.Errorf("%s: %q, want %s", target, got, debug)
		}
	}
	other := testkit.Build(t, "../corefile/testdata/threads.c", "-pthread", "-g", "-O2", "-Wl,--build-id")
	if err := os.Rename(copyOf(t, other), debug); err != nil {
		t.Fatal(err)
	}
	if got := run(t, "fdebuginfo", "-v", program); !strings.HasPrefix(got, program+" --- ") || !strings.Contains(got, "another build") {
		t.Errorf("%q", got)
	}
}

// TestSysroot finds the files of a core file below another directory, and does without
// those that are not there.
func TestSysroot(t *testing.T) {
	p, program := start(t, "-g")
	core := dump(t, p.PID)
	root := t.TempDir()
	at := filepath.Join(root, program)
	if err := os.MkdirAll(filepath.Dir(at), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(copyOf(t, program), at); err != nil {
		t.Fatal(err)
	}
	text := run(t, "fdebuginfo", "-v", "--sysroot", root+"/.", core)
	if !strings.Contains(text, program+" "+program+" ") || !strings.Contains(text, "libc.so.6 --- --- (its file is not there)\n") {
		t.Errorf("%s", text)
	}
	if got := run(t, "fexe", "--sysroot", root, core); got != program+"\n" {
		t.Errorf("%q", got)
	}
	if r := testkit.Run(t, testkit.Tool(t, "fexe"), core, "/bin/true"); r.Status.ExitStatus() != exitFailed || !strings.Contains(r.Stderr, "/bin/true is not the file that was mapped") {
		t.Errorf("%s", r.Describe())
	}
}

package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/cli"
	"sonde/corefile"
	"sonde/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// start starts a program of four threads, and waits until all of them sleep for good.
func start(t *testing.T, flags ...string) (p *testkit.Peer, program string) {
	t.Helper()
	program = testkit.Build(t, "../../corefile/testdata/threads.c", append(flags, "-pthread")...)
	// The kernel writes a thread's processor to its struct rseq whenever that changes.
	p = testkit.StartTarget(t, nil, "/usr/bin/env", "GLIBC_TUNABLES=glibc.pthread.rseq=0", program)
	testkit.AwaitPause(t, p.PID, 4)
	return p, program
}

// fcore runs the tool in a directory.
func fcore(t *testing.T, dir string, args ...string) testkit.Result {
	t.Helper()
	return testkit.Command{Args: append([]string{testkit.Tool(t, "fcore")}, args...), Dir: dir}.Run(t)
}

func checkStatus(t *testing.T, r testkit.Result, want int) {
	t.Helper()
	if !r.Status.Exited() || r.Status.ExitStatus() != want {
		t.Errorf("want exit status %d: %s", want, r.Describe())
	}
}

// TestPeers opens core files with gdb and eu-stack, which must show of them the stacks
// that they show of the live process.
func TestPeers(t *testing.T) {
	for _, c := range []struct{ flag, args string }{
		{"-m64", ""},
		{"-m32", ""},
		{"-static", ""},
		{"-m64", "--snapshot"},
		{"-m32", "--snapshot"},
	} {
		t.Run(c.flag+c.args, func(t *testing.T) {
			p, program := start(t, c.flag)
			dir := t.TempDir()
			checkStatus(t, fcore(t, dir, append(strings.Fields(c.args), strconv.Itoa(p.PID))...), 0)
			core := filepath.Join(dir, fmt.Sprintf("core.%d", p.PID))
			for _, peer := range []struct {
				name       string
				live, dead []string
			}{
				{
					"gdb",
					[]string{"gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", "thread apply all bt", "-p", strconv.Itoa(p.PID)},
					[]string{"gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", "thread apply all bt", program, core},
				},
				{
					"eu-stack",
					[]string{"eu-stack", "-p", strconv.Itoa(p.PID)},
					[]string{"eu-stack", "--core", core, "-e", program},
				},
			} {
				live, dead := frames(t, peer.live), frames(t, peer.dead)
				if len(live) < 8 || !agree(live, dead) {
					t.Errorf("%s of the process:\n%s\nof the core file:\n%s", peer.name, strings.Join(live, "\n"), strings.Join(dead, "\n"))
				}
			}
		})
	}
}

// TestGdbData holds that gdb shows of a core file the registers, memory and auxiliary
// vector that it shows of the live process.
func TestGdbData(t *testing.T) {
	for _, c := range []struct{ flag, args string }{{"-m64", ""}, {"-m32", ""}, {"-m64", "--snapshot"}} {
		p, program := start(t, c.flag)
		dir, pid := t.TempDir(), strconv.Itoa(p.PID)
		checkStatus(t, fcore(t, dir, append(strings.Fields(c.args), pid)...), 0)
		live, dead := data(t, "-p", pid), data(t, program, filepath.Join(dir, "core."+pid))
		if len(live) < 50 || !slices.Equal(live, dead) {
			t.Errorf("%s %s: gdb of the process:\n%s\nof the core file:\n%s", c.flag, c.args, strings.Join(live, "\n"), strings.Join(dead, "\n"))
		}
	}
}

// data returns what gdb prints of registers, memory and auxv.
func data(t *testing.T, target ...string) []string {
	t.Helper()
	args := []string{"-nx", "-batch", "-iex", "set debuginfod enabled off"}
	for _, command := range []string{"info registers", "info auxv", "x/64xw $sp", "x/16xb $pc"} {
		args = append(args, "-ex", command)
	}
	out, err := exec.Command("gdb", append(args, target...)...).CombinedOutput()
	if err != nil {
		t.Fatalf("gdb %s: %v\n%s", args, err, out)
	}
	// Not k0 to k7: gdb 13 does not find them in the kernel's core files either.
	shown := regexp.MustCompile(`(?m)^([a-jl-z]\w+ +0x[0-9a-f]+|0x[0-9a-f]+( <.*>)?:|\d+ +AT_).*$`)
	return shown.FindAllString(string(out), -1)
}

// agree tells whether stacks are the same, but that those of the core file may have more
// frames: eu-stack stops early in 32-bit processes.
func agree(live, dead []string) bool {
	for _, line := range dead {
		switch {
		case len(live) > 0 && live[0] == line:
			live = live[1:]
		case !strings.HasPrefix(line, "#"):
			return false
		}
	}
	return len(live) == 0
}

var frame = regexp.MustCompile(`(?m)^(#\d+ .*|TID \d+|Thread \d+)\b`)

// frames returns what a debugger prints of threads and frames.
func frames(t *testing.T, args []string) []string {
	t.Helper()
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil && !bytes.Contains(out, []byte("#0")) {
		t.Fatalf("%s: %v\n%s", args, err, out)
	}
	all := frame.FindAllString(string(out), -1)
	// Of a core file gdb shows the current frame first.
	for len(all) > 0 && strings.HasPrefix(all[0], "#") {
		all = all[1:]
	}
	return all
}

// TestWays writes core files in each way, to the same contents.
func TestWays(t *testing.T) {
	p, _ := start(t)
	dir, pid := t.TempDir(), strconv.Itoa(p.PID)
	checkStatus(t, fcore(t, dir, pid), 0)
	want, err := os.ReadFile(filepath.Join(dir, "core."+pid))
	if err != nil {
		t.Fatal(err)
	}
	checkStatus(t, fcore(t, dir, "--compress=zstd", "-o", "small", pid), 0)
	checkStatus(t, fcore(t, dir, "small."+pid+".zst"), 0)
	out, err := exec.Command("zstd", "-dc", filepath.Join(dir, "small."+pid+".zst")).Output()
	if err != nil || !bytes.Equal(out, want) {
		t.Errorf("decompressed it has %d bytes, want the same %d: %v", len(out), len(want), err)
	}
	r := fcore(t, dir, "-o", "-", pid)
	checkStatus(t, r, 0)
	if r.Stdout != string(want) {
		t.Errorf("standard output has %d bytes, want the same %d", len(r.Stdout), len(want))
	}
	files, err := os.ReadDir(dir)
	if err != nil || len(files) != 2 {
		t.Errorf("%d files: %v", len(files), err)
	}
	for _, f := range files {
		if fi, err := f.Info(); err != nil || fi.Mode() != 0o600 {
			t.Errorf("%s: %v, %v", f.Name(), fi.Mode(), err)
		}
	}
}

// TestChoice chooses what is dumped.
func TestChoice(t *testing.T) {
	p, program := start(t)
	dir, pid := t.TempDir(), strconv.Itoa(p.PID)
	for _, c := range []struct {
		args string
		want func(s *corefile.Segment, path string) bool
	}{
		{"-a", func(s *corefile.Segment, path string) bool {
			return s.Flags&4 != 0 && !strings.HasPrefix(path, "[vvar")
		}},
		{"-allmaps", func(s *corefile.Segment, path string) bool {
			return s.Flags&4 != 0 && !strings.HasPrefix(path, "[vvar")
		}},
		{"-s ^.stack", func(_ *corefile.Segment, path string) bool { return path == "[stack]" }},
		{"-segments threads$", func(_ *corefile.Segment, path string) bool { return path == program }},
	} {
		checkStatus(t, fcore(t, dir, append(strings.Fields(c.args), pid)...), 0)
		f, err := corefile.Open(filepath.Join(dir, "core."+pid))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		paths := mapped(t, p.PID)
		for i := range f.Segments {
			s := &f.Segments[i]
			path := paths[fmt.Sprintf("%x", uint64(s.Lo))]
			want := uint64(0)
			if c.want(s, path) {
				want = uint64(s.Hi - s.Lo)
			}
			if s.Dumped != want {
				t.Errorf("%s: %v %s: %#x bytes, want %#x", c.args, s.Lo, path, s.Dumped, want)
			}
		}
	}
}

// mapped returns the names of mappings by where they begin.
func mapped(t *testing.T, pid int) map[string]string {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	all := make(map[string]string)
	for line := range strings.Lines(string(text)) {
		lo, _, _ := strings.Cut(line, "-")
		if f := strings.Fields(line); len(f) > 5 {
			all[lo] = f[5]
		} else {
			all[lo] = ""
		}
	}
	return all
}

// TestCheck checks core files, and what is none.
func TestCheck(t *testing.T) {
	p, _ := start(t)
	dir, pid := t.TempDir(), strconv.Itoa(p.PID)
	checkStatus(t, fcore(t, dir, pid), 0)
	core := filepath.Join(dir, "core."+pid)
	r := fcore(t, dir, core)
	checkStatus(t, r, 0)
	if !strings.Contains(r.Stdout, "threads: 4") {
		t.Errorf("it says %s", r.Stdout)
	}
	if err := os.Truncate(core, 100_000); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ path, want string }{
		{core, "cut off"},
		{"/bin/ls", "not a core file"},
		{"/etc/passwd", "not a core file"},
		{"/nonexistent", "no such file"},
		{dir, "not a core file"},
	} {
		r := fcore(t, dir, c.path)
		checkStatus(t, r, exitFailed)
		if !strings.Contains(r.Stderr, c.want) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: it says %q, want %q", c.path, r.Stderr, c.want)
		}
	}
}

// TestErrors gives command lines that are wrong, and processes that are not there.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"", cli.ExitUsage, "a process id is needed"},
		{"-a -s x 1", cli.ExitUsage, "cannot be used together"},
		{"--compress=lzw 1", cli.ExitUsage, "zstd is the only one"},
		{"-s ( 1", cli.ExitUsage, "missing closing"},
		{"--allmap 1", cli.ExitUsage, "the nearest is --allmaps"},
		{"-o - 1 2", cli.ExitUsage, "one core file alone"},
		{"--max-stop 0s 1", cli.ExitUsage, "that is not 0"},
		{"536870911", exitFailed, "no such process"},
	} {
		r := fcore(t, t.TempDir(), strings.Fields(c.args)...)
		checkStatus(t, r, c.status)
		if !strings.HasPrefix(r.Stderr, "fcore: ") || !strings.Contains(r.Stderr, c.want) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: it says %q, want %q", c.args, r.Stderr, c.want)
		}
	}
}

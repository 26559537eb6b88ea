package main

import (
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
	"sonde/internal/testkit"
	"sonde/stacks"
)

// call is a line of a stack: of a function that has been called, or was inlined.
type call struct {
	function, file string
	line           int
	inlined        bool
}

// calls are the lines of a thread's stack.
func calls(th *stacks.Thread) (all []call) {
	for i := range th.Frames {
		f := &th.Frames[i]
		for _, c := range f.Inlined {
			all = append(all, call{c.Function, c.File, c.Line, true})
		}
		all = append(all, call{f.Function, f.File, f.Line, false})
	}
	return all
}

// startLines starts one of the programs that know their stack, and returns what it says.
func startLines(t *testing.T, program string) (p *testkit.Peer, want []string) {
	t.Helper()
	p = testkit.Start(t, "stdout", nil, program)
	for {
		line, ok := p.Next(t)
		if !ok {
			t.Fatalf("%s ended after %q", program, want)
		}
		if line == "ready" {
			break
		}
		want = append(want, line)
	}
	testkit.AwaitPause(t, p.PID, 1)
	return p, want
}

// said returns the lines of a stack as the program words them, from its first one on.
func said(all []call, want []string) (got []string) {
	for _, c := range all {
		how := "called"
		if c.inlined {
			how = "inlined"
		}
		name, _, _ := strings.Cut(c.function, ".") // .constprop.0 and the like
		line := fmt.Sprintf("%s %d %s", name, c.line, how)
		if len(got) > 0 || line == want[0] {
			got = append(got, line)
		}
		if len(got) == len(want) {
			break
		}
	}
	return got
}

// TestLines holds lines and inlined functions against what programs know of their own
// stacks, in the process and in its core file.
func TestLines(t *testing.T) {
	for _, c := range []struct{ source, flags string }{
		{"lines.c", "-O2 -g"},
		{"lines.c", "-O0 -g"},
		{"lines.c", "-O3 -g -gdwarf-4 -gz -fomit-frame-pointer"},
		{"lines.c", "-O2 -g -m32"},
		{"lines.c", "-O2 -g -static"},
		{"lines.c", "CC=clang -O2 -g"},
		{"lines.cc", "-O2 -g"},
		{"lines.cc", "CC=clang -O2 -g"},
		{"lines.rs", "CC=rustc -O -g -Ccodegen-units=1"},
	} {
		t.Run(c.source+" "+c.flags, func(t *testing.T) {
			program := testkit.Build(t, "testdata/"+c.source, strings.Fields(c.flags)...)
			p, want := startLines(t, program)
			live := process(t, strconv.Itoa(p.PID))
			all := calls(&live.Threads[0])
			if got := said(all, want); !slices.Equal(got, want) {
				t.Errorf("%q\nthe program says %q\nof %+v", got, want, all)
			}
			for _, c := range all {
				if c.line != 0 && !c.inlined && c.file == "" {
					t.Errorf("a line without a file: %+v", c)
				}
			}
			dir := t.TempDir()
			run0(t, "fcore", "-o", filepath.Join(dir, "core"), strconv.Itoa(p.PID))
			core := process(t, filepath.Join(dir, fmt.Sprintf("core.%d", p.PID)), program)
			if got := calls(&core.Threads[0]); !slices.Equal(got, all) {
				t.Errorf("of the core file %+v\nof the process %+v", got, all)
			}
		})
	}
}

// TestSeparateLines finds lines in debug files: by the link beside the program.
func TestSeparateLines(t *testing.T) {
	dir := t.TempDir()
	program, debug := filepath.Join(dir, "lines"), filepath.Join(dir, "lines.debug")
	full := testkit.Build(t, "testdata/lines.c", "-O2", "-g", "-Wl,--build-id=none")
	for _, args := range [][]string{
		{"--only-keep-debug", full, debug},
		{"--strip-all", "--add-gnu-debuglink=" + debug, full, program},
	} {
		if out, err := exec.Command("objcopy", args...).CombinedOutput(); err != nil {
			t.Fatalf("objcopy %s: %v: %s", args, err, out)
		}
	}
	p, want := startLines(t, program)
	live := process(t, strconv.Itoa(p.PID))
	if got := said(calls(&live.Threads[0]), want); !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if err := os.Remove(debug); err != nil {
		t.Fatal(err)
	}
	live = process(t, strconv.Itoa(p.PID))
	for _, c := range calls(&live.Threads[0]) {
		if strings.HasSuffix(c.file, "/lines.c") {
			t.Errorf("nothing tells of %+v", c)
		}
	}
}

// peerLines are the functions and lines that a debugger prints, "NAME LINE".
func peerLines(out string, line *regexp.Regexp) (all []string) {
	for _, m := range line.FindAllStringSubmatch(out, -1) {
		name, _, _ := strings.Cut(m[1], ".")
		all = append(all, name+" "+m[2])
	}
	return all
}

// TestPeersLines compares with gdb and eu-stack. Of a call behind inlined code gdb 13
// takes the line of that code, for stay and between here: its names are compared alone.
func TestPeersLines(t *testing.T) {
	for _, flags := range []string{"-O2 -g", "-O0 -g", "-O3 -g -gdwarf-4"} {
		t.Run(flags, func(t *testing.T) {
			p, want := startLines(t, testkit.Build(t, "testdata/lines.c", strings.Fields(flags)...))
			pid := strconv.Itoa(p.PID)
			text := run0(t, "fstack", pid).Stdout
			got := peerLines(text, regexp.MustCompile(`(?m)^#\d+ +(?:0x\w+ in )?(\S+) \(\) at lines\.c:(\d+)(?: \[inlined\])?$`))
			if len(got) != len(want) {
				t.Errorf("%d lines are known, want %d: %s", len(got), len(want), text)
			}
			for _, peer := range []struct {
				command []string
				line    string
				names   bool
			}{
				{[]string{"gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-ex", "bt", "-p", pid}, `(?m)^#\d+ +(?:0x\w+ in )?(\S+) \(.*\) at \S*lines\.[ch]:(\d+)$`, true},
				{[]string{"eu-stack", "-s", "-i", "-p", pid}, `(?m)^#\d+ +0x\w+ (\S+)\n +\S*/lines\.c:(\d+)(?::\d+)?$`, false},
			} {
				if _, err := exec.LookPath(peer.command[0]); err != nil {
					t.Fatal(err)
				}
				out, _ := exec.Command(peer.command[0], peer.command[1:]...).Output() // statuses tell of other things
				ours, theirs := slices.Clone(got), peerLines(string(out), regexp.MustCompile(peer.line))
				for _, all := range [][]string{ours, theirs} {
					for i := range all {
						if peer.names {
							all[i], _, _ = strings.Cut(all[i], " ")
						}
					}
				}
				if !slices.Equal(ours, theirs) {
					t.Errorf("%q\n%s has %q:\n%s", ours, peer.command[0], theirs, out)
				}
			}
		})
	}
}

// TestPrint tells more and less of frames.
func TestPrint(t *testing.T) {
	p, _ := startLines(t, testkit.Build(t, "testdata/lines.c", "-O2", "-g"))
	pid := strconv.Itoa(p.PID)
	for _, c := range []struct {
		args           string
		want, unwanted string // regular expressions
	}{
		{"", `(?m)^#\d +0x\w+ in inner \(\) at lines\.c:\d+ \[inlined\]\n#\d +middle \(\) at lines\.c:\d+ \[inlined\]\n#\d +outer \(\) at lines\.c:\d+$`, `/lines\.c`},
		{"-lite", `(?m)in outer \(\) from /.*\n#\d +0x\w+ in main \(\) from /`, `inner|lines\.c`},
		{"-print -", `in outer \(\) from /`, `inner|lines\.c`},
		{"-print paths", ` in inner \(\) at /\S+/lines\.c:\d+ \[inlined\]`, ` at lines\.c`},
		{"--print=-inline", ` in outer \(\) at lines\.c:`, `inner`},
		{"--print=-lines", `in inner \(\) \[inlined\]\n`, `lines\.c`},
		{"--lite --print inline", `in inner \(\) \[inlined\]\n`, `lines\.c`},
		{"--folded", `;main;between;outer;middle;inner;stay;`, `lines\.c`},
		{"-n 2", `(?m)^\.\.\.$`, `main`},
	} {
		out := run0(t, "fstack", append(strings.Fields(c.args), pid)...).Stdout
		if !regexp.MustCompile(c.want).MatchString(out) || regexp.MustCompile(c.unwanted).MatchString(out) {
			t.Errorf("%s: want %s, not %s:\n%s", c.args, c.want, c.unwanted, out)
		}
	}
	r := testkit.Run(t, testkit.Tool(t, "fstack"), "-print", "everything", pid)
	checkStatus(t, r, cli.ExitUsage)
	if !strings.Contains(r.Stderr, "--print everything: there are lines, inline, languages, paths, params") {
		t.Error(r.Describe())
	}
}

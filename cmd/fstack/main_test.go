package main

import (
	"encoding/json"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sonde/cli"
	"sonde/internal/testkit"
	"sonde/stacks"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// start starts a program of four threads, and waits until all of them sleep for good.
func start(t *testing.T, flags ...string) (p *testkit.Peer, program string) {
	t.Helper()
	program = testkit.Build(t, "../../corefile/testdata/threads.c", append(flags, "-pthread")...)
	p = testkit.StartTarget(t, nil, program)
	testkit.AwaitPause(t, p.PID, 4)
	return p, program
}

func run0(t *testing.T, tool string, args ...string) testkit.Result {
	t.Helper()
	r := testkit.Run(t, append([]string{testkit.Tool(t, tool)}, args...)...)
	checkStatus(t, r, 0)
	return r
}

func checkStatus(t *testing.T, r testkit.Result, want int) {
	t.Helper()
	if !r.Status.Exited() || r.Status.ExitStatus() != want {
		t.Errorf("want exit status %d: %s", want, r.Describe())
	}
}

// process runs fstack and returns what its JSON says.
func process(t *testing.T, args ...string) *stacks.Process {
	t.Helper()
	all := processes(t, args...)
	if len(all) != 1 {
		t.Fatalf("%d processes", len(all))
	}
	return all[0]
}

// processes is process for any number of them.
func processes(t *testing.T, args ...string) (all []*stacks.Process) {
	t.Helper()
	r := run0(t, "fstack", append([]string{"--json"}, args...)...)
	for line := range strings.Lines(r.Stdout) {
		var p stacks.Process
		if err := json.Unmarshal([]byte(line), &p); err != nil {
			t.Fatalf("%v: %s", err, r.Describe())
		}
		all = append(all, &p)
	}
	return all
}

// TestPeer compares stacks with eu-stack's, of the process and of its core file.
func TestPeer(t *testing.T) {
	for _, flag := range []string{"-m64", "-m32", "-static", "-fomit-frame-pointer"} {
		t.Run(flag, func(t *testing.T) {
			p, program := start(t, flag)
			live := process(t, strconv.Itoa(p.PID))
			compareStacks(t, live, euStack(t, "-p", strconv.Itoa(p.PID)))
			dir := t.TempDir()
			run0(t, "fcore", "-o", filepath.Join(dir, "core"), strconv.Itoa(p.PID))
			core := process(t, filepath.Join(dir, fmt.Sprintf("core.%d", p.PID)), program)
			if len(core.Threads) != len(live.Threads) {
				t.Fatalf("%d threads, want %d", len(core.Threads), len(live.Threads))
			}
			for i := range live.Threads {
				l, c := &live.Threads[i], &core.Threads[i]
				if fmt.Sprint(l.TID, l.Frames, l.Why) != fmt.Sprint(c.TID, c.Frames, c.Why) {
					t.Errorf("of the process %+v\nof the core file %+v", l, c)
				}
			}
		})
	}
}

// euStack returns the program counters by thread, as eu-stack prints them.
func euStack(t *testing.T, args ...string) map[int][]string {
	t.Helper()
	out, _ := exec.Command("eu-stack", args...).Output() // its status tells of stacks that end early
	all := make(map[int][]string)
	tid := 0
	line := regexp.MustCompile(`^TID (\d+):|^#\d+ +0x0*([0-9a-f]+)`)
	for text := range strings.Lines(string(out)) {
		switch m := line.FindStringSubmatch(text); {
		case m == nil:
		case m[1] != "":
			tid, _ = strconv.Atoi(m[1])
		default:
			all[tid] = append(all[tid], m[2])
		}
	}
	if len(all) == 0 {
		t.Fatalf("eu-stack %s says nothing", args)
	}
	return all
}

// compareStacks holds that a process's stacks are those of eu-stack, or go on where it
// ends early, as it does in 32-bit programs.
func compareStacks(t *testing.T, p *stacks.Process, want map[int][]string) {
	t.Helper()
	if len(p.Threads) != len(want) {
		t.Errorf("%d threads, want %d", len(p.Threads), len(want))
	}
	for i := range p.Threads {
		th := &p.Threads[i]
		if th.Why != "" {
			t.Errorf("thread %d: %s", th.TID, th.Why)
		}
		w := want[th.TID]
		if len(w) < 3 || len(w) > len(th.Frames) {
			t.Errorf("thread %d has %d frames, want %d: %v", th.TID, len(th.Frames), len(w), th.Frames)
			continue
		}
		for j := range w {
			if got := fmt.Sprintf("%x", uint64(th.Frames[j].PC)); got != w[j] {
				t.Errorf("thread %d, frame %d: %s, want %s", th.TID, j, got, w[j])
			}
		}
	}
}

// names are the functions of a stack, in a line.
func names(th *stacks.Thread) string {
	var all []string
	for _, f := range th.Frames {
		name := f.Function
		if f.Signal {
			name = "<signal>"
		}
		all = append(all, name)
	}
	return strings.Join(all, " ")
}

// TestAlternateStack goes from a handler on a stack of its own to what the signal has
// interrupted.
func TestAlternateStack(t *testing.T) {
	for _, flags := range []string{"-O0", "-O2 -fomit-frame-pointer", "-O1 -m32", "-O1 -static"} {
		t.Run(flags, func(t *testing.T) {
			program := testkit.Build(t, "testdata/altstack.c", strings.Fields(flags)...)
			p := testkit.StartTarget(t, nil, program)
			testkit.AwaitPause(t, p.PID, 1)
			got := process(t, strconv.Itoa(p.PID))
			if len(got.Threads) != 1 {
				t.Fatalf("%d threads", len(got.Threads))
			}
			all := names(&got.Threads[0])
			if !regexp.MustCompile(`\bhandler <signal> .*\binner(\.\S+)? outer(\.\S+)? main .*_start$`).MatchString(all) || got.Threads[0].Why != "" {
				t.Errorf("%s: %s", all, got.Threads[0].Why)
			}
		})
	}
}

// TestForms prints the stacks of four threads, three of which have the same, in each form.
func TestForms(t *testing.T) {
	p, _ := start(t)
	pid := strconv.Itoa(p.PID)
	text := run0(t, "fstack", pid).Stdout
	for _, want := range []string{
		fmt.Sprintf("Process %d: ", p.PID), fmt.Sprintf("\nThread %d \"threads\", sleeping in pause:\n#0  0x0", p.PID),
		" in sleeper () from /", " in main () from /",
	} {
		if !strings.Contains(text, want) {
			t.Errorf("no %q in\n%s", want, text)
		}
	}
	if n := strings.Count(text, "\nThread "); n != 4 {
		t.Errorf("%d threads in\n%s", n, text)
	}
	grouped := run0(t, "fstack", "--group", pid).Stdout
	if !strings.Contains(grouped, "\n3 threads:\n") || strings.Count(grouped, "#0 ") != 2 {
		t.Errorf("grouped:\n%s", grouped)
	}
	folded := run0(t, "fstack", "--folded", pid).Stdout
	if !regexp.MustCompile(`(?m)^threads;.*;sleeper;.*pause 3$`).MatchString(folded) {
		t.Errorf("folded:\n%s", folded)
	}
	cut := run0(t, "fstack", "-number-of-frames", "1", "--tid", pid, pid).Stdout
	if strings.Count(cut, "\n#") != 1 || !strings.HasSuffix(cut, "\n...\n") {
		t.Errorf("cut:\n%s", cut)
	}
	if r := run0(t, "fstack", "-v", pid); !strings.Contains(r.Stderr, "stood still for") {
		t.Errorf("-v: %s", r.Describe())
	}
}

// TestErrors gives command lines that are wrong, and targets that are not there.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"", cli.ExitUsage, "a process id or a core file is needed"},
		{"--json --folded 1", cli.ExitUsage, "cannot be used together"},
		{"-n x 1", cli.ExitUsage, "not a whole number"},
		{"/bin/true", cli.ExitUsage, "neither a process id nor a core file"},
		{"/nonexistent", cli.ExitUsage, "no such file"},
		{"--max-stop 0s 1", cli.ExitUsage, "that is not 0"},
		{"--interval 1s 1", cli.ExitUsage, "is for --samples"},
		{"--samples 0 1", cli.ExitUsage, "not between 1 and"},
		{"--samples 2 --interval 0s 1", cli.ExitUsage, "that is not 0"},
		{"--raw --folded 1", cli.ExitUsage, "go with --symbolize"},
		{"--symbolize - 1", cli.ExitUsage, "goes without processes"},
		{"--symbolize /nonexistent", exitFailed, "no such file"},
		{"536870911", exitFailed, "no such process"},
	} {
		r := testkit.Run(t, append([]string{testkit.Tool(t, "fstack")}, strings.Fields(c.args)...)...)
		checkStatus(t, r, c.status)
		if !strings.HasPrefix(r.Stderr, "fstack: ") || !strings.Contains(r.Stderr, c.want) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: it says %q, want %q", c.args, r.Stderr, c.want)
		}
	}
}

package main

import (
	"encoding/json"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/stacks"
)

// TestGoroutines compares goroutines with what the runtime says of them, of the process and
// of its core file.
func TestGoroutines(t *testing.T) {
	for _, flags := range []string{
		"CGO_ENABLED=0", "CGO_ENABLED=0 -ldflags=-s", "CGO_ENABLED=0 -buildmode=pie",
		"CGO_ENABLED=1", "CGO_ENABLED=1 -buildmode=pie -ldflags=-linkmode=external",
	} {
		t.Run(flags, func(t *testing.T) {
			dir := t.TempDir()
			dump := filepath.Join(dir, "dump")
			program := testkit.BuildGo(t, "testdata/goroutines", strings.Fields(flags)...)
			p := testkit.StartTarget(t, nil, program, dump)
			var thread, own int
			if _, err := fmt.Sscanf(p.Lines[0], "ready %d %d", &thread, &own); err != nil {
				t.Fatal(err)
			}
			want := runtimeStacks(t, dump)
			pid := strconv.Itoa(p.PID)
			live := process(t, "--goroutines", pid)
			run0(t, "fcore", "-o", filepath.Join(dir, "core"), pid)
			core := process(t, "--goroutines", filepath.Join(dir, "core."+pid))
			for _, got := range []*stacks.Process{live, core} {
				checkGoroutines(t, got, want)
				if n := slices.IndexFunc(got.Threads, func(th stacks.Thread) bool { return th.TID == thread }); n < 0 || got.Threads[n].Goroutine != uint64(own) {
					t.Errorf("thread %d does not run goroutine %d: %+v", thread, own, got.Threads)
				}
			}
		})
	}
}

// goStack is a goroutine's state and its functions, with their lines.
type goStack struct {
	state     string
	functions []string
}

// runtimeStacks returns what the runtime says, by goroutine, without its own functions. The
// main goroutine was running then.
func runtimeStacks(t *testing.T, file string) map[uint64]goStack {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	head := regexp.MustCompile(`^goroutine (\d+) \[([^],]*)`)
	frame := regexp.MustCompile(`(?m)^([^\s(].*)\(.*\)\n\t(.*):(\d+)`)
	all := make(map[uint64]goStack)
	for _, section := range strings.Split(string(text), "\n\n") {
		m := head.FindStringSubmatch(section)
		id, _ := strconv.ParseUint(m[1], 10, 64)
		if m[2] == "running" || m[2] == "syscall" {
			continue
		}
		s := goStack{state: m[2]}
		for _, f := range frame.FindAllStringSubmatch(section, -1) {
			if f[1] = strings.TrimPrefix(f[1], "created by "); strings.HasPrefix(f[1], "runtime.") {
				continue
			}
			s.functions = append(s.functions, f[1]+" "+path.Base(f[2])+":"+f[3])
		}
		all[id] = s
	}
	if len(all) != 8 {
		t.Fatalf("%d goroutines wait:\n%s", len(all), text)
	}
	return all
}

// checkGoroutines holds goroutines that no thread runs against those that the runtime has
// told of, which leaves its own out, and what the compiler puts around functions.
func checkGoroutines(t *testing.T, p *stacks.Process, want map[uint64]goStack) {
	t.Helper()
	found := 0
	for i := range p.Threads {
		th := &p.Threads[i]
		if th.Why != "" {
			t.Errorf("thread %d, goroutine %d: %s", th.TID, th.Goroutine, th.Why)
		}
		w, ok := want[th.Goroutine]
		if th.TID != 0 || !ok {
			continue
		}
		found++
		var got []string
		for _, f := range th.Frames {
			for _, call := range f.Inlined {
				got = append(got, goFunction(call.Function, call.File, call.Line)...)
			}
			got = append(got, goFunction(f.Function, f.File, f.Line)...)
		}
		if !slices.Equal(got, w.functions) || th.State != w.state {
			t.Errorf("goroutine %d, %s: %q\nwant %s: %q", th.Goroutine, th.State, got, w.state, w.functions)
		}
		if last := th.Frames[len(th.Frames)-1].Function; last != "runtime.goexit" {
			t.Errorf("goroutine %d begins in %s", th.Goroutine, last)
		}
	}
	if found != len(want) {
		t.Errorf("%d goroutines, want %d: %+v", found, len(want), p.Threads)
	}
}

func goFunction(name, file string, line int) []string {
	if strings.HasPrefix(name, "runtime.") || strings.Contains(name, ".gowrap") {
		return nil
	}
	return []string{fmt.Sprintf("%s %s:%d", name, path.Base(file), line)}
}

// TestGoroutineForms shows goroutines in each form.
func TestGoroutineForms(t *testing.T) {
	program := testkit.BuildGo(t, "testdata/goroutines", "CGO_ENABLED=0")
	p := testkit.StartTarget(t, nil, program, filepath.Join(t.TempDir(), "dump"))
	pid := strconv.Itoa(p.PID)
	for _, c := range []struct{ args, want string }{
		{"--goroutines", `(?m)^Goroutine \d+, chan send:\n(#.*\n)*#\d+ +0x.* in main\.send \(\) at main\.go:\d+\n`},
		{"--goroutines --group", `(?m)^Goroutine 1, select \(no cases\):\n`},
		{"--goroutines --group", `(?m)^2 goroutines:\nGoroutine \d+, sleep:\nGoroutine \d+, sleep:\n`},
		{"--goroutines --folded", `(?m)^goroutine;runtime\.goexit;.*main\.lock;.*;runtime\.gopark 1$`},
		{"--goroutines --group --samples=2 --interval=1ms", `(?m)^2 times:\nGoroutine \d+, 2 times\n(#.*\n)*#\d+ +0x.* in main\.accept \(\)`},
		{"", `(?m)^Thread \d+ "[^"]*", sleeping in read, goroutine \d+:\n(#.*\n)*#\d+ .*main\.blocked \(\)`},
	} {
		if got := run0(t, "fstack", append(strings.Fields(c.args), pid)...).Stdout; !regexp.MustCompile(c.want).MatchString(got) {
			t.Errorf("fstack %s: no %s in\n%s", c.args, c.want, got)
		}
	}
	if got := run0(t, "fstack", pid).Stdout; strings.Contains(got, "Goroutine") {
		t.Errorf("nobody has asked for goroutines:\n%s", got)
	}
}

// TestBusyGoroutines looks at a program again and again, whose stacks are complete wherever
// its threads and goroutines are.
func TestBusyGoroutines(t *testing.T) {
	p := testkit.StartTarget(t, nil, testkit.BuildGo(t, "testdata/busy", "CGO_ENABLED=0"))
	r := run0(t, "fstack", "-v", "--json", "--goroutines", "--samples=20", "--interval=1ms", strconv.Itoa(p.PID))
	for line := range strings.Lines(r.Stderr) {
		if !strings.Contains(line, "stood still") {
			t.Error(line)
		}
	}
	looks, goroutines := 0, 0
	for line := range strings.Lines(r.Stdout) {
		var got stacks.Process
		if err := json.Unmarshal([]byte(line), &got); err != nil {
			t.Fatal(err)
		}
		looks++
		for _, th := range got.Threads {
			if th.TID == 0 {
				goroutines++
			}
			for i, f := range th.Frames {
				if f.Guessed != "" || f.Function == "" || i == len(th.Frames)-1 && th.Why != "" {
					t.Errorf("thread %d, goroutine %d, %s: %s, %s: %s\n%+v", th.TID, th.Goroutine, th.State, names(&th), f.Guessed, th.Why, th.Frames)
				}
			}
		}
	}
	if looks != 20 || goroutines < 20*20 {
		t.Errorf("%d looks, %d goroutines", looks, goroutines)
	}
}

package inspect

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/cli"
	"sonde/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

var machines = []string{"-m64", "-m32"}

// start starts a program of four threads, and waits until all of them sleep for good.
func start(t *testing.T, flags ...string) (p *testkit.Peer, program string) {
	t.Helper()
	program = testkit.Build(t, "../corefile/testdata/threads.c", append(flags, "-pthread")...)
	p = testkit.StartTarget(t, nil, program)
	testkit.AwaitPause(t, p.PID, 4)
	return p, program
}

// run runs a tool and returns what it prints.
func run(t *testing.T, tool string, args ...string) string {
	t.Helper()
	r := testkit.Run(t, append([]string{testkit.Tool(t, tool)}, args...)...)
	if !r.Status.Exited() || r.Status.ExitStatus() != 0 {
		t.Errorf("%s %s: %s", tool, args, r.Describe())
	}
	return r.Stdout
}

// dump writes the core file of a process.
func dump(t *testing.T, pid int) string {
	t.Helper()
	core := filepath.Join(t.TempDir(), "core")
	run(t, "fcore", "-o", core, strconv.Itoa(pid))
	return core + "." + strconv.Itoa(pid)
}

// TestManuals holds the manual pages against the programs.
func TestManuals(t *testing.T) {
	for _, tool := range []string{"fauxv", "fmaps", "fexe", "fdebuginfo"} {
		testkit.CheckManual(t, "../man/"+tool+".1", tool)
	}
}

// TestErrors gives command lines that are wrong, and targets that are not there.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		line   string
		status int
		want   string
	}{
		{"fauxv", cli.ExitUsage, "a process id or a file is needed"},
		{"fauxv /bin/true", cli.ExitUsage, "neither a process id nor a core file"},
		{"fauxv 536870911", exitFailed, "process 536870911: no such process"},
		{"fauxv 2", exitFailed, "kernel thread"},
		{"fmaps /nonexistent", cli.ExitUsage, "no such file"},
		{"fmaps /etc/passwd", exitFailed, "not an ELF file"},
		{"fmaps --sysrot x 1", cli.ExitUsage, "the nearest is --sysroot"},
		{"fmaps 2", exitFailed, "kernel thread"},
		{"fdebuginfo 2", exitFailed, "kernel thread"},
		{"fexe 2", exitFailed, "kernel thread"},
		{"fexe no-such-command", cli.ExitUsage, "nor a command in $PATH"},
		{"fexe /etc/passwd", exitFailed, "neither a program nor a script"},
		{"fexe /etc", exitFailed, "not a file that could be run"},
		{"fdebuginfo /etc/passwd", exitFailed, "not an ELF file"},
		{"fdebuginfo -p x", cli.ExitUsage, "not a whole number"},
	} {
		args := strings.Fields(c.line)
		r := testkit.Run(t, append([]string{testkit.Tool(t, args[0])}, args[1:]...)...)
		if !r.Status.Exited() || r.Status.ExitStatus() != c.status || r.Stdout != "" ||
			!strings.HasPrefix(r.Stderr, args[0]+": ") || !strings.Contains(r.Stderr, c.want) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: want %q: %s", c.line, c.want, r.Describe())
		}
	}
}

// TestRefused looks at a process of another user's, and at an own one.
func TestRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("running as another user takes root")
	}
	p, _ := start(t)
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	for _, tool := range []string{"fauxv", "fmaps", "fexe", "fdebuginfo"} {
		path := testkit.Tool(t, tool)
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		open := filepath.Join("/tmp", fmt.Sprintf("%s-%d", tool, os.Getpid())) // the test's directories are root's
		if err := os.WriteFile(open, text, 0o755); err != nil {
			t.Fatal(err)
		}
		defer os.Remove(open)
		r := testkit.Command{Args: []string{open, strconv.Itoa(p.PID)}, Dir: "/", User: nobody}.Run(t)
		want := fmt.Sprintf("%s: look at process %d: operation not permitted (it runs as user 0 and you are user 65534", tool, p.PID)
		if r.Status.ExitStatus() != exitFailed || r.Stdout != "" || !strings.HasPrefix(r.Stderr, want) {
			t.Errorf("want %q: %s", want, r.Describe())
		}
	}
}

// TestJSON reads back what the programs write as JSON, a line for each target.
func TestJSON(t *testing.T) {
	p, program := start(t)
	pid := strconv.Itoa(p.PID)
	core := dump(t, p.PID)
	for tool, list := range map[string]string{"fauxv": "auxv", "fmaps": "maps", "fdebuginfo": "modules", "fexe": "path"} {
		lines := strings.Split(strings.TrimSpace(run(t, tool, "-json", "-exe", program, pid, core)), "\n")
		if len(lines) != 2 {
			t.Fatalf("%s: %d lines", tool, len(lines))
		}
		for i, line := range lines {
			var got map[string]any
			if err := json.Unmarshal([]byte(line), &got); err != nil {
				t.Fatalf("%s: %v in %s", tool, err, line)
			}
			if name, _ := got["core"].(string); got["pid"] != float64(p.PID) || (name == core) != (i == 1) {
				t.Errorf("%s: it is of %v, %v", tool, got["pid"], got["core"])
			}
			if all, ok := got[list].([]any); list == "path" && got[list] != program || list != "path" && (!ok || len(all) < 3) {
				t.Errorf("%s: %s is %v", tool, list, got[list])
			}
		}
	}
}

// TestHeads tells targets apart where there are several.
func TestHeads(t *testing.T) {
	text := run(t, "fmaps", "/bin/true", "/bin/false")
	if !strings.HasPrefix(text, "/bin/true:\n0") || !strings.Contains(text, "\n\n/bin/false:\n0") {
		t.Errorf("%s", text)
	}
}

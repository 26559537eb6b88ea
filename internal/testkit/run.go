package testkit

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"
)

// toolEntry is the assembly entry of the tool, which reads the signal
// dispositions before the Go runtime overwrites them; the linker has to be
// told of it.
const toolEntry = "sonde_entry"

// Main runs the tests of a package that needs the tools; its TestMain calls it.
// It does not return.
func Main(m *testing.M) {
	status := m.Run()
	tools.Lock()
	if tools.dir != "" {
		_ = os.RemoveAll(tools.dir)
	}
	os.Exit(status)
}

// tools are the tools that this test process has built, and where they lie.
var tools struct {
	sync.Mutex
	dir   string
	built map[string]bool
}

// Sonde returns the path of the tool sonde.
func Sonde(t testing.TB) string {
	t.Helper()
	return Tool(t, "sonde")
}

// Tool returns the path of one of the tools, built once per test process from the
// sources of the module. Main removes it.
func Tool(t testing.TB, name string) string {
	t.Helper()
	path, err := buildTool(name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

func buildTool(name string) (string, error) {
	tools.Lock()
	defer tools.Unlock()
	if tools.dir == "" {
		dir, err := os.MkdirTemp("", "sonde-tool-")
		if err != nil {
			return "", err
		}
		// Tests may run the tool as another user.
		if err := os.Chmod(dir, 0o755); err != nil {
			return "", err
		}
		tools.dir, tools.built = dir, make(map[string]bool)
	}
	path := filepath.Join(tools.dir, name)
	if tools.built[name] {
		return path, nil
	}
	if err := noteSources(name); err != nil {
		return "", err
	}
	cmd := exec.Command("go", "build", "-o", path, "-ldflags", "-E "+toolEntry, "sonde/cmd/"+name)
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0") // as the Makefile builds it
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", name, err, out)
	}
	tools.built[name] = true
	return path, nil
}

// isTool tells whether a program is one of the tools.
func isTool(path string) bool {
	tools.Lock()
	defer tools.Unlock()
	return tools.dir != "" && filepath.Dir(path) == tools.dir
}

// noteSources looks at each source of the tool. "go test" knows only the files
// that the test process has looked at, and would call a pass cached although
// the tool, which the test runs and does not contain, has changed.
func noteSources(tool string) error {
	const format = `{{if .Module}}{{if .Module.Main}}{{range .GoFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{range .SFiles}}{{$.Dir}}/{{.}}{{"\n"}}{{end}}{{end}}{{end}}`
	out, err := exec.Command("go", "list", "-deps", "-f", format, "sonde/cmd/"+tool).Output()
	if err != nil {
		return fmt.Errorf("list the sources of the tool: %w", err)
	}
	for _, name := range strings.Fields(string(out)) {
		if _, err := os.Stat(name); err != nil {
			return err
		}
	}
	return nil
}

// Command is a program to be run to its end.
type Command struct {
	Args     []string
	Env      []string      // added to the test's own environment
	Dir      string        // where it runs; the test's directory if empty
	Stdin    string        // what it reads
	Trace    string        // a file that it writes, whose end is shown when it hangs
	Deadline time.Duration // after which it hangs; two minutes if zero

	// User is whom it runs as; nil for the test's own user.
	User *syscall.Credential
}

// Result is how a program ended.
type Result struct {
	Stdout, Stderr string
	Status         syscall.WaitStatus
}

// Describe tells what the program said and how it ended, for messages.
func (r Result) Describe() string {
	return fmt.Sprintf("%s\nstdout:\n%s\nstderr:\n%s", DescribeStatus(r.Status), r.Stdout, r.Stderr)
}

// Run runs args to the end in the test's directory.
func Run(t testing.TB, args ...string) Result {
	t.Helper()
	return Command{Args: args}.Run(t)
}

// Run runs the command to its end, in a session of its own. Past the deadline
// it fails the test, shows where every thread hangs, and kills the program with
// all that it has started.
func (c Command) Run(t testing.TB) Result {
	t.Helper()
	// Files, not pipes: what the program leaves behind may keep a pipe open.
	dir := t.TempDir()
	stdout, err := os.Create(filepath.Join(dir, "stdout"))
	if err != nil {
		t.Fatal(err)
	}
	defer stdout.Close()
	stderr, err := os.Create(filepath.Join(dir, "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	defer stderr.Close()

	cmd := exec.Command(c.Args[0], c.Args[1:]...)
	cmd.Env = append(os.Environ(), c.Env...)
	cmd.Dir = c.Dir
	cmd.Stdout, cmd.Stderr = stdout, stderr
	if c.Stdin != "" {
		cmd.Stdin = strings.NewReader(c.Stdin)
	}
	// By its session everything that it starts can be found again, orphans too.
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Credential: c.User}
	if err := cmd.Start(); err != nil {
		t.Fatalf("start %s: %v", c.Args[0], err)
	}
	hung := c.watch(cmd)
	result := Result{
		Stdout: readAll(t, stdout.Name()),
		Stderr: readAll(t, stderr.Name()),
		Status: cmd.ProcessState.Sys().(syscall.WaitStatus),
	}
	if hung != "" {
		t.Fatalf("%s hangs; its threads:\n%sthe end of its trace:\n%sit ended with %s",
			strings.Join(c.Args, " "), hung, fileTail(c.Trace, 30), result.Describe())
	}
	return result
}

// watch waits for the command's end. If that does not come, it ends it and
// tells what the threads were at.
func (c Command) watch(cmd *exec.Cmd) (hung string) {
	deadline := c.Deadline
	if deadline == 0 {
		deadline = 2 * time.Minute
	}
	ended := make(chan struct{})
	go func() {
		_ = cmd.Wait() // the status tells more
		close(ended)
	}()
	defer func() { <-ended }()
	select {
	case <-ended:
		return ""
	case <-time.After(deadline):
	}
	pid := cmd.Process.Pid
	hung = describeSession(pid)
	if isTool(c.Args[0]) {
		_ = cmd.Process.Signal(syscall.SIGQUIT) // the Go runtime shows its goroutines
		select {
		case <-ended:
		case <-time.After(5 * time.Second):
		}
	}
	killSession(pid)
	return hung
}

// killSession kills the processes of the session, and again while one of them
// has had the time to start another.
func killSession(session int) {
	for range 100 {
		pids := sessionProcesses(session)
		if len(pids) == 0 {
			return
		}
		for _, pid := range pids {
			_ = syscall.Kill(pid, syscall.SIGKILL)
		}
		time.Sleep(10 * time.Millisecond) // no event tells of the end of another's child
	}
}

func readAll(t testing.TB, name string) string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}

// fileTail returns the last n lines of a file, which may be large.
func fileTail(name string, n int) string {
	f, err := os.Open(name)
	if err != nil {
		if errors.Is(err, os.ErrNotExist) || name == "" {
			return "(none)\n"
		}
		return err.Error() + "\n"
	}
	defer f.Close()
	const most = 64 << 10
	fi, err := f.Stat()
	if err != nil {
		return err.Error() + "\n"
	}
	data := make([]byte, min(fi.Size(), most))
	if _, err := f.ReadAt(data, fi.Size()-int64(len(data))); err != nil {
		return err.Error() + "\n"
	}
	lines := strings.SplitAfter(string(data), "\n")
	return strings.Join(lines[max(0, len(lines)-n-1):], "")
}

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/creack/pty"
	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/internal/testkit"
)

// outputFaults are outputs that take no more at some time. sonde is run by a shell that
// does before it what has to be done.
var outputFaults = []struct {
	name, before string
	options      string
	output       string // with the directory of the test in front; "" is standard error
	complaint    string
}{
	{"a full device", ``, "", "/dev/full", `/dev/full: no space left on device$`},
	{"a full device, JSON", ``, "--json", "/dev/full", `/dev/full: no space left on device$`},
	{"a full device, a table", ``, "-c", "/dev/full", `/dev/full: .*no space left on device$`},
	{"a limit for files", `ulimit -f 8;`, "", "trace", `/trace: file too large$`},
	{"a limit for files, appending", `ulimit -f 8;`, "", "+trace", `/trace: file too large$`},
	{"a limit for files, each thread's", `ulimit -f 8;`, "-ff", "trace", `/trace: thread \d+: file too large$`},
	{"a command that reads a line", ``, "", "|head -1 >/dev/null", `\|head -1 >/dev/null: broken pipe$`},
	{"a command that reads nothing", ``, "", "|exec <&-", `\|exec <&-: broken pipe$`},
}

// outputArgs returns how the shell runs sonde.
func outputArgs(t *testing.T, i int, args ...string) []string {
	t.Helper()
	c := outputFaults[i]
	output := c.output
	if path, appends := strings.CutPrefix(output, "+"); path[0] != '/' && path[0] != '|' {
		output = filepath.Join(t.TempDir(), path)
		if appends {
			output = "+" + output
		}
	}
	argv := []string{"/bin/sh", "-c", c.before + ` exec "$@"`, "sh", testkit.Sonde(t), "-e", "atoi@MAIN", "-o", output}
	return append(append(argv, strings.Fields(c.options)...), args...)
}

// TestOutputFails launches a program whose trace cannot be written to the end: it
// runs to its own, and one line says why there is no more.
func TestOutputFails(t *testing.T) {
	t.Parallel()
	for i, c := range outputFaults {
		got := testkit.Run(t, outputArgs(t, i, outputCalls(t, "3000", "at-once")...)...)
		if got.Stdout != "output\n" || got.Status.ExitStatus() != 7 {
			t.Errorf("%s: the program ended with %s", c.name, got.Describe())
		}
		complaint(t, got.Stderr, c.complaint)
	}
}

// TestOutputFailsAttached is the same for a program that runs already: it is let go, or
// else, of what is written at the end, sonde.
func TestOutputFailsAttached(t *testing.T) {
	t.Parallel()
	program := build(t, "output_calls.c", "-O1")
	for i, c := range outputFaults {
		target := testkit.StartTarget(t, nil, program, "3000")
		tool := testkit.Start(t, "stderr", nil, "/bin/sh", outputArgs(t, i, "-p", strconv.Itoa(target.PID))[1:]...)
		testkit.Await(t, "the process is traced", func() bool {
			return tool.Ended() || traces(tool, target.PID)
		})
		target.Signal(t, unix.SIGUSR1)
		if line, ok := target.Next(t); !ok || line != "called" {
			t.Errorf("%s: the program said %q", c.name, line)
		}
		target.Signal(t, unix.SIGUSR1) // what is collected fails with the next event
		if c.options == "-c" {
			target.Next(t)
			tool.Signal(t, unix.SIGINT)
		}
		if ws := tool.Wait(t); ws.ExitStatus() != cli.ExitSetup {
			t.Errorf("%s: sonde ended with %s", c.name, testkit.DescribeStatus(ws))
		}
		complaint(t, strings.Join(tool.Lines, "\n")+"\n", c.complaint)
		testkit.CheckReleased(t, target.PID)
		target.EndTarget(t)
	}
}

// TestOutputReaderGone writes the trace to a standard error that nobody reads any more:
// there is nobody to tell it to, either.
func TestOutputReaderGone(t *testing.T) {
	t.Parallel()
	for _, options := range []string{"", "--json", "-c"} {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		args := append(strings.Fields(options), outputCalls(t, "3000", "at-once")...)
		cmd := exec.Command(testkit.Sonde(t), args...)
		var stdout bytes.Buffer
		cmd.Stdout, cmd.Stderr = &stdout, w
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		w.Close()
		r.Close()
		_ = cmd.Wait() // the status tells more
		if ws := cmd.ProcessState; ws.ExitCode() != 7 || stdout.String() != "output\n" {
			t.Errorf("%s: ended with %s, and said %q", options, ws, &stdout)
		}
	}
}

// TestOutputNonblocking has the program make the standard error nonblocking that sonde
// writes to, while nobody reads: the trace waits, and nothing of it is lost.
func TestOutputNonblocking(t *testing.T) {
	t.Parallel()
	const calls = 3000 // more than a pipe holds the lines of
	for _, options := range []string{"", "--json"} {
		args := append(strings.Fields(options), outputCalls(t, strconv.Itoa(calls), "nonblocking")...)
		tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), args...)
		testkit.Await(t, "sonde waits for a reader", func() bool { return inSystemCall(tool.PID, unix.SYS_PPOLL) })
		if ws := tool.Wait(t); ws.ExitStatus() != 7 {
			t.Errorf("%s: ended with %s: %s", options, testkit.DescribeStatus(ws), lastLines(tool))
		}
		n := 0
		for _, line := range tool.Lines {
			if strings.Contains(line, "atoi") && strings.Contains(line, `7`) {
				n++
			}
		}
		if n < calls {
			t.Errorf("%s: %d calls, %d were made", options, n, calls)
		}
	}
}

// inSystemCall tells whether a thread of a process is in a system call with the given first
// arguments, as /proc writes them.
func inSystemCall(pid, nr int, args ...string) bool {
	call := strings.Join(append([]string{strconv.Itoa(nr)}, args...), " ") + " "
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*/syscall", pid))
	return err == nil && slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		return err == nil && strings.HasPrefix(string(text), call)
	})
}

// TestOutputTerminalGone takes the terminal away that the trace goes to, from programs that
// do not mind: SIGHUP is ignored.
func TestOutputTerminalGone(t *testing.T) {
	t.Parallel()
	master, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("/bin/sh", "-c", `trap '' HUP; exec "$@"`, "sh", testkit.Sonde(t), build(t, "output_calls.c", "-O1"), "10")
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	cmd.Stdout, cmd.Stderr = w, terminal
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	terminal.Close()
	w.Close()
	var pid int
	if _, err := fmt.Fscanf(r, "ready %d\n", &pid); err != nil {
		t.Fatal(err)
	}
	master.Close() // a write gives EIO from now on
	sendSignal(t, pid, unix.SIGUSR1)
	sendSignal(t, pid, unix.SIGUSR1)
	stdin.Close()
	said, err := io.ReadAll(r)
	_ = cmd.Wait() // the status tells more
	if err != nil || cmd.ProcessState.ExitCode() != 0 || !regexp.MustCompile(`^(called\n)+ok\n$`).Match(said) {
		t.Errorf("ended with %s, the program said %q, %v", cmd.ProcessState, said, err)
	}
}

// TestOutputFIFO opens a FIFO for the trace that nobody reads: a signal ends the wait,
// before anything has been launched.
func TestOutputFIFO(t *testing.T) {
	t.Parallel()
	for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGTERM} {
		dir := t.TempDir()
		fifo, mark := filepath.Join(dir, "fifo"), filepath.Join(dir, "mark")
		if err := unix.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "-o", fifo, "touch", mark)
		testkit.Await(t, "sonde opens the FIFO", func() bool { return inSystemCall(tool.PID, unix.SYS_OPENAT) && waitsIn(tool.PID, "wait_for_partner") })
		tool.Signal(t, sig)
		if ws := tool.Wait(t); !ws.Signaled() || ws.Signal() != sig {
			t.Errorf("%v: ended with %s", sig, testkit.DescribeStatus(ws))
		}
		if _, err := os.Stat(mark); !errors.Is(err, os.ErrNotExist) {
			t.Errorf("%v: the program has run: %v", sig, err)
		}
	}
}

// waitsIn tells whether a process sleeps in a function of the kernel; where the kernel does
// not tell which, whether it sleeps.
func waitsIn(pid int, function string) bool {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/wchan", pid))
	if err == nil && len(text) > 1 {
		return strings.HasPrefix(string(text), function)
	}
	threads, err := testkit.Threads(pid)
	return err == nil && len(threads) > 0 && threads[0].State == 'S'
}

// TestOutputNotRead has sonde write to a FIFO that somebody has open and does not read. The
// program stands still then, and so it must not when sonde is to end.
func TestOutputNotRead(t *testing.T) {
	t.Parallel()
	for _, command := range []bool{false, true} {
		fifo := filepath.Join(t.TempDir(), "fifo")
		if err := unix.Mkfifo(fifo, 0o600); err != nil {
			t.Fatal(err)
		}
		reader, err := os.OpenFile(fifo, os.O_RDWR, 0)
		if err != nil {
			t.Fatal(err)
		}
		output, name := fifo, fifo
		if command { // which sleeps until somebody writes to the FIFO
			output = fmt.Sprintf("|read x <'%s'", fifo)
			name = output
		}
		target := testkit.StartTarget(t, nil, build(t, "fault_busy.c", "-O1"))
		tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "-o", output, "-p", strconv.Itoa(target.PID))
		testkit.Await(t, "sonde waits for a reader", func() bool { return inSystemCall(tool.PID, unix.SYS_PPOLL) })
		tool.Signal(t, unix.SIGTERM)
		line, _ := tool.Next(t)
		if want := "sonde: write the trace to " + name + ": nobody reads it, and the trace is to end"; line != want {
			t.Errorf("sonde says %q, want %q", line, want)
		}
		if command { // which has not ended, and for which sonde waits when it has let go
			testkit.Await(t, "sonde waits for the command no longer", func() bool {
				if !tool.Ended() {
					tool.Signal(t, unix.SIGTERM)
				}
				return tool.Ended()
			})
			fmt.Fprintln(reader, "end") // the command has sonde's standard error
		}
		if ws := tool.Wait(t); ws.ExitStatus() != cli.ExitSetup {
			t.Errorf("sonde ended with %s", testkit.DescribeStatus(ws))
		}
		testkit.CheckReleased(t, target.PID)
		target.EndTarget(t)
		reader.Close()
	}
}

// TestOutputStandardErrorNotRead has sonde write to a standard error that blocks and that
// nobody reads, the trace or what it complains of: a signal has it let the program go.
func TestOutputStandardErrorNotRead(t *testing.T) {
	t.Parallel()
	for _, kind := range []string{"pipe", "socket", "terminal"} {
		t.Run(kind, func(t *testing.T) {
			unread, stderr := streamOf(t, kind)
			target := testkit.StartTarget(t, nil, build(t, "fault_busy.c", "-O1"))
			cmd := exec.Command(testkit.Sonde(t), "-p", strconv.Itoa(target.PID))
			cmd.Stderr = stderr
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			testkit.Await(t, "sonde waits for a reader", func() bool { return inSystemCall(cmd.Process.Pid, unix.SYS_PPOLL) })
			if flags, err := unix.FcntlInt(stderr.Fd(), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK != 0 {
				t.Errorf("the standard error, which others share, has flags %#x, %v", flags, err)
			}
			sendSignal(t, cmd.Process.Pid, unix.SIGTERM)
			_ = cmd.Wait() // the status tells more
			// What a terminal takes it hands on a little later: it may have been waited for
			// for a moment only.
			if status := cmd.ProcessState.ExitCode(); status != cli.ExitSetup && (kind != "terminal" || status != 0) {
				t.Errorf("sonde ended with %s", cmd.ProcessState)
			}
			testkit.CheckReleased(t, target.PID)
			target.EndTarget(t)
			unread.Close()
		})
	}
}

// streamOf returns the two ends of what a standard error can be, of which the second blocks.
func streamOf(t *testing.T, kind string) (reader, writer *os.File) {
	t.Helper()
	var err error
	switch kind {
	case "pipe":
		reader, writer, err = os.Pipe()
	case "socket":
		var fds [2]int
		fds, err = unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
		reader, writer = os.NewFile(uintptr(fds[0]), "reader"), os.NewFile(uintptr(fds[1]), "writer")
	case "terminal":
		reader, writer, err = pty.Open()
	}
	if err == nil {
		err = unix.SetNonblock(int(writer.Fd()), false)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { writer.Close() })
	return reader, writer
}

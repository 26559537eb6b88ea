package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
)

// tellsOfCall tells whether a file, of those of a pattern, tells of a call of atoi.
func tellsOfCall(t *testing.T, pattern string) bool {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil {
		t.Fatal(err)
	}
	return slices.ContainsFunc(files, func(file string) bool {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Contains(string(text), "atoi")
	})
}

// traces says whether a tool has attached to a process that rests, and waits for what
// happens: its first breakpoints stand long before the last does.
func traces(tool *testkit.Peer, pid int) bool {
	const wait4, anybody = 61, "0xffffffffffffffff" // system call and first argument
	return tracedBy(pid, tool.PID) && testkit.Patched(pid) && inSystemCall(tool.PID, wait4, anybody)
}

// TestOutputFirstLine attaches to a program that makes one call: its line is there to be
// read although no other follows.
func TestOutputFirstLine(t *testing.T) {
	t.Parallel()
	program := build(t, "output_calls.c", "-O1")
	for _, c := range []struct{ options, output string }{
		{"", ""},
		{"", "trace"},
		{"", "|cat >trace"},
		{"-ff", "trace"},
		{"--json", ""},
		{"--json", "trace"},
		{"--json -ff", "trace"},
	} {
		dir := t.TempDir()
		target := testkit.StartTarget(t, nil, program, "1")
		args := append(strings.Fields(c.options), "-p", strconv.Itoa(target.PID))
		switch {
		case strings.HasPrefix(c.output, "|"):
			args = append(args, "-o", "|cat >'"+dir+"/trace'")
		case c.output != "":
			args = append(args, "-o", filepath.Join(dir, c.output))
		}
		tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), args...)
		testkit.Await(t, "the process is traced", func() bool { return traces(tool, target.PID) })
		target.Signal(t, unix.SIGUSR1)
		if c.output == "" {
			for line, ok := tool.Next(t); !strings.Contains(line, "atoi"); line, ok = tool.Next(t) {
				if !ok {
					t.Fatalf("%+v: the trace ends", c)
				}
			}
		} else {
			testkit.Await(t, "the call is in the file", func() bool { return tellsOfCall(t, filepath.Join(dir, "trace*")) })
		}
		tool.Signal(t, unix.SIGTERM)
		if ws := tool.Wait(t); ws != 0 {
			t.Errorf("%+v: sonde ended with %s", c, testkit.DescribeStatus(ws))
		}
		target.EndTarget(t)
	}
}

// TestOutputEndsBySignal ends sonde by each signal that can be caught, right behind calls
// of which the program knows: the trace has all of them, and its end.
func TestOutputEndsBySignal(t *testing.T) {
	t.Parallel()
	const calls = "300"
	program := build(t, "output_calls.c", "-O1")
	for _, c := range []struct {
		options, output string
		call            string // a regular expression
		calls           int
		end             string // of a program that has been launched, or of a table
	}{
		{"", "trace", `atoi\("7"\)`, 300, "+++ killed by "},
		{"-ff", "trace", `atoi\("7"\)`, 300, "+++ killed by "},
		{"", "|cat >", `atoi\("7"\)`, 300, "+++ killed by "},
		{"--json", "trace", `"type":"call"`, 300, `"type":"exit"`},
		{"-c", "trace", ` 30[01] .*atoi`, 1, " total\n"},
	} {
		for _, sig := range []syscall.Signal{unix.SIGINT, unix.SIGTERM, unix.SIGHUP, unix.SIGQUIT} {
			for _, launched := range []bool{true, false} {
				dir := t.TempDir()
				name := c.options + " -o " + c.output + " " + sig.String()
				args := append([]string{"-e", "atoi", "-o", filepath.Join(dir, "trace")}, strings.Fields(c.options)...)
				if c.output[0] == '|' {
					args[3] = c.output + "'" + args[3] + "'"
				}
				var tool, target *testkit.Peer
				var pid int
				if launched {
					tool = testkit.Start(t, "stdout", nil, testkit.Sonde(t), append(args, program, calls)...)
					pid = readyPID(t, tool)
					target = tool
				} else {
					target = testkit.StartTarget(t, nil, program, calls)
					pid = target.PID
					tool = testkit.Start(t, "stderr", nil, testkit.Sonde(t), append(args, "-p", strconv.Itoa(pid))...)
					testkit.Await(t, "the process is traced", func() bool { return traces(tool, pid) })
				}
				sendSignal(t, pid, unix.SIGUSR1)
				if line, ok := target.Next(t); !ok || line != "called" {
					t.Fatalf("%s: the program said %q", name, line)
				}
				tool.Signal(t, sig)
				ws := tool.Wait(t)
				switch {
				case launched && (!ws.Signaled() || ws.Signal() != sig), !launched && ws != 0:
					t.Errorf("%s: sonde ended with %s", name, testkit.DescribeStatus(ws))
				case !launched:
					testkit.CheckReleased(t, pid)
					target.EndTarget(t)
				}
				text := wholeLines(onlyFile(t, filepath.Join(dir, "trace*")))
				n := len(regexp.MustCompile(c.call).FindAllString(text, -1))
				ends := launched || c.options == "-c"
				if n < c.calls || n > c.calls+1 || ends != strings.Contains(text, c.end) || !strings.HasSuffix(text, "\n") {
					t.Errorf("%s: %d calls, want %d, and the end is %q", name, n, c.calls, text[max(0, len(text)-200):])
				}
			}
		}
	}
}

// onlyFile returns what the one file of a pattern has.
func onlyFile(t *testing.T, pattern string) string {
	t.Helper()
	files, err := filepath.Glob(pattern)
	if err != nil || len(files) != 1 {
		t.Fatalf("%s: files %q, %v", pattern, files, err)
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

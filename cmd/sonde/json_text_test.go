package main

import (
	"bytes"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonde/display"
	"sonde/event"
	"sonde/internal/testkit"
	"sonde/proc"
	"sonde/sysdeps/ptrace"
	"sonde/trace"
)

// TestJSONTextOfPrograms traces programs into text and JSON at once, and holds that the
// text which a reader makes of the JSON alone is the same: whatever programs do, and
// whatever comes between a call and its return.
func TestJSONTextOfPrograms(t *testing.T) {
	t.Setenv("TZ", "UTC")
	for _, c := range []struct {
		name, options string
		program       []string
	}{
		{"ls", "-S -y -T", silent("ls", "-l", "/etc")},
		{"a shell and a pipe", "-f -S -i -n 2", []string{"sh", "-c", "for i in 1 2; do /bin/true; done | cat; exec true"}},
		{"threads and exceptions", "-f -S -w 4", []string{build(t, "json_threads.cc", "-O1", "-pthread"), "8"}},
		{"32 bits", "-f -S -e @*", []string{build(t, "json_threads.cc", "-m32", "-O1", "-pthread"), "2"}},
		{"longjmp", "-kk", silent(build(t, "ret_longjmp.c", "-O0", "-g"), "5")},
		{"exec by a thread", "-f -S", []string{build(t, "fault_exec.c", "-O1", "-pthread"), "2", "/bin/true"}},
		{"calls that are interrupted", "-f -S -L", silent(build(t, "calls_interrupted.c", "-O1", "-pthread"), "1")},
		{"all structures", "-S -v -s 100 -A 50 --names", silent("ls", "-l", "/")},
		{"every system call, with lies", "-L -S -v", silent(build(t, "hostile_syscalls.c"), "ms")},
		{"every system call, all fails", "-L -S", silent(build(t, "hostile_syscalls.c", "-m32"), "zf")},
		{"arguments that lie", "-F testdata/value_hostile.conf -x h_*", silent(build(t, "value_hostile.c", "-O0", "-g0", "-fno-builtin", "-pthread", "-w"))},
		{"killed", "-S -f", []string{"sh", "-c", "kill -SEGV $$"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			path := testkit.Need(t, c.program[0])
			o, err := parseOptions(append(strings.Fields(c.options), c.program...), noEnv, noTerminal)
			if err != nil {
				t.Fatal(err)
			}
			text, lines := traceBoth(t, o, path)
			r := testkit.JSONText{
				Align: o.Align, Indent: o.Indent, Address: o.Address, Elapsed: o.Elapsed, Caller: o.showCaller(),
				Names: o.Names, Stacks: o.frames() > 0, More: o.Where == 0, Width: func(s string) int { return display.Cells([]byte(s)) },
			}
			if diff := cmp.Diff(strings.Split(text, "\n"), strings.Split(r.Lines(t, lines), "\n")); diff != "" {
				t.Errorf("(-text +text of the JSON):\n%.4000s", diff)
			}
			if n := strings.Count(text, "\n"); n < 10 {
				t.Errorf("%d lines:\n%s", n, text)
			}
		})
	}
}

// silent is a program that writes to nobody, executed by a shell.
func silent(program ...string) []string {
	return append([]string{"sh", "-c", `exec "$0" "$@" >/dev/null`}, program...)
}

// traceBoth traces a program, here, into text and into JSON.
func traceBoth(t *testing.T, o *options, path string) (text string, lines []byte) {
	t.Helper()
	what, err := o.filters()
	if err != nil {
		t.Fatal(err)
	}
	what.Strings, what.Elements, what.Whole, what.Start, what.Detail = o.Strings, o.Elements, o.Verbose, time.Now(), o.Detail
	what.Frames, what.Lines, what.Prototypes = o.frames(), o.Stacks == sourceStacks, newShelf(o)
	var asText, asJSON bytes.Buffer
	sink := event.Tee{
		display.NewText(display.NewWriter(&asText, true), display.TextOptions{
			Align: o.Align, Strings: o.Strings, Array: o.Elements, Names: o.Names, Indent: o.Indent, Verbose: o.Verbose,
			Address: o.Address, Elapsed: o.Elapsed, Caller: o.showCaller(), UTF8: true, Start: what.Start,
			Stacks: o.frames() > 0, More: o.Where == 0, Hold: time.Hour, // else it also depends on how busy the machine is
		}),
		display.NewJSON(display.NewWriter(&asJSON, true), display.JSONOptions{
			Header:  display.JSONHeader{Start: what.Start, Command: o.Command},
			Strings: o.Strings, Array: o.Elements, Names: o.Names, Verbose: o.Verbose, Stacks: o.frames() > 0,
		}),
	}
	err = proc.Run(func(tr *proc.Tracer) error {
		tr.Follow = o.Follow
		s := trace.New(tr, what, sink)
		if err := s.Launch(&ptrace.Program{Path: path, Args: o.Command, Env: os.Environ(), In: ptrace.Inherit()}); err != nil {
			return err
		}
		_, err := s.Run()
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := sink.Close(); err != nil {
		t.Fatal(err)
	}
	return asText.String(), asJSON.Bytes()
}

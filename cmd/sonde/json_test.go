package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

const jsonSchema = "../../doc/sonde-json.schema.json"

// TestJSON runs programs of all sorts under sonde --json: every line is as the schema
// says, every call that is spoken of has been told of, and the lines of each type that
// the program must have are there.
func TestJSON(t *testing.T) {
	t.Parallel()
	schema := testkit.ReadJSONSchema(t, jsonSchema)
	for _, c := range []struct {
		name    string
		options string
		setup   func(t *testing.T) (dir string, argv []string)
		types   string
	}{
		{"ls", "-S -y", inPlace("ls", "-l", "/etc"), "call return exit library"},
		{"git", "", gitLog, "call return exit"},
		{"python3", "-S -e @*", inPlace("/usr/bin/python3", "-c", "import json; print(json.dumps([1, 2.5, None]))"), "call return exit library"},
		{"perl", "", inPlace("perl", "-e", `print join(",", sort { $a <=> $b } map { $_ * 7 % 101 } 1 .. 100), "\n"; exit 3`), "call return exit"},
		{"a shell and a pipe", "-f -S", inPlace("bash", "-c", "for i in 1 2; do /bin/true; done | cat; echo done"), "call return fork exec signal exit"},
		{"sort", "-v -A 100 -s 1000", inPlace("sort", "/etc/passwd"), "call return exit"},
		{"gdb", "-e !strcmp", inPlace("gdb", "--version"), "call return exit"},
		{"threads and exceptions", "-w 5", compiled("json_threads.cc", "16", "-O1", "-pthread"), "call return abandoned thread signal exit"},
		{"its stacks with lines", "-kk -L -x work", compiled("json_threads.cc", "3", "-O1", "-g", "-pthread"), "call return"},
		{"32 bits", "-S", compiled("json_threads.cc", "2", "-m32", "-O1", "-pthread"), "call return thread exit"},
		{"longjmp", "", compiled("ret_longjmp.c", "20", "-O0"), "call return abandoned exit"},
		{"a static program", "-S", compiled("ret_longjmp.c", "2", "-static"), "call return exit"},
		{"a place", "-x json_threads.cc:24", compiled("json_threads.cc", "2", "-g", "-O1", "-pthread"), "passed"},
		{"Go", "-L -x main.*", func(t *testing.T) (string, []string) {
			return "", []string{testkit.BuildGo(t, "testdata/go_truth", "CGO_ENABLED=0"), "20", "5", "2", "gc"}
		}, "call return thread exit"},
		{"every system call, with lies", "-L -S -v -y", compiled("hostile_syscalls.c", "ms"), "call return exit"},
		{"arguments that lie", "-F testdata/value_hostile.conf -x h_*", compiled("value_hostile.c", "", "-O0", "-g0", "-fno-builtin", "-pthread", "-w"), "call return exit"},
		{"killed", "", inPlace("/bin/sh", "-c", "kill -SEGV $$"), "call signal exit"},
		{"only what fails", "-L --syscalls=%file -Z", inPlace("cat", "/nonexistent"), "call return exit"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			dir, argv := c.setup(t)
			path := testkit.Need(t, argv[0])
			argv[0] = path
			trace := filepath.Join(t.TempDir(), "trace")
			args := append([]string{testkit.Sonde(t), "--json", "-o", trace}, strings.Fields(c.options)...)
			testkit.Command{Args: append(args, argv...), Dir: dir, Env: plainEnv, Trace: trace}.Run(t)
			objects := schema.Check(t, readFile(t, trace))
			checkJSONCalls(t, objects)
			if missing := testkit.MissingTypes(objects, "header "+c.types); len(missing) > 0 {
				t.Errorf("of %d lines there is none of %v", len(objects), missing)
			}
		})
	}
}

// compiled is a program of testdata with an argument.
func compiled(source, arg string, flags ...string) func(*testing.T) (string, []string) {
	return func(t *testing.T) (string, []string) { return "", []string{build(t, source, flags...), arg} }
}

func readFile(t *testing.T, name string) []byte {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// checkJSONCalls holds that calls have ids of their own, that what speaks of a call
// comes behind it, and that a return has arguments of the call.
func checkJSONCalls(t *testing.T, objects []map[string]any) {
	t.Helper()
	args, last := make(map[any]int), 0.0
	for _, o := range objects {
		id := o["id"]
		_, told := args[id]
		switch o["type"] {
		case "call":
			if _, known := args[o["parent"]]; told || !known && o["parent"] != nil {
				t.Errorf("call %v of %v: told before %v, parent %v", id, o["name"], told, o["parent"])
			}
			args[id] = len(o["args"].([]any))
		case "return", "abandoned":
			if !told {
				t.Errorf("%v %v of %v: no such call", o["type"], id, o["name"])
			}
			if filled, ok := o["args"].([]any); ok {
				first, _ := filled[0].(map[string]any)["index"].(json.Number).Int64()
				if int(first)+len(filled) != args[id] {
					t.Errorf("return of %v has %d arguments from %d on, the call %d", o["name"], len(filled), first, args[id])
				}
			}
		}
		if ts, ok := o["ts"].(json.Number); ok {
			now, err := ts.Float64()
			if err != nil || now < last && o["kind"] != "system" {
				t.Errorf("%v at %v behind %v", o["type"], ts, last)
			}
			last = now
		}
	}
}

// TestJSONNames holds that the names of threads are told, as they give them to themselves.
func TestJSONNames(t *testing.T) {
	const threads = 5
	objects := traceJSON(t, "", build(t, "json_threads.cc", "-O1", "-pthread"), strconv.Itoa(threads))
	names := make(map[any]any) // by thread, the last one
	for _, o := range objects {
		if o["comm"] != nil {
			names[o["tid"]] = o["comm"]
		}
	}
	found := make(map[any]bool)
	for _, name := range names {
		found[name] = true
	}
	for i := range threads {
		if !found[fmt.Sprintf("worker%d", i)] {
			t.Errorf("no thread is worker%d: %v", i, names)
		}
	}
}

// TestJSONWarning holds that a warning is told on standard error and in the trace.
func TestJSONWarning(t *testing.T) {
	file := filepath.Join(t.TempDir(), "trace")
	r := testkit.Run(t, testkit.Sonde(t), "--json", "-o", file, "-e", "strtolx", "/bin/true")
	var said []string
	for _, o := range testkit.ReadJSONSchema(t, jsonSchema).Check(t, readFile(t, file)) {
		if o["type"] == "warning" {
			said = append(said, "sonde: "+o["message"].(string)+"\n")
		}
	}
	if len(said) == 0 || strings.Join(said, "") != r.Stderr {
		t.Errorf("in the trace %q, on standard error %q", said, r.Stderr)
	}
}

// TestJSONAttach reads the lines of a process that is attached to, as they come.
func TestJSONAttach(t *testing.T) {
	target := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread"), "2")
	tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "--json", "-p", strconv.Itoa(target.PID))
	schema := testkit.ReadJSONSchema(t, jsonSchema)
	var lines bytes.Buffer
	for calls := 0; calls < 10; {
		line, ok := tool.Next(t)
		if !ok {
			t.Fatal("the trace ended early")
		}
		lines.WriteString(line + "\n")
		if strings.HasPrefix(line, `{"type":"call"`) {
			calls++
		}
	}
	detachJSON(t, tool, &lines)
	target.EndTarget(t)
	objects := schema.Check(t, lines.Bytes())
	if missing := testkit.MissingTypes(objects, "header attached call return library detached"); len(missing) > 0 {
		t.Errorf("of %d lines there is none of %v", len(objects), missing)
	}
	if pids := fmt.Sprint(objects[0]["pids"]); pids != fmt.Sprintf("[%d]", target.PID) {
		t.Errorf("the header has pids %s, want %d", pids, target.PID)
	}
}

// detachJSON ends a sonde and takes what it still has to say.
func detachJSON(t *testing.T, tool *testkit.Peer, lines *bytes.Buffer) {
	t.Helper()
	tool.Signal(t, syscall.SIGINT)
	for {
		line, ok := tool.Next(t)
		if !ok {
			break
		}
		lines.WriteString(line + "\n")
	}
	if ws := tool.Wait(t); ws != 0 {
		t.Errorf("sonde ended with %s", testkit.DescribeStatus(ws))
	}
}

// traceJSON runs a program under sonde --json and returns the lines.
func traceJSON(t *testing.T, options string, program ...string) []map[string]any {
	t.Helper()
	r := runTraced(t, "--json "+options, program...)
	return testkit.ReadJSONSchema(t, jsonSchema).Check(t, readFile(t, r.file))
}

// TestJSONAttachedInTime holds that a process is told to be attached to when everything is
// in place: behind its libraries, and before the first call.
func TestJSONAttachedInTime(t *testing.T) {
	target := testkit.StartTarget(t, nil, build(t, "attach_leader.c", "-O1"))
	tool := testkit.Start(t, "stderr", nil, testkit.Sonde(t), "--json", "-p", strconv.Itoa(target.PID))
	var types []string
	for {
		line, ok := tool.Next(t)
		if !ok {
			t.Fatal("the trace ended early")
		}
		kind, _, _ := strings.Cut(strings.TrimPrefix(line, `{"type":"`), `"`)
		if n := len(types); n == 0 || types[n-1] != kind {
			types = append(types, kind)
		}
		if kind == "call" {
			break
		}
	}
	if got := strings.Join(types, " "); got != "header library attached call" {
		t.Errorf("the lines are %s", got)
	}
	detach(t, tool, syscall.SIGTERM)
	target.Signal(t, syscall.SIGKILL)
	target.Wait(t)
}

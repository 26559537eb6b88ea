package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
)

// tools are the programs that are compared.
type tools struct{ dir, sonde, ltrace string }

// row is a line of the table: two ways to run one program, and the figure that
// is read off each.
type row struct {
	name    string
	unit    string
	against string  // what the other side is
	target  float64 // the largest ratio that is wanted; 0: none is set
	limit   float64 // the largest figure of sonde's that is wanted; 0: none is set
	added   float64 // the most by which it is to exceed the other; 0: none is set

	program func(tl tools) (argv []string, err error)
	sonde   func(tl tools, program []string) []string
	other   func(tl tools, program []string) []string
	read    func(argv []string) (float64, error)
}

// The CPU that a pinned run is on.
var pin = []string{"taskset", "-c", "1"}

// side returns how a tool is run on a program, by the tool's options; the trace
// goes to /dev/null.
func side(prefix []string, tool func(tools) string, opts ...string) func(tools, []string) []string {
	return func(tl tools, program []string) []string {
		argv := append([]string{}, prefix...)
		argv = append(argv, tool(tl), "-o", os.DevNull)
		argv = append(argv, opts...)
		return append(argv, program...)
	}
}

func sonde(tl tools) string  { return tl.sonde }
func ltrace(tl tools) string { return tl.ltrace }

// strace is the one of the system.
func strace(tools) string { return "strace" }

func untraced(_ tools, program []string) []string { return program }

func pinned(_ tools, program []string) []string { return append(slices.Clone(pin), program...) }

// silent traces calls with all that is shown of them, and then shows none: no call of
// theirs fails.
func silent(tl tools, program []string) []string {
	return side(pin, sonde, "-e", "atoi", "-Z")(tl, program)
}

// separately traces calls into a file for each thread.
func separately(tl tools, program []string) []string {
	return side(pin, sonde, "-e", "atoi", "-ff", "-o", filepath.Join(tl.dir, "trace"))(tl, program)
}

// aTenth traces a program that is told to make 300,000 calls, and makes 30,000.
func aTenth(tl tools, program []string) []string {
	return side(pin, sonde, "-e", "atoi")(tl, []string{program[0], "1", "30000"})
}

// leaveOut has the kernel pass all system calls but those that take the names of files.
var leaveOut = []string{"-f", "-L", "--seccomp-bpf", "--syscalls=%file"}

// calls returns the program that calls atoi, or the kernel, by its arguments.
func calls(args ...string) func(tools) ([]string, error) {
	return func(tl tools) ([]string, error) {
		path, err := compile(tl.dir, "calls")
		return append([]string{path}, args...), err
	}
}

// live returns the program whose threads all live at once.
func live(tl tools) ([]string, error) {
	path, err := compile(tl.dir, "live")
	return []string{path}, err
}

// liveThreads traces that program with so many threads.
func liveThreads(n int) func(tools, []string) []string {
	return func(tl tools, program []string) []string {
		return side(nil, sonde, "-f")(tl, append(slices.Clone(program), strconv.Itoa(n)))
	}
}

func many(tl tools) ([]string, error) {
	path, err := compileMany(tl.dir)
	return []string{path}, err
}

func installed(argv ...string) func(tools) ([]string, error) {
	return func(tools) ([]string, error) { return argv, nil }
}

// values returns the program that calls a function of its own with a string.
func values(args ...string) func(tools) ([]string, error) {
	return func(tl tools) ([]string, error) {
		path, err := compile(tl.dir, "values")
		return append([]string{path}, args...), err
	}
}

// build returns the command that builds a small project of C, which stays as it is,
// anew.
func build(tl tools) ([]string, error) {
	sources, err := sourceFile("build")
	out := filepath.Join(tl.dir, "built")
	if err == nil {
		err = os.MkdirAll(out, 0o777)
	}
	return []string{"make", "-s", "-B", "-j2", "-C", sources, "OUT=" + out}, err
}

// shell returns a shell that runs a program that does nothing, so many times.
func shell(times int) func(tools) ([]string, error) {
	return installed("sh", "-c", fmt.Sprintf("i=0; while [ $i -lt %d ]; do /bin/true; i=$((i+1)); done", times))
}

// prototyped runs sonde with a prototype of that function, as a file that a user gives.
func prototyped(tl tools, program []string) []string {
	conf, err := sourceFile("values.conf")
	if err != nil {
		conf = err.Error() // which sonde will not find, and say so
	}
	return side(pin, sonde, "-L", "-x", "length", "-F", conf)(tl, program)
}

// sameCalls leaves of gdb's calls what ltrace sees of them: it misses those to
// strcmp, four of every five, which go through .plt.got.
const sameCalls = "!strcmp"

func rows() []row { return slices.Concat(traceRows(), debugRows(), stackRows(), coreRows()) }

func traceRows() []row {
	gdb := installed("gdb", "--version")
	return []row{
		{
			name: "one thread, pinned", unit: "ns/call", against: "ltrace", target: 0.38,
			program: calls("1", "20000"),
			sonde:   side(pin, sonde), other: side(pin, ltrace), read: ownTime,
		},
		{
			name: "one thread, free", unit: "ns/call", against: "ltrace", target: 0.55,
			program: calls("1", "20000"),
			sonde:   side(nil, sonde), other: side(nil, ltrace), read: ownTime,
		},
		{
			name: "8 threads", unit: "ns/call", against: "ltrace", target: 0.15,
			program: calls("8", "500"),
			sonde:   side(nil, sonde, "-f", "-e", "atoi"), other: side(nil, ltrace, "-f", "-e", "atoi"), read: ownTime,
		},
		{
			// The kernel looks at all of them when nothing is ready (ptrace_do_wait).
			name: "8,000 live threads", unit: "us of CPU/thread", against: "1,000", target: 3,
			program: live,
			sonde:   liveThreads(8000), other: liveThreads(1000), read: perThread,
		},
		{
			name: "gdb --version, ltrace's calls", unit: "ms", against: "ltrace", target: 0.6,
			program: gdb,
			sonde:   side(nil, sonde, "-e", sameCalls), other: side(nil, ltrace), read: wallTime,
		},
		{
			name: "gdb --version, --pin", unit: "ms", against: "ltrace", target: 0.4,
			program: gdb,
			sonde:   side(nil, sonde, "--pin", "-e", sameCalls), other: side(nil, ltrace), read: wallTime,
		},
		{
			name: "gdb --version, all calls", unit: "ns/call", against: "ltrace",
			program: gdb,
			sonde:   side(nil, sonde), other: side(nil, ltrace), read: timePerLine,
		},
		{
			name: "start-up, /bin/true", unit: "ms", against: "ltrace", target: 3, limit: 30,
			program: installed("/bin/true"),
			sonde:   side(nil, sonde), other: side(nil, ltrace), read: wallTime,
		},
		{
			name: "start-up, /bin/true", unit: "ms", against: "untraced", limit: 30,
			program: installed("/bin/true"),
			sonde:   side(nil, sonde), other: untraced, read: wallTime,
		},
		{
			name: "start-up, symbols of gdb's libraries", unit: "ms", against: "ltrace", target: 1.5,
			program: gdb,
			sonde:   side(nil, sonde, "-L", "-x", "no_such_function"),
			other:   side(nil, ltrace, "-L", "-x", "no_such_function"), read: wallTime,
		},
		{
			name: "-x '*' on libc, /bin/true", unit: "ms", against: "-x of nothing", limit: 200,
			program: installed("/bin/true"),
			sonde:   side(nil, sonde, "-L", "-x", "*@libc.so.6"),
			other:   side(nil, sonde, "-L", "-x", "no_such_function@libc.so.6"), read: wallTime,
		},
		{
			name: "a string by its prototype", unit: "ns/call", against: "none, -s 0", target: 1.25,
			program: values("20000"),
			sonde:   prototyped, other: side(pin, sonde, "-L", "-x", "length", "-s", "0"), read: ownTime,
		},
		{
			name: "stacks, -w 10, pinned", unit: "ns/call", against: "no stacks", target: 2,
			program: calls("1", "20000", "stack"),
			sonde:   side(pin, sonde, "-w", "10"), other: side(pin, sonde), read: ownTime,
		},
		{
			name: "stacks, -w 10, free", unit: "ns/call", against: "no stacks", target: 2,
			program: calls("1", "20000", "stack"),
			sonde:   side(nil, sonde, "-w", "10"), other: side(nil, sonde), read: ownTime,
		},
		{
			name: "stacks of system calls, -k, pinned", unit: "ns/call", against: "strace -k", target: 0.2,
			program: calls("1", "2000", "kernel"),
			sonde:   side(pin, sonde, "-L", "-S", "-k"), other: side(pin, strace, "-k"), read: ownTime,
		},
		{
			name: "counting, pinned", unit: "ns/call", against: "tracing", target: 1,
			program: calls("1", "20000"),
			sonde:   side(pin, sonde, "-c"), other: side(pin, sonde), read: ownTime,
		},
		{
			name: "the table's part of counting", unit: "ns/call", against: "-c, pinned", target: 0.1,
			program: calls("1", "20000"),
			sonde:   benchmark("BenchmarkSummary", "sonde/display"), other: side(pin, sonde, "-c"), read: eitherTime,
		},
		{
			name: "start-up of counting, /bin/true", unit: "ms", against: "of tracing", added: 20,
			program: installed("/bin/true"),
			sonde:   side(nil, sonde, "-c"), other: side(nil, sonde), read: wallTime,
		},
		{
			name: "start-up with prototypes, git", unit: "ms", against: "-c",
			program: installed("git", "--version"),
			sonde:   side(nil, sonde), other: side(nil, sonde, "-c"), read: wallTime,
		},
		{
			// A function that no file of ours knows is looked for in all that may.
			name: "start-up with shipped prototypes", unit: "ms of CPU", against: "a user's file", added: 5,
			program: values("1"),
			sonde:   side(pin, sonde, "-L", "-x", "length"), other: prototyped, read: processorTime,
		},
		{
			name: "system calls, pinned", unit: "ns/call", against: "strace", target: 1.3,
			program: calls("1", "20000", "kernel"),
			sonde:   side(pin, sonde, "-f", "-L", "-S"), other: side(pin, strace, "-f"), read: ownTime,
		},
		{
			name: "system calls, free", unit: "ns/call", against: "strace", target: 1.3,
			program: calls("1", "20000", "kernel"),
			sonde:   side(nil, sonde, "-f", "-L", "-S"), other: side(nil, strace, "-f"), read: ownTime,
		},
		{
			name: "system calls, 8 threads", unit: "ns/call", against: "strace", target: 1.3,
			program: calls("8", "3000", "kernel"),
			sonde:   side(nil, sonde, "-f", "-L", "-S"), other: side(nil, strace, "-f"), read: ownTime,
		},
		{
			name: "system calls with descriptors' ends", unit: "ns/call", against: "strace", target: 1.5,
			program: calls("1", "20000", "descriptors"),
			sonde:   side(pin, sonde, "-f", "-L", "-S", "-yy"), other: side(pin, strace, "-f", "-yy"), read: ownTime,
		},
		{
			name: "system calls of a build, make -j2", unit: "ms", against: "strace", target: 1.2,
			program: build,
			sonde:   side(nil, sonde, "-f", "-L", "-S"), other: side(nil, strace, "-f"), read: wallTime,
		},
		{
			name: "system calls of 200 short programs", unit: "ms", against: "strace", target: 1.2,
			program: shell(200),
			sonde:   side(nil, sonde, "-f", "-L", "-S"), other: side(nil, strace, "-f"), read: wallTime,
		},
		{
			name: "all calls of 200 short programs", unit: "ms", against: "ltrace",
			program: shell(200),
			sonde:   side(nil, sonde, "-f", "-S"), other: side(nil, ltrace, "-f", "-S"), read: wallTime,
		},
		{
			name: "system calls left out, pinned", unit: "ns/call", against: "strace", target: 1.2,
			program: calls("1", "500000", "kernel"),
			sonde:   side(pin, sonde, leaveOut...), other: side(pin, strace, "-f", "--seccomp-bpf", "-e", "trace=%file"), read: ownTime,
		},
		{
			name: "system calls left out, 8 threads", unit: "ns/call", against: "strace", target: 1.2,
			program: calls("8", "100000", "kernel"),
			sonde:   side(nil, sonde, leaveOut...), other: side(nil, strace, "-f", "--seccomp-bpf", "-e", "trace=%file"), read: ownTime,
		},
		{
			name: "system calls left out, pinned", unit: "ns/call", against: "untraced", added: 300,
			program: calls("1", "500000", "kernel"),
			sonde:   side(pin, sonde, leaveOut...), other: pinned, read: ownTime,
		},
		{
			name: "output as text, pinned", unit: "ns/call", against: "none", target: 1.1,
			program: calls("1", "20000"),
			sonde:   side(pin, sonde, "-e", "atoi"), other: silent, read: ownTime,
		},
		{
			name: "output as JSON, pinned", unit: "ns/call", against: "none", target: 1.1,
			program: calls("1", "20000"),
			sonde:   side(pin, sonde, "--json", "-e", "atoi"), other: silent, read: ownTime,
		},
		{
			name: "a line's part of a call", unit: "ns/call", against: "as text, pinned", target: 0.1,
			program: calls("1", "20000"),
			sonde:   benchmark("BenchmarkText/file", "sonde/display"), other: side(pin, sonde), read: eitherTime,
		},
		{
			name: "JSON's part of a call", unit: "ns/call", against: "--json, pinned", target: 0.1,
			program: calls("1", "20000"),
			sonde:   benchmark("BenchmarkJSON/guessed", "sonde/display"), other: side(pin, sonde, "--json"), read: eitherTime,
		},
		{
			name: "output split by thread, pinned", unit: "ns/call", against: "none", target: 1.1,
			program: calls("1", "20000"),
			sonde:   separately, other: silent, read: ownTime,
		},
		{
			name: "memory, 300,000 calls", unit: "MiB", against: "30,000 calls", target: 1.1,
			program: calls("1", "300000"),
			sonde:   side(pin, sonde, "-e", "atoi"), other: aTenth, read: largestSet,
		},
		{
			name: "memory, 100,000 PLT slots", unit: "MiB", against: "ltrace",
			program: many,
			sonde:   side(nil, sonde, "-e", "*"), other: side(nil, ltrace, "-e", "*"), read: peakMemory,
		},
		{
			name: "filter matches nothing", unit: "ns/call", against: "untraced",
			program: calls("1", "20000000"),
			sonde:   side(nil, sonde, "-e", "no_such_function"), other: untraced, read: ownTime,
		},
	}
}

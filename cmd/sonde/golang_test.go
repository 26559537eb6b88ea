package main

import (
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// goEnds counts how calls of a function begin and end, in any threads:
// goroutines change theirs.
type goEnds struct{ calls, returns, abandoned int }

// traceGo runs a Go program under the tool and counts what its trace has.
func traceGo(t *testing.T, options []string, env []string, program ...string) (testkit.Result, map[string]*goEnds) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "trace")
	args := append([]string{testkit.Sonde(t), "-o", file}, options...)
	r := testkit.Command{
		Args: append(args, program...), Env: env, Trace: file, Deadline: 5 * time.Minute,
	}.Run(t)
	ends := make(map[string]*goEnds)
	tr := testkit.ReadTrace(t, file, 0, func(l testkit.Line) {
		e := ends[l.Name]
		if e == nil {
			e = &goEnds{}
			ends[l.Name] = e
		}
		switch l.Kind {
		case testkit.CallLine:
			e.calls++
			e.returns++
		case testkit.CallOpen:
			e.calls++
		case testkit.CallNoReturn:
			e.calls++
			e.abandoned++
		case testkit.ReturnLine:
			e.returns++
		case testkit.AbandonedLine:
			e.abandoned++
		}
	})
	if tr.Lost > 0 {
		t.Errorf("%d events are lost", tr.Lost)
	}
	for _, p := range tr.Problems {
		if !strings.Contains(p, "that it did not make") { // but another thread made
			t.Errorf("trace: %s", p)
		}
	}
	return r, ends
}

// TestGoTruth compares the calls and returns that a program counts for itself
// with the trace: of goroutines whose stacks grow and move, that change threads,
// are stopped by signals, panic, and end where they are.
func TestGoTruth(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name  string
		flags string // of the build
		env   string
		args  string
		runs  int
	}{
		{"1,000 goroutines", "CGO_ENABLED=0", "", "1000 20 2", rounds(4)},
		{"garbage collection", "CGO_ENABLED=0", "GOGC=1 GOMAXPROCS=8", "100 20 3 gc", rounds(10)},
		{"deep stacks", "CGO_ENABLED=0", "GOMAXPROCS=4", "4 3000 1 gc", rounds(10)},
		{"PIE", "CGO_ENABLED=0 -buildmode=pie", "", "100 20 2 gc", 1},
		{"stripped", "CGO_ENABLED=0 -ldflags=-s", "", "100 20 2 gc", 1},
		{"stripped PIE", "CGO_ENABLED=1 -buildmode=pie -ldflags=-s -ldflags=-linkmode=external", "", "100 20 2 gc", 1},
		{"unoptimised", "CGO_ENABLED=0 -gcflags=-N", "", "100 20 2 gc", 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			program := testkit.BuildGo(t, "testdata/go_truth", strings.Fields(c.flags)...)
			for range c.runs {
				r, ends := traceGo(t, []string{"-x", "main.*"}, strings.Fields(c.env), append([]string{program}, strings.Fields(c.args)...)...)
				checkExit(t, r, 0)
				checkGoEnds(t, r, ends)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// checkGoEnds compares the lines "FUNCTION CALLS RETURNS" of a program with its
// trace. What is called and does not return must be said not to.
func checkGoEnds(t *testing.T, r testkit.Result, ends map[string]*goEnds) {
	t.Helper()
	n := 0
	for line := range strings.Lines(r.Stdout) {
		var name string
		var want goEnds
		if _, err := fmt.Sscan(line, &name, &want.calls, &want.returns); err != nil {
			t.Errorf("the program says %q", line)
			continue
		}
		want.abandoned = want.calls - want.returns
		if got := ends[name]; got == nil || *got != want {
			t.Errorf("%s: %+v, want %+v", name, got, want)
		}
		n++
	}
	if n == 0 {
		t.Errorf("the program reports nothing: %s", r.Describe())
	}
}

// goNumbers are what differs from one run of a program to the next.
var goNumbers = regexp.MustCompile(`0x[0-9a-f]+|\bm=\S+|goroutine \d+`)

// goSaid returns what a program said about itself: the runtime's goroutines,
// which it lists after a fatal error, come in no order.
func goSaid(r testkit.Result) string {
	var said strings.Builder
	for line := range strings.Lines(r.Stderr) {
		if strings.HasPrefix(line, "runtime.") || strings.HasPrefix(line, "created by runtime.") {
			break
		}
		if !strings.HasPrefix(line, "sonde: ") {
			said.WriteString(goNumbers.ReplaceAllString(line, "N"))
		}
	}
	return r.Stdout + said.String()
}

// TestGoEnds compares how programs end when they are traced with how they do by
// themselves, down to the tracebacks that the runtime prints.
func TestGoEnds(t *testing.T) {
	program := testkit.BuildGo(t, "testdata/go_ends", "CGO_ENABLED=0", "-gcflags=-l")
	for _, how := range []string{"return", "exit", "panic", "fault", "faults", "overflow", "deadlock", "exec", "trap"} {
		for _, filter := range []string{"main.*", "*"} {
			t.Run(how+" "+filter, func(t *testing.T) {
				got, ends := traceGo(t, []string{"-f", "-x", filter}, nil, program, how)
				want := testkit.Run(t, program, how)
				if goSaid(got) != goSaid(want) || got.Status != want.Status {
					t.Errorf("traced: %s\n\nuntraced: %s", got.Describe(), want.Describe())
				}
				left := strings.Contains(got.Stderr, "functions of Go's runtime are traced only if")
				if left != (filter == "*") {
					t.Errorf("it says: %s", got.Stderr)
				}
				if how == "faults" {
					for name, want := range map[string]goEnds{
						"main.try":        {1000, 1000, 0},
						"main.(*box).get": {1000, 500, 500},
					} {
						if got := ends[name]; got == nil || *got != want {
							t.Errorf("%s: %+v, want %+v", name, got, want)
						}
					}
				}
			})
		}
	}
}

// TestGoRuntime traces the functions of the runtime itself, which switch stacks,
// never return, and run without a goroutine.
func TestGoRuntime(t *testing.T) {
	t.Parallel()
	program := testkit.BuildGo(t, "testdata/go_truth", "CGO_ENABLED=0")
	for range rounds(5) {
		r, ends := traceGo(t, []string{"-x", "runtime.*+main.*"}, []string{"GOGC=10"}, program, "10", "20", "1", "gc")
		checkExit(t, r, 0)
		checkGoEnds(t, r, ends)
		if e := ends["runtime.mallocgc"]; e == nil || e.calls == 0 || e.abandoned > 0 {
			t.Errorf("runtime.mallocgc: %+v", e)
		}
		if t.Failed() {
			return
		}
	}
}

// TestGoC traces a program of Go and C that call each other: Go's functions by
// goroutine, C's through the linkage table and where they begin by stack.
func TestGoC(t *testing.T) {
	t.Parallel()
	for _, flags := range []string{"", "-buildmode=pie", "-ldflags=-s"} {
		t.Run(strings.TrimPrefix(flags, "-"), func(t *testing.T) {
			t.Parallel()
			program := testkit.BuildGo(t, "testdata/go_cgo", append(strings.Fields(flags), "CGO_ENABLED=1")...)
			for range rounds(5) {
				r, ends := traceGo(t, []string{"-x", "main.*", "-e", "strtol@MAIN"}, []string{"GOGC=5"}, program, "20")
				checkExit(t, r, 0)
				checkGoEnds(t, r, ends)
				if t.Failed() {
					return
				}
			}
		})
	}
}

// TestGoArgs looks at the arguments that calls are shown with: by debugging
// information, and by the words that Go's own tables tell of.
func TestGoArgs(t *testing.T) {
	for _, c := range []struct{ name, flag, functions, want string }{
		{"debugging information", "-trimpath", "main.*", `
main.text("plain text") = 10
main.text("grüße") = 7
main.text("with\ttab") = 8
main.text("") = 0
main.text("nul\0inside") = 10
main.text("\001\002") = 2
main.text("long long long long long long lo"...) = 5000
main.texts(7, "left", "right") = 16
main.slice("bytes") = 5
main.pointer([ 116, 101, 120, 116... ], 4) = 120
main.none() = 42
main.words(1, 2, true, 3) = 6
main.generic[go.shape.string]("a", "b") = 2
main.many(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11) = 12
main.point.sum({ 1, 2 }, { 3, 4 }) = 10
main.behind(1, [ 2, 3 ], 4.500000, 5, "text") = 17
main.unused(1, [ 2, 3 ], "text") = 5
main.(*list[go.shape.int]).add({ nil }, 7, 8) = 9
main.truncated(3.500000, 4) = 3
main.arrays([ 1, 2, 3 ], [ "x" ]) = 3`},
		// Go's tables do not say what is on the stack, or in which registers: what the code
		// does not tell either is left open.
		{"none", "-ldflags=-w", "main.*", `
main.text("plain text", 10) = 10
main.text("grüße", 7) = 7
main.text("with\ttab", 8) = 8
main.text(0, 0) = 0
main.text(N, 10) = 10
main.text(N, 2) = 2
main.text("long long long long long long lo"..., 5000) = 5000
main.texts(7, "left", 4, "right", 5) = 16
main.slice({...}) = 5
main.pointer(N, 4) = 120
main.none() = 42
main.words(1, 2, 1, 3) = 6
main.generic[go.shape.string]("a", 1, "b", 1) = 2
main.many({...}) = 12
main.point.sum(1, 2, 3, 4) = 10
main.behind(1, 2, 3, 4.500000, 5, "text", 4) = 17
main.unused(1, {...}, {...}, "text", 4) = 5
main.(*list[go.shape.int]).add(N, 7, 8) = 9
main.truncated({...}) = 3
main.arrays({...}) = 3`},
	} {
		t.Run(c.name, func(t *testing.T) {
			program := testkit.BuildGo(t, "testdata/go_args", "CGO_ENABLED=0", c.flag)
			r := runTraced(t, "-x "+c.functions, program)
			checkExit(t, r.Result, 0)
			if calls := goCalls(t, r.file); calls != c.want {
				t.Errorf("calls:%s\nwant:%s", calls, c.want)
			}
		})
	}
}

// goCalls returns the calls of a trace in which none is within another but
// main.main, one per line. A call's line is in two parts where the runtime's SIGURG
// came in between, by which it takes a processor from what runs for longer than 10 ms.
func goCalls(t *testing.T, file string) string {
	t.Helper()
	var calls strings.Builder
	testkit.ReadTrace(t, file, 0, func(l testkit.Line) {
		if err := testkit.CheckValues(l); err != nil {
			t.Error(err)
		}
		if l.Name == "main.main" {
			return
		}
		switch l.Kind {
		case testkit.CallLine:
			fmt.Fprintf(&calls, "\n%s(%s) = %s", l.Name, l.Args, l.Result)
		case testkit.CallOpen:
			fmt.Fprintf(&calls, "\n%s(%s", l.Name, l.Args)
		case testkit.ReturnLine:
			fmt.Fprintf(&calls, "%s) = %s", l.Args, l.Result)
		}
	})
	return goNumbers.ReplaceAllString(calls.String(), "N")
}

// TestGoErrors holds that several results are told as such, and interfaces by what
// they hold.
func TestGoErrors(t *testing.T) {
	t.Parallel()
	const want = `
main.fail(0) = (0, nil)
main.fail(1) = (0, *errors.errorString("no such thing"))
main.fail(2) = (0, *fmt.wrapError("reading: EOF"))
main.fail(3) = (0, *io/fs.PathError({ "open", "/nonexistent", syscall.Errno(ENOENT) }))
main.fail(4) = (0, *strconv.NumError({ "Atoi", "x", *errors.errorString("invalid syntax") }))
main.fail(5) = (0, *main.own({ 7 }))
main.read(nil, nil) = (false, nil, nil)
main.read(*strings.Reader({ "x", 0, -1 }), *errors.errorString("EOF")) = (true, *errors.errorString("EOF"), *strings.Reader({ "x", 0, -1 }))
main.read(*os.File(N), *errors.errorString("file does not exist")) = (true, *errors.errorString("file does not exist"), *os.File(N))`
	for _, flags := range []string{"CGO_ENABLED=0", "CGO_ENABLED=0 -buildmode=pie"} {
		t.Run(flags, func(t *testing.T) {
			program := testkit.BuildGo(t, "testdata/go_errors", strings.Fields(flags)...)
			r := runTraced(t, "-L -x main.fail+main.read", program)
			checkExit(t, r.Result, 0)
			if calls := goCalls(t, r.file); calls != want {
				t.Errorf("calls:%s\nwant:%s", calls, want)
			}
		})
	}
}

// TestGoValues holds how values are shown whose types are known when the program runs.
func TestGoValues(t *testing.T) {
	t.Parallel()
	const source = "testdata/go_values/main.go"
	p, err := os.ReadFile(source)
	if err != nil {
		t.Fatal(err)
	}
	var want strings.Builder
	functions := make(map[string]bool)
	for _, m := range regexp.MustCompile(`(?m)^\t+(\w+)\(.* //= (.*)$`).FindAllStringSubmatch(string(p), -1) {
		functions["main."+m[1]] = true
		fmt.Fprintf(&want, "\nmain.%s%s", m[1], m[2])
	}
	for _, flags := range [][]string{
		{"CGO_ENABLED=0"},
		{"CGO_ENABLED=0", "-buildmode=pie"},
		{"CGO_ENABLED=0", "-gcflags=-N -l"},
		{"CGO_ENABLED=1", "-buildmode=pie", "-ldflags=-linkmode=external"},
	} {
		t.Run(strings.Join(flags, " "), func(t *testing.T) {
			t.Parallel()
			program := testkit.BuildGo(t, "testdata/go_values", flags...)
			r := runTraced(t, "-L -A 4 -s 99 -x "+strings.Join(slices.Sorted(maps.Keys(functions)), "+"), program)
			checkExit(t, r.Result, 0)
			if diff := cmp.Diff(want.String(), goCalls(t, r.file)); diff != "" {
				t.Errorf("not as in %s:\n%s", source, diff)
			}
		})
	}
}

// TestGoMaps holds that of large maps, which have few of their slots in use, each element
// is shown, and once, or as many as are asked for.
func TestGoMaps(t *testing.T) {
	t.Parallel()
	program := testkit.BuildGo(t, "testdata/go_values", "CGO_ENABLED=0")
	pair := regexp.MustCompile(`\{ (\d+), (\d+) \}`)
	for _, most := range []int{0, 4, 2000} {
		r := runTraced(t, fmt.Sprintf("-L -A %d -x main.many", most), program, "squares")
		checkExit(t, r.Result, 0)
		n := 0
		for call := range strings.SplitSeq(strings.TrimSpace(goCalls(t, r.file)), "\n") {
			size := []int{8, 9, 100, 1000}[n]
			n++
			seen := make(map[int]bool)
			for _, m := range pair.FindAllStringSubmatch(call, -1) {
				k, _ := strconv.Atoi(m[1])
				v, _ := strconv.Atoi(m[2])
				if v != k*k || k%2 == 0 || k >= 2*size || seen[k] {
					t.Errorf("a map of %d has %s", size, m[0])
				}
				seen[k] = true
			}
			begin, more := fmt.Sprintf("main.many(%d [", size), strings.Contains(call, "... ]") || strings.Contains(call, "[...]")
			if !strings.HasPrefix(call, begin) || !strings.HasSuffix(call, fmt.Sprint(") = ", size)) || len(seen) != min(size, most) || more != (size > most) {
				t.Errorf("%d of at most %d elements: %s", len(seen), most, call)
			}
		}
		if n != 4 {
			t.Errorf("%d calls", n)
		}
	}
}

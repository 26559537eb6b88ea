package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// summaryRow is a line of --json with -c.
type summaryRow struct {
	Type     string
	Function string
	Symbol   string
	Kind     string
	Library  string
	Caller   string
	PID, TID int
	Calls    int
	Errors   int
	Self     int64 `json:"self_ns"`
	Total    int64 `json:"total_ns"`
	Min      int64 `json:"min_ns"`
	Max      int64 `json:"max_ns"`
	Mean     int64 `json:"mean_ns"`
	P50      int64 `json:"p50_ns"`
	P90      int64 `json:"p90_ns"`
	P99      int64 `json:"p99_ns"`
	Tracing  int64 `json:"tracing_ns_per_call"`
	Around   int64 `json:"tracing_ns_around"`
}

// readSummary reads the summary's lines of a file, and holds that they are as the schema
// says, and that the last one adds the others up.
func readSummary(t *testing.T, name string) (rows []summaryRow, all summaryRow) {
	t.Helper()
	var lines []byte
	for line := range bytes.Lines(readFile(t, name)) {
		if !bytes.HasPrefix(line, []byte(`{"type":"summary"`)) {
			continue
		}
		var r summaryRow
		if err := json.Unmarshal(line, &r); err != nil {
			t.Fatal(err)
		}
		lines, rows = append(lines, line...), append(rows, r)
	}
	testkit.ReadJSONSchema(t, jsonSchema).Check(t, lines)
	if len(rows) == 0 {
		t.Fatalf("no summary in %s", name)
	}
	rows, all = rows[:len(rows)-1], rows[len(rows)-1]
	var sum summaryRow
	for _, r := range rows {
		sum.Calls += r.Calls
		sum.Errors += r.Errors
		sum.Self += r.Self
		if r.Min > r.P50 || r.P50 > r.P90 || r.P90 > r.P99 || r.P99 > r.Max || r.Mean < r.Min || r.Mean > r.Max || r.Self > r.Total || r.Calls == 0 {
			t.Errorf("%s: %+v", r.Function, r)
		}
	}
	if all.Function != "" || all.Calls != sum.Calls || all.Errors != sum.Errors || all.Self != sum.Self || all.Total != sum.Self {
		t.Errorf("the last row is %+v, the others add up to %+v", all, sum)
	}
	return rows, all
}

// summarizeRun runs a program under sonde -c --json, and reads the summary.
func summarizeRun(t *testing.T, options string, program ...string) (r testkit.Result, rows []summaryRow, all summaryRow) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "summary")
	args := slices.Concat([]string{testkit.Sonde(t), "-c", "--json", "-o", file}, strings.Fields(options), program)
	r = testkit.Run(t, args...)
	checkExit(t, r, 0)
	rows, all = readSummary(t, file)
	return r, rows, all
}

// TestSummaryTruth holds what is told of the time of calls against what the program
// measures itself: at least what goes by inside the function, and at most what goes by
// around the call. So too for a function's own time.
func TestSummaryTruth(t *testing.T) {
	for _, flags := range [][]string{{"-O1"}, {"-O2", "-m32"}} {
		program := testkit.Build(t, "testdata/summary_truth.cc", append(flags, "-fno-inline", "-fno-ipa-cp", "-fno-optimize-sibling-calls", "-pthread")...)
		r, rows, all := summarizeRun(t, "--by=thread -L -x outer+inner+leaf+again+jumps+throws", program)
		if all.Tracing <= 0 || all.Around <= 0 {
			t.Errorf("what tracing costs is not told: %+v", all)
		}
		seen := 0
		for line := range strings.Lines(r.Stdout) {
			var tid int
			var name string
			var calls, inside, around, calleesInside, calleesAround int64
			if _, err := fmt.Sscanf(line, "span %d %s %d %d %d %d %d\n", &tid, &name, &calls, &inside, &around, &calleesInside, &calleesAround); err != nil {
				t.Fatalf("%q: %v", line, err)
			}
			i := slices.IndexFunc(rows, func(r summaryRow) bool { return r.TID == tid && r.Function == name })
			if i < 0 {
				t.Errorf("%v: no row for %s in thread %d", flags, name, tid)
				continue
			}
			row := rows[i]
			seen++
			if name == "again" {
				calls *= 4 // itself and three within
			}
			if int64(row.Calls) != calls || row.PID == 0 {
				t.Errorf("%v: %s: %+v, want %d calls", flags, name, row, calls)
			}
			if row.Total < inside || row.Total > around {
				t.Errorf("%v: %s took %d ns, by its own clock %d inside and %d around it", flags, name, row.Total, inside, around)
			}
			if row.Self < inside-calleesAround || row.Self > around-calleesInside {
				t.Errorf("%v: %s took %d ns for itself, by its own clock from %d to %d", flags, name, row.Self, inside-calleesAround, around-calleesInside)
			}
		}
		if seen != 12 || len(rows) != seen {
			t.Errorf("%v: %d functions measured, %d rows, want 12", flags, seen, len(rows))
		}
	}
}

// TestSummaryCounts holds that 100,000 calls of eight threads are all counted, each in its
// own thread.
func TestSummaryCounts(t *testing.T) {
	program := testkit.Build(t, "testdata/truth_threads.c", "-O1", "-fno-builtin", "-pthread")
	r, rows, all := summarizeRun(t, "--by=thread -e abs+atoi+ffs+labs+strtol+toupper", program, "8", strconv.Itoa(rounds(2100)))
	want, got := testkit.ParseCounts(t, r.Stdout), make(testkit.Counts)
	total := 0
	for _, row := range rows {
		got.Add(row.TID, row.Function, row.Calls)
	}
	for tid, functions := range want {
		for name, n := range functions {
			total += n
			if n == 0 {
				delete(want[tid], name)
			}
		}
	}
	if diff := cmp.Diff(want, got); diff != "" || all.Calls != total {
		t.Errorf("%d calls of %d (-want +got)\n%s", all.Calls, total, diff)
	}
}

// TestSummarySystemCalls holds numbers of calls and of failures against strace's.
func TestSummarySystemCalls(t *testing.T) {
	strace := testkit.Need(t, "strace")
	program := testkit.Build(t, "testdata/summary_errors.c", "-O1")
	table := filepath.Join(t.TempDir(), "table")
	for _, command := range [][]string{{"/bin/ls", "/nonexistent", "/"}, {"/bin/sh", "-c", "cat </dev/null; true"}, {program}} {
		testkit.Run(t, slices.Concat([]string{strace, "-f", "-c", "-o", table}, command)...)
		text, err := os.ReadFile(table)
		if err != nil {
			t.Fatal(err)
		}
		want, got := make(map[string][2]int), make(map[string][2]int)
		for line := range strings.Lines(string(text)) {
			if m := regexp.MustCompile(`^ *[\d.]+ +[\d.]+ +\d+ +(\d+) +(\d+)? +(\w+)$`).FindStringSubmatch(strings.TrimSpace(line)); m != nil && m[3] != "total" {
				calls, _ := strconv.Atoi(m[1])
				errors, _ := strconv.Atoi(m[2])
				want[m[3]] = [2]int{calls, errors}
			}
		}
		file := filepath.Join(t.TempDir(), "summary")
		testkit.Run(t, slices.Concat([]string{testkit.Sonde(t), "-f", "-L", "-S", "-c", "--json", "-o", file}, command)...)
		rows, _ := readSummary(t, file)
		for _, r := range rows {
			if r.Kind != "system" {
				t.Errorf("%+v: not a system call", r)
			}
			got[r.Function] = [2]int{r.Calls, r.Errors}
		}
		delete(got, "exit_group") // strace counts what returns
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%q: calls and errors (-strace +sonde)\n%s", command, diff)
		}
	}
}

// TestSummaryBehindTrace holds that --summary has the trace whole, and behind it the
// table that -c has.
func TestSummaryBehindTrace(t *testing.T) {
	program := testkit.Build(t, "testdata/variant_calls.c", "-O0", "-fno-builtin")
	file := filepath.Join(t.TempDir(), "trace")
	for _, options := range []string{"", "--json"} {
		args := slices.Concat([]string{testkit.Sonde(t), "--summary", "-o", file, "-e", "atoi+getenv"}, strings.Fields(options), []string{program})
		checkExit(t, testkit.Run(t, args...), 0)
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if options == "--json" {
			rows, all := readSummary(t, file)
			if n := strings.Count(string(text), `{"type":"header"`); n != 1 || len(rows) != 2 || all.Calls != 10 || strings.Count(string(text), `{"type":"call"`) != 10 {
				t.Errorf("%d headers, %d rows of %d calls\n%s", n, len(rows), all.Calls, text)
			}
			continue
		}
		trace, table, ok := strings.Cut(string(text), "% time ")
		if calls := strings.Count(trace, "->"); !ok || calls != 10 || !strings.HasSuffix(trace, "+++ exited (status 0) +++\n") {
			t.Errorf("%d calls in the trace\n%s", calls, text)
		}
		if !regexp.MustCompile(`(?m)^100\.00 +\d+\.\d{6} +\d+ +10 +- +\d+\.\d{6} total$`).MatchString(table) {
			t.Errorf("no total of 10 calls\n%s", table)
		}
	}
}

// TestSummaryEnds holds that a sonde that is told to end writes the table of what it has
// counted, and lets go what it has attached to.
func TestSummaryEnds(t *testing.T) {
	program := testkit.Build(t, "testdata/attach_counted.c", "-O1", "-fno-builtin")
	target := testkit.StartTarget(t, nil, program)
	for i, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGQUIT} {
		calls := 100 * (i + 1)
		tool, refused := attach(t, target.PID, "-c", "-e", "atoi")
		if refused {
			tool.Wait(t)
			t.Fatalf("refused: %q", tool.Lines)
		}
		target.Type(t, fmt.Sprintf("%d\n", calls))
		if line, ok := target.Next(t); !ok || line != "done" {
			t.Fatalf("the program said %q", line)
		}
		detach(t, tool, sig)
		testkit.CheckReleased(t, target.PID)
		if got := strings.Join(tool.Lines, "\n"); !regexp.MustCompile(fmt.Sprintf(`(?m) %d +- +[\d.]+ \S+->atoi$`, calls)).MatchString(got) {
			t.Errorf("%v: want %d calls\n%s", sig, calls, got)
		}
	}
	target.EndTarget(t)
}

// TestSummaryEndsLaunched is the same for a program that sonde has launched, and that
// ends with it.
func TestSummaryEndsLaunched(t *testing.T) {
	program := testkit.Build(t, "testdata/attach_counted.c", "-O1", "-fno-builtin")
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM} {
		file := filepath.Join(t.TempDir(), "table")
		tool := testkit.Start(t, "stdout", nil, testkit.Sonde(t), "-c", "-o", file, "-e", "atoi", program)
		tool.Type(t, "250\n")
		for line, ok := "", true; line != "done"; {
			if line, ok = tool.Next(t); !ok {
				t.Fatal("the program has ended")
			}
		}
		tool.Signal(t, sig)
		if ws := tool.Wait(t); !ws.Signaled() || ws.Signal() != sig {
			t.Errorf("sonde ended with %s after %v", testkit.DescribeStatus(ws), sig)
		}
		text, err := os.ReadFile(file)
		if err != nil || !regexp.MustCompile(`(?m) 250 +- +[\d.]+ \S+->atoi$`).Match(text) {
			t.Errorf("%v: want 250 calls: %v\n%s", sig, err, text)
		}
	}
}

// TestSummaryLibraries holds that --by=library tells where calls go, those too that the
// linkage table has not bound yet.
func TestSummaryLibraries(t *testing.T) {
	program := testkit.Build(t, "testdata/summary_truth.cc", "-O1", "-pthread")
	_, rows, _ := summarizeRun(t, "--by=library,caller -e nanosleep+longjmp+__cxa_throw+__cxa_begin_catch", program)
	got := make(map[string]string)
	for _, r := range rows {
		got[r.Function] = r.Caller + " " + r.Library
	}
	main := filepath.Base(program)
	want := map[string]string{
		"nanosleep": main + " libc.so.6", "longjmp": main + " libc.so.6",
		"__cxa_throw": main + " libstdc++.so.6", "__cxa_begin_catch": main + " libstdc++.so.6",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("callers and libraries (-want +got)\n%s", diff)
	}
}

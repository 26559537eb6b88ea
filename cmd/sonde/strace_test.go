package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sonde/internal/testkit"
)

// agreementLost is how many points Sonde's agreement with strace may be below that of
// strace with itself, once the known differences are put aside. What differs each time,
// and not between strace and itself, may not be at all.
const agreementLost = 1

// comparisons is how often a program is traced, at most, until the tracers agree: what
// threads do depends on who is quicker.
const comparisons = 8

// knownDifferences are what Sonde writes otherwise than strace, and why. What the two
// have written so is made the same, before they are compared again.
var knownDifferences = []struct {
	name, reason string
	line         *regexp.Regexp
	same         string
}{
	{"thread's own segment", "better: strace shows of what has changed one number, behind the result", regexp.MustCompile(`^set_thread_area\(\{entry_number=-1(?: => (\d+))?, .*\}\) = 0(?: \(entry_number=(\d+)\))?$`), "set_thread_area({entry_number=$1$2}) = 0"},
	{"union semun", "better: ipc(2) has it behind a pointer, and strace shows brackets for that", regexp.MustCompile(`^(semctl\(.*, )\[?(?:0x)?(\w+)\]?\)`), "$1$2)"},
	{"requests of several names", "better: strace shows all the names of a number, the last of which is the general one", regexp.MustCompile(`^(ioctl\([^,]*, )(?:\w+ or )+(\w+)`), "$1$2"},
	{"features of later kernels", "better: strace 6.1 has no names for them", regexp.MustCompile(`^(io_uring_setup\(.* features=(?:\w+\|)*IORING_FEAT_LINKED_FILE)[^,]*`), "$1|LATER"},
	{"entries of a ring", "better: strace does not tell what io_uring_enter submits", regexp.MustCompile(`^(io_uring_enter\(\d+, \d+) /\* .* \*/`), "$1"},
	{"names of threads", "better: strace has dots behind 15 letters, whether there are more or not", regexp.MustCompile(`^(prctl\(PR_SET_NAME, "[^"]*")\.\.\.`), "$1"},
	{"what is behind a message", "better: strace takes zeros for another message of netlink", regexp.MustCompile(`\[(\[\{nlmsg_len=.*\]), \{nlmsg_len=0, nlmsg_type=0 /\* NLMSG_\?\?\? \*/, [^}]*\}\]`), "$1"},
	{"short requests", "better: strace has dots for fields that the message has not", regexp.MustCompile(`^(sendto\(\d+, \[\{nlmsg_len=20, [^}]*\}, \{\w*family=\w+), \.\.\.\}`), "$1}"},
	{"masks of nodes", "better: strace pads each word with zeros, and an 0x counts as two of them", regexp.MustCompile(`^([gs]et_mempolicy\([^\[]*(?:\[MPOL_\w+\], )?)\[[^\]]*\]`), "$1[NODES]"},
}

// untimely are calls of programs that make them as often, and for as long, as an answer
// takes to come, or their runtime finds nothing to do. They are compared in other programs.
var untimely = map[string][]string{"curl, HTTP": {"poll", "rt_sigaction"}, "go": {"futex", "nanosleep"}}

// TestAgreesWithStrace traces programs of the system, and some of its own, twice with
// strace and once with Sonde: Sonde's lines are to agree with strace's nearly as well as
// strace's do with one another.
func TestAgreesWithStrace(t *testing.T) {
	strace := testkit.Need(t, "strace")
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		w.Header()["Date"] = nil
		fmt.Fprintln(w, "done")
	}))
	t.Cleanup(server.Close)
	c := comparer{strace: strace, sonde: testkit.Sonde(t), url: server.URL}
	all := slices.Clone(oracles)
	for _, own := range ownOracles {
		program := testkit.Build(t, "testdata/strace_"+own.name+".c", own.flag)
		all = append(all, oracle{own.name + " " + own.flag, "", []string{program}, nil})
	}
	rows := make([]agreementRow, len(all))
	t.Run("programs", func(t *testing.T) {
		for i, o := range all {
			t.Run(o.name, func(t *testing.T) {
				t.Parallel()
				rows[i].name = o.name // it has been asked for, installed or not
				rows[i] = c.agree(t, o)
			})
		}
	})
	t.Log(agreementTable(rows))
	if slices.ContainsFunc(rows, func(r agreementRow) bool { return r.name == "" }) {
		return // not all have been asked for
	}
	for _, known := range knownDifferences {
		if !slices.ContainsFunc(rows, func(r agreementRow) bool { return r.known[known.name] > 0 }) {
			t.Errorf("no line differs any more by %q", known.name)
		}
	}
}

// comparer compares the tracers.
type comparer struct{ strace, sonde, url string }

// agree compares them on one program, until they agree or have been compared often
// enough.
func (c *comparer) agree(t *testing.T, o oracle) (row agreementRow) {
	o.run = slices.Clone(o.run)
	for i := range o.run {
		host := strings.TrimPrefix(c.url, "http://")
		o.run[i] = strings.NewReplacer("URL", c.url, "ADDRESS", host, "PORT", host[strings.LastIndexByte(host, ':')+1:]).Replace(o.run[i])
	}
	if !filepath.IsAbs(o.run[0]) {
		path, err := exec.LookPath(o.run[0])
		switch {
		case err != nil && slices.Contains(furtherPrograms, o.run[0]):
			t.Skipf("%s is not installed", o.run[0])
		case err != nil:
			testkit.Lacks(t, "%s is not installed", o.run[0])
		}
		o.run[0] = path
	}
	var each []string // what differs each time
	for n := range comparisons {
		row = c.compare(t, o)
		odd := row.odd()
		if n == 0 {
			each = odd
		}
		each = slices.DeleteFunc(each, func(line string) bool { return !slices.Contains(odd, line) })
		if row.short() <= agreementLost && len(each) == 0 {
			return row
		}
	}
	for _, d := range row.aside.Differences {
		t.Logf("thread %s:\n  Sonde  %s\n  strace %s", d.Thread, strings.Join(d.Got, "\n         "), strings.Join(d.Not, "\n         "))
	}
	if row.short() > agreementLost {
		t.Errorf("agrees with strace %.1f points less than strace with itself", row.short())
	}
	if len(each) > 0 {
		t.Errorf("differs each time, by these lines:\n%s", strings.Join(each, "\n"))
	}
	return row
}

// agreementRow is what comparing the tracers of one program has shown.
type agreementRow struct {
	name         string
	lines        int               // of Sonde
	itself, with testkit.Agreement // of strace with itself, of Sonde with strace
	known        map[string]int    // lines that differ, by class

	// The same, once the known differences are put aside.
	itselfAside, aside testkit.Agreement
}

func (c *comparer) compare(t *testing.T, o oracle) agreementRow {
	dir := t.TempDir()
	first := traceSystem(t, o, dir, c.strace, "-f")
	second := traceSystem(t, o, dir, c.strace, "-f")
	ours := traceSystem(t, o, dir, c.sonde, "-f", "-L", "-S")
	for _, p := range ours.Problems {
		t.Errorf("not understood: %s", p)
	}
	row := agreementRow{name: o.name, known: map[string]int{}}
	for _, lines := range ours.Threads {
		row.lines += len(lines)
	}
	row.itself = testkit.Compare(first, second)
	row.with = closest(ours, first, second)
	for _, d := range row.with.Differences {
		for _, line := range slices.Concat(d.Got, d.Not) {
			if class, _ := putAside(line); class != "" {
				row.known[class]++
			}
		}
	}
	for _, tr := range []*testkit.SystemTrace{ours, first, second} {
		tr.Drop(func(line string) bool { return slices.Contains(untimely[o.name], callOf(line)) })
		tr.Rewrite(func(line string) string {
			_, line = putAside(line)
			return line
		})
	}
	row.itselfAside, row.aside = testkit.Compare(first, second), closest(ours, first, second)
	return row
}

// short is how many points Sonde agrees less with strace than strace with itself.
func (r *agreementRow) short() float64 { return r.itselfAside.Percent() - r.aside.Percent() }

// odd returns the lines that one tracer has and the other has not, wherever they stand,
// but for those of calls by which strace differs from itself.
func (r *agreementRow) odd() []string {
	differ := map[string]bool{}
	for _, d := range r.itselfAside.Differences {
		for _, line := range slices.Concat(d.Got, d.Not) {
			differ[callOf(line)] = true
		}
	}
	count := map[string]int{}
	for _, d := range r.aside.Differences {
		for _, line := range d.Got {
			count["Sonde:  "+line]++
			count["strace: "+line]--
		}
		for _, line := range d.Not {
			count["strace: "+line]++
			count["Sonde:  "+line]--
		}
	}
	maps.DeleteFunc(count, func(line string, n int) bool { return n <= 0 || differ[callOf(line[len("strace: "):])] })
	return slices.Sorted(maps.Keys(count))
}

// callOf returns the call that a line is of, or what else it begins with.
func callOf(line string) string {
	call, _, _ := strings.Cut(line, "(")
	return call
}

// closest compares Sonde's trace with that of strace's two which has gone as Sonde's
// did: programs of several threads do not go twice the same way.
func closest(ours, first, second *testkit.SystemTrace) testkit.Agreement {
	a, b := testkit.Compare(ours, first), testkit.Compare(ours, second)
	if b.Percent() > a.Percent() {
		return b
	}
	return a
}

// putAside takes the known differences out of a line, and returns the first of them.
func putAside(line string) (class, same string) {
	for _, known := range knownDifferences {
		if !known.line.MatchString(line) {
			continue
		}
		line = known.line.ReplaceAllString(line, known.same)
		if class == "" {
			class = known.name
		}
	}
	return class, line
}

// traceSystem runs a program under a tracer of system calls, in the same place and
// environment each time.
func traceSystem(t *testing.T, o oracle, dir string, tracer ...string) *testkit.SystemTrace {
	t.Helper()
	work, trace := filepath.Join(dir, "work"), filepath.Join(dir, "trace")
	if err := os.RemoveAll(work); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	clean := []string{"/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=" + work, "LANG=C.UTF-8", "TZ=UTC"}
	// All files of one age: programs read it.
	script := o.setup + "\nfind . -exec touch -d @1000000000 {} +"
	setup := testkit.Command{Args: append(slices.Clip(clean), "/bin/sh", "-ec", script), Dir: work}.Run(t)
	checkExit(t, setup, 0)
	args := slices.Concat(clean, tracer, o.options, []string{"-o", trace}, o.run)
	r := testkit.Command{Args: args, Dir: work, Trace: trace, Deadline: time.Minute}.Run(t)
	data, err := os.ReadFile(trace)
	if err != nil {
		t.Fatalf("%v; %s", err, r.Describe())
	}
	tr, err := testkit.ParseSystemTrace(bytes.TrimSpace(data))
	if err != nil {
		t.Fatal(err)
	}
	tr.Rewrite(func(line string) string { return outputFile.ReplaceAllString(line, "<OUTPUT>") })
	return tr
}

// outputFile is what -y shows of a file that is another one in each run: the program's
// standard output, or its errors.
var outputFile = regexp.MustCompile(`<[^<>]*/std(?:out|err)>`)

// agreementTable shows the rows, and what the differences are.
func agreementTable(rows []agreementRow) string {
	var b strings.Builder
	known, runs := map[string]int{}, map[string]int{}
	fmt.Fprintf(&b, "%-20s %7s %15s %7s %20s  %s\n", "program", "lines", "strace, itself", "Sonde", "but for known ones", "known ones, and calls that differ now and then")
	for _, r := range rows {
		if r.lines == 0 {
			continue
		}
		calls := map[string]bool{}
		for _, d := range r.aside.Differences {
			for _, line := range slices.Concat(d.Got, d.Not) {
				calls[callOf(line)] = true
				runs[callOf(line)]++
			}
		}
		names := slices.Concat(slices.Sorted(maps.Keys(r.known)), slices.Sorted(maps.Keys(calls)))
		fmt.Fprintf(&b, "%-20s %7d %14.1f%% %6.1f%% %19.1f%%  %s\n",
			r.name, r.lines, r.itself.Percent(), r.with.Percent(), r.aside.Percent(), strings.Join(names, ", "))
		for class, n := range r.known {
			known[class] += n
		}
	}
	b.WriteString("known differences, in lines of either:\n")
	for _, k := range knownDifferences {
		fmt.Fprintf(&b, "%7d %s (%s)\n", known[k.name], k.name, k.reason)
	}
	b.WriteString("others, between any two runs:\n")
	for _, call := range slices.SortedFunc(maps.Keys(runs), func(a, b string) int { return runs[b] - runs[a] }) {
		fmt.Fprintf(&b, "%7d %s\n", runs[call], call)
	}
	return b.String()
}

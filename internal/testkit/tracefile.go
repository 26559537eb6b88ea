package testkit

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// tailLines is how many lines of each thread are kept for messages.
const tailLines = 20

// Counts maps a thread and a function to a number of calls.
type Counts map[int]map[string]int

// Add counts n more calls.
func (c Counts) Add(tid int, name string, n int) {
	if c[tid] == nil {
		c[tid] = make(map[string]int)
	}
	c[tid][name] += n
}

// Total returns the number of calls of a function in all threads.
func (c Counts) Total(name string) int {
	n := 0
	for _, names := range c {
		n += names[name]
	}
	return n
}

// Trace is what a trace file says, without its lines: it may have millions.
type Trace struct {
	Calls     Counts // entered
	Returns   Counts // returned, in the thread that they were entered in
	Abandoned Counts // said not to return
	Inherited Counts // returned in a child that did not enter them, as fork does
	Signals   Counts // signals, by name
	Ends      map[int]Line
	Execs     int
	Lost      int
	Disorder  []string // ends of calls that were not the innermost of their thread
	Problems  []string // lines that are none, or that end a call that nobody made

	threads map[int]*threadTrace
	first   int // the thread of lines that bear none
	number  int // of the line
}

type threadTrace struct {
	open []string // calls that have not ended, innermost last
	tail []string // the last lines, oldest first
	over bool     // the last line is the end
}

// ReadTrace reads the trace in a file. first is the thread of lines that bear
// none, 0 if nobody asks. each, if not nil, sees every line.
func ReadTrace(t testing.TB, name string, first int, each func(Line)) *Trace {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatalf("read trace: %v", err)
	}
	defer f.Close()
	tr, err := ParseTrace(f, first, each)
	if err != nil {
		t.Fatalf("read trace: %v", err)
	}
	return tr
}

// ParseTrace reads a trace. Lines that are none are among Problems; the error
// is the reader's. first and each are as in ReadTrace.
func ParseTrace(r io.Reader, first int, each func(Line)) (*Trace, error) {
	tr := &Trace{
		first: first,
		Calls: make(Counts), Returns: make(Counts), Abandoned: make(Counts),
		Inherited: make(Counts), Signals: make(Counts),
		Ends: make(map[int]Line), threads: make(map[int]*threadTrace),
	}
	in := bufio.NewReaderSize(r, 1<<20)
	for {
		text, err := in.ReadString('\n')
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		if text != "" {
			tr.number++
			whole, ended := strings.CutSuffix(text, "\n")
			if !ended {
				tr.problem("the last line has no end: %q", text)
			}
			tr.line(whole, each)
		}
		if err != nil {
			return tr, nil
		}
	}
}

func (tr *Trace) problem(format string, args ...any) {
	if len(tr.Problems) < tailLines {
		tr.Problems = append(tr.Problems, fmt.Sprintf("line %d: ", tr.number)+fmt.Sprintf(format, args...))
	}
}

func (tr *Trace) line(text string, each func(Line)) {
	l, err := ParseLine(text)
	if err != nil {
		tr.problem("%v", err)
		return
	}
	if l.TID == 0 {
		l.TID = tr.first
	}
	th := tr.threads[l.TID]
	if th == nil {
		th = &threadTrace{}
		tr.threads[l.TID] = th
	}
	if len(th.tail) == tailLines {
		th.tail = append(th.tail[:0], th.tail[1:]...)
	}
	th.tail = append(th.tail, text)
	over := th.over
	th.over = false
	switch l.Kind {
	case CallLine:
		tr.Calls.Add(l.TID, l.Name, 1)
		tr.Returns.Add(l.TID, l.Name, 1)
	case CallOpen:
		tr.Calls.Add(l.TID, l.Name, 1)
		th.open = append(th.open, l.Name)
	case CallNoReturn:
		tr.Calls.Add(l.TID, l.Name, 1)
		tr.Abandoned.Add(l.TID, l.Name, 1)
	case ReturnLine:
		tr.end(th, l, tr.Returns)
	case AbandonedLine:
		tr.end(th, l, tr.Abandoned)
	case SignalLine:
		tr.Signals.Add(l.TID, l.Name, 1)
	case ExecLine:
		tr.Execs++
		th.open = nil
	case ExitedLine, KilledLine:
		if over { // with lines in between it would be another one, which has its id
			tr.problem("thread %d ends twice", l.TID)
		}
		tr.Ends[l.TID], th.over = l, true
		th.open = nil
	case SupersededLine: // whose calls are ended by the one who takes its place
		if former := tr.threads[l.Status]; former != nil {
			th.open, former.open = former.open, nil
		}
	case LostLine:
		tr.Lost += l.Status
	}
	if each != nil {
		each(l)
	}
}

// endsCall tells whether a call can end by that name. Where its beginning names the
// module that the function is in, its end does not.
func endsCall(end, call string) bool {
	function, _, _ := strings.Cut(call, "@")
	return end == call || end == function
}

// end closes the innermost call of that name.
func (tr *Trace) end(th *threadTrace, l Line, into Counts) {
	for i := len(th.open) - 1; i >= 0; i-- {
		name := th.open[i]
		if !endsCall(l.Name, name) {
			continue
		}
		if i < len(th.open)-1 && len(tr.Disorder) < tailLines {
			tr.Disorder = append(tr.Disorder, fmt.Sprintf("line %d: %s ends before %s, which it called",
				tr.number, l.Name, th.open[len(th.open)-1]))
		}
		th.open = append(th.open[:i], th.open[i+1:]...)
		into.Add(l.TID, name, 1)
		return
	}
	// A child process returns from what its parent has entered. More such
	// returns than others have entered are false.
	if tr.Inherited[l.TID][l.Name] < tr.enteredElsewhere(l) {
		tr.Inherited.Add(l.TID, l.Name, 1)
		return
	}
	tr.problem("thread %d ends a call of %s that it did not make", l.TID, l.Name)
}

// enteredElsewhere counts the calls of other threads that can end as l does.
func (tr *Trace) enteredElsewhere(l Line) int {
	n := 0
	for tid, names := range tr.Calls {
		if tid == l.TID {
			continue
		}
		for name, calls := range names {
			if endsCall(l.Name, name) {
				n += calls
			}
		}
	}
	return n
}

// Tail returns the last lines of a thread.
func (tr *Trace) Tail(tid int) string {
	th := tr.threads[tid]
	if th == nil {
		return fmt.Sprintf("the trace has no line of thread %d; it has %v", tid, slices.Sorted(maps.Keys(tr.threads)))
	}
	return fmt.Sprintf("the last lines of thread %d:\n%s", tid, strings.Join(th.tail, "\n"))
}

// CheckBalance fails the test unless every call has a return, is said to have
// none, or was cut off by the end of its thread or by an exec.
func (tr *Trace) CheckBalance(t testing.TB) {
	t.Helper()
	for _, p := range tr.Problems {
		t.Errorf("trace: %s", p)
	}
	if tr.Lost > 0 {
		t.Errorf("trace: %d events are lost", tr.Lost)
	}
	for tid, th := range tr.threads {
		open := th.open
		// The thread that execs is from then on its process's first thread;
		// its own id is heard of no more.
		if n := len(open); n > 0 && tr.Execs > 0 && strings.Contains(open[n-1], "exec") {
			open = nil
		}
		if len(open) > 0 {
			t.Errorf("trace: thread %d has %d calls without an end, the innermost is %s; %s",
				tid, len(open), open[len(open)-1], tr.Tail(tid))
		}
	}
}

// CheckOrder fails the test unless calls end innermost first in each thread.
// It does not hold where coroutines change stacks.
func (tr *Trace) CheckOrder(t testing.TB) {
	t.Helper()
	const most = 3
	for i, d := range tr.Disorder {
		if i == most {
			t.Errorf("trace: and more")
			break
		}
		t.Errorf("trace: %s", d)
	}
}

// CheckEnds fails the test unless every thread of the trace ends in it.
func (tr *Trace) CheckEnds(t testing.TB) {
	t.Helper()
	for tid := range tr.threads {
		if _, ok := tr.Ends[tid]; !ok {
			t.Errorf("trace: thread %d has no end; %s", tid, tr.Tail(tid))
		}
	}
}

// CheckCounts compares the trace with what the program says of itself: for
// every function in want, each thread must have made just those calls.
func (tr *Trace) CheckCounts(t testing.TB, want Counts) {
	t.Helper()
	names := make(map[string]bool)
	tids := make(map[int]bool)
	for tid, byName := range want {
		tids[tid] = true
		for name := range byName {
			names[name] = true
		}
	}
	for tid := range tr.Calls {
		tids[tid] = true
	}
	wrong := 0
	for _, tid := range slices.Sorted(maps.Keys(tids)) {
		for _, name := range slices.Sorted(maps.Keys(names)) {
			got, want := tr.Calls[tid][name], want[tid][name]
			if got == want {
				continue
			}
			if wrong++; wrong <= 5 {
				t.Errorf("thread %d called %s %d times, the trace has %d; %s", tid, name, want, got, tr.Tail(tid))
			}
		}
	}
	if wrong > 5 {
		t.Errorf("and %d more wrong counts", wrong-5)
	}
}

// ParseCounts reads the lines "count TID FUNCTION N" that programs print about
// their own calls. Lines that say more of one pair add up.
func ParseCounts(t testing.TB, output string) Counts {
	t.Helper()
	counts := make(Counts)
	for line := range strings.Lines(output) {
		f := strings.Fields(line)
		if len(f) == 0 || f[0] != "count" {
			continue
		}
		if len(f) != 4 {
			t.Fatalf("count of calls: %q", line)
		}
		tid, err1 := strconv.Atoi(f[1])
		n, err2 := strconv.Atoi(f[3])
		if err := errors.Join(err1, err2); err != nil {
			t.Fatalf("count of calls: %q: %v", line, err)
		}
		counts.Add(tid, f[2], n)
	}
	return counts
}

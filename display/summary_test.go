package display

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonde/event"
)

const (
	tableHead = "% time     seconds  usecs/call     calls    errors       total function\n" + tableRule
	tableRule = "------ ----------- ----------- --------- --------- ----------- -----------------\n"
	wideHead  = "% time     seconds  usecs/call     calls    errors       total       min       p50       p90       p99       max  thread function\n" + wideRule
	wideRule  = "------ ----------- ----------- --------- --------- ----------- --------- --------- --------- --------- --------- ------- -----------------\n"
)

// summarize has a Summary count a script's events, and returns its table.
func summarize(t *testing.T, o SummaryOptions, script string) (table string, s *Summary) {
	t.Helper()
	var out bytes.Buffer
	s = NewSummary(&out, o)
	for _, ev := range parseScript(t, script) {
		if err := s.Emit(ev); err != nil {
			t.Error(err)
		}
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
	if len(s.calls.open)+len(s.calls.threads)+len(s.calls.within) != 0 {
		t.Errorf("%d calls of %d threads are left open, %d of them recursive", len(s.calls.open), len(s.calls.threads), len(s.calls.within))
	}
	return out.String(), s
}

func TestSummary(t *testing.T) {
	for _, c := range []struct{ name, events, want string }{
		{"nothing", ``, tableHead + tableRule +
			"100.00    0.000000           0         0         -    0.000000 total\n"},
		{"calls one after the other", `
			0      1 call 1:usleep
			1747us 1 return 1:usleep 0
			2ms    1 call 2:wait
			2439us 1 return 2:wait 0
			3ms    1 call 3:puts "a"
			3150us 1 return 3:puts 2
			4ms    1 call 4:puts "b"
			4151us 1 return 4:puts 2`, tableHead +
			" 70.25    0.001747        1747         1         -    0.001747 usleep\n" +
			" 17.65    0.000439         439         1         -    0.000439 wait\n" +
			" 12.10    0.000301         150         2         -    0.000301 puts\n" + tableRule +
			"100.00    0.002487         621         4         -    0.002487 total\n"},
		{"order: own time, calls, name", `
			0 1 call 1:b
			0 1 return 1:b 0
			0 1 call 2:a
			0 1 return 2:a 0
			0 1 call 3:c
			0 1 return 3:c 0
			0 1 call 4:c
			0 1 return 4:c 0`, tableHead +
			"  0.00    0.000000           0         2         -    0.000000 c\n" +
			"  0.00    0.000000           0         1         -    0.000000 a\n" +
			"  0.00    0.000000           0         1         -    0.000000 b\n" + tableRule +
			"100.00    0.000000           0         4         -    0.000000 total\n"},
		{"what a call encloses is not its own", `
			0    1 call 1:qsort
			1ms  1 call 2:compare parent=1
			3ms  1 return 2:compare 0
			4ms  1 call 3:compare parent=1
			9ms  1 return 3:compare 0
			10ms 1 return 1:qsort 0`, tableHead +
			" 70.00    0.007000        3500         2         -    0.007000 compare\n" +
			" 30.00    0.003000       10000         1         -    0.010000 qsort\n" + tableRule +
			"100.00    0.010000        5666         3         -    0.010000 total\n"},
		{"recursion: the total is the outermost call's", `
			0    1 call 1:f
			1ms  1 call 2:g parent=1
			2ms  1 call 3:f parent=2
			3ms  1 call 4:f parent=3
			4ms  1 return 4:f 0
			5ms  1 return 3:f 0
			6ms  1 return 2:g 0
			10ms 1 return 1:f 0
			10ms 1 call 5:g
			11ms 1 call 6:f parent=5
			12ms 1 return 6:f 0
			13ms 1 return 5:g 0`, tableHead +
			" 69.23    0.009000        3750         4         -    0.011000 f\n" +
			" 30.77    0.004000        4000         2         -    0.008000 g\n" + tableRule +
			"100.00    0.013000        3833         6         -    0.013000 total\n"},
		{"the same function in two threads is no recursion", `
			0   1   call 1:f
			0   1.2 call 2:f
			1ms 1.2 return 2:f 0
			2ms 1   return 1:f 0`, tableHead +
			"100.00    0.003000        1500         2         -    0.003000 f\n" + tableRule +
			"100.00    0.003000        1500         2         -    0.003000 total\n"},
		{"tail calls return together, the innermost first", `
			0   1 call 1:f
			1ms 1 call 2:g parent=1
			3ms 1 return 2:g 0
			3ms 1 return 1:f 0`, tableHead +
			" 66.67    0.002000        2000         1         -    0.002000 g\n" +
			" 33.33    0.001000        3000         1         -    0.003000 f\n" + tableRule +
			"100.00    0.003000        2500         2         -    0.003000 total\n"},
		{"a system call is not its library's function, and may fail", `
			0    1 call 1:read 3
			1us  1 call 2:read 3 module=SYS parent=1
			11us 1 return 2:read 0 module=SYS
			20us 1 return 1:read 0
			30us 1 call 3:read 3 module=SYS
			40us 1 return 3:read -1 failed=1 errno=9 module=SYS
			50us 1 call 4:read 3 module=SYS
			60us 1 return 4:read -1 failed=1 errno=512 module=SYS
			70us 1 call 5:open
			71us 1 return 5:open -1 failed=1`, tableHead +
			" 73.17    0.000030          10         3         2    0.000030 read@SYS\n" +
			" 24.39    0.000010          20         1         -    0.000020 read\n" +
			"  2.44    0.000001           1         1         1    0.000001 open\n" + tableRule +
			"100.00    0.000041          10         5         3    0.000041 total\n"},
		{"an inherited return is the parent's call", `
			0   1 call 1:fork
			5ms 2 return 1:fork 0 inherited=1
			6ms 1 return 1:fork 2`, tableHead +
			"100.00    0.006000        6000         1         -    0.006000 fork\n" + tableRule +
			"100.00    0.006000        6000         1         -    0.006000 total\n"},
		{"a child's calls are not within its parent's fork", `
			0   1 call 1:fork
			1ms 2 call 2:handler parent=1
			5ms 2 return 2:handler 0
			6ms 1 return 1:fork 2`, tableHead +
			" 60.00    0.006000        6000         1         -    0.006000 fork\n" +
			" 40.00    0.004000        4000         1         -    0.004000 handler\n" + tableRule +
			"100.00    0.010000        5000         2         -    0.010000 total\n"},
		{"a goroutine's call returns in another thread", `
			0   1.1 call 1:f
			1ms 1.2 call 2:g parent=1
			2ms 1.3 return 2:g 0
			3ms 1.3 return 1:f 0`, tableHead +
			" 66.67    0.002000        3000         1         -    0.003000 f\n" +
			" 33.33    0.001000        1000         1         -    0.001000 g\n" + tableRule +
			"100.00    0.003000        2000         2         -    0.003000 total\n"},
		{"calls that do not return", `
			0    1   call 1:jumped
			0    1.2 call 2:thread
			0    3   call 3:exec
			0    3.4 call 4:execother
			0    5.6 call 5:killed
			0    7   call 6:detached
			0    1   call 7:closed
			1ms  1   abandoned 1:jumped
			2ms  1.2 exit status=0
			3ms  3   exec former=3
			4ms  5   exit signal=9 process=1
			5ms  7   detached
			6ms  9   signal 10`, tableHead +
			" 25.00    0.006000        6000         1         -    0.006000 closed\n" +
			" 20.83    0.005000        5000         1         -    0.005000 detached\n" +
			" 16.67    0.004000        4000         1         -    0.004000 killed\n" +
			" 12.50    0.003000        3000         1         -    0.003000 exec\n" +
			" 12.50    0.003000        3000         1         -    0.003000 execother\n" +
			"  8.33    0.002000        2000         1         -    0.002000 thread\n" +
			"  4.17    0.001000        1000         1         -    0.001000 jumped\n" + tableRule +
			"100.00    0.024000        3428         7         -    0.024000 total\n"},
		{"a call ends with what encloses it", `
			0    1 call 1:outer
			1ms  1 call 2:jumped parent=1
			2ms  1 call 3:inner parent=2
			5ms  1 return 1:outer 0
			9ms  1 abandoned 3:inner
			9ms  1 abandoned 2:jumped`, tableHead +
			" 60.00    0.003000        3000         1         -    0.003000 inner\n" +
			" 20.00    0.001000        4000         1         -    0.004000 jumped\n" +
			" 20.00    0.001000        5000         1         -    0.005000 outer\n" + tableRule +
			"100.00    0.005000        4000         3         -    0.005000 total\n"},
		{"two at once in one call take its time once", `
			0    1 call 1:outer
			1ms  1 call 2:left parent=1
			2ms  1 call 3:next parent=1
			4ms  1 return 3:next 0
			5ms  1 abandoned 2:left
			6ms  1 return 1:outer 0`, tableHead +
			" 50.00    0.004000        4000         1         -    0.004000 left\n" +
			" 25.00    0.002000        2000         1         -    0.002000 next\n" +
			" 25.00    0.002000        6000         1         -    0.006000 outer\n" + tableRule +
			"100.00    0.008000        4000         3         -    0.008000 total\n"},
		{"each call counts its time once", `
			0   1 call 1:f
			1ms 1 abandoned 1:f
			9ms 1 return 1:f 0
			9ms 1 return 2:g 0`, tableHead +
			"100.00    0.001000        1000         1         -    0.001000 f\n" + tableRule +
			"100.00    0.001000        1000         1         -    0.001000 total\n"},
		{"large, hostile, and not all", `
			0             1 call 1:f
			123456789012us 1 return 1:f 0
			123456789012us 1 call 2:\x1b[31m\u202e\n
			123456789013us 1 return 2:\x1b[31m\u202e\n 0
			123456789013us 0 lost 17 slow`, tableHead +
			"100.00 123456.789012 123456789012         1         - 123456.789012 f\n" +
			"  0.00    0.000001           1         1         -    0.000001 \\033[31m\\342\\200\\256\\n\n" + tableRule +
			"100.00 123456.789013 61728394506         2         - 123456.789013 total\n" +
			"17 events were lost: there were more calls than these.\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got, _ := summarize(t, SummaryOptions{}, c.events)
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("table (-want +got):\n%s", diff)
			}
		})
	}
}

// sleepers are three functions in two threads.
const sleepers = `
	0    7   call 1:a caller=p module=libx.so
	1ms  7   return 1:a 0
	1ms  7.8 call 2:a caller=p module=libx.so
	4ms  7.8 return 2:a 0
	4ms  7   call 3:b caller=p module=liby.so
	6ms  7   return 3:b 0
	6ms  7   call 4:c caller=q module=libx.so
	9ms  7   return 4:c 0
	9ms  7   call 5:c caller=q module=libx.so
	9ms  7   return 5:c 0
	9ms  7   call 6:c caller=q module=libx.so
	15ms 7   return 6:c 0
	15ms 7   call 7:read module=SYS
	16ms 7   return 7:read -1 failed=1 errno=9 module=SYS`

func TestSummarySpread(t *testing.T) {
	got, _ := summarize(t, SummaryOptions{
		By: ByThread | ByCaller | ByLibrary, Spread: true, Tracing: TracingCost{Within: 12_345, Outside: 9_876},
	}, sleepers)
	want := wideHead +
		" 56.25    0.009000        3000         3         -    0.009000         0      2981      6000      6000      6000       7 q->c@libx.so\n" +
		" 18.75    0.003000        3000         1         -    0.003000      3000      3000      3000      3000      3000       8 p->a@libx.so\n" +
		" 12.50    0.002000        2000         1         -    0.002000      2000      2000      2000      2000      2000       7 p->b@liby.so\n" +
		"  6.25    0.001000        1000         1         -    0.001000      1000      1000      1000      1000      1000       7 p->a@libx.so\n" +
		"  6.25    0.001000        1000         1         1    0.001000      1000      1000      1000      1000      1000       7 read@SYS\n" + wideRule +
		"100.00    0.016000        2285         7         1    0.016000         0      2015      6000      6000      6000       - total\n" +
		"Tracing takes some 12 usecs of each call's time, and 9 more of what encloses it.\n"
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("table (-want +got):\n%s", diff)
	}
}

// names returns the names of a table's rows, in their order.
func namesOf(table string) (names []string) {
	_, rows, _ := strings.Cut(table, "\n---")
	for line := range strings.Lines(rows) {
		if f := strings.Fields(line); len(f) > 6 && f[len(f)-1] != "total" && f[0][0] != '-' {
			names = append(names, f[len(f)-1])
		}
	}
	return names
}

// TestSummaryColumns holds what each key sorts by, and which need a wide table.
func TestSummaryColumns(t *testing.T) {
	for _, c := range []struct{ key, want string }{
		{"self", "c a b read@SYS"},
		{"total", "c a b read@SYS"},
		{"calls", "c a b read@SYS"},
		{"errors", "read@SYS c a b"},
		{"mean", "c a b read@SYS"},
		{"min", "b a read@SYS c"},
		{"max", "c a b read@SYS"},
		{"p50", "c b a read@SYS"},
		{"p90", "c a b read@SYS"},
		{"p99", "c a b read@SYS"},
		{"name", "a b c read@SYS"},
	} {
		column, err := ParseSummaryColumn(c.key)
		if err != nil {
			t.Errorf("%s: %v", c.key, err)
		}
		table, _ := summarize(t, SummaryOptions{Sort: column}, sleepers)
		if got := strings.Join(namesOf(table), " "); got != c.want {
			t.Errorf("by %s: %s, want %s", c.key, got, c.want)
		}
		wide := strings.Contains(table, "    "+c.key+" ") && c.key[0] == 'p' || strings.Contains(table, " p50 ")
		if want := strings.Contains("min max p50 p90 p99", c.key); wide != want {
			t.Errorf("by %s: wide is %v, want %v\n%s", c.key, wide, want, table)
		}
		for line := range strings.Lines(table) {
			if !wide && len(line) > 81 {
				t.Errorf("by %s: %d columns: %s", c.key, len(line)-1, line)
			}
		}
	}
	for _, c := range []struct{ key, want string }{
		{"", `there is no ""; there are self, total, calls, errors, mean, min, max, p50, p90, p99, name`},
		{"slef", `there is no "slef"; the nearest is self`},
		{"p95", `there is no "p95"; the nearest is p90`},
		{"Total", `there is no "Total"; the nearest is total`},
		{"nonsense", `there is no "nonsense"; there are self, total, calls, errors, mean, min, max, p50, p90, p99, name`},
	} {
		if _, err := ParseSummaryColumn(c.key); err == nil || err.Error() != c.want {
			t.Errorf("%q: %v, want %s", c.key, err, c.want)
		}
	}
}

func TestParseSummaryBy(t *testing.T) {
	for _, c := range []struct {
		list string
		want SummaryBy
		err  string
	}{
		{"thread", ByThread, ""},
		{"caller,thread", ByCaller | ByThread, ""},
		{"library,caller,thread,library", ByLibrary | ByCaller | ByThread, ""},
		{"", 0, `there is no ""; there are thread, caller, library`},
		{"thread,", 0, `there is no ""; there are thread, caller, library`},
		{"threads", 0, `there is no "threads"; the nearest is thread`},
		{"libary", 0, `there is no "libary"; the nearest is library`},
	} {
		got, err := ParseSummaryBy(c.list)
		if got != c.want || (err == nil) != (c.err == "") || err != nil && err.Error() != c.err {
			t.Errorf("%q: %b, %v; want %b, %s", c.list, got, err, c.want, c.err)
		}
	}
}

// TestSummaryRows holds that what is shown alike is one row.
func TestSummaryRows(t *testing.T) {
	const events = `
		0 1   call 1:malloc caller=opts module=libc.so.6
		0 1   call 2:malloc caller=libc.so.6 module=libc.so.6
		0 1   call 3:malloc caller=libc.so.6
		0 1   call 4:malloc module=libc.so.6
		0 1   call 5:malloc module=libm.so.6
		0 1.2 call 6:malloc
		0 1   call 7:_ZN3fooC1Ev caller=opts
		0 1   call 8:_ZN3fooC2Ei caller=opts
		0 1.2 call 9:foo::foo caller=opts`
	for _, c := range []struct {
		o    SummaryOptions
		want string // rows
	}{
		{SummaryOptions{}, "4 malloc, 3 foo::foo, 1 malloc@libc.so.6, 1 malloc@libm.so.6"},
		{SummaryOptions{By: ByCaller}, "3 opts->foo::foo, 2 libc.so.6->malloc, 1 malloc, 1 malloc@libc.so.6, 1 malloc@libm.so.6, 1 opts->malloc"},
		{SummaryOptions{By: ByLibrary}, "3 foo::foo, 3 malloc@libc.so.6, 2 malloc, 1 malloc@libm.so.6"},
		{SummaryOptions{By: ByThread}, "3 malloc, 2 foo::foo, 1 foo::foo, 1 malloc, 1 malloc@libc.so.6, 1 malloc@libm.so.6"},
		{SummaryOptions{Raw: true}, "4 malloc, 1 _ZN3fooC1Ev, 1 _ZN3fooC2Ei, 1 foo::foo, 1 malloc@libc.so.6, 1 malloc@libm.so.6"},
	} {
		table, _ := summarize(t, c.o, events)
		var rows []string
		for line := range strings.Lines(table) {
			if f := strings.Fields(line); len(f) >= 7 && f[len(f)-1] != "total" && f[0] != "%" && f[0][0] != '-' {
				rows = append(rows, f[3]+" "+f[len(f)-1])
			}
		}
		if got := strings.Join(rows, ", "); got != c.want {
			t.Errorf("%+v:\n got %s\nwant %s", c.o, got, c.want)
		}
	}
}

// TestSummaryWants holds that counting has nothing captured.
func TestSummaryWants(t *testing.T) {
	for by, want := range map[SummaryBy]event.Fields{0: 0, ByThread | ByCaller: 0, ByLibrary: event.Modules} {
		if got := NewSummary(&bytes.Buffer{}, SummaryOptions{By: by, Spread: true}).Wants(); got != want {
			t.Errorf("by %b: it wants %b, not %b", by, got, want)
		}
	}
}

func TestSummaryError(t *testing.T) {
	s := NewSummary(&failing{err: syscall.ENOSPC}, SummaryOptions{})
	if err := s.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Close: %v, want %v", err, syscall.ENOSPC)
	}
}

// TestSummaryMemory holds that what is kept does not grow with the calls, but with
// how deep they go and how many threads there are, and that counting allocates
// nothing.
func TestSummaryMemory(t *testing.T) {
	const deep, threads = 20, 8
	s := NewSummary(&bytes.Buffer{}, SummaryOptions{By: ByCaller})
	call, ret := &event.Call{Caller: "p"}, &event.Return{}
	exit := &event.Exit{}
	functions := []string{"_Z1fv", "g", "h"}
	round := func() {
		for tid := 1; tid <= threads; tid++ {
			first := call.ID + 1
			for n := range deep {
				call.Parent = 0
				if n > 0 {
					call.Parent = call.ID
				}
				call.ID++
				call.PID, call.TID, call.Name = 1, tid, functions[n%len(functions)]
				call.Time += time.Microsecond
				s.Emit(call)
			}
			for id := call.ID; id >= first; id-- {
				ret.Head, ret.ID = call.Head, id
				s.Emit(ret)
			}
		}
		exit.PID, exit.TID = 1, threads
		s.Emit(exit)
	}
	round()
	if n := testing.AllocsPerRun(200, round); n > 1 { // a thread that comes anew
		t.Errorf("%v allocations for %d calls, want 1", n, deep*threads)
	}
	kept := 0
	for c := s.calls.free; c != nil; c = c.next {
		kept++
	}
	if len(s.known) != 3 || len(s.rows) != 3 || kept != deep || len(s.calls.open)+len(s.calls.within) != 0 || len(s.calls.threads) != threads-1 {
		t.Errorf("%d and %d rows, %d calls to be used again, %d open, %d recursive, %d threads",
			len(s.known), len(s.rows), kept, len(s.calls.open), len(s.calls.within), len(s.calls.threads))
	}
}

package display

import (
	"bytes"
	"errors"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/event"
)

const summaryHead = "% time     seconds  usecs/call     calls      function\n" + summaryRule

func TestSummary(t *testing.T) {
	for _, c := range []struct{ name, events, want string }{
		{"nothing", ``, summaryHead + summaryRule +
			"100.00    0.000000                     0 total\n"},
		{"as ltrace", `
			0 1 call 1:usleep
			0 1 return 1:usleep 0 us=1747
			0 1 call 2:wait
			0 1 return 2:wait 0 us=439
			0 1 call 3:puts "a"
			0 1 return 3:puts 2 us=150
			0 1 call 4:puts "b"
			0 1 return 4:puts 2 us=151`, summaryHead +
			" 70.25    0.001747        1747         1 usleep\n" +
			" 17.65    0.000439         439         1 wait\n" +
			" 12.10    0.000301         150         2 puts\n" + summaryRule +
			"100.00    0.002487                     4 total\n"},
		{"order: time, calls, name", `
			0 1 call 1:b
			0 1 return 1:b 0
			0 1 call 2:a
			0 1 return 2:a 0
			0 1 call 3:c
			0 1 return 3:c 0
			0 1 call 4:c
			0 1 return 4:c 0`, summaryHead +
			"  0.00    0.000000           0         2 c\n" +
			"  0.00    0.000000           0         1 a\n" +
			"  0.00    0.000000           0         1 b\n" + summaryRule +
			"100.00    0.000000                     4 total\n"},
		{"a system call is not its library's function", `
			0 1 call 1:read 3
			0 1 call 2:read 3 module=SYS
			0 1 return 2:read 0 us=10 module=SYS
			0 1 return 1:read 0 us=20`, summaryHead +
			" 66.67    0.000020          20         1 read\n" +
			" 33.33    0.000010          10         1 read@SYS\n" + summaryRule +
			"100.00    0.000030                     2 total\n"},
		{"an inherited return is the parent's call", `
			0   1 call 1:fork
			5ms 2 return 1:fork 0 us=5000 inherited=1
			6ms 1 return 1:fork 2 us=6000`, summaryHead +
			"100.00    0.006000        6000         1 fork\n" + summaryRule +
			"100.00    0.006000                     1 total\n"},
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
			6ms  9   signal 10`, summaryHead +
			" 25.00    0.006000        6000         1 closed\n" +
			" 20.83    0.005000        5000         1 detached\n" +
			" 16.67    0.004000        4000         1 killed\n" +
			" 12.50    0.003000        3000         1 exec\n" +
			" 12.50    0.003000        3000         1 execother\n" +
			"  8.33    0.002000        2000         1 thread\n" +
			"  4.17    0.001000        1000         1 jumped\n" + summaryRule +
			"100.00    0.024000                     7 total\n"},
		{"each call counts its time once", `
			0   1 call 1:f
			1ms 1 abandoned 1:f
			9ms 1 return 1:f 0 us=9000
			9ms 1 return 2:g 0 us=9000`, summaryHead +
			"100.00    0.001000        1000         1 f\n" + summaryRule +
			"100.00    0.001000                     1 total\n"},
		{"large", `
			0 1 call 1:f
			0 1 return 1:f 0 us=123456789012
			0 1 call 2:\x1b[31m
			0 1 return 2:\x1b[31m 0 us=1`, summaryHead +
			"100.00 123456.789012 123456789012         1 f\n" +
			"  0.00    0.000001           1         1 \\033[31m\n" + summaryRule +
			"100.00 123456.789013                     2 total\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out bytes.Buffer
			s := NewSummary(&out, SummaryOptions{})
			for _, ev := range parseScript(t, c.events) {
				if err := s.Emit(ev); err != nil {
					t.Error(err)
				}
			}
			if err := s.Close(); err != nil {
				t.Error(err)
			}
			if diff := cmp.Diff(c.want, out.String()); diff != "" {
				t.Errorf("table (-want +got):\n%s", diff)
			}
			if len(s.open) != 0 {
				t.Errorf("%d calls are left open", len(s.open))
			}
		})
	}
}

// TestSummaryRows holds that what a line would show alike is one row.
func TestSummaryRows(t *testing.T) {
	const events = `
		0 1 call 1:malloc caller=opts
		0 1 call 2:malloc caller=libc.so.6
		0 1 call 3:malloc caller=libc.so.6 module=libc.so.6
		0 1 call 4:malloc module=libc.so.6
		0 1 call 5:malloc module=libm.so.6
		0 1 call 6:malloc
		0 1 call 7:_ZN3fooC1Ev caller=opts
		0 1 call 8:_ZN3fooC2Ei caller=opts
		0 1 call 9:foo::foo caller=opts`
	for _, c := range []struct {
		o    SummaryOptions
		want string // rows
	}{
		{SummaryOptions{}, "4 malloc, 3 foo::foo, 1 malloc@libc.so.6, 1 malloc@libm.so.6"},
		{SummaryOptions{Caller: true}, "3 opts->foo::foo, 2 libc.so.6->malloc, 1 malloc, 1 malloc@libc.so.6, 1 malloc@libm.so.6, 1 opts->malloc"},
		{SummaryOptions{Raw: true}, "4 malloc, 1 _ZN3fooC1Ev, 1 _ZN3fooC2Ei, 1 foo::foo, 1 malloc@libc.so.6, 1 malloc@libm.so.6"},
	} {
		var out bytes.Buffer
		s := NewSummary(&out, c.o)
		for _, ev := range parseScript(t, events) {
			if err := s.Emit(ev); err != nil {
				t.Error(err)
			}
		}
		if err := s.Close(); err != nil {
			t.Error(err)
		}
		var rows []string
		for _, line := range strings.Split(out.String(), "\n") {
			if f := strings.Fields(line); len(f) == 5 && f[4] != "total" && f[0] != "%" && f[0][0] != '-' {
				rows = append(rows, f[3]+" "+f[4])
			}
		}
		if got := strings.Join(rows, ", "); got != c.want {
			t.Errorf("%+v:\n got %s\nwant %s", c.o, got, c.want)
		}
	}
}

// TestSummaryMemory checks that what is kept does not grow with the calls.
func TestSummaryMemory(t *testing.T) {
	s := NewSummary(&bytes.Buffer{}, SummaryOptions{})
	var call event.Call
	var r event.Return
	call.Name, r.Name = "_Z1fv", "_Z1fv"
	if n := testing.AllocsPerRun(1000, func() {
		call.ID++
		r.ID = call.ID
		s.Emit(&call)
		s.Emit(&r)
	}); n != 0 {
		t.Errorf("%v allocations for a call and its return, want 0", n)
	}
	if len(s.total) != 1 || len(s.rows) != 1 || len(s.open) != 0 {
		t.Errorf("%d totals and %d open calls, want 1 and 0", len(s.total), len(s.open))
	}
}

func TestSummaryError(t *testing.T) {
	s := NewSummary(&failing{err: syscall.ENOSPC}, SummaryOptions{})
	if err := s.Close(); !errors.Is(err, syscall.ENOSPC) {
		t.Errorf("Close: %v, want %v", err, syscall.ENOSPC)
	}
}

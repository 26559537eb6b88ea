package testkit

import (
	"strings"
	"testing"
)

func TestParseLine(t *testing.T) {
	for _, c := range []struct {
		text string
		want Line
	}{
		{`atoi("1") = 1`, Line{Kind: CallLine, Name: "atoi", Args: `"1"`, Result: "1"}},
		{`12 atoi("1")          = 1`, Line{Kind: CallLine, TID: 12, Name: "atoi", Args: `"1"`, Result: "1"}},
		{`[pid 12] opts->puts(0x10) = nil`, Line{Kind: CallLine, TID: 12, Caller: "opts", Name: "puts", Args: "0x10", Result: "nil"}},
		{`12 1795207710.539021 f() = 0 <0.000012>`, Line{Kind: CallLine, TID: 12, Name: "f", Result: "0"}},
		{`[pid 12]   0.000468 f() = 0`, Line{Kind: CallLine, TID: 12, Name: "f", Result: "0"}},
		{`20:48:30.524761 [0x55d9] f() = 0`, Line{Kind: CallLine, Name: "f", Result: "0"}},
		{`7     f() = 0`, Line{Kind: CallLine, TID: 7, Name: "f", Result: "0"}},
		{`puts("a) = 2 \" <unfinished ...>") = "x <1>"`, Line{Kind: CallLine, Name: "puts", Args: `"a) = 2 \" <unfinished ...>"`, Result: `"x <1>"`}},
		{`strchr("(", ')') = nil`, Line{Kind: CallLine, Name: "strchr", Args: `"(", ')'`, Result: "nil"}},
		{`putc('"', 0x10) = '"'`, Line{Kind: CallLine, Name: "putc", Args: `'"', 0x10`, Result: `'"'`}},
		{`main.(*T).f(1) = 2`, Line{Kind: CallLine, Name: "main.(*T).f", Args: "1", Result: "2"}},
		{`main.(*T).f.(*U).g(1 <unfinished ...>`, Line{Kind: CallOpen, Name: "main.(*T).f.(*U).g", Args: "1"}},
		{`a.(*T[interface { M() }]).f[b c](1) = 2`, Line{Kind: CallLine, Name: "a.(*T[interface { M() }]).f[b c]", Args: "1", Result: "2"}},
		{`7 qsort(0x10, 2 <unfinished ...>`, Line{Kind: CallOpen, TID: 7, Name: "qsort", Args: "0x10, 2"}},
		{`7 exit(0 <no return ...>`, Line{Kind: CallNoReturn, TID: 7, Name: "exit", Args: "0"}},
		{`7 <... qsort resumed> ) = 3 <0.1>`, Line{Kind: ReturnLine, TID: 7, Name: "qsort", Result: "3"}},
		{`7 +++ superseded by execve in pid 8 +++`, Line{Kind: SupersededLine, TID: 7, Status: 8}},
		{`7 pause@SYS( <detached ...>`, Line{Kind: CallNoReturn, TID: 7, Name: "pause@SYS", Args: ""}},
		{`7 <... poll@SYS resumed> <detached ...>`, Line{Kind: AbandonedLine, TID: 7, Name: "poll@SYS"}},
		{`7 <... qsort resumed> <no return ...>`, Line{Kind: AbandonedLine, TID: 7, Name: "qsort"}},
		{`7 --- SIGUSR1 {si_signo=SIGUSR1} ---`, Line{Kind: SignalLine, TID: 7, Name: "SIGUSR1", Args: "{si_signo=SIGUSR1}"}},
		{`7 --- stopped by SIGSTOP ---`, Line{Kind: StoppedLine, TID: 7, Name: "SIGSTOP"}},
		{`_Znwm@libstdc++.so.6(8) = 0x10`, Line{Kind: CallLine, Name: "_Znwm@libstdc++.so.6", Args: "8", Result: "0x10"}},
		{`7 --- Called exec() ---`, Line{Kind: ExecLine, TID: 7}},
		{`--- lost 3 events: no memory ---`, Line{Kind: LostLine, Status: 3}},
		{`+++ exited (status 3) +++`, Line{Kind: ExitedLine, Status: 3}},
		{`7 === prog.c:42@libx.so ===`, Line{Kind: PassedLine, TID: 7, Name: "prog.c:42@libx.so"}},
		{`7 +++ killed by SIGSEGV (core dumped) +++`, Line{Kind: KilledLine, TID: 7, Name: "SIGSEGV"}},
	} {
		c.want.Text = c.text
		if got, err := ParseLine(c.text); err != nil || got != c.want {
			t.Errorf("%s:\ngot  %+v, %v\nwant %+v", c.text, got, err, c.want)
		}
	}
	for _, text := range []string{
		``, `7`, `7 `, `hello`, `f(`, `f() =`, `f() 3`, `f("a) = 3`, `7 (1) = 2`, `a b() = 1`,
		`<... f resumed>`, `<... f resumed> ) 3`, `--- ---`, `--- hello ---`, `--- SIGUSR1 ---`, `--- SIGUSR1 {`,
		`+++ exited (status x) +++`, `+++ exited (status 1 +++`, `+++ killed by X +++`, `--- lost many events ---`,
		`f(f() = 3`, `main.(*T) = 3`, `main.(`,
	} {
		if got, err := ParseLine(text); err == nil {
			t.Errorf("%q is taken for %+v", text, got)
		}
	}
}

// recorder takes the failures of the checks under test.
type recorder struct {
	testing.TB
	failed bool
}

func (r *recorder) Helper()               {}
func (r *recorder) Errorf(string, ...any) { r.failed = true }
func (r *recorder) Fatalf(string, ...any) { r.failed = true }

func TestBalance(t *testing.T) {
	for _, c := range []struct {
		name            string
		trace           string
		balance, orders bool // hold
	}{
		{"whole calls", "1 f() = 1\n1 g() = 2\n", true, true},
		{"nested", "1 f(<\n1 g() = 2\n1 f>\n", true, true},
		{"threads", "1 f(<\n2 f(<\n1 f>\n2 f>\n", true, true},
		{"no end", "1 f(<\n1 g() = 2\n", false, true},
		{"thread ends", "1 f(<\n1 +++ exited (status 0) +++\n", true, true},
		{"process killed", "1 f(<\n1 +++ killed by SIGKILL +++\n", true, true},
		{"another thread ends", "1 f(<\n2 +++ exited (status 0) +++\n", false, true},
		{"never made", "1 f>\n", false, true},
		{"returns twice", "1 f(<\n1 f>\n1 f>\n", false, true},
		{"abandoned", "1 f(<\n1 g(<\n1 g!\n1 f!\n", true, true},
		{"abandoned, then returned", "1 f(<\n1 f!\n1 f>\n", false, true},
		{"crossed", "1 f(<\n1 g(<\n1 f>\n1 g>\n", true, false},
		{"child of a fork", "1 fork(<\n2 fork>\n1 fork>\n", true, true},
		{"two returns for a fork in one child", "1 fork(<\n2 fork>\n2 fork>\n", false, true},
		{"entry in a library", "1 f@x.so(<\n1 f() = 1\n1 f>\n", true, true},
		{"entry in a library, child of a fork", "1 fork@x.so(<\n2 fork>\n1 fork>\n", true, true},
		{"entry in a library, of another name", "1 f@x.so(<\n1 g>\n", false, true},
		{"exec", "1 f(<\n1 execve() <no return ...>\n1 --- Called exec() ---\n", true, true},
		{"exec in a call", "1 f(<\n1 --- Called exec() ---\n", true, true},
		{"exec of another thread", "2 execve(<\n1 --- Called exec() ---\n", true, true},
		{"noise", "1 f() = 1\nunexpected breakpoint at 0x10\n", false, true},
		{"cut", "1 f() = 1", false, true},
		{"ends twice", "1 +++ exited (status 0) +++\n1 +++ exited (status 0) +++\n", false, true},
		{"lost", "--- lost 2 events: x ---\n", false, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			text := strings.ReplaceAll(c.trace, "(<", "( <unfinished ...>")
			text = replaceEnd(replaceEnd(text, ">\n", "resumed> ) = 0\n"), "!\n", "resumed> <no return ...>\n")
			tr, err := ParseTrace(strings.NewReader(text), 0, nil)
			if err != nil {
				t.Fatal(err)
			}
			var balance, order recorder
			tr.CheckBalance(&balance)
			tr.CheckOrder(&order)
			if balance.failed == c.balance || order.failed == c.orders {
				t.Errorf("balance failed %v, order failed %v for\n%s%v", balance.failed, order.failed, text, tr.Problems)
			}
		})
	}
}

// replaceEnd turns "1 f" + mark into "1 <... f " + full, where a line ends with the mark.
func replaceEnd(text, mark, full string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		head, ok := strings.CutSuffix(line, mark)
		tid, name, _ := strings.Cut(head, " ")
		if ok && !strings.ContainsAny(name, " (") {
			line = tid + " <... " + name + " " + full
		}
		b.WriteString(line)
	}
	return b.String()
}

func TestCheckCounts(t *testing.T) {
	for _, c := range []struct {
		counts string
		ok     bool
	}{
		{"count 1 f 2\ncount 2 f 1\n", true},
		{"count 1 f 1\ncount 1 f 1\nother\ncount 2 f 1\n", true},
		{"count 1 f 3\ncount 2 f 1\n", false},
		{"count 1 f 2\n", false},
		{"count 1 f 2\ncount 2 f 1\ncount 3 f 1\n", false},
		{"count 1 g 2\n", false},
	} {
		tr, err := ParseTrace(strings.NewReader("f() = 1\n2 f() = 1\n1 f() = 1\n1 h() = 0\n"), 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		var r recorder
		tr.CheckCounts(&r, ParseCounts(t, c.counts))
		if r.failed == c.ok {
			t.Errorf("%q: failed is %v", c.counts, r.failed)
		}
	}
}

package main

import (
	"encoding/json"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/cli"
	"sonde/internal/testkit"
	"sonde/stacks"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// catch runs a command under fcatch and returns what it has written of it.
func catch(t *testing.T, args ...string) (testkit.Result, string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "deaths")
	r := testkit.Run(t, append([]string{testkit.Tool(t, "fcatch"), "-o", file}, args...)...)
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatalf("%v: %s", err, r.Describe())
	}
	return r, string(text)
}

// TestDeaths lets programs die in each way: the signal, what came with it, and the
// functions on the stack are known.
func TestDeaths(t *testing.T) {
	for _, c := range []struct {
		args   string
		signal syscall.Signal
		want   string // a regular expression
	}{
		{"abort", syscall.SIGABRT, `killed by SIGABRT .*si_code=SI_TKILL(.*\n)*#.* in abort \(\)(.*\n)*#.* in die \(\)`},
		{"segv", syscall.SIGSEGV, `killed by SIGSEGV .*si_code=SEGV_MAPERR, si_addr=0x10}\nAddress 0x10: near NULL, where nothing is mapped\n(.*\n)*=> 0x[0-9a-f]+ <die\+0x[0-9a-f]+>:  mov.* 0x10,.*\n(.*\n)*#0 .* in die \(\).*\n#1 .* in main \(\)`},
		{"fpe", syscall.SIGFPE, `killed by SIGFPE .*si_code=FPE_INTDIV(.*\n)*=> .* <die\+.*:  idiv.*\n(.*\n)*#0 .* in die \(\).*\n#1 .* in main \(\)`},
		{"ill", syscall.SIGILL, `killed by SIGILL .*si_code=ILL_ILLOPN(.*\n)*=> .* <die\+.*:  ud2\n(.*\n)*#0 .* in die \(\)`},
		{"bus", syscall.SIGBUS, `killed by SIGBUS .*si_code=BUS_ADRERR.*\nAddress 0x[0-9a-f]+: in /.*, at offset 0, but the file has 0 bytes\n(.*\n)*#0 .* in die \(\).*\n#1 .* in main \(\)`},
		{"overflow", syscall.SIGSEGV, `killed by SIGSEGV .*\nAddress 0x[0-9a-f]+: stack overflow: the stack, .* KiB, is used up\n(.*\n)*=> .* <overflow\+(.*\n)*#0 .* in overflow \(\).*\n#1 .* in overflow \(\)(.*\n)*#255 .* in overflow \(\).*\n\.\.\.\n$`},
		{"null", syscall.SIGSEGV, `killed by SIGSEGV .*si_addr=NULL}\nAddress 0x0: the program has called a function by a NULL pointer\n(.*\n)*No code: nothing is mapped at 0x0\.\n#0 +0x0+ in \?\? \(\)\n#1 .* in die \(\).*\n#2 .* in main \(\)`},
		{"overflow thread", syscall.SIGSEGV, `killed by SIGSEGV .*\nAddress 0x[0-9a-f]+: stack overflow: (.*\n)*#0 .* in overflow \(\)`},
		{"overflow handled", syscall.SIGSEGV, `killed by SIGSEGV .*si_code=SI_KERNEL.*\nAddress: stack overflow: .*, not even a signal handler has room\n(.*\n)*#0 .* in overflow \(\)`},
		{"readonly", syscall.SIGSEGV, `si_code=SEGV_ACCERR, .*\nAddress 0x[0-9a-f]+: in /.*/die.*, which must not be written to\n`},
		{"data", syscall.SIGSEGV, `si_code=SEGV_ACCERR, .*\nAddress 0x[0-9a-f]+: in /.*/die.*, which must not be executed\n(.*\n)*No code: 0x[0-9a-f]+ is in .*, which is no code\.\n`},
		{"behind", syscall.SIGSEGV, `si_code=SEGV_MAPERR, .*\nAddress 0x[0-9a-f]+: nothing is mapped there, 16 bytes behind the end of anonymous memory\n`},
		{"wild", syscall.SIGSEGV, `killed by SIGSEGV .*\nAddress (0xdead0000dead0000: no address: bits 47 to 63 are not the same|0xdead0000: nothing is mapped there.*)\n`},
		{"return", syscall.SIGSEGV, `killed by SIGSEGV .*\nAddress (0xdead0000dead0000: no address: bits 47 to 63 are not the same|0xdead0000: the program has jumped to where nothing is mapped)\n`},
		{"term", syscall.SIGTERM, `killed by SIGTERM .*si_code=SI_USER, si_pid=\d+(.*\n)*#.* in die \(\)`},
		{"kill", syscall.SIGKILL, `\nkilled by SIGKILL, which gives nobody the time`},
		{"segv thread", syscall.SIGSEGV, `killed by SIGSEGV (.*\n)*#0 .* in die \(\).*\n#1 .* in thread \(\)`},
		// What its handler raises waits until that has returned.
		{"segv handled", syscall.SIGSEGV, `killed by SIGSEGV .*si_code=SI_TKILL(.*\n)*#0 .* in die \(\).*\n#1 .* in main \(\)`},
	} {
		for _, flag := range []string{"-m64", "-m32"} {
			t.Run(c.args+" "+flag, func(t *testing.T) {
				program := testkit.Build(t, "testdata/die.c", flag, "-O1", "-pthread", "-fno-optimize-sibling-calls")
				r, text := catch(t, append([]string{program}, strings.Fields(c.args)...)...)
				if !r.Status.Signaled() || r.Status.Signal() != c.signal {
					t.Errorf("want %v: %s", c.signal, r.Describe())
				}
				if !regexp.MustCompile(c.want).MatchString(text) || strings.Count(text, "killed by") != 1 {
					t.Errorf("it says\n%s\nwant %s", text, c.want)
				}
			})
		}
	}
}

// TestGrandchild catches a child of a child, whose end is not the command's.
func TestGrandchild(t *testing.T) {
	program := testkit.Build(t, "testdata/die.c", "-O1", "-pthread")
	r, text := catch(t, program, "segv", "grandchild")
	if !r.Status.Exited() || r.Status.ExitStatus() != 7 {
		t.Errorf("want status 7: %s", r.Describe())
	}
	if !regexp.MustCompile(`(?s)killed by SIGSEGV .*in die \(\).*in main \(\)`).MatchString(text) {
		t.Errorf("it says\n%s", text)
	}
}

// TestNoDeath says nothing of a program that ends by itself, whatever signals it got.
func TestNoDeath(t *testing.T) {
	program := testkit.Build(t, "testdata/die.c", "-O1", "-pthread")
	r, text := catch(t, program, "nothing")
	if !r.Status.Exited() || r.Status.ExitStatus() != 3 || text != "" {
		t.Errorf("it says %q: %s", text, r.Describe())
	}
}

// TestCode holds the code that is told against objdump: of a program with symbols, and of
// one without.
func TestCode(t *testing.T) {
	for _, flags := range [][]string{{"-m64"}, {"-m32"}, {"-m64", "-s"}, {"-m32", "-s"}} {
		program := testkit.Build(t, "testdata/die.c", append(flags, "-O1", "-pthread", "-no-pie")...)
		r, text := catch(t, "--json", program, "segv")
		var d stacks.Death
		if err := json.Unmarshal([]byte(text), &d); err != nil {
			t.Fatalf("%v: %s\n%s", err, r.Describe(), text)
		}
		var want []uint64
		testkit.Disassemble(t, program, func(addr uint64, _ []byte, _ string) { want = append(want, addr) })
		current, _ := slices.BinarySearch(want, uint64(d.Threads[0].Frames[0].PC))
		want = want[current-5 : current+5]
		if len(d.Code) != len(want) || !d.Code[5].Current {
			t.Fatalf("%q: %+v", flags, d.Code)
		}
		for i, in := range d.Code {
			if uint64(in.PC) != want[i] || in.Current != (i == 5) || in.Text == "" {
				t.Errorf("%q: %+v at %d, want it at %#x", flags, in, i, want[i])
			}
		}
		if f := d.Fault; f == nil || f.Address == nil || *f.Address != 0x10 {
			t.Errorf("%q: fault %+v", flags, f)
		}
	}
}

// TestCoreFile has core files written, and looks what there is in them.
func TestCoreFile(t *testing.T) {
	for _, c := range []struct{ flag, args, want, others string }{
		{"-m64", "segv thread", `Thread \d+, SIGSEGV:\n#0 .* in die \(\)`, `(?s)Thread \d+ in futex:\n.* in main \(\)`},
		{"-m32", "overflow", `Thread \d+, SIGSEGV:\n#0 .* in overflow \(\).*\n#1 .* in overflow \(\)`, ``},
		{"-m64", "segv alone", `Thread \d+, SIGSEGV:\n#0 .* in die \(\).*\n#1 .* in orphan \(\)`, ``},
		{"-m64", "abort grandchild", `(?s)Thread \d+, SIGABRT.* in abort \(\).* in die \(\).* in main \(\)`, ``},
	} {
		program := testkit.Build(t, "testdata/die.c", c.flag, "-O1", "-pthread", "-fno-optimize-sibling-calls")
		name := filepath.Join(t.TempDir(), "core")
		r, text := catch(t, append([]string{"--core", name, program}, strings.Fields(c.args)...)...)
		m := regexp.MustCompile(`(?m)^Process (\d+): (?s:.*)^Core file: (.*)$`).FindStringSubmatch(text)
		if m == nil || m[2] != name+"."+m[1] {
			t.Errorf("%s: it says\n%s\n%s", c.args, text, r.Describe())
			continue
		}
		stack := testkit.Run(t, testkit.Tool(t, "fstack"), m[2])
		for _, want := range []string{c.want, c.others} {
			if !regexp.MustCompile(want).MatchString(stack.Stdout) {
				t.Errorf("%s: want %s: %s", c.args, want, stack.Describe())
			}
		}
		if check := testkit.Run(t, testkit.Tool(t, "fcore"), m[2]); check.Status != 0 {
			t.Errorf("%s: %s", c.args, check.Describe())
		}
	}
	// No core file of what cannot be seen, and of what cannot be written; the program ends
	// as it does, all the same.
	program := testkit.Build(t, "testdata/die.c", "-O1", "-pthread")
	for _, c := range []struct {
		name, how string
		signal    syscall.Signal
		want      string
	}{
		{filepath.Join(t.TempDir(), "core"), "kill", syscall.SIGKILL, ""},
		{"/nonexistent/core", "segv", syscall.SIGSEGV, "fcatch: create a file in /nonexistent: no such file or directory\n"},
	} {
		r, text := catch(t, "--core", c.name, program, c.how)
		if r.Status.Signal() != c.signal || r.Stderr != c.want || strings.Contains(text, "Core file") {
			t.Errorf("%s: %s\n%s", c.how, r.Describe(), text)
		}
		if files, _ := filepath.Glob(c.name + "*"); len(files) > 0 {
			t.Errorf("%s: left behind: %q", c.how, files)
		}
	}
}

// TestValues tells of the parameters in the frames of who dies.
func TestValues(t *testing.T) {
	program := testkit.Build(t, "testdata/die.c", "-O0", "-g", "-pthread")
	for flag, want := range map[string]string{
		"--rich": `in die \(how="segv"\) at die\.c:\d+\n`, "--lite": `in die \(\) from /.*/die\n`,
		"--print=params": `in die \(const char \*how\) at die\.c:\d+\n`, "--print=paths": `in die \(\) at /.*/die\.c:\d+\n`,
	} {
		if r, text := catch(t, flag, program, "segv"); !regexp.MustCompile(want).MatchString(text) {
			t.Errorf("%s: want %s: %s\n%s", flag, want, r.Describe(), text)
		}
	}
}

// TestGo has a Go program panic, and end by a signal that it sends itself while it handles
// one: the stack leads through both handlers to who has panicked.
func TestGo(t *testing.T) {
	program := testkit.BuildGo(t, "testdata/panics", "CGO_ENABLED=0")
	file := filepath.Join(t.TempDir(), "deaths")
	r := testkit.Command{Args: []string{testkit.Tool(t, "fcatch"), "-o", file, program}, Env: []string{"GOTRACEBACK=crash"}}.Run(t)
	text, err := os.ReadFile(file)
	want := `(?s)killed by SIGABRT.*#0 .* in runtime\.raise \(\).*<signal handler called>.* in runtime\.gopanic \(\).* in main\.store \(\).* in main\.die \(\).* in main\.main \(\).* in runtime\.goexit \(\)[^\n]*\n$`
	if err != nil || !regexp.MustCompile(want).Match(text) {
		t.Errorf("%v: %s\n%s\nwant %s", err, r.Describe(), text, want)
	}
}

// TestSignals leaves signals out.
func TestSignals(t *testing.T) {
	program := testkit.Build(t, "testdata/die.c", "-O1", "-pthread")
	for set, want := range map[string]bool{"all": true, "SEGV": true, "11,ABRT": true, "ABRT": false, "!SEGV": false, "none": false} {
		r, text := catch(t, "--signals="+set, program, "segv")
		if (text != "") != want || r.Status.Signal() != syscall.SIGSEGV {
			t.Errorf("%s: %s\n%s", set, r.Describe(), text)
		}
	}
}

// TestAttached catches a process that was running already, and is killed from outside.
func TestAttached(t *testing.T) {
	for _, c := range []struct {
		flag string
		sig  syscall.Signal
		want string // a regular expression
	}{
		{"-m64", syscall.SIGQUIT, `(?s)killed by SIGQUIT.* in pause \(\).* in main \(\)`},
		{"-m32", syscall.SIGQUIT, `(?s)killed by SIGQUIT.* in pause \(\).* in main \(\)`},
		{"-m64", syscall.SIGTERM, `(?s)killed by SIGTERM .*si_code=SI_USER.* in pause \(\).* in main \(\)`},
		{"-m64", syscall.SIGKILL, `\nkilled by SIGKILL, which gives nobody the time`},
	} {
		t.Run(c.flag+" "+c.sig.String(), func(t *testing.T) {
			program := testkit.Build(t, "../../corefile/testdata/threads.c", c.flag, "-pthread")
			p := testkit.StartTarget(t, nil, program)
			testkit.AwaitPause(t, p.PID, 4)
			file := filepath.Join(t.TempDir(), "deaths")
			tool := testkit.Start(t, "stderr", nil, testkit.Tool(t, "fcatch"), "-o", file, "-p", strconv.Itoa(p.PID))
			// Who is killed before has ended, and cannot be attached to.
			testkit.Await(t, "fcatch waits for what happens", func() bool {
				const wait4 = "61 "
				in, err := os.ReadFile("/proc/" + strconv.Itoa(tool.PID) + "/syscall")
				return err == nil && strings.HasPrefix(string(in), wait4) && tracedThreads(t, p.PID) == 4
			})
			p.Signal(t, c.sig)
			p.Wait(t)
			tool.Wait(t)
			text, err := os.ReadFile(file)
			if err != nil || !regexp.MustCompile(c.want).Match(text) {
				t.Errorf("%v: it says\n%s\nand on standard error %q", err, text, tool.Lines)
			}
		})
	}
}

// TestAttachedInExec attaches to a program that makes a thread and executes itself,
// without end, and lets it go.
func TestAttachedInExec(t *testing.T) {
	p := testkit.StartTarget(t, nil, testkit.Build(t, "../../snapshot/testdata/execs.c", "-pthread"))
	for range 40 {
		tool := testkit.Start(t, "stderr", nil, testkit.Tool(t, "fcatch"), "-p", strconv.Itoa(p.PID))
		testkit.Await(t, "a thread is traced", func() bool { return tool.Ended() || tracedThreads(t, p.PID) > 0 })
		tool.Signal(t, syscall.SIGTERM)
		if ws := tool.Wait(t); ws != 0 {
			t.Fatalf("fcatch ended with %s: %q", testkit.DescribeStatus(ws), tool.Lines)
		}
		if n := tracedThreads(t, p.PID); n > 0 || p.Ended() {
			t.Fatalf("%d threads are still traced; it has ended: %t", n, p.Ended())
		}
	}
}

// tracedThreads counts the threads of a process that have a tracer.
func tracedThreads(t *testing.T, pid int) (n int) {
	t.Helper()
	threads, err := testkit.Threads(pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range threads {
		if th.TracerPID != 0 {
			n++
		}
	}
	return n
}

// TestErrors gives command lines that are wrong, and commands that cannot be run.
func TestErrors(t *testing.T) {
	for _, c := range []struct {
		args   string
		status int
		want   string
	}{
		{"", cli.ExitUsage, "a command or a process id is needed"},
		{"-p 1 ls", cli.ExitUsage, "cannot be watched together"},
		{"--signals=x ls", cli.ExitUsage, "--signals=x: "},
		{"-n x ls", cli.ExitUsage, "not a whole number"},
		{"/nonexistent", cli.ExitNotFound, "no such file"},
		{"/etc/passwd", cli.ExitCannot, "you may not execute it"},
		{"--core= ls", cli.ExitUsage, "a name is needed"},
		{"-o /nonexistent/file ls", cli.ExitSetup, "-o: open /nonexistent/file"},
		{"99999999999", cli.ExitUsage, "99999999999: as a process id it is not between"},
		{"536870911", cli.ExitSetup, "no such process"},
		{"-p 536870911", cli.ExitSetup, "no such process"},
	} {
		r := testkit.Run(t, append([]string{testkit.Tool(t, "fcatch")}, strings.Fields(c.args)...)...)
		if !r.Status.Exited() || r.Status.ExitStatus() != c.status || !strings.Contains(r.Stderr, c.want) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: want status %d, %q: %s", c.args, c.status, c.want, r.Describe())
		}
	}
}

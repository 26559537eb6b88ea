package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"syscall"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// endsOf counts how calls, those of a set, have ended in a trace, as testdata/seccomp_own.c
// says of its own: "NAME ok" and "NAME ERRNO".
func endsOf(t *testing.T, file, set string) map[string]int {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	ends := make(map[string]int)
	for line := range strings.Lines(string(text)) {
		m := endOfCall.FindStringSubmatch(line)
		if m == nil || !slices.Contains(strings.Split(set, ","), m[1]) {
			continue
		}
		how := "ok"
		if m[2] != "" {
			how = m[2]
		}
		ends[m[1]+" "+how]++
	}
	return ends
}

// TestSeccompOwnFilters traces programs that have filters of their own: what these answer
// is what they answer untraced, and is told; strace, asked for the same, loses the calls that
// they forbid, and makes those that they stop for a tracer.
func TestSeccompOwnFilters(t *testing.T) {
	t.Parallel()
	const set = "getppid,getuid,getgid"
	eachMachine(t, func(t *testing.T, machine string) {
		program := build(t, "seccomp_own.c", machine, "-O1")
		for _, way := range []string{"prctl", "seccomp", "tsync"} {
			t.Run(way, func(t *testing.T) {
				t.Parallel()
				plain := testkit.Run(t, program, way)
				checkExit(t, plain, 0)
				want := make(map[string]int)
				for line := range strings.Lines(plain.Stdout) {
					fields := strings.Fields(line)
					if name := fields[len(fields)-2]; name != "getsid" {
						want[name+" "+fields[len(fields)-1]]++
					}
				}
				for _, c := range []struct{ name, options string }{
					{"with a filter", "-f -L --seccomp-bpf --syscalls=" + set},
					{"with a filter and probes", "-f -e @MAIN --seccomp-bpf --syscalls=" + set},
					{"without", "-f -L --syscalls=" + set},
				} {
					r := runTraced(t, c.options, program, way)
					if r.Stdout != plain.Stdout || r.Status != plain.Status {
						t.Errorf("%s: %s\n\nuntraced: %s", c.name, r.Describe(), plain.Describe())
					}
					if diff := cmp.Diff(want, endsOf(t, r.file, set)); diff != "" {
						t.Errorf("%s: calls by how they end (-program +trace):\n%s", c.name, diff)
					}
				}
				alone := runTraced(t, "-L --seccomp-bpf --syscalls="+set, program, way)
				checkSame(t, alone.Result, plain)
				checkStraceFails(t, set, plain.Stdout, want, program, way)
			})
		}
	})
}

// checkStraceFails holds that strace's --seccomp-bpf is not to be had for the truth: it has
// getuid succeed, and does not tell of getppid's failures.
func checkStraceFails(t *testing.T, set, stdout string, want map[string]int, program ...string) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "strace")
	args := append([]string{"strace", "-f", "--seccomp-bpf", "-o", file, "-e", "trace=" + set}, program...)
	r := testkit.Run(t, args...)
	got := endsOf(t, file, set)
	if want["getuid ENOSYS"] == 0 || got["getuid ENOSYS"] != 0 || r.Stdout == stdout {
		t.Errorf("strace does not change what the program does: %s\ncalls: %v", r.Describe(), got)
	}
	if got["getppid EPERM"] >= want["getppid EPERM"] {
		t.Errorf("strace tells of all calls that the program's filter forbids: %v", got)
	}
}

// endOfCall is a line with the end of a call, whole or resumed, in the spelling of strace
// or of sonde: its name and, if it has failed, why.
var endOfCall = regexp.MustCompile(`(\w+?)(?:32)?(?:@SYS)?(?:\(| resumed>).*\) += (?:-1 (E\w+)|\d)`)

// TestSeccompTruth compares the calls that threads count for themselves, while signals
// interrupt them, with those that a filter has stopped.
func TestSeccompTruth(t *testing.T) {
	t.Parallel()
	const set = "getppid,write,read,open,close,nanosleep,getuid,rt_sigreturn,sigreturn,fork,wait4,execve"
	checkTruthOfSyscalls(t, "-f -L --seccomp-bpf --syscalls="+set)
}

// familySays is what testdata/seccomp_family.c prints, in no order.
var familySays = []string{"child ok", "executed ok", "first ok", "last ok", "orphan ok"}

// checkFamily holds that a program said that all of its calls have succeeded.
func checkFamily(t *testing.T, lines []string) {
	t.Helper()
	slices.Sort(lines)
	if diff := cmp.Diff(familySays, lines); diff != "" {
		t.Errorf("the program says (-want +got):\n%s", diff)
	}
}

// TestSeccompFamily traces a program that leaves an orphan behind, under a filter that its
// children inherit: whoever is told of, and where the trace cannot be written, their calls
// are made until the last has ended.
func TestSeccompFamily(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		name, options string
		getppid       int // that there are in the trace
	}{
		{"followed", "-f -L", 5},
		{"followed, with probes", "-f -e @MAIN", 5},
		{"followed, pinned", "-f -L --pin", 5},
		{"not followed", "-L", 2},
		{"not followed, with probes", "-e @MAIN -x make_calls", 2},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			eachMachine(t, func(t *testing.T, machine string) {
				program := build(t, "seccomp_family.c", machine, "-O1")
				r := runTraced(t, c.options+" --seccomp-bpf --syscalls=getppid,getuid,?getuid32,mmap", program)
				checkExit(t, r.Result, 7)
				checkFamily(t, strings.Split(strings.TrimSpace(r.Stdout), "\n"))
				if n := endsOf(t, r.file, "getppid")["getppid ok"]; n != c.getppid {
					t.Errorf("%d calls of getppid in the trace, want %d", n, c.getppid)
				}
				full := testkit.Run(t, append(append([]string{testkit.Sonde(t), "-o", "/dev/full", "--seccomp-bpf", "--syscalls=getppid,getuid"},
					strings.Fields(c.options)...), program)...)
				checkExit(t, full, 7)
				checkFamily(t, strings.Split(strings.TrimSpace(full.Stdout), "\n"))
				complaint(t, full.Stderr, `/dev/full: .*no space left`)
			})
		})
	}
}

// TestSeccompNotLetGo ends the trace of what a program has left behind: that runs on, its
// calls are made, and sonde stays until it has ended.
func TestSeccompNotLetGo(t *testing.T) {
	t.Setenv("SAY_ORPHAN", "1")
	program := build(t, "seccomp_family.c", "-O1")
	file := filepath.Join(t.TempDir(), "trace")
	p := testkit.Start(t, "stdout", nil, testkit.Sonde(t), "-f", "-o", file, "-e", "@MAIN", "--seccomp-bpf", "--syscalls=getppid,getuid", program)
	var lines []string
	orphan := 0
	for range 5 {
		line, _ := p.Next(t)
		if n, _ := fmt.Sscanf(line, "orphan is %d", &orphan); n == 0 {
			lines = append(lines, line)
		}
	}
	testkit.Await(t, "the end of the program", func() bool {
		trace, err := os.ReadFile(file)
		return err == nil && strings.Contains(string(trace), "+++ exited (status 7) +++")
	})
	if !testkit.Patched(orphan) {
		t.Error("there are no breakpoints in the orphan")
	}
	p.Signal(t, syscall.SIGTERM)
	testkit.Await(t, "the end of the trace", func() bool { return !testkit.Patched(orphan) })
	p.Signal(t, syscall.SIGINT)
	p.HangUp()
	for line, ok := p.Next(t); ok; line, ok = p.Next(t) {
		lines = append(lines, line)
	}
	checkFamily(t, lines)
	checkStatus(t, p.Wait(t), 7)
	if n := endsOf(t, file, "getppid")["getppid ok"]; n != 4 {
		t.Errorf("%d calls of getppid in the trace, want 4", n)
	}
}

// TestSeccompPrivileges runs a file that gives privileges: the filter withholds them,
// and that is said.
func TestSeccompPrivileges(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("takes root, to make a set-user-ID file of another user")
	}
	t.Parallel()
	data, err := os.ReadFile(build(t, "seccomp_family.c", "-O1"))
	if err != nil {
		t.Fatal(err)
	}
	prog := filepath.Join(openDir(t), "setuid")
	if err := os.WriteFile(prog, data, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chown(prog, int(nobody.Credential.Uid), int(nobody.Credential.Gid)); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(prog, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	r := testkit.Run(t, testkit.Sonde(t), "-o", "/dev/null", "--seccomp-bpf", "--syscalls=getppid", prog, "once")
	checkExit(t, r, 0)
	complaint(t, r.Stderr, `runs without the privileges that its file gives it \(setuid \d+\): --seccomp-bpf`)
}

// TestSeccompEverywhere has a thread install a filter in others that make calls all the
// time: those that it forbids are told of from the first one on.
func TestSeccompEverywhere(t *testing.T) {
	t.Parallel()
	program := build(t, "seccomp_tsync.c", "-O1")
	for range 3 {
		r := runTraced(t, "-f -L --seccomp-bpf --syscalls=getppid", program, "8", "40")
		checkExit(t, r.Result, 0)
		var said strings.Builder
		got := endsOf(t, r.file, "getppid")
		for _, how := range []string{"getppid ok", "getppid EPERM"} {
			fmt.Fprintf(&said, "%s %d\n", how, got[how])
		}
		if said.String() != r.Stdout {
			t.Errorf("the trace has\n%sthe program says\n%s", said.String(), r.Stdout)
		}
	}
}

// TestSeccompUnder traces where sonde itself runs under a filter, whose answers it would not
// see if it used its own.
func TestSeccompUnder(t *testing.T) {
	t.Parallel()
	under, program := build(t, "seccomp_under.c", "-O1"), build(t, "seccomp_family.c", "-O1")
	file := filepath.Join(t.TempDir(), "trace")
	r := testkit.Run(t, under, testkit.Sonde(t), "--debug", "-L", "-o", file, "--seccomp-bpf", "--syscalls=getppid", program, "once")
	checkExit(t, r, 0)
	if !strings.Contains(r.Stderr, "no seccomp filter: sonde itself runs under one") {
		t.Errorf("standard error is %q", r.Stderr)
	}
	if got := endsOf(t, file, "getppid"); got["getppid EPERM"] != 1 {
		t.Errorf("calls by how they end: %v", got)
	}
}

// TestSeccompSame compares what is told of programs of the system with and without a
// filter, library calls and signals with it.
func TestSeccompSame(t *testing.T) {
	t.Parallel()
	for _, c := range []struct{ name, set, options string }{
		{"chosen", "openat,execve,dup2,getcwd,exit_group", "--syscalls=openat,execve,dup2,getcwd,exit_group"},
		{"left out", "openat,execve,dup2,getcwd,exit_group,newfstatat,access,readlink", "--syscalls=!mmap,brk,read,write,close,futex,wait4,rt_sigaction"},
		{"by a file", "openat,newfstatat", "-P /etc/passwd"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			const script = "cat /etc/passwd | sort | wc -l; for i in 1 2 3; do ls -l /etc/passwd; done; (exec /bin/true); kill -USR1 $$"
			command := []string{"sh", "-c", "trap : USR1; " + script}
			with := runTraced(t, "-f -e malloc@MAIN --seccomp-bpf "+c.options, command...)
			without := runTraced(t, "-f -e malloc@MAIN "+c.options, command...)
			checkSame(t, with.Result, without.Result)
			set := c.set + ",malloc"
			got, want := endsOf(t, with.file, set), endsOf(t, without.file, set)
			if diff := cmp.Diff(want, got); diff != "" || want["openat ok"] == 0 {
				t.Errorf("calls by how they end (-without a filter +with one):\n%s", diff)
			}
		})
	}
}

// TestSeccompInterrupted has signals break off calls that are chosen, and calls that are
// left out and gone on with by one that is chosen.
func TestSeccompInterrupted(t *testing.T) {
	t.Parallel()
	eachMachine(t, func(t *testing.T, machine string) {
		program := build(t, "calls_interrupted.c", machine, "-O1")
		sonde := []string{testkit.Sonde(t), "-f", "-L", "--seccomp-bpf"}
		told := func(set string) (said, trace []string) {
			r, tr := systemTrace(t, append(sonde, "--syscalls="+set), program, "1")
			checkExit(t, r, 0)
			return strings.Split(strings.TrimSuffix(r.Stdout, "\n"), "\n"), linesBetween(tr.Threads["0.1"])
		}
		want, whole := told("!mmap,mmap2,mprotect,brk")
		var got, resumed []string
		for _, line := range whole {
			got = append(got, inShort(line))
			if strings.HasPrefix(line, "restart_syscall(") {
				resumed = append(resumed, line)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" || len(want) < 100 {
			t.Errorf("(-program +trace)\n%s", diff)
		}
		_, few := told("restart_syscall,getuid,exit_group,clone,clone3")
		few = slices.DeleteFunc(few, func(line string) bool { return !strings.HasPrefix(line, "restart_syscall(") })
		if diff := cmp.Diff(resumed, few); diff != "" || len(resumed) == 0 {
			t.Errorf("restart_syscall (-of all +alone)\n%s", diff)
		}
	})
}

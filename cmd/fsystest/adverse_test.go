package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/regress"
	"sonde/sysdeps/ptrace"
)

var everyRow = flag.Bool("every-row", false, "run all rows under all adverse circumstances")

// A circumstance is what a process makes for itself before it becomes the program.
type circumstance struct {
	name  string
	apply func() error
	// plain runs it as a user without privileges, and own in namespaces of its own, which
	// are those of a user without privileges too if they have CLONE_NEWUSER.
	plain bool
	own   uintptr
	// rows are those that are run; "" means all, where most are skipped.
	rows string
	// tells is a pattern that a line of the output matches, in most cases a reason.
	tells string
	// nothing says that no row can be run.
	nothing bool
}

// some are rows of all kinds.
const some = "A01 A16 S0? E13 E17 X01 N0[1-4] T0? Y0[1-5] R01 M0? P0? Z0? O0? Q0? K0? C0? process/*"

// circumstances are what the program may meet. None of them is a fault of the kernel, so
// nothing fails.
var circumstances = []circumstance{
	{name: "ptrace-is-forbidden", apply: refuse(unix.EPERM, unix.SYS_PTRACE), nothing: true, tells: `: tracing is refused: EPERM`},
	{name: "ptrace-is-unknown", apply: refuse(unix.ENOSYS, unix.SYS_PTRACE), nothing: true, tells: `: tracing is refused: ENOSYS`},
	{name: "process_vm-is-forbidden", apply: refuse(unix.EPERM, unix.SYS_PROCESS_VM_READV, unix.SYS_PROCESS_VM_WRITEV), rows: "M* P*", tells: `SKIP  M.*: process_vm_readv`},
	{name: "bpf-is-forbidden", apply: refuse(unix.EPERM, unix.SYS_BPF, unix.SYS_PERF_EVENT_OPEN, unix.SYS_USERFAULTFD), rows: some, tells: `^SKIP .*: under a filter`},
	{name: "what-is-new-is-unknown", apply: refuse(unix.ENOSYS, unix.SYS_MEMFD_CREATE, unix.SYS_PIDFD_OPEN, unix.SYS_PIDFD_SEND_SIGNAL, unix.SYS_CLONE3, unix.SYS_CLOSE_RANGE, unix.SYS_RSEQ, unix.SYS_EPOLL_PWAIT2, unix.SYS_FACCESSAT2, unix.SYS_OPENAT2, unix.SYS_STATX), rows: some, tells: `^PASS  A01`},
	{name: "namespaces-are-forbidden", apply: refuse(unix.EPERM, unix.SYS_UNSHARE, unix.SYS_SETNS, unix.SYS_KCMP, unix.SYS_SECCOMP, unix.SYS_PERSONALITY), rows: some, tells: `^lacks +user-namespaces: no user namespace can be made: EPERM`},
	{name: "no-proc", own: unix.CLONE_NEWNS, apply: mountOver("/proc", "tmpfs", ""), nothing: true, tells: `: /proc is not mounted`},
	{name: "proc-of-others", own: unix.CLONE_NEWPID, apply: nothingMore, nothing: true, tells: `: /proc is of another PID namespace`},
	{name: "hidepid", own: unix.CLONE_NEWNS, plain: true, apply: mountOver("/proc", "proc", "hidepid=2"), rows: some, tells: `^PASS  A01`},
	{name: "read-only-tmp", own: unix.CLONE_NEWNS, apply: readOnlyTmp, rows: "A01 P* C*", tells: `^SKIP  (P|C).*: no files can be made: .*read-only file system`},
	{name: "no-executable-memory", own: unix.CLONE_NEWPID | unix.CLONE_NEWNS, apply: noExecMemory, rows: some, tells: `^PASS  A01`},
	{name: "no-executable-memory-read-only-tmp", own: unix.CLONE_NEWPID | unix.CLONE_NEWNS, apply: both(noExecMemory, readOnlyTmp), nothing: true, tells: `ptrace: no files can be made`},
	{name: "little-memory", apply: limited(unix.RLIMIT_AS, 800<<20), rows: some, tells: `^(PASS|SKIP)  A01`},
	{name: "no-cores", apply: limited(unix.RLIMIT_CORE, 0), rows: "C* E*", tells: `^SKIP  C.*: core dumps are forbidden`},
	{name: "empty-files", apply: limited(unix.RLIMIT_FSIZE, 0), nothing: true, tells: `RLIMIT_FSIZE 0`},
	{name: "small-stack", apply: limited(unix.RLIMIT_STACK, 64<<10), rows: some, tells: `^PASS  A01`},
	{name: "no-queue-of-signals", plain: true, apply: limited(unix.RLIMIT_SIGPENDING, 0), rows: some, tells: `^PASS  A01`},
	{name: "no-locked-memory", plain: true, apply: limited(unix.RLIMIT_MEMLOCK, 0), rows: some, tells: `^PASS  A01`},
	{name: "no-new-privileges", plain: true, apply: func() error { return unix.Prctl(unix.PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) }, rows: some, tells: `^PASS  A01`},
	{name: "no-capabilities", apply: dropCapabilities, rows: some, tells: `^SKIP .*: for root with CAP_SYS_ADMIN`},
	{name: "user-namespace", own: unix.CLONE_NEWUSER | unix.CLONE_NEWPID | unix.CLONE_NEWNS, apply: mountOver("/proc", "proc", ""), rows: some, tells: `^SKIP .*: for root of the first user namespace`},
	{name: "proc-alone", own: unix.CLONE_NEWNS | unix.CLONE_NEWPID, apply: both(emptyRoot, procInRoot), rows: some, tells: `^SKIP .*: no files can be made: .*no such file or directory`},
	{name: "unreadable", own: unix.CLONE_NEWNS, plain: true, apply: unreadable, rows: some, tells: `^PASS  A01`},
	{name: "chroot", own: unix.CLONE_NEWNS, apply: emptyRoot, nothing: true, tells: `: /proc is not mounted`},
	{name: "signals-ignored-and-blocked", apply: noSignals, rows: some + " N*", tells: `^PASS  N01`},
	{name: "nice", plain: true, apply: func() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, 19) }, rows: some, tells: `^PASS  A01`},
	{name: "not-nice", apply: func() error { return unix.Setpriority(unix.PRIO_PROCESS, 0, -20) }, rows: some, tells: `^PASS  A01`},
	{name: "one-processor", apply: oneProcessor, rows: some, tells: `^lacks +two-cpus: there is one processor`},
	{name: "closed-input", apply: closedPipe, rows: "A01", tells: `^PASS  A01`},
	{name: "umask", plain: true, apply: func() error { unix.Umask(0o777); return nil }, rows: some, tells: `^PASS  A01`},
	{name: "personality", apply: personality(0x0040000 | 0x0400000 | 0x0200000), rows: some, tells: `^PASS  A01`}, // ADDR_NO_RANDOMIZE, READ_IMPLIES_EXEC, ADDR_COMPAT_LAYOUT
	{name: "nowhere", apply: nowhere, rows: some, tells: `^PASS  A01`},
}

// circumstanceVar names the circumstance that this process is to make for the program.
const circumstanceVar = "FSYSTEST_UNDER"

// become makes the circumstance that this process was started for, and becomes the program.
func become() {
	name, ok := os.LookupEnv(circumstanceVar)
	if !ok {
		return
	}
	os.Unsetenv(circumstanceVar)
	i := slices.IndexFunc(circumstances, func(c circumstance) bool { return c.name == name })
	err := errors.New("no such circumstance")
	if i >= 0 {
		err = circumstances[i].apply()
	}
	if err == nil && circumstances[i].plain {
		err = asNobody()
	}
	if err == nil && len(filter) > 0 {
		os.Exit(underFilter())
	}
	if err == nil {
		err = unix.Exec(os.Args[1], os.Args[1:], os.Environ())
	}
	fmt.Fprintf(os.Stderr, "%s: %v\n", name, err)
	os.Exit(notToBeHad)
}

// underFilter runs the program under the filter, and returns its status.
func underFilter() int {
	l, err := ptrace.Fork(&ptrace.Program{Path: os.Args[1], Args: os.Args[1:], Env: os.Environ(), In: ptrace.Inherit(), Filter: filter})
	if err != nil || l.Start() != nil {
		return notToBeHad
	}
	if step, e := l.Failure(); e != 0 {
		fmt.Fprintf(os.Stderr, "step %d: %v\n", step, e)
		return notToBeHad
	}
	var st unix.WaitStatus
	if _, err := unix.Wait4(l.PID, &st, 0, nil); err != nil {
		return notToBeHad
	}
	return st.ExitStatus()
}

// notToBeHad is the status of a process that cannot make its circumstance.
const notToBeHad = 99

// TestAdverse runs rows under each circumstance: none fails, and what cannot be run says
// why.
func TestAdverse(t *testing.T) {
	asReaper(t)
	for i := range circumstances {
		c := &circumstances[i]
		t.Run(c.name, func(t *testing.T) {
			out, status := c.run(t)
			want := regress.ExitGood
			if c.nothing {
				want = regress.ExitNothing
			}
			if status != want {
				t.Errorf("status %d, expected %d", status, want)
			}
			holds(t, out, c.tells)
			endsAlone(t, c.name)
		})
	}
}

// run runs the program.
func (c *circumstance) run(t *testing.T) (out string, status int) {
	t.Helper()
	needsRoot := c.own&unix.CLONE_NEWUSER == 0
	if needsRoot && os.Geteuid() != 0 {
		t.Skip("for root")
	}
	args := []string{tool(t), "--jobs=4"}
	if !*everyRow {
		args = append(args, strings.Fields(c.rows)...)
	}
	cmd := exec.Command("/proc/self/exe", args...)
	mounts, err := os.Readlink("/proc/self/ns/mnt")
	if err != nil {
		t.Fatal(err)
	}
	cmd.Env = append(os.Environ(), circumstanceVar+"="+c.name, mountsVar+"="+mounts)
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: c.own}
	if !needsRoot {
		id := []syscall.SysProcIDMap{{ContainerID: 0, HostID: os.Geteuid(), Size: 1}}
		cmd.SysProcAttr.UidMappings, cmd.SysProcAttr.GidMappings = id, id
	}
	var b bytes.Buffer
	cmd.Stdout, cmd.Stderr = &b, &b
	_ = cmd.Run() // the status tells
	if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() == notToBeHad {
		t.Skipf("this cannot be had here: %s", b.String())
	}
	return b.String(), cmd.ProcessState.ExitCode()
}

// tool returns the program, where all may run it.
func tool(t *testing.T) string {
	t.Helper()
	path := testkit.Tool(t, "fsystest")
	if err := os.Chmod(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// bad is how what must not be begins.
var bad = regexp.MustCompile(`(?m)^(FAIL|ERROR|XPASS|fsystest:|panic|fatal|runtime)`)

// holds holds the output against what it has to tell, and has it tell of nothing bad.
func holds(t *testing.T, out, tells string) {
	t.Helper()
	if !regexp.MustCompile(`(?m)` + tells).MatchString(out) {
		t.Errorf("it does not tell %q", tells)
	}
	if bad.MatchString(out) || t.Failed() {
		t.Errorf("%s", out)
	}
}

// TestUnder runs rows under another tracer, and with few files: each is skipped, with the
// reason.
func TestUnder(t *testing.T) {
	for name, c := range map[string]struct {
		under  []string
		reason string
	}{
		"a tracer":  {[]string{"strace", "-f", "-o", "/dev/null"}, "another tracer, process "},
		"few files": {[]string{"prlimit", "--nofile=12"}, "the machine has no room for it: "},
		"no files":  {[]string{"prlimit", "--nofile=6"}, "RLIMIT_NOFILE is 6"},
	} {
		t.Run(name, func(t *testing.T) {
			testkit.Need(t, c.under[0])
			r := testkit.Run(t, append(c.under, testkit.Tool(t, "fsystest"), "--group=S")...)
			skipped := 0
			for line := range strings.Lines(r.Stdout) {
				if strings.HasPrefix(line, "SKIP  S") && strings.Contains(line, c.reason) {
					skipped++
				}
			}
			if skipped == 0 || !strings.Contains(r.Stdout, "\n"+strconv.Itoa(skipped)+" SKIP\n") || r.Status.ExitStatus() != regress.ExitNothing {
				t.Errorf("%s", r.Describe())
			}
		})
	}
}

// TestClosed holds that the program runs without the standard descriptors, and tells in
// its status what it cannot write.
func TestClosed(t *testing.T) {
	for _, c := range []struct {
		closed string // of the shell's redirections
		status int
	}{
		{"<&-", regress.ExitGood},
		{"2>&-", regress.ExitGood},
		{"<&- 2>&-", regress.ExitGood},
		{">&-", regress.ExitBad},
		{"<&- >&- 2>&-", regress.ExitBad},
	} {
		cmd := exec.Command("sh", "-c", `exec "$0" A01 S01 E13 `+c.closed, testkit.Tool(t, "fsystest"))
		out, _ := cmd.CombinedOutput() // the status tells
		if got := cmd.ProcessState.ExitCode(); got != c.status {
			t.Errorf("%s: status %d, expected %d: %s", c.closed, got, c.status, out)
		}
	}
}

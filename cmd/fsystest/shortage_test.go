package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/regress"
)

// fewProcesses are numbers of threads that a user may have. The program alone, of which
// there are three at least, wants four each, and a row's tracees up to some dozens.
var fewProcesses = []int{8, 15, 20, 40, 45, 50, 55, 60}

// surelyFew is how many some row finds too few whatever runs beside it. How many run at
// once is the machine's affair, and so whether more are missed.
const surelyFew = 20

// TestFewProcesses holds that rows which find no room for their processes are skipped, and
// say by which limit, wherever that is met: at the keeper, at the row or at its tracees.
func TestFewProcesses(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("for root, who can become a user that has no processes")
	}
	asReaper(t)
	path := tool(t)
	for _, n := range fewProcesses {
		c := exec.Command("/proc/self/exe", path, "--jobs=4", "--group=E")
		c.Env = append(os.Environ(), fewVar+"="+strconv.Itoa(n))
		// Whose processes nobody else makes.
		c.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: 1<<30 + uint32(os.Getpid()), Gid: 65534}}
		skipsFor(t, c, fmt.Sprintf("RLIMIT_NPROC %d", n), n <= surelyFew)
	}
}

// TestPidsGroup is TestFewProcesses with the limit of a control group, which holds for
// root.
func TestPidsGroup(t *testing.T) {
	asReaper(t)
	path := tool(t)
	for _, n := range fewProcesses {
		group, err := pidsGroup(n)
		if err != nil {
			t.Skipf("no control group can be made: %v", err)
		}
		c := exec.Command("/proc/self/exe", path, "--jobs=4", "--group=E")
		c.Env = append(os.Environ(), groupVar+"="+group)
		skipsFor(t, c, fmt.Sprintf("pids.max %d", n), n <= surelyFew)
		if err := os.Remove(group); err != nil {
			t.Error(err)
		}
	}
}

// skipsFor runs rows, of which none is to fail, and some are skipped for one reason;
// surely, or where it is met.
func skipsFor(t *testing.T, c *exec.Cmd, reason string, surely bool) {
	t.Helper()
	var b bytes.Buffer
	c.Stdout, c.Stderr = &b, &b
	_ = c.Run() // the status tells
	out, status := b.String(), c.ProcessState.ExitCode()
	if status == notToBeHad {
		t.Skip(out)
	}
	skipped := strings.Contains(out, ": no more processes: "+reason+"\n")
	if bad.MatchString(out) || surely && !skipped || status != regress.ExitGood && status != regress.ExitNothing {
		t.Errorf("%s: status %d:\n%s", reason, status, out)
	}
	if nothing := !strings.Contains(out, "\nPASS "); nothing != (status == regress.ExitNothing) {
		t.Errorf("%s: status %d, with nothing run: %t", reason, status, nothing)
	}
	endsAlone(t, reason)
}

// pidsGroup makes a control group of n threads (cgroups(7)).
func pidsGroup(n int) (string, error) {
	for _, root := range []string{"/sys/fs/cgroup/pids", "/sys/fs/cgroup"} {
		if _, err := os.Stat(filepath.Join(root, "cgroup.procs")); err != nil {
			continue
		}
		group, err := os.MkdirTemp(root, "fsystest-")
		if err != nil {
			return "", err
		}
		if err := os.WriteFile(filepath.Join(group, "pids.max"), []byte(strconv.Itoa(n)), 0); err != nil {
			os.Remove(group)
			return "", err
		}
		return group, nil
	}
	return "", os.ErrNotExist
}

// Variables that say what this process does to itself before it becomes the program.
const (
	fewVar   = "FSYSTEST_PROCESSES" // the limit of its user's processes
	groupVar = "FSYSTEST_GROUP"     // the control group that it goes to
)

// becomeShort becomes the program where there are few processes, if this process was
// started for that.
func becomeShort() {
	few, group := os.Getenv(fewVar), os.Getenv(groupVar)
	os.Unsetenv(fewVar)
	os.Unsetenv(groupVar)
	var err error
	switch {
	case few != "":
		var n uint64
		if n, err = strconv.ParseUint(few, 10, 32); err == nil {
			err = unix.Setrlimit(unix.RLIMIT_NPROC, &unix.Rlimit{Cur: n, Max: n})
		}
	case group != "":
		err = os.WriteFile(filepath.Join(group, "cgroup.procs"), []byte(strconv.Itoa(os.Getpid())), 0)
	default:
		return
	}
	if err == nil {
		err = unix.Exec(os.Args[1], os.Args[1:], os.Environ())
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(notToBeHad)
}

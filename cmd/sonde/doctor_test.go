package main

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// TestDoctorMachine holds that this machine, on which all other tests pass, is found fit,
// and its kernel tried.
func TestDoctorMachine(t *testing.T) {
	r := testkit.Run(t, testkit.Sonde(t), "doctor", "--json")
	marks := make(map[string]mark)
	var kernel string
	for line := range strings.Lines(r.Stdout) {
		var f finding
		if err := json.Unmarshal([]byte(line), &f); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		if marks[f.About] == "" || f.Mark == problem {
			marks[f.About] = f.Mark
		}
		if f.About == "kernel" {
			kernel = f.Text
		}
		if f.Mark == problem {
			t.Errorf("a problem: %s", line)
		}
	}
	for _, about := range []string{"tracing", "prototypes", "kernel"} {
		if marks[about] != good && about != "kernel" || marks[about] == "" {
			t.Errorf("%s: %q", about, marks[about])
		}
	}
	held := regexp.MustCompile(`^Linux \S+ keeps (\d+) promises`).FindStringSubmatch(kernel)
	if held == nil {
		t.Fatalf("the last of the kernel is %q", kernel)
	}
	if n, _ := strconv.Atoi(held[1]); n < 100 {
		t.Errorf("%d promises tried", n)
	}
	if r.Status != 0 || r.Stderr != "" {
		t.Error(r.Describe())
	}
}

// TestDoctorTargets holds what is said of processes and programs, and that the status tells
// of problems.
func TestDoctorTargets(t *testing.T) {
	sleep := exec.Command("sleep", "1000")
	if err := sleep.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() { _, _ = sleep.Process.Kill(), sleep.Wait() }()
	dir := t.TempDir()
	script, hostile := filepath.Join(dir, "script"), filepath.Join(dir, "odd\x1b[31m\nname")
	for _, name := range []string{script, hostile} {
		if err := os.WriteFile(name, []byte("#!/bin/sh -e\n"), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	setuid := filepath.Join(dir, "setuid")
	program, err := os.ReadFile("/bin/true")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(setuid, program, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(setuid, 0o755|os.ModeSetuid); err != nil {
		t.Fatal(err)
	}
	pid := strconv.Itoa(sleep.Process.Pid)
	for _, c := range []struct {
		target string
		want   string // a regular expression
		status int
	}{
		{pid, `(?m)^ok +process ` + pid + `: \S*/sleep can be attached to, with its 1 thread$`, 0},
		{pid, `(?m)^ok +process \d+: \d+ places of it that call libraries`, 0},
		{"999999999", `^problem +process 999999999: there is no such process\n$`, 1},
		{"/bin/true", `(?m)^ok +/bin/true: \d+ places of it that call libraries`, 0},
		{"true", `(?m)^ok +\S*/true: \d+ places of it that call libraries`, 0},
		{script, `neither a program nor a library: it is a script, run by /bin/sh -e\n +remedy: `, 0},
		{setuid, `it takes another user's rights`, 0},
		{testkit.Sonde(t), `has nothing that would be traced: it is statically linked`, 0},
		{"no-such-command", `^problem +no-such-command: .*no such command in PATH\n$`, 1},
		{"/etc/passwd", `^problem +/etc/passwd: .*permission denied`, 1},
		{hostile, `odd\\x1b\[31m\\nname`, 0},
	} {
		r := testkit.Run(t, testkit.Sonde(t), "doctor", c.target)
		if !regexp.MustCompile(c.want).MatchString(r.Stdout) || r.Status.ExitStatus() != c.status || r.Stderr != "" {
			t.Errorf("%q: no %s, or status not %d: %s", c.target, c.want, c.status, r.Describe())
		}
	}
	if st, err := testkit.Threads(sleep.Process.Pid); err != nil || len(st) != 1 || st[0].TracerPID != 0 || st[0].State != 'S' {
		t.Errorf("the process is not as it was: %v %v", st, err)
	}
}

// TestDoctorRefused holds that the reason is told why a process cannot be attached to.
func TestDoctorRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root has a process that another user may not attach to")
	}
	r := testkit.Command{
		Args: []string{testkit.Sonde(t), "doctor", strconv.Itoa(os.Getpid())},
		User: &syscall.Credential{Uid: 65534, Gid: 65534},
	}.Run(t)
	if !strings.Contains(r.Stdout, "it runs as user 0 and you are user 65534") || r.Status.ExitStatus() != 1 {
		t.Error(r.Describe())
	}
}

// TestDoctorUsage holds what is said of wrong options, and that a program called doctor can
// be traced.
func TestDoctorUsage(t *testing.T) {
	r := testkit.Run(t, testkit.Sonde(t), "doctor", "--jsn")
	if r.Status.ExitStatus() != 2 || r.Stderr != "sonde doctor: there is no option --jsn; the nearest is --json (see sonde doctor --help)\n" {
		t.Error(r.Describe())
	}
	if r := testkit.Run(t, testkit.Sonde(t), "doctor", "--help"); r.Status != 0 || r.Stdout != doctorHelp {
		t.Error(r.Describe())
	}
	dir := t.TempDir()
	if err := os.Symlink("/bin/true", filepath.Join(dir, "doctor")); err != nil {
		t.Fatal(err)
	}
	r = testkit.Command{
		Args: []string{testkit.Sonde(t), "--", "doctor"},
		Env:  []string{"PATH=" + dir + ":" + os.Getenv("PATH")},
	}.Run(t)
	if r.Status != 0 || !strings.Contains(r.Stderr, "+++ exited (status 0) +++") {
		t.Error(r.Describe())
	}
	for line := range strings.Lines(doctorHelp) {
		if len(line) > 81 {
			t.Errorf("over 80 columns: %s", line)
		}
	}
}

package main

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
)

// TestUntraced traces programs of which nothing, or less than was asked for, can
// be traced: they run, and one line says why and what would help.
func TestUntraced(t *testing.T) {
	t.Parallel()
	alone := func(flags ...string) string { return testkit.Build(t, "testdata/list_alone.c", flags...) }
	bare := []string{"-DBARE", "-nostdlib", "-O1"}
	calls := testkit.Build(t, "testdata/list_calls.c", "-O2", "-fno-builtin")
	stripped := testkit.Build(t, "testdata/list_calls.c", "-O2", "-fno-builtin", "-s")
	library := append(bare, "-Wl,--no-as-needed", "-lc")
	for _, c := range []struct {
		name, args, prog string
		pattern          string
	}{
		{"static", "", alone(append(bare, "-static")...), `runs untraced: it is statically linked, so that it calls no library; -x '@MAIN' traces its own functions \(\d+\)$`},
		{"static, stripped", "", alone(append(bare, "-static", "-s")...), `runs untraced: it is statically linked.*stripped of the names.*; -x 0xADDRESS`},
		{"static, -x", "-x own_functoin", alone(append(bare, "-static")...), `runs untraced: -x matches no function of .*; the nearest names are own_function$`},
		{"static and stripped, -x", "-x own_function@MAIN", alone(append(bare, "-static", "-s")...), `runs untraced: -x needs the names of functions, of which the program is stripped`},
		{"calls nothing", "", alone(library...), `runs untraced: it calls no library in a way that can be seen.*; -x '@MAIN' traces its own functions \(\d+\); -e '@\*'`},
		{"no such call", "-e gettenv", calls, `runs untraced: -e matches no call that can be seen in the program or its libraries; the nearest names are getenv`},
		{"no such call of the program", "-e gettenv@MAIN", calls, `runs untraced: -e matches no call that can be seen in the program itself; the nearest names are getenv$`},
		{"no such function", "-L -x own_tali", calls, `runs untraced: -x matches no function of the program or its libraries; the nearest names are .*own_tail`},
		{"no such function beside calls", "-x own_tali@MAIN", calls, `list_calls: -x matches no function of the program itself; the nearest names are own_tail$`},
		{"no such call beside functions", "-e gettenv -x own_tail", calls, `list_calls: -e matches no call .*; the nearest names are getenv`},
		{"stripped", "-L -x own_tail@MAIN", stripped, `runs untraced: -x needs the names of functions, of which the program is stripped`},
		{"no such library", "-l libz.so.1", calls, `runs untraced: -l matches none of its libraries: .*libc\.so\.6`},
		{"a library that nothing calls", "-l liblist_alone.so", alone(append(library, alone("-shared", "-fPIC", "-nostdlib", "-O1", "-Wl,-Bsymbolic"))...), `runs untraced: nothing calls liblist_alone\.so in a way that can be seen`},
		{"mangled", "-L -x Guard::Gaurd", testkit.Build(t, "testdata/untraced.cc"), `the nearest names are Guard::Guard`},
	} {
		t.Run(c.name, func(t *testing.T) {
			want := testkit.Run(t, c.prog)
			args := append([]string{testkit.Sonde(t), "-o", "/dev/null"}, strings.Fields(c.args)...)
			got := testkit.Run(t, append(args, c.prog)...)
			if got.Status != want.Status || got.Stdout != want.Stdout {
				t.Errorf("it ended with %s, untraced with %s", got.Describe(), want.Describe())
			}
			complaint(t, got.Stderr, c.pattern)
		})
	}
}

// TestWithheld traces programs whose files give privileges, as a user who has
// none: the kernel withholds them, and that is said.
func TestWithheld(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("takes root, to make a set-user-ID file of another user")
	}
	t.Parallel()
	dir := openDir(t)
	var fs unix.Statfs_t
	if err := unix.Statfs(dir, &fs); err != nil || fs.Flags&unix.ST_NOSUID != 0 {
		t.Skipf("%s is mounted nosuid", dir)
	}
	data, err := os.ReadFile(testkit.Build(t, "testdata/list_calls.c", "-O2", "-fno-builtin"))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name    string
		mode    os.FileMode
		caps    bool
		pattern string // "" for nothing to say
	}{
		{"plain", 0o755, false, ``},
		{"setuid", 0o755 | os.ModeSetuid, false, `runs without the privileges that its file gives it \(setuid 0\): .*CAP_SYS_PTRACE; as root, sonde -u USER`},
		{"setgid", 0o755 | os.ModeSetgid, false, `runs without the privileges that its file gives it \(setgid 0\)`},
		{"locking", 0o745 | os.ModeSetgid, false, ``},
		{"capabilities", 0o755, true, `runs without the privileges that its file gives it \(capabilities\)`},
		{"not readable", 0o711, false, `permission denied \(a program whose file you may execute but not read is hidden`},
	} {
		t.Run(c.name, func(t *testing.T) {
			prog := filepath.Join(dir, strings.ReplaceAll(c.name, " ", "-"))
			if err := os.WriteFile(prog, data, 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.Chmod(prog, c.mode); err != nil {
				t.Fatal(err)
			}
			if c.caps {
				setCapabilities(t, prog, 1<<unix.CAP_NET_RAW)
			}
			got := testkit.Command{
				Args: []string{testkit.Sonde(t), "-o", "/dev/null", prog}, User: nobody.Credential,
			}.Run(t)
			checkStatus(t, got.Status, 1)
			if got.Stdout != "ready\n" {
				t.Errorf("standard output is %q", got.Stdout)
			}
			if c.pattern != "" {
				complaint(t, got.Stderr, c.pattern)
			} else if got.Stderr != "" {
				t.Errorf("standard error is %q", got.Stderr)
			}
			if c.mode&0o004 == 0 {
				return
			}
			// Whoever may trace everything changes nothing.
			root := testkit.Run(t, testkit.Sonde(t), "-o", "/dev/null", "-u", "nobody", prog)
			checkStatus(t, root.Status, 1)
			if root.Stderr != "" {
				t.Errorf("as root, standard error is %q", root.Stderr)
			}
		})
	}
}

// openDir returns a directory that every user may write to.
func openDir(t *testing.T) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "sonde-untraced-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o777|os.ModeSticky); err != nil {
		t.Fatal(err)
	}
	return dir
}

// setCapabilities gives a file capabilities (struct vfs_cap_data, revision 2, with
// the effective bit).
func setCapabilities(t *testing.T, path string, permitted uint32) {
	t.Helper()
	p := make([]byte, 20)
	p[0], p[3] = 1, 2
	p[4], p[5], p[6], p[7] = byte(permitted), byte(permitted>>8), byte(permitted>>16), byte(permitted>>24)
	if err := unix.Setxattr(path, "security.capability", p, 0); err != nil {
		if errors.Is(err, syscall.ENOTSUP) {
			t.Skipf("the file system of %s holds no capabilities", path)
		}
		t.Fatal(err)
	}
}

// TestSystemCallsAlone has a program show its own memory: where no function is traced
// there is nothing of Sonde's in it, which every process of a build would pay for.
func TestSystemCallsAlone(t *testing.T) {
	t.Parallel()
	cat := testkit.Need(t, "cat")
	anonymousCode := regexp.MustCompile(`(?m) r-xp 0+ 00:00 0 *$`)
	for _, c := range []struct {
		args    string
		touched bool
	}{
		{"-L -S", false},
		{"-S -e memcpy", true}, // which shows that it would be seen
	} {
		args := append([]string{testkit.Sonde(t), "-o", "/dev/null"}, strings.Fields(c.args)...)
		r := testkit.Run(t, append(args, cat, "/proc/self/maps")...)
		checkExit(t, r, 0)
		if got := anonymousCode.MatchString(r.Stdout); got != c.touched {
			t.Errorf("%s: there is memory for code of Sonde's: %v, want %v\n%s", c.args, got, c.touched, r.Stdout)
		}
	}
}

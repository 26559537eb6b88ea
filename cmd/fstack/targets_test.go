package main

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// copyOf copies a program to a place, so that it has a name of its own there.
func copyOf(t *testing.T, program, path string) string {
	t.Helper()
	in, err := os.Open(program)
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	out, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY, 0o755)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(out, in); err != nil {
		t.Fatal(err)
	}
	if err := out.Close(); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestTargets finds processes by their executable and their control group.
func TestTargets(t *testing.T) {
	name := fmt.Sprintf("fstack-target-%d", os.Getpid())
	program := copyOf(t, testkit.Build(t, "../../corefile/testdata/threads.c", "-pthread"), filepath.Join(t.TempDir(), name))
	var want []int
	for range 2 {
		p := testkit.StartTarget(t, nil, program)
		testkit.AwaitPause(t, p.PID, 4)
		want = append(want, p.PID)
	}
	slices.Sort(want)
	for _, args := range [][]string{
		{"--exe-name", name},
		{"--exe-name", program, "--exe-name", name, strconv.Itoa(want[0])},
		{"--exe-name", name, "--samples", "1"},
	} {
		var got []int
		for _, p := range processes(t, args...) {
			got = append(got, p.PID)
			if len(p.Threads) != 4 {
				t.Errorf("%+v", p)
			}
		}
		if slices.Sort(got); !slices.Equal(got, want) {
			t.Errorf("%q: processes %d, want %d", args, got, want)
		}
	}
	for _, args := range []string{"--exe-name no-such-program", "--cgroup /no/such/group"} {
		r := testkit.Run(t, append([]string{testkit.Tool(t, "fstack")}, strings.Fields(args)...)...)
		checkStatus(t, r, exitFailed)
		if strings.Count(r.Stderr, "\n") != 1 || !strings.Contains(r.Stderr, "there is no such process") {
			t.Errorf("%s: %s", args, r.Describe())
		}
	}
}

// child is the only child of a process, once it runs a program of that name.
func child(t *testing.T, pid int, name string) (its int) {
	t.Helper()
	testkit.Await(t, "a child that runs "+name, func() bool {
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", pid, pid))
		its, _ = strconv.Atoi(strings.TrimSpace(string(text)))
		comm, _ := os.ReadFile(fmt.Sprintf("/proc/%d/comm", its))
		return strings.TrimSpace(string(comm)) == name
	})
	return its
}

// TestNamespaces shows processes in other namespaces: of processes with both their
// numbers, of mounts by the files that are seen there, and of users.
func TestNamespaces(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("making namespaces takes root")
	}
	program := testkit.Build(t, "../../corefile/testdata/threads.c", "-pthread")
	inside := "mount -t tmpfs none /mnt && cp " + program + " /mnt/threads && exec /mnt/threads"
	for _, c := range []struct {
		unshare     string
		numbered    bool
		elsewhereIs string // where the program is in there
	}{
		{"--pid --fork", true, program},
		{"--mount --fork", false, "/mnt/threads"},
		{"--user --map-root-user --fork", false, program},
		{"--user --map-root-user --pid --mount --mount-proc --fork", true, "/mnt/threads"},
	} {
		t.Run(c.unshare, func(t *testing.T) {
			args := append(strings.Fields(c.unshare), program)
			if strings.Contains(c.unshare, "--mount") {
				args = append(strings.Fields(c.unshare), "sh", "-c", inside)
			}
			p := testkit.StartTarget(t, nil, "/usr/bin/unshare", args...)
			pid := child(t, p.PID, "threads")
			testkit.AwaitPause(t, pid, 4)
			got := process(t, strconv.Itoa(pid))
			if got.Program != c.elsewhereIs || len(got.Threads) != 4 || (got.NSPIDs != nil) != c.numbered {
				t.Errorf("%+v", got)
			}
			for i := range got.Threads {
				th := &got.Threads[i]
				if (th.NSTID != 0) != c.numbered || th.Why != "" || !strings.Contains(names(th), "pause sleeper") && !strings.Contains(names(th), "pause main") {
					t.Errorf("%+v", th)
				}
			}
			if !c.numbered {
				return
			}
			if want := []int{pid, 1}; !slices.Equal(got.NSPIDs, want) || got.Threads[0].NSTID != 1 {
				t.Errorf("numbers %d, want %d", got.NSPIDs, want)
			}
			text := run0(t, "fstack", "--nonblocking", strconv.Itoa(pid)).Stdout
			if strings.Count(text, " (1 in its PID namespace)") != 2 {
				t.Errorf("%s", text)
			}
		})
	}
}

// TestRefused looks at a process of another user's: what may be seen is shown without
// stopping it.
func TestRefused(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("another user is needed")
	}
	nobody := &syscall.Credential{Uid: 65534, Gid: 65534}
	dir, err := os.MkdirTemp("/tmp", "fstack-refused") // that nobody may enter, unlike t.TempDir
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	tool := copyOf(t, testkit.Tool(t, "fstack"), filepath.Join(dir, "fstack"))
	p, _ := start(t)
	pid := strconv.Itoa(p.PID)
	r := testkit.Command{Args: []string{tool, pid}, Dir: "/", User: nobody}.Run(t)
	checkStatus(t, r, exitFailed)
	if want := "fstack: attach to process " + pid + ": operation not permitted (it runs as user 0 and you are user 65534; try as root"; !strings.HasPrefix(r.Stderr, want) {
		t.Error(r.Describe())
	}
	r = testkit.Command{Args: []string{tool, "--nonblocking", pid}, Dir: "/", User: nobody}.Run(t)
	checkStatus(t, r, 0)
	if strings.Count(r.Stdout, "\nThread ") != 4 || !strings.Contains(r.Stdout, "\"threads\", sleeping") || !strings.Contains(r.Stdout, "shown to those alone who may trace it") {
		t.Error(r.Describe())
	}
}

// TestCgroup shows the processes of a control group.
func TestCgroup(t *testing.T) {
	// Of version 2, and where that is mounted beside version 1.
	var group string
	for _, root := range []string{"/sys/fs/cgroup/unified", "/sys/fs/cgroup"} {
		if _, err := os.Stat(root + "/cgroup.procs"); err == nil {
			group = filepath.Join(root, fmt.Sprintf("fstack-test-%d", os.Getpid()))
			break
		}
	}
	if group == "" || os.Mkdir(group, 0o755) != nil {
		t.Skip("no control group can be made here")
	}
	p := testkit.StartTarget(t, nil, testkit.Build(t, "../../corefile/testdata/threads.c", "-pthread"))
	t.Cleanup(func() {
		p.Signal(t, syscall.SIGKILL)
		p.Wait(t)
		testkit.Await(t, "the control group is empty", func() bool { return os.Remove(group) == nil })
	})
	if err := os.WriteFile(group+"/cgroup.procs", []byte(strconv.Itoa(p.PID)), 0); err != nil {
		t.Fatal(err)
	}
	testkit.AwaitPause(t, p.PID, 4)
	for _, name := range []string{group, "/" + filepath.Base(group)} {
		if got := process(t, "--cgroup", name); got.PID != p.PID {
			t.Errorf("%s: process %d, want %d", name, got.PID, p.PID)
		}
	}
}

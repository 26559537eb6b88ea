package snapshot

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/corefile"
	"sonde/internal/testkit"
	"sonde/proc"
	"sonde/sysdeps"
)

// startCopied starts the program that notices what is done to it, and returns the
// addresses that it tells.
func startCopied(t *testing.T, mode string, flags ...string) (p *testkit.Peer, at []sysdeps.Addr) {
	t.Helper()
	program := testkit.Build(t, "testdata/copied.c", append(flags, "-O1", "-pthread")...)
	p = testkit.StartTarget(t, nil, program, mode)
	return p, addresses(t, p.Lines[0])
}

func addresses(t *testing.T, line string) (at []sysdeps.Addr) {
	t.Helper()
	for _, word := range strings.Fields(line)[1:] {
		a, err := strconv.ParseUint(word, 0, 64)
		if err != nil {
			t.Fatal(err)
		}
		at = append(at, sysdeps.Addr(a))
	}
	return at
}

// withCopy makes a copy of a process, and ends it behind use, which runs while the
// process goes on.
func withCopy(t *testing.T, pid int, use func(c *Copy)) error {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	mem, err := OpenMemory(pid)
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	var c *Copy
	if _, err := Hold(pid, Options{}, func(h *Held) (err error) {
		c, err = h.Copy(mem)
		return err
	}); err != nil {
		return err
	}
	err = c.LetGo()
	if err == nil {
		use(c)
	}
	return errors.Join(err, c.Close())
}

// children returns the processes whose parent a process is.
func children(t *testing.T, pid int) (all []int) {
	t.Helper()
	dirs, err := filepath.Glob("/proc/[0-9]*")
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range dirs {
		id, _ := strconv.Atoi(filepath.Base(dir))
		if st, err := proc.ReadStatus(id); err == nil && st.PPID == pid {
			all = append(all, id)
		}
	}
	return all
}

// checkMoment holds that pages which a program counts up one by one are of one moment.
func checkMoment(t *testing.T, m sysdeps.Memory, a sysdeps.Addr) {
	t.Helper()
	const pages = 256
	var gen []uint32
	for i := range sysdeps.Addr(pages) {
		var p [4]byte
		if _, err := m.ReadMemory(p[:], a+i*sysdeps.PageSize); err != nil {
			t.Fatal(err)
		}
		gen = append(gen, binary.LittleEndian.Uint32(p[:]))
	}
	if last := gen[pages-1]; !slices.IsSortedFunc(gen, func(a, b uint32) int { return int(b) - int(a) }) || gen[0]-last > 1 {
		t.Errorf("the pages are of different moments: %v", gen)
	}
}

// TestCopy copies programs in each situation, which go on and notice nothing; the
// copies are of one moment, and nothing is left of them.
func TestCopy(t *testing.T) {
	for _, c := range []struct {
		mode  string
		flags string
		stop  bool
	}{
		{"spin", "-m64", false},
		{"spin", "-m32", false},
		{"spin", "-static", false},
		{"sleep", "-m64", false},
		{"sleep", "-m32", false},
		{"ppoll", "-m64", false},
		{"ppoll", "-m32", false},
		{"ticks", "-m64", false},
		{"ticks", "-m32", false},
		{"queue", "-m64", false},
		{"queue", "-m32", false},
		{"rseq", "-m64", false},
		{"dispatch", "-m64", false},
		{"threads", "-m64", false},
		{"spin", "-m64", true},
		{"sleep", "-m64", true},
		{"threads", "-m32", true},
	} {
		t.Run(fmt.Sprint(c.mode, c.flags, c.stop), func(t *testing.T) {
			p, at := startCopied(t, c.mode, c.flags)
			if c.stop {
				p.Signal(t, unix.SIGSTOP)
				p.AwaitStop(t)
			}
			for range 10 {
				before := signalState(t, p.PID)
				if err := withCopy(t, p.PID, func(c *Copy) {
					checkMoment(t, c.Memory, at[0])
					checkFiles(t, c.PID)
				}); err != nil {
					t.Fatal(err)
				}
				if left := children(t, p.PID); len(left) > 0 {
					t.Errorf("its children: %v", left)
				}
				if after := signalState(t, p.PID); after != before {
					t.Errorf("its signals are %s, want %s", after, before)
				}
			}
			if c.stop {
				testkit.Await(t, "it is stopped", func() bool {
					for _, state := range states(t, p.PID) {
						if state != 'T' {
							return false
						}
					}
					return true
				})
				p.Signal(t, unix.SIGCONT)
			}
			p.EndTarget(t)
		})
	}
}

// passing are signals that the programs block now and then: SIGUSR1, SIGALRM, SIGRTMIN.
const passing = 1<<(unix.SIGUSR1-1) | 1<<(unix.SIGALRM-1) | 1<<33

// signalState tells which signals a process blocks and handles.
func signalState(t *testing.T, pid int) string {
	t.Helper()
	st, err := proc.ReadStatus(pid)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("%#x %#x %#x", st.Blocked&^passing, st.Caught, st.Ignored)
}

// checkFiles holds that a copy keeps no file open.
func checkFiles(t *testing.T, pid int) {
	t.Helper()
	files, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid))
	if err != nil || len(files) > 0 {
		t.Errorf("a copy has %d files open: %v", len(files), err)
	}
}

// TestCopyDumped writes a core file of a copy while the process goes on, and one of the
// process; both have the same mappings, and the first is of one moment.
func TestCopyDumped(t *testing.T) {
	p, at := startCopied(t, "spin")
	path := filepath.Join(t.TempDir(), "core")
	if err := withCopy(t, p.PID, func(c *Copy) {
		contents, weak, err := c.Contents(&Choice{})
		if err != nil || len(weak) > 0 {
			t.Fatal(weak, err)
		}
		if _, err := corefile.Create(path, contents, c.Memory, corefile.Options{}); err != nil {
			t.Fatal(err)
		}
	}); err != nil {
		t.Fatal(err)
	}
	got, err := corefile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer got.Close()
	checkMoment(t, got, at[0])
	want := dump(t, p.PID, &Choice{})
	if got.Process.PID != p.PID || len(got.Threads) != 1 || got.Threads[0].TID != p.PID {
		t.Errorf("process %+v, threads %+v", got.Process, got.Threads)
	}
	if !slices.EqualFunc(got.Segments, want.Segments, func(a, b corefile.Segment) bool {
		return a.Lo == b.Lo && a.Hi == b.Hi && a.Flags == b.Flags && a.Dumped == b.Dumped
	}) {
		t.Errorf("segments %+v\nwant %+v", got.Segments, want.Segments)
	}
	if !slices.Equal(got.Mapped, want.Mapped) {
		t.Errorf("mapped %+v\nwant %+v", got.Mapped, want.Mapped)
	}
	p.EndTarget(t)
}

// TestWeaknesses tells which mappings a copy does not hold.
func TestWeaknesses(t *testing.T) {
	p, at := startCopied(t, "mappings")
	if err := withCopy(t, p.PID, func(c *Copy) {
		contents, weak, err := c.Contents(&Choice{})
		if err != nil {
			t.Fatal(err)
		}
		got := make(map[sysdeps.Addr]Reason)
		for _, w := range weak {
			got[w.Mapping.Lo] = w.Why
		}
		if len(got) != 3 || got[at[0]] != NotCopied || got[at[1]] != Wiped || got[at[2]] != InCommon {
			t.Errorf("it does not hold %v, want those at %v", got, at)
		}
		for _, s := range contents.Segments {
			if s.Lo == at[0] && s.Dumped != 0 {
				t.Errorf("%#x bytes of what is not there are dumped", s.Dumped)
			}
		}
	}); err != nil {
		t.Fatal(err)
	}
	p.Next(t)
	p.EndTarget(t)
}

// TestCopyErrors has processes that cannot be copied, which go on all the same.
func TestCopyErrors(t *testing.T) {
	for _, c := range []struct {
		mode   string
		before []string
		want   error
	}{
		{"limit", nil, unix.EAGAIN},
		{"spin", []string{"/usr/bin/unshare", "--pid"}, ErrNewNamespace},
		{"pager", []string{"/usr/bin/env"}, ErrSlowCopy},
	} {
		t.Run(c.mode, func(t *testing.T) {
			if os.Geteuid() != 0 && c.before != nil {
				t.Skip("that takes root")
			}
			program := testkit.Build(t, "testdata/copied.c", "-O1", "-pthread")
			args := append(slices.Clone(c.before), program, c.mode)
			p := testkit.StartTarget(t, nil, args[0], args[1:]...)
			if err := withCopy(t, p.PID, func(*Copy) {}); !errors.Is(err, c.want) {
				t.Errorf("error %v, want %v", err, c.want)
			}
			if left := children(t, p.PID); len(left) > 0 {
				t.Errorf("its children: %v", left)
			}
			p.EndTarget(t)
		})
	}
}

// TestCopyConfined copies a process whose seccomp filter would end it for that.
func TestCopyConfined(t *testing.T) {
	p, at := startCopied(t, "seccomp")
	err := withCopy(t, p.PID, func(c *Copy) { checkMoment(t, c.Memory, at[0]) })
	if os.Geteuid() == 0 && err != nil || err != nil && !errors.Is(err, ErrSeccomp) {
		t.Error(err)
	}
	p.EndTarget(t)
}

// TestCopyInit copies the first process of a pid namespace, that adopts orphans.
func TestCopyInit(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("making namespaces takes root")
	}
	program := testkit.Build(t, "testdata/copied.c", "-O1", "-pthread")
	p := testkit.StartTarget(t, nil, "/usr/bin/unshare", "--pid", "--fork", program, "sleep")
	first := children(t, p.PID)
	if len(first) != 1 {
		t.Fatalf("children %v", first)
	}
	for range 3 {
		if err := withCopy(t, first[0], func(c *Copy) { checkMoment(t, c.Memory, addresses(t, p.Lines[0])[0]) }); err != nil {
			t.Fatal(err)
		}
		if left := children(t, first[0]); len(left) > 0 {
			t.Errorf("its children: %v", left)
		}
	}
	p.EndTarget(t)
}

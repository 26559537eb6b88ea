package corefile

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// kernelCore makes a program of testdata die and returns the core file that the kernel
// has written of it. Where it would not be the kernel (core(5), core_pattern), the
// test is left out.
func kernelCore(t *testing.T, flags ...string) string {
	t.Helper()
	pattern, err := os.ReadFile("/proc/sys/kernel/core_pattern")
	if err != nil {
		t.Fatal(err)
	}
	if bytes.ContainsAny(pattern, "|/%") {
		t.Skipf("core files go elsewhere: %s", pattern)
	}
	program := testkit.Build(t, "testdata/threads.c", append(flags, "-pthread")...)
	dir := t.TempDir()
	cmd := exec.Command("prlimit", "--core=unlimited", program, "abort")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err == nil {
		t.Fatalf("it has not died: %s", out)
	}
	cores, err := filepath.Glob(filepath.Join(dir, "core*"))
	if err != nil || len(cores) != 1 {
		t.Fatalf("%d core files: %v", len(cores), err)
	}
	return cores[0]
}

// open opens a core file in which nothing is to be damaged.
func open(t *testing.T, path string) *File {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if f.Damage != nil {
		t.Errorf("damage: %v", f.Damage)
	}
	return f
}

var machines = []struct{ name, flag string }{{"64-bit", "-m64"}, {"32-bit", "-m32"}}

// TestKernelNotes reads what the kernel writes and writes the same again, byte for
// byte: notes, program headers and the ELF header.
func TestKernelNotes(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			path := kernelCore(t, m.flag)
			f := open(t, path)
			want := make([]byte, f.segs[0].off)
			if _, err := f.src.r.ReadAt(want, 0); err != nil {
				t.Fatal(err)
			}
			// Behind the notes there is nothing up to the first segment.
			got := make([]byte, len(want))
			if n := copy(got, makePlan(&f.Contents).head); n > len(want) {
				t.Fatalf("%d bytes, want %d at most", n, len(want))
			}
			for i := range want {
				if got[i] != want[i] {
					t.Fatalf("byte %#x is %#x, want %#x\n%s", i, got[i], want[i], describe(t, path))
				}
			}
		})
	}
}

func describe(t *testing.T, path string) string {
	out, err := exec.Command("readelf", "-lnW", path).CombinedOutput()
	return fmt.Sprintf("%s %v", out, err)
}

// TestKernelCore compares what is read with what the program has said of itself, and with
// what eu-readelf and the file's sections, as debug/elf reads them, tell.
func TestKernelCore(t *testing.T) {
	for _, m := range machines {
		t.Run(m.name, func(t *testing.T) {
			path := kernelCore(t, m.flag)
			f := open(t, path)
			if f.Process.Name != "threads" || !strings.HasSuffix(f.Process.Args, "/threads abort ") {
				t.Errorf("process %+v", f.Process)
			}
			if len(f.Threads) != 4 || f.Process.PID != f.Threads[0].TID {
				t.Errorf("%d threads, first %d of %d", len(f.Threads), f.Threads[0].TID, f.Process.PID)
			}
			if si := f.Threads[0].Siginfo; si == nil || si.Signo() != int(unix.SIGABRT) || si.Code() != sysdeps.SI_TKILL ||
				si.PID() != f.Process.PID {
				t.Errorf("siginfo %v", si)
			}
			out, err := exec.Command("eu-readelf", "-n", path).Output()
			if err != nil {
				t.Fatal(err)
			}
			pids := regexp.MustCompile(`(?m)sigpend.*\n.*\n\s+pid: (\d+), ppid: (\d+)`).FindAllStringSubmatch(string(out), -1)
			for i := range f.Threads {
				th := &f.Threads[i]
				if i >= len(pids) || pids[i][1] != fmt.Sprint(th.TID) || pids[i][2] != fmt.Sprint(th.PPID) {
					t.Errorf("thread %d is %d of %d\n%s", i, th.TID, th.PPID, out)
				}
				if len(th.XState) < 512 || len(th.FPRegs) == 0 || !f.maps(th.Regs.PC()) || !f.maps(th.Regs.SP()) {
					t.Errorf("thread %d: PC %v, SP %v", th.TID, th.Regs.PC(), th.Regs.SP())
				}
			}
			checkMemory(t, f, path)
		})
	}
}

func (f *File) maps(a sysdeps.Addr) bool {
	_, ok := f.find(a)
	return ok
}

// checkMemory compares the memory of a core file with what debug/elf reads.
func checkMemory(t *testing.T, f *File, path string) {
	t.Helper()
	e, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	var segments int
	for _, p := range e.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		segments++
		want := make([]byte, p.Filesz)
		if _, err := p.ReadAt(want, 0); err != nil && p.Filesz > 0 {
			t.Fatal(err)
		}
		got := make([]byte, p.Filesz)
		if n, err := f.ReadMemory(got, sysdeps.Addr(p.Vaddr)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%#x: %d bytes of %d: %v", p.Vaddr, n, len(got), err)
		}
	}
	if segments != len(f.Segments) {
		t.Errorf("%d segments, want %d", len(f.Segments), segments)
	}
}

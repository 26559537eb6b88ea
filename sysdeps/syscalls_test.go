package sysdeps

import (
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

func TestSyscallTable(t *testing.T) {
	for _, c := range []struct {
		arch *Arch
		nr   int64
		name string
	}{
		{AMD64, 0, "read"},
		{AMD64, 59, "execve"},
		{AMD64, 257, "openat"},
		{AMD64, 335, "uretprobe"},
		{I386, 0, "restart_syscall"},
		{I386, 102, "socketcall"},
		{I386, 192, "mmap2"},
		{I386, 403, "clock_gettime64"},
		{ARM64, 0, "io_setup"},
		{ARM64, 62, "lseek"},
		{ARM64, 79, "newfstatat"},
		{ARM64, 222, "mmap"},
	} {
		if got := c.arch.Syscalls.Name(c.nr); got != c.name {
			t.Errorf("%s: %d is %q, want %q", c.arch.Name, c.nr, got, c.name)
		}
	}
	for _, c := range []struct {
		arch *Arch
		nr   int64
	}{
		{AMD64, -1}, {AMD64, -1 << 63}, {AMD64, 400}, {AMD64, 600}, {AMD64, 0x40000000}, {AMD64, 1<<63 - 1}, {I386, 222}, {ARM64, 244},
	} {
		if got := c.arch.Syscalls.Name(c.nr); got != "" {
			t.Errorf("%s: %d is %q, want none", c.arch.Name, c.nr, got)
		}
	}
	for _, name := range []string{"", "open ", "OPEN", "mmap2", "syscall_0x1ff"} {
		if nr, ok := AMD64.Syscalls.Number(name); ok {
			t.Errorf("%q is %d, want none", name, nr)
		}
	}
}

// TestParts has the calls of many parts make some of them.
func TestParts(t *testing.T) {
	m := wordsAt{0x1000: {3, 0x2000, 16, 7, 8, 9}}
	for _, c := range []struct {
		name string
		nr   int64
		args [6]uint64
		want string
		part Part
	}{
		{"connect", 102, [6]uint64{3, 0x1000}, "connect", Part{Args: [6]uint64{3, 0x2000, 16}}},
		{"sendto", 102, [6]uint64{11, 0x1000, 5}, "sendto", Part{Args: [6]uint64{3, 0x2000, 16, 7, 8, 9}}},
		{"arguments that cannot be read", 102, [6]uint64{3, 0x3000}, "", Part{}},
		{"arguments of which some cannot", 102, [6]uint64{3, 0x1000 + 16}, "", Part{}},
		{"none", 102, [6]uint64{0, 0x1000}, "", Part{}},
		{"beyond the last", 102, [6]uint64{21, 0x1000}, "", Part{}},
		{"far beyond", 102, [6]uint64{1<<32 - 1, 0x1000}, "", Part{}},
		{"a version of what has none", 102, [6]uint64{0x10003, 0x1000}, "", Part{}},
		{"semop", 117, [6]uint64{1, 10, 20, 30, 40, 50}, "semop", Part{Args: [6]uint64{10, 40, 20}}},
		{"semctl", 117, [6]uint64{3, 10, 20, 30, 0x1000, 50}, "semctl", Part{Args: [6]uint64{10, 20, 30, 3}}},
		{"msgrcv of old", 117, [6]uint64{12, 10, 20, 30, 0x1000, 50}, "msgrcv", Part{Args: [6]uint64{10, 3, 20, 0x2000, 30}}},
		{"msgrcv", 117, [6]uint64{12 | 1<<16, 10, 20, 30, 40, 50}, "msgrcv", Part{Args: [6]uint64{10, 40, 20, 50, 30}}},
		{"a version that changes nothing", 117, [6]uint64{2 | 1<<16, 10, 20, 30}, "semget", Part{Args: [6]uint64{10, 20, 30}}},
		{"shmat", 117, [6]uint64{21, 10, 20, 30, 40}, "shmat", Part{Args: [6]uint64{10, 40, 20}, Result: 30}},
		{"mmap", 90, [6]uint64{0x1000}, "mmap", Part{Args: [6]uint64{3, 0x2000, 16, 7, 8, 9}}},
		{"mmap of no arguments", 90, [6]uint64{0x3000}, "", Part{}},
		{"select", 82, [6]uint64{0x1000}, "select", Part{Args: [6]uint64{3, 0x2000, 16, 7, 8}}},
		{"_llseek", 140, [6]uint64{3, 1, 2, 0x2000, 4}, "_llseek", Part{Args: [6]uint64{3, 2, 1, 0x2000, 4}}},
		{"a gap", 117, [6]uint64{5}, "", Part{}},
		{"another call", 3, [6]uint64{1, 0x1000}, "", Part{}},
		{"no call", -1, [6]uint64{1, 0x1000}, "", Part{}},
	} {
		t.Run(c.name, func(t *testing.T) {
			part, ok := I386.PartOf(c.nr, c.args, m)
			if ok != (c.want != "") || ok && (I386.Syscalls.Name(part.Nr) != c.want || WholeOf(part.Nr) != c.nr) {
				t.Errorf("%#x, %q, %v; want %q", part.Nr, I386.Syscalls.Name(part.Nr), ok, c.want)
			}
			if part.Nr = 0; part != c.part {
				t.Errorf("%+v, want %+v", part, c.part)
			}
		})
	}
	for nr, want := range map[int64]string{90: "old_mmap", 90 | 1<<32: "mmap", 82: "old_select", 102: "socketcall", 102 | 3<<32: "connect", 3: "read"} {
		if got := I386.Syscalls.Entry(nr); got != want {
			t.Errorf("%#x is declared as %q, want %q", nr, got, want)
		}
	}
	if part, ok := AMD64.PartOf(102, [6]uint64{3, 0x1000}, m); ok {
		t.Errorf("on amd64: %+v", part)
	}
}

// wordsAt is memory of words of 32 bits.
type wordsAt map[Addr][]uint32

func (m wordsAt) ReadMemory(p []byte, a Addr) (n int, err error) {
	for at, words := range m {
		for i, w := range words {
			if at+Addr(4*i) == a+Addr(n) && n+4 <= len(p) {
				n += copy(p[n:], I386.PutWord(make([]byte, 4), uint64(w)))
			}
		}
	}
	return n, nil
}

// TestSyscallNumbers asks for the number of each name: they go up, and no name
// has two.
func TestSyscallNumbers(t *testing.T) {
	for _, arch := range Archs {
		last := int64(-1)
		for nr, name := range arch.Syscalls.All() {
			if back, ok := arch.Syscalls.Number(name); back != nr || !ok || nr <= last || arch.Syscalls.Name(nr) != name {
				t.Errorf("%s: %d is %s, which is %d, %v; after %d", arch.Name, nr, name, back, ok, last)
			}
			last = nr
		}
		if last < 470 {
			t.Errorf("%s: the last call is %d", arch.Name, last)
		}
	}
}

// TestCallsAreInTable holds the numbers that Sonde uses by itself against the
// tables.
func TestCallsAreInTable(t *testing.T) {
	for _, c := range []struct {
		arch *Arch
		nr   int64
		name string
	}{
		{AMD64, AMD64.Calls.Mmap, "mmap"},
		{AMD64, AMD64.Calls.Munmap, "munmap"},
		{AMD64, AMD64.Calls.Sigaction, "rt_sigaction"},
		{AMD64, AMD64.Calls.Clone, "clone"},
		{AMD64, AMD64.Calls.Clone3, "clone3"},
		{AMD64, AMD64.Calls.Fork, "fork"},
		{AMD64, AMD64.Calls.Vfork, "vfork"},
		{AMD64, AMD64.Calls.Wait4, "wait4"},
		{AMD64, AMD64.Calls.Unshare, "unshare"},
		{AMD64, AMD64.Calls.CloseRange, "close_range"},
		{I386, I386.Calls.Mmap, "mmap2"},
		{I386, I386.Calls.Munmap, "munmap"},
		{I386, I386.Calls.Sigaction, "rt_sigaction"},
		{I386, I386.Calls.Clone, "clone"},
		{I386, I386.Calls.Clone3, "clone3"},
		{I386, I386.Calls.Fork, "fork"},
		{I386, I386.Calls.Vfork, "vfork"},
		{I386, I386.Calls.Wait4, "wait4"},
		{I386, I386.Calls.Unshare, "unshare"},
		{I386, I386.Calls.CloseRange, "close_range"},
	} {
		if got := c.arch.Syscalls.Name(c.nr); got != c.name {
			t.Errorf("%s: %d is %q, want %q", c.arch.Name, c.nr, got, c.name)
		}
	}
}

// TestSyscallsOfXSys compares the tables with those of golang.org/x/sys/unix,
// which come from the kernel's newest release.
func TestSyscallsOfXSys(t *testing.T) {
	dir, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}", "golang.org/x/sys").Output()
	if err != nil {
		t.Fatalf("find golang.org/x/sys: %v", err)
	}
	constant := regexp.MustCompile(`(?m)^\tSYS_(\w+) *= (\d+)$`)
	for goarch, arch := range map[string]*Arch{"amd64": AMD64, "386": I386, "arm64": ARM64} {
		text, err := os.ReadFile(filepath.Join(strings.TrimSpace(string(dir)), "unix", "zsysnum_linux_"+goarch+".go"))
		if err != nil {
			t.Fatal(err)
		}
		want := map[int64]string{}
		for _, m := range constant.FindAllStringSubmatch(string(text), -1) {
			nr, err := strconv.ParseInt(m[2], 10, 64)
			if err != nil {
				t.Fatal(err)
			}
			want[nr] = strings.ToLower(m[1])
		}
		if goarch == "arm64" {
			delete(want, 244) // ARCH_SPECIFIC_SYSCALL: where a machine's own would begin
		}
		for nr := range int64(1000) {
			if got := arch.Syscalls.Name(nr); got != want[nr] {
				t.Errorf("%s: %d is %q, want %q", arch.Name, nr, got, want[nr])
			}
		}
	}
}

// newerCalls tell the numbers of calls that strace may not know yet.
var newerCalls = map[*Arch]func(nr int64) bool{
	AMD64: func(nr int64) bool { return nr == 335 || nr == 336 || nr > 450 },
	I386:  func(nr int64) bool { return nr > 450 },
}

// TestSyscallsOfStrace makes every call under strace: its names must be ours.
func TestSyscallsOfStrace(t *testing.T) {
	for _, c := range []struct {
		arch *Arch
		bits string
	}{{AMD64, "-m64"}, {I386, "-m32"}} {
		t.Run(c.arch.Name, func(t *testing.T) {
			calls := testkit.StraceCalls(t, testkit.Build(t, "testdata/every_syscall.c", c.bits), "all")
			if len(calls) < 350 {
				t.Errorf("strace knows %d calls", len(calls))
			}
			for nr := range int64(600) {
				got, want := c.arch.Syscalls.Name(nr), calls[nr]
				if got != want && (want != "" || !newerCalls[c.arch](nr)) {
					t.Errorf("%d is %q, want %q", nr, got, want)
				}
			}
		})
	}
}

// notOfStrace are members of classes that strace does not have in them.
var notOfStrace = []string{"network socketcall", "net socketcall"}

// TestSyscallClasses has strace choose each class out of all calls.
func TestSyscallClasses(t *testing.T) {
	programs := map[*Arch]string{
		AMD64: testkit.Build(t, "testdata/every_syscall.c", "-m64"),
		I386:  testkit.Build(t, "testdata/every_syscall.c", "-m32"),
	}
	for _, class := range append(SyscallClasses(), "net") {
		t.Run(class, func(t *testing.T) {
			names, ok := SyscallClass(class)
			if !ok || !slices.IsSorted(names) {
				t.Fatalf("%q, %v", names, ok)
			}
			foreign := map[string]bool{}
			for _, name := range names {
				foreign[name] = true
			}
			for arch, program := range programs {
				calls := testkit.StraceCalls(t, program, "%"+class)
				for nr, name := range arch.Syscalls.All() {
					delete(foreign, name)
					for _, part := range arch.Syscalls.Parts(nr) {
						delete(foreign, part)
					}
					got, want := slices.Contains(names, name), calls[nr] != ""
					if newerCalls[arch](nr) || slices.Contains(notOfStrace, fmt.Sprint(class, " ", name)) {
						continue
					}
					if got != want {
						t.Errorf("%s: %s is in %%%s: %v, want %v", arch.Name, name, class, got, want)
					}
				}
			}
			if len(foreign) > 0 {
				t.Errorf("no machine has %v", slices.Sorted(maps.Keys(foreign)))
			}
		})
	}
	if names, ok := SyscallClass("files"); ok {
		t.Errorf("files: %q", names)
	}
}

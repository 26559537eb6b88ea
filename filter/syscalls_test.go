package filter

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// chosenCalls returns the calls of a machine in a set: the few that TestSyscalls
// chooses among, by name or as syscall_0xNR.
func chosenCalls(s *Syscalls, arch *sysdeps.Arch) string {
	among := []string{
		"read", "open", "openat", "close", "stat", "stat64", "newfstatat", "signal", "rt_sigaction", "ipc", "semop",
		"mmap", "mmap2", "getpid", "gettimeofday", "utimensat_time64",
	}
	var got []string
	for _, name := range among {
		if nr, ok := arch.Syscalls.Number(name); ok && s.Wants(arch, nr) {
			got = append(got, name)
		}
	}
	if s.Wants(arch, 0x1ff) {
		got = append(got, "syscall_0x1ff")
	}
	return strings.Join(got, " ")
}

func TestSyscalls(t *testing.T) {
	const (
		all64 = "read open openat close stat newfstatat rt_sigaction semop mmap getpid gettimeofday syscall_0x1ff"
		all32 = "read open openat close stat stat64 signal rt_sigaction ipc mmap mmap2 getpid gettimeofday utimensat_time64 syscall_0x1ff"
		allRM = "read openat close newfstatat rt_sigaction semop mmap getpid gettimeofday syscall_0x1ff"
	)
	for _, c := range []struct{ set, amd64, i386, arm64 string }{
		{"open", "open", "open", ""},
		{"open,close", "open close", "open close", "close"},
		{"mmap2", "", "mmap2", ""},
		{"all", all64, all32, allRM},
		{"none", "", "", ""},
		{"!none", all64, all32, allRM},
		{"!!none", "", "", ""},
		{"!all", "", "", ""},
		{"none,open", "open", "open", ""},
		{"open,all", all64, all32, allRM},
		{"!read,getpid", strings.TrimPrefix(strings.ReplaceAll(all64, " getpid", ""), "read "), strings.TrimPrefix(strings.ReplaceAll(all32, " getpid", ""), "read "), strings.TrimPrefix(strings.ReplaceAll(allRM, " getpid", ""), "read ")},
		{"!/.", "syscall_0x1ff", "syscall_0x1ff", "syscall_0x1ff"},

		{"%stat", "stat", "stat stat64", ""},
		{"%%stat", "stat newfstatat", "stat stat64", "newfstatat"},
		{"%pure", "getpid", "getpid", "getpid"},
		{"%clock,%stat", "stat gettimeofday", "stat stat64 gettimeofday", "gettimeofday"},
		{"%ipc", "semop", "ipc", "semop"},
		{"ipc", "semop", "ipc", "semop"}, // the class, not the call
		{"signal", "rt_sigaction", "signal rt_sigaction", "rt_sigaction"},

		{"/^open", "open openat", "open openat", "openat"},
		{"/64$", "", "stat64 utimensat_time64", ""},
		{"/pid$,/stat$", "stat getpid", "stat getpid", "getpid"},
		{"/^(open|close)$@32", "", "open close", ""},

		{"open@64", "open", "", ""},
		{"open@32", "", "open", ""},
		{"open@x32", "", "", ""},
		{"close@64,open@32", "close", "open", "close"},
		{"%stat@32", "", "stat stat64", ""},
		{"all@32", "", all32, ""},
		{"!all@32", all64, "", allRM},
		{"!open@x32", all64, all32, allRM},

		{"?open,?nothing", "open", "open", ""},
		{"?nothing", "", "", ""},
		{"?%nothing,?/^nothing$,?mmap2@64", "", "", ""},
		{"!?getpid,?nothing", strings.ReplaceAll(all64, " getpid", ""), strings.ReplaceAll(all32, " getpid", ""), strings.ReplaceAll(allRM, " getpid", "")},

		{"2", "open", "", ""}, // fork on i386, io_submit on arm64
		{"3@32", "", "read", ""},
		{"0x3@64", "close", "", ""},
		{"0", "read", "", ""},
		{"511", "syscall_0x1ff", "syscall_0x1ff", "syscall_0x1ff"},
		{"syscall_0x1ff", "syscall_0x1ff", "syscall_0x1ff", "syscall_0x1ff"},
		{"syscall_0x1ff@32", "", "syscall_0x1ff", ""},

		{",open,,close,", "open close", "open close", "close"},
	} {
		s, err := ParseSyscalls(c.set)
		if err != nil {
			t.Errorf("%s: %v", c.set, err)
			continue
		}
		for _, m := range []struct {
			arch *sysdeps.Arch
			want string
		}{{sysdeps.AMD64, c.amd64}, {sysdeps.I386, c.i386}, {sysdeps.ARM64, c.arm64}} {
			if got := chosenCalls(s, m.arch); got != m.want {
				t.Errorf("%s: of %s %q, want %q", c.set, m.arch.Name, got, m.want)
			}
		}
	}
	var none *Syscalls
	if none.Wants(sysdeps.AMD64, 0) {
		t.Error("the nil set has a call")
	}
}

// TestPartsOfSyscalls has sets choose among the calls that i386's socketcall makes.
func TestPartsOfSyscalls(t *testing.T) {
	const socketcall = 102
	for _, c := range []struct{ set, want string }{
		{"none", ""},
		{"socket,send", "socket send"},
		{"%ipc", ""},
		{"%desc", ""},
		{"/^recv.", "recvfrom recvmsg recvmmsg"},
		{"!%network", ""},
		{"bind@64", ""},
	} {
		s, err := ParseSyscalls(c.set)
		if err != nil {
			t.Errorf("%s: %v", c.set, err)
			continue
		}
		var got []string
		for nr, name := range sysdeps.I386.Syscalls.Parts(socketcall) {
			if s.Wants(sysdeps.I386, nr) {
				got = append(got, name)
			}
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.set, got, c.want)
		}
	}
	for _, whole := range []string{"socketcall", "102", "all", "%network", "!%ipc"} {
		s, err := ParseSyscalls(whole)
		if err != nil {
			t.Fatal(err)
		}
		for nr, name := range sysdeps.I386.Syscalls.Parts(socketcall) {
			if !s.Wants(sysdeps.I386, nr) {
				t.Errorf("%s has no %s", whole, name)
			}
		}
	}
}

func TestSyscallsErrors(t *testing.T) {
	for _, c := range []struct{ set, want string }{
		{"", `filter "": at character 1: the set is empty (all and none are sets as well)`},
		{"!", `filter "!": at character 2: the set is empty (all and none are sets as well)`},
		{",,", `filter ",,": at character 3: the set is empty (all and none are sets as well)`},
		{"read,opne", `filter "read,opne": at character 6: no system call is named "opne"; the nearest name is open`},
		{"!getpidd", `filter "!getpidd": at character 2: no system call is named "getpidd"; the nearest names are getpid, getgid, getpgid`},
		{"frobnicate", `filter "frobnicate": at character 1: no system call is named "frobnicate"`},
		{"Read", `filter "Read": at character 1: no system call is named "Read"; the nearest name is read`},
		{"creds", `filter "creds": at character 1: no system call is named "creds"; the nearest names are %creds, creat`},
		{"mmap2@64", `filter "mmap2@64": at character 1: no 64-bit system call is named "mmap2"; the nearest name is mmap`},
		{"mmap2@x32", `filter "mmap2@x32": at character 1: no x32 system call is named "mmap2"; the nearest name is mmap`},
		{"open,!close", `filter "open,!close": at character 6: '!' stands in front of the set and turns it round as a whole`},
		{"%files", `filter "%files": at character 1: there is no class %files; the classes are %%stat, %%statfs, %clock, %creds, %desc, %file, %fstat, %fstatfs, %ipc, %lstat, %memory, %network, %process, %pure, %signal, %stat, %statfs`},
		{"%", `filter "%": at character 1: there is no class %; the classes are %%stat, %%statfs, %clock, %creds, %desc, %file, %fstat, %fstatfs, %ipc, %lstat, %memory, %network, %process, %pure, %signal, %stat, %statfs`},
		{"/^frob", `filter "/^frob": at character 1: no system call matches /^frob`},
		{"/a(b", `filter "/a(b": at character 1: missing closing ): a(b`},
		{"?/a(b", `filter "?/a(b": at character 1: missing closing ): a(b`},
		{"open@", `filter "open@": at character 1: behind '@' stands 64, 32 or x32, not ""`},
		{"?open@16", `filter "?open@16": at character 1: behind '@' stands 64, 32 or x32, not "16"`},
		{"open@64@32", `filter "open@64@32": at character 1: behind '@' stands 64, 32 or x32, not "64@32"`},
		{"@64", `filter "@64": at character 1: no 64-bit system call is named ""`},
		{"?", ``},
		{"-1", `filter "-1": at character 1: no system call is named "-1"`},
		{"2147483648", `filter "2147483648": at character 1: 2147483648 is no number of a system call`},
		{"1read", `filter "1read": at character 1: 1read is no number of a system call`},
		{"0x", `filter "0x": at character 1: 0x is no number of a system call`},
		{"syscall_0xg", `filter "syscall_0xg": at character 1: syscall_0xg is no number of a system call`},
	} {
		s, err := ParseSyscalls(c.set)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != c.want || (err == nil) != (s != nil) {
			t.Errorf("%s: %v, %q, want %q", c.set, s, got, c.want)
		}
	}
}

// TestSyscallsOfStrace has strace choose out of all calls what ours chooses.
func TestSyscallsOfStrace(t *testing.T) {
	programs := map[*sysdeps.Arch]string{
		sysdeps.AMD64: testkit.Build(t, "../sysdeps/testdata/every_syscall.c", "-m64"),
		sysdeps.I386:  testkit.Build(t, "../sysdeps/testdata/every_syscall.c", "-m32"),
	}
	for _, set := range []string{
		"open,close", "!open,close", "!!open,close", "all", "!all", "none", "!none", ",open,,close,",
		"%file,%desc", "!%file,%desc", "%net", "file", "desc", "network", "process", "signal", "ipc", "memory",
		"/open", "/^.?stat", "!/time", "/open@64", "/open@32", "?nothing,read", "?%nothing,read", "!?nothing",
		"open@64,close@32", "%signal@32", "!%signal@32", "open@x32", "!read@x32", "all@32", "5", "5@32", "!5@64",
	} {
		t.Run(strings.ReplaceAll(set, "/", "~"), func(t *testing.T) {
			s, err := ParseSyscalls(set)
			if err != nil {
				t.Fatal(err)
			}
			for arch, program := range programs {
				calls := testkit.StraceCalls(t, program, set)
				for nr, name := range arch.Syscalls.All() {
					// strace may be older than a call, and has socketcall in other classes.
					if nr > 450 || name == "uretprobe" || name == "uprobe" || name == "socketcall" {
						continue
					}
					if got, want := s.Wants(arch, nr), calls[nr] != ""; got != want {
						t.Errorf("%s: %s is in the set: %v, want %v", arch.Name, name, got, want)
					}
				}
			}
		})
	}
}

// FuzzSyscalls reads sets, and turns round what is one.
func FuzzSyscalls(f *testing.F) {
	for _, set := range []string{
		"", "!", "all", "none", "!!none", "open,close", "!%file,%%stat@32", "?x@x32,/^a.{1}b@64", "/(", "/a{1000}{1000}", "%", "@", "?@64", "3,0x3,syscall_0x1ff", "99999999999", "\x00,\xff,/\xff",
	} {
		f.Add(set, int64(3))
	}
	f.Fuzz(func(t *testing.T, set string, nr int64) {
		s, err := ParseSyscalls(set)
		round, errRound := ParseSyscalls("!" + set)
		checkFault(t, set, err)
		checkFault(t, "!"+set, errRound)
		if (err == nil) != (errRound == nil) || (s != nil) != (err == nil) || (round != nil) != (err == nil) {
			t.Fatalf("%q: %v; turned round: %v", set, err, errRound)
		}
		if err != nil {
			return
		}
		for _, arch := range sysdeps.Archs {
			if s.Wants(arch, nr) == round.Wants(arch, nr) {
				t.Errorf("%q and what is not in it agree on %d of %s", set, nr, arch.Name)
			}
		}
	})
}

// checkFault checks that an error, if there is one, says what is wrong and where.
func checkFault(t *testing.T, text string, err error) {
	t.Helper()
	var e *Error
	if err != nil && (!errors.As(err, &e) || e.Expr != text || e.Off < 0 || e.Off > len(text) || e.Msg == "") {
		t.Fatalf("%q: %#v", text, err)
	}
}

func BenchmarkSyscallsWants(b *testing.B) {
	s, err := ParseSyscalls("!%file,%desc")
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	nrs := slices.Collect(func(yield func(int64) bool) {
		for nr := range sysdeps.I386.Syscalls.All() {
			if !yield(nr) {
				return
			}
		}
	})
	for i := 0; b.Loop(); i++ {
		s.Wants(sysdeps.I386, nrs[i%len(nrs)])
	}
}

package trace

import (
	"fmt"
	"testing"

	"sonde/prototype"
)

// TestUses holds what is known, before anything is read, of how system calls refer to
// files: the words that are descriptors, and whether more has to be read.
func TestUses(t *testing.T) {
	shelf := prototype.NewShelf(prototype.ShelfOptions{
		Env: func(string) string { return "" }, Installed: []string{},
		Report: func(err error) { t.Error(err) },
	})
	for _, c := range []struct{ machine, name, want string }{
		{"amd64", "getpid", "[] false"},
		{"amd64", "brk", "[] false"},
		{"amd64", "rt_sigprocmask", "[] false"},
		{"amd64", "clock_nanosleep", "[] false"},
		{"amd64", "sched_setaffinity", "[] false"}, // a set, of processors
		{"amd64", "getcwd", "[] false"},            // a path comes out
		{"amd64", "pipe2", "[] false"},             // descriptors come out
		{"amd64", "read", "[0] false"},
		{"amd64", "mmap", "[4] false"},
		{"amd64", "dup2", "[0 1] false"},
		{"amd64", "epoll_ctl", "[0 2] false"},
		{"amd64", "copy_file_range", "[0 2] false"},
		{"amd64", "execve", "[] true"},
		{"amd64", "openat", "[0] true"},
		{"amd64", "renameat2", "[0 2] true"},
		{"amd64", "rename", "[] true"},
		{"amd64", "poll", "[] true"},
		{"amd64", "pselect6", "[] true"},
		{"amd64", "syscall_0x1ff", ""},
		{"i386", "mmap2", "[4] false"},
		{"i386", "pread64", "[0] false"},
		{"i386", "open", "[] true"},
	} {
		got := ""
		if p := shelf.SystemCall(c.machine, c.name); p != nil {
			u := usesOf(p)
			got = fmt.Sprint(u.words, u.read)
		}
		if got != c.want {
			t.Errorf("%s of %s: %q, want %q", c.name, c.machine, got, c.want)
		}
	}
}

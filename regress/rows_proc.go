package regress

import (
	"errors"
	"fmt"
	"os"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
)

var procRows = []Row{
	{
		ID: "O01", Title: "the state of a tracee that stands still is t", Since: Version{2, 6, 33},
		Checks: "/proc/PID/status and stat of a stopped tracee: t (tracing stop)",
		Relies: "telling tracees from stopped processes",
		Run: func(t *T) {
			c := t.StartTraced(Code.Forever)
			Equal(t, "state in stat", c.State(), 't')
			Equal(t, "state in status", c.status("State"), "t (tracing stop)")
		},
	},
	{
		ID: "O02", Title: "TracerPid is the thread that traces",
		Checks: "TracerPid of a tracee, of one that was let go, and of a zombie: the tracer, 0, the tracer until it is waited for",
		Relies: "telling who traces a process already",
		Run: func(t *T) {
			c := t.Start(Code.Forever)
			Equal(t, "TracerPid before", c.Tracer(), 0)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			Equal(t, "TracerPid", c.Tracer(), unix.Gettid())
			c.Detach(0)
			Equal(t, "TracerPid behind PTRACE_DETACH", c.Tracer(), 0)
			c.Seize(0)
			c.Kill(unix.SIGKILL)
			c.AwaitState('Z')
			Equal(t, "TracerPid of a zombie", c.Tracer(), unix.Gettid())
			c.ExpectKilled(unix.SIGKILL)
			Equal(t, "its status", c.Proc("status"), "")
		},
	},
	{
		ID: "O03", Title: "/proc/PID/syscall tells the call that a thread sleeps in",
		Checks: "of a thread that runs: running; of one in read: its number, arguments, stack pointer and program counter; the same while it stands still",
		Relies: "the call that a thread was in when it was attached to, and fstack --nonblocking",
		Run: func(t *T) {
			spins := t.Start(Code.Spin)
			t.Await("a process that spins is running", func() bool { return spins.Proc("syscall") == "running" })
			spins.Kill(unix.SIGKILL)
			from, _ := t.Pipe()
			c := t.Start(func(p Code) {
				p.Space("buffer", 8)
				p.LoadSyscall(0, asm.Imm(from), asm.Of("buffer"), asm.Imm(7))
				p.Mov(asm.R10, asm.Imm(11))
				p.Mov(asm.R8, asm.Imm(12))
				p.Mov(asm.R9, asm.Imm(13))
				p.EnterKernel()
				p.Label("behind")
				p.Exit(0)
			})
			c.AwaitSyscall("read")
			asleep := c.Proc("syscall")
			c.Seize(0)
			c.Interrupt()
			c.WaitWith(unix.WALL)
			want := fmt.Sprintf("0 0x%x 0x%x 0x7 0xb 0xc 0xd 0x%x 0x%x", from, uint64(c.Addr("buffer")), uint64(c.Regs().SP()), uint64(c.Addr("behind")))
			Equal(t, "asleep", asleep, want)
			t.True(strings.HasPrefix(c.Proc("syscall"), "0 ") || strings.HasPrefix(c.Proc("syscall"), "-1 "), "in a stop: %s", c.Proc("syscall"))
		},
	},
	{
		ID: "O04", Title: "/proc/PID/wchan tells where in the kernel a thread sleeps",
		Checks: "of a thread in read of a pipe: a function of pipes; of a stopped tracee: ptrace_stop, or a part of it",
		Run: func(t *T) {
			from, _ := t.Pipe()
			c := t.Start(func(p Code) {
				p.Space("buffer", 8)
				p.Syscall("read", asm.Imm(from), asm.Of("buffer"), asm.Imm(8))
			})
			c.AwaitSyscall("read")
			where := c.Proc("wchan")
			if where == "" || where == "0" {
				t.Skip("the kernel does not tell where threads sleep")
			}
			t.True(strings.Contains(where, "pipe"), "in read: %s", where)
			c.Attach()
			c.ExpectStop(unix.SIGSTOP)
			where, _, _ = strings.Cut(c.Proc("wchan"), ".") // gcc calls a part ptrace_stop.part.0
			Equal(t, "in a stop", where, "ptrace_stop")
		},
	},
	{
		ID: "O05", Title: "at PTRACE_EVENT_EXIT a process can still be looked at",
		Checks: "at PTRACE_EVENT_EXIT of a process that SIGSEGV ends, also of one that may not be dumped: maps, environ, exe and cwd are readable, PTRACE_PEEKDATA works",
		Relies: "looking at a program at its end",
		Run: func(t *T) {
			for _, dumpable := range []int{1, 0} {
				if dumpable == 0 && t.Machine.Lacks[Root] != "" {
					continue // whose files others than root do not get
				}
				c := t.StartTraced(func(p Code) {
					p.Syscall("prctl", asm.Imm(unix.PR_SET_DUMPABLE), asm.Imm(dumpable))
					p.Space("word", 8)
					p.Mov(asm.At("word"), asm.Imm(77))
					p.Mov(asm.AX, asm.Imm(16))
					p.Mov(asm.In(asm.AX, 0), asm.AX)
				})
				c.SetOptions(unix.PTRACE_O_TRACEEXIT)
				c.Cont(0)
				c.ExpectStop(unix.SIGSEGV)
				c.Cont(unix.SIGSEGV)
				c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
				t.True(c.Proc("maps") != "", "maps has something")
				for _, name := range []string{"maps", "environ", "cwd", "exe"} {
					f, err := t.kernel.Open(fmt.Sprintf("/proc/%d/%s", c.TID, name), os.O_RDONLY)
					if err != nil {
						t.Fail("open %s: %v", name, err)
					}
					t.need(f.Close(), "close %s", name)
				}
				Equal(t, "a word", c.Peek(c.Addr("word")), 77)
				c.Cont(0)
				c.ExpectKilled(unix.SIGSEGV)
			}
		},
	},
	{
		ID: "O06", Title: "a zombie's maps can be opened, and are empty",
		Checks: "/proc/PID/maps of a zombie: opens, no lines",
		Run: func(t *T) {
			c := t.Start(func(p Code) { p.Exit(0) })
			c.AwaitState('Z')
			b, err := t.readFile(fmt.Sprintf("/proc/%d/maps", c.TID))
			if err != nil {
				t.Fail("read maps: %v", err)
			}
			Equal(t, "maps", string(b), "")
			c.ExpectExit(0)
		},
	},
	{
		ID: "O07", Title: "the vDSO is mapped where AT_SYSINFO_EHDR says, and cannot be written to",
		Checks: "the mapping [vdso] begins at AT_SYSINFO_EHDR of the auxiliary vector, with r-xp",
		Relies: "unwinding through the vDSO",
		Run:    mapsVDSO,
	},
	{
		ID: "O08", Title: "what is open of a thread that has ended says so",
		Checks: "/proc/PID/task/TID/stat is opened, the thread ends: reading it gives ESRCH",
		Relies: "noticing that a thread has ended",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Thread("second")
				p.Forever()
				p.Label("second")
				p.SpinUntil("go")
				p.ExitThread(0)
			})
			t.Await("the second thread is there", func() bool { return c.Word("second.tid") != 0 })
			second := c.Sibling("the second thread", int(c.Word("second.tid")))
			f, err := t.kernel.Open(fmt.Sprintf("/proc/%d/task/%d/stat", c.TID, second.TID), os.O_RDONLY)
			t.need(err, "open the thread's stat")
			defer f.Close()
			c.SetWord("go", 1)
			t.Await("the thread has ended", func() bool { return second.State() == 0 })
			_, err = f.Read(make([]byte, 64))
			t.True(errors.Is(err, unix.ESRCH), "read: %v", err)
		},
	},
	{
		ID: "O09", Title: "the auxiliary vector, the threads and the name are those of now",
		Checks: "a process starts a thread, takes a name, and executes a program: /proc/PID/task has one, two, one; comm is the name; AT_ENTRY is the program's",
		Relies: "what a process is, behind its exec",
		Run: func(t *T) {
			next := t.Assemble(sysdeps.AMD64, func(p Code) {
				p.Nop() // so that its end lies elsewhere
				p.Label("forever")
				p.Forever()
			})
			path, err := t.file(next)
			t.need(err, "write a program")
			c := t.Start(func(p Code) {
				p.SpinUntil("start")
				p.Thread("second")
				p.String("name", "a-new-name")
				p.Syscall("prctl", asm.Imm(unix.PR_SET_NAME), asm.Of("name"))
				p.SpinUntil("go")
				p.Execve(path)
				p.Label("second")
				p.Forever()
			})
			threads := func() int {
				dir, err := t.kernel.Open(fmt.Sprintf("/proc/%d/task", c.TID), os.O_RDONLY)
				t.need(err, "open the directory of threads")
				defer dir.Close()
				all, err := dir.Readdirnames(-1)
				t.need(err, "list the threads")
				return len(all)
			}
			Equal(t, "threads", threads(), 1)
			c.SetWord("start", 1)
			t.Await("the name is new", func() bool { return c.Proc("comm") == "a-new-name" })
			Equal(t, "threads", threads(), 2)
			c.SetWord("go", 1)
			c.AwaitSyscall("pause")
			t.Await("the name is another", func() bool { return c.Proc("comm") != "a-new-name" })
			Equal(t, "threads", threads(), 1)
			const atEntry = 9
			forever, _ := next.Addr("forever")
			Equal(t, "AT_ENTRY", sysdeps.Addr(c.auxv()[atEntry]), forever-1)
		},
	},
}

// status returns a field of /proc/PID/status.
func (c *Tracee) status(name string) string {
	for line := range strings.Lines(c.Proc("status")) {
		if value, ok := strings.CutPrefix(line, name+":"); ok {
			return strings.TrimSpace(value)
		}
	}
	return ""
}

// auxv returns the auxiliary vector.
func (c *Tracee) auxv() map[uint64]uint64 {
	b, err := c.t.readFile(fmt.Sprintf("/proc/%d/auxv", c.pid))
	c.t.need(err, "read the auxiliary vector")
	all := make(map[uint64]uint64)
	arch := c.image.Arch
	for pair := range slices.Chunk(b, 2*arch.PtrSize) {
		if len(pair) == 2*arch.PtrSize {
			all[arch.Word(pair)] = arch.Word(pair[arch.PtrSize:])
		}
	}
	return all
}

// mapsVDSO is the body of the rows about where the vDSO lies.
func mapsVDSO(t *T) {
	c := t.StartTraced(Code.Forever)
	const sysinfoEHDR = 33
	at, ok := c.auxv()[sysinfoEHDR]
	if !ok {
		t.Skip("there is no vDSO")
	}
	found := false
	for line := range strings.Lines(c.Proc("maps")) {
		if strings.HasSuffix(line, "[vdso]\n") || strings.HasSuffix(line, "[vdso]") {
			found = true
			fields := strings.Fields(line)
			t.True(strings.HasPrefix(fields[0], fmt.Sprintf("%x-", at)), "it begins at %#x: %s", at, fields[0])
			Equal(t, "its permissions", fields[1], "r-xp")
		}
	}
	t.True(found, "a mapping is called [vdso]")
}

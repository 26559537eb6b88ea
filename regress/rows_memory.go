package regress

import (
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Where these rows' programs map pages: behind the program, and far from all else.
const mapped sysdeps.Addr = 0x20000000

// noMemory are addresses at which no program has anything: the last word of all, and where
// x86-64 has its kernel.
var noMemory = []sysdeps.Addr{0, ^sysdeps.Addr(7), 0xffffffff81000000}

var memoryRows = []Row{
	{
		ID: "M01", Title: "PTRACE_PEEKDATA reads words anywhere, but only whole ones",
		Checks: "PTRACE_PEEKDATA of an odd address, across two pages, of the last word of a mapping: the words; of a word that is not all there, of nothing, of 0, of the last word of all, of the kernel: EIO",
		Relies: "reading memory word by word where process_vm_readv is refused",
		Run: func(t *T) {
			c := t.withPages(2*pageSize, unix.PROT_READ|unix.PROT_WRITE)
			content := make([]byte, 2*pageSize)
			for i := range content {
				content[i] = byte(i % 251)
			}
			t.need(c.writeMemory(content, mapped), "write to the pages")
			for _, off := range []int{0, 1, 13, pageSize - 3, 2*pageSize - 8} {
				Equal(t, fmt.Sprintf("the word at %#x", off), c.Peek(mapped+sysdeps.Addr(off)), binary.LittleEndian.Uint64(content[off:]))
			}
			for _, a := range append([]sysdeps.Addr{mapped + 2*pageSize - 7, mapped + 2*pageSize}, noMemory...) {
				c.refusesPeek(a)
			}
		},
	},
	{
		ID: "M02", Title: "tracers reach pages that the program may not",
		Checks: "of a private page with PROT_NONE: PTRACE_POKEDATA, PTRACE_PEEKDATA, and reading /proc/PID/mem work; the program itself gets SIGSEGV",
		Relies: "reading guard pages and freed stacks",
		Run: func(t *T) {
			c := t.withPages(pageSize, unix.PROT_NONE)
			c.Poke(mapped, 0x1122334455667788)
			Equal(t, "the word", c.Peek(mapped), 0x1122334455667788)
			if t.Machine.Lacks[ForcedMem] == "" {
				b := make([]byte, 8)
				if err := c.readMemory(b, mapped); err != nil {
					t.Fail("read /proc/PID/mem: %v", err)
				}
				Equal(t, "the word in /proc/PID/mem", binary.LittleEndian.Uint64(b), 0x1122334455667788)
			}
			c.Cont(0)
			c.ExpectStop(unix.SIGSEGV)
			Equal(t, "where", c.Siginfo().Fault(), mapped)
		},
	},
	{
		ID: "M03", Title: "PTRACE_POKEDATA writes to copies, never to what is shared",
		Checks: "PTRACE_POKEDATA of a read-only mapping of a file: private: the word is written, the file stays; shared: EIO",
		Relies: "breakpoints in programs and libraries",
		Run: func(t *T) {
			fd, private, shared := t.filePages()
			private.Poke(mapped, 0x55)
			Equal(t, "the word of the private mapping", private.Peek(mapped), 0x55)
			shared.Refused(unix.EIO, unix.PTRACE_POKEDATA, ptrace.Value(mapped), ptrace.Value(0x55))
			Equal(t, "the word of the shared mapping", shared.Peek(mapped), fileWord)
			b := make([]byte, 8)
			_, err := unix.Pread(fd, b, 0)
			t.need(err, "read the file")
			Equal(t, "the word of the file", binary.LittleEndian.Uint64(b), fileWord)
		},
	},
	{
		ID: "M04", Title: "the kernel's own mappings: the vDSO can be read and written, its data not", Arch: sysdeps.AMD64,
		Checks: "PTRACE_PEEKDATA and PTRACE_POKEDATA of [vdso]: work, and another process has its own; PTRACE_PEEKDATA of [vvar]: EIO; of [vsyscall]: EIO unless its mapping is readable",
		Relies: "unwinding through the vDSO, breakpoints in it, and what is left out of core files",
		Run: func(t *T) {
			c := t.StartTraced(Code.Forever)
			if at, _, ok := c.mapping("[vdso]"); ok {
				const magic = 0x464c457f // "\x7fELF"
				word := c.Peek(at)
				Equal(t, "the vDSO's first bytes", uint32(word), magic)
				c.Poke(at, word+1<<32)
				Equal(t, "what was written to", c.Peek(at), word+1<<32)
				other := t.StartTraced(Code.Forever)
				otherAt, _, _ := other.mapping("[vdso]")
				Equal(t, "another process's", other.Peek(otherAt), word)
			}
			if at, _, ok := c.mapping("[vvar]"); ok {
				c.refusesPeek(at)
			}
			const vsyscall sysdeps.Addr = 0xffffffffff600000
			// vsyscall=emulate, xonly, and none (kernel-parameters)
			if _, prot, ok := c.mapping("[vsyscall]"); ok && strings.HasPrefix(prot, "r") {
				c.Peek(vsyscall)
			} else {
				c.refusesPeek(vsyscall)
			}
		},
	},
	{
		ID: "M05", Title: "/proc/PID/mem reads as much as there is",
		Checks: "pread of two pages at the last one of a mapping: one page; behind it, and at 0: EIO; at an address that is a negative offset: EINVAL",
		Relies: "reading memory by /proc/PID/mem",
		Run: func(t *T) {
			c := t.withPages(2*pageSize, unix.PROT_READ|unix.PROT_WRITE)
			fd := c.openMem(unix.O_RDONLY)
			for _, read := range []struct {
				at   sysdeps.Addr
				want string
			}{
				{mapped, "8192"},
				{mapped + pageSize, "4096"},
				{mapped + 2*pageSize, "EIO"},
				{0, "EIO"},
				{0xffffffffff600000, "EINVAL"},
			} {
				n, err := unix.Pread(fd, make([]byte, 2*pageSize), int64(read.at))
				Equal(t, fmt.Sprintf("pread at %#x", uint64(read.at)), outcome(n, err), read.want)
			}
		},
	},
	{
		ID: "M06", Title: "/proc/PID/mem writes to copies, never to what is shared",
		Checks: "pwrite to /proc/PID/mem of a read-only mapping of a file, traced and not: private: works, and the file stays; shared: EIO",
		Needs:  []Need{ForcedMem},
		Relies: "breakpoints that are set by /proc/PID/mem",
		Run: func(t *T) {
			fd, private, shared := t.filePages()
			for _, when := range []string{"traced", "untraced"} {
				write := func(c *Tracee) string {
					return outcome(unix.Pwrite(c.openMem(unix.O_RDWR), []byte(when[:6]), int64(mapped)))
				}
				Equal(t, when+", pwrite to "+private.Name, write(private), "6")
				Equal(t, when+", pwrite to "+shared.Name, write(shared), "EIO")
				b := make([]byte, 8)
				t.need(private.readMemory(b, mapped), "read the private mapping")
				Equal(t, "the private mapping", string(b[:6]), when[:6])
				_, err := unix.Pread(fd, b, 0)
				t.need(err, "read the file")
				Equal(t, "the word of the file", binary.LittleEndian.Uint64(b), fileWord)
				if when == "traced" {
					private.Detach(0)
					shared.Detach(0)
				}
			}
		},
	},
	{
		ID: "M07", Title: "what is open of /proc/PID/mem stays with the memory before an exec",
		Checks: "/proc/PID/mem is opened, the process executes a program: pread gives 0 bytes; opened anew, it reads the new program",
		Relies: "reading memory behind an exec",
		Run: func(t *T) {
			next := t.Assemble(sysdeps.AMD64, func(p Code) {
				p.Words("word", asm.Imm(0x77))
				p.Forever()
			})
			path, err := t.file(next)
			t.need(err, "write a program")
			c := t.StartTraced(func(p Code) {
				p.Words("word", asm.Imm(0x66))
				p.Execve(path)
			})
			fd := c.openMem(unix.O_RDONLY)
			b := make([]byte, 8)
			_, err = unix.Pread(fd, b, int64(c.Addr("word")))
			t.need(err, "read the first program")
			Equal(t, "the first program's word", binary.LittleEndian.Uint64(b), 0x66)
			c.Cont(0)
			c.ExpectStop(unix.SIGTRAP)
			c.image = next
			// Who looks at /proc keeps the old memory for a moment.
			t.Await("pread gives nothing", func() bool {
				n, err := unix.Pread(fd, b, int64(c.Addr("word")))
				return n == 0 && err == nil
			})
			Equal(t, "the new program's word", c.Word("word"), 0x77)
		},
	},
	{
		ID: "M08", Title: "a zombie has no memory",
		Checks: "of a zombie: opening /proc/PID/mem: ESRCH (before 6.16: reading it gives nothing), EACCES for others than root, whom the file belongs to; process_vm_readv: ESRCH",
		Needs:  []Need{ProcessVM},
		Relies: "noticing that a process has ended",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Space("word", 8)
				p.Exit(0)
			})
			c.AwaitState('Z')
			want := "ESRCH"
			if t.owner(c.memFile()) != os.Geteuid() {
				want = "EACCES"
			}
			f, err := t.kernel.Open(c.memFile(), os.O_RDONLY)
			if err == nil && t.Machine.Version.Compare(Version{6, 16, 0}) < 0 {
				n, err := unix.Pread(int(f.Fd()), make([]byte, 8), int64(c.Addr("word")))
				Equal(t, "pread", outcome(n, err), "0")
			} else {
				Equal(t, "open", outcome(0, err), want)
			}
			Equal(t, "process_vm_readv", c.vmRead(0, piece{c.Addr("word"), 8}), "ESRCH")
		},
	},
	{
		ID: "M09", Title: "process_vm_readv reads the pieces up to the first that it cannot", Since: Version{3, 2, 0},
		Checks: "process_vm_readv over the end of a mapping: the bytes before; of two pieces, the second bad: the first; of PROT_NONE: EFAULT; with flags: EINVAL; of nobody: ESRCH",
		Needs:  []Need{ProcessVM},
		Relies: "reading strings and arrays by one call",
		Run: func(t *T) {
			const guard = mapped + 0x10000
			c := t.StartTraced(func(p Code) {
				p.Mmap(mapped, 2*pageSize, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, -1)
				p.Mmap(guard, pageSize, unix.PROT_NONE, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, -1)
				p.Raise(unix.SIGUSR1)
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			for _, read := range []struct {
				what   string
				flags  uint
				pieces []piece
				want   string
			}{
				{"two pieces", 0, []piece{{mapped, 100}, {mapped + pageSize, 100}}, "200"},
				{"over the end", 0, []piece{{mapped + pageSize, 2 * pageSize}}, "4096"},
				{"a bad second piece", 0, []piece{{mapped, 100}, {mapped + 2*pageSize, 8}}, "100"},
				{"PROT_NONE", 0, []piece{{guard, 8}}, "EFAULT"},
				{"flags", 1, []piece{{mapped, 8}}, "EINVAL"},
			} {
				Equal(t, read.what, c.vmRead(read.flags, read.pieces...), read.want)
			}
			c.Cont(unix.SIGKILL)
			c.ExpectKilled(unix.SIGKILL)
			Equal(t, "of nobody", c.vmRead(0, piece{mapped, 8}), "ESRCH")
		},
	},
	{
		ID: "M10", Title: "process_vm_writev keeps to the protection of pages", Since: Version{3, 2, 0},
		Checks: "process_vm_writev to a writable page: works; to a read-only one, private: EFAULT, and nothing is written",
		Needs:  []Need{ProcessVM},
		Run: func(t *T) {
			c := t.withPages(pageSize, unix.PROT_READ)
			writable := c.Addr("word")
			local := []byte("written!")
			write := func(at sysdeps.Addr) string {
				iov := unix.Iovec{Base: &local[0]}
				iov.SetLen(len(local))
				return outcome(unix.ProcessVMWritev(c.pid, []unix.Iovec{iov}, []unix.RemoteIovec{{Base: uintptr(at), Len: len(local)}}, 0))
			}
			Equal(t, "to a writable page", write(writable), "8")
			Equal(t, "what is there", c.Peek(writable), binary.LittleEndian.Uint64(local))
			Equal(t, "to a read-only page", write(mapped), "EFAULT")
			Equal(t, "what is there", c.Peek(mapped), 0)
		},
	},
	{
		ID: "M11", Title: "memory can be read and written without tracing",
		Checks: "of an untraced process of the same user: /proc/PID/mem is read and written, process_vm_readv works; it runs on",
		Needs:  []Need{ProcessVM},
		Relies: "fstack --nonblocking, and reading memory before a stop",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Mov(asm.BX, asm.Imm(1))
				p.Label("again")
				p.Store("word", asm.BX)
				p.SpinUntil("go")
				p.Exit(6)
			})
			c.AwaitWord("word", 1)
			Equal(t, "process_vm_readv", c.vmRead(0, piece{c.Addr("word"), 8}), "8")
			mem, b := c.openMem(unix.O_RDWR), make([]byte, 8)
			Equal(t, "pread", outcome(unix.Pread(mem, b, int64(c.Addr("word")))), "8")
			Equal(t, "the word", binary.LittleEndian.Uint64(b), 1)
			Equal(t, "pwrite", outcome(unix.Pwrite(mem, b, int64(c.Addr("go")))), "8")
			c.ExpectExit(6)
		},
	},
	{
		ID: "M12", Title: "addresses are not cut to the size of the tracee's", Arch: sysdeps.AMD64,
		Checks: "PTRACE_PEEKDATA of a 32-bit process at an address of its program with bits above the 32nd: EIO",
		Needs:  []Need{IA32},
		Relies: "wrong pointers of 32-bit programs",
		Run: func(t *T) {
			c := t.StartOn(sysdeps.I386, func(p Code) {
				p.Words("word", asm.Imm(0x11223344))
				p.TraceMe()
			})
			c.ExpectStop(unix.SIGSTOP)
			at := c.Addr("word")
			Equal(t, "the word", uint32(c.Peek(at)), 0x11223344)
			c.refusesPeek(at | 0xdeadf00d<<32)
		},
	},
	{
		ID: "M13", Title: "untouched pages read as zeros, those behind the end of a file not at all",
		Checks: "PTRACE_PEEKDATA in the middle of an untouched mapping of 1 GiB, and in a hole of a file: 0; in a mapping behind the end of a file: EIO",
		Relies: "reading large mappings, and what is left out of core files",
		Needs:  []Need{AddressSpace},
		Run: func(t *T) {
			const (
				large = 1 << 30
				hole  = mapped - 0x10000000
			)
			fd := t.File("hole")
			t.need(unix.Ftruncate(fd, 2*pageSize), "give the file a hole")
			c := t.StartTraced(func(p Code) {
				p.Mmap(mapped, large, unix.PROT_READ, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_NORESERVE, -1)
				p.Mmap(hole, 3*pageSize, unix.PROT_READ, unix.MAP_PRIVATE, fd)
				p.Raise(unix.SIGUSR1)
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			Equal(t, "in the mapping", c.Peek(mapped+large/2+8), 0)
			Equal(t, "in the hole", c.Peek(hole+pageSize), 0)
			c.refusesPeek(hole + 2*pageSize)
		},
	},
	{ // beside the catalogue's
		ID: "M14", Title: "PTRACE_PEEKTEXT and PTRACE_POKETEXT reach the same memory as those for data",
		Checks: "PTRACE_POKETEXT of a word, PTRACE_PEEKTEXT and PTRACE_PEEKDATA of it: what was written",
		Run: func(t *T) {
			const word = 0x1122334455667788
			c := t.StartTraced(func(p Code) {
				p.Space("word", 8)
				p.Forever()
			})
			at := ptrace.Value(c.Addr("word"))
			c.must(unix.PTRACE_POKETEXT, at, ptrace.Value(uint64(word)))
			b := make([]byte, 8)
			c.must(unix.PTRACE_PEEKTEXT, at, ptrace.Pointer(b))
			Equal(t, "by PTRACE_PEEKTEXT", binary.NativeEndian.Uint64(b), word)
			Equal(t, "by PTRACE_PEEKDATA", c.Peek(c.Addr("word")), word)
		},
	},
}

const (
	pageSize = 0x1000 // of x86
	fileWord = 0x0123456789abcdef
)

// Mmap maps pages at an address.
func (p Code) Mmap(at sysdeps.Addr, size, prot, flags, fd int) {
	p.Syscall("mmap", asm.Imm(at), asm.Imm(size), asm.Imm(prot), asm.Imm(flags|unix.MAP_FIXED), asm.Imm(fd), asm.Imm(0))
}

// withPages starts a tracee with private pages, and stops it behind the mapping of them; let
// go on, it reads their first word, and stores it.
func (t *T) withPages(size, prot int) *Tracee {
	c := t.StartTraced(func(p Code) {
		p.Mmap(mapped, size, prot, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, -1)
		p.Raise(unix.SIGUSR1)
		p.Mov(asm.AX, asm.Imm(mapped))
		p.Mov(asm.AX, asm.In(asm.AX, 0))
		p.Store("word", asm.AX)
		p.Exit(0)
	})
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR1)
	return c
}

// filePages makes a file that begins with fileWord, and two tracees that have mapped it
// without the permission to write.
func (t *T) filePages() (fd int, private, shared *Tracee) {
	fd = t.File("pages")
	t.need(unix.Ftruncate(fd, pageSize), "make a file")
	_, err := unix.Pwrite(fd, binary.LittleEndian.AppendUint64(nil, fileWord), 0)
	t.need(err, "write the file")
	start := func(name string, flags int) *Tracee {
		c := t.StartTraced(func(p Code) {
			p.Mmap(mapped, pageSize, unix.PROT_READ, flags, fd)
			p.Raise(unix.SIGUSR1)
			p.Forever()
		})
		c.Name = name
		c.Cont(0)
		c.ExpectStop(unix.SIGUSR1)
		Equal(t, "the word of "+name, c.Peek(mapped), fileWord)
		return c
	}
	return fd, start("the private mapping", unix.MAP_PRIVATE), start("the shared mapping", unix.MAP_SHARED)
}

func (c *Tracee) refusesPeek(a sysdeps.Addr) {
	c.Refused(unix.EIO, unix.PTRACE_PEEKDATA, ptrace.Value(a), ptrace.Pointer(make([]byte, 8)))
}

// mapping returns where the mapping of a name begins, and its permissions.
func (c *Tracee) mapping(name string) (at sysdeps.Addr, prot string, ok bool) {
	for l := range strings.Lines(c.Proc("maps")) {
		f := strings.Fields(l)
		if len(f) != 6 || f[5] != name {
			continue
		}
		begin, _, _ := strings.Cut(f[0], "-")
		a, err := strconv.ParseUint(begin, 16, 64)
		c.t.need(err, "the maps of %s", c.Name)
		return sysdeps.Addr(a), f[1], true
	}
	return 0, "", false
}

func (c *Tracee) memFile() string { return fmt.Sprintf("/proc/%d/mem", c.pid) }

// owner returns the user that a file belongs to.
func (t *T) owner(name string) int {
	var st unix.Stat_t
	t.need(unix.Stat(name, &st), "stat %s", name)
	return int(st.Uid)
}

// openMem opens the process's memory until the row ends.
func (c *Tracee) openMem(flags int) (fd int) {
	f, err := c.t.kernel.Open(c.memFile(), flags)
	if err != nil {
		c.t.Fail("open /proc/PID/mem of %s: %v", c.Name, err)
	}
	c.t.cleanups = append(c.t.cleanups, func() { f.Close() })
	return int(f.Fd())
}

// piece is one of the tracee's memory.
type piece struct {
	at   sysdeps.Addr
	size int
}

// vmRead is process_vm_readv; it returns its outcome.
func (c *Tracee) vmRead(flags uint, pieces ...piece) string {
	var size int
	var remote []unix.RemoteIovec
	for _, p := range pieces {
		size += p.size
		remote = append(remote, unix.RemoteIovec{Base: uintptr(p.at), Len: p.size})
	}
	local := unix.Iovec{Base: &make([]byte, size)[0]}
	local.SetLen(size)
	return outcome(c.t.kernel.ReadVM(c.pid, []unix.Iovec{local}, remote, flags))
}

// outcome is what came of a system call: the name of its error, or the number.
func outcome(n int, err error) string {
	var e unix.Errno
	switch {
	case errors.As(err, &e):
		return Errno(e)
	case err != nil:
		return err.Error()
	}
	return strconv.Itoa(n)
}

// probeForcedMem finds kernels that keep /proc/PID/mem to the protection of pages
// (proc_mem.force_override, Linux 6.12).
func probeForcedMem(t *T) {
	if t.Machine.Version.Compare(Version{6, 12, 0}) < 0 {
		return
	}
	c := t.withPages(pageSize, unix.PROT_NONE)
	c.Detach(unix.SIGSTOP) // the file is to be used as by others than tracers
	if err := c.readMemory(make([]byte, 8), mapped); errors.Is(err, unix.EIO) || errors.Is(err, os.ErrPermission) {
		t.Skip("the kernel lets /proc/PID/mem override no protection: %v", err)
	}
}

func probeProcessVM(t *T) {
	c := t.Start(func(p Code) {
		p.Space("word", 8)
		p.Forever()
	})
	c.AwaitSyscall("pause")
	if got := c.vmRead(0, piece{c.Addr("word"), 8}); got == "EPERM" || got == "ENOSYS" {
		t.Skip("process_vm_readv is refused: %s", got)
	}
}

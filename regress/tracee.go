package regress

import (
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Tracee is a thread that a row looks at, traced or not.
type Tracee struct {
	t    *T
	TID  int
	Name string // in messages: "C", or what it is to its row

	image *asm.Image
	pid   int // of its process
}

// Sibling returns another thread of the tracee's process.
func (c *Tracee) Sibling(name string, tid int) *Tracee { return c.relative(name, tid, c.pid) }

// Child returns a process that runs the tracee's program.
func (c *Tracee) Child(name string, pid int) *Tracee { return c.relative(name, pid, pid) }

func (c *Tracee) relative(name string, tid, pid int) *Tracee {
	return c.t.started(&Tracee{t: c.t, TID: tid, Name: name, image: c.image, pid: pid})
}

// Request makes a request, and returns what came of it.
func (c *Tracee) Request(req int, addr, data ptrace.Arg) (uintptr, unix.Errno) {
	c.t.waits(requestName(req) + " of " + c.Name + " to return")
	r, e := c.t.kernel.Ptrace(req, c.TID, addr, data)
	if e != 0 {
		c.t.step("%s(%s) = -1 %s", requestName(req), c.Name, Errno(e))
	} else {
		c.t.step("%s(%s) = %d", requestName(req), c.Name, int(r))
	}
	return r, e
}

// must makes a request that has to succeed.
func (c *Tracee) must(req int, addr, data ptrace.Arg) uintptr {
	r, e := c.Request(req, addr, data)
	if e != 0 {
		c.t.Fail("%s(%s): expected success, saw %s", requestName(req), c.Name, Errno(e))
	}
	return r
}

// Refused makes a request that has to fail in one way.
func (c *Tracee) Refused(want unix.Errno, req int, addr, data ptrace.Arg) {
	switch _, e := c.Request(req, addr, data); e {
	case want:
	case 0:
		c.t.Fail("%s(%s): expected %s, saw success", requestName(req), c.Name, Errno(want))
	default:
		c.t.Fail("%s(%s): expected %s, saw %s", requestName(req), c.Name, Errno(want), Errno(e))
	}
}

var none = ptrace.Value(0)

// Requests that must succeed, by their names.

// Attach is PTRACE_ATTACH.
func (c *Tracee) Attach() { c.must(unix.PTRACE_ATTACH, none, none) }

// Seize is PTRACE_SEIZE with options.
func (c *Tracee) Seize(options int) { c.must(unix.PTRACE_SEIZE, none, ptrace.Value(options)) }

// Interrupt is PTRACE_INTERRUPT.
func (c *Tracee) Interrupt() { c.must(unix.PTRACE_INTERRUPT, none, none) }

// Listen is PTRACE_LISTEN.
func (c *Tracee) Listen() { c.must(unix.PTRACE_LISTEN, none, none) }

// SetOptions is PTRACE_SETOPTIONS.
func (c *Tracee) SetOptions(options int) {
	c.must(unix.PTRACE_SETOPTIONS, none, ptrace.Value(options))
}

// Cont is PTRACE_CONT with a signal, or 0.
func (c *Tracee) Cont(sig unix.Signal) { c.must(unix.PTRACE_CONT, none, ptrace.Value(sig)) }

// Syscall is PTRACE_SYSCALL.
func (c *Tracee) Syscall(sig unix.Signal) { c.must(unix.PTRACE_SYSCALL, none, ptrace.Value(sig)) }

// Step is PTRACE_SINGLESTEP.
func (c *Tracee) Step(sig unix.Signal) { c.must(unix.PTRACE_SINGLESTEP, none, ptrace.Value(sig)) }

// Detach is PTRACE_DETACH.
func (c *Tracee) Detach(sig unix.Signal) { c.must(unix.PTRACE_DETACH, none, ptrace.Value(sig)) }

// Message is PTRACE_GETEVENTMSG.
func (c *Tracee) Message() uint64 {
	b := make([]byte, 8)
	c.must(unix.PTRACE_GETEVENTMSG, none, ptrace.Pointer(b))
	return binary.NativeEndian.Uint64(b)
}

// Siginfo is PTRACE_GETSIGINFO.
func (c *Tracee) Siginfo() *sysdeps.Siginfo {
	var info sysdeps.Siginfo
	b := make([]byte, len(info))
	c.must(unix.PTRACE_GETSIGINFO, none, ptrace.Pointer(b))
	copy(info[:], b)
	return &info
}

// SetSiginfo is PTRACE_SETSIGINFO.
func (c *Tracee) SetSiginfo(info *sysdeps.Siginfo) {
	c.must(unix.PTRACE_SETSIGINFO, none, ptrace.Pointer(info[:]))
}

const ntPRStatus = 1 // NT_PRSTATUS, elf.h

// Regs is PTRACE_GETREGSET of the general registers.
func (c *Tracee) Regs() *sysdeps.Regs {
	var r sysdeps.Regs
	var n int
	c.must(unix.PTRACE_GETREGSET, ptrace.Value(ntPRStatus), ptrace.Vector(r.Buffer(), &n))
	if r.Arch = sysdeps.ArchByRegset(n); r.Arch == nil {
		c.t.Fail("PTRACE_GETREGSET(%s): %d bytes are no machine's registers", c.Name, n)
	}
	return &r
}

// SetRegs is PTRACE_SETREGSET of the general registers.
func (c *Tracee) SetRegs(r *sysdeps.Regs) {
	var n int
	c.must(unix.PTRACE_SETREGSET, ptrace.Value(ntPRStatus), ptrace.Vector(r.Bytes(), &n))
}

// UserRegs is PTRACE_GETREGS: the registers as the tracer's machine has them, AMD64's, of
// 32-bit tracees too.
func (c *Tracee) UserRegs() *sysdeps.Regs {
	r := sysdeps.Regs{Arch: sysdeps.AMD64}
	c.must(unix.PTRACE_GETREGS, none, ptrace.Pointer(r.Bytes()))
	return &r
}

// SetUserRegs is PTRACE_SETREGS.
func (c *Tracee) SetUserRegs(r *sysdeps.Regs) {
	c.must(unix.PTRACE_SETREGS, none, ptrace.Pointer(r.Bytes()))
}

// Peek is PTRACE_PEEKDATA.
func (c *Tracee) Peek(addr sysdeps.Addr) uint64 {
	b := make([]byte, 8)
	c.must(unix.PTRACE_PEEKDATA, ptrace.Value(addr), ptrace.Pointer(b))
	return binary.NativeEndian.Uint64(b)
}

// Poke is PTRACE_POKEDATA.
func (c *Tracee) Poke(addr sysdeps.Addr, v uint64) {
	c.must(unix.PTRACE_POKEDATA, ptrace.Value(addr), ptrace.Value(v))
}

// PeekUser is PTRACE_PEEKUSER at an offset into struct user.
func (c *Tracee) PeekUser(off int) uint64 {
	b := make([]byte, 8)
	c.must(unix.PTRACE_PEEKUSR, ptrace.Value(off), ptrace.Pointer(b))
	return binary.NativeEndian.Uint64(b)
}

// PokeUser is PTRACE_POKEUSER.
func (c *Tracee) PokeUser(off int, v uint64) {
	c.must(unix.PTRACE_POKEUSR, ptrace.Value(off), ptrace.Value(v))
}

// Kill sends a signal to the process, and Tkill to the thread.
func (c *Tracee) Kill(sig unix.Signal) {
	c.t.need(unix.Kill(c.pid, sig), "kill(%s, %s)", c.Name, signalName(sig))
	c.t.step("kill(%s, %s)", c.Name, signalName(sig))
}

// Tkill sends a signal to the thread.
func (c *Tracee) Tkill(sig unix.Signal) {
	c.t.need(unix.Tgkill(c.pid, c.TID, sig), "tgkill(%s, %s)", c.Name, signalName(sig))
	c.t.step("tgkill(%s, %s)", c.Name, signalName(sig))
}

// Addr returns the address of a label of the tracee's program.
func (c *Tracee) Addr(label string) sysdeps.Addr {
	a, ok := c.image.Addr(label)
	if !ok {
		c.t.Error("the program has no label %q", label)
	}
	return a
}

// Word reads the word at a label, stopped or not.
func (c *Tracee) Word(label string) uint64 {
	b := make([]byte, c.image.Arch.PtrSize)
	c.needMemory(c.readMemory(b, c.Addr(label)), "read", label)
	return c.image.Arch.Word(b)
}

// SetWord writes the word at a label, stopped or not.
func (c *Tracee) SetWord(label string, v uint64) {
	b := c.image.Arch.PutWord(make([]byte, c.image.Arch.PtrSize), v)
	c.needMemory(c.writeMemory(b, c.Addr(label)), "write", label)
	c.t.step("%s of %s = %#x", label, c.Name, v)
}

// needMemory is need of what the program keeps at a label. That there is no memory any more
// is not the row's own fault: the tracee has ended (task_mem in fs/proc/task_mmu.c is told
// while there is some).
func (c *Tracee) needMemory(err error, what, label string) {
	if err != nil && c.status("VmSize") == "" {
		c.t.Fail("%s has ended, and one cannot %s %s", c.Name, what, label)
	}
	c.t.need(err, "%s %s of %s", what, label, c.Name)
}

// AwaitWord waits until the program has stored a word at a label.
func (c *Tracee) AwaitWord(label string, v uint64) {
	c.t.Await(fmt.Sprintf("%s has stored %#x at %s", c.Name, v, label), func() bool { return c.Word(label) == v })
}

// AwaitSyscall waits until the thread sleeps in a system call of its machine, or in one of
// several.
func (c *Tracee) AwaitSyscall(names ...string) {
	var numbers []string
	for _, name := range names {
		nr, ok := c.image.Arch.Syscalls.Number(name)
		if !ok {
			c.t.Error("no system call %q", name)
		}
		numbers = append(numbers, strconv.FormatInt(nr, 10))
	}
	c.t.Await(c.Name+" sleeps in "+strings.Join(names, " or "), func() bool {
		if c.State() != 'S' {
			return false
		}
		nr, _, _ := strings.Cut(c.Proc("syscall"), " ")
		return slices.Contains(numbers, nr)
	})
}

// requestNames are the requests that rows make (linux/ptrace.h, asm/ptrace-abi.h).
var requestNames = map[int]string{
	0: "TRACEME", 1: "PEEKTEXT", 2: "PEEKDATA", 3: "PEEKUSER", 4: "POKETEXT", 5: "POKEDATA", 6: "POKEUSER",
	7: "CONT", 8: "KILL", 9: "SINGLESTEP", 12: "GETREGS", 13: "SETREGS", 14: "GETFPREGS", 15: "SETFPREGS",
	16: "ATTACH", 17: "DETACH", 18: "GETFPXREGS", 19: "SETFPXREGS", 21: "OLDSETOPTIONS", 24: "SYSCALL",
	25: "GET_THREAD_AREA", 26: "SET_THREAD_AREA", 30: "ARCH_PRCTL", 31: "SYSEMU", 32: "SYSEMU_SINGLESTEP", 33: "SINGLEBLOCK",
	0x4200: "SETOPTIONS", 0x4201: "GETEVENTMSG", 0x4202: "GETSIGINFO", 0x4203: "SETSIGINFO", 0x4204: "GETREGSET",
	0x4205: "SETREGSET", 0x4206: "SEIZE", 0x4207: "INTERRUPT", 0x4208: "LISTEN", 0x4209: "PEEKSIGINFO",
	0x420a: "GETSIGMASK", 0x420b: "SETSIGMASK", 0x420c: "SECCOMP_GET_FILTER", 0x420d: "SECCOMP_GET_METADATA",
	0x420e: "GET_SYSCALL_INFO", 0x420f: "GET_RSEQ_CONFIGURATION", 0x4210: "SET_SYSCALL_USER_DISPATCH_CONFIG",
	0x4211: "GET_SYSCALL_USER_DISPATCH_CONFIG", 0x4212: "SET_SYSCALL_INFO",
}

func requestName(req int) string {
	if name, ok := requestNames[req]; ok {
		return "PTRACE_" + name
	}
	return fmt.Sprintf("request %#x", req)
}

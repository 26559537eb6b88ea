package regress

import (
	"encoding/binary"
	"fmt"
	"math"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Results by which the kernel remembers to make a call again (linux/errno.h). Programs
// never see them, tracers do.
const (
	restartSys   = -512 // ERESTARTSYS
	restartNoHan = -514 // ERESTARTNOHAND
	restartBlock = -516 // ERESTART_RESTARTBLOCK: by restart_syscall(2)
)

// marked is a result that no call has by itself.
const marked = 4321

// Of siginfo_t's si_code (asm-generic/siginfo.h).
const (
	trapBreakpoint = 1 // TRAP_BRKPT
	fromKernel     = 0x80
)

var syscallRows = []Row{
	{
		ID: "Y01", Title: "PTRACE_O_TRACESYSGOOD marks stops at system calls",
		Checks: "PTRACE_SYSCALL: SIGTRAP with si_code 5; with the option, bit 7 is set in both",
		Relies: "telling system calls from breakpoints",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) { p.Syscall("getpid") })
			c.Syscall(0)
			c.ExpectStop(unix.SIGTRAP)
			Equal(t, "si_code", c.Siginfo().Code(), int(unix.SIGTRAP))
			c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
			c.Syscall(0)
			c.ExpectSyscallStop()
			Equal(t, "si_code", c.Siginfo().Code(), int(syscallStop))
		},
	},
	{
		ID: "Y02", Title: "the registers at an entry: number and ENOSYS", Arch: sysdeps.AMD64,
		Checks: "PTRACE_GETREGS at the entry of getpid: orig_rax is its number, rax -38, rip behind the instruction",
		Relies: "system calls",
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.Syscall("getpid")
				p.Label("behind")
			})
			c.enter("getpid")
			r := c.UserRegs()
			Equal(t, "orig_rax", r.Get(sysdeps.OrigRAX), unix.SYS_GETPID)
			Equal(t, "rax", int64(r.Get(sysdeps.RAX)), -int64(unix.ENOSYS))
			Equal(t, "rip", r.PC(), c.Addr("behind"))
		},
	},
	{
		ID: "Y03", Title: "PTRACE_GET_SYSCALL_INFO tells the kind of stop", Since: Version{5, 3, 0},
		Checks: "at a signal, an entry, an exit and PTRACE_EVENT_SECCOMP: NONE, ENTRY, EXIT, SECCOMP of 24, 80, 33, 84 bytes; a short buffer gets what fits, and the whole size is returned",
		Needs:  []Need{SyscallInfo, Filters},
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.Filter(Rule{"gettid", unix.SECCOMP_RET_TRACE | 77})
				p.Raise(unix.SIGUSR1)
				p.Syscall("getpid", asm.Imm(1), asm.Imm(2), asm.Imm(3), asm.Imm(4), asm.Imm(5), asm.Imm(6))
			})
			size := func(what string, op uint8, want int) CallInfo {
				info := c.SyscallInfo()
				Equal(t, "the kind at "+what, info.Op, op)
				Equal(t, "the size at "+what, info.Size, want)
				return info
			}
			size("a signal", unix.PTRACE_SYSCALL_INFO_NONE, 24)
			for _, n := range []int{0, 1} {
				b := []byte{0xaa, 0xaa}
				if got := c.must(unix.PTRACE_GET_SYSCALL_INFO, ptrace.Value(n), ptrace.Pointer(b)); got != 24 {
					t.Fail("into %d bytes: expected 24, saw %d", n, got)
				}
				Equal(t, "the bytes behind", [2]byte(b), [2][2]byte{{0xaa, 0xaa}, {unix.PTRACE_SYSCALL_INFO_NONE, 0xaa}}[n])
			}
			c.SetOptions(unix.PTRACE_O_TRACESYSGOOD | unix.PTRACE_O_TRACESECCOMP)
			c.Cont(0)
			c.ExpectEvent(unix.PTRACE_EVENT_SECCOMP)
			info := size("a filter", unix.PTRACE_SYSCALL_INFO_SECCOMP, 84)
			Equal(t, "the filter's data", info.Data, 77)
			Equal(t, "the number", info.Number, unix.SYS_GETTID)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			r := c.enter("getpid")
			info = size("an entry", unix.PTRACE_SYSCALL_INFO_ENTRY, 80)
			Equal(t, "the machine", info.Arch, unix.AUDIT_ARCH_X86_64)
			Equal(t, "the number", info.Number, unix.SYS_GETPID)
			Equal(t, "the arguments", info.Args, [6]uint64{1, 2, 3, 4, 5, 6})
			Equal(t, "the program counter", info.IP, r.PC())
			Equal(t, "the stack pointer", info.SP, r.SP())
			c.leave("getpid")
			info = size("an exit", unix.PTRACE_SYSCALL_INFO_EXIT, 33)
			Equal(t, "the result", info.Result, int64(c.TID))
			Equal(t, "an error", info.IsError, false)
		},
	},
	{
		ID: "Y04", Title: "PTRACE_GET_SYSCALL_INFO knows no system calls without PTRACE_O_TRACESYSGOOD", Since: Version{5, 3, 0},
		Checks: "at the entry and the exit of a call, without the option: NONE",
		Needs:  []Need{SyscallInfo},
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) { p.Syscall("getpid") })
			for range 2 {
				c.Syscall(0)
				c.ExpectStop(unix.SIGTRAP)
				Equal(t, "the number", c.Regs().Get(sysdeps.OrigRAX), unix.SYS_GETPID)
				Equal(t, "the kind", c.SyscallInfo().Op, unix.PTRACE_SYSCALL_INFO_NONE)
			}
		},
	},
	{
		ID: "Y05", Title: "PTRACE_SET_SYSCALL_INFO changes calls and results", Since: Version{6, 16, 0}, Change: "26bb32768fe6",
		Checks: "the number, -1 as the number, all arguments, a result, an error for a value and a value for an error, and exit_group's argument: read back, and the program sees them",
		Needs:  []Need{SyscallInfo, SetSyscallInfo},
		Run:    changesCalls,
	},
	{
		ID: "Y06", Title: "PTRACE_SET_SYSCALL_INFO looks at what it gets", Since: Version{6, 16, 0}, Change: "26bb32768fe6",
		Checks: "8 bytes, a reserved byte that is not 0, and an exit's at an entry: EINVAL, and nothing is changed",
		Needs:  []Need{SyscallInfo, SetSyscallInfo},
		Run: func(t *T) {
			c := t.startMarking(func(p Code) { p.Syscall("getpid") })
			c.enter("getpid")
			before := c.SyscallInfo()
			changed := before
			changed.Number = unix.SYS_GETPPID
			refused := func(size int, change func(b []byte)) {
				b := changed.bytes()
				change(b)
				c.Refused(unix.EINVAL, unix.PTRACE_SET_SYSCALL_INFO, ptrace.Value(size), ptrace.Pointer(b))
			}
			refused(8, func([]byte) {})
			refused(syscallInfoSize, func(b []byte) { b[1] = 1 })
			refused(syscallInfoSize, func(b []byte) { b[0] = unix.PTRACE_SYSCALL_INFO_EXIT })
			Equal(t, "the call", c.SyscallInfo(), before)
		},
	},
	{
		ID: "Y07", Title: "the registers of an entry decide what is called", Arch: sysdeps.AMD64,
		Checks: "at the entry of geteuid, orig_rax becomes gettid's: its result; at the exit rax is changed: the program sees that",
		Relies: "changing calls, snapshots",
		Run: func(t *T) {
			c := t.startMarking(func(p Code) { p.tells("geteuid") })
			r := c.enter("geteuid")
			r.Set(sysdeps.OrigRAX, unix.SYS_GETTID)
			c.SetRegs(r)
			Equal(t, "the result", c.leave("gettid"), int64(c.TID))
			r = c.Regs()
			r.Set(sysdeps.RAX, marked)
			c.SetRegs(r)
			c.told(marked)
		},
	},
	{
		ID: "Y08", Title: "a number of -1 makes no call, and keeps the result", Arch: sysdeps.AMD64,
		Checks: "at an entry orig_rax becomes -1, or 0xffffffff, and rax 4321: the program sees 4321, and nothing was called",
		Relies: "suppressing calls",
		Run: func(t *T) {
			for _, nr := range []uint64{math.MaxUint64, math.MaxUint32} {
				c := t.skipCall(nr)
				c.told(marked)
			}
		},
	},
	{
		ID: "Y09", Title: "other numbers that do not exist give ENOSYS", Arch: sysdeps.AMD64, Since: Version{5, 14, 0},
		Change: "the rework of how calls are entered; before it rax was kept",
		Checks: "at an entry orig_rax becomes -23, or a million, and rax 4321: the program sees -38",
		Known:  []Known{{Where: From(Version{7, 3, 0}), Saw: "expected -38, saw 4321", Why: "Linux 7.3 keeps rax, as kernels before 5.14 did"}},
		Run: func(t *T) {
			for _, nr := range []int64{-23, 1e6} {
				c := t.skipCall(uint64(nr))
				c.told(-int64(unix.ENOSYS))
			}
		},
	},
	{
		ID: "Y10", Title: "a negative number is seen as such", Arch: sysdeps.AMD64,
		Checks: "syscall(-101) under PTRACE_SYSCALL: orig_rax is -101 and rax -38, at the entry and at the exit; the program sees -38",
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.SyscallNumber(-101)
				p.tell()
			})
			for range 2 {
				c.Syscall(0)
				c.ExpectSyscallStop()
				r := c.Regs()
				Equal(t, "orig_rax", int64(r.Get(sysdeps.OrigRAX)), -101)
				Equal(t, "rax", int64(r.Get(sysdeps.RAX)), -int64(unix.ENOSYS))
			}
			c.told(-int64(unix.ENOSYS))
		},
	},
	{
		ID: "Y11", Title: "PTRACE_SYSEMU stops in place of the call", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SYSEMU: the entry of exit_group; rax becomes 4321, PTRACE_SYSCALL: an exit with 4321, which the program sees",
		Run: func(t *T) {
			c := t.startMarking(func(p Code) { p.tells("exit_group", asm.Imm(1)) })
			r := c.emulate("exit_group")
			r.Set(sysdeps.RAX, marked)
			c.SetRegs(r)
			Equal(t, "the result", c.leave("exit_group"), marked)
			c.told(marked)
		},
	},
	{
		ID: "Y12", Title: "PTRACE_SYSEMU, then a step", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SYSEMU stops at an entry; PTRACE_SINGLESTEP: SIGTRAP, TRAP_BRKPT, behind the call, rax is -38",
		Run: func(t *T) {
			c := t.startMarking(func(p Code) { p.Syscall("exit_group", asm.Imm(1)) })
			before := c.emulate("exit_group")
			c.Step(0)
			c.ExpectStop(unix.SIGTRAP)
			Equal(t, "si_code", c.Siginfo().Code(), trapBreakpoint)
			r := c.Regs()
			Equal(t, "rax", int64(r.Get(sysdeps.RAX)), -int64(unix.ENOSYS))
			Equal(t, "rip", r.PC(), before.PC())
		},
	},
	{
		ID: "Y13", Title: "a call can be entered again from PTRACE_SYSEMU", Arch: sysdeps.AMD64,
		Checks: "at the stop, rip is put back and rax is the number: PTRACE_SYSEMU stops with the same registers; with another number and other arguments: with those",
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.Syscall("exit_group", asm.Imm(1), asm.Imm(2), asm.Imm(3), asm.Imm(4), asm.Imm(5), asm.Imm(6))
			})
			insn := sysdeps.Addr(len(sysdeps.AMD64.SyscallInsn))
			r := c.emulate("exit_group")
			again := func(name string, args ...uint64) {
				want := *r
				for i, a := range args {
					want.Set(argRegs[i], a)
				}
				nr, _ := r.Arch.Syscalls.Number(name)
				next := want
				next.SetPC(want.PC() - insn)
				next.Set(sysdeps.RAX, uint64(nr))
				c.SetRegs(&next)
				got := c.emulate(name)
				for i, reg := range argRegs {
					Equal(t, fmt.Sprint("argument ", i), got.Get(reg), want.Get(reg))
				}
				Equal(t, "rip", got.PC(), want.PC())
				r = got
			}
			again("exit_group")
			again("gettid", 11, 12, 13, 14, 15, 16)
		},
	},
	{
		ID: "Y14", Title: "registers that are set at PTRACE_SYSEMU reach the program", Arch: sysdeps.AMD64,
		Checks: "at the second of two calls, PTRACE_SETREGSET of rbx, which calls keep, and of rax: the program sees both",
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.Syscall("getpid")
				p.Syscall("getpid")
				p.Store("rbx", asm.BX)
				p.tell()
			})
			c.emulate("getpid")
			r := c.emulate("getpid")
			r.Set(sysdeps.RBX, 1234)
			r.Set(sysdeps.RAX, marked)
			c.SetRegs(r)
			c.told(marked)
			Equal(t, "rbx", c.Word("rbx"), 1234)
		},
	},
	{
		ID: "Y15", Title: "tracers see how a call will be made again", Arch: sysdeps.AMD64,
		Checks: "nanosleep, pause and read are interrupted by SIGWINCH: -516, -514 and -512 at the exit and at the signal; PTRACE_SETREGSET of the same registers: it is entered again",
		Relies: "showing restarted calls",
		Run: func(t *T) {
			from, _ := t.Pipe()
			for _, row := range []struct {
				name  string
				args  []asm.Operand
				code  int64
				again string
			}{
				{"nanosleep", []asm.Operand{asm.Of("long"), asm.Imm(0)}, restartBlock, "restart_syscall"},
				{"pause", nil, restartNoHan, "pause"},
				{"read", []asm.Operand{asm.Imm(from), asm.Of("long"), asm.Imm(1)}, restartSys, "read"},
			} {
				c := t.startMarking(func(p Code) {
					p.Words("long", asm.Imm(1000), asm.Imm(0))
					p.Syscall(row.name, row.args...)
				})
				c.interrupted(row.name, row.code, unix.SIGWINCH)
				c.SetRegs(c.Regs())
				c.enter(row.again)
			}
		},
	},
	{
		ID: "Y16", Title: "restart_syscall goes on until the call is done", Arch: sysdeps.AMD64,
		Checks: "poll is interrupted, twice, with -516: the next entry is restart_syscall; what it waits for comes: its exit has poll's result",
		Relies: "showing restarted calls",
		Run: func(t *T) {
			from, to := t.Pipe()
			c := t.startMarking(func(p Code) { p.tells("poll", p.pollFor(from)...) })
			c.interrupted("poll", restartBlock, unix.SIGWINCH)
			c.interrupted("restart_syscall", restartBlock, unix.SIGWINCH)
			c.enter("restart_syscall")
			t.Write(to, "x")
			Equal(t, "the result", c.leave("restart_syscall"), 1)
			c.told(1)
		},
	},
	{
		ID: "Y17", Title: "a number of -1 keeps a call from being made again", Arch: sysdeps.AMD64,
		Checks: "read is interrupted; at the signal orig_rax becomes -1: the program sees -512",
		Relies: "calling functions of a program in a system call",
		Run: func(t *T) {
			from, _ := t.Pipe()
			c := t.startMarking(func(p Code) { p.tells("read", asm.Imm(from), asm.Of("saw"), asm.Imm(1)) })
			c.interrupted("read", restartSys, unix.SIGWINCH)
			c.PokeUser(8*int(sysdeps.OrigRAX), math.MaxUint64)
			c.told(restartSys)
		},
	},
	{
		ID: "Y18", Title: "another result keeps a call from being made again", Arch: sysdeps.AMD64,
		Checks: "read is interrupted; at the signal rax becomes 0, or -EINTR: the program sees that, after PTRACE_CONT and PTRACE_DETACH",
		Run: func(t *T) {
			from, _ := t.Pipe()
			for _, result := range []int64{0, -int64(unix.EINTR)} {
				for _, detach := range []bool{false, true} {
					c := t.startMarking(func(p Code) {
						p.Syscall("read", asm.Imm(from), asm.Of("saw"), asm.Imm(1))
						p.Store("saw", asm.AX)
						p.Store("done", asm.Imm(1))
						p.Forever()
					})
					c.interrupted("read", restartSys, unix.SIGWINCH)
					c.PokeUser(8*int(sysdeps.RAX), uint64(result))
					if detach {
						c.Detach(0)
					} else {
						c.Cont(0)
					}
					c.AwaitWord("done", 1)
					Equal(t, "the result", int64(c.Word("saw")), result)
				}
			}
		},
	},
	{
		ID: "Y19", Title: "a function can be called in the middle of a system call", Arch: sysdeps.AMD64,
		Checks: "read and poll are interrupted; rip becomes a function and orig_rax -1; it ends in int3, or raises SIGUSR2; all registers are put back: the call goes on as if nothing had been",
		Relies: "calling functions of a program in a system call",
		Run: func(t *T) {
			for _, call := range []string{"read", "poll"} {
				for _, f := range []string{"trap", "raise"} {
					c, to := t.startCallee(sysdeps.AMD64, call)
					saved := c.Regs()
					c.callFunction(f, saved, c.SetRegs)
					c.SetRegs(saved)
					c.goesOn(to)
				}
			}
		},
	},
	{
		ID: "Y20", Title: "a function can be called in the middle of a 32-bit system call",
		Checks: "the same of a 32-bit program, by PTRACE_GETREGS of a 64-bit tracer and by the program's own register set: goes on; behind int3, with the upper half of rax cut off: does not",
		Relies: "calling functions of a 32-bit program in a system call",
		Needs:  []Need{IA32},
		Run: func(t *T) {
			for _, f := range []string{"trap", "raise"} {
				for _, call := range []string{"read", "poll"} {
					c, to := t.startCallee(sysdeps.I386, call)
					wide := c.UserRegs()
					c.callFunction(f, wide, c.SetUserRegs)
					c.SetUserRegs(wide)
					c.goesOn(to)

					c, to = t.startCallee(sysdeps.I386, call)
					own := c.Regs()
					c.callFunction(f, own, c.SetRegs)
					c.SetRegs(own)
					c.goesOn(to)
				}
			}
			// int3 is no 32-bit call, so nothing tells that -512 has but 32 bits
			// (syscall_get_error in arch/x86/include/asm/syscall.h).
			c, _ := t.startCallee(sysdeps.I386, "read")
			cut := c.UserRegs()
			c.callFunction("trap", cut, c.SetUserRegs)
			cut.Set(sysdeps.RAX, cut.Get(sysdeps.RAX)&math.MaxUint32)
			c.SetUserRegs(cut)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			Equal(t, "the result", int32(c.Word("saw")), restartSys)
		},
	},
	{
		ID: "Y21", Title: "a handler without SA_RESTART ends a call",
		Checks: "read sleeps, SIGUSR1 is passed on to a handler: EINTR; with SA_RESTART the call goes on",
		Run: func(t *T) {
			for _, flags := range []uint32{0, saRestart} {
				from, to := t.Pipe()
				c := t.startMarking(func(p Code) {
					p.Handle(unix.SIGUSR2, "handler", flags)
					p.tells("read", asm.Imm(from), asm.Of("saw"), asm.Imm(1))
					p.Label("handler")
					p.Store("handled", asm.Imm(1))
					p.Ret()
				})
				c.Cont(0)
				c.AwaitSyscall("read")
				c.Tkill(unix.SIGUSR2)
				c.ExpectStop(unix.SIGUSR2)
				c.Cont(unix.SIGUSR2)
				want := -int64(unix.EINTR)
				if flags == saRestart {
					c.AwaitWord("handled", 1)
					c.AwaitSyscall("read")
					t.Write(to, "x")
					want = 1
				}
				c.ExpectStop(unix.SIGUSR1)
				Equal(t, "the result", int64(c.Word("saw")), want)
				Equal(t, "handled", c.Word("handled"), 1)
			}
		},
	},
	{
		ID: "Y22", Title: "rt_sigreturn has an entry and an exit", Arch: sysdeps.AMD64, Since: Version{5, 3, 0},
		Checks: "the end of a handler under PTRACE_SYSCALL: the entry of rt_sigreturn, and an exit with orig_rax -1 that PTRACE_GET_SYSCALL_INFO takes for one",
		Relies: "pairing entries and exits",
		Needs:  []Need{SyscallInfo},
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.Handle(unix.SIGUSR1, "handler", 0)
				p.Raise(unix.SIGUSR1)
				p.Forever()
				p.Label("handler")
				p.Ret()
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			c.Syscall(unix.SIGUSR1)
			c.ExpectEntry("rt_sigreturn")
			c.Syscall(0)
			c.ExpectSyscallStop()
			Equal(t, "orig_rax", int64(c.Regs().Get(sysdeps.OrigRAX)), -1)
			Equal(t, "the kind", c.SyscallInfo().Op, unix.PTRACE_SYSCALL_INFO_EXIT)
		},
	},
	{
		ID: "Y23", Title: "exit_group has an entry alone",
		Checks: "PTRACE_SYSCALL: the entry of exit_group; PTRACE_SYSCALL: the end",
		Relies: "pairing entries and exits",
		Run: func(t *T) {
			c := t.startMarking(func(p Code) { p.Exit(3) })
			c.enter("exit_group")
			c.Syscall(0)
			c.ExpectExit(3)
		},
	},
	{
		ID: "Y24", Title: "int 0x80 of a 64-bit program makes a 32-bit call", Arch: sysdeps.AMD64, Since: Version{5, 3, 0},
		Checks: "int 0x80 with 20, in 64-bit code: PTRACE_GET_SYSCALL_INFO has i386 and 20 (getpid), though cs is 0x33; the result is the process id",
		Relies: "telling 32-bit calls of 64-bit programs",
		Needs:  []Need{IA32, SyscallInfo},
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.Mov(asm.AX, asm.Imm(20))
				p.Bytes(sysdeps.I386.SyscallInsn...)
				p.tell()
			})
			c.Syscall(0)
			c.ExpectSyscallStop()
			info := c.SyscallInfo()
			Equal(t, "the kind", info.Op, unix.PTRACE_SYSCALL_INFO_ENTRY)
			Equal(t, "the machine", info.Arch, unix.AUDIT_ARCH_I386)
			Equal(t, "the number", info.Number, 20)
			Equal(t, "cs", c.Regs().Get(sysdeps.CS), 0x33)
			c.Syscall(0)
			c.ExpectSyscallStop()
			Equal(t, "the result", c.SyscallInfo().Result, int64(c.TID))
			c.told(int64(c.TID))
		},
	},
	{
		ID: "Y25", Title: "calls into the vsyscall page do not stop", Arch: sysdeps.AMD64,
		Checks: "time of the vsyscall page, then gettid, under PTRACE_SYSCALL: the entry of gettid; time has told the time",
		Needs:  []Need{Vsyscall},
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.vsyscallTime()
				p.tell()
			})
			c.enter("gettid")
			t.True(int64(c.Word("saw")) > 0, "the vsyscall has told the time")
		},
	},
	{
		ID: "Y26", Title: "a 32-bit program's call, as 64-bit tracers see it", Since: Version{5, 3, 0},
		Checks: "PTRACE_GETREGS at the entry of getpid: rax is -38, of 64 bits, orig_rax 20; PTRACE_GET_SYSCALL_INFO has i386",
		Relies: "32-bit programs",
		Needs:  []Need{IA32, SyscallInfo},
		Run: func(t *T) {
			c := t.StartOn(sysdeps.I386, func(p Code) {
				p.TraceMe()
				p.Syscall("getpid")
			})
			c.ExpectStop(unix.SIGSTOP)
			c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
			c.enter("getpid")
			r := c.UserRegs()
			Equal(t, "rax", r.Get(sysdeps.RAX), 0xffffffffffffffda)
			Equal(t, "orig_rax", r.Get(sysdeps.OrigRAX), 20)
			info := c.SyscallInfo()
			Equal(t, "the machine", info.Arch, unix.AUDIT_ARCH_I386)
			Equal(t, "the number", info.Number, 20)
			Equal(t, "the result", c.leave("getpid"), int64(c.TID))
		},
	},
	{
		ID: "Y27", Title: "the upper half of rax is no part of the number", Arch: sysdeps.AMD64, Since: Version{5, 14, 0},
		Change: "before it that was so for tracees alone, whose numbers are read again behind the stop",
		Checks: "getpid's number with bits in the upper half of rax: it is entered, and the result is the process id, of a tracee and of who is none",
		Run: func(t *T) {
			for _, upper := range []int64{1, -1, math.MaxInt32, math.MinInt32, 0x12345678} {
				untraced := t.Start(func(p Code) {
					p.SyscallNumber(upper<<32 | unix.SYS_GETPID)
					p.Store("saw", asm.AX)
					p.Store("ready", asm.Imm(1))
					p.Forever()
				})
				untraced.AwaitWord("ready", 1)
				Equal(t, "the result of who is not traced", untraced.Word("saw"), uint64(untraced.TID))

				c := t.startMarking(func(p Code) {
					p.SyscallNumber(upper<<32 | unix.SYS_GETPID)
					p.tell()
				})
				c.Syscall(0)
				c.ExpectSyscallStop()
				Equal(t, "the number", uint32(c.Regs().Get(sysdeps.OrigRAX)), unix.SYS_GETPID)
				c.Syscall(0)
				c.ExpectSyscallStop()
				c.told(int64(c.TID))
			}
		},
	},
	{
		ID: "Y28", Title: "a stop that was waited for is not reported again",
		Checks: "SIGSTOP to a running tracee: a report, and no other",
		Relies: "waiting for tracees",
		Run: func(t *T) {
			c := t.startMarking(Code.Spin)
			c.Syscall(0)
			c.Tkill(unix.SIGSTOP)
			c.ExpectStop(unix.SIGSTOP)
			c.ExpectNothing(unix.WALL)
			c.StaysQuiet()
		},
	},
	{
		ID: "Y29", Title: "SIGKILL at an entry keeps the call from being made",
		Checks: "at the entry of write to a pipe, SIGKILL: killed, and the pipe is empty",
		Run: func(t *T) {
			from, to := t.Pipe()
			c := t.startMarking(func(p Code) { p.Syscall("write", asm.Imm(to), asm.Of("byte"), asm.Imm(1)); p.Space("byte", 8) })
			c.enter("write")
			c.Kill(unix.SIGKILL)
			c.ExpectKilled(unix.SIGKILL)
			n, err := unix.IoctlGetInt(from, unix.TIOCINQ)
			t.need(err, "look into the pipe")
			Equal(t, "bytes in the pipe", n, 0)
		},
	},
	{
		ID: "Y30", Title: "32-bit calls keep the registers",
		Checks: "getpid by int 0x80 and by the vDSO's entry, under PTRACE_SYSCALL and PTRACE_CONT: ebx, ecx, edx, esi, edi, ebp and esp behind it are what they were",
		Needs:  []Need{IA32},
		Run: func(t *T) {
			for _, entry := range []string{"int80", "vdso"} {
				for _, stops := range []bool{true, false} {
					keepsRegisters(t, entry, stops)
				}
			}
		},
	},
	{
		ID: "Y31", Title: "pause is entered again after a signal that is ignored",
		Checks: "pause under PTRACE_SYSCALL, SIGUSR1, which is ignored: the exit, the signal's stop, and with the signal passed on the entry of pause",
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.Ignore(unix.SIGUSR1)
				p.Raise(unix.SIGSTOP)
				p.Pause()
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGSTOP)
			for range 2 {
				c.interrupted("pause", restartNoHan, unix.SIGUSR1)
				c.Syscall(unix.SIGUSR1)
				c.ExpectEntry("pause")
				c.Syscall(0)
				c.AwaitSyscall("pause")
				c.Tkill(unix.SIGUSR1)
				c.ExpectReturn("pause")
				c.Syscall(0)
				c.ExpectStop(unix.SIGUSR1)
			}
		},
	},
}

// argRegs are the arguments of AMD64's system calls.
var argRegs = []sysdeps.Reg{sysdeps.RDI, sysdeps.RSI, sysdeps.RDX, sysdeps.R10, sysdeps.R8, sysdeps.R9}

// startMarking is StartTraced with PTRACE_O_TRACESYSGOOD.
func (t *T) startMarking(describe func(p Code)) *Tracee {
	c := t.StartTraced(describe)
	c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
	return c
}

// enter lets the thread go on to the entry of a system call, and leave to its exit.
func (c *Tracee) enter(name string) *sysdeps.Regs {
	c.Syscall(0)
	return c.ExpectEntry(name)
}

func (c *Tracee) leave(name string) int64 {
	c.Syscall(0)
	return c.ExpectReturn(name)
}

// emulate lets the thread go on to a system call that is not made.
func (c *Tracee) emulate(name string) *sysdeps.Regs {
	c.must(unix.PTRACE_SYSEMU, none, none)
	return c.ExpectEntry(name)
}

// tells makes a call, of whose result it tells.
func (p Code) tells(call string, args ...asm.Operand) {
	p.Syscall(call, args...)
	p.tell()
}

// tell stores the result of a call in the word "saw", and stops by SIGUSR1.
func (p Code) tell() {
	p.Store("saw", asm.AX)
	p.Raise(unix.SIGUSR1)
}

// told lets the thread go on to where it tells of a result.
func (c *Tracee) told(want int64) {
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR1)
	Equal(c.t, "the result that the program saw", int64(c.Word("saw")), want)
}

// skipCall has a program at the entry of a call that would end it, gives that another
// number, and the result marked.
func (t *T) skipCall(nr uint64) *Tracee {
	c := t.startMarking(func(p Code) { p.tells("exit_group", asm.Imm(1)) })
	r := c.enter("exit_group")
	r.Set(sysdeps.OrigRAX, nr)
	r.Set(sysdeps.RAX, marked)
	c.SetRegs(r)
	return c
}

// interrupted lets a thread go into a call, in which it sleeps, and a signal wake it: the
// exit and the signal's stop show how the call is made again.
func (c *Tracee) interrupted(call string, code int64, sig unix.Signal) {
	c.enter(call)
	c.Syscall(0)
	c.AwaitSyscall(call)
	c.Tkill(sig)
	Equal(c.t, "the result at the exit", c.ExpectReturn(call), code)
	c.Syscall(0)
	c.ExpectStop(sig)
	Equal(c.t, "the result at the signal", c.Regs().SyscallResult(), code)
}

// pollFor are the arguments of poll(2) that waits, without an end, for something to read.
func (p Code) pollFor(fd int) []asm.Operand {
	fds := p.Unnamed()
	b := binary.LittleEndian.AppendUint32(nil, uint32(fd))
	p.Data(fds, binary.LittleEndian.AppendUint32(b, unix.POLLIN))
	return []asm.Operand{asm.Of(fds), asm.Imm(1), asm.Imm(-1)}
}

// startCallee starts a program that sleeps in read or poll, and stops it there by SIGINT.
// It has functions besides. What is written to the pipe ends the call.
func (t *T) startCallee(arch *sysdeps.Arch, call string) (c *Tracee, pipe int) {
	from, to := t.Pipe()
	c = t.StartOn(arch, func(p Code) {
		p.TraceMe()
		switch call {
		case "read":
			p.tells(call, asm.Imm(from), asm.Of("saw"), asm.Imm(1))
		default:
			p.tells(call, p.pollFor(from)...)
		}
		p.Label("trap")
		p.Int3()
		p.Label("raise")
		p.Raise(unix.SIGUSR2)
	})
	c.ExpectStop(unix.SIGSTOP)
	c.Cont(0)
	c.AwaitSyscall(call)
	c.Tkill(unix.SIGINT)
	c.ExpectStop(unix.SIGINT)
	return c, to
}

// callFunction has the thread run a function, to its end.
func (c *Tracee) callFunction(f string, saved *sysdeps.Regs, set func(*sysdeps.Regs)) {
	const frame = 512
	r := *saved
	r.SetPC(c.Addr(f))
	r.SetSP((saved.SP() - frame) &^ 15)
	r.Set(sysdeps.OrigRAX, math.MaxUint32) // of AMD64 as well it is a number of 32 bits
	set(&r)
	c.Cont(0)
	if f == "trap" {
		c.ExpectStop(unix.SIGTRAP)
	} else {
		c.ExpectStop(unix.SIGUSR2)
	}
}

// goesOn holds that the call that startCallee's program sleeps in is made again, and ends
// as it does.
func (c *Tracee) goesOn(pipe int) {
	c.Cont(0)
	c.t.Await(c.Name+" sleeps again", func() bool { return c.State() == 'S' })
	c.t.Write(pipe, "x")
	c.ExpectStop(unix.SIGUSR1)
	Equal(c.t, "the result", c.Word("saw"), 1)
}

// probeSetSyscallInfo skips where nothing can be set by PTRACE_SET_SYSCALL_INFO.
func probeSetSyscallInfo(t *T) {
	c := t.startMarking(func(p Code) { p.Syscall("getpid") })
	c.Syscall(0)
	c.ExpectSyscallStop()
	b := make([]byte, syscallInfoSize)
	for _, req := range []int{unix.PTRACE_GET_SYSCALL_INFO, unix.PTRACE_SET_SYSCALL_INFO} {
		if _, e := c.Request(req, ptrace.Value(len(b)), ptrace.Pointer(b)); e != 0 {
			t.Skip("no %s: %s", requestName(req), Errno(e))
		}
	}
}

// probeVsyscall skips where the vsyscall page cannot be called (vsyscall=none).
func probeVsyscall(t *T) {
	c := t.Start(func(p Code) {
		p.vsyscallTime()
		p.Exit(0)
	})
	if st := c.Wait(); !st.Exited() {
		t.Skip("no calls into the vsyscall page: %v", st)
	}
}

// vsyscallTime calls time(2) in the page at a fixed address that old programs use
// (arch/x86/entry/vsyscall).
func (p Code) vsyscallTime() {
	const page, entry = -10 << 20, 0x400
	p.Mov(asm.DI, asm.Imm(0))
	p.Mov(asm.AX, asm.Imm(page+entry))
	p.CallTo(asm.AX)
}

// keepsRegisters holds that a 32-bit call changes nothing but eax.
func keepsRegisters(t *T, entry string, stops bool) {
	regs := []struct {
		asm asm.Reg
		reg sysdeps.Reg
	}{
		{asm.BX, sysdeps.RBX},
		{asm.CX, sysdeps.RCX},
		{asm.DX, sysdeps.RDX},
		{asm.SI, sysdeps.RSI},
		{asm.DI, sysdeps.RDI},
		{asm.BP, sysdeps.RBP},
	}
	c := t.StartOn(sysdeps.I386, func(p Code) {
		p.Space("vdso", 8)
		p.TraceMe()
		for i, r := range regs {
			p.Mov(r.asm, asm.Imm(0x11111111*(i+1)))
		}
		nr, _ := p.Arch().Syscalls.Number("getpid")
		p.Mov(asm.AX, asm.Imm(nr))
		if entry == "vdso" {
			p.CallTo(asm.At("vdso"))
		} else {
			p.EnterKernel()
		}
		p.Int3()
	})
	c.ExpectStop(unix.SIGSTOP)
	c.SetOptions(unix.PTRACE_O_TRACESYSGOOD)
	const sysInfo = 32 // AT_SYSINFO
	vdso := c.auxiliary(sysInfo)
	if entry == "vdso" && vdso == 0 {
		t.step("32-bit programs have no vDSO (vdso32=0)")
		return
	}
	c.SetWord("vdso", vdso)
	before := c.Regs().SP()
	if stops {
		c.enter("getpid")
		c.leave("getpid")
	}
	c.Cont(0)
	c.ExpectStop(unix.SIGTRAP)
	after := c.Regs()
	Equal(t, "eax", after.Get(sysdeps.RAX), uint64(c.TID))
	Equal(t, "esp", after.SP(), before)
	for i, r := range regs {
		Equal(t, fmt.Sprint("register ", i), after.Get(r.reg), uint64(0x11111111*(i+1)))
	}
}

// auxiliary returns a value of the auxiliary vector, or 0 (getauxval(3)).
func (c *Tracee) auxiliary(key uint64) uint64 {
	size := c.image.Arch.PtrSize
	v := []byte(c.Proc("auxv"))
	for ; len(v) >= 2*size; v = v[2*size:] {
		if c.image.Arch.Word(v) == key {
			return c.image.Arch.Word(v[size:])
		}
	}
	return 0
}

// changesCalls is Y05.
func changesCalls(t *T) {
	const page = 0x20000000
	c := t.startMarking(func(p Code) {
		p.Syscall("geteuid")
		p.Store("number", asm.AX)
		p.Syscall("exit_group", asm.Imm(1))
		p.Store("no call", asm.AX)
		p.Syscall("mmap", asm.Imm(1), asm.Imm(2), asm.Imm(3), asm.Imm(4), asm.Imm(5), asm.Imm(6))
		p.Store("arguments", asm.AX)
		p.Syscall("getpid")
		p.Store("error", asm.AX)
		p.Syscall("close", asm.Imm(-1))
		p.Store("value", asm.AX)
		p.Exit(1)
	})
	change := func(change func(info *CallInfo)) {
		info := c.SyscallInfo()
		change(&info)
		c.SetSyscallInfo(&info)
		Equal(t, "what is read back", c.SyscallInfo(), info)
	}
	result := func(v int64, isError bool) func(info *CallInfo) {
		return func(info *CallInfo) { info.Result, info.IsError = v, isError }
	}
	saw := func(word string, want int64) { Equal(t, "what the program saw of "+word, int64(c.Word(word)), want) }

	c.enter("geteuid")
	change(func(info *CallInfo) { info.Number = unix.SYS_GETPID })
	Equal(t, "the result", c.leave("getpid"), int64(c.TID))

	c.enter("exit_group")
	saw("number", int64(c.TID))
	change(func(info *CallInfo) { info.Number = math.MaxUint64 })
	c.Syscall(0)
	c.ExpectSyscallStop()
	Equal(t, "the result", c.SyscallInfo().Result, -int64(unix.ENOSYS))
	change(result(marked, false))

	c.enter("mmap")
	saw("no call", marked)
	change(func(info *CallInfo) {
		info.Args = [6]uint64{
			page, pageSize, unix.PROT_READ | unix.PROT_WRITE,
			unix.MAP_PRIVATE | unix.MAP_ANONYMOUS | unix.MAP_FIXED, math.MaxUint64, pageSize,
		}
	})
	Equal(t, "the result", c.leave("mmap"), page)

	c.enter("getpid")
	saw("arguments", page)
	c.leave("getpid")
	change(result(-int64(unix.EISDIR), true))

	c.enter("close")
	saw("error", -int64(unix.EISDIR))
	Equal(t, "the result", c.leave("close"), -int64(unix.EBADF))
	change(result(marked, false))

	c.enter("exit_group")
	saw("value", marked)
	change(func(info *CallInfo) { info.Args[0] = 42 })
	c.Cont(0)
	c.ExpectExit(42)
}

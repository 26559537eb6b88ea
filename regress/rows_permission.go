package regress

import (
	"fmt"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

var permissionRows = []Row{
	{
		ID: "P01", Title: "another user's processes cannot be traced or read",
		Checks: "a user's PTRACE_ATTACH, PTRACE_SEIZE and process_vm_readv of a process of another: EPERM",
		Needs:  []Need{Root, ProcessVM},
		Relies: "telling why a process cannot be attached to",
		Run: func(t *T) {
			c := t.Exec(t.Assemble(sysdeps.AMD64, func(p Code) {
				p.Space("word", 8)
				p.Forever()
			}), user(otherUser))
			c.AwaitSyscall("pause")
			t.Unprivileged(func() {
				c.Refused(unix.EPERM, unix.PTRACE_ATTACH, none, none)
				c.Refused(unix.EPERM, unix.PTRACE_SEIZE, none, none)
				Equal(t, "process_vm_readv", c.vmRead(0, piece{c.Addr("word"), 8}), "EPERM")
			})
		},
	},
	{
		ID: "P02", Title: "a process that may not be dumped belongs to root",
		Checks: "of a process of the same user behind PR_SET_DUMPABLE 0: PTRACE_ATTACH EPERM; its maps belong to root, and open with EACCES; its status opens",
		Relies: "telling why a process cannot be attached to",
		Needs:  []Need{OpenProc},
		Run: func(t *T) {
			t.Unprivileged(func() {
				from, to := t.Pipe()
				c := t.Start(func(p Code) {
					p.NoDump()
					p.Syscall("write", asm.Imm(to), asm.Of("done"), asm.Imm(1))
					p.String("done", "x")
					p.Forever()
				})
				_, err := unix.Read(from, make([]byte, 1))
				t.need(err, "read")
				c.Refused(unix.EPERM, unix.PTRACE_ATTACH, none, none)
				maps := fmt.Sprintf("/proc/%d/maps", c.TID)
				Equal(t, "the owner of maps", t.owner(maps), 0)
				Equal(t, "open maps", t.opens(maps), "EACCES")
				Equal(t, "open status", t.opens(fmt.Sprintf("/proc/%d/status", c.TID)), "0")
			})
		},
	},
	{
		ID: "P03", Title: "processes of the same user can be traced: of another session, and the parent",
		Checks: "PTRACE_ATTACH to a child in a session of its own; PTRACE_SEIZE of a process by its child: both work; with Yama's ptrace_scope 1 the second, from 2 on both: EPERM",
		Relies: "attaching to a process",
		Run: func(t *T) {
			t.Unprivileged(func() {
				c := t.Start(func(p Code) {
					p.Syscall("setsid")
					p.Forever()
				})
				c.AwaitSyscall("pause")
				if t.Machine.Yama < 2 {
					c.Attach()
					c.ExpectStop(unix.SIGSTOP)
				} else {
					c.Refused(unix.EPERM, unix.PTRACE_ATTACH, none, none)
				}
				parent := t.Start(func(p Code) {
					p.Space("status", 8)
					p.Fork(int(unix.SIGCHLD), "child")
					p.Syscall("wait4", asm.At("child.tid"), asm.Of("status"), asm.Imm(0), asm.Imm(0))
					p.Mov(asm.AX, asm.At("status"))
					p.Cmp(asm.AX, asm.Imm(0))
					p.JumpIf(asm.Equal, "traced")
					p.Cmp(asm.AX, asm.Imm(int(unix.EPERM)<<8)) // exited with it
					p.JumpIf(asm.Equal, "refused")
					p.Exit(255)
					p.Label("refused")
					p.Exit(int(unix.EPERM))
					p.Label("traced")
					p.Exit(0)
					p.Label("child")
					p.Syscall("getppid")
					p.Syscall("ptrace", asm.Imm(unix.PTRACE_SEIZE), asm.AX, asm.Imm(0), asm.Imm(0))
					p.exitNegated()
				})
				want := 0
				if t.Machine.Yama > 0 {
					want = int(unix.EPERM)
				}
				parent.ExpectExit(want)
			})
		},
	},
	{
		ID: "P04", Title: "PR_SET_PTRACER is Yama's alone",
		Checks: "prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY) without Yama: EINVAL; with it: 0",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Syscall("prctl", asm.Imm(unix.PR_SET_PTRACER), asm.Imm(-1), asm.Imm(0), asm.Imm(0), asm.Imm(0))
				p.exitNegated()
			})
			want := 0
			if t.Machine.Yama < 0 {
				want = int(unix.EINVAL)
			}
			c.ExpectExit(want)
		},
	},
	{
		ID: "P05", Title: "a setuid program that a user traces runs as the user",
		Checks: "a user's tracee, by PTRACE_SEIZE and by PTRACE_TRACEME, executes a setuid program of root: PTRACE_EVENT_EXEC, its effective user is still the user's, PTRACE_EVENT_EXIT",
		Needs:  []Need{Root, SetUID},
		Relies: "tracing setuid programs",
		Run: func(t *T) {
			path := t.setUID(exitsAsWho)
			t.Unprivileged(func() {
				for _, c := range []*Tracee{t.seizedBefore(Execs(path)), t.StartTraced(Execs(path))} {
					c.execsAs(asUser)
				}
			})
		},
	},
	{
		ID: "P06", Title: "a setuid program runs as its owner if the tracer was root when tracing began", Since: Version{5, 2, 0}, Change: "6994eefb0053",
		Checks: "a user's process executes a setuid program of root: under PTRACE_SEIZE of root its effective user is root; under its own PTRACE_TRACEME, with a parent that is root, the user",
		Needs:  []Need{Root, SetUID},
		Relies: "tracing setuid programs as root",
		Run: func(t *T) {
			path := t.setUID(exitsAsWho)
			c := t.Exec(t.Assemble(sysdeps.AMD64, func(p Code) {
				p.SpinUntil("go")
				p.Execve(path)
			}), user(anyUser))
			c.Seize(execAndExit)
			c.SetWord("go", 1)
			c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
			c.exitsAs(asRoot)
			c = t.Exec(t.Assemble(sysdeps.AMD64, func(p Code) {
				p.TraceMe()
				p.Execve(path)
			}), user(anyUser))
			c.ExpectStop(unix.SIGSTOP)
			c.execsAs(asUser)
		},
	},
	{
		ID: "P07", Title: "PR_SET_NO_NEW_PRIVS has setuid programs run as the user", Since: Version{3, 5, 0},
		Checks: "a user's process executes a setuid program of root, traced by root and not at all: its effective user is root; behind PR_SET_NO_NEW_PRIVS the user",
		Needs:  []Need{Root, SetUID},
		Relies: "tracing by filters, which set it",
		Run: func(t *T) {
			path := t.setUID(exitsAsWho)
			for _, traced := range []bool{false, true} {
				for _, want := range []int{asRoot, asUser} {
					c := t.Exec(t.Assemble(sysdeps.AMD64, func(p Code) {
						p.SpinUntil("go")
						if want == asUser {
							p.Syscall("prctl", asm.Imm(unix.PR_SET_NO_NEW_PRIVS), asm.Imm(1), asm.Imm(0), asm.Imm(0), asm.Imm(0))
						}
						p.Execve(path)
					}), user(anyUser))
					if traced {
						c.Seize(0)
					}
					c.SetWord("go", 1)
					c.ExpectExit(want)
				}
			}
		},
	},
	{
		ID: "P08", Title: "a program that the user may not read runs, but is not shown to the tracer", Since: Version{4, 10, 0},
		Checks: "a user's tracee executes a program of root's with mode 0711: PTRACE_EVENT_EXEC, PTRACE_PEEKDATA EIO, /proc/PID/mem opens with EACCES, and it runs to its end",
		Needs:  []Need{Root},
		Relies: "tracing programs that may not be read",
		Run: func(t *T) {
			im := t.Assemble(sysdeps.AMD64, exitsAsWho)
			path, err := t.Temp("unreadable", im.ELF, 0o711)
			t.need(err, "write a program")
			t.Unprivileged(func() {
				c := t.StartTraced(Execs(path))
				c.SetOptions(execAndExit)
				c.Cont(0)
				c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
				c.image = im
				c.refusesPeek(c.Addr("begin"))
				Equal(t, "open /proc/PID/mem", t.opens(c.memFile()), "EACCES")
				c.exitsAs(asUser)
			})
		},
	},
	{
		ID: "P09", Title: "who runs a setuid program cannot trace it, not even when it has become the user",
		Checks: "a user's PTRACE_ATTACH to a process that has executed a setuid program of root, and to one that has then dropped root's rights: EPERM",
		Needs:  []Need{Root, SetUID},
		Relies: "telling why a process cannot be attached to",
		Run: func(t *T) {
			keeps := t.setUID(Code.Forever)
			drops := t.setUID(func(p Code) {
				p.Syscall("setresuid", asm.Imm(anyUser), asm.Imm(anyUser), asm.Imm(anyUser))
				p.Forever()
			})
			for _, program := range []struct {
				path string
				user int
			}{{keeps, 0}, {drops, anyUser}} {
				c := t.Exec(t.Assemble(sysdeps.AMD64, Execs(program.path)), user(anyUser))
				c.AwaitSyscall("pause")
				Equal(t, "the effective user", strings.Fields(c.status("Uid"))[1], strconv.Itoa(program.user))
				t.Unprivileged(func() { c.Refused(unix.EPERM, unix.PTRACE_ATTACH, none, none) })
			}
		},
	},
	{
		ID: "P10", Title: "PTRACE_O_SUSPEND_SECCOMP is for root", Since: Version{5, 18, 0}, Change: "ee1fee900537, with PTRACE_SEIZE",
		Checks: "a user's PTRACE_SETOPTIONS and PTRACE_SEIZE with PTRACE_O_SUSPEND_SECCOMP: EPERM",
		Needs:  []Need{Filters, Checkpoint},
		Run: func(t *T) {
			t.Unprivileged(func() {
				suspend := ptrace.Value(unix.PTRACE_O_SUSPEND_SECCOMP)
				t.StartTraced(Code.Forever).Refused(unix.EPERM, unix.PTRACE_SETOPTIONS, none, suspend)
				t.Start(Code.Forever).Refused(unix.EPERM, unix.PTRACE_SEIZE, none, suspend)
			})
		},
	},
	{
		ID: "P11", Title: "filters of system calls are shown to root alone", Since: Version{4, 16, 0},
		Checks: "a user's PTRACE_SECCOMP_GET_FILTER and PTRACE_SECCOMP_GET_METADATA of a tracee with a filter: EACCES",
		Needs:  []Need{Filters, Checkpoint},
		Run: func(t *T) {
			t.Unprivileged(func() {
				c := t.filteredAtStop(refuseCall)
				c.Refused(unix.EACCES, unix.PTRACE_SECCOMP_GET_FILTER, none, none)
				c.Refused(unix.EACCES, unix.PTRACE_SECCOMP_GET_METADATA, ptrace.Value(16), ptrace.Pointer(make([]byte, 16)))
			})
		},
	},
	{
		ID: "P12", Title: "root of a user namespace traces what runs in it",
		Checks: "in a new user namespace, a process executes a program, becomes one that may not be dumped, and forks: PTRACE_SEIZE of the child works",
		Needs:  []Need{UserNamespaces},
		Relies: "tracing in containers without root",
		Run: func(t *T) {
			path, _ := t.program(func(p Code) {
				p.NoDump()
				p.Fork(int(unix.SIGCHLD), "child")
				p.Syscall("ptrace", asm.Imm(unix.PTRACE_SEIZE), asm.At("child.tid"), asm.Imm(0), asm.Imm(0))
				p.exitNegated()
				p.Label("child")
				p.Forever()
			})
			as := t.Unprivileged
			if t.Machine.UserNS && t.Machine.UID == 0 {
				// To map root again takes CAP_SETFCAP of who makes the namespace (user_namespaces(7)).
				as = func(f func()) { f() }
			}
			as(func() {
				c := t.Start(func(p Code) {
					p.Syscall("unshare", asm.Imm(unix.CLONE_NEWUSER))
					p.Store("made", asm.Imm(1))
					p.SpinUntil("go")
					p.Execve(path)
				})
				c.AwaitWord("made", 1)
				// Without it the exec would cost the capabilities (user_namespaces(7)).
				mapping := fmt.Sprintf("0 %d 1", unix.Geteuid())
				t.need(os.WriteFile(fmt.Sprintf("/proc/%d/uid_map", c.TID), []byte(mapping), 0), "map the user")
				c.SetWord("go", 1)
				c.ExpectExit(0)
			})
			t.Unprivileged(func() {
				c := t.Start(func(p Code) { p.Execve(path) })
				c.ExpectExit(int(unix.EPERM)) // it is the namespace that makes the difference
			})
		},
	},
	{
		ID: "P13", Title: "/proc asks for the user of files, ptrace for the real one", Since: Version{4, 5, 0},
		Checks: "a thread with one user as its real, another as its effective and files' user: of a process of the first PTRACE_SEIZE works, and maps open with EACCES; of one of the second EPERM, and they open",
		Needs:  []Need{Root, NoYama},
		Relies: "telling why a process cannot be attached to",
		Run: func(t *T) {
			forever := t.Assemble(sysdeps.AMD64, Code.Forever)
			first, second := t.Exec(forever, user(anyUser)), t.Exec(forever, user(otherUser))
			t.Elsewhere(func() {
				t.become(anyUser, otherUser)
				Equal(t, "open maps of the first", t.opens(fmt.Sprintf("/proc/%d/maps", first.TID)), "EACCES")
				Equal(t, "open maps of the second", t.opens(fmt.Sprintf("/proc/%d/maps", second.TID)), "0")
				second.Refused(unix.EPERM, unix.PTRACE_SEIZE, none, none)
				first.Seize(0)
			})
		},
	},
	{
		ID: "P15", Title: "execs and tracing do not lock each other up", Stress: true,
		Checks: "a process of two threads executes itself again and again; PTRACE_ATTACH, the way to its SIGSTOP and PTRACE_DETACH come to an end each time, and it goes on",
		Relies: "attaching to programs that start others",
		Run: func(t *T) {
			c := t.Start(func(p Code) {
				p.Thread("second")
				p.Execve("/proc/self/exe")
				p.Label("second")
				p.Forever()
			})
			for t.Again() {
				c.Attach()
				for st := c.Wait(); stopSignal(st) != unix.SIGSTOP; st = c.Wait() {
					Equal(t, "what an exec reports", st.String(), "stopped by SIGTRAP")
					c.Cont(0)
				}
				c.Detach(0)
			}
			c.Kill(unix.SIGKILL)
			c.ExpectKilled(unix.SIGKILL)
		},
	},
}

// Users that are not root. They need no name.
const (
	anyUser   = 65534
	otherUser = 65533
)

func user(uid uint32) *ptrace.Credential { return &ptrace.Credential{UID: uid, GID: anyUser} }

// Unprivileged runs f on another thread of this process, which then ends, as a user
// without capabilities.
func (t *T) Unprivileged(f func()) {
	t.Elsewhere(func() {
		switch {
		case t.Machine.UID != 0:
		case t.Machine.UserNS:
			t.dropCapabilities() // there may be no other user
		default:
			t.become(anyUser, anyUser)
		}
		f()
	})
}

// become changes this thread's users: the real one, and the effective one with that of
// files. Package syscall's functions would change them of all threads.
func (t *T) become(ruid, euid uintptr) {
	const forRootAlone = 2 // and all who have CAP_SYS_PTRACE (Documentation/admin-guide/LSM/Yama.rst)
	if t.Machine.Yama >= forRootAlone {
		t.Skip("Yama's ptrace_scope is %d: no user may trace", t.Machine.Yama)
	}
	t.change(unix.SYS_SETGROUPS, 0, 0, 0)
	t.change(unix.SYS_SETRESGID, anyUser, anyUser, anyUser)
	t.change(unix.SYS_SETRESUID, ruid, euid, ruid)
	t.step("this thread is user %d, effectively %d", ruid, euid)
}

func (t *T) change(call, a, b, c uintptr) {
	if _, _, e := unix.Syscall(call, a, b, c); e != 0 {
		t.Skip("no other user can be taken on: %s", Errno(e))
	}
}

// dropCapabilities leaves this thread, and what it executes, none (capabilities(7)).
func (t *T) dropCapabilities() {
	const noRoot = 1 // SECBIT_NOROOT
	t.need(unix.Prctl(unix.PR_SET_SECUREBITS, noRoot, 0, 0, 0), "give up what root has by an exec")
	header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
	var empty [2]unix.CapUserData
	t.need(unix.Capset(&header, &empty[0]), "give up capabilities")
	t.step("this thread has no capabilities")
}

// Execs returns a program that executes another.
func Execs(path string) func(p Code) { return func(p Code) { p.Execve(path) } }

// How exitsAsWho exits.
const (
	asRoot = 1
	asUser = 2
)

// exitsAsWho tells by its status whether its effective user is root.
func exitsAsWho(p Code) {
	p.Label("begin")
	p.Syscall("geteuid")
	p.Cmp(asm.AX, asm.Imm(0))
	p.JumpIf(asm.Equal, "root")
	p.Exit(asUser)
	p.Label("root")
	p.Exit(asRoot)
}

// exitNegated exits with the error number that a call has given, or 0.
func (p Code) exitNegated() {
	p.Xor(asm.BX, asm.BX)
	p.Sub(asm.BX, asm.AX)
	p.Syscall("exit_group", asm.BX)
}

// setUID makes a setuid program of this process's user.
func (t *T) setUID(describe func(p Code)) (path string) {
	path, err := t.Temp("setuid", t.Assemble(sysdeps.AMD64, describe).ELF, fs.ModeSetuid|0o755)
	t.need(err, "write a setuid program")
	return path
}

const execAndExit = unix.PTRACE_O_TRACEEXEC | unix.PTRACE_O_TRACEEXIT

// seizedBefore starts a program that is seized, and stands still, before it begins.
func (t *T) seizedBefore(describe func(p Code)) *Tracee {
	c := t.Start(func(p Code) {
		p.SpinUntil("go")
		describe(p)
	})
	c.Seize(0)
	c.Interrupt()
	c.ExpectEvent(ptrace.EventStop)
	c.SetWord("go", 1)
	return c
}

// execsAs lets a tracee go on, which executes a program that tells as who it runs.
func (c *Tracee) execsAs(who int) {
	c.SetOptions(execAndExit)
	c.Cont(0)
	c.ExpectEvent(unix.PTRACE_EVENT_EXEC)
	c.exitsAs(who)
}

// exitsAs lets such a program go on to its end.
func (c *Tracee) exitsAs(who int) {
	c.Cont(0)
	c.ExpectEvent(unix.PTRACE_EVENT_EXIT)
	c.Cont(0)
	c.ExpectExit(who)
}

// opens returns the outcome of opening a file to read it.
func (t *T) opens(name string) string {
	f, err := t.kernel.Open(name, os.O_RDONLY)
	if err == nil {
		err = f.Close()
	}
	return outcome(0, err)
}

// lacksSetUID says why setuid programs do not run as their owners, or "".
func lacksSetUID(*Machine) string {
	if field("/proc/self/status", "NoNewPrivs") == "1" {
		return "no_new_privs is set"
	}
	var st unix.Statfs_t
	if err := unix.Statfs(os.TempDir(), &st); err != nil {
		return fmt.Sprintf("statfs %s: %v", os.TempDir(), err)
	}
	if st.Flags&unix.ST_NOSUID != 0 {
		return os.TempDir() + " is mounted nosuid"
	}
	return ""
}

func probeUserNamespaces(t *T) {
	c := t.Start(func(p Code) {
		p.Syscall("unshare", asm.Imm(unix.CLONE_NEWUSER))
		p.exitNegated()
	})
	if st := c.Wait(); st.ExitStatus() != 0 {
		t.Skip("no user namespace can be made: %s", Errno(unix.Errno(st.ExitStatus())))
	}
}

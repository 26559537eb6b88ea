package regress

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Need is something that a machine may lack.
type Need string

// What rows need.
const (
	Files        Need = "files"         // some open ones
	Processes    Need = "processes"     // for three programs at least
	Proc         Need = "proc"          // as this process sees itself
	OpenProc     Need = "open-proc"     // which hides nothing from those who may not trace it
	AddressSpace Need = "address-space" // for gigabytes
	SignalQueue  Need = "signal-queue"
	Tracing      Need = "ptrace"
	Root         Need = "root"    // of the first user namespace
	NoYama       Need = "no-yama" // no Yama that forbids
	IA32         Need = "32-bit"  // programs of I386
	Filters      Need = "seccomp" // filters of system calls
	SyscallInfo  Need = "syscall-info"
	// PIDNamespaces of one's own making.
	PIDNamespaces Need = "pid-namespaces"
	// CoreFiles where a process stands.
	CoreFiles Need = "core-files"
	// DebugRegs that stop: some hypervisors have none.
	DebugRegs Need = "debug-registers"
	// ForcedMem is that /proc/PID/mem overrides the protection of pages.
	ForcedMem Need = "forced-mem"
	// ProcessVM is process_vm_readv(2), which filters may refuse.
	ProcessVM Need = "process-vm-readv"
	// SetSyscallInfo is PTRACE_SET_SYSCALL_INFO.
	SetSyscallInfo Need = "set-syscall-info"
	Vsyscall       Need = "vsyscall" // calls into the page of that name
	// BranchStep is that PTRACE_SINGLEBLOCK runs to a branch, as DEBUGCTL.BTF has it.
	BranchStep Need = "branch-step"
	// Int1 passes its own trap.
	Int1           Need = "int1"
	XSave          Need = "xsave"
	FSGSBase       Need = "fsgsbase"
	AVX            Need = "avx"
	ProtectionKeys Need = "protection-keys"
	ShadowStack    Need = "shadow-stack"
	TwoCPUs        Need = "two-cpus"
	// Unfiltered is that this process is under no filter of system calls itself.
	Unfiltered Need = "unfiltered"
	// Checkpoint is a kernel that can be asked for what restores processes.
	Checkpoint Need = "checkpoint-restore"
	// SetUID programs run as their owners where files are made.
	SetUID Need = "setuid"
	// UserNamespaces of one's own making.
	UserNamespaces Need = "user-namespaces"
	// Rseq is rseq(2).
	Rseq Need = "rseq"
)

// always are what all rows need.
var always = []Need{Files, Processes, Proc, Tracing}

// facts say of what can be read off the machine why it is lacking, or "".
var facts = map[Need]func(m *Machine) string{
	Processes:    fewProcesses,
	Proc:         func(*Machine) string { return lacksProc() },
	OpenProc:     func(*Machine) string { return hidepid() },
	AddressSpace: func(*Machine) string { return lowLimit(unix.RLIMIT_AS, "RLIMIT_AS", 4<<30) },
	SignalQueue:  func(*Machine) string { return lowLimit(unix.RLIMIT_SIGPENDING, "RLIMIT_SIGPENDING", 100) },
	Root: func(m *Machine) string {
		const sysAdmin, sysPtrace = 21, 19
		caps, err := strconv.ParseUint(m.Caps, 16, 64)
		switch {
		case err != nil:
			return "the capabilities are not known"
		case m.UID != 0:
			return "for root"
		case m.UserNS:
			return "for root of the first user namespace"
		case caps>>sysAdmin&1 == 0 || caps>>sysPtrace&1 == 0:
			return "for root with CAP_SYS_ADMIN and CAP_SYS_PTRACE"
		}
		return ""
	},
	Unfiltered: func(m *Machine) string {
		if m.Seccomp != "" && m.Seccomp != "0" {
			return "under a filter of system calls already"
		}
		return ""
	},
	SetUID:    lacksSetUID,
	CoreFiles: func(*Machine) string { return coreFiles() },
	NoYama: func(m *Machine) string {
		if m.Yama > 0 {
			return fmt.Sprintf("Yama's ptrace_scope is %d", m.Yama)
		}
		return ""
	},
	FSGSBase:       func(*Machine) string { return lacksFlag("fsgsbase") },
	AVX:            func(*Machine) string { return lacksFlag("avx") },
	ProtectionKeys: func(*Machine) string { return lacksFlag("ospke") },
	ShadowStack:    func(*Machine) string { return lacksFlag("user_shstk") },
	TwoCPUs:        factTwoCPUs,
}

// lacksProc says what is wrong with /proc, or "".
func lacksProc() string {
	switch self, err := os.Readlink("/proc/self"); {
	case errors.Is(err, os.ErrNotExist) && line("/proc/version") == "":
		return "/proc is not mounted"
	case err != nil:
		return "/proc does not show this process: " + err.Error()
	case self != strconv.Itoa(os.Getpid()):
		return "/proc is of another PID namespace"
	}
	return ""
}

// fewProcesses says that the user may not even have the threads of this program, the
// keeper and a row, or "". Some capabilities lift the limit (getrlimit(2)).
func fewProcesses(m *Machine) string {
	const sysAdmin, sysResource = 21, 24
	caps, err := strconv.ParseUint(m.Caps, 16, 64)
	if err != nil || caps>>sysAdmin&1 != 0 || caps>>sysResource&1 != 0 || lowLimit(unix.RLIMIT_NPROC, "", 16) == "" {
		return ""
	}
	return shortage(unix.EAGAIN)
}

// lowLimit says that this process cannot have as much as rows want, or "".
func lowLimit(which int, name string, wanted uint64) string {
	var l unix.Rlimit
	if err := unix.Getrlimit(which, &l); err != nil || l.Max >= wanted {
		return ""
	}
	return fmt.Sprintf("%s is %d", name, l.Max)
}

// hidepid says that /proc is mounted so that it hides processes (proc(5)), or "".
func hidepid() string {
	for mount := range strings.Lines(text("/proc/self/mounts")) {
		fields := strings.Fields(mount) // what, where, kind, options (fstab(5))
		if len(fields) < 4 || fields[1] != "/proc" {
			continue
		}
		for option := range strings.SplitSeq(fields[3], ",") {
			if strings.HasPrefix(option, "hidepid=") && option != "hidepid=0" && option != "hidepid=off" {
				return "/proc hides processes (" + option + ")"
			}
		}
	}
	return ""
}

const probePrefix = "probe:"

// probeRows are the probes: rows that are skipped on machines that lack something.
func probeRows() []*Row {
	var rows []*Row
	for need, run := range probes {
		rows = append(rows, &Row{ID: probePrefix + string(need), Run: run})
	}
	return rows
}

// probes try what cannot be read off the machine.
var probes = map[Need]func(t *T){
	Tracing: func(t *T) {
		c := t.Start(func(p Code) { p.Forever() })
		if _, e := c.Request(unix.PTRACE_SEIZE, none, none); e != 0 {
			if t.Machine.Tracer != 0 {
				t.Skip("another tracer, process %d, has the tracees", t.Machine.Tracer)
			}
			t.Skip("tracing is refused: %s", Errno(e))
		}
		c.Interrupt()
		c.ExpectEvent(ptrace.EventStop)
	},
	IA32: func(t *T) {
		path, err := t.file(t.Assemble(sysdeps.I386, func(p Code) { p.Exit(3) }))
		t.need(err, "write a program")
		st, err := t.command(path)
		if err == unix.ENOEXEC {
			t.Skip("the kernel runs no 32-bit programs")
		}
		t.need(err, "start a 32-bit program")
		if st.ExitStatus() != 3 {
			t.Skip("32-bit programs do not run: %v", Status{st})
		}
	},
	Filters: func(t *T) {
		c := t.Start(func(p Code) {
			p.Syscall("seccomp", asm.Imm(unix.SECCOMP_GET_ACTION_AVAIL), asm.Imm(0), asm.Of("action"))
			p.Words("action", asm.Imm(unix.SECCOMP_RET_TRACE))
			p.exitNegated()
		})
		if st := c.Wait(); st.ExitStatus() != 0 {
			t.Skip("no filters of system calls: %s", Errno(unix.Errno(st.ExitStatus())))
		}
	},
	PIDNamespaces: func(t *T) {
		c := t.Start(func(p Code) {
			p.NewPIDNamespace()
			p.Sub(asm.DX, asm.DX)
			p.Sub(asm.DX, asm.AX)
			p.Syscall("exit_group", asm.DX)
		})
		if st := c.Wait(); st.ExitStatus() != 0 {
			t.Skip("no PID namespace can be made: %s", Errno(unix.Errno(st.ExitStatus())))
		}
	},
	DebugRegs: func(t *T) {
		c := t.StartTraced(func(p Code) {
			p.Label("here")
			p.Nop()
			p.Exit(3)
		})
		const number0, number7 = debugRegs, debugRegs + 7*8
		for _, set := range []struct {
			reg   int
			value uint64
		}{{number0, uint64(c.Addr("here"))}, {number7, 1}} {
			if _, e := c.Request(unix.PTRACE_POKEUSR, ptrace.Value(set.reg), ptrace.Value(set.value)); e != 0 {
				t.Skip("debug registers cannot be set: %s", Errno(e))
			}
		}
		c.Cont(0)
		if st := c.Wait(); !st.Stopped() {
			t.Skip("debug registers do not stop: %v", st)
		}
	},
	SyscallInfo: func(t *T) {
		c := t.StartTraced(func(p Code) {})
		info := make([]byte, 128)
		if _, e := c.Request(unix.PTRACE_GET_SYSCALL_INFO, ptrace.Value(len(info)), ptrace.Pointer(info)); e != 0 {
			t.Skip("no PTRACE_GET_SYSCALL_INFO: %s", Errno(e))
		}
	},
	ForcedMem:      probeForcedMem,
	ProcessVM:      probeProcessVM,
	SetSyscallInfo: probeSetSyscallInfo,
	Vsyscall:       probeVsyscall,
	BranchStep:     probeBranchStep,
	Int1:           probeInt1,
	XSave:          probeXSave,
	Checkpoint:     probeCheckpoint,
	UserNamespaces: probeUserNamespaces,
	Rseq:           probeRseq,
}

// command runs a program that nobody traces, and returns how it ended.
func (t *T) command(path string) (unix.WaitStatus, error) {
	pid, err := syscall.ForkExec(path, []string{path}, &syscall.ProcAttr{})
	if err != nil {
		return 0, err
	}
	var st unix.WaitStatus
	_, err = unix.Wait4(pid, &st, 0, nil)
	return st, err
}

package display

import (
	"debug/elf"
	"strconv"
	"syscall"

	"sonde/sysdeps"
)

// Siginfo returns a siginfo_t as strace prints it.
func Siginfo(si *sysdeps.Siginfo) string { return string(appendSiginfo(nil, si)) }

// appendSiginfo appends a siginfo_t as strace prints it: the members that
// si_signo and si_code make valid, in braces.
func appendSiginfo(b []byte, si *sysdeps.Siginfo) []byte {
	b = append(b, "{si_signo="...)
	b = append(b, sysdeps.SignalName(si.Signo())...)
	b = append(b, ", si_code="...)
	if name := sysdeps.SigcodeName(si.Signo(), si.Code()); name != "" {
		b = append(b, name...)
	} else {
		b = appendHex(b, uint64(uint32(si.Code())))
	}
	if errno := si.Errno(); errno != 0 {
		b = append(b, ", si_errno="...)
		b = appendErrno(b, int64(uint32(errno)))
	}
	if si.Code() <= 0 {
		b = appendSent(b, si)
	} else {
		b = appendRaised(b, si)
	}
	return append(b, '}')
}

// appendSent appends the members of a signal that a process asked for.
func appendSent(b []byte, si *sysdeps.Siginfo) []byte {
	switch si.Code() {
	case sysdeps.SI_USER, sysdeps.SI_TKILL:
		return appendSource(b, si)
	case sysdeps.SI_TIMER:
		id, overrun := si.Timer()
		b = appendField(b, "si_timerid", uint64(uint32(id)))
		b = appendInt(b, "si_overrun", int64(overrun))
		return appendSigval(b, si)
	case sysdeps.SI_SIGIO:
		return appendPoll(b, si)
	}
	return appendQueued(b, si)
}

// appendRaised appends the members of a signal that the kernel raised.
func appendRaised(b []byte, si *sysdeps.Siginfo) []byte {
	switch sig := syscall.Signal(si.Signo()); sig {
	case syscall.SIGILL, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGTRAP:
		return appendFault(b, si, sig)
	case syscall.SIGCHLD:
		return appendChild(b, si)
	case syscall.SIGSYS:
		return appendSys(b, si)
	}
	switch {
	case sysdeps.IsPollcode(si.Signo(), si.Code()):
		return appendPoll(b, si)
	case si.Signo() == int(syscall.SIGPOLL):
		return b
	}
	if si.PID() == 0 && si.UID() == 0 && si.Value() == 0 {
		return b
	}
	return appendQueued(b, si)
}

func appendSource(b []byte, si *sysdeps.Siginfo) []byte {
	b = appendInt(b, "si_pid", int64(si.PID()))
	return appendInt(b, "si_uid", int64(si.UID()))
}

func appendQueued(b []byte, si *sysdeps.Siginfo) []byte {
	b = appendSource(b, si)
	if si.Value() == 0 {
		return b
	}
	return appendSigval(b, si)
}

// appendSigval appends both members of a union sigval, since nobody can tell
// which was meant.
func appendSigval(b []byte, si *sysdeps.Siginfo) []byte {
	b = appendInt(b, "si_int", int64(int32(si.Value())))
	return appendPointer(b, "si_ptr", sysdeps.Addr(si.Value()))
}

func appendPoll(b []byte, si *sysdeps.Siginfo) []byte {
	band, fd := si.Poll()
	b = appendInt(b, "si_band", band)
	return appendInt(b, "si_fd", int64(fd))
}

func appendFault(b []byte, si *sysdeps.Siginfo, sig syscall.Signal) []byte {
	b = appendPointer(b, "si_addr", si.Fault())
	switch code := si.Code(); {
	case sig == syscall.SIGBUS && (code == sysdeps.BUS_MCEERR_AR || code == sysdeps.BUS_MCEERR_AO):
		b = appendField(b, "si_addr_lsb", uint64(uint16(si.FaultLSB())))
	case sig == syscall.SIGSEGV && code == sysdeps.SEGV_BNDERR:
		lower, upper := si.FaultBounds()
		b = appendPointer(b, "si_lower", lower)
		b = appendPointer(b, "si_upper", upper)
	case sig == syscall.SIGSEGV && code == sysdeps.SEGV_PKUERR:
		b = appendInt(b, "si_pkey", int64(si.FaultKey()))
	}
	return b
}

func appendChild(b []byte, si *sysdeps.Siginfo) []byte {
	status, utime, stime := si.Child()
	b = appendSource(b, si)
	if si.Code() == sysdeps.CLD_EXITED {
		b = appendInt(b, "si_status", int64(status))
	} else {
		b = appendSignalOrNumber(append(b, ", si_status="...), status)
	}
	b = appendTicks(appendInt(b, "si_utime", utime), uint64(utime))
	return appendTicks(appendInt(b, "si_stime", stime), uint64(stime))
}

// appendSignalOrNumber appends the name of a signal, or the number of what is none.
func appendSignalOrNumber(b []byte, n int) []byte {
	if n < 1 || n > sysdeps.SIGRTMAX {
		return strconv.AppendInt(b, int64(n), 10)
	}
	return append(b, sysdeps.SignalName(n)...)
}

// appendSys appends SIGSYS's members. The system call is a number of the
// machine that si_arch names.
func appendSys(b []byte, si *sysdeps.Siginfo) []byte {
	at, nr, arch := si.Sys()
	b = appendPointer(b, "si_call_addr", at)
	if name := auditSyscall(arch, int64(nr)); name != "" {
		b = append(append(b, ", si_syscall=__NR_"...), name...)
	} else {
		b = appendInt(b, "si_syscall", int64(nr))
	}
	b = append(b, ", si_arch="...)
	return appendAuditArch(b, arch)
}

// auditSyscall returns the name of a system call of the machine that the audit
// system numbers so, or "".
func auditSyscall(arch uint32, nr int64) string {
	switch arch {
	case auditX86:
		return sysdeps.AMD64.Syscalls.Name(nr)
	case auditI386:
		return sysdeps.I386.Syscalls.Name(nr)
	case auditARM64:
		return sysdeps.ARM64.Syscalls.Name(nr)
	}
	return ""
}

// Machines as the audit system numbers them: their ELF numbers and two flags
// (include/uapi/linux/audit.h).
const (
	auditLE, auditWide = 0x40000000, 0x80000000

	auditX86   = uint32(elf.EM_X86_64) | auditWide | auditLE
	auditI386  = uint32(elf.EM_386) | auditLE
	auditARM64 = uint32(elf.EM_AARCH64) | auditWide | auditLE
	auditARM   = uint32(elf.EM_ARM) | auditLE
)

func appendAuditArch(b []byte, arch uint32) []byte {
	switch arch {
	case auditX86:
		return append(b, "AUDIT_ARCH_X86_64"...)
	case auditI386:
		return append(b, "AUDIT_ARCH_I386"...)
	case auditARM64:
		return append(b, "AUDIT_ARCH_AARCH64"...)
	case auditARM:
		return append(b, "AUDIT_ARCH_ARM"...)
	}
	if arch == 0 {
		b = append(b, '0')
	} else {
		b = appendHex(b, uint64(arch))
	}
	return append(b, " /* AUDIT_ARCH_??? */"...)
}

func appendInt(b []byte, name string, v int64) []byte {
	b = append(b, ", "...)
	b = append(b, name...)
	b = append(b, '=')
	return strconv.AppendInt(b, v, 10)
}

func appendField(b []byte, name string, v uint64) []byte {
	b = append(b, ", "...)
	b = append(b, name...)
	b = append(b, '=')
	return appendAlternate(b, v)
}

func appendPointer(b []byte, name string, a sysdeps.Addr) []byte {
	if a != 0 {
		return appendField(b, name, uint64(a))
	}
	b = append(b, ", "...)
	b = append(b, name...)
	return append(b, "=NULL"...)
}

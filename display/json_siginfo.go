package display

import (
	"strconv"
	"syscall"

	"sonde/sysdeps"
)

// appendJSONSiginfo appends a siginfo_t by its members that si_signo and si_code make
// valid, under their own names.
func appendJSONSiginfo(b []byte, si *sysdeps.Siginfo) []byte {
	b = appendJSONNamed(append(b, `{"si_signo":`...), int64(si.Signo()), sysdeps.SignalName(si.Signo()))
	b = appendJSONNamed(appendKey(b, "si_code"), int64(si.Code()), sysdeps.SigcodeName(si.Signo(), si.Code()))
	if n := si.Errno(); n != 0 {
		b = appendJSONNamed(appendKey(b, "si_errno"), int64(n), sysdeps.ErrnoName(n))
	}
	if si.Code() <= 0 {
		b = appendJSONSent(b, si)
	} else {
		b = appendJSONRaised(b, si)
	}
	return append(b, '}')
}

// appendJSONNamed appends a number as an enum's value is: {"value":2,"names":["ENOENT"]}.
func appendJSONNamed(b []byte, n int64, name string) []byte {
	b = strconv.AppendInt(append(b, `{"value":`...), n, 10)
	b = append(b, `,"names":[`...)
	if name != "" {
		b = appendJSONString(b, name)
	}
	return append(b, "]}"...)
}

func appendJSONSent(b []byte, si *sysdeps.Siginfo) []byte {
	switch si.Code() {
	case sysdeps.SI_USER, sysdeps.SI_TKILL:
		return appendJSONSource(b, si)
	case sysdeps.SI_TIMER:
		id, overrun := si.Timer()
		b = appendMember(b, "si_timerid", int64(id))
		b = appendMember(b, "si_overrun", int64(overrun))
		return appendJSONSigval(b, si)
	case sysdeps.SI_SIGIO:
		return appendJSONPoll(b, si)
	}
	return appendJSONQueued(b, si)
}

func appendJSONRaised(b []byte, si *sysdeps.Siginfo) []byte {
	switch sig := syscall.Signal(si.Signo()); sig {
	case syscall.SIGILL, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGTRAP:
		return appendJSONFault(b, si, sig)
	case syscall.SIGCHLD:
		return appendJSONChild(b, si)
	case syscall.SIGSYS:
		at, nr, arch := si.Sys()
		b = appendJSONPointer(appendKey(b, "si_call_addr"), uint64(at))
		b = appendJSONNamed(appendKey(b, "si_syscall"), int64(nr), auditSyscall(arch, int64(nr)))
		return appendMember(b, "si_arch", int64(arch))
	}
	switch {
	case sysdeps.IsPollcode(si.Signo(), si.Code()):
		return appendJSONPoll(b, si)
	case si.Signo() == int(syscall.SIGPOLL), si.PID() == 0 && si.UID() == 0 && si.Value() == 0:
		return b
	}
	return appendJSONQueued(b, si)
}

func appendMember(b []byte, name string, n int64) []byte { return appendJSONInt(appendKey(b, name), n) }

func appendJSONSource(b []byte, si *sysdeps.Siginfo) []byte {
	b = appendMember(b, "si_pid", int64(si.PID()))
	return appendMember(b, "si_uid", int64(si.UID()))
}

func appendJSONQueued(b []byte, si *sysdeps.Siginfo) []byte {
	b = appendJSONSource(b, si)
	if si.Value() == 0 {
		return b
	}
	return appendJSONSigval(b, si)
}

func appendJSONSigval(b []byte, si *sysdeps.Siginfo) []byte {
	b = appendMember(b, "si_int", int64(int32(si.Value())))
	return appendJSONPointer(appendKey(b, "si_ptr"), si.Value())
}

func appendJSONPoll(b []byte, si *sysdeps.Siginfo) []byte {
	band, fd := si.Poll()
	b = appendMember(b, "si_band", band)
	return appendMember(b, "si_fd", int64(fd))
}

func appendJSONFault(b []byte, si *sysdeps.Siginfo, sig syscall.Signal) []byte {
	b = appendJSONPointer(appendKey(b, "si_addr"), uint64(si.Fault()))
	switch code := si.Code(); {
	case sig == syscall.SIGBUS && (code == sysdeps.BUS_MCEERR_AR || code == sysdeps.BUS_MCEERR_AO):
		b = appendMember(b, "si_addr_lsb", int64(uint16(si.FaultLSB())))
	case sig == syscall.SIGSEGV && code == sysdeps.SEGV_BNDERR:
		lower, upper := si.FaultBounds()
		b = appendJSONPointer(appendKey(b, "si_lower"), uint64(lower))
		b = appendJSONPointer(appendKey(b, "si_upper"), uint64(upper))
	case sig == syscall.SIGSEGV && code == sysdeps.SEGV_PKUERR:
		b = appendMember(b, "si_pkey", int64(si.FaultKey()))
	}
	return b
}

// appendJSONChild appends the members of SIGCHLD. The status is a signal's number, with
// its name, where a signal has ended or stopped the child.
func appendJSONChild(b []byte, si *sysdeps.Siginfo) []byte {
	status, utime, stime := si.Child()
	b = appendJSONSource(b, si)
	b = appendKey(b, "si_status")
	if si.Code() == sysdeps.CLD_EXITED || status < 1 || status > sysdeps.SIGRTMAX {
		b = appendJSONInt(b, int64(status))
	} else {
		b = appendJSONNamed(b, int64(status), sysdeps.SignalName(status))
	}
	b = appendMember(b, "si_utime", utime)
	return appendMember(b, "si_stime", stime)
}

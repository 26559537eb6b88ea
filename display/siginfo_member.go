package display

import (
	"syscall"

	"sonde/sysdeps"
)

// siginfoMember is one of the members of a siginfo_t that si_signo and si_code make
// valid, besides these two and si_errno.
type siginfoMember struct {
	name  string
	kind  memberKind
	value int64
}

// memberKind is what a member is a number of.
type memberKind uint8

const (
	memberNumber    memberKind = iota
	memberID                   // of a timer, or the bits of an address: small, or in hexadecimal
	memberPointer              // an address
	memberSignal               // a signal's number, of a child that one has ended or stopped
	memberTicks                // a time
	memberSyscall              // a system call of the machine that si_arch names
	memberAuditArch            // a machine, as the audit system numbers them
)

// maxSiginfoMembers is how many a siginfo_t has at the most: SIGCHLD's.
const maxSiginfoMembers = 5

// siginfoMembers appends the members that are valid, in strace's order.
func siginfoMembers(list []siginfoMember, si *sysdeps.Siginfo) []siginfoMember {
	if si.Code() <= 0 {
		return sentMembers(list, si)
	}
	return raisedMembers(list, si)
}

// sentMembers appends the members of a signal that a process asked for.
func sentMembers(list []siginfoMember, si *sysdeps.Siginfo) []siginfoMember {
	switch si.Code() {
	case sysdeps.SI_USER, sysdeps.SI_TKILL:
		return sourceMembers(list, si)
	case sysdeps.SI_TIMER:
		id, overrun := si.Timer()
		list = append(list, siginfoMember{"si_timerid", memberID, int64(id)}, siginfoMember{"si_overrun", memberNumber, int64(overrun)})
		return valueMembers(list, si)
	case sysdeps.SI_SIGIO:
		return pollMembers(list, si)
	}
	return queuedMembers(list, si)
}

// raisedMembers appends the members of a signal that the kernel raised.
func raisedMembers(list []siginfoMember, si *sysdeps.Siginfo) []siginfoMember {
	switch sig := syscall.Signal(si.Signo()); sig {
	case syscall.SIGILL, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGTRAP:
		return faultMembers(list, si, sig)
	case syscall.SIGCHLD:
		return childMembers(list, si)
	case syscall.SIGSYS:
		at, nr, arch := si.Sys()
		return append(list, siginfoMember{"si_call_addr", memberPointer, int64(at)},
			siginfoMember{"si_syscall", memberSyscall, int64(nr)}, siginfoMember{"si_arch", memberAuditArch, int64(arch)})
	}
	switch {
	case sysdeps.IsPollcode(si.Signo(), si.Code()):
		return pollMembers(list, si)
	case si.Signo() == int(syscall.SIGPOLL), si.PID() == 0 && si.UID() == 0 && si.Value() == 0:
		return list
	}
	return queuedMembers(list, si)
}

func sourceMembers(list []siginfoMember, si *sysdeps.Siginfo) []siginfoMember {
	return append(list, siginfoMember{"si_pid", memberNumber, int64(si.PID())}, siginfoMember{"si_uid", memberNumber, int64(si.UID())})
}

func queuedMembers(list []siginfoMember, si *sysdeps.Siginfo) []siginfoMember {
	list = sourceMembers(list, si)
	if si.Value() == 0 {
		return list
	}
	return valueMembers(list, si)
}

// valueMembers appends both members of a union sigval, since nobody can tell which was
// meant.
func valueMembers(list []siginfoMember, si *sysdeps.Siginfo) []siginfoMember {
	return append(list, siginfoMember{"si_int", memberNumber, int64(int32(si.Value()))}, siginfoMember{"si_ptr", memberPointer, int64(si.Value())})
}

func pollMembers(list []siginfoMember, si *sysdeps.Siginfo) []siginfoMember {
	band, fd := si.Poll()
	return append(list, siginfoMember{"si_band", memberNumber, band}, siginfoMember{"si_fd", memberNumber, int64(fd)})
}

func faultMembers(list []siginfoMember, si *sysdeps.Siginfo, sig syscall.Signal) []siginfoMember {
	list = append(list, siginfoMember{"si_addr", memberPointer, int64(si.Fault())})
	switch code := si.Code(); {
	case sig == syscall.SIGBUS && (code == sysdeps.BUS_MCEERR_AR || code == sysdeps.BUS_MCEERR_AO):
		return append(list, siginfoMember{"si_addr_lsb", memberID, int64(uint16(si.FaultLSB()))})
	case sig == syscall.SIGSEGV && code == sysdeps.SEGV_BNDERR:
		lower, upper := si.FaultBounds()
		return append(list, siginfoMember{"si_lower", memberPointer, int64(lower)}, siginfoMember{"si_upper", memberPointer, int64(upper)})
	case sig == syscall.SIGSEGV && code == sysdeps.SEGV_PKUERR:
		return append(list, siginfoMember{"si_pkey", memberNumber, int64(si.FaultKey())})
	}
	return list
}

func childMembers(list []siginfoMember, si *sysdeps.Siginfo) []siginfoMember {
	status, utime, stime := si.Child()
	kind := memberSignal
	if si.Code() == sysdeps.CLD_EXITED {
		kind = memberNumber
	}
	return append(sourceMembers(list, si), siginfoMember{"si_status", kind, int64(status)},
		siginfoMember{"si_utime", memberTicks, utime}, siginfoMember{"si_stime", memberTicks, stime})
}

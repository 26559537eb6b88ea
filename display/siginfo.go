package display

import (
	"debug/elf"
	"strconv"

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
	var list [maxSiginfoMembers]siginfoMember
	members := siginfoMembers(list[:0], si)
	for i := range members {
		b = appendSiginfoMember(b, &members[i], si)
	}
	return append(b, '}')
}

func appendSiginfoMember(b []byte, m *siginfoMember, si *sysdeps.Siginfo) []byte {
	b = append(append(append(b, ", "...), m.name...), '=')
	switch m.kind {
	case memberID:
		return appendAlternate(b, uint64(uint32(m.value)))
	case memberPointer:
		if m.value == 0 {
			return append(b, "NULL"...)
		}
		return appendAlternate(b, uint64(m.value))
	case memberSignal:
		if isSignal(m.value) {
			return append(b, sysdeps.SignalName(int(m.value))...)
		}
	case memberTicks:
		return appendTicks(strconv.AppendInt(b, m.value, 10), uint64(m.value))
	case memberSyscall:
		if name := siginfoSyscall(si); name != "" {
			return append(append(b, "__NR_"...), name...)
		}
	case memberAuditArch:
		return appendAuditArch(b, uint32(m.value))
	}
	return strconv.AppendInt(b, m.value, 10)
}

// isSignal tells whether a number is a signal's.
func isSignal(n int64) bool { return n >= 1 && n <= sysdeps.SIGRTMAX }

// siginfoSyscall returns the name of SIGSYS's system call, of the machine that si_arch
// names, or "".
func siginfoSyscall(si *sysdeps.Siginfo) string {
	_, nr, arch := si.Sys()
	switch arch {
	case auditX86:
		return sysdeps.AMD64.Syscalls.Name(int64(nr))
	case auditI386:
		return sysdeps.I386.Syscalls.Name(int64(nr))
	case auditARM64:
		return sysdeps.ARM64.Syscalls.Name(int64(nr))
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

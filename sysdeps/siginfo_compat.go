package sysdeps

import (
	"encoding/binary"
	"syscall"
)

// SetCompat stores a siginfo_t of I386 (struct compat_siginfo,
// include/linux/compat.h): without the padding before the union, and with the
// words of a 32-bit process. Which member of the union it has follows from
// si_signo and si_code as in siginfo_layout (kernel/signal.c).
func (s *Siginfo) SetCompat(c *[SiginfoSize]byte) {
	*s = Siginfo{}
	copy(s[:12], c[:12])
	s.compatMembers(func(wide, wideAt, narrowAt int) {
		v := binary.LittleEndian.Uint32(c[narrowAt:])
		switch {
		case wide == 4:
			binary.LittleEndian.PutUint32(s[wideAt:], v)
		case wide == -8:
			binary.LittleEndian.PutUint64(s[wideAt:], uint64(int64(int32(v))))
		default:
			binary.LittleEndian.PutUint64(s[wideAt:], uint64(v))
		}
	})
}

// Compat is the inverse of SetCompat.
func (s *Siginfo) Compat() (c [SiginfoSize]byte) {
	copy(c[:12], s[:12])
	s.compatMembers(func(_, wideAt, narrowAt int) {
		copy(c[narrowAt:narrowAt+4], s[wideAt:wideAt+4])
	})
	return c
}

// compatMembers tells of each member of the union how wide it is in 64-bit
// processes (-8 for signed ones of 8 bytes), and where it is in both.
func (s *Siginfo) compatMembers(member func(wide, wideAt, narrowAt int)) {
	switch s.union() {
	case unionKill:
		member(4, 16, 12) // si_pid
		member(4, 20, 16) // si_uid
	case unionQueued: // or a timer's id and overrun
		member(4, 16, 12)
		member(4, 20, 16)
		member(8, 24, 20) // si_value
	case unionChild:
		member(4, 16, 12)
		member(4, 20, 16)
		member(4, 24, 20)  // si_status
		member(-8, 32, 24) // si_utime
		member(-8, 40, 28) // si_stime
	case unionFault:
		member(8, 16, 12) // si_addr
		member(4, 24, 16) // si_addr_lsb, si_trapno, the sort of perf's event
		member(8, 32, 20) // si_lower, si_pkey
		member(8, 40, 24) // si_upper
	case unionPoll:
		member(-8, 16, 12) // si_band
		member(4, 24, 16)  // si_fd
	case unionSys:
		member(8, 16, 12) // si_call_addr
		member(4, 24, 16) // si_syscall
		member(4, 28, 20) // si_arch
	}
}

// siginfoUnion is the member of the union that a signal has.
type siginfoUnion uint8

const (
	unionKill siginfoUnion = iota
	unionQueued
	unionChild
	unionFault
	unionPoll
	unionSys
)

// union is siginfo_layout, with timers among what is queued.
func (s *Siginfo) union() siginfoUnion {
	const kernel = 0x80 // SI_KERNEL, above all codes that a signal has of its own
	switch code := s.Code(); {
	case code == SI_SIGIO:
		return unionPoll
	case code < 0:
		return unionQueued
	case code == SI_USER || code >= kernel:
		return unionKill
	}
	switch syscall.Signal(s.Signo()) {
	case syscall.SIGILL, syscall.SIGFPE, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGTRAP:
		return unionFault
	case syscall.SIGCHLD:
		return unionChild
	case syscall.SIGPOLL:
		return unionPoll
	case syscall.SIGSYS:
		return unionSys
	}
	return unionKill
}

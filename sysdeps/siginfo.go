package sysdeps

import "encoding/binary"

// SiginfoSize is sizeof(siginfo_t) on every machine.
const SiginfoSize = 128

// Siginfo is a siginfo_t as a 64-bit kernel hands it to a tracer
// (include/uapi/asm-generic/siginfo.h): signo, errno and code as 32-bit words,
// padding, then a union that Code chooses from.
type Siginfo [SiginfoSize]byte

func (s *Siginfo) word32(off int) int32 { return int32(binary.LittleEndian.Uint32(s[off:])) }

func (s *Siginfo) word64(off int) uint64 { return binary.LittleEndian.Uint64(s[off:]) }

// Signo returns si_signo.
func (s *Siginfo) Signo() int { return int(s.word32(0)) }

// SetSigno stores si_signo, for a signal of which nothing else is known.
func (s *Siginfo) SetSigno(sig int) { binary.LittleEndian.PutUint32(s[0:], uint32(sig)) }

// Errno returns si_errno.
func (s *Siginfo) Errno() int { return int(s.word32(4)) }

// Code returns si_code.
func (s *Siginfo) Code() int { return int(s.word32(8)) }

// PID returns si_pid, for signals sent by a process and for SIGCHLD.
func (s *Siginfo) PID() int { return int(s.word32(16)) }

// UID returns si_uid, where PID is valid.
func (s *Siginfo) UID() uint32 { return uint32(s.word32(20)) }

// Value returns si_value's pointer member, for queued signals and timers.
func (s *Siginfo) Value() uint64 { return s.word64(24) }

// Timer returns si_timerid and si_overrun, for SI_TIMER.
func (s *Siginfo) Timer() (id, overrun int) { return int(s.word32(16)), int(s.word32(20)) }

// Child returns si_status, si_utime and si_stime, for SIGCHLD.
func (s *Siginfo) Child() (status int, utime, stime int64) {
	return int(s.word32(24)), int64(s.word64(32)), int64(s.word64(40))
}

// Fault returns si_addr, for faults.
func (s *Siginfo) Fault() Addr { return Addr(s.word64(16)) }

// SetFault changes si_addr, for faults.
func (s *Siginfo) SetFault(a Addr) { binary.LittleEndian.PutUint64(s[16:], uint64(a)) }

// Poll returns si_band and si_fd, for SIGIO.
func (s *Siginfo) Poll() (band int64, fd int) { return int64(s.word64(16)), int(s.word32(24)) }

// Sys returns si_call_addr, si_syscall and si_arch, for SIGSYS.
func (s *Siginfo) Sys() (at Addr, nr int, arch uint32) {
	return Addr(s.word64(16)), int(s.word32(24)), uint32(s.word32(28))
}

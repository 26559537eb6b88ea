package sysdeps

import (
	"encoding/binary"
	"strconv"
	"strings"
	"syscall"
)

// SIGRTMIN is the kernel's first real-time signal. libc keeps the first two or
// three for itself and calls a later one SIGRTMIN.
const SIGRTMIN = 32

// SIGRTMAX is the last signal (_NSIG, include/uapi/asm-generic/signal.h).
const SIGRTMAX = 64

// Values of si_code that decide which members of a siginfo_t hold
// (include/uapi/asm-generic/siginfo.h).
const (
	SI_USER  = 0
	SI_TIMER = -2
	SI_SIGIO = -5
	SI_TKILL = -6

	SEGV_BNDERR   = 3
	SEGV_PKUERR   = 4
	BUS_MCEERR_AR = 4
	BUS_MCEERR_AO = 5
	CLD_EXITED    = 1
	POLL_IN       = 1
	POLL_HUP      = 6
)

// signalNames is include/uapi/asm-generic/signal.h, in which all machines that
// Sonde knows agree.
var signalNames = [SIGRTMIN]string{
	1: "SIGHUP", 2: "SIGINT", 3: "SIGQUIT", 4: "SIGILL",
	5: "SIGTRAP", 6: "SIGABRT", 7: "SIGBUS", 8: "SIGFPE",
	9: "SIGKILL", 10: "SIGUSR1", 11: "SIGSEGV", 12: "SIGUSR2",
	13: "SIGPIPE", 14: "SIGALRM", 15: "SIGTERM", 16: "SIGSTKFLT",
	17: "SIGCHLD", 18: "SIGCONT", 19: "SIGSTOP", 20: "SIGTSTP",
	21: "SIGTTIN", 22: "SIGTTOU", 23: "SIGURG", 24: "SIGXCPU",
	25: "SIGXFSZ", 26: "SIGVTALRM", 27: "SIGPROF", 28: "SIGWINCH",
	29: "SIGIO", 30: "SIGPWR", 31: "SIGSYS",
}

// SignalName returns the name of a signal as strace spells it: "SIGSEGV",
// "SIGRTMIN" for 32, "SIGRT_6" for 38, and "SIG_99" for what is no signal.
func SignalName(n int) string {
	switch {
	case n > 0 && n < SIGRTMIN:
		return signalNames[n]
	case n == SIGRTMIN:
		return "SIGRTMIN"
	case n > SIGRTMIN && n <= SIGRTMAX:
		return "SIGRT_" + strconv.Itoa(n-SIGRTMIN)
	}
	return "SIG_" + strconv.Itoa(n)
}

// SignalByName returns the signal that SignalName gives this name, which may
// come without its "SIG". SIGPOLL, SIGIOT, SIGCLD and SIGRTMAX are known too.
func SignalByName(name string) (n int, ok bool) {
	name = strings.TrimPrefix(name, "SIG")
	switch name {
	case "POLL":
		return int(syscall.SIGPOLL), true
	case "IOT":
		return int(syscall.SIGIOT), true
	case "CLD":
		return int(syscall.SIGCLD), true
	case "RTMAX":
		return SIGRTMAX, true
	}
	for n := 1; n <= SIGRTMAX; n++ {
		if SignalName(n)[len("SIG"):] == name {
			return n, true
		}
	}
	return 0, false
}

// sigcodes are the values of si_code that mean the same for every signal.
var sigcodes = map[int]string{
	SI_USER:  "SI_USER",
	0x80:     "SI_KERNEL",
	-1:       "SI_QUEUE",
	SI_TIMER: "SI_TIMER",
	-3:       "SI_MESGQ",
	-4:       "SI_ASYNCIO",
	SI_SIGIO: "SI_SIGIO",
	SI_TKILL: "SI_TKILL",
	-7:       "SI_DETHREAD",
	-60:      "SI_ASYNCNL",
}

// kernelSigcodes are those that the kernel gives with one signal, from 1 on.
var kernelSigcodes = map[syscall.Signal][]string{
	syscall.SIGILL: {
		"ILL_ILLOPC", "ILL_ILLOPN", "ILL_ILLADR", "ILL_ILLTRP", "ILL_PRVOPC",
		"ILL_PRVREG", "ILL_COPROC", "ILL_BADSTK", "ILL_BADIADDR",
	},
	// The values from 9 to 13 are IA-64's and unused elsewhere.
	syscall.SIGFPE: {
		"FPE_INTDIV", "FPE_INTOVF", "FPE_FLTDIV", "FPE_FLTOVF", "FPE_FLTUND",
		"FPE_FLTRES", "FPE_FLTINV", "FPE_FLTSUB", "", "", "", "", "",
		"FPE_FLTUNK", "FPE_CONDTRAP",
	},
	syscall.SIGSEGV: {
		"SEGV_MAPERR", "SEGV_ACCERR", "SEGV_BNDERR", "SEGV_PKUERR", "SEGV_ACCADI",
		"SEGV_ADIDERR", "SEGV_ADIPERR", "SEGV_MTEAERR", "SEGV_MTESERR", "SEGV_CPERR",
	},
	syscall.SIGBUS: {
		"BUS_ADRALN", "BUS_ADRERR", "BUS_OBJERR", "BUS_MCEERR_AR", "BUS_MCEERR_AO",
	},
	syscall.SIGTRAP: {
		"TRAP_BRKPT", "TRAP_TRACE", "TRAP_BRANCH", "TRAP_HWBKPT", "TRAP_UNK", "TRAP_PERF",
	},
	syscall.SIGCHLD: {
		"CLD_EXITED", "CLD_KILLED", "CLD_DUMPED", "CLD_TRAPPED", "CLD_STOPPED", "CLD_CONTINUED",
	},
	syscall.SIGPOLL: {
		"POLL_IN", "POLL_OUT", "POLL_MSG", "POLL_ERR", "POLL_PRI", "POLL_HUP",
	},
	syscall.SIGSYS: {"SYS_SECCOMP", "SYS_USER_DISPATCH"},
}

// IsPollcode tells of a si_code that F_SETSIG (fcntl(2)) gives a signal of the user's
// choice: those of SIGPOLL, where the signal has none of its own (siginfo_layout in
// kernel/signal.c).
func IsPollcode(signo, code int) bool {
	own := kernelSigcodes[syscall.Signal(signo)] != nil && signo != int(syscall.SIGPOLL)
	return !own && signo > 0 && code >= POLL_IN && code <= POLL_HUP
}

// SigcodeName returns the name that si_code has with this signal, or "" if it
// has none.
func SigcodeName(signo, code int) string {
	if name := sigcodes[code]; name != "" {
		return name
	}
	if IsPollcode(signo, code) {
		signo = int(syscall.SIGPOLL)
	}
	if names := kernelSigcodes[syscall.Signal(signo)]; code >= 1 && code <= len(names) {
		return names[code-1]
	}
	return ""
}

// FaultLSB returns si_addr_lsb, the least bit of si_addr that counts, for
// BUS_MCEERR_AR and BUS_MCEERR_AO.
func (s *Siginfo) FaultLSB() int { return int(int16(binary.LittleEndian.Uint16(s[24:]))) }

// FaultBounds returns si_lower and si_upper, for SEGV_BNDERR.
func (s *Siginfo) FaultBounds() (lower, upper Addr) {
	return Addr(s.word64(32)), Addr(s.word64(40))
}

// FaultKey returns si_pkey, for SEGV_PKUERR.
func (s *Siginfo) FaultKey() uint32 { return uint32(s.word32(32)) }

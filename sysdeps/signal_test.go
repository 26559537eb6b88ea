package sysdeps

import (
	"syscall"
	"testing"
)

func TestSignalName(t *testing.T) {
	for _, c := range []struct {
		n    int
		want string
	}{
		{int(syscall.SIGHUP), "SIGHUP"},
		{int(syscall.SIGABRT), "SIGABRT"},
		{int(syscall.SIGUSR1), "SIGUSR1"},
		{int(syscall.SIGSEGV), "SIGSEGV"},
		{int(syscall.SIGSTKFLT), "SIGSTKFLT"},
		{int(syscall.SIGCHLD), "SIGCHLD"},
		{int(syscall.SIGSTOP), "SIGSTOP"},
		{int(syscall.SIGTSTP), "SIGTSTP"},
		{int(syscall.SIGWINCH), "SIGWINCH"},
		{int(syscall.SIGIO), "SIGIO"},
		{int(syscall.SIGSYS), "SIGSYS"},
		{32, "SIGRTMIN"},
		{33, "SIGRT_1"},
		{38, "SIGRT_6"},
		{64, "SIGRT_32"},
		{65, "SIG_65"},
		{0, "SIG_0"},
		{-1, "SIG_-1"},
	} {
		if got := SignalName(c.n); got != c.want {
			t.Errorf("SignalName(%d) = %q, want %q", c.n, got, c.want)
		}
	}
}

func TestSignalByName(t *testing.T) {
	for n := 1; n <= SIGRTMAX; n++ {
		name := SignalName(n)
		if got, ok := SignalByName(name); got != n || !ok {
			t.Errorf("SignalByName(%q) = %d, %v, want %d", name, got, ok, n)
		}
	}
	for _, c := range []struct {
		name string
		want int
	}{
		{"TERM", 15},
		{"RT_6", 38},
		{"RTMIN", 32},
		{"SIGPOLL", 29},
		{"IOT", 6},
		{"SIGCLD", 17},
		{"SIGRTMAX", 64},
		{"", 0},
		{"SIG", 0},
		{"SIGRT_0", 0},
		{"SIGRT_33", 0},
		{"sigterm", 0},
		{"15", 0},
	} {
		if got, ok := SignalByName(c.name); got != c.want || ok != (c.want != 0) {
			t.Errorf("SignalByName(%q) = %d, %v, want %d", c.name, got, ok, c.want)
		}
	}
}

func TestSigcodeName(t *testing.T) {
	const usr1, segv, fpe, chld = int(syscall.SIGUSR1), int(syscall.SIGSEGV), int(syscall.SIGFPE), int(syscall.SIGCHLD)
	for _, c := range []struct {
		signo, code int
		want        string
	}{
		{usr1, 0, "SI_USER"},
		{usr1, -1, "SI_QUEUE"},
		{usr1, -6, "SI_TKILL"},
		{segv, 0x80, "SI_KERNEL"},
		{segv, 1, "SEGV_MAPERR"},
		{segv, 10, "SEGV_CPERR"},
		{segv, 11, ""},
		{segv, -2, "SI_TIMER"},
		{fpe, 8, "FPE_FLTSUB"},
		{fpe, 9, ""},
		{fpe, 15, "FPE_CONDTRAP"},
		{chld, 6, "CLD_CONTINUED"},
		{int(syscall.SIGBUS), 2, "BUS_ADRERR"},
		{int(syscall.SIGTRAP), 1, "TRAP_BRKPT"},
		{int(syscall.SIGIO), 1, "POLL_IN"},
		{SIGRTMIN + 2, 6, "POLL_HUP"},
		{SIGRTMIN + 2, 7, ""},
		{int(syscall.SIGSYS), 3, ""},
		{int(syscall.SIGSYS), 1, "SYS_SECCOMP"},
		{usr1, 1, "POLL_IN"},
		{usr1, -8, ""},
		{segv, -1 << 31, ""},
		{-1, 1, ""},
	} {
		if got := SigcodeName(c.signo, c.code); got != c.want {
			t.Errorf("SigcodeName(%d, %d) = %q, want %q", c.signo, c.code, got, c.want)
		}
	}
}

package sysdeps

import (
	"encoding/hex"
	"strings"
	"testing"
)

// TestSiginfoCompat turns siginfo_t of 32-bit processes, as core files have them
// (their first 32 bytes), into the kernel's form for tracers and back.
func TestSiginfoCompat(t *testing.T) {
	for _, c := range []struct {
		name, bytes string
		check       func(s *Siginfo) bool
	}{
		{
			"SIGUSR1 by kill", "0a000000 00000000 00000000 d2040000 e8030000",
			func(s *Siginfo) bool { return s.PID() == 1234 && s.UID() == 1000 },
		},
		{
			"SIGABRT by tkill", "06000000 00000000 faffffff d2040000 e8030000 00000000",
			func(s *Siginfo) bool { return s.PID() == 1234 && s.UID() == 1000 && s.Value() == 0 },
		},
		{
			"SIGRTMIN by sigqueue", "22000000 00000000 ffffffff d2040000 e8030000 f0debc9a",
			func(s *Siginfo) bool { return s.PID() == 1234 && s.Value() == 0x9abcdef0 },
		},
		{
			"SIGALRM of a timer", "0e000000 00000000 feffffff 05000000 07000000 f0debc9a",
			func(s *Siginfo) bool { id, n := s.Timer(); return id == 5 && n == 7 && s.Value() == 0x9abcdef0 },
		},
		{
			"SIGSEGV", "0b000000 00000000 02000000 00f0fff7",
			func(s *Siginfo) bool { return s.Fault() == 0xf7fff000 },
		},
		{
			"SIGCHLD", "11000000 00000000 01000000 d2040000 e8030000 03000000 0a000000 feffffff",
			func(s *Siginfo) bool {
				status, user, system := s.Child()
				return s.PID() == 1234 && s.UID() == 1000 && status == 3 && user == 10 && system == -2
			},
		},
		{
			"SIGIO", "1d000000 00000000 01000000 41000000 06000000",
			func(s *Siginfo) bool { band, fd := s.Poll(); return band == 0x41 && fd == 6 },
		},
		{
			"SIGSYS", "1f000000 26000000 01000000 78563412 67000000 03000040",
			func(s *Siginfo) bool {
				at, nr, arch := s.Sys()
				return s.Errno() == 38 && at == 0x12345678 && nr == 103 && arch == 0x40000003
			},
		},
	} {
		var narrow [SiginfoSize]byte
		b, err := hex.DecodeString(strings.ReplaceAll(c.bytes, " ", ""))
		if err != nil {
			t.Fatal(err)
		}
		copy(narrow[:], b)
		var s Siginfo
		s.SetCompat(&narrow)
		if !c.check(&s) {
			t.Errorf("%s: % x", c.name, s[:48])
		}
		if back := s.Compat(); back != narrow {
			t.Errorf("%s and back: % x, want % x", c.name, back[:32], b)
		}
	}
}

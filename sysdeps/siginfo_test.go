package sysdeps

import (
	"encoding/binary"
	"fmt"
	"strings"
	"testing"
)

// siginfo builds one from pieces "OFFSET=BYTES" in the order in which the
// kernel stores them, lowest byte first.
func siginfo(t *testing.T, pieces string) *Siginfo {
	t.Helper()
	var info Siginfo
	for p := range strings.FieldsSeq(pieces) {
		var off int
		var text string
		if _, err := fmt.Sscanf(strings.Replace(p, "=", " ", 1), "%d %s", &off, &text); err != nil {
			t.Fatalf("%q: %v", p, err)
		}
		for i := 0; i < len(text); i += 2 {
			if _, err := fmt.Sscanf(text[i:i+2], "%02x", &info[off+i/2]); err != nil {
				t.Fatalf("%q: %v", p, err)
			}
		}
	}
	return &info
}

// TestSiginfo reads each member from the place that
// include/uapi/asm-generic/siginfo.h gives it on a 64-bit machine.
func TestSiginfo(t *testing.T) {
	for _, c := range []struct {
		name   string
		pieces string
		get    func(*Siginfo) any
		want   any
	}{
		{"si_signo", "0=0b000000", func(s *Siginfo) any { return s.Signo() }, 11},
		{"si_errno", "4=fdffffff", func(s *Siginfo) any { return s.Errno() }, -3},
		{"si_code", "8=faffffff", func(s *Siginfo) any { return s.Code() }, SI_TKILL},
		{"si_code of the kernel", "8=80000000", func(s *Siginfo) any { return s.Code() }, 0x80},
		{"si_pid", "16=39300000", func(s *Siginfo) any { return s.PID() }, 12345},
		{"si_uid", "20=feffffff", func(s *Siginfo) any { return s.UID() }, uint32(0xfffffffe)},
		{"si_value", "24=8877665544332211", func(s *Siginfo) any { return s.Value() }, uint64(0x1122334455667788)},
		{"si_timerid, si_overrun", "16=07000000ffffffff", func(s *Siginfo) any { return pair(s.Timer()) }, "7 -1"},
		{"si_status, si_utime, si_stime", "24=09000000 32=0100000000000000ffffffffffffffff", func(s *Siginfo) any {
			status, utime, stime := s.Child()
			return fmt.Sprint(status, utime, stime)
		}, "9 1 -1"},
		{"si_addr", "16=efbeadde00000080", func(s *Siginfo) any { return s.Fault() }, Addr(0x80000000deadbeef)},
		{"si_addr_lsb", "24=0c00ffff", func(s *Siginfo) any { return s.FaultLSB() }, 12},
		{"si_addr_lsb, negative", "24=ffff0000", func(s *Siginfo) any { return s.FaultLSB() }, -1},
		{"si_lower, si_upper", "32=00100000000000000020000000000080", func(s *Siginfo) any { return pair(s.FaultBounds()) }, "0x1000 0x8000000000002000"},
		{"si_pkey", "32=0f000080ffffffff", func(s *Siginfo) any { return s.FaultKey() }, uint32(0x8000000f)},
		{"si_band, si_fd", "16=feffffffffffffff 24=ffffffff", func(s *Siginfo) any { return pair(s.Poll()) }, "-2 -1"},
		{"si_call_addr, si_syscall, si_arch", "16=00104000000000 24=e7000000 28=3e0000c0", func(s *Siginfo) any {
			at, nr, arch := s.Sys()
			return fmt.Sprintf("%v %d %#x", at, nr, arch)
		}, "0x401000 231 0xc000003e"},
	} {
		if got := c.get(siginfo(t, c.pieces)); got != c.want {
			t.Errorf("%s: %v, want %v", c.name, got, c.want)
		}
	}
}

func pair[A, B any](a A, b B) any { return fmt.Sprint(a, " ", b) }

func TestSetSigno(t *testing.T) {
	var info Siginfo
	info.SetSigno(64)
	want := Siginfo{}
	binary.LittleEndian.PutUint32(want[:], 64)
	if info != want || info.Signo() != 64 {
		t.Errorf("% x", info)
	}
}

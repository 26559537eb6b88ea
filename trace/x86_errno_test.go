package trace

import (
	"encoding/hex"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// pieces is memory made of pieces.
type pieces map[sysdeps.Addr][]byte

func (m pieces) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	for lo, b := range m {
		if lo <= a && a < lo+sysdeps.Addr(len(b)) {
			if n := copy(p, b[a-lo:]); n == len(p) {
				return n, nil
			}
			return copy(p, b[a-lo:]), unix.EFAULT
		}
	}
	return 0, unix.EFAULT
}

func TestX86ErrnoOffset(t *testing.T) {
	const entry, thunk = 0x1000, 0x1100
	for _, c := range []struct {
		name string
		arch *sysdeps.Arch
		code string
		data string // at 0x2000
		want int64  // 0 for an error
	}{
		{"glibc", sysdeps.AMD64, "48 8b 05 f9 0f 00 00; 64 48 03 04 25 00 00 00 00; c3", "80 ff ff ff ff ff ff ff", -128},
		{"glibc with IBT", sysdeps.AMD64, "f3 0f 1e fa; 48 8b 05 f5 0f 00 00; 64 48 03 04 25 00 00 00 00; c3", "80 ff ff ff ff ff ff ff", -128},
		{"glibc, static", sysdeps.AMD64, "48 c7 c0 b8 ff ff ff; 64 48 03 04 25 00 00 00 00; c3", "", -0x48},
		{"musl", sysdeps.AMD64, "64 48 8b 04 25 00 00 00 00; 48 83 c0 34; c3", "", 0x34},
		{"by lea", sysdeps.AMD64, "64 48 8b 04 25 00 00 00 00; 48 8d 40 34; c3", "", 0x34},
		{"glibc for i386", sysdeps.I386, "e8 fb 00 00 00; 05 fb 0f 00 00; 8b 80 00 00 00 00; 65 03 05 00 00 00 00; c3", "e0 ff ff ff", -32},
		{"glibc for i386, static", sysdeps.I386, "e8 fb 00 00 00; 05 fb 0f 00 00; c7 c0 dc ff ff ff; 65 03 05 00 00 00 00; c3", "", -0x24},
		{"musl for i386", sysdeps.I386, "65 a1 00 00 00 00; 83 c0 24; c3", "", 0x24},
		{"no thread pointer", sysdeps.AMD64, "48 c7 c0 b8 ff ff ff; c3", "", 0},
		{"another segment offset", sysdeps.AMD64, "64 48 8b 04 25 10 00 00 00; c3", "", 0},
		{"a call", sysdeps.AMD64, "e8 fb 01 00 00; c3", "", 0},
		{"unreadable GOT", sysdeps.AMD64, "48 8b 05 f9 3f 00 00; 64 48 03 04 25 00 00 00 00; c3", "", 0},
		{"a loop", sysdeps.AMD64, "eb fe", "", 0},
		{"the thread pointer twice", sysdeps.AMD64, "64 48 8b 04 25 00 00 00 00; 64 48 03 04 25 00 00 00 00; c3", "", 0},
		{"cut off", sysdeps.AMD64, "64 48 8b", "", 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			mem := pieces{entry: unhex(t, c.code), thunk: unhex(t, "8b 04 24 c3"), 0x2000: unhex(t, c.data)}
			got, err := x86ErrnoOffset(mem, c.arch, entry)
			if got != c.want || (err != nil) != (c.want == 0) {
				t.Errorf("%d, %v; want %d", got, err, c.want)
			}
		})
	}
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.NewReplacer(" ", "", ";", "").Replace(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

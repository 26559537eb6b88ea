package trace

import (
	"encoding/binary"
	"errors"
	"slices"
	"testing"

	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// words is memory that holds words of 32 bits from an address on.
type words struct {
	at    sysdeps.Addr
	words []uint32
	reads int
}

func (m *words) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	m.reads++
	var all []byte
	for _, w := range m.words {
		all = binary.LittleEndian.AppendUint32(all, w)
	}
	if a < m.at || a > m.at+sysdeps.Addr(len(all)) {
		return 0, errors.New("nothing there")
	}
	n := copy(p, all[a-m.at:])
	if n < len(p) {
		return n, errors.New("not all there")
	}
	return n, nil
}

// TestCaptureStackArguments reads the arguments of i386's functions, which are on
// the stack, and the return address in the same go.
func TestCaptureStackArguments(t *testing.T) {
	const slot = 0xffffd000
	for _, c := range []struct {
		name  string
		at    sysdeps.Addr
		stack []uint32
		after sysdeps.Addr
		want  []uint64
		asked int // pieces that are still to be read
	}{
		{"entered", slot, []uint32{0x8049000, 1, 2, 3, 4, 5, 0xfffffffa, 7}, 0, []uint64{1, 2, 3, 4, 5, 0xfffffffa}, 0},
		{"near the end of the stack", slot, []uint32{0x8049000, 1, 2}, 0, []uint64{1, 2}, 0},
		{"at the end of the stack", slot, []uint32{0x8049000}, 0, nil, 0},
		{"no stack", 0, nil, 0, nil, 1},
		{"about to be called", slot + 4, []uint32{1, 2, 3, 4, 5, 6, 7}, 0x8049005, []uint64{1, 2, 3, 4, 5, 6}, 0},
		{"about to be called, without a stack", 0, nil, 0x8049005, nil, 0},
	} {
		m := &words{at: c.at, words: c.stack}
		var cp capture
		cp.begin(sysdeps.I386, slot, c.after)
		cp.args(m, &sysdeps.Regs{Arch: sysdeps.I386}, abi.SysVI386)
		var got []uint64
		for _, v := range cp.values() {
			if v.Size != 4 {
				t.Errorf("%s: a word of %d bytes", c.name, v.Size)
			}
			got = append(got, v.Word)
		}
		if !slices.Equal(got, c.want) || cp.asked != c.asked || cp.gather.Len() != c.asked || m.reads != 1 {
			t.Errorf("%s: %#x, %d pieces to read after %d reads, want %#x, %d after 1", c.name, got, cp.asked, m.reads, c.want, c.asked)
		}
		want := c.after
		if want == 0 && len(c.stack) > 0 {
			want = 0x8049000
		}
		if c.asked == 0 && cp.ret() != want {
			t.Errorf("%s: returns to %v, want %v", c.name, cp.ret(), want)
		}
	}
}

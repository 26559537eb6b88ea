package snapshot

import (
	"bytes"
	"os"
	"testing"

	"sonde/proc"
	"sonde/sysdeps"
)

// TestCopyRanges copies parts of this process's own code, which overlap, and holds that each byte
// is copied once.
func TestCopyRanges(t *testing.T) {
	mem, err := OpenMemory(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	defer mem.Close()
	ms, err := proc.Maps(os.Getpid())
	if err != nil {
		t.Fatal(err)
	}
	base := ms[0].Lo
	s := &Stacks{Mappings: ms, live: mem}
	for _, c := range []struct {
		lo, hi sysdeps.Addr
		copied uint64 // in all
		pieces int
	}{
		{100, 200, 100, 1},
		{100, 200, 100, 1},
		{150, 160, 100, 1},
		{150, 250, 150, 2},
		{50, 120, 200, 3},
		{300, 400, 300, 4},
		{0, 500, 500, 7}, // before, between and behind them
		{700, 600, 500, 7},
		{600, 600, 500, 7},
	} {
		s.CopyRanges([]sysdeps.Range{{Lo: base + c.lo, Hi: base + c.hi}})
		if s.Copied != c.copied || len(s.pieces) != c.pieces {
			t.Errorf("%d-%d: %d bytes in %d pieces, want %d in %d", c.lo, c.hi, s.Copied, len(s.pieces), c.copied, c.pieces)
		}
	}
	for i := range s.pieces[1:] {
		if s.pieces[i].hi() > s.pieces[i+1].lo {
			t.Errorf("%v and %v overlap", s.pieces[i].hi(), s.pieces[i+1].lo)
		}
	}
	got, want := make([]byte, 500), make([]byte, 500)
	s.live = nil // all of it has been copied
	_, err = s.ReadMemory(got, base)
	if _, e := mem.ReadMemory(want, base); e != nil || err != nil || !bytes.Equal(got, want) {
		t.Errorf("%v, %v: other bytes", err, e)
	}
	s.live = mem
	nowhere := sysdeps.Range{Lo: 16, Hi: 32}
	s.CopyRanges([]sysdeps.Range{{Lo: base + 600, Hi: base + 700}, nowhere, {Lo: base + 650, Hi: base + 800}, nowhere, {Lo: base + 550, Hi: base + 610}})
	if s.Copied != 750 {
		t.Errorf("%d bytes", s.Copied)
	}
}

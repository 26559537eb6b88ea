package snapshot

import (
	"errors"
	"slices"
	"strconv"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// said returns the lines that a program writes before one.
func said(t *testing.T, p *testkit.Peer, last string) (lines []string) {
	t.Helper()
	for {
		line, ok := p.Next(t)
		if !ok {
			t.Fatalf("the program ended after %q", lines)
		}
		if line == last {
			return lines
		}
		lines = append(lines, line)
	}
}

// TestCopyPointees copies what a stack leads to, and reads it when the process has
// overwritten it: two levels of pointers, the variables of the program, and of each the
// beginning.
func TestCopyPointees(t *testing.T) {
	for _, flag := range []string{"-m64", "-m32", "-static"} {
		t.Run(flag, func(t *testing.T) {
			p := testkit.Start(t, "stdout", nil, testkit.Build(t, "testdata/chain.c", flag, "-O0"))
			var at []sysdeps.Addr
			for _, line := range said(t, p, "ready") {
				a, err := strconv.ParseUint(line, 0, 64)
				if err != nil {
					t.Fatal(err)
				}
				at = append(at, sysdeps.Addr(a))
			}
			mem, err := OpenMemory(p.PID)
			if err != nil {
				t.Fatal(err)
			}
			defer mem.Close()
			var plain, s *Stacks
			if _, err := Hold(p.PID, Options{}, func(h *Held) (err error) {
				if plain, err = h.Stacks(mem); err == nil {
					s, err = h.Stacks(mem)
				}
				if err == nil {
					s.CopyPointees(h.Threads)
				}
				return err
			}); err != nil {
				t.Fatal(err)
			}
			p.Type(t, "\n")
			said(t, p, "overwritten")
			word := sysdeps.Addr(8)
			if flag == "-m32" {
				word = 4
			}
			for _, c := range []struct {
				what string
				a    sysdeps.Addr
				ok   bool
			}{
				{"the variable", at[0], true},
				{"the first block", at[1] + word, true},
				{"the second block", at[2] + word, true},
				{"the third block", at[3] + word, false},
				{"the end of the first block", at[1] + 4096, false},
			} {
				b := make([]byte, 6)
				n, err := s.ReadMemory(b, c.a)
				if c.ok && (err != nil || string(b) != "before") || !c.ok && (n > 0 || !errors.Is(err, sysdeps.ErrNotCopied)) {
					t.Errorf("%s: %q, %v", c.what, b[:n], err)
				}
				if n, err := plain.ReadMemory(b, c.a); n > 0 || !errors.Is(err, sysdeps.ErrNotCopied) {
					t.Errorf("%s, which no value was asked for: %q, %v", c.what, b[:n], err)
				}
			}
			checkPieces(t, s)
		})
	}
}

// checkPieces holds that pieces are in order and do not overlap.
func checkPieces(t *testing.T, s *Stacks) {
	t.Helper()
	bytes := uint64(0)
	for i := range s.pieces {
		if bytes += uint64(len(s.pieces[i].p)); i > 0 && s.pieces[i-1].hi() > s.pieces[i].lo {
			t.Errorf("pieces end at %v and begin at %v", s.pieces[i-1].hi(), s.pieces[i].lo)
		}
	}
	if bytes != s.Copied {
		t.Errorf("%d bytes, and %d are told", bytes, s.Copied)
	}
}

// TestWithout cuts what is there out of what is wanted.
func TestWithout(t *testing.T) {
	s := &Stacks{pieces: []stackPiece{{100, make([]byte, 50)}, {200, make([]byte, 50)}, {250, make([]byte, 10)}}}
	for _, c := range []struct{ wanted, want []stretch }{
		{[]stretch{{0, 50}}, []stretch{{0, 50}}},
		{[]stretch{{0, 100}}, []stretch{{0, 100}}},
		{[]stretch{{0, 120}}, []stretch{{0, 100}}},
		{[]stretch{{110, 140}}, nil},
		{[]stretch{{100, 150}}, nil},
		{[]stretch{{140, 210}}, []stretch{{150, 200}}},
		{[]stretch{{0, 300}}, []stretch{{0, 100}, {150, 200}, {260, 300}}},
		{[]stretch{{0, 10}, {5, 20}, {20, 30}, {240, 270}}, []stretch{{0, 30}, {260, 270}}},
	} {
		if got := s.without(merged(slices.Clone(c.wanted))); !slices.Equal(got, c.want) {
			t.Errorf("%v: %v, want %v", c.wanted, got, c.want)
		}
	}
}

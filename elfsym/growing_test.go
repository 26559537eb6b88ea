package elfsym

import (
	"bytes"
	"errors"
	"io"
	"testing"

	"sonde/internal/testkit"
)

// TestGrowing decompresses a section by and by, and holds it against the whole one; and one
// that ends early.
func TestGrowing(t *testing.T) {
	for _, flag := range []string{"-gz=zlib", "-gz=none"} {
		path := testkit.Build(t, "../prototype/dwarf/testdata/places.cc", "-O2", "-g", "-fno-eliminate-unused-debug-types", "-fno-eliminate-unused-debug-symbols", flag)
		f, err := Open(path)
		if err != nil {
			t.Fatal(err)
		}
		d, err := f.DebugInfo(path, nil)
		if err != nil {
			t.Fatal(err)
		}
		defer d.Close()
		whole, err := d.Sections("info")
		if err != nil {
			t.Fatal(err)
		}
		growing, err := d.Growing("info")
		if err != nil || len(growing) != 1 || len(whole) != 1 || len(growing[0].P) != len(whole[0]) {
			t.Fatalf("%s: %d sections, %d whole ones, %v", flag, len(growing), len(whole), err)
		}
		g, want := growing[0], whole[0]
		if len(want) < growth+growth/4 {
			t.Fatalf("%s: %d bytes are too few", flag, len(want))
		}
		for _, to := range []int{1, growth / 2, growth + 1, 3, len(want) + 1, len(want)} {
			if err := g.Grow(uint64(to)); err != nil {
				t.Fatalf("%s: %v", flag, err)
			}
			if to = min(to, len(want)); !bytes.Equal(g.P[:to], want[:to]) {
				t.Errorf("%s: the first %d bytes are not those of the section", flag, to)
			}
		}
		short := &Growing{P: make([]byte, len(want)), r: bytes.NewReader(want[:growth+10])}
		if err := short.Grow(growth); err != nil {
			t.Error(err)
		}
		for range 2 {
			if err := short.Grow(growth + 20); !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("a section that ends early: %v", err)
			}
		}
	}
}

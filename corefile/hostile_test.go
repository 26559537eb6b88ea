package corefile

import (
	"bytes"
	"io"
	"math/rand/v2"
	"testing"

	"sonde/sysdeps"
)

// smallCore returns a core file of a few pages.
func smallCore(t testing.TB, arch *sysdeps.Arch) []byte {
	t.Helper()
	c, m := sample(arch)
	c.Segments[2].Dumped = 2 * sysdeps.PageSize
	var b bytes.Buffer
	if _, err := Stream(&b, c, m, Options{}); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// look reads all that there is in a file.
func look(p []byte) error {
	f, err := Read(bytes.NewReader(p), int64(len(p)))
	if err != nil {
		return err
	}
	f.SetBacking(func(*Mapped) io.ReaderAt { return bytes.NewReader(p) })
	f.AuxEntries()
	buf := make([]byte, 2*sysdeps.PageSize)
	for i := range f.Threads {
		f.ReadMemory(buf, f.Threads[i].Regs.SP())
	}
	for _, s := range f.Segments {
		f.ReadMemory(buf, s.Lo-1)
		f.ReadMemory(buf, s.Lo+sysdeps.Addr(s.Dumped)-1)
		f.ReadMemory(buf, s.Hi-1)
	}
	return f.Damage
}

// TestCut reads a core file that ends at every offset: it is refused or damaged, but
// for what pads its end.
func TestCut(t *testing.T) {
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		p := smallCore(t, arch)
		if err := look(p); err != nil {
			t.Fatal(err)
		}
		for n := range len(p) {
			if look(p[:n]) == nil {
				t.Errorf("%s: %d bytes of %d are a whole core file", arch.Name, n, len(p))
				break
			}
		}
	}
}

// TestMangled reads core files with bytes changed at random, most of them where the
// headers and notes are.
func TestMangled(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		whole := smallCore(t, arch)
		p := make([]byte, len(whole))
		for range 10_000 {
			copy(p, whole)
			for range 1 + r.IntN(4) {
				p[r.IntN(min(len(p), 1<<(6+r.IntN(8))))] = byte(r.Uint32() >> (8 * r.IntN(2)))
			}
			look(p)
		}
	}
}

// FuzzRead reads any bytes as a core file.
func FuzzRead(f *testing.F) {
	f.Add(smallCore(f, sysdeps.AMD64)[:5<<10])
	f.Add(smallCore(f, sysdeps.I386)[:5<<10])
	f.Fuzz(func(_ *testing.T, p []byte) { look(p) })
}

package snapshot

import (
	"os"
	"reflect"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/corefile"
	"sonde/sysdeps"
)

// TestHoles finds the pages of a mapping by both ways.
func TestHoles(t *testing.T) {
	const page, pages = sysdeps.PageSize, 20_000
	m, err := unix.Mmap(-1, 0, pages*page, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_PRIVATE|unix.MAP_ANON)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Munmap(m)
	lo := sysdeps.Addr(reflect.ValueOf(m).Pointer())
	for _, c := range []struct {
		name  string
		touch func(i int) bool
	}{
		{"none", func(int) bool { return false }},
		{"first and last", func(i int) bool { return i == 0 || i == pages-1 }},
		{"some together", func(i int) bool { return 5000 < i && i < 9000 }},
		{"every third, more than one answer holds", func(i int) bool { return i%3 == 0 }},
		{"all", func(int) bool { return true }},
	} {
		t.Run(c.name, func(t *testing.T) {
			if err := unix.Madvise(m, unix.MADV_DONTNEED); err != nil {
				t.Fatal(err)
			}
			var want []corefile.Range
			for i := range pages {
				a := lo + sysdeps.Addr(i*page)
				switch last := len(want) - 1; {
				case c.touch(i):
					m[i*page] = 1
				case last >= 0 && want[last].Hi == a:
					want[last].Hi += page
				default:
					want = append(want, corefile.Range{Lo: a, Hi: a + page})
				}
			}
			p, err := openPagemap(os.Getpid())
			if err != nil {
				t.Fatal(err)
			}
			defer p.close()
			hi := lo + pages*page
			if got := p.read(lo, hi); !slices.Equal(got, want) {
				t.Errorf("%d holes by reading, want %d", len(got), len(want))
			}
			got := p.holes(lo, hi)
			if !slices.Equal(got, want) {
				t.Errorf("%d holes, want %d", len(got), len(want))
			}
			t.Logf("by the kernel's search: %v", p.regions != nil)
		})
	}
}

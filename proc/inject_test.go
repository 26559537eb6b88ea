package proc

import (
	"math/rand/v2"
	"strings"
	"testing"

	"sonde/sysdeps"
)

// mapsOf parses lines "LO-HI [PATH]".
func mapsOf(t *testing.T, text string) []Mapping {
	t.Helper()
	var maps []Mapping
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if len(f) == 0 {
			continue
		}
		path := ""
		if len(f) > 1 {
			path = f[1]
		}
		m, err := parseMapping([]byte(f[0]+" r-xp 0 0:0 0 "+path), new(interner))
		if err != nil {
			t.Fatal(err)
		}
		maps = append(maps, m)
	}
	return maps
}

const (
	pieMaps = `
		555555554000-555555560000 /bin/program
		555555570000-555555591000 [heap]
		7ffff7c00000-7ffff7e00000 /lib/libc.so.6
		7ffff7fc0000-7ffff7fc4000 [vvar]
		7ffff7fc4000-7ffff7fff000 /lib/ld.so
		7ffffffde000-7ffffffff000 [stack]
		ffffffffff600000-ffffffffff601000 [vsyscall]`
	fixedMaps = `
		400000-402000 /bin/program
		1d3e000-1d5f000 [heap]
		7ffff7c00000-7ffff7e00000 /lib/libc.so.6
		7ffffffde000-7ffffffff000 [stack]`
)

// TestRoomNear asks for room in address spaces laid out as the kernel does, and
// in odd ones. A pool and the margin on its upper side take 0x110000.
func TestRoomNear(t *testing.T) {
	for _, c := range []struct {
		name string
		maps string
		near sysdeps.Addr
		want sysdeps.Addr // 0: none
	}{
		{"below a library", pieMaps, 0x7ffff7c01000, 0x7ffff7c00000 - 0x110000},
		{"below the library next to it", pieMaps, 0x7ffff7fc5000, 0x7ffff7fc0000 - 0x110000},
		{"below a program", pieMaps, 0x555555555000, 0x555555554000 - 0x110000},
		{"below a program at its fixed place", fixedMaps, 0x401000, 0x400000 - 0x110000},
		{"not below the stack", "7ffff7c00000-7ffff7e00000 /lib\n7ffffffde000-7ffffffff000 [stack]", 0x7ffff7fff000, 0x7ffff7c00000 - 0x110000},
		{"not below the heap", "10000-12000 /bin/program\n1d3e000-1d5f000 [heap]", 0x11000, 0},
		{"not where nothing may be mapped", "100000-102000 /bin/program", 0x101000, 0},
		{"not at the lowest address but for a margin", "12ffff-140000 /bin/program", 0x130000, 0},
		{"the lowest that there is", "130000-140000 /bin/program", 0x130000, 0x20000},
		{"a gap too small by a byte", "20000000-20001000 a\n20120fff-20122000 b", 0x20120fff, 0x20000000 - 0x110000},
		{"the smallest gap", "20000000-20001000 a\n20121000-20122000 b", 0x20121000, 0x20011000},
		{"the nearer of two", "20000000-20001000 a\n30000000-30001000 b", 0x2f000000, 0x30000000 - 0x110000},
		{"the nearer of two, from above", "20000000-20001000 a\n30000000-30001000 b", 0x20001000, 0x20000000 - 0x110000},
		{"the lower of two as near", "20000000-20001000 a\n30000000-30001000 b", 0x28000000 - 0x110000, 0x20000000 - 0x110000},
		{"as far as a displacement reaches, below", "20000000-20001000 a", 0x20000000 - 0x110000 + 1<<31 - 1<<25 - 1, 0x20000000 - 0x110000},
		{"farther", "20000000-20001000 a", 0x20000000 - 0x110000 + 1<<31 - 1<<25, 0},
		{"as far as a displacement reaches, above", "200000000-200001000 a", 0x200000000 - 0x110000 - 1<<31 + 1<<25 + 1, 0x200000000 - 0x110000},
		{"farther above", "200000000-200001000 a", 0x200000000 - 0x110000 - 1<<31 + 1<<25, 0},
		{"far from everything", fixedMaps, 0x500000000000, 0},
		{"near null", pieMaps, 0, 0},
		{"near the end of addresses", pieMaps, ^sysdeps.Addr(0), 0xffffffffff600000 - 0x110000},
		{"no mappings", "", 0x401000, 0},
		{"a mapping at null", "0-1000 /null", 0x800, 0},
		{"everything mapped", "0-ffffffffffffffff /all", 0x401000, 0},
		{"neighbours without a gap", "20000000-20001000 a\n20001000-20002000 b", 0x20001800, 0x20000000 - 0x110000},
	} {
		got, ok := roomNear(mapsOf(t, c.maps), c.near)
		if ok != (c.want != 0) || got != c.want {
			t.Errorf("%s: near %v: %v, %v, want %v", c.name, c.near, got, ok, c.want)
		}
	}
}

// TestRoomNearFree holds that what is returned is free, with a margin, and in
// the reach of the instruction, whatever the mappings.
func TestRoomNearFree(t *testing.T) {
	const margin = 16 * sysdeps.PageSize
	rnd := rand.New(rand.NewPCG(1, 2))
	found := 0
	for range 2000 {
		var maps []Mapping
		end := sysdeps.Addr(rnd.Uint64N(1 << 22)).PageDown()
		for range 1 + rnd.IntN(12) {
			lo := end + sysdeps.Addr(rnd.Uint64N(1<<(12+rnd.UintN(22)))).PageDown()
			end = lo + sysdeps.PageSize + sysdeps.Addr(rnd.Uint64N(1<<(12+rnd.UintN(14)))).PageDown()
			maps = append(maps, Mapping{Lo: lo, Hi: end})
		}
		m := maps[rnd.IntN(len(maps))]
		near := m.Lo + sysdeps.Addr(rnd.Uint64N(uint64(m.Hi-m.Lo)))
		at, ok := roomNear(maps, near)
		if !ok {
			continue
		}
		found++
		if at < 1<<16 || at != at.PageDown() {
			t.Fatalf("%v is no place for a mapping", at)
		}
		for _, m := range maps {
			if at < m.Hi+margin && m.Lo < at+poolSize+margin {
				t.Fatalf("room at %v, too near to %v-%v", at, m.Lo, m.Hi)
			}
		}
		for _, end := range []sysdeps.Addr{at, at + poolSize} {
			if d := int64(end - near); d != int64(int32(d)) {
				t.Fatalf("room at %v, out of reach from %v", at, near)
			}
		}
	}
	if found < 500 {
		t.Errorf("room was found %d times: the mappings leave none", found)
	}
}

package elfsym

import (
	"encoding/binary"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// cacheOf makes a cache of the new format out of entries and names of levels.
func cacheOf(entries map[string][]cacheEntry, levels ...string) []byte {
	le := binary.LittleEndian
	var names []string
	n := 0
	for name, list := range entries {
		names = append(names, name)
		n += len(list)
	}
	slices.Sort(names)
	p := make([]byte, cacheHeaderNew+n*cacheEntryNew)
	copy(p, cacheMagicNew)
	le.PutUint32(p[20:], uint32(n))
	p[28] = 2 // little endian
	add := func(s string) uint32 {
		at := uint32(len(p))
		p = append(append(p, s...), 0)
		return at
	}
	off := cacheHeaderNew
	for _, name := range names {
		key := add(name)
		for _, e := range entries[name] {
			path := add(e.path)
			le.PutUint32(p[off:], uint32(e.flags))
			le.PutUint32(p[off+4:], key)
			le.PutUint32(p[off+8:], path)
			le.PutUint64(p[off+16:], e.hwcap)
			off += cacheEntryNew
		}
	}
	if len(levels) == 0 {
		return p
	}
	var offsets []byte
	for _, level := range levels {
		offsets = le.AppendUint32(offsets, add(level))
	}
	at := uint32(len(p))
	le.PutUint32(p[32:], at)
	for _, v := range []uint32{cacheExtMagic, 1, cacheExtHWCaps, 0, at + 24, uint32(len(offsets))} {
		p = le.AppendUint32(p, v)
	}
	return append(p, offsets...)
}

// oldCache makes one of the old format, with what is appended to it, aligned.
func oldCache(name, path string, align int, more []byte) []byte {
	p := make([]byte, cacheHeaderOld+cacheEntryOld)
	copy(p, cacheMagicOld)
	le := binary.LittleEndian
	le.PutUint32(p[12:], 1)
	le.PutUint32(p[16:], 0x0303)
	le.PutUint32(p[20:], 0)
	le.PutUint32(p[24:], uint32(len(name)+1))
	if more != nil {
		for len(p)%align != 0 {
			p = append(p, 0)
		}
		return append(p, more...)
	}
	return append(p, name+"\x00"+path+"\x00"...)
}

var testCache = map[string][]cacheEntry{
	"liba.so": {
		{0x0303, 1 << 62, "/usr/lib/glibc-hwcaps/x86-64-v2/liba.so"},
		{0x0303, 1<<62 | 2<<32 | 1, "/usr/lib/glibc-hwcaps/x86-64-v3/liba.so"},
		{0x0303, 1<<62 | 7, "/usr/lib/glibc-hwcaps/none/liba.so"},
		{0x0303, 1 << 3, "/usr/lib/tls/liba.so"},
		{0x0303, 0, "/usr/lib/liba.so"},
		{0x0003, 0, "/lib32/liba.so"},
	},
	"libb.so": {{0x0003, 0, "/lib32/libb.so"}},
	"libc.so": {{1, 0, "/any/libc.so"}},
}

func TestLinkerCache(t *testing.T) {
	t.Parallel()
	whole := cacheOf(testCache, "x86-64-v2", "x86-64-v3")
	for _, file := range []struct {
		name string
		data []byte
	}{
		{"new", whole},
		{"old and new, aligned to 8", oldCache("x", "/old", 8, whole)},
		{"old and new, aligned to 4", oldCache("x", "/old", 4, whole)},
	} {
		c, err := parseLinkerCache(file.data)
		if err != nil {
			t.Errorf("%s: %v", file.name, err)
			continue
		}
		for _, test := range []struct {
			name    string
			machine int32
			levels  string
			want    string
		}{
			{"liba.so", 0x0303, "", "/usr/lib/liba.so"},
			{"liba.so", 0x0303, "x86-64-v2", "/usr/lib/glibc-hwcaps/x86-64-v2/liba.so"},
			{"liba.so", 0x0303, "x86-64-v4 x86-64-v3 x86-64-v2", "/usr/lib/glibc-hwcaps/x86-64-v3/liba.so"},
			{"liba.so", 0x0003, "x86-64-v2", "/lib32/liba.so"},
			{"libb.so", 0x0303, "", ""},
			{"libc.so", 0x0303, "", "/any/libc.so"},
			{"libd.so", 0x0303, "", ""},
		} {
			if got := c.lookup(test.name, test.machine, strings.Fields(test.levels)); got != test.want {
				t.Errorf("%s: %s for %#x with %q: %q, want %q", file.name, test.name, test.machine, test.levels, got, test.want)
			}
		}
	}
	c, err := parseLinkerCache(oldCache("libold.so", "/old/libold.so", 8, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := c.lookup("libold.so", 0x0303, nil); got != "/old/libold.so" {
		t.Errorf("old format: %q", got)
	}
}

// TestLinkerCacheOfSystem compares all of the system's cache with what ldconfig
// prints of it.
func TestLinkerCacheOfSystem(t *testing.T) {
	t.Parallel()
	const path = "/etc/ld.so.cache"
	if _, err := os.Stat(path); err != nil {
		t.Skip("the system has no " + path)
	}
	ldconfig, err := exec.LookPath("ldconfig")
	if err != nil {
		ldconfig = "/sbin/ldconfig"
	}
	c, err := parseLinkerCache(readFile(t, path))
	if err != nil {
		t.Fatal(err)
	}
	var got, want []string
	for name, list := range c.entries {
		for _, e := range list {
			got = append(got, name+" "+e.path)
		}
	}
	for line := range strings.Lines(run(t, ldconfig, "-p")) {
		left, right, ok := strings.Cut(strings.TrimSpace(line), " => ")
		if name, _, ok2 := strings.Cut(left, " ("); ok && ok2 {
			want = append(want, name+" "+right)
		}
	}
	slices.Sort(got)
	slices.Sort(want)
	if len(want) == 0 || !slices.Equal(got, want) {
		t.Errorf("%d libraries, ldconfig prints %d, or others", len(got), len(want))
	}
}

func FuzzLinkerCache(f *testing.F) {
	f.Add(cacheOf(testCache, "x86-64-v2", "x86-64-v3"))
	damaged := cacheOf(testCache, "x86-64-v2")
	f.Add(damaged[:len(damaged)-2])
	f.Add(oldCache("libold.so", "/old/libold.so", 8, nil))
	f.Add(oldCache("x", "/old", 4, cacheOf(testCache)))
	f.Fuzz(func(t *testing.T, p []byte) {
		c, err := parseLinkerCache(p)
		if (c == nil) != (err != nil) {
			t.Fatalf("a result and an error, or neither: %v, %v", c, err)
		}
		for name := range c.all() {
			for _, machine := range []int32{0x0303, 0x0003} {
				if path := c.lookup(name, machine, []string{"x86-64-v3", "x86-64-v2"}); len(path) > maxName {
					t.Fatalf("a path of %d bytes", len(path))
				}
			}
		}
	})
}

// all yields the names in a cache.
func (c *linkerCache) all() func(func(string) bool) {
	return func(yield func(string) bool) {
		if c == nil {
			return
		}
		for name := range c.entries {
			if !yield(name) {
				return
			}
		}
	}
}

// TestDamagedConfiguration finds libraries without a cache that can be read,
// and says so once.
func TestDamagedConfiguration(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	for name, text := range map[string]string{
		"etc/ld.so.cache":   "glibc-ld.so.cache1.1 and no more",
		"etc/ld.so.preload": "# what is preloaded\n/lib/libpre.so: /lib/none.so # twice\n",
	} {
		if err := os.MkdirAll(filepath.Join(root, "etc"), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(root, name), []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	buildAt(t, filepath.Join(root, "lib/libpre.so"), "testdata/needed_lib.c", "-shared", "-fPIC", "-nostdlib", "-Wl,-soname,libpre.so")
	prog := buildAt(t, filepath.Join(root, "bin/prog"), "testdata/needed.c", "-static-pie", "-nostdlib", "-nostartfiles", "-Wl,-e,main")
	s := &Search{Root: root}
	f := mustOpen(t, prog)
	for i, says := range []string{"read /etc/ld.so.cache: not a cache of libraries", ""} {
		objects, err := s.Closure(f)
		if len(objects) != 2 || objects[1].Path != "/lib/libpre.so" {
			t.Errorf("%+v, want the program and /lib/libpre.so", objects)
		}
		if err == nil || !strings.Contains(err.Error(), "/lib/none.so, to be preloaded: not found") || !strings.Contains(err.Error(), says) ||
			i == 1 && strings.Contains(err.Error(), "ld.so.cache") {
			t.Errorf("run %d: error %v", i, err)
		}
	}
}

package main

import (
	"strings"
	"testing"
)

// TestKernelNames has each kind of item in a recipe, with headers that are always there.
func TestKernelNames(t *testing.T) {
	k := &kernelNames{recipe: `# About recipes.
headers linux/mman.h linux/if_ether.h
headers linux/filter.h+linux/if_tun.h linux/fcntl.h linux/loop.h

# Memory
typedef one = enum[uint](MREMAP_FIXED, NEW=77)
typedef set = flags(MAP_FIXED, MAP_SHARED/0xf, MAP_PRIVATE/MAP_TYPE, MAP_32*, OWN=0x4000/0xf000)
# Patterns
typedef some = enum(MREMAP_*, !MREMAP_FIXED, "MREMAP_(NONE)"=0)
typedef order = enum[network(ushort)](htons(ETH_P_802_*), !ETH_P_802_3_MIN)
typedef alone = enum[fd](AT_FDCWD)
typedef calls = request(enum[uint](TUNATTACHFILTER, LOOP_SET_FD))
`}
	if err := k.read(t.Context(), t.TempDir()); err != nil {
		t.Fatal(err)
	}
	text, n, err := k.file()
	if err != nil {
		t.Fatal(err)
	}
	const want = `
# Memory
typedef one = enum[uint](MREMAP_FIXED=2, NEW=77)
typedef set = flags(
	MAP_FIXED=0x10, MAP_SHARED=1/0xf, MAP_PRIVATE=2/0xf, MAP_32BIT=0x40, OWN=0x4000/0xf000)
# Patterns
typedef some = enum(MREMAP_MAYMOVE=1, MREMAP_DONTUNMAP=4, "MREMAP_(NONE)"=0)
typedef order = enum[network(ushort)](
	"htons(ETH_P_802_3)"=0x0100, "htons(ETH_P_802_2)"=0x0400, "htons(ETH_P_802_EX1)"=0xb588)
typedef alone = enum[fd](AT_FDCWD=-100)
typedef calls = request(enum[uint](
	TUNATTACHFILTER=0x401054d5, TUNATTACHFILTER=0x400854d5, LOOP_SET_FD=0x4c00))
`
	head, got, _ := strings.Cut(string(text), "\n\n")
	if got = "\n" + got; got != want || n != 6 {
		t.Errorf("%d types: %s\nwant %s", n, got, want)
	}
	if !strings.Contains(head, "linux/filter.h linux/if_tun.h") || strings.Contains(head, "About") {
		t.Errorf("begins with %s", head)
	}
}

func TestBadRecipes(t *testing.T) {
	for _, c := range []struct{ recipe, want string }{
		{"typedef a = enum(NOT_THERE)", "typedef a = enum(: no header defines NOT_THERE"},
		{"typedef a = enum(NOT_THERE/3)", "typedef a = enum(: no header defines NOT_THERE"},
		{"typedef a = struct(int b)", "no enum and no set of flags: typedef a = struct(int b)"},
		{"typedef a = enum(B=1,", "typedef a = enum( has no end"},
		{`typedef a = enum("B=1)`, "typedef a = enum( has no end"},
	} {
		k := &kernelNames{recipe: c.recipe}
		if _, _, err := k.file(); err == nil || err.Error() != c.want {
			t.Errorf("%s: %v; want %s", c.recipe, err, c.want)
		}
	}
	k := &kernelNames{recipe: "headers not/there.h\n"}
	if err := k.read(t.Context(), t.TempDir()); err == nil {
		t.Error("a header that is not there is no error")
	}
}

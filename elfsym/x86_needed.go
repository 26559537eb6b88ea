package elfsym

import (
	"slices"

	"sonde/sysdeps"
)

// neededArch is what dynamic linkers have compiled in for a machine.
type neededArch struct {
	dirs     []string // searched when all else has failed
	lib      []string // what $LIB may stand for
	platform []string // what $PLATFORM may stand for
	cacheID  int32    // marks the machine's libraries in /etc/ld.so.cache
	muslName string   // of the machine in musl's file names
}

// neededArches: directories and $LIB differ between distributions, so all that
// are in use are tried in turn: Debian's multiarch, those of Fedora and SUSE,
// and those of everybody else. A library in one that the machine's own linker
// does not know is of another machine, in practice, and passed over.
// Values of cacheID: sysdeps/unix/sysv/linux/x86_64/dl-cache.h in glibc.
var neededArches = map[*sysdeps.Arch]*neededArch{
	sysdeps.AMD64: {
		dirs: []string{
			"/lib/x86_64-linux-gnu", "/usr/lib/x86_64-linux-gnu",
			"/lib64", "/usr/lib64", "/lib", "/usr/lib",
		},
		lib:      []string{"lib/x86_64-linux-gnu", "lib64", "lib"},
		platform: []string{"x86_64", "haswell", "xeon_phi"},
		cacheID:  0x0303,
		muslName: "x86_64",
	},
	sysdeps.I386: {
		dirs: []string{
			"/lib/i386-linux-gnu", "/usr/lib/i386-linux-gnu",
			"/lib32", "/usr/lib32", "/lib", "/usr/lib",
		},
		lib:      []string{"lib/i386-linux-gnu", "lib32", "lib"},
		platform: []string{"i686", "i586", "i486", "i386"},
		cacheID:  0x0003,
		muslName: "i386",
	},
}

// x86Levels are the features that make up each level of the x86-64 psABI
// (section 3.1.1) beyond the one before, by their names in /proc/cpuinfo.
var x86Levels = []struct {
	name  string
	flags []string
}{
	{"x86-64-v2", []string{"cx16", "lahf_lm", "popcnt", "pni", "sse4_1", "sse4_2", "ssse3"}},
	{"x86-64-v3", []string{"avx", "avx2", "bmi1", "bmi2", "f16c", "fma", "abm", "movbe", "xsave"}},
	{"x86-64-v4", []string{"avx512f", "avx512bw", "avx512cd", "avx512dq", "avx512vl"}},
}

// X86HWCaps returns the subdirectories of glibc-hwcaps that an x86-64 processor
// with these flags (of /proc/cpuinfo) is good for, the best first, for Search.
func X86HWCaps(flags []string) []string {
	var levels []string
	for _, level := range x86Levels {
		for _, flag := range level.flags {
			if !slices.Contains(flags, flag) {
				return levels
			}
		}
		levels = append([]string{level.name}, levels...)
	}
	return levels
}

package ptrace

import "sync"

func cpuid(leaf, subleaf uint32) (eax, ebx, ecx, edx uint32)

// zmmHigh returns where the XSAVE area of this machine has the upper halves of
// zmm0 to zmm15, in bytes, or 0 if it has none: at 1152 in Intel's, lower in
// AMD's, who left out MPX (Intel SDM volume 1, 13.5.6; CPUID leaf 13, subleaf 6).
var zmmHigh = sync.OnceValue(func() int {
	const leaf, zmmHi256 = 0xd, 6
	if highest, _, _, _ := cpuid(0, 0); highest < leaf {
		return 0
	}
	size, offset, _, _ := cpuid(leaf, zmmHi256)
	if size == 0 {
		return 0
	}
	return int(offset)
})

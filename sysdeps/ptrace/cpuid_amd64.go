package ptrace

import (
	"bytes"
	"encoding/binary"
	"sync"
)

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

// XSaveLayout returns what NT_X86_XSAVE_LAYOUT holds: for each component of the XSAVE
// area behind the first 576 bytes that programs may use, its number, size, offset and
// flags (0), 4 bytes each (dump_xsave_layout_desc in arch/x86/kernel/fpu/xstate.c; CPUID
// leaf 13). It is nil where the machine has no XSAVE.
func XSaveLayout() []byte {
	const leaf, firstExtended = 0xd, 2
	if highest, _, _, _ := cpuid(0, 0); highest < leaf {
		return nil
	}
	low, _, _, high := cpuid(leaf, 0)
	components := uint64(high)<<32 | uint64(low) // that XCR0 may have
	var p []byte
	for i := uint32(firstExtended); i < 63; i++ {
		if components>>i&1 == 0 {
			continue
		}
		size, offset, _, _ := cpuid(leaf, i)
		for _, v := range []uint32{i, size, offset, 0} {
			p = binary.LittleEndian.AppendUint32(p, v)
		}
	}
	return p
}

// Hypervisor returns the name by which a hypervisor makes itself known, or "" without one
// (Intel SDM volume 2, CPUID leaf 1; leaf 0x40000000 is the convention of hypervisors).
func Hypervisor() string {
	const present, names = 1 << 31, 0x40000000
	if _, _, ecx, _ := cpuid(1, 0); ecx&present == 0 {
		return ""
	}
	_, b, c, d := cpuid(names, 0)
	var name []byte
	for _, v := range []uint32{b, c, d} {
		name = binary.LittleEndian.AppendUint32(name, v)
	}
	return string(bytes.TrimRight(name, "\x00"))
}

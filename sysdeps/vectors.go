package sysdeps

import "encoding/binary"

// Vectors are a thread's x87 and vector registers: the kernel's own bytes, in
// the standard format of the XSAVE area (Intel SDM volume 1, 13.4), whose first 512
// bytes are what FXSAVE writes. PTRACE_GETREGSET gives them to 32-bit threads in
// the same layout.
type Vectors struct {
	raw  [vectorsSize]byte
	size int // bytes that are valid
	// zmmHigh is where the upper halves of zmm0 to zmm15 are, by CPUID; 0
	// where the machine has none.
	zmmHigh int
}

// The parts of the area that do not move.
const (
	fxsaveSize  = 512
	fxTags      = 4   // which of the x87 registers hold a value, a bit each
	fxST        = 32  // st(0), 16 bytes each
	fxXMM       = 160 // xmm0, 16 bytes each
	xsaveFlags  = 512 // XSTATE_BV: which components follow, others being zero
	xsaveAVX    = 576 // the upper halves of ymm0 to ymm15 (13.5.2)
	bitAVX      = 2
	bitZMMHigh  = 6
	vectorsSize = 1152 + 16*32 // as far as zmm15's, where Intel's machines have them
)

// Buffer returns the whole storage, for the kernel to write into.
func (v *Vectors) Buffer() []byte { return v.raw[:] }

// SetLayout says how many bytes have been written to the Buffer, and where the
// machine keeps the upper halves of its zmm registers: CPUID leaf 13, subleaf 6,
// EBX; 0 for nowhere.
func (v *Vectors) SetLayout(size, zmmHigh int) {
	v.size = min(max(size, 0), len(v.raw))
	v.zmmHigh = 0
	if zmmHigh >= xsaveAVX && zmmHigh+16*32 <= len(v.raw) {
		v.zmmHigh = zmmHigh
	}
}

// Vector copies the lowest bytes of vector register i to p. ok is false where
// the machine has no register, or none as long as p.
func (v *Vectors) Vector(p []byte, i int) (ok bool) {
	if i < 0 || i >= 16 || len(p) > 64 || v.size < fxsaveSize {
		return false
	}
	n := copy(p, v.raw[fxXMM+i*16:][:16])
	if n < len(p) {
		n += v.component(p[n:min(len(p), 32)], bitAVX, xsaveAVX+i*16)
	}
	if n == 32 && n < len(p) && v.zmmHigh > 0 {
		n += v.component(p[n:], bitZMMHigh, v.zmmHigh+i*32)
	}
	return n == len(p)
}

// component copies from a part of the area behind the header, and returns the
// number of bytes: none if it is not there.
func (v *Vectors) component(p []byte, bit, at int) int {
	if at+len(p) > v.size {
		return 0
	}
	if binary.LittleEndian.Uint64(v.raw[xsaveFlags:])>>bit&1 == 0 {
		clear(p)
		return len(p)
	}
	return copy(p, v.raw[at:])
}

// ST returns x87 register st(i). ok is false if it is empty.
func (v *Vectors) ST(i int) (f Extended, ok bool) {
	if i < 0 || i >= 8 || v.size < fxsaveSize {
		return f, false
	}
	// The tags are of physical registers, the values in the order of the stack,
	// whose top bits 11 to 13 of the status word tell (SDM volume 1, 8.1.3, 10.5.1).
	top := int(v.raw[3]>>3) & 7
	if v.raw[fxTags]>>((top+i)&7)&1 == 0 {
		return f, false
	}
	copy(f[:], v.raw[fxST+i*16:])
	return f, true
}

// MMX copies the lowest bytes of register mm(i) to p: the mantissa of one of the
// x87 registers, which MMX instructions use with the top at 0 (SDM volume 1, 9.5).
// ok is false where p is longer.
func (v *Vectors) MMX(p []byte, i int) (ok bool) {
	if i < 0 || i >= 8 || len(p) > 8 || v.size < fxsaveSize {
		return false
	}
	top := int(v.raw[3]>>3) & 7
	copy(p, v.raw[fxST+((i-top)&7)*16:][:8])
	return true
}

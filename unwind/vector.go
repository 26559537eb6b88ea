package unwind

// The DWARF numbers of xmm0, and how many registers follow it (System V psABI, x86-64:
// figure 3.36; i386: table 2.14).
const (
	amd64XMM0, amd64XMMs = 17, 16
	i386XMM0, i386XMMs   = 21, 8
)

// vector returns the lower bytes of a vector register, as many as the machine has; nil where
// it is none, or not known.
func (l *locator) vector(n uint64) []byte {
	first, count := uint64(amd64XMM0), uint64(amd64XMMs)
	if l.w.arch.PtrSize == 4 {
		first, count = i386XMM0, i386XMMs
	}
	if l.of.Vectors == nil || n < first || n-first >= count {
		return nil
	}
	for _, size := range []int{64, 32, 16} {
		if p := make([]byte, size); l.of.Vectors.Vector(p, int(n-first)) {
			return p
		}
	}
	return nil
}

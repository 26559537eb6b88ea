package fields

// maxLEB is the length in bytes beyond which a LEB128 number has nothing but
// padding: 10 hold 64 bits, and linkers pad what they relax to as much.
const maxLEB = 16

// ULEB takes an unsigned LEB128 number (DWARF 5, 7.6). What does not fit 64 bits
// is bad.
func (r *Reader) ULEB() uint64 {
	if r.pos < len(r.p) && r.p[r.pos] < 0x80 { // which most are
		r.pos++
		return uint64(r.p[r.pos-1])
	}
	return r.longULEB()
}

func (r *Reader) longULEB() (v uint64) {
	p := r.p[r.pos:]
	for i := range min(maxLEB, len(p)) {
		b := p[i]
		if i == 9 && b&0x7f > 1 || i > 9 && b&0x7f != 0 {
			break
		}
		v |= uint64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.pos += i + 1
			return v
		}
	}
	r.Fail()
	return 0
}

// SLEB takes a signed LEB128 number. Bits beyond 64 are lost: they are those of
// the sign.
func (r *Reader) SLEB() (v int64) {
	p := r.p[r.pos:]
	for i := range min(maxLEB, len(p)) {
		b := p[i]
		v |= int64(b&0x7f) << (7 * i)
		if b < 0x80 {
			r.pos += i + 1
			if shift := 7 * (i + 1); b&0x40 != 0 && shift < 64 {
				v |= -1 << shift
			}
			return v
		}
	}
	r.Fail()
	return 0
}

// SkipLEB takes a LEB128 number of either kind.
func (r *Reader) SkipLEB() {
	p := r.p[r.pos:]
	for i := range min(maxLEB, len(p)) {
		if p[i] < 0x80 {
			r.pos += i + 1
			return
		}
	}
	r.Fail()
}

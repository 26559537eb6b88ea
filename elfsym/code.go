package elfsym

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"

	"sonde/sysdeps"
)

// region is a piece of code: it lies at an address and in the file.
type region struct{ addr, off, size uint64 }

func (r *region) end() uint64 { return r.addr + r.size }

// readCode returns the file's code, sorted by address and without overlaps: by
// the section headers, which keep data out, or where there are none, the
// executable segments. sections tells which.
func readCode(s *source, h *header) (code []region, sections bool, err error) {
	var found []region
	eachSection(s, h, func(_ string, sh sectionHeader) bool {
		if sh.flags&elf.SHF_EXECINSTR != 0 && sh.typ == elf.SHT_PROGBITS {
			if n := s.executable(sh.addr, sh.size); n > 0 {
				off, _, _ := s.find(sh.addr)
				found = append(found, region{sh.addr, off, n})
			}
		}
		return true
	})
	limit := min(s.size+uint64(len(s.segs))*sysdeps.PageSize, maxCode)
	if code, ok := distinct(found, limit); ok && len(code) > 0 {
		return code, true, nil
	}
	found = found[:0]
	for i := range s.segs {
		seg := &s.segs[i]
		if seg.Flags&elf.PF_X != 0 && seg.Offset <= s.size {
			found = append(found, region{seg.Addr, seg.Offset, min(seg.FileSize, s.size-seg.Offset)})
		}
	}
	code, ok := distinct(found, limit)
	if !ok {
		return nil, false, &FormatError{0, fmt.Sprintf("executable segments that overlap, or have more than %d bytes", maxCode)}
	}
	return code, false, nil
}

// distinct sorts regions and cuts off what is in two of them. ok is false where
// together they have more than limit bytes.
func distinct(regions []region, limit uint64) (sorted []region, ok bool) {
	slices.SortFunc(regions, func(a, b region) int { return cmp.Compare(a.addr, b.addr) })
	end := uint64(0)
	for _, r := range regions {
		if r.addr < end {
			d := min(end-r.addr, r.size)
			r = region{r.addr + d, r.off + d, r.size - d}
		}
		if r.size == 0 {
			continue
		}
		if r.size > limit {
			return nil, false
		}
		limit -= r.size
		end = r.end()
		sorted = append(sorted, r)
	}
	return sorted, true
}

// windowSize is how much code is compared at a time, and windowLap what
// neighbouring windows share: no operand with its opcode is longer.
const (
	windowSize = 256 << 10
	windowLap  = 16
)

// windows gives the region piece by piece to visit, which looks at all words of
// 4 bytes that begin at code[from] or later; addr is that of code[0].
func (s *source) windows(r region, buffer []byte, visit func(code []byte, addr uint64, from int) error) error {
	for pos := uint64(0); ; {
		lap := min(pos, windowLap)
		p := buffer[:min(uint64(len(buffer)), r.size-pos+lap)]
		if err := s.fill(p, r.off+pos-lap, "the code"); err != nil {
			return err
		}
		if err := visit(p, r.addr+pos-lap, int(lap)); err != nil {
			return err
		}
		pos += uint64(len(p)) - lap
		if pos >= r.size {
			return nil
		}
		pos -= wordLap
	}
}

// wordLap is by how much a word of 4 bytes can stand over the end of a window.
const wordLap = 3

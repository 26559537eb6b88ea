package elfsym

import (
	"encoding/binary"
	"slices"
)

// maxStarts caps the functions of .eh_frame_hdr. The largest programs have a
// million.
const maxStarts = 1 << 22

// readStarts returns addresses at which an instruction begins for certain,
// sorted: functions by the unwinder's index and by symbols, slots, sections.
func (f *File) readStarts(s *source, h *header, code []region, sections bool) ([]uint64, error) {
	starts, err := readUnwindIndex(s, h.unwindIndex)
	if err != nil {
		return nil, err
	}
	starts = append(starts, f.Entry)
	for i := range f.symbols {
		if r := &f.symbols[i]; r.kind == function || r.kind == indirect {
			starts = append(starts, r.value)
		}
	}
	for i := range f.slots {
		starts = append(starts, f.slots[i].Addr)
	}
	if sections {
		for i := range code {
			starts = append(starts, code[i].addr)
		}
	}
	slices.Sort(starts)
	return slices.Compact(starts), nil
}

// unwindHeader is how all linkers begin .eh_frame_hdr (LSB core, 10.6.2): version
// 1; a pointer at .eh_frame, the number of functions and then pairs of 4 bytes
// each, of which the first counts from the section's own address to a function.
const (
	unwindHeaderSize = 12
	unwindCountEnc   = 0x03 // DW_EH_PE_udata4
	unwindTableEnc   = 0x3b // DW_EH_PE_datarel | DW_EH_PE_sdata4
	unwindPair       = 8
)

// readUnwindIndex returns where functions begin by .eh_frame_hdr, which stripping
// leaves. An index that is damaged, or of another form, is the same as none.
func readUnwindIndex(s *source, index section) ([]uint64, error) {
	addr := index.addr
	off, have, ok := s.find(addr)
	have = min(have, index.size)
	if !ok || have < unwindHeaderSize || off > s.size || have > s.size-off {
		return nil, nil
	}
	head, err := s.bytes(off, unwindHeaderSize, "the unwinder's index")
	if err != nil {
		return nil, err
	}
	if head[0] != 1 || head[2] != unwindCountEnc || head[3] != unwindTableEnc {
		return nil, nil
	}
	le := binary.LittleEndian
	n := min(uint64(le.Uint32(head[8:])), (have-unwindHeaderSize)/unwindPair)
	if n > maxStarts {
		return nil, nil
	}
	starts := make([]uint64, 0, n)
	err = s.chunks(off+unwindHeaderSize, n*unwindPair, unwindPair, "the unwinder's index", func(p []byte) bool {
		for ; len(p) > 0; p = p[unwindPair:] {
			at := addr + uint64(int64(int32(le.Uint32(p))))
			if !s.is64 {
				at = uint64(uint32(at))
			}
			starts = append(starts, at)
		}
		return true
	})
	return starts, err
}

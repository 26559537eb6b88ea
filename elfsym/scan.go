package elfsym

import (
	"cmp"
	"debug/elf"
	"fmt"
	"io"
	"math"
	"slices"

	"sonde/insn"
	"sonde/sysdeps"
)

// scanner looks for sites in the code of one file: first for places that might
// be operands, by comparing every four bytes of code with the addresses of
// pointers, then among these for the real ones, by decoding from where
// instructions are known to begin. To decode everything would take ten times
// as long.
type scanner struct {
	file *File
	s    *source
	code []region

	pointers *pointerSet
	lo       uint64 // of pointers and writable memory, and how far these go
	span     uint32

	// 32-bit code alone: pointers that are reached from a register with the
	// address of the global offset table, and that address.
	based *pointerSet
	base  uint64

	candidates []candidate
}

// candidate is a place in code that might be the operand of a site.
type candidate struct {
	field   uint64 // address of the displacement
	pointer uint64 // where it leads
	// relative says that there is no pointer by symbol; whether there is
	// one by a relative relocation remains to be seen.
	relative bool
}

// maxCandidates caps them; the compiler of Rust, 150 MB, has some 300,000.
const maxCandidates = 1 << 21

// scan finds the sites in the file of size bytes that r reads, which must be the
// one that f was read from.
func (f *File) scan(r io.ReaderAt, size int64) (*Uses, error) {
	s := &source{r: r, size: uint64(max(size, 0))}
	h, err := readHeader(s)
	if err != nil {
		return nil, err
	}
	now := &File{}
	if err := now.readSegments(s, h); err != nil {
		return nil, err
	}
	if h.arch != f.Arch || !slices.Equal(now.segments, f.segments) {
		return nil, ErrChanged
	}
	code, sections, err := readCode(s, h)
	if err != nil {
		return nil, err
	}
	sc := newScanner(f, s, code)
	if err := sc.collect(); err != nil {
		return nil, err
	}
	relative, err := sc.keepRelative(h)
	if err != nil {
		return nil, err
	}
	starts, err := f.readStarts(s, h, code, sections)
	if err != nil {
		return nil, err
	}
	sites, err := sc.verify(starts)
	if err != nil {
		return nil, err
	}
	return &Uses{Sites: sites, Relative: usedRelative(relative, sites)}, nil
}

func newScanner(f *File, s *source, code []region) *scanner {
	sc := &scanner{file: f, s: s, code: code}
	var all, based []uint64
	lo, hi := uint64(math.MaxUint64), uint64(0)
	for _, p := range f.Pointers() {
		all = append(all, p.Addr)
		if p.Kind != JumpSlot {
			based = append(based, p.Addr)
		}
		lo, hi = min(lo, p.Addr), max(hi, p.Addr)
	}
	for i := range s.segs {
		if seg := &s.segs[i]; seg.Flags&elf.PF_W != 0 {
			lo, hi = min(lo, seg.Addr), max(hi, seg.Addr+seg.Size)
		}
	}
	sc.pointers, sc.based = newPointerSet(all), newPointerSet(based)
	if hi >= lo {
		sc.lo = lo - maxImm
		sc.span = uint32(min(hi-sc.lo, math.MaxUint32-1)) + 1
	}
	return sc
}

// maxImm is the length of the longest immediate operand that may stand behind a
// displacement, which counts from the end of it.
const maxImm = 4

// collect fills candidates.
func (sc *scanner) collect() error {
	if sc.span == 0 {
		return nil
	}
	visit := sc.visitX86
	if sc.file.Arch == sysdeps.I386 {
		if err := sc.findBase(); err != nil {
			return err
		}
		visit = sc.visitI386
	}
	return sc.eachWindow(func(code []byte, addr uint64, from int) error {
		visit(code, addr, from)
		if len(sc.candidates) > maxCandidates {
			return &FormatError{0, fmt.Sprintf("more than %d places that look like uses of pointers", maxCandidates)}
		}
		return nil
	})
}

// eachWindow gives all code piece by piece to visit; see source.windows.
func (sc *scanner) eachWindow(visit func(code []byte, addr uint64, from int) error) error {
	buffer := make([]byte, windowSize)
	for _, r := range sc.code {
		if err := sc.s.windows(r, buffer, visit); err != nil {
			return err
		}
	}
	return nil
}

func (sc *scanner) mode() insn.Mode {
	if sc.file.Arch == sysdeps.I386 {
		return insn.Mode32
	}
	return insn.Mode64
}

// keepRelative drops those of the candidates whose pointer has no relocation to
// code of this file, and returns the pointers of the others.
func (sc *scanner) keepRelative(h *header) ([]Pointer, error) {
	var addrs []uint64
	for _, c := range sc.candidates {
		if c.relative {
			addrs = append(addrs, c.pointer)
		}
	}
	slices.Sort(addrs)
	wanted := newPointerSet(slices.Compact(addrs))
	found, err := sc.file.readRelative(sc.s, h, wanted)
	if err != nil {
		return nil, err
	}
	var pointers []Pointer
	own := make([]uint64, len(found))
	for i, r := range found {
		own[i] = r.addr
		pointers = append(pointers, Pointer{Addr: r.addr, Kind: Relative, Local: r.target})
	}
	set := newPointerSet(own)
	sc.candidates = slices.DeleteFunc(sc.candidates, func(c candidate) bool {
		return c.relative && !set.has(c.pointer)
	})
	return pointers, nil
}

// usedRelative returns those of the pointers that a site uses.
func usedRelative(pointers []Pointer, sites []Site) []Pointer {
	used := make(map[uint64]bool)
	for i := range sites {
		used[sites[i].Pointer] = true
	}
	return slices.DeleteFunc(pointers, func(p Pointer) bool { return !used[p.Addr] })
}

// verify returns the sites among the candidates, sorted by address.
func (sc *scanner) verify(starts []uint64) ([]Site, error) {
	w := &walker{m: memory{s: sc.s}, mode: sc.mode(), starts: starts, code: sc.code}
	if sc.file.Arch == sysdeps.I386 {
		w.registers = newI386Registers(sc)
	}
	var sites []Site
	for _, c := range sc.candidates {
		in, at, ok, err := w.covering(c.field)
		if err != nil {
			return nil, err
		}
		var site Site
		switch {
		case !ok:
			site, ok = Site{Addr: c.field, Pointer: c.pointer, Kind: SiteDoubtful}, true
		case sc.file.Arch == sysdeps.I386:
			site, ok = sc.i386Site(w.registers, &in, at)
		default:
			site, ok = sc.x86Site(&in, at, c)
		}
		if ok && !sc.file.inSlot(site) {
			sites = append(sites, site)
		}
	}
	slices.SortStableFunc(sites, func(a, b Site) int { return cmp.Compare(a.Addr, b.Addr) })
	return slices.CompactFunc(sites, func(a, b Site) bool { return a.Addr == b.Addr }), nil
}

// inSlot reports whether a site is what a slot of PLT does.
func (f *File) inSlot(site Site) bool {
	i, ok := slices.BinarySearchFunc(f.slots, site.Addr, func(s Slot, addr uint64) int { return cmp.Compare(s.Addr, addr) })
	if !ok {
		i--
	}
	if i < 0 || f.slots[i].GOT != site.Pointer {
		return false
	}
	// Behind nothing; push; endbr; these with a move of a number. Not a whole
	// slot of 8 bytes: there a function may begin.
	switch site.Addr - f.slots[i].Addr {
	case 0, 1, 4, 9, 10:
		return true
	}
	return false
}

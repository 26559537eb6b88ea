package snapshot

import (
	"cmp"
	"encoding/binary"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/proc"
	"sonde/sysdeps"
)

// Bounds of what is copied because pointers lead there.
const (
	pointeeSize   = 256      // bytes behind each pointer
	pointeeLevels = 2        // what stacks and registers point at, and what that points at
	maxPointees   = 1 << 16  // pointers of one level
	maxPointed    = 16 << 20 // bytes of one level
	maxScanned    = 8 << 20  // bytes that are searched for the pointers of one level
	maxIovecs     = 1024     // of process_vm_readv(2): IOV_MAX

	staticSize = 64 << 10 // bytes of the variables that one file has
	maxStatics = 2 << 20  // bytes of those of all files
)

// CopyPointees copies what the words on the copied stacks and in the registers of threads
// point at: of each the beginning, and what the words in that point at. It is for the
// values of variables, and to be called while the process is held.
func (s *Stacks) CopyPointees(threads []*Thread) {
	var sources [][]byte
	for i := range s.pieces {
		sources = append(sources, s.pieces[i].p)
	}
	size := 8
	for _, t := range threads {
		if t.Err == nil {
			sources = append(sources, t.Regs.Bytes())
			size = t.Regs.Arch.PtrSize
		}
	}
	sources = append(sources, s.copyStatics()...)
	for range pointeeLevels {
		p := pointees{s: s, size: size}
		for _, source := range sources {
			p.search(source)
		}
		sources = p.copy()
	}
}

// copyStatics copies the beginnings of the variables that files have: .data, and the .bss
// that lies behind, in memory of no file. What they point at is as good as anything else.
func (s *Stacks) copyStatics() [][]byte {
	p := pointees{s: s}
	left := maxStatics
	var file sysdeps.Addr // where the last mapping of a file's variables ends
	for i := range s.Mappings {
		m := &s.Mappings[i]
		isFile := m.Inode != 0 && !m.Shared && !isDevice(m)
		isBSS := m.Inode == 0 && m.Path == "" && m.Lo == file
		if !m.Write || !m.Readable || !isFile && !isBSS || left <= 0 {
			continue
		}
		if isFile {
			file = m.Hi
		}
		st := stretch{m.Lo, min(m.Hi, m.Lo+staticSize)}
		left -= int(st.hi - st.lo)
		p.found = append(p.found, st)
	}
	return p.copy()
}

// pointees are where the pointers of one level lead.
type pointees struct {
	s       *Stacks
	size    int // of a pointer in bytes
	scanned int
	last    *proc.Mapping // where the last one led; nil at first
	found   []stretch
}

// stretch is memory to be copied.
type stretch struct{ lo, hi sysdeps.Addr }

// search notes where the words lead that bytes hold.
func (p *pointees) search(source []byte) {
	source = source[:min(len(source), maxScanned-p.scanned)]
	p.scanned += len(source)
	for ; len(source) >= p.size && len(p.found) < maxPointees; source = source[p.size:] {
		var word uint64
		if p.size == 8 {
			word = binary.LittleEndian.Uint64(source)
		} else {
			word = uint64(binary.LittleEndian.Uint32(source))
		}
		p.add(sysdeps.Addr(word))
	}
}

// add notes what is behind an address, if it may change when the process goes on, and has
// not been copied.
func (p *pointees) add(a sysdeps.Addr) {
	if a < sysdeps.PageSize {
		return
	}
	m := p.last
	if m == nil || !m.Contains(a) {
		if m = mappingOf(p.s.Mappings, a); m == nil {
			return
		}
		p.last = m
	}
	if !m.Write || !m.Readable || isDevice(m) || p.s.find(a) != nil {
		return
	}
	p.found = append(p.found, stretch{a, min(a+pointeeSize, m.Hi)})
}

// isDevice tells of memory that reading may do something to.
func isDevice(m *proc.Mapping) bool {
	return strings.HasPrefix(m.Path, "/dev/") && !strings.HasPrefix(m.Path, "/dev/shm/") && m.Path != "/dev/zero"
}

// copy copies what has been found, and returns it.
func (p *pointees) copy() (copied [][]byte) {
	all := p.s.without(merged(p.found))
	size := 0
	for i := range all {
		if size += int(all[i].hi - all[i].lo); size > maxPointed {
			size -= int(all[i].hi - all[i].lo)
			all = all[:i]
			break
		}
	}
	buf := make([]byte, size)
	for len(all) > 0 {
		batch := all[:min(len(all), maxIovecs)]
		n := p.s.read(buf, batch)
		for _, st := range batch {
			size := int(st.hi - st.lo)
			have := min(max(n, 0), size)
			if have > 0 {
				p.s.pieces = append(p.s.pieces, stackPiece{st.lo, buf[:have:have]})
				copied = append(copied, buf[:have])
				p.s.Copied += uint64(have)
			}
			buf, all = buf[size:], all[1:]
			if n -= size; n <= 0 {
				break // and on behind what cannot be read
			}
		}
	}
	slices.SortFunc(p.s.pieces, func(a, b stackPiece) int { return cmp.Compare(a.lo, b.lo) })
	return copied
}

// read reads memory one behind the other, and returns how many bytes that were before
// something could not be read.
func (s *Stacks) read(buf []byte, all []stretch) int {
	size := 0
	remote := make([]unix.RemoteIovec, len(all))
	for i, st := range all {
		remote[i] = unix.RemoteIovec{Base: uintptr(st.lo), Len: int(st.hi - st.lo)}
		size += remote[i].Len
	}
	local := []unix.Iovec{{Base: &buf[0]}}
	local[0].SetLen(size)
	n, err := unix.ProcessVMReadv(s.live.pid, local, remote, 0)
	if err != nil { // forbidden, or the first cannot be read
		n, _ = s.live.ReadMemory(buf[:remote[0].Len], all[0].lo)
	}
	return n
}

// merged sorts what overlaps or adjoins into one.
func merged(all []stretch) []stretch {
	slices.SortFunc(all, func(a, b stretch) int { return cmp.Compare(a.lo, b.lo) })
	out := all[:0]
	for _, st := range all {
		if last := len(out) - 1; last >= 0 && st.lo <= out[last].hi {
			out[last].hi = max(out[last].hi, st.hi)
		} else {
			out = append(out, st)
		}
	}
	return out
}

// without cuts out of what is to be copied what has been.
func (s *Stacks) without(all []stretch) []stretch {
	var out []stretch
	i := 0
	for _, st := range all {
		for i < len(s.pieces) && s.pieces[i].hi() <= st.lo {
			i++
		}
		for j := i; j < len(s.pieces) && s.pieces[j].lo < st.hi; j++ {
			if piece := &s.pieces[j]; st.lo < piece.lo {
				out = append(out, stretch{st.lo, piece.lo})
			}
			st.lo = max(st.lo, s.pieces[j].hi())
		}
		if st.lo < st.hi {
			out = append(out, st)
		}
	}
	return out
}

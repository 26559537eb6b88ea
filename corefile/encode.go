package corefile

import (
	"bytes"
	"debug/elf"
	"encoding/binary"

	"sonde/sysdeps"
)

// encodeNotes returns all notes in the kernel's order (fill_note_info and
// write_note_info in fs/binfmt_elf.c): the first thread's NT_PRSTATUS, what
// concerns the process, then what is left of that thread; then the others, and at
// the end how XSAVE areas are laid out.
func encodeNotes(c *Contents) []byte {
	var b bytes.Buffer
	threads := c.Threads
	if len(threads) == 0 {
		threads = make([]Thread, 1)
		threads[0].Regs.Arch = c.Arch
	}
	for i := range threads {
		t := &threads[i]
		putNote(&b, "CORE", ntPRStatus, encodeStatus(t, c.Arch))
		if i == 0 {
			putNote(&b, "CORE", ntPRPSInfo, encodeProcess(&c.Process, c.Arch))
		}
		if t.Siginfo != nil {
			putNote(&b, "CORE", ntSiginfo, encodeSiginfo(t.Siginfo, c.Arch))
		}
		if i == 0 {
			putNote(&b, "CORE", ntAuxv, c.Auxv)
			putNote(&b, "CORE", ntFile, encodeMapped(c.Mapped, c.Arch))
		}
		for _, n := range []struct {
			owner string
			typ   uint32
			desc  []byte
		}{
			{"CORE", ntFPRegs, t.FPRegs},
			{"LINUX", ntPRXFPReg, t.FXState},
			{"LINUX", ntXState, t.XState},
			{"LINUX", nt386TLS, t.TLS},
		} {
			if n.desc != nil {
				putNote(&b, n.owner, n.typ, n.desc)
			}
		}
	}
	if c.XSaveLayout != nil {
		putNote(&b, "LINUX", ntXSaveLayout, c.XSaveLayout)
	}
	return b.Bytes()
}

// putNote appends a note with its padding.
func putNote(b *bytes.Buffer, owner string, typ uint32, desc []byte) {
	var head [12]byte
	binary.LittleEndian.PutUint32(head[0:], uint32(len(owner)+1))
	binary.LittleEndian.PutUint32(head[4:], uint32(len(desc)))
	binary.LittleEndian.PutUint32(head[8:], typ)
	b.Write(head[:])
	b.WriteString(owner)
	b.Write(make([]byte, 4-len(owner)&3))
	b.Write(desc)
	b.Write(make([]byte, -len(desc)&3))
}

func encodeSiginfo(s *sysdeps.Siginfo, a *sysdeps.Arch) []byte {
	if a.PtrSize == 4 {
		c := s.Compat()
		return c[:]
	}
	return s[:]
}

// encodeMapped is the inverse of takeMapped.
func encodeMapped(ms []Mapped, a *sysdeps.Arch) []byte {
	word := a.PtrSize
	w := words{make([]byte, (2+3*len(ms))*word), a}
	w.putWord(0, uint64(len(ms)))
	w.putWord(word, sysdeps.PageSize)
	for i := range ms {
		at := (2 + 3*i) * word
		w.putWord(at, uint64(ms[i].Lo))
		w.putWord(at+word, uint64(ms[i].Hi))
		w.putWord(at+2*word, ms[i].Offset/sysdeps.PageSize)
	}
	for i := range ms {
		w.p = append(append(w.p, ms[i].Path...), 0)
	}
	return w.p
}

// plan is where everything goes in a core file: headers, notes, the segments'
// bytes from a page's start on, and for many segments a section header at the end.
type plan struct {
	head []byte   // the ELF header, program headers and notes
	offs []uint64 // of each segment's bytes
	tail []byte   // the section header, or nil
	end  uint64   // where tail goes
}

// size is the length of the whole file.
func (p *plan) size() uint64 { return p.end + uint64(len(p.tail)) }

func makePlan(c *Contents) *plan {
	eh, ph := ehsize32, phsize32
	if c.Arch.PtrSize == 8 {
		eh, ph = ehsize64, phsize64
	}
	notes := encodeNotes(c)
	n := 1 + len(c.Segments)
	p := &plan{head: make([]byte, eh+n*ph)}
	at := pageUp(uint64(len(p.head) + len(notes)))
	putHeader(words{p.head[eh:], c.Arch}, &programHeader{
		typ: elf.PT_NOTE, off: uint64(len(p.head)), filesz: uint64(len(notes)),
	}, 4)
	for i := range c.Segments {
		s := &c.Segments[i]
		p.offs = append(p.offs, at)
		putHeader(words{p.head[eh+(1+i)*ph:], c.Arch}, &programHeader{
			typ: elf.PT_LOAD, flags: s.Flags, off: at, vaddr: uint64(s.Lo),
			filesz: s.Dumped, memsz: uint64(s.Hi - s.Lo),
		}, sysdeps.PageSize)
		at += pageUp(s.Dumped)
	}
	p.end = at
	if n >= pnXNum {
		p.tail = countSection(n, c.Arch)
	}
	putELFHeader(words{p.head, c.Arch}, n, p)
	p.head = append(p.head, notes...)
	return p
}

func pageUp(n uint64) uint64 { return (n + sysdeps.PageSize - 1) &^ (sysdeps.PageSize - 1) }

// putELFHeader fills the header in (fill_elf_header in fs/binfmt_elf.c).
func putELFHeader(w words, phnum int, p *plan) {
	copy(w.p, elf.ELFMAG)
	w.p[elf.EI_CLASS], w.p[elf.EI_DATA], w.p[elf.EI_VERSION] = byte(w.arch.Class), byte(elf.ELFDATA2LSB), byte(elf.EV_CURRENT)
	w.putU16(16, uint16(elf.ET_CORE))
	w.putU16(18, uint16(w.arch.Machine))
	w.putInt(20, int(elf.EV_CURRENT))
	eh, ph, sh, offsets, sizes := ehsize32, phsize32, shsize32, 28, 40
	if w.arch.PtrSize == 8 {
		eh, ph, sh, offsets, sizes = ehsize64, phsize64, shsize64, 32, 52
	}
	w.putWord(offsets, uint64(eh))
	w.putU16(sizes, uint16(eh))
	w.putU16(sizes+2, uint16(ph))
	w.putU16(sizes+4, uint16(min(phnum, pnXNum)))
	if p.tail != nil {
		w.putWord(offsets+w.arch.PtrSize, p.end)
		w.putU16(sizes+6, uint16(sh))
		w.putU16(sizes+8, 1)
	}
}

// putHeader is the inverse of decodeProgramHeader.
func putHeader(w words, h *programHeader, align uint64) {
	w.putInt(0, int(h.typ))
	if w.arch.PtrSize == 4 {
		for i, v := range []uint64{h.off, h.vaddr, 0, h.filesz, h.memsz, uint64(h.flags), align} {
			w.putWord(4+4*i, v)
		}
		return
	}
	w.putInt(4, int(h.flags))
	for i, v := range []uint64{h.off, h.vaddr, 0, h.filesz, h.memsz, align} {
		w.putWord(8+8*i, v)
	}
}

// countSection is the first section header of a file with more segments than
// e_phnum can tell (fill_extnum_info).
func countSection(phnum int, a *sysdeps.Arch) []byte {
	size, sectionSize, link, info := shsize32, 20, 24, 28
	if a.PtrSize == 8 {
		size, sectionSize, link, info = shsize64, 32, 40, 44
	}
	w := words{make([]byte, size), a}
	w.putWord(sectionSize, 1)
	w.putInt(link, 0)
	w.putInt(info, phnum)
	return w.p
}

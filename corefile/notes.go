package corefile

import (
	"bytes"
	"fmt"

	"sonde/fields"
	"sonde/sysdeps"
)

// note is one of a core file: who defines it, its type and its contents.
type note struct {
	owner string
	typ   uint32
	desc  []byte
	off   uint64 // of desc, in the file
}

// readNotes takes notes off a segment of them: sizes of name and contents and the
// type, 4 bytes each, then both, padded to 4 bytes (gABI, 5-7). It goes on behind
// what take refuses, and ends where no further note can be found.
func readNotes(p []byte, off uint64, take func(n *note) error) (errs []error) {
	r := fields.New(p)
	for r.Left() > 0 {
		start := off + uint64(r.Pos())
		nameSize, size := r.U32(), r.U32()
		n := note{typ: r.U32()}
		if r.Bad() {
			return append(errs, &FormatError{start, "notes are cut short"})
		}
		name := padded(&r, nameSize)
		n.off = off + uint64(r.Pos())
		n.desc = padded(&r, size)
		if r.Bad() {
			return append(errs, &FormatError{start, fmt.Sprintf("a note of %d bytes is cut short", size)})
		}
		owner, _, _ := bytes.Cut(name, []byte{0})
		n.owner = string(owner)
		if err := take(&n); err != nil {
			errs = append(errs, err)
		}
	}
	return errs
}

// padded takes n bytes, and what pads them to 4 as far as it is there.
func padded(r *fields.Reader, n uint32) []byte {
	p := r.Bytes(uint64(n))
	r.Skip(uint64(min(int(-n&3), r.Left())))
	return p
}

// take adds what a note tells. What is not known is left: newer kernels write more,
// and gdb has notes of its own.
func (c *Contents) take(n *note) error {
	l := layoutOf(c.Arch)
	switch {
	case n.owner == "CORE" && n.typ == ntPRStatus:
		if len(n.desc) != l.status {
			return n.odd("NT_PRSTATUS", l.status)
		}
		c.Threads = append(c.Threads, decodeStatus(n.desc, c.Arch))
		return nil
	case n.owner == "CORE" && n.typ == ntPRPSInfo:
		if len(n.desc) != l.info {
			return n.odd("NT_PRPSINFO", l.info)
		}
		c.Process = decodeProcess(n.desc, c.Arch)
		return nil
	case n.owner == "CORE" && n.typ == ntAuxv:
		c.Auxv = n.desc
		return nil
	case n.owner == "CORE" && n.typ == ntFile:
		return c.takeMapped(n)
	case n.owner == "LINUX" && n.typ == ntXSaveLayout:
		c.XSaveLayout = n.desc
		return nil
	}
	return c.takeOfThread(n)
}

// takeOfThread adds a note of the thread whose NT_PRSTATUS came last.
func (c *Contents) takeOfThread(n *note) error {
	var t Thread // where none has come
	last := &t
	if len(c.Threads) > 0 {
		last = &c.Threads[len(c.Threads)-1]
	}
	switch {
	case n.owner == "CORE" && n.typ == ntSiginfo:
		if len(n.desc) != sysdeps.SiginfoSize {
			return n.odd("NT_SIGINFO", sysdeps.SiginfoSize)
		}
		last.Siginfo = new(sysdeps.Siginfo)
		if c.Arch.PtrSize == 8 {
			copy(last.Siginfo[:], n.desc)
		} else {
			last.Siginfo.SetCompat((*[sysdeps.SiginfoSize]byte)(n.desc))
		}
	case n.owner == "CORE" && n.typ == ntFPRegs:
		last.FPRegs = n.desc
	case n.owner == "LINUX" && n.typ == ntXState:
		last.XState = n.desc
	case n.owner == "LINUX" && n.typ == ntPRXFPReg:
		last.FXState = n.desc
	case n.owner == "LINUX" && n.typ == nt386TLS:
		last.TLS = n.desc
	default:
		return nil
	}
	if last == &t {
		return &FormatError{n.off, "a thread's note before any thread"}
	}
	return nil
}

func (n *note) odd(name string, want int) error {
	return &FormatError{n.off, fmt.Sprintf("%s of %d bytes, where %d are needed", name, len(n.desc), want)}
}

// takeMapped reads NT_FILE: the number of mappings, the size of pages, then start,
// end and offset in pages of each, a word apiece; then their names, each with its
// NUL (fill_files_note in fs/binfmt_elf.c).
func (c *Contents) takeMapped(n *note) error {
	word := uint64(c.Arch.PtrSize)
	size := uint64(len(n.desc))
	if size < 2*word {
		return &FormatError{n.off, "NT_FILE is cut short"}
	}
	w := words{n.desc, c.Arch}
	count, page := w.word(0), w.word(int(word))
	if count > (size-2*word)/(3*word) {
		return &FormatError{n.off, fmt.Sprintf("NT_FILE of %d mappings is cut short", count)}
	}
	names := n.desc[(2+3*count)*word:]
	for i := range count {
		at := int((2 + 3*i) * word)
		name, rest, ok := bytes.Cut(names, []byte{0})
		if !ok {
			return &FormatError{n.off, fmt.Sprintf("NT_FILE has names of %d mappings out of %d", i, count)}
		}
		names = rest
		m := Mapped{
			Lo: sysdeps.Addr(w.word(at)), Hi: sysdeps.Addr(w.word(at + int(word))),
			Offset: w.word(at+2*int(word)) * page, Path: string(name),
		}
		if m.Lo >= m.Hi {
			return &FormatError{n.off, fmt.Sprintf("NT_FILE: a mapping from %v to %v", m.Lo, m.Hi)}
		}
		c.Mapped = append(c.Mapped, m)
	}
	return nil
}

package asm

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"sonde/sysdeps"
)

// Program is a program in the making. Instructions and data are appended in the order of
// the calls; where it begins is where its first instruction stands. Mistakes are kept, and
// told by Assemble.
type Program struct {
	arch       *sysdeps.Arch
	text, data section
	labels     map[string]label
	unnamed    int
	errs       []error
}

type section struct {
	bytes  []byte
	fixups []fixup
}

// fixup is a place of 32 bits, or of a word in data, that depends on a label's address.
type fixup struct {
	at, size int
	label    string
	add      int64
	relative bool // to the end of the place, as jumps are
}

type label struct {
	data   bool
	offset int
}

// New begins a program for AMD64 or I386.
func New(arch *sysdeps.Arch) *Program {
	p := &Program{arch: arch, labels: make(map[string]label)}
	if arch != sysdeps.AMD64 && arch != sysdeps.I386 {
		p.fail("no assembler for %s", arch.Name)
	}
	return p
}

// Arch returns the machine that the program is for.
func (p *Program) Arch() *sysdeps.Arch { return p.arch }

func (p *Program) fail(format string, args ...any) {
	p.errs = append(p.errs, fmt.Errorf(format, args...))
}

// Label names the place of the next instruction.
func (p *Program) Label(name string) { p.name(name, label{offset: len(p.text.bytes)}) }

// Unnamed returns a name that no label has yet.
func (p *Program) Unnamed() string {
	p.unnamed++
	return fmt.Sprintf(".%d", p.unnamed)
}

func (p *Program) name(name string, at label) {
	if _, ok := p.labels[name]; ok {
		p.fail("label %q stands twice", name)
	}
	p.labels[name] = at
}

// Align appends instructions that do nothing until the next place is divisible by n, a
// power of two.
func (p *Program) Align(n int) {
	for len(p.text.bytes)%n != 0 {
		p.Nop()
	}
}

// Data appends bytes to the writable data, at an address that is divisible by 64: what
// the hardware watches, and the areas of FXSAVE and XSAVE, want no less.
func (p *Program) Data(name string, bytes []byte) {
	p.alignData()
	p.name(name, label{true, len(p.data.bytes)})
	p.data.bytes = append(p.data.bytes, bytes...)
}

// Space appends size bytes of zeros to the data.
func (p *Program) Space(name string, size int) { p.Data(name, make([]byte, size)) }

// String appends a string with its NUL to the data.
func (p *Program) String(name, s string) { p.Data(name, append([]byte(s), 0)) }

// Words appends words of the machine to the data: Imm and Addr.
func (p *Program) Words(name string, values ...Operand) {
	p.Data(name, nil)
	for _, v := range values {
		at := len(p.data.bytes)
		switch v := v.(type) {
		case Imm:
			p.word(uint64(v))
		case Addr:
			p.word(0)
			p.data.fixups = append(p.data.fixups, fixup{at, p.arch.PtrSize, v.Label, int64(v.Off), false})
		default:
			p.fail("%s: %T is not known before the program runs", name, v)
		}
	}
}

func (p *Program) word(v uint64) {
	p.data.bytes = append(p.data.bytes, p.arch.PutWord(make([]byte, p.arch.PtrSize), v)...)
}

func (p *Program) alignData() {
	const most = 64
	for len(p.data.bytes)%most != 0 {
		p.data.bytes = append(p.data.bytes, 0)
	}
}

// Where the two segments lie. The data begins on a page of its own.
const (
	textAddr = 0x400000
	pageSize = 0x1000
)

func (p *Program) dataAddr() uint64 {
	return (textAddr + headerSize + uint64(len(p.text.bytes)) + pageSize - 1) &^ (pageSize - 1)
}

func (p *Program) addr(l label) uint64 {
	if l.data {
		return p.dataAddr() + uint64(l.offset)
	}
	return textAddr + headerSize + uint64(l.offset)
}

// Assemble makes the program. It may be called once.
func (p *Program) Assemble() (*Image, error) {
	p.resolve(&p.text, textAddr+headerSize)
	p.resolve(&p.data, p.dataAddr())
	if len(p.text.bytes) == 0 {
		p.fail("no instructions")
	}
	if len(p.errs) > 0 {
		return nil, fmt.Errorf("assemble for %s: %w", p.arch.Name, errors.Join(p.errs...))
	}
	im := &Image{Arch: p.arch, ELF: p.elf(), labels: make(map[string]uint64, len(p.labels))}
	for name, l := range p.labels {
		im.labels[name] = p.addr(l)
	}
	return im, nil
}

func (p *Program) resolve(s *section, base uint64) {
	for _, f := range s.fixups {
		l, ok := p.labels[f.label]
		if !ok {
			p.fail("no label %q", f.label)
			continue
		}
		v := int64(p.addr(l)) + f.add
		if f.relative {
			v -= int64(base) + int64(f.at+f.size)
		}
		if v < math.MinInt32 || v > math.MaxInt32 {
			p.fail("label %q is out of reach", f.label)
		}
		place := s.bytes[f.at : f.at+f.size]
		if f.size == 8 {
			binary.LittleEndian.PutUint64(place, uint64(v))
		} else {
			binary.LittleEndian.PutUint32(place, uint32(v))
		}
	}
}

// Image is an assembled program.
type Image struct {
	Arch   *sysdeps.Arch
	ELF    []byte // the file
	labels map[string]uint64
}

// Addr returns the address of a label, and ok unset if the program has none of that name.
func (im *Image) Addr(label string) (addr sysdeps.Addr, ok bool) {
	a, ok := im.labels[label]
	return sysdeps.Addr(a), ok
}

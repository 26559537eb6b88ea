package elfsym

import (
	"encoding/binary"
	"errors"
	"runtime/debug"
	"slices"
	"strings"
	"sync"

	"sonde/fields"
)

// GoFrames are what the table of Go's runtime tells of the frames of its functions:
// Go's linker writes nothing else of them that stays when a program is stripped. They
// may be used by any number of goroutines, for as long as their UnwindInfo can be
// reached, and as its sections are.
type GoFrames struct {
	modules []goFrameTable
}

// GoFrame is the frame of a Go function at a place in it.
type GoFrame struct {
	Name  string // without what tells its calling convention
	Entry uint64 // link-time address
	// Size is how far in bytes the stack pointer is below the return address.
	Size int
	// Top says that nothing called the function: it begins a goroutine, or a thread.
	Top bool
	// SPWrite functions go over to another stack.
	SPWrite bool
}

// goFrameTable is the table of one module: slices of the mapped file.
type goFrameTable struct {
	text, last uint64 // what entries count from, and the end of the code
	functions  uint64
	table      []byte // functab, and the _funcs behind it
	names      []byte
	values     []byte // pctab: values by program counter
	flag       int    // where a _func has its flags
	lines      goLines
}

// goFramesOnce are the GoFrames of a file once they are known.
type goFramesOnce struct {
	sync.Mutex
	tried  bool
	frames *GoFrames
	err    error
}

// Go returns what Go's table tells of frames; nil where there is no Go in the file.
func (u *UnwindInfo) Go() (*GoFrames, error) {
	u.golang.Lock()
	defer u.golang.Unlock()
	if !u.golang.tried {
		u.golang.tried = true
		u.golang.frames, u.golang.err = u.readGo()
	}
	return u.golang.frames, u.golang.err
}

func (u *UnwindInfo) readGo() (g *GoFrames, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			g, err = nil, ErrChanged
		}
	}()
	s := &source{r: mapped(u.whole), size: uint64(len(u.whole))}
	h, err := readHeader(s)
	if err != nil {
		return nil, err
	}
	now := &File{Arch: h.arch}
	if err := now.readSegments(s, h); err != nil {
		return nil, err
	}
	tables, err := findGoTables(s, h)
	if err != nil {
		return nil, err
	}
	g = new(GoFrames)
	var errs []error
	for _, t := range tables {
		m, err := findGoModule(s, now, h.dynSize, t)
		if err == nil {
			err = m.check()
		}
		if err == nil {
			err = g.add(s, u.whole, m)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	if len(g.modules) == 0 {
		return nil, errors.Join(errs...)
	}
	return g, nil
}

// add adds a module's table.
func (g *GoFrames) add(s *source, whole []byte, m *goModule) error {
	t := goFrameTable{text: m.text, functions: m.table.funcs, flag: goFuncFlag20}
	if m.table.magic == go118Magic {
		t.flag = goFuncFlag18
	}
	for _, part := range []struct {
		to         *[]byte
		addr, size uint64
		what       string
	}{
		{&t.table, m.functab, m.functabSize, "the table of Go's functions"},
		{&t.names, m.names, m.namesSize, "the names of Go's functions"},
		{&t.values, m.table.values, m.functab - m.table.values, "the values of Go's table"},
	} {
		off, err := s.locate(part.addr, part.size, part.what)
		if err != nil {
			return err
		}
		if off > s.size || part.size > s.size-off {
			return s.truncated(off, part.size, part.what)
		}
		*part.to = whole[off:][:part.size:part.size]
	}
	t.last = t.entry(t.functions)
	t.lines = s.goLines(whole, m)
	g.modules = append(g.modules, t)
	return nil
}

// entry returns the address of the i-th function, or the end of the code.
func (t *goFrameTable) entry(i uint64) uint64 {
	return t.text + uint64(binary.LittleEndian.Uint32(t.table[i*goTabEntry:]))
}

// At returns the frame at a link-time address. ok is false where there is no Go
// function, or none whose frame is known.
func (g *GoFrames) At(addr uint64) (fr GoFrame, ok bool) {
	for i := range g.modules {
		t := &g.modules[i]
		if addr >= t.text && addr < t.last {
			return t.at(addr)
		}
	}
	return fr, false
}

// Offsets in struct _func (runtime/runtime2.go), and a flag of it.
const (
	goFuncPCSP  = 16
	goFlagTop   = 1 << 0
	goFuncFixed = 44 // no _func is shorter, since Go 1.20
)

func (t *goFrameTable) at(addr uint64) (fr GoFrame, ok bool) {
	fn, entry := t.function(addr)
	if fn == nil {
		return fr, false
	}
	le := binary.LittleEndian
	fr.Entry = entry
	fr.Top = fn[t.flag]&goFlagTop != 0
	fr.SPWrite = fn[t.flag]&goFlagSPWrite != 0
	fr.Name = t.name(uint64(le.Uint32(fn[goFuncName:])))
	fr.Size, ok = t.value(uint64(le.Uint32(fn[goFuncPCSP:])), fr.Entry, addr)
	return fr, ok || fr.Top
}

// function returns the _func of an address, with all that is behind it, and where its
// function begins; nil where there is none.
func (t *goFrameTable) function(addr uint64) (fn []byte, entry uint64) {
	lo, hi := uint64(0), t.functions
	for lo < hi {
		if mid := (lo + hi) / 2; t.entry(mid) <= addr {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	if lo == 0 {
		return nil, 0
	}
	off := uint64(binary.LittleEndian.Uint32(t.table[(lo-1)*goTabEntry+4:]))
	if off > uint64(len(t.table)) || uint64(len(t.table))-off < goFuncFixed {
		return nil, 0
	}
	return t.table[off:], t.entry(lo - 1)
}

// name returns a name without what tells the calling convention.
func (t *goFrameTable) name(at uint64) string {
	return strings.TrimSuffix(goText(t.names, at), ".abi0")
}

// goText returns a text that ends in a zero byte; "" where there is none.
func goText(p []byte, at uint64) string {
	if at >= uint64(len(p)) {
		return ""
	}
	p = p[at:]
	return string(p[:max(slices.Index(p[:min(len(p), maxName)], 0), 0)])
}

// maxGoSteps caps the entries of one function's values.
const maxGoSteps = 1 << 16

// value returns what a table of values has for an address: pairs of differences, of
// the value and of the address up to which it holds (pcvalue in runtime/symtab.go).
func (t *goFrameTable) value(off, pc, addr uint64) (v int, ok bool) {
	if off == 0 || off >= uint64(len(t.values)) {
		return 0, false
	}
	r := fields.At(t.values, off)
	v = -1
	for i := range maxGoSteps {
		d, step := r.ULEB(), r.ULEB()
		if r.Bad() || d == 0 && i > 0 {
			return 0, false
		}
		delta := int(int32(uint32(d >> 1)))
		if d&1 != 0 {
			delta = ^delta
		}
		v += delta
		if pc += step; addr < pc {
			return v, v >= 0 && v < maxGoFrame
		}
	}
	return 0, false
}

// maxGoFrame is the size of the largest frame that Go's compiler makes: larger ones
// go to the heap, or are refused (cmd/compile: stack frame too large).
const maxGoFrame = 1 << 30

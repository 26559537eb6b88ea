package elfsym

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"slices"
)

// GoFunc is a function of a Go program, as the table tells of it that the Go
// runtime itself finds its functions in. Stripping does not take that away.
type GoFunc struct {
	Name       string // with its package: main.(*T).Method
	Entry, End uint64 // link-time addresses; what stands before End may be padding
	// Args has a letter for each word of the arguments, in their order: GoWord and the
	// others. It ends after ten words, and is "" for what takes none, or is in assembly.
	Args string
	// Offsets has a byte for each of them: where it lies from the first argument on the
	// stack, or has room there while it is in a register; or GoFar.
	Offsets string
	// Assembly functions take their arguments on the stack (ABI0), unless
	// they say otherwise, which no table tells.
	Assembly bool
	// SPWrite functions go over to another stack.
	SPWrite bool

	nameAt uint32 // in goList.names
}

// maxGoFuncs caps the functions of one program. The largest in use have some
// 500,000.
const maxGoFuncs = 4 << 20

// goList are the functions of one table.
type goList struct {
	names string // of all of them
	funcs []GoFunc
}

// joinGo returns the functions of all lists, sorted, each once.
func joinGo(lists []goList) []GoFunc {
	var all []GoFunc
	for _, l := range lists {
		all = append(all, l.funcs...)
	}
	slices.SortFunc(all, func(a, b GoFunc) int { return cmp.Compare(a.Entry, b.Entry) })
	return slices.CompactFunc(all, func(a, b GoFunc) bool { return a.Entry == b.Entry })
}

// readGo reads the functions out of a file that must be the one that f was read
// from.
func (f *File) readGo(r io.ReaderAt, size int64) ([]goList, error) {
	s := &source{r: r, size: uint64(max(size, 0))}
	h, err := readHeader(s)
	if err != nil {
		return nil, err
	}
	now := &File{Arch: h.arch}
	if err := now.readSegments(s, h); err != nil {
		return nil, err
	}
	if h.arch != f.Arch || !slices.Equal(now.segments, f.segments) {
		return nil, ErrChanged
	}
	tables, err := findGoTables(s, h)
	if err != nil {
		return nil, err
	}
	var lists []goList
	var errs []error
	for _, t := range tables {
		m, err := findGoModule(s, now, h.dynSize, t)
		if err == nil {
			err = m.check()
		}
		var l goList
		if err == nil {
			l, err = m.functions(s)
		}
		if err != nil {
			errs = append(errs, err)
		} else {
			lists = append(lists, l)
		}
	}
	// Where the magic was searched for, a thing that looked like it may be none.
	if len(lists) == 0 && len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	return lists, nil
}

// Offsets in struct _func (runtime/runtime2.go), the same since Go 1.18 but for
// startLine, which Go 1.20 put before funcID.
const (
	goFuncName     = 4
	goFuncPCData   = 28
	goFuncFlag18   = 37
	goFuncFlag20   = 41
	goFlagSPWrite  = 1 << 1
	goFlagAssembly = 1 << 2
	goTabEntry     = 8 // struct functab: offset of the entry, offset of the _func
)

// functions reads the functions of a module.
func (m *goModule) functions(s *source) (goList, error) {
	names, err := s.mapped(m.names, m.namesSize, "the names of Go's functions")
	if err != nil {
		return goList{}, err
	}
	p, err := s.mapped(m.functab, m.functabSize, "the table of Go's functions")
	if err != nil {
		return goList{}, err
	}
	le := binary.LittleEndian
	if first := m.text + uint64(le.Uint32(p)); first != m.minpc {
		return goList{}, &FormatError{0, fmt.Sprintf("Go's code begins at %#x, its first function at %#x", m.minpc, first)}
	}
	flag := goFuncFlag20
	if m.table.magic == go118Magic {
		flag = goFuncFlag18
	}
	l := goList{names: string(names), funcs: make([]GoFunc, 0, m.table.funcs)}
	args := goArgReader{at: make([]uint32, 0, m.table.funcs)}
	for i := range m.table.funcs {
		e := p[i*goTabEntry:]
		fn := GoFunc{Entry: m.text + uint64(le.Uint32(e)), End: m.text + uint64(le.Uint32(e[goTabEntry:]))}
		off := uint64(le.Uint32(e[4:]))
		if fn.End <= fn.Entry || s.executable(fn.Entry, 1) == 0 || off > uint64(len(p)) || uint64(len(p))-off < uint64(flag+3) {
			return goList{}, &FormatError{m.functab, fmt.Sprintf("function %d of Go's at %#x-%#x", i, fn.Entry, fn.End)}
		}
		d := p[off:]
		fn.nameAt = le.Uint32(d[goFuncName:])
		name, ok := nameAt(l.names, uint64(fn.nameAt))
		if !ok {
			return goList{}, &FormatError{m.functab, fmt.Sprintf("the name of Go's function %d", i)}
		}
		fn.Name = name
		fn.Assembly = d[flag]&goFlagAssembly != 0
		fn.SPWrite = d[flag]&goFlagSPWrite != 0
		if fn.Name != "" {
			l.funcs = append(l.funcs, fn)
			args.at = append(args.at, goArgsOffset(d, flag))
		}
	}
	args.fill(s, m.data, l.funcs)
	return l, nil
}

package elfsym

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
)

// GoFunc is a function of a Go program, as the table tells of it that the Go
// runtime itself finds its functions in. Stripping does not take that away.
type GoFunc struct {
	Name       string // with its package: main.(*T).Method
	Entry, End uint64 // link-time addresses; what stands before End may be padding
	// Args has a letter for each word of the arguments, in the order of the
	// registers that they come in: GoWord and the others. It ends after ten
	// words, and is "" for what takes none, or is in assembly.
	Args string
	// Assembly functions take their arguments on the stack (ABI0), unless
	// they say otherwise, which no table tells.
	Assembly bool
	// SPWrite functions go over to another stack.
	SPWrite bool
}

// maxGoFuncs caps the functions of one program. The largest in use have some
// 500,000.
const maxGoFuncs = 4 << 20

// GoFunctions returns the functions of a file that were written in Go, or for
// Go in its assembly, sorted by Entry; none for a file without Go in it. What
// else a file has (C, in a program with cgo) is not among them. path is where
// the file can be read now. Programs of Go 1.18 and later are understood; the
// error wraps a *FormatError where the table is damaged.
func (f *File) GoFunctions(path string) ([]GoFunc, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() {
		return nil, fmt.Errorf("read %s: %w", path, ErrNotELF)
	}
	fh, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer fh.Close()
	if fi, err = fh.Stat(); err != nil {
		return nil, err
	}
	funcs, err := f.readGo(fh, fi.Size())
	if err != nil {
		return nil, fmt.Errorf("read Go's functions in %s: %w", path, err)
	}
	return funcs, nil
}

// readGo reads the functions out of a file that must be the one that f was read
// from.
func (f *File) readGo(r io.ReaderAt, size int64) ([]GoFunc, error) {
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
	var funcs []GoFunc
	var errs []error
	for _, t := range tables {
		m, err := findGoModule(s, now, h.dynSize, t)
		if err == nil {
			err = m.check()
		}
		if err == nil {
			funcs, err = m.functions(s, funcs)
		}
		if err != nil {
			errs = append(errs, err)
		}
	}
	// Where the magic was searched for, a thing that looked like it may be none.
	if len(funcs) == 0 && len(errs) > 0 {
		return nil, errors.Join(errs...)
	}
	slices.SortFunc(funcs, func(a, b GoFunc) int { return cmp.Compare(a.Entry, b.Entry) })
	return slices.CompactFunc(funcs, func(a, b GoFunc) bool { return a.Entry == b.Entry }), nil
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

// functions appends the functions of a module to funcs.
func (m *goModule) functions(s *source, funcs []GoFunc) ([]GoFunc, error) {
	names, err := s.mapped(m.names, m.namesSize, "the names of Go's functions")
	if err != nil {
		return funcs, err
	}
	text := string(names)
	p, err := s.mapped(m.functab, m.functabSize, "the table of Go's functions")
	if err != nil {
		return funcs, err
	}
	le := binary.LittleEndian
	if first := m.text + uint64(le.Uint32(p)); first != m.minpc {
		return funcs, &FormatError{0, fmt.Sprintf("Go's code begins at %#x, its first function at %#x", m.minpc, first)}
	}
	flag := goFuncFlag20
	if m.table.magic == go118Magic {
		flag = goFuncFlag18
	}
	args := goArgReader{at: make([]uint32, 0, m.table.funcs)}
	before := len(funcs)
	funcs = slices.Grow(funcs, int(m.table.funcs))
	for i := range m.table.funcs {
		e := p[i*goTabEntry:]
		fn := GoFunc{Entry: m.text + uint64(le.Uint32(e)), End: m.text + uint64(le.Uint32(e[goTabEntry:]))}
		off := uint64(le.Uint32(e[4:]))
		if fn.End <= fn.Entry || s.executable(fn.Entry, 1) == 0 || off > uint64(len(p)) || uint64(len(p))-off < uint64(flag+3) {
			return nil, &FormatError{m.functab, fmt.Sprintf("function %d of Go's at %#x-%#x", i, fn.Entry, fn.End)}
		}
		d := p[off:]
		name, ok := nameAt(text, uint64(le.Uint32(d[goFuncName:])))
		if !ok {
			return nil, &FormatError{m.functab, fmt.Sprintf("the name of Go's function %d", i)}
		}
		fn.Name = name
		fn.Assembly = d[flag]&goFlagAssembly != 0
		fn.SPWrite = d[flag]&goFlagSPWrite != 0
		if fn.Name != "" {
			funcs = append(funcs, fn)
			args.at = append(args.at, goArgsOffset(d, flag))
		}
	}
	args.fill(s, m.data, funcs[before:])
	return funcs, nil
}

package elfsym

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"runtime"
	"runtime/debug"
	"sync"
	"syscall"
)

// UnwindSection is a section as bytes at a link-time address. Data is empty
// where there is none.
type UnwindSection struct {
	Addr uint64
	Data []byte
}

// UnwindInfo is what a file says of how to get from a function to its caller. It
// may be used by any number of goroutines.
//
// The sections are slices of the file as it is mapped, for as long as the
// UnwindInfo can be reached: who reads them does so under debug.SetPanicOnFault,
// since a file that is cut short meanwhile makes its pages inaccessible.
type UnwindInfo struct {
	Index UnwindSection // .eh_frame_hdr, by which Frame can be searched
	Frame UnwindSection // .eh_frame; without section headers, all of its segment that follows

	debug struct {
		sync.Mutex
		tried bool
		data  []byte
		err   error
		info  *DebugInfo // what data lies in
	}
	golang goFramesOnce
	whole  []byte // the file
	file   *File
	path   string
	where  *DebugFinder
}

// unwindOnce holds the UnwindInfo of a file once it is known.
type unwindOnce struct {
	sync.Mutex
	info *UnwindInfo
}

// UnwindInfo opens what the file says of unwinding. path is where the file can be
// read now, and where says where debug files are looked for, as with Functions;
// they are looked at when DebugFrame is asked for. It is opened once, and kept
// with the file.
func (f *File) UnwindInfo(path string, where *DebugFinder) (*UnwindInfo, error) {
	f.unwinding.Lock()
	defer f.unwinding.Unlock()
	if f.unwinding.info != nil {
		return f.unwinding.info, nil
	}
	u := &UnwindInfo{file: f, path: path, where: where}
	if f.content != nil {
		if err := u.find(f.content); err != nil {
			return nil, err
		}
		f.unwinding.info = u
		return u, nil
	}
	from, size, err := f.reopen(path)
	if err != nil {
		return nil, err
	}
	defer from.Close()
	fh, ok := from.(*os.File)
	if !ok {
		return nil, fmt.Errorf("map %s: %w", path, ErrNotELF)
	}
	p, err := mapFile(fh, uint64(size))
	if err != nil {
		return nil, fmt.Errorf("map %s: %w", path, err)
	}
	runtime.AddCleanup(u, func(p []byte) { _ = syscall.Munmap(p) }, p)
	if err := u.find(p); err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	f.unwinding.info = u
	return u, nil
}

// find finds the sections in the bytes of the file: by the segment that leads to
// the index, and by the index; by section headers where there is no index, and
// for the size of .eh_frame, which nothing else tells.
func (u *UnwindInfo) find(p []byte) (err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("%w: %v", ErrChanged, r)
		}
	}()
	u.whole = p
	s := &source{r: mapped(p), size: uint64(len(p))}
	h, err := readHeader(s)
	if err != nil {
		return err
	}
	now := &File{Arch: h.arch}
	if err := now.readSegments(s, h); err != nil {
		return err
	}
	eachSection(s, h, func(name string, sh sectionHeader) bool {
		if name == ".eh_frame" && sh.typ != elf.SHT_NOBITS && sh.offset <= s.size && sh.size <= s.size-sh.offset {
			u.Frame = UnwindSection{sh.addr, p[sh.offset:][:sh.size:sh.size]}
			return false
		}
		return true
	})
	if off, n, ok := s.find(h.unwindIndex.addr); ok && off < s.size {
		n = min(n, h.unwindIndex.size, s.size-off)
		u.Index = UnwindSection{h.unwindIndex.addr, p[off:][:n:n]}
	}
	if len(u.Frame.Data) > 0 {
		return nil
	}
	addr, ok := u.Index.frame(s.is64)
	if !ok {
		return nil
	}
	if off, n, ok := s.find(addr); ok && off < s.size {
		n = min(n, s.size-off)
		u.Frame = UnwindSection{addr, p[off:][:n:n]}
	}
	return nil
}

// The encodings in which linkers write the pointer at .eh_frame into its index
// (LSB core, 10.6.2; DW_EH_PE_* in 10.5.1).
const (
	ehPCRel4 = 0x1b // DW_EH_PE_pcrel | DW_EH_PE_sdata4
	ehPCRel8 = 0x1c
	ehAbs4   = 0x03
	ehAbs8   = 0x04
)

// frame returns the address of .eh_frame as its index has it.
func (x *UnwindSection) frame(is64 bool) (addr uint64, ok bool) {
	const at = 4 // version and three encodings come first
	p := x.Data
	if len(p) < at+8 || p[0] != 1 {
		return 0, false
	}
	le := binary.LittleEndian
	switch p[1] {
	case ehPCRel4:
		addr = x.Addr + at + uint64(int64(int32(le.Uint32(p[at:]))))
	case ehPCRel8:
		addr = x.Addr + at + le.Uint64(p[at:])
	case ehAbs4:
		addr = uint64(le.Uint32(p[at:]))
	case ehAbs8:
		addr = le.Uint64(p[at:])
	default:
		return 0, false
	}
	if !is64 {
		addr &= math.MaxUint32
	}
	return addr, true
}

// DebugFrame returns .debug_frame, of the file or of its separate debug file; nil
// where there is none. It is looked for once.
func (u *UnwindInfo) DebugFrame() ([]byte, error) {
	d := &u.debug
	d.Lock()
	defer d.Unlock()
	if d.tried {
		return d.data, d.err
	}
	d.tried = true
	info, err := u.file.openDebug(u.path, u.where, "frame")
	if err != nil {
		if !errors.Is(err, ErrNoDebugInfo) {
			d.err = err
		}
		return nil, d.err
	}
	runtime.AddCleanup(u, func(info *DebugInfo) { _ = info.Close() }, info)
	sections, err := info.Sections("frame")
	if err == nil && len(sections) > 0 {
		d.info, d.data = info, sections[0]
	}
	d.err = err
	return d.data, d.err
}

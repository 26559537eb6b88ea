package elfsym

import (
	"cmp"
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"sync"

	"sonde/sysdeps"
)

// Mapping is a part of the memory of a process, as /proc/PID/maps or a core's
// notes tell of it.
type Mapping struct {
	Lo, Hi      sysdeps.Addr
	Offset      uint64 // in the file, in bytes
	Exec, Write bool
	Name        string // the file as it was mapped, "[vdso]" and the like, or ""
	Inode       uint64 // tells files of one name apart; 0 where nothing is known
}

// Images are the files that a process, or a core, has mapped, and the rest of its
// memory. They may be used by any number of goroutines.
type Images struct {
	mappings []Mapping // ascending
	of       []*Image  // for each mapping, what file it is of; nil for none
	list     []*Image
}

// Opener finds the file of an image: by a path, by a link in /proc, in memory, in
// the directory of a core. path is where the file can be read; "" for one from
// ParseBytes.
type Opener func(img *Image) (f *File, path string, err error)

// Image is a file that is mapped, or the vDSO. A file that is mapped twice
// (dlmopen) is two images.
type Image struct {
	Name   string // as it was mapped; in /proc it ends in " (deleted)" for what is gone
	Lo, Hi sysdeps.Addr
	Parts  []Mapping // ascending; not to be changed
	Where  *DebugFinder

	open Opener
	once sync.Once
	file *File
	path string
	bias sysdeps.Addr
	err  error
}

// vdsoName is what the kernel calls the vDSO.
const vdsoName = "[vdso]"

// NewImages groups mappings into the files that they are of. open is called when
// something is asked of a file for the first time, from any goroutine.
func NewImages(mappings []Mapping, where *DebugFinder, open Opener) *Images {
	im := &Images{mappings: distinctMappings(mappings)}
	im.of = make([]*Image, len(im.mappings))
	var last *Image
	code := false // last has code
	for i := range im.mappings {
		m := &im.mappings[i]
		if m.Name != vdsoName && !strings.HasPrefix(m.Name, "/") {
			continue // .bss, guard pages: they may stand between a file's parts
		}
		if last == nil || last.Name != m.Name || last.Parts[0].Inode != m.Inode || m.Offset == 0 && code {
			last = &Image{Name: m.Name, Lo: m.Lo, Where: where, open: open}
			im.list = append(im.list, last)
			code = false
		}
		last.Hi = m.Hi
		last.Parts = append(last.Parts, *m)
		im.of[i] = last
		code = code || m.Exec
	}
	return im
}

// distinctMappings sorts mappings, and leaves out what is empty or overlaps: a
// core may say anything.
func distinctMappings(mappings []Mapping) []Mapping {
	sorted := slices.Clone(mappings)
	slices.SortStableFunc(sorted, func(a, b Mapping) int { return cmp.Compare(a.Lo, b.Lo) })
	end := sysdeps.Addr(0)
	return slices.DeleteFunc(sorted, func(m Mapping) bool {
		if m.Lo >= m.Hi || m.Lo < end {
			return true
		}
		end = m.Hi
		return false
	})
}

// All returns the images in the order of their addresses. They are not to be
// changed.
func (im *Images) All() []*Image { return im.list }

// index returns which mapping holds an address.
func (im *Images) index(a sysdeps.Addr) (int, bool) {
	lo, hi := 0, len(im.mappings)
	for lo < hi {
		mid := int(uint(lo+hi) / 2)
		switch m := &im.mappings[mid]; {
		case a < m.Lo:
			hi = mid
		case a >= m.Hi:
			lo = mid + 1
		default:
			return mid, true
		}
	}
	return 0, false
}

// Mapping returns the mapping that holds an address; nil where there is none. It
// is not to be changed.
func (im *Images) Mapping(a sysdeps.Addr) *Mapping {
	if i, ok := im.index(a); ok {
		return &im.mappings[i]
	}
	return nil
}

// Find returns the mapping that holds an address, and the image that it is of;
// nil where there is none. Neither is to be changed.
func (im *Images) Find(a sysdeps.Addr) (*Image, *Mapping) {
	if i, ok := im.index(a); ok {
		return im.of[i], &im.mappings[i]
	}
	return nil, nil
}

// Executable tells whether an address is in executable memory.
func (im *Images) Executable(a sysdeps.Addr) bool {
	m := im.Mapping(a)
	return m != nil && m.Exec
}

// load opens the file, once.
func (img *Image) load() {
	img.once.Do(func() {
		f, path, err := img.open(img)
		if err == nil {
			img.bias, err = img.findBias(f)
		}
		if err != nil {
			img.err = err
			return
		}
		img.file, img.path = f, path
	})
}

// File returns the file and the path that it can be read at. The error is the
// opener's, or says that the file is not one that can be mapped so.
func (img *Image) File() (f *File, path string, err error) {
	img.load()
	return img.file, img.path, img.err
}

// Bias is what the file's link-time addresses are moved by; 0 where it cannot be
// opened.
func (img *Image) Bias() sysdeps.Addr {
	img.load()
	return img.bias
}

// Link returns the link-time address of an address.
func (img *Image) Link(a sysdeps.Addr) uint64 { return uint64(a - img.Bias()) }

// findBias holds the parts against the file's segments: the bias is what the
// first of code lies at, or of anything where no code is mapped.
func (img *Image) findBias(f *File) (sysdeps.Addr, error) {
	for _, exact := range []bool{true, false} {
		for i := range img.Parts {
			m := &img.Parts[i]
			for j := range f.segments {
				seg := &f.segments[j]
				start := seg.Offset &^ (sysdeps.PageSize - 1)
				if m.Offset < start || m.Offset >= seg.Offset+seg.FileSize {
					continue
				}
				if exact && (!m.Exec || seg.Flags&elf.PF_X == 0) {
					continue
				}
				return m.Lo - sysdeps.Addr(m.Offset-start) - sysdeps.Addr(seg.Addr).PageDown(), nil
			}
		}
	}
	return 0, fmt.Errorf("%s is not the file that is mapped", img.Name)
}

// Unwind returns what the image's file says of unwinding.
func (img *Image) Unwind() (*UnwindInfo, error) {
	f, path, err := img.File()
	if err != nil {
		return nil, err
	}
	return f.UnwindInfo(path, img.Where)
}

// Symbol returns the function whose code is at an address, and how far into it
// that is, by all that tells of functions. Of its version it does not tell.
func (img *Image) Symbol(a sysdeps.Addr) (sym Symbol, off uint64, ok bool) {
	f, path, err := img.File()
	if err != nil {
		return Symbol{}, 0, false
	}
	sym, ok = f.FunctionAt(path, img.Where, img.Link(a))
	return sym, img.Link(a) - sym.Value, ok
}

// Symbol returns the function whose code is at an address, and how far into it
// that is.
func (im *Images) Symbol(a sysdeps.Addr) (sym Symbol, off uint64, ok bool) {
	if img, _ := im.Find(a); img != nil {
		return img.Symbol(a)
	}
	return Symbol{}, 0, false
}

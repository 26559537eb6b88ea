package golang

import (
	"debug/buildinfo"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"

	"sonde/elfsym"
	"sonde/sysdeps"
)

// Program is a Go program that a process runs.
type Program struct {
	Version string // "go1.26.8"

	layout *layout
	// lists are places that hold, or once held, the list of all goroutines.
	lists   []sysdeps.Addr
	reasons sysdeps.Addr // of the names of what goroutines wait for; 0 where they are not found
}

// Bounds of the search.
const (
	maxVariables  = 64 << 20 // bytes of a program's variables that are searched
	maxGoroutines = 1 << 24
	maxLists      = 16
	chunk         = 1 << 20
)

// errNoList is the error of a program whose goroutines are not found.
var errNoList = errors.New("no list of goroutines is found among its variables")

// Is tells whether a program is one of Go's. It reads the headers of the file.
func Is(img *elfsym.Image) bool {
	is := false
	_ = open(img, func(f *os.File) error {
		// The sections of a file for 64-bit machines, by debug/elf: only names are used.
		e, err := elf.NewFile(f)
		is = err == nil && e.Class == elf.ELFCLASS64 && e.Section(".go.buildinfo") != nil
		return err
	})
	return is
}

// open hands out an image's file. What panics on a file that is damaged is an error.
func open(img *elfsym.Image, with func(f *os.File) error) (err error) {
	_, path, err := img.File()
	if err != nil {
		return err
	}
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("read %s: %v", img.Name, r)
		}
	}()
	return with(f)
}

// Open learns which Go a program was built by.
func Open(img *elfsym.Image) (*Program, error) {
	p := &Program{}
	err := open(img, func(f *os.File) error {
		info, err := buildinfo.Read(io.NewSectionReader(f, 0, 1<<40))
		if err == nil {
			p.Version = info.GoVersion
		}
		return err
	})
	if err == nil {
		err = p.learn(img)
	}
	if err != nil {
		return nil, fmt.Errorf("read goroutines of %s: %w", img.Name, err)
	}
	return p, nil
}

func (p *Program) learn(img *elfsym.Image) error {
	f, _, err := img.File()
	if err != nil {
		return err
	}
	if f.Arch != sysdeps.AMD64 {
		return fmt.Errorf("programs for %s are not known", f.Arch.Name)
	}
	if p.layout = layoutOf(p.Version); p.layout == nil {
		return fmt.Errorf("%s is not known", p.Version)
	}
	return nil
}

// Find searches a program's variables for the list of all goroutines. It may run: what is
// found is held against memory again when goroutines are read.
func (p *Program) Find(img *elfsym.Image, im *elfsym.Images, mem sysdeps.Memory) error {
	f, _, err := img.File()
	if err != nil {
		return err
	}
	s := search{program: p, images: im, mem: mem}
	left := uint64(maxVariables)
	for _, seg := range f.Segments() {
		if seg.Flags&elf.PF_W == 0 || seg.Flags&elf.PF_X != 0 {
			continue
		}
		n := min(seg.Size, left)
		left -= n
		s.segment(img.Bias()+sysdeps.Addr(seg.Addr), n)
	}
	if len(p.lists) == 0 {
		return fmt.Errorf("read goroutines of %s: %w", img.Name, errNoList)
	}
	return nil
}

// search looks through a program's variables.
type search struct {
	program *Program
	images  *elfsym.Images
	mem     sysdeps.Memory
}

// overlap is what each piece that is searched has of the next one.
const overlap = 128

// segment searches n bytes.
func (s *search) segment(a sysdeps.Addr, n uint64) {
	p := make([]byte, chunk+overlap)
	for off := uint64(0); off < n; off += chunk {
		part := p[:min(chunk+overlap, n-off)]
		got, _ := s.mem.ReadMemory(part, a+sysdeps.Addr(off)) // pages that cannot be read hold no variables
		s.piece(part[:max(got, 0)], a+sysdeps.Addr(off))
	}
}

// piece searches bytes that are at an address.
func (s *search) piece(p []byte, a sysdeps.Addr) {
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(p[8*i:]) }
	n := len(p) / 8
	for i := range min(n, chunk/8) {
		at := a + sysdeps.Addr(8*i)
		if i+3 <= n && len(s.program.lists) < maxLists && s.isList(word(i), word(i+1), word(i+2)) {
			s.program.lists = append(s.program.lists, at)
		}
		if i+2*len(firstReasons) <= n && s.program.reasons == 0 && s.areReasons(word, i) {
			s.program.reasons = at
		}
	}
}

// isList tells whether a slice is a list of goroutines: the first one is the main
// goroutine, and has the number 1.
func (s *search) isList(ptr, length, capacity uint64) bool {
	if ptr == 0 || ptr%8 != 0 || length == 0 || length > capacity || capacity > maxGoroutines {
		return false
	}
	if img, m := s.images.Find(sysdeps.Addr(ptr)); img != nil || m == nil || !m.Write {
		return false
	}
	var first [8]byte
	if n, _ := s.mem.ReadMemory(first[:], sysdeps.Addr(ptr)); n < len(first) {
		return false
	}
	g, err := s.program.read(s.mem, sysdeps.Addr(binary.LittleEndian.Uint64(first[:])))
	return err == nil && g.id == 1
}

// firstReasons are the first names of what goroutines wait for, in all versions.
var firstReasons = [...]string{"", "GC assist marking", "IO wait"}

// areReasons tells whether the names stand from a word on.
func (s *search) areReasons(word func(int) uint64, i int) bool {
	for j, why := range firstReasons {
		if word(i+2*j+1) != uint64(len(why)) {
			return false
		}
	}
	for j, why := range firstReasons {
		text := make([]byte, len(why))
		if n, _ := s.mem.ReadMemory(text, sysdeps.Addr(word(i+2*j))); n < len(text) || string(text) != why {
			return false
		}
	}
	return true
}

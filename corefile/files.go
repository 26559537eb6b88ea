package corefile

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"syscall"

	"sonde/elfsym"
	"sonde/sysdeps"
)

// Places are where the files of a core are found.
type Places struct {
	Exe     string // the executable; "" for where the core says
	Sysroot string // the directory that the paths in the core begin at; "" for /
}

// Files finds the files that a core's process had mapped.
type Files struct {
	core  *File
	where Places
	cache elfsym.Cache
	open  map[string]*os.File
}

// Files returns what finds the files that were mapped. It gives the core file the bytes
// that it leaves out because a file has them, until it is closed.
func (f *File) Files(where Places) *Files {
	if where.Sysroot != "" {
		where.Sysroot = filepath.Clean(where.Sysroot)
	}
	fs := &Files{core: f, where: where, cache: elfsym.Cache{Lazy: true}, open: make(map[string]*os.File)}
	f.SetBacking(fs.backing)
	return fs
}

// Close ends the use of the files.
func (fs *Files) Close() error {
	fs.core.SetBacking(nil)
	var first error
	for _, f := range fs.open {
		if f == nil {
			continue
		}
		if err := f.Close(); first == nil {
			first = err
		}
	}
	fs.open = nil
	return first
}

// Images are the files, each to be opened when it is asked for. One that is not that
// which was mapped is not used.
func (fs *Files) Images() *elfsym.Images {
	var list []elfsym.Mapping
	for _, m := range fs.core.Mappings() {
		image := elfsym.Mapping{
			Lo: m.Lo, Hi: m.Hi, Offset: m.Offset, Name: m.Name,
			Exec: m.Flags&elf.PF_X != 0 || !m.Told, Write: m.Flags&elf.PF_W != 0,
		}
		if m.File {
			image.Inode = 1
		}
		list = append(list, image)
	}
	finder := &elfsym.DebugFinder{Root: fs.where.Sysroot, Dirs: elfsym.DefaultDebugDirs}
	return elfsym.NewImages(list, finder, fs.image)
}

// Mapping is a part of the memory of a core's process, and what is known of it.
type Mapping struct {
	Lo, Hi sysdeps.Addr
	Flags  elf.ProgFlag
	Told   bool   // Flags are known: the core has a segment of it
	Dumped uint64 // bytes that the core has
	File   bool   // it is of a file
	Offset uint64 // in the file, in bytes
	Name   string // of the file; "[vdso]", "[stack]", or "" where nothing tells
}

// Mappings are the core's segments, those of files by NT_FILE, by address. What NT_FILE
// has and no segment, as in cores of gcore's, was left out because the file has it.
func (c *Contents) Mappings() []Mapping {
	files := make(map[sysdeps.Addr]*Mapped, len(c.Mapped))
	for i := range c.Mapped {
		files[c.Mapped[i].Lo] = &c.Mapped[i]
	}
	vdso, _ := c.aux(atSysinfoEhdr)
	text, hasText := c.aux(atExecfn)
	all := make([]Mapping, 0, len(c.Segments))
	for _, s := range c.Segments {
		m := Mapping{Lo: s.Lo, Hi: s.Hi, Flags: s.Flags, Told: true, Dumped: s.Dumped}
		switch file := files[s.Lo]; {
		case file != nil:
			m.File, m.Name, m.Offset = true, file.Path, file.Offset
			delete(files, s.Lo)
		case vdso != 0 && s.Lo == sysdeps.Addr(vdso):
			m.Name = "[vdso]"
		case hasText && s.Lo <= sysdeps.Addr(text) && sysdeps.Addr(text) < s.Hi:
			m.Name = "[stack]" // execve puts the strings at its end
		}
		all = append(all, m)
	}
	for _, file := range files {
		all = append(all, Mapping{Lo: file.Lo, Hi: file.Hi, File: true, Name: file.Path, Offset: file.Offset})
	}
	slices.SortFunc(all, func(a, b Mapping) int { return cmp.Or(cmp.Compare(a.Lo, b.Lo), cmp.Compare(a.Hi, b.Hi)) })
	return all
}

// Tags of the auxiliary vector (getauxval(3)).
const (
	atPhdr        = 3
	atExecfn      = 31
	atSysinfoEhdr = 33
)

func (c *Contents) aux(tag uint64) (value uint64, ok bool) {
	for _, a := range c.AuxEntries() {
		if a.Tag == tag {
			return a.Value, true
		}
	}
	return 0, false
}

// Program is the file that the program's headers are in (AT_PHDR), as it was mapped: of a
// script, its interpreter. It is "" where that is not known.
func (c *Contents) Program() string {
	headers, _ := c.aux(atPhdr)
	for _, m := range c.Mapped {
		if m.Lo <= sysdeps.Addr(headers) && sysdeps.Addr(headers) < m.Hi {
			return m.Path
		}
	}
	return ""
}

// Host is where a file of the core's is here, if it is.
func (fs *Files) Host(name string) string {
	if fs.where.Exe != "" && name == fs.core.Program() {
		return fs.where.Exe
	}
	name = filepath.Join("/", name) // no .. leads out of the sysroot
	if fs.where.Sysroot == "" {
		return name
	}
	return filepath.Join(fs.where.Sysroot, name)
}

// Check returns nil where the file that was mapped under a name is here: an error of
// looking for it, or ErrOtherFile.
func (fs *Files) Check(name string) error {
	path := fs.Host(name)
	if _, err := os.Stat(path); err != nil {
		return err
	}
	if !fs.same(path, fs.firstOf(name)) {
		return fmt.Errorf("%s %w", path, ErrOtherFile)
	}
	return nil
}

// image opens the file of an image, if it is the one that was mapped.
func (fs *Files) image(img *elfsym.Image) (*elfsym.File, string, error) {
	if img.Name == "[vdso]" {
		p := make([]byte, min(img.Hi-img.Lo, 1<<20))
		n, err := fs.core.ReadMemory(p, img.Lo)
		if n == 0 {
			return nil, "", err
		}
		f, err := elfsym.ParseBytes(p[:n])
		return f, "", err
	}
	path := fs.Host(img.Name)
	fi, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	id, err := elfsym.IDOf(fi)
	if err != nil {
		return nil, "", err
	}
	f, err := fs.cache.Open(path, id)
	if err != nil {
		return nil, "", err
	}
	if !fs.same(path, img.Lo) {
		return nil, "", fmt.Errorf("%s %w", path, ErrOtherFile)
	}
	return f, path, nil
}

// same compares the first page of a file, which mostly has the build-id in it, with the
// core's, as far as the core has it.
func (fs *Files) same(path string, lo sysdeps.Addr) bool {
	var mapped, file [sysdeps.PageSize]byte
	s := fs.core.Segment(lo)
	if s == nil || s.Dumped < sysdeps.PageSize {
		return true
	}
	if _, err := fs.core.ReadMemory(mapped[:], lo); err != nil {
		return true
	}
	f := openPlain(path)
	if f == nil {
		return false
	}
	defer f.Close()
	n, _ := f.ReadAt(file[:], 0)
	return bytes.Equal(mapped[:n], file[:n])
}

// openPlain opens a file; nil where there is none, or a device or pipe: a core may name
// anything.
func openPlain(path string) *os.File {
	if fi, err := os.Stat(path); err != nil || !fi.Mode().IsRegular() {
		return nil
	}
	f, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may be a pipe by now
	if err != nil {
		return nil
	}
	return f
}

// backing finds the bytes that a core leaves out because a file has them.
func (fs *Files) backing(m *Mapped) io.ReaderAt {
	f, asked := fs.open[m.Path]
	if !asked {
		path := fs.Host(m.Path)
		if fs.same(path, fs.firstOf(m.Path)) {
			f = openPlain(path)
		}
		fs.open[m.Path] = f
	}
	if f == nil {
		return nil
	}
	return f
}

func (fs *Files) firstOf(path string) sysdeps.Addr {
	for _, m := range fs.core.Mapped {
		if m.Path == path {
			return m.Lo
		}
	}
	return 0
}

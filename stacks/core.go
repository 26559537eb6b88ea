package stacks

import (
	"bytes"
	"cmp"
	"debug/elf"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"

	"sonde/corefile"
	"sonde/elfsym"
	"sonde/sysdeps"
	"sonde/unwind"
)

// CoreOptions are where the files of a core are found.
type CoreOptions struct {
	Exe     string // the executable; "" for where the core says
	Sysroot string // the directory that the paths in the core begin at; "" for /
}

// Core returns the stacks of a core file. Files that are not those which were mapped are
// not used; their frames are without names. What the core file lacks is told by damage.
func Core(path string, where CoreOptions, o *Options) (p *Process, damage, err error) {
	f, err := corefile.Open(path)
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	files := &coreFiles{core: f, where: where, open: make(map[string]*os.File)}
	defer files.close()
	f.SetBacking(files.backing)
	finder := &elfsym.DebugFinder{Dirs: elfsym.DefaultDebugDirs}
	images := elfsym.NewImages(files.mappings(), finder, files.image)
	p = &Process{PID: f.Process.PID, Core: path, Program: where.Exe}
	if p.Program == "" {
		p.Program = files.program()
	}
	var w unwind.Walker
	for i := range f.Threads {
		th := &f.Threads[i]
		if !o.wants(th.TID) {
			continue
		}
		t := Thread{TID: th.TID, Frames: []Frame{}}
		if th.Signal != 0 {
			t.Signal = sysdeps.SignalName(th.Signal)
		}
		if nr, in := th.Regs.Syscall(); in {
			t.Syscall = systemCall(f.Arch, nr)
		}
		o.walk(&w, f, images, &th.Regs, &t)
		p.Threads = append(p.Threads, t)
	}
	return p, f.Damage, nil
}

// coreFiles finds the files that were mapped.
type coreFiles struct {
	core  *corefile.File
	where CoreOptions
	cache elfsym.Cache
	open  map[string]*os.File
}

func (c *coreFiles) close() {
	for _, f := range c.open {
		if f != nil {
			f.Close()
		}
	}
}

// mappings are the core's segments, those of files by NT_FILE. What NT_FILE has and no
// segment, as in cores of gcore's, was left out because the file has it.
func (c *coreFiles) mappings() []elfsym.Mapping {
	files := make(map[sysdeps.Addr]*corefile.Mapped, len(c.core.Mapped))
	for i := range c.core.Mapped {
		files[c.core.Mapped[i].Lo] = &c.core.Mapped[i]
	}
	var all []elfsym.Mapping
	for _, s := range c.core.Segments {
		m := elfsym.Mapping{Lo: s.Lo, Hi: s.Hi, Exec: s.Flags&elf.PF_X != 0, Write: s.Flags&elf.PF_W != 0}
		if file := files[s.Lo]; file != nil {
			m.Name, m.Offset, m.Inode = file.Path, file.Offset, 1
			delete(files, s.Lo)
		} else if s.Lo == c.vdso() {
			m.Name = "[vdso]"
		}
		all = append(all, m)
	}
	for _, file := range files {
		all = append(all, elfsym.Mapping{Lo: file.Lo, Hi: file.Hi, Offset: file.Offset, Exec: true, Name: file.Path, Inode: 1})
	}
	slices.SortFunc(all, func(a, b elfsym.Mapping) int { return cmp.Compare(a.Lo, b.Lo) })
	return all
}

// vdso is where the auxiliary vector says that the vDSO is (AT_SYSINFO_EHDR).
func (c *coreFiles) vdso() sysdeps.Addr {
	const atSysinfoEhdr = 33
	for _, a := range c.core.AuxEntries() {
		if a.Tag == atSysinfoEhdr {
			return sysdeps.Addr(a.Value)
		}
	}
	return 0
}

// program is the file that the program's headers are in (AT_PHDR).
func (c *coreFiles) program() string {
	const atPhdr = 3
	for _, a := range c.core.AuxEntries() {
		if a.Tag != atPhdr {
			continue
		}
		for _, m := range c.core.Mapped {
			if m.Lo <= sysdeps.Addr(a.Value) && sysdeps.Addr(a.Value) < m.Hi {
				return m.Path
			}
		}
	}
	return ""
}

// host is where a file of the core's is here.
func (c *coreFiles) host(name string) string {
	if c.where.Exe != "" && name == c.program() {
		return c.where.Exe
	}
	return filepath.Join(c.where.Sysroot+"/", name)
}

// image opens the file of an image, if it is the one that was mapped.
func (c *coreFiles) image(img *elfsym.Image) (*elfsym.File, string, error) {
	if img.Name == "[vdso]" {
		p := make([]byte, min(img.Hi-img.Lo, 1<<20))
		n, err := c.core.ReadMemory(p, img.Lo)
		if n == 0 {
			return nil, "", err
		}
		f, err := elfsym.ParseBytes(p[:n])
		return f, "", err
	}
	path := c.host(img.Name)
	fi, err := os.Stat(path)
	if err != nil {
		return nil, "", err
	}
	id, err := elfsym.IDOf(fi)
	if err != nil {
		return nil, "", err
	}
	f, err := c.cache.Open(path, id)
	if err != nil {
		return nil, "", err
	}
	if !c.same(path, img.Lo) {
		return nil, "", fmt.Errorf("%s is not the file that was mapped", path)
	}
	return f, path, nil
}

// same compares the first page of a file, which mostly has the build-id in it, with the
// core's, as far as the core has it.
func (c *coreFiles) same(path string, lo sysdeps.Addr) bool {
	var mapped, file [sysdeps.PageSize]byte
	s := c.core.Segment(lo)
	if s == nil || s.Dumped < sysdeps.PageSize {
		return true
	}
	if _, err := c.core.ReadMemory(mapped[:], lo); err != nil {
		return true
	}
	f, err := os.Open(path)
	if err != nil {
		return false
	}
	defer f.Close()
	n, _ := f.ReadAt(file[:], 0)
	return bytes.Equal(mapped[:n], file[:n])
}

// backing finds the bytes that a core leaves out because a file has them.
func (c *coreFiles) backing(m *corefile.Mapped) io.ReaderAt {
	f, asked := c.open[m.Path]
	if !asked {
		path := c.host(m.Path)
		if first := c.firstOf(m.Path); c.same(path, first) {
			f, _ = os.Open(path) // nil: it is not there
		}
		c.open[m.Path] = f
	}
	if f == nil {
		return nil
	}
	return f
}

func (c *coreFiles) firstOf(path string) sysdeps.Addr {
	for _, m := range c.core.Mapped {
		if m.Path == path {
			return m.Lo
		}
	}
	return 0
}

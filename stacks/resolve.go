package stacks

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sonde/corefile"
	"sonde/elfsym"
	"sonde/sysdeps"
	"sonde/unwind"
)

// Resolver names the frames of processes that were written down without names, by the
// files of this machine. What it has learnt of files it keeps.
type Resolver struct {
	where corefile.Places
	o     *Options
	files elfsym.Cache
}

// NewResolver returns a Resolver that looks for files at the places of a core file's.
func NewResolver(where corefile.Places, o *Options) *Resolver {
	return &Resolver{where: where, o: o}
}

// Resolve names the frames of a process. Those in a file that is not here, or here of
// another build, stay as they are, and Damage says why, for each file.
func (r *Resolver) Resolve(p *Process) {
	names := r.o.symbolizer(0)
	defer names.Close()
	images := r.images(p)
	for i := range p.Threads {
		t := &p.Threads[i]
		if r.o.Limit > 0 && len(t.Frames) > r.o.Limit {
			t.Frames, t.Cut, t.Why = t.Frames[:r.o.Limit], true, ""
		}
		for j := range t.Frames {
			f := &t.Frames[j]
			if f.Function != "" || f.Language != "" {
				continue
			}
			at := unwind.Frame{PC: f.PC, Return: f.Return, Signal: f.Signal}
			if at.Image, _ = images.Find(at.Lookup()); at.Image == nil {
				continue
			}
			if _, _, err := at.Image.File(); err == nil {
				f.Place = names.Place(&at)
			}
		}
	}
	for _, img := range images.All() {
		if _, _, err := img.File(); err != nil {
			p.Damage = append(p.Damage, err)
		}
	}
	p.Damage = append(p.Damage, names.Damage()...)
	p.Raw, p.PtrSize, p.Modules = 0, 0, nil
}

// images are the modules, as if they were mapped.
func (r *Resolver) images(p *Process) *elfsym.Images {
	var list []elfsym.Mapping
	byStart := make(map[sysdeps.Addr]*Module)
	for i := range p.Modules {
		m := &p.Modules[i]
		for _, part := range m.Parts {
			list = append(list, elfsym.Mapping{Lo: part.Lo, Hi: part.Hi, Offset: part.Offset, Exec: part.Exec, Name: m.Path, Inode: uint64(i + 1)})
			byStart[part.Lo] = m
		}
	}
	finder := &elfsym.DebugFinder{Root: r.where.Sysroot, Dirs: elfsym.DefaultDebugDirs}
	return elfsym.NewImages(list, finder, func(img *elfsym.Image) (*elfsym.File, string, error) {
		return r.open(byStart[img.Lo], p.Program)
	})
}

// open finds the file of a module: where the process had it, or by its build-id.
func (r *Resolver) open(m *Module, program string) (*elfsym.File, string, error) {
	var first error
	for _, path := range r.candidates(m, program) {
		f, err := r.openAs(path, m)
		if err == nil {
			return f, path, nil
		}
		if first == nil || errors.Is(first, fs.ErrNotExist) {
			first = err
		}
	}
	return nil, "", fmt.Errorf("%s: %w", m.Path, first)
}

// candidates are the paths at which a module may be. Links to files by their build-id are
// put there by distributions: of Fedora's in the first directory, of others in the second.
func (r *Resolver) candidates(m *Module, program string) []string {
	name := strings.TrimSuffix(m.Path, " (deleted)")
	all := []string{filepath.Join("/", name)} // no .. leads out of the sysroot
	if id, err := hex.DecodeString(m.BuildID); err == nil && len(id) > 1 {
		link := hex.EncodeToString(id[:1]) + "/" + hex.EncodeToString(id[1:])
		all = append(all, "/usr/lib/.build-id/"+link, "/usr/lib/debug/.build-id/"+link)
	}
	for i := range all {
		all[i] = filepath.Join(r.where.Sysroot, all[i])
	}
	if r.where.Exe != "" && m.Path == program {
		all = append([]string{r.where.Exe}, all...)
	}
	return all
}

// openAs opens the file at a path if it is of the module's build.
func (r *Resolver) openAs(path string, m *Module) (*elfsym.File, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() { // a pipe would be waited for
		return nil, fmt.Errorf("%s is not a file", path)
	}
	id, err := elfsym.IDOf(fi)
	if err != nil {
		return nil, err
	}
	f, err := r.files.Open(path, id)
	if err != nil {
		return nil, err
	}
	if got := hex.EncodeToString(f.BuildID()); got != m.BuildID {
		return nil, fmt.Errorf("%s is of another build: its build-id is %s, and %s is wanted", path, orNone(got), orNone(m.BuildID))
	}
	return f, nil
}

func orNone(id string) string {
	if id == "" {
		return "none"
	}
	return id
}

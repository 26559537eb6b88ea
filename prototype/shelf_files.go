package prototype

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// ltraceInstalls is where distributions and ltrace itself put what it knows.
var ltraceInstalls = []string{"/usr/share/ltrace", "/etc/ltrace.conf"}

// place finds out what is a file and what is a directory. What is not there is an
// error if the user named it.
func (s *Shelf) place(at int, paths []string, named bool) {
	for _, path := range paths {
		if path == "" {
			continue
		}
		info, err := os.Stat(path)
		switch {
		case err == nil:
			s.sources[at] = append(s.sources[at], source{path, info.IsDir()})
		case named:
			s.report(fmt.Errorf("read prototypes: %w", err))
		}
	}
}

// userPlaces returns where the user's files may be: ltrace's places, and before
// each the same one with Sonde's name.
func userPlaces(env func(string) string) (paths []string) {
	both := func(format ...string) {
		for _, tool := range []string{"sonde", "ltrace"} {
			paths = append(paths, strings.ReplaceAll(filepath.Join(format...), "%", tool))
		}
	}
	home := env("HOME")
	switch config := env("XDG_CONFIG_HOME"); {
	case config != "":
		both(config, "%")
	case home != "":
		both(home, ".config", "%")
	}
	if home != "" {
		both(home, ".%")
		both(home, ".%.conf")
	}
	for _, dir := range filepath.SplitList(env("XDG_CONFIG_DIRS")) {
		if dir != "" {
			both(dir, "%")
		}
	}
	return paths
}

// shipped returns the shipped files for a library.
func (s *Shelf) shipped(soname string) []*File {
	if name := libraryName(soname); name != "" {
		return s.library.find(name)
	}
	return nil
}

// files returns the files of a source that hold for a library, in order.
func (s *Shelf) files(at int, soname string) iter.Seq[*File] {
	return func(yield func(*File) bool) {
		for _, src := range s.sources[at] {
			if !src.dir {
				if f := s.file(src.path); f != nil && !yield(f) {
					return
				}
				continue
			}
			name := libraryName(soname)
			if name == "" {
				continue
			}
			for base := range baseNames(name) {
				if f := s.file(filepath.Join(src.path, base+".conf")); f != nil && !yield(f) {
					return
				}
			}
		}
	}
}

// syscalls is what the file of system calls is called, in every directory. Its
// declarations are not those of a program of that name.
const syscalls = "syscalls"

// libraryName is what the files of a library or program are named by; "" if it has
// none.
func libraryName(soname string) string {
	name := filepath.Base(soname)
	if soname == "" || name == "." || name == ".." || name == "/" || name == syscalls || strings.IndexByte(name, 0) >= 0 {
		return ""
	}
	return name
}

// baseNames yields the names that a library's files may have, by ltrace's rule: its
// SONAME, then the same with one part after the other taken off, down to .so.
func baseNames(name string) iter.Seq[string] {
	return func(yield func(string) bool) {
		for yield(name) {
			dot := strings.LastIndexByte(name, '.')
			if dot < 0 || !strings.Contains(name[:dot]+".", ".so.") {
				return
			}
			name = name[:dot]
		}
	}
}

// file reads a user's file; nil if there is none.
func (s *Shelf) file(path string) *File {
	s.readGeneral()
	f, known := s.read[path]
	if !known {
		if f = s.open(path); f != nil {
			s.check(f)
		}
	}
	return f
}

// readGeneral reads what holds for all libraries. All of it is there before any is
// parsed, since each may use the types of the others, as in ltrace.
func (s *Shelf) readGeneral() {
	if s.general != nil {
		return
	}
	s.general = []*File{}
	for at := range sources {
		for _, src := range s.sources[at] {
			if _, known := s.read[src.path]; src.dir || known {
				continue
			}
			if f := s.open(src.path); f != nil {
				s.general = append(s.general, f)
			}
		}
	}
	for _, f := range s.general {
		f.known = append(slices.Clip(s.general), s.library.common...)
	}
	for _, f := range s.general {
		if !slices.ContainsFunc(s.sources[installed], func(src source) bool { return src.path == f.Name }) {
			s.check(f)
		}
	}
}

// wholeFile is up to what size, in bytes, a user's file is parsed at once, so that
// all that is wrong in it is told, and not only when the function is called.
const wholeFile = 64 << 10

// check parses a small file. Of a large one it only tells that it is no text.
func (s *Shelf) check(f *File) {
	if len(f.text) <= wholeFile {
		f.parseAll()
	} else if i := strings.IndexByte(f.text, 0); i >= 0 {
		f.tell(i, false, "there is a NUL byte: is this a file of declarations?")
	}
}

// open reads a file and finds out what it declares.
func (s *Shelf) open(path string) *File {
	s.read[path] = nil
	text, err := readFile(path)
	if err != nil {
		if !errors.Is(err, fs.ErrNotExist) {
			s.report(fmt.Errorf("read prototypes: %w", err))
		}
		return nil
	}
	f := newFile(path, text, s.tell)
	f.known = append(slices.Clip(s.general), s.library.common...)
	f.nearest = s.nearest
	f.find = func(name string) []*File { return s.imported(filepath.Dir(path), name) }
	s.read[path] = f
	return f
}

// readFile returns the text of a file, or of a pipe, up to what newFile refuses.
func readFile(path string) (string, error) {
	in, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer in.Close()
	var b strings.Builder
	_, err = io.Copy(&b, io.LimitReader(in, maxFile+1))
	return b.String(), err
}

// imported returns the files that an import in a user's file means: one beside it
// first, then in all places, then a shipped one.
func (s *Shelf) imported(dir, name string) (files []*File) {
	if name = libraryName(name); name == "" {
		return nil
	}
	add := func(dir string) {
		for base := range baseNames(name) {
			if f := s.file(filepath.Join(dir, base+".conf")); f != nil && !slices.Contains(files, f) {
				files = append(files, f)
			}
		}
	}
	add(dir)
	for at := range sources {
		if at == installed {
			files = append(files, s.library.find(name)...)
		}
		for _, src := range s.sources[at] {
			if src.dir {
				add(src.path)
			}
		}
	}
	return files
}

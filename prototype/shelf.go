package prototype

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Shelf holds the files that say what functions take and give: those that the user
// names, those in the user's directories, and those that Sonde brings along. It is
// asked function by function: a file that declares one hides no other. It is
// for one goroutine at a time.
type Shelf struct {
	library *library
	sources [sources][]source
	general []*File          // what holds for all libraries: all others know its types
	read    map[string]*File // by path; nil: there is none, or it cannot be read
	report  func(error)
	// demangle is ShelfOptions.Demangle.
	demangle func(symbol string) []string
	nearest  Nearest // ShelfOptions.Nearest
}

// ShelfOptions says where a Shelf looks.
type ShelfOptions struct {
	// Files are the files and directories that come before all others, in this
	// order; empty ones do not count. A file holds for every library, a directory
	// has one for each, as LIBRARY.conf.
	Files []string
	// Env is the environment: HOME, XDG_CONFIG_HOME and XDG_CONFIG_DIRS say where
	// the user's files are. nil is os.Getenv.
	Env func(string) string
	// Installed are the places of an installed ltrace's files, for Fallback; nil
	// are those that it has on Linux distributions.
	Installed []string
	// Demangle returns what a mangled symbol stands for, in the spellings that a
	// user may write in quotes for it, the most exact one first. nil: symbols are as
	// they are.
	Demangle func(symbol string) []string
	// Nearest finds what somebody may have meant who mistyped a word, for messages. nil:
	// nobody does.
	Nearest Nearest
	// Report is told, once each, of files that cannot be read and of what is
	// wrong in them: an *Error. nil: nobody is.
	Report func(error)
}

// The sources, in the order in which they count. Debugging information and C++
// names come between the last two.
const (
	given     = iota // by -F
	own              // the user's
	installed        // ltrace's
	sources
)

// source is a file that holds for all libraries, or a directory with one for each.
type source struct {
	path string
	dir  bool
}

// NewShelf returns a shelf that looks where o says. Files are read when they are
// first asked for.
func NewShelf(o ShelfOptions) *Shelf {
	if o.Env == nil {
		o.Env = os.Getenv
	}
	if o.Installed == nil {
		o.Installed = ltraceInstalls
	}
	if o.Report == nil {
		o.Report = func(error) {}
	}
	s := &Shelf{read: make(map[string]*File), report: o.Report, demangle: o.Demangle, nearest: o.Nearest}
	s.library = newLibrary(s.tell)
	s.place(given, o.Files, true)
	s.place(own, userPlaces(o.Env), false)
	s.place(installed, o.Installed, false)
	return s
}

// tell passes on what is wrong in a file. An interface that holds a nil pointer is
// no nil interface; hence a function of its own.
func (s *Shelf) tell(e *Error) { s.report(e) }

// Lookup returns what is declared of a function that the library soname defines:
// by the files that the user names, the user's own, and the shipped ones. A main
// program goes by the last part of its path. version is that of the symbol, "" if
// it has none or it is not known. It returns nil if nothing is declared.
func (s *Shelf) Lookup(soname, symbol, version string) *Prototype {
	for _, at := range []int{given, own} {
		for f := range s.files(at, soname) {
			if proto := s.inFile(f, symbol, version); proto != nil {
				return proto
			}
		}
	}
	for _, f := range s.shipped(soname) {
		if proto := f.Function(symbol, version); proto != nil {
			return proto
		}
	}
	return nil
}

// SystemCall returns what is declared of a system call by the name that the kernel
// has for it: by functions called SYS_NAME in the user's files that hold for all
// libraries, by syscalls.conf in the user's directories, and by the shipped one.
// machine is the Name of the call's sysdeps.Arch: what is in syscalls-MACHINE.conf
// comes before what is in syscalls.conf. It returns nil if nothing is declared.
func (s *Shelf) SystemCall(machine, name string) *Prototype {
	bases := [...]string{syscalls + "-" + machine + ".conf", syscalls + ".conf"}
	for _, at := range []int{given, own} {
		for _, src := range s.sources[at] {
			if p := s.systemCall(src, bases[:], name); p != nil {
				return p
			}
		}
	}
	for _, base := range bases {
		if f := s.library.file(base); f != nil {
			if p := f.Function(name, ""); p != nil {
				return p
			}
		}
	}
	return nil
}

// systemCall returns what a file of the user's, or those of a directory, declare of
// a system call.
func (s *Shelf) systemCall(src source, bases []string, name string) *Prototype {
	if !src.dir {
		if f := s.file(src.path); f != nil {
			return f.Function("SYS_"+name, "")
		}
		return nil
	}
	for _, base := range bases {
		if f := s.file(filepath.Join(src.path, base)); f != nil {
			if p := f.Function(name, ""); p != nil {
				return p
			}
		}
	}
	return nil
}

// Fallback returns what an installed ltrace's files declare of a function: they are
// older and poorer than what debugging information says. It returns nil if nothing
// is declared. They do not say which library they mean: what the C library has is
// meant to be its own, and no program's function of the same name.
func (s *Shelf) Fallback(soname, symbol, version string) *Prototype {
	if s.OfC(symbol) != nil {
		return nil
	}
	for f := range s.files(installed, soname) {
		if proto := s.inFile(f, symbol, version); proto != nil {
			return proto
		}
	}
	return nil
}

// OfC returns what is declared of a function of the C library, as programs have it
// that contain their libraries; nil if nothing is.
func (s *Shelf) OfC(symbol string) *Prototype {
	for _, soname := range []string{"libc.so.6", "libm.so.6"} {
		if proto := s.Lookup(soname, symbol, ""); proto != nil {
			return proto
		}
	}
	return nil
}

// Installed tells whether a prototype is one of Fallback's.
func (s *Shelf) Installed(p *Prototype) bool {
	for _, src := range s.sources[installed] {
		if strings.HasPrefix(p.Origin, src.path+":") || src.dir && strings.HasPrefix(p.Origin, src.path+"/") {
			return true
		}
	}
	return false
}

// inFile is f.Function, but for what ltrace's older files declare for system calls,
// and for symbols whose demangled name the user has written.
func (s *Shelf) inFile(f *File, symbol, version string) *Prototype {
	if strings.HasPrefix(symbol, "SYS_") {
		return nil
	}
	if p := f.Function(symbol, version); p != nil || s.demangle == nil || !mangled(symbol) {
		return p
	}
	for _, name := range s.demangle(symbol) {
		if p := f.Function(name, version); p != nil {
			return p
		}
	}
	return nil
}

// mangled tells whether a symbol may be a mangled one, of C++ or Rust.
func mangled(symbol string) bool {
	return strings.HasPrefix(symbol, "_Z") || strings.HasPrefix(symbol, "_R")
}

// Candidates returns all that is declared of a function, the first one being what
// counts. Only the Fallback ones come after what is known from elsewhere.
func (s *Shelf) Candidates(soname, symbol, version string) (found []*Prototype) {
	add := func(p *Prototype) {
		if p != nil && !slices.Contains(found, p) {
			found = append(found, p)
		}
	}
	for at := range sources {
		if at == installed {
			for _, f := range s.shipped(soname) {
				add(f.Function(symbol, version))
			}
		}
		for f := range s.files(at, soname) {
			if at == installed && len(found) == 0 && s.OfC(symbol) != nil {
				break // as Fallback has it
			}
			add(s.inFile(f, symbol, version))
		}
	}
	return found
}

// Names returns the names of the functions that Lookup knows for a library, sorted.
func (s *Shelf) Names(soname string) []string {
	var names []string
	add := func(f *File) {
		f.each(func(in *File) bool {
			if in == f || !slices.Contains(f.known, in) {
				names = append(names, in.Functions()...)
			}
			return true
		})
	}
	for _, at := range []int{given, own} {
		for f := range s.files(at, soname) {
			add(f)
		}
	}
	for _, f := range s.shipped(soname) {
		add(f)
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// Libraries returns the names of the libraries that there are files for, sorted:
// libc.so for all of libc.so.6 and so on.
func (s *Shelf) Libraries() []string {
	var names []string
	for _, name := range shippedNames() {
		name = strings.TrimSuffix(name, ".generated")
		if strings.Contains(name, ".so") {
			names = append(names, name)
		}
	}
	for _, at := range []int{given, own} {
		for _, src := range s.sources[at] {
			if !src.dir {
				continue
			}
			matches, _ := filepath.Glob(filepath.Join(escapeGlob(src.path), "*.conf"))
			for _, path := range matches {
				if name := strings.TrimSuffix(filepath.Base(path), ".conf"); name != syscalls {
					names = append(names, name)
				}
			}
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// escapeGlob takes the meaning from what filepath.Glob understands in a path.
func escapeGlob(path string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(path)
}

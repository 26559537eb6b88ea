package elfsym

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
)

// Search finds the libraries that a program needs where the dynamic linker
// would, without running anything: by the rules of glibc's ld.so(8), or by
// musl's for a program whose interpreter that is. The zero value searches as
// for a program started with an empty environment. What it reads of the
// system's configuration it reads once. A Search is for one goroutine at a
// time.
//
// Of ld.so's rules it leaves out what hardly any library relies on: subdirectories
// named for features of the processor that glibc before 2.37 knew (tls,
// haswell), DT_AUXILIARY and DT_FILTER.
type Search struct {
	// Root is put before absolute paths, to look into a container or another
	// system, as /proc/PID/root. Symbolic links do not lead out of it.
	Root string

	// LibraryPath and Preload are what LD_LIBRARY_PATH and LD_PRELOAD hold.
	// Both count for nothing in a program that has more rights than its
	// user: leave them empty for one.
	LibraryPath, Preload string

	// HWCaps names the subdirectories of glibc-hwcaps that the processor is
	// good for, the best first: see X86HWCaps.
	HWCaps []string

	// Files, where it is not nil, holds the files that are read.
	Files *Cache

	cache   *linkerCache
	preload []string        // of /etc/ld.so.preload
	hwdirs  map[string]bool // whether a directory named glibc-hwcaps is there
	musl    map[string][]string
	read    bool // the system's configuration
}

// Object is a file as the dynamic linker loads it.
type Object struct {
	File *File
	Path string // by which the linker opens it, within Root
	Host string // by which it can be opened from here
}

// NeededError is a library that the dynamic linker would not find, or not take.
type NeededError struct {
	Name string // as DT_NEEDED, LD_PRELOAD or the like have it
	By   string // the path of the file that needs it, or "" where it is preloaded
	Err  error  // wraps fs.ErrNotExist where no file was found
}

// Error tells what is needed by whom, and why it is not there.
func (e *NeededError) Error() string {
	if e.By == "" {
		return fmt.Sprintf("%s, to be preloaded: %v", e.Name, e.Err)
	}
	return fmt.Sprintf("%s, needed by %s: %v", e.Name, e.By, e.Err)
}

// Unwrap returns the reason alone.
func (e *NeededError) Unwrap() error { return e.Err }

// The bounds of one Closure: large programs load some 500 libraries.
const (
	maxObjects    = 4096
	maxSearchErrs = 100
	maxTries      = 1 << 17 // paths looked at
	maxPath       = 4096    // PATH_MAX, in bytes
)

// Closure returns f, which has been opened at its Path, and all files that
// would be loaded with it at its start, each once and in the order of loading:
// f, what is preloaded, then what each of these needs in turn. The dynamic
// linker stands where it is first needed, or last. The error joins a
// *NeededError for each library that is missing, and what is wrong with the
// system's configuration; what has been found is returned all the same.
func (s *Search) Closure(f *File) ([]Object, error) {
	c := &closure{s: s, arch: neededArches[f.Arch], musl: usesMusl(f), names: make(map[string]*object), ids: make(map[ID]*object)}
	if c.arch == nil {
		return nil, fmt.Errorf("find the libraries of %s: %w: %s", f.Path, ErrMachine, f.Arch.Name)
	}
	if err := s.readConfiguration(); err != nil && !c.musl {
		c.fail(err)
	}
	path := strings.TrimPrefix(f.Path, strings.TrimSuffix(s.Root, "/"))
	c.main = &object{Object: Object{File: f, Path: path, Host: f.Path}}
	c.main.origin = s.programOrigin(path)
	c.know(c.main, path)
	if fi, err := os.Stat(f.Path); err == nil {
		if id, err := IDOf(fi); err == nil {
			c.ids[id] = c.main
		}
	}
	c.list(c.main)
	c.findInterpreter()
	c.preload()
	for i := 0; i < len(c.order); i++ {
		o := c.order[i]
		for _, name := range o.File.Needed {
			c.need(name, o)
		}
	}
	if c.linker != nil {
		c.list(c.linker)
	}
	objects := make([]Object, len(c.order))
	for i, o := range c.order {
		objects[i] = o.Object
	}
	return objects, errors.Join(c.errs...)
}

// programOrigin returns what $ORIGIN is to a program: the directory that it
// really lies in, as /proc/self/exe tells.
func (s *Search) programOrigin(path string) string {
	if s.Root != "" {
		host, err := within(s.Root, path)
		if err != nil {
			return filepath.Dir(path)
		}
		return filepath.Dir(strings.TrimPrefix(host, strings.TrimSuffix(s.Root, "/")))
	}
	path, err := filepath.Abs(path)
	if err != nil {
		return ""
	}
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	return filepath.Dir(path)
}

// usesMusl tells whether musl's dynamic linker loads a file. A library does not
// say so, but for the C library that it needs.
func usesMusl(f *File) bool {
	if f.Interp != "" {
		return strings.HasPrefix(filepath.Base(f.Interp), "ld-musl-")
	}
	return slices.ContainsFunc(f.Needed, func(name string) bool {
		return name == "libc.so" || strings.HasPrefix(name, "libc.musl-")
	})
}

// closure is one search for all that a program needs.
type closure struct {
	s      *Search
	arch   *neededArch
	musl   bool
	main   *object
	linker *object // the interpreter, which is there from the start
	order  []*object
	names  map[string]*object // by all names under which it has been asked for
	ids    map[ID]*object
	tries  int
	errs   []error
}

// object is a file that has been loaded, or the dynamic linker, which is not
// in the order until it is needed.
type object struct {
	Object
	by     *object // which needed it first, or nil
	origin string  // what $ORIGIN means in it
	listed bool

	rpath, runpath []string // expanded
	expanded       bool
}

func (c *closure) fail(err error) {
	if len(c.errs) < maxSearchErrs {
		c.errs = append(c.errs, err)
	}
}

func (c *closure) list(o *object) {
	if !o.listed {
		o.listed = true
		c.order = append(c.order, o)
	}
}

// know notes the names by which an object will be recognised. glibc compares
// paths, names asked for and SONAMEs (_dl_map_object in elf/dl-load.c); musl
// only names without a directory that have led to a file (load_library in
// ldso/dynlink.c).
func (c *closure) know(o *object, name string) {
	names := []string{name, o.Path, o.File.SONAME}
	if c.musl {
		names = []string{name}
	}
	for _, n := range names {
		if n != "" && c.names[n] == nil && (!c.musl || !strings.Contains(n, "/")) {
			c.names[n] = o
		}
	}
}

func (c *closure) findInterpreter() {
	path := c.main.File.Interp
	if path == "" {
		return
	}
	o, id, err := c.open(path)
	if err != nil {
		c.fail(&NeededError{path, c.main.Path, notFound(err)})
		return
	}
	c.linker = o
	c.ids[id] = o
	c.know(o, path)
}

// preload takes in what is loaded before anything that is needed.
func (c *closure) preload() {
	names := strings.FieldsFunc(c.s.Preload, isPreloadSpace)
	if !c.musl {
		names = append(names, c.s.preload...)
	}
	for _, name := range names {
		c.load(name, nil)
	}
}

// isPreloadSpace tells what stands between the names in LD_PRELOAD (ld.so(8)).
func isPreloadSpace(r rune) bool { return strings.ContainsRune(": \t\r\n", r) }

// need takes in the library name that o needs.
func (c *closure) need(name string, o *object) { c.load(name, o) }

// load takes in the library by that name, unless it is there. by is nil for one
// that is preloaded.
func (c *closure) load(name string, by *object) {
	if name == "" {
		return
	}
	if c.musl && c.linker != nil && isMuslItself(name) {
		c.list(c.linker)
		return
	}
	if o := c.names[name]; o != nil {
		c.list(o)
		return
	}
	if len(c.order) >= maxObjects {
		return
	}
	o, id, err := c.find(name, by)
	if err != nil {
		e := &NeededError{Name: name, Err: err}
		if by != nil {
			e.By = by.Path
		}
		c.fail(e)
		return
	}
	if old := c.ids[id]; old != nil {
		c.know(old, name)
		c.list(old)
		return
	}
	o.by = by
	c.ids[id] = o
	c.know(o, name)
	c.list(o)
}

// find opens the first file by a name that is for this machine.
func (c *closure) find(name string, by *object) (*object, ID, error) {
	if len(name) > maxPath {
		return nil, ID{}, fmt.Errorf("a name of %d bytes", len(name))
	}
	var other error
	for path := range c.candidates(name, by) {
		if c.tries++; c.tries > maxTries {
			return nil, ID{}, fmt.Errorf("given up: %d paths have been looked at", maxTries)
		}
		o, id, err := c.open(path)
		switch {
		case err == nil:
			return o, id, nil
		case errors.Is(err, ErrMachine) && !c.musl:
			other = cmp.Or(other, err)
		case !passedOver(err):
			return nil, ID{}, err
		}
	}
	return nil, ID{}, notFound(other)
}

// errNotFound reads as what it wraps does not: "file does not exist".
type errNotFound struct{ other error }

func notFound(other error) error {
	if other != nil && passedOver(other) {
		other = nil
	}
	return errNotFound{other}
}

func (e errNotFound) Error() string {
	if e.other != nil {
		return "not found (passed over: " + e.other.Error() + ")"
	}
	return "not found"
}

func (errNotFound) Is(target error) bool { return target == fs.ErrNotExist }

// passedOver tells whether the dynamic linker goes on to the next directory
// after an error of opening (open_path in elf/dl-load.c, path_open in
// ldso/dynlink.c). After any other one it gives up.
func passedOver(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENOTDIR) ||
		errors.Is(err, syscall.EACCES) || errors.Is(err, syscall.ENAMETOOLONG)
}

// open reads the file at a path in the root. The error wraps ErrMachine where
// it is for another machine than the program.
func (c *closure) open(path string) (*object, ID, error) {
	host, err := c.s.host(path)
	if err != nil {
		return nil, ID{}, err
	}
	fi, err := os.Stat(host)
	if err != nil {
		return nil, ID{}, err
	}
	if !fi.Mode().IsRegular() {
		return nil, ID{}, fmt.Errorf("read %s: %w", path, ErrNotELF)
	}
	id, err := IDOf(fi)
	if err != nil {
		return nil, ID{}, err
	}
	if o := c.ids[id]; o != nil {
		return o, id, nil
	}
	if c.s.Files == nil {
		c.s.Files = new(Cache)
	}
	f, err := c.s.Files.Open(host, id)
	if err != nil {
		return nil, ID{}, err
	}
	if f.Arch != c.main.File.Arch {
		return nil, ID{}, fmt.Errorf("read %s: %w here: %s", path, ErrMachine, f.Arch.Name)
	}
	o := &object{Object: Object{File: f, Path: path, Host: host}, origin: filepath.Dir(path)}
	if !filepath.IsAbs(path) && c.s.Root == "" {
		if abs, err := filepath.Abs(path); err == nil {
			o.origin = filepath.Dir(abs)
		}
	}
	return o, id, nil
}

// host returns the path by which the file at a path in the root can be opened.
func (s *Search) host(path string) (string, error) {
	if s.Root == "" || s.Root == "/" {
		return path, nil
	}
	return within(s.Root, path)
}

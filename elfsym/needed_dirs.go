package elfsym

import (
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"strings"
)

// candidates yields the paths at which the dynamic linker looks for a library,
// in its order. by is nil for one that is preloaded.
func (c *closure) candidates(name string, by *object) iter.Seq[string] {
	if c.musl {
		return c.muslCandidates(name, by)
	}
	loader := by
	if loader == nil {
		loader = c.main
	}
	return func(yield func(string) bool) {
		if strings.Contains(name, "/") {
			each(c.expand(name, loader.origin), yield)
			return
		}
		in := func(dirs []string) bool {
			for _, dir := range dirs {
				if !c.inDirectory(dir, name, yield) {
					return false
				}
			}
			return true
		}
		if !c.inRPaths(loader, in) || !in(c.libraryPath()) || !in(c.runpath(loader)) {
			return
		}
		if path := c.s.cache.lookup(name, c.arch.cacheID, c.s.HWCaps); path != "" {
			if !(loader.File.noDefaultDirs && c.isDefault(path)) && !yield(path) {
				return
			}
		}
		if !loader.File.noDefaultDirs {
			in(c.arch.dirs)
		}
	}
}

func each(paths []string, yield func(string) bool) bool {
	for _, p := range paths {
		if !yield(p) {
			return false
		}
	}
	return true
}

// inRPaths gives the DT_RPATHs to in: those of the file that needs the library,
// of the one that needed that, and so on, and the program's. Where the first
// has a DT_RUNPATH, none counts.
func (c *closure) inRPaths(loader *object, in func([]string) bool) bool {
	if loader.File.hasRunPath {
		return true
	}
	atMain := false
	for o := loader; o != nil; o = o.by {
		if !in(c.rpath(o)) {
			return false
		}
		atMain = atMain || o == c.main
	}
	return atMain || in(c.rpath(c.main))
}

// inDirectory yields the path in a directory, behind those in its
// subdirectories for better processors.
func (c *closure) inDirectory(dir, name string, yield func(string) bool) bool {
	if len(c.s.HWCaps) > 0 && c.hasHWCaps(dir) {
		for _, level := range c.s.HWCaps {
			if !yield(slash(dir) + "glibc-hwcaps/" + level + "/" + name) {
				return false
			}
		}
	}
	return yield(slash(dir) + name)
}

func (c *closure) hasHWCaps(dir string) bool {
	has, known := c.s.hwdirs[dir]
	if !known {
		host, err := c.s.host(slash(dir) + "glibc-hwcaps")
		if err == nil {
			_, err = os.Stat(host)
		}
		has = err == nil
		if c.s.hwdirs == nil || len(c.s.hwdirs) > maxObjects {
			c.s.hwdirs = make(map[string]bool)
		}
		c.s.hwdirs[dir] = has
	}
	return has
}

// slash makes a directory the beginning of a path, as ld.so does.
func slash(dir string) string {
	if dir = strings.TrimRight(dir, "/"); dir == "" {
		return "/"
	}
	return dir + "/"
}

// isDefault tells whether a path lies in a directory that DF_1_NODEFLIB rules
// out.
func (c *closure) isDefault(path string) bool {
	for _, dir := range c.arch.dirs {
		if strings.HasPrefix(path, slash(dir)) {
			return true
		}
	}
	return false
}

func (c *closure) libraryPath() []string {
	if c.s.LibraryPath == "" {
		return nil
	}
	return c.directories(strings.Split(strings.ReplaceAll(c.s.LibraryPath, ";", ":"), ":"), c.main.origin)
}

func (c *closure) rpath(o *object) []string {
	c.expandPaths(o)
	return o.rpath
}

func (c *closure) runpath(o *object) []string {
	c.expandPaths(o)
	return o.runpath
}

func (c *closure) expandPaths(o *object) {
	if o.expanded {
		return
	}
	o.expanded = true
	if o.File.RPath != "" {
		o.rpath = c.directories(strings.Split(o.File.RPath, ":"), o.origin)
	}
	if o.File.RunPath != "" {
		o.runpath = c.directories(strings.Split(o.File.RunPath, ":"), o.origin)
	}
}

// directories expands each element of a search path. An empty one is the
// working directory.
func (c *closure) directories(elements []string, origin string) []string {
	var dirs []string
	for _, e := range elements {
		if e == "" {
			e = "."
		}
		dirs = append(dirs, c.expand(e, origin)...)
	}
	return dirs
}

// expand replaces $ORIGIN, $LIB and $PLATFORM (ld.so(8), "Dynamic string
// tokens"). Where a token may stand for several things, so does the result.
func (c *closure) expand(path, origin string) []string {
	if !strings.Contains(path, "$") {
		return []string{path}
	}
	paths := []string{path}
	paths = replaceToken(paths, "ORIGIN", []string{origin})
	paths = replaceToken(paths, "LIB", c.arch.lib)
	return replaceToken(paths, "PLATFORM", c.arch.platform)
}

// replaceToken returns the paths with each of the values in place of a token.
func replaceToken(paths []string, token string, values []string) []string {
	braces, plain := "${"+token+"}", "$"+token
	var out []string
	for _, p := range paths {
		n := strings.Count(p, plain) + strings.Count(p, braces)
		if n == 0 {
			out = append(out, p)
			continue
		}
		for _, v := range values {
			if len(p)+n*len(v) > 2*maxPath {
				continue
			}
			out = append(out, strings.ReplaceAll(strings.ReplaceAll(p, braces, v), plain, v))
		}
	}
	return out
}

// muslCandidates yields the paths at which musl's linker looks: in
// LD_LIBRARY_PATH, in what the file that needs the library and those before it
// say, whichever tag they use, and in the system's path.
func (c *closure) muslCandidates(name string, by *object) iter.Seq[string] {
	return func(yield func(string) bool) {
		if strings.Contains(name, "/") {
			yield(name)
			return
		}
		in := func(dirs []string) bool {
			for _, dir := range dirs {
				if !yield(dir + "/" + name) {
					return false
				}
			}
			return true
		}
		if !in(muslPath(c.s.LibraryPath)) {
			return
		}
		for o := by; o != nil; o = o.by {
			path := o.File.RPath
			if o.File.RunPath != "" {
				path = o.File.RunPath
			}
			if !in(muslOrigin(path, o.origin)) {
				return
			}
		}
		in(c.s.muslSystemPath(c.main.File.Interp, c.arch.muslName))
	}
}

// muslPath takes a search path apart as path_open in ldso/dynlink.c does.
func muslPath(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == ':' || r == '\n' })
}

// muslOrigin is fixup_rpath: a path with any other token counts for nothing.
func muslOrigin(path, origin string) []string {
	if strings.Contains(path, "$") {
		paths := replaceToken([]string{path}, "ORIGIN", []string{origin})
		if len(paths) == 0 || strings.Contains(strings.ReplaceAll(strings.ReplaceAll(path, "$ORIGIN", ""), "${ORIGIN}", ""), "$") {
			return nil
		}
		path = paths[0]
	}
	return muslPath(path)
}

// muslSystemPath reads the directories of /etc/ld-musl-ARCH.path. The etc lies
// beside the directory that the interpreter is in.
func (s *Search) muslSystemPath(interp, arch string) []string {
	name := "/etc/ld-musl-" + arch + ".path"
	if strings.HasPrefix(interp, "/") {
		name = filepath.Join(filepath.Dir(filepath.Dir(interp)), name)
	}
	if dirs, ok := s.musl[name]; ok {
		return dirs
	}
	dirs := []string{"/lib", "/usr/local/lib", "/usr/lib"}
	if text, err := s.config(name); err == nil {
		dirs = muslPath(string(text))
	}
	if s.musl == nil || len(s.musl) > maxObjects {
		s.musl = make(map[string][]string)
	}
	s.musl[name] = dirs
	return dirs
}

// isMuslItself tells whether a name is one of the libraries that musl's dynamic
// linker contains (load_library in ldso/dynlink.c).
func isMuslItself(name string) bool {
	name, ok := strings.CutPrefix(name, "lib")
	if !ok {
		return false
	}
	for _, part := range []string{"c.", "pthread.", "rt.", "m.", "dl.", "util.", "xnet."} {
		if strings.HasPrefix(name, part) {
			return true
		}
	}
	return false
}

// maxConfig caps the size of a configuration file, in bytes: the cache of a
// system with 100,000 libraries has some 10 MB.
const maxConfig = 64 << 20

// config reads a configuration file in the root.
func (s *Search) config(path string) ([]byte, error) {
	host, err := s.host(path)
	if err != nil {
		return nil, err
	}
	fi, err := os.Stat(host)
	if err != nil {
		return nil, err
	}
	if !fi.Mode().IsRegular() || fi.Size() > maxConfig {
		return nil, fmt.Errorf("read %s: not a file of up to %d bytes", path, maxConfig)
	}
	f, err := os.Open(host)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, maxConfig))
}

// readConfiguration reads glibc's files, once. The error is of what is there
// and cannot be used, and told once.
func (s *Search) readConfiguration() error {
	if s.read {
		return nil
	}
	s.read = true
	if text, err := s.config("/etc/ld.so.preload"); err == nil {
		s.preload = preloadNames(string(text))
	}
	const path = "/etc/ld.so.cache"
	data, err := s.config(path)
	if err != nil {
		return nil // ld.so does without, and so do statically linked systems
	}
	if s.cache, err = parseLinkerCache(data); err != nil {
		return fmt.Errorf("read %s: %w", path, err)
	}
	return nil
}

// preloadNames reads /etc/ld.so.preload, with comments as ld.so takes them.
func preloadNames(text string) []string {
	var names []string
	for line := range strings.Lines(text) {
		line, _, _ = strings.Cut(line, "#")
		names = append(names, strings.FieldsFunc(line, isPreloadSpace)...)
	}
	return names
}

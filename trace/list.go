package trace

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"sonde/elfsym"
	"sonde/filter"
	"sonde/proc"
	"sonde/sysdeps"
)

// Lister tells what filters choose in a program, without running anything.
type Lister struct {
	Calls, Entries, Libraries *filter.Filter

	// Search finds the libraries of programs that are files. They are read
	// only where a filter could choose something in them.
	Search elfsym.Search

	files elfsym.Cache
}

// Listing is what the filters choose in one program.
type Listing struct {
	Places []Listed
	sub    subject
}

// Listed is a place in one of a program's modules.
type Listed struct {
	Planned
	Module string
	// Bias is what the addresses of Planned are moved by in memory: 0 for a
	// file.
	Bias sysdeps.Addr
}

// Where returns the address of the place, or of the pointer where there is no
// place of its own: ViaLoad and ViaData.
func (p *Listed) Where() sysdeps.Addr {
	if p.Kind == ViaLoad || p.Kind == ViaData {
		return p.Bias + sysdeps.Addr(p.Pointer)
	}
	return p.Bias + sysdeps.Addr(p.Addr)
}

// Unmet says which filters have chosen nothing that would be traced, why, and
// what would help; nil where all have.
func (l *Listing) Unmet() error {
	var c tally
	for i := range l.Places {
		c.count(&l.Places[i].Planned)
	}
	return l.sub.unmet(c)
}

// ErrNoProgram says that a file is neither a program nor a library.
var ErrNoProgram = errors.New("neither a program nor a library")

// File lists a program or a library with all that it needs. Without a Listing
// the error says why the file cannot be listed; with one, what is missing from
// it.
func (l *Lister) File(path string) (*Listing, error) {
	f, err := elfsym.Open(path)
	if errors.Is(err, elfsym.ErrNotELF) {
		return nil, fmt.Errorf("list %s: %w%s", path, ErrNoProgram, scriptHint(path))
	}
	if err != nil {
		return nil, fmt.Errorf("list: %w", err)
	}
	main := &module{Module: filter.Module{Base: filepath.Base(path), Path: path, Main: true}}
	main.loaded(f, path, 0)
	modules, reached := []*module{main}, func(string) *module { return nil }
	var missing error
	if !MainOnly(l.Calls, l.Entries, l.Libraries) {
		modules, missing = l.needed(main)
		reached = firstDefiner(modules)
	}
	listing, err := l.list(path, modules, reached, &elfsym.DebugFinder{Root: l.Search.Root})
	return listing, errors.Join(missing, err)
}

// MainOnly tells that nothing outside the main program can be chosen.
func MainOnly(calls, entries, libraries *filter.Filter) bool {
	return calls.MainOnly() && entries.MainOnly() && libraries == nil
}

// scriptHint names the interpreter of a script, which is what would be traced.
func scriptHint(path string) string {
	fh, err := os.Open(path)
	if err != nil {
		return ""
	}
	defer fh.Close()
	const longest = 256 // BINPRM_BUF_SIZE
	p := make([]byte, longest)
	n, _ := fh.Read(p)
	line, ok := bytes.CutPrefix(p[:n], []byte("#!"))
	if !ok {
		return ""
	}
	line, _, _ = bytes.Cut(line, []byte("\n"))
	words := strings.Fields(string(line))
	if len(words) == 0 {
		return ""
	}
	return fmt.Sprintf(": it is a script, run by %s", strings.Join(words, " "))
}

// needed returns a program's modules in the order in which they are loaded.
func (l *Lister) needed(main *module) ([]*module, error) {
	l.Search.Files = &l.files
	objects, err := l.Search.Closure(main.file)
	modules := []*module{main}
	for _, o := range objects[min(1, len(objects)):] {
		m := &module{Module: filter.Module{Base: filepath.Base(o.Path), Path: l.mappedPath(&o)}}
		m.loaded(o.File, o.Host, 0)
		modules = append(modules, m)
	}
	return modules, err
}

// mappedPath is the path that a process's maps have for a library: without symbolic
// links.
func (l *Lister) mappedPath(o *elfsym.Object) string {
	target, err := filepath.EvalSymlinks(o.Host)
	if err != nil {
		return o.Path
	}
	if path, ok := strings.CutPrefix(target, strings.TrimSuffix(l.Search.Root, "/")); ok {
		return path
	}
	return o.Path
}

// firstDefiner finds the module that a call to a function reaches: the first of
// those in the order of loading that exports it (ld.so(8)).
func firstDefiner(modules []*module) func(symbol string) *module {
	known := make(map[string]*module)
	return func(symbol string) *module {
		m, ok := known[symbol]
		if !ok {
			i := slices.IndexFunc(modules, func(m *module) bool {
				_, ok := m.file.Lookup(symbol)
				return ok
			})
			if i >= 0 {
				m = modules[i]
			}
			known[symbol] = m
		}
		return m
	}
}

// list chooses the places in the modules. definer finds the module that a call
// reaches.
func (l *Lister) list(name string, modules []*module, definer func(string) *module, where *elfsym.DebugFinder) (*Listing, error) {
	wanted := Wanted{Calls: l.Calls, Entries: l.Entries}
	if l.Libraries != nil {
		wanted.Reached = func(symbol string) bool {
			m := definer(symbol)
			return m != nil && l.Libraries.Match(&m.Module, "", "")
		}
	}
	listing := &Listing{sub: subject{
		name: name, modules: modules, where: where, untraced: "has nothing that would be traced",
		calls: l.Calls, entries: l.Entries, libraries: l.Libraries,
	}}
	var errs []error
	for _, m := range modules {
		plan, err := wanted.Plan(&m.Module, m.file, m.source, where)
		errs = append(errs, err)
		listing.Places = slices.Grow(listing.Places, len(plan))
		for i := range plan {
			listing.Places = append(listing.Places, Listed{plan[i], m.Name, m.bias})
		}
	}
	return listing, errors.Join(errs...)
}

// Process lists a process that is running, at the addresses in its memory, and
// leaves it alone. The errors are as for File.
func (l *Lister) Process(pid int) (*Listing, error) {
	tid := proc.LivingTask(pid)
	mappings, err := proc.Maps(tid)
	if err != nil {
		return nil, fmt.Errorf("list process %d: %w", pid, err)
	}
	if len(mappings) == 0 {
		return nil, fmt.Errorf("list process %d: it has no memory: a thread of the kernel, or ended", pid)
	}
	dir := "/proc/" + strconv.Itoa(tid)
	mem, err := openMem(dir)
	if err != nil {
		return nil, fmt.Errorf("list process %d: %w", pid, err)
	}
	defer mem.close()
	exe, path := exeInode(tid), exePath(tid)
	var modules []*module
	var errs []error
	found := findModules(mappings)
	for _, lo := range slices.Sorted(maps.Keys(found)) {
		m := found[lo]
		m.Main = m.inode == exe && m.Path == path
		if !m.Main && MainOnly(l.Calls, l.Entries, l.Libraries) {
			continue // as for a file
		}
		if err := m.readFile(&l.files, mem, dir); err != nil {
			if !errors.Is(err, elfsym.ErrNotELF) {
				errs = append(errs, fmt.Errorf("calls from %s are not listed: %w", m.Path, err))
			}
			continue
		}
		modules = append(modules, m)
	}
	// The main program first, as for a file.
	if i := slices.IndexFunc(modules, func(m *module) bool { return m.Main }); i > 0 {
		modules = slices.Insert(slices.Delete(slices.Clone(modules), i, i+1), 0, modules[i])
	}
	where := &elfsym.DebugFinder{Root: dir + "/root"}
	listing, err := l.list(path, modules, anyGoal(modules, l.Libraries), where)
	return listing, errors.Join(append(errs, err)...)
}

// anyGoal finds, of the modules that export a function, one of -l: mappings do
// not tell in which order they have been loaded.
func anyGoal(modules []*module, libraries *filter.Filter) func(symbol string) *module {
	goals := slices.DeleteFunc(slices.Clone(modules), func(m *module) bool {
		return !libraries.Match(&m.Module, "", "")
	})
	return firstDefiner(goals)
}

// memFile is a process's memory by its file in /proc.
type memFile struct{ f *os.File }

func openMem(dir string) (memFile, error) {
	f, err := os.Open(dir + "/mem")
	return memFile{f}, err
}

func (m memFile) close() { _ = m.f.Close() }

// ReadMemory is sysdeps.Memory's.
func (m memFile) ReadMemory(p []byte, a sysdeps.Addr) (int, error) { return m.f.ReadAt(p, int64(a)) }

// HostHWCaps returns what elfsym.Search needs to know of this machine's
// processor.
func HostHWCaps() []string {
	text, err := os.ReadFile("/proc/cpuinfo")
	if err != nil {
		return nil
	}
	for line := range strings.Lines(string(text)) {
		if name, flags, ok := strings.Cut(line, ":"); ok && strings.TrimSpace(name) == "flags" {
			return elfsym.X86HWCaps(strings.Fields(flags))
		}
	}
	return nil
}

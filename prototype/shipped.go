package prototype

import (
	"embed"
	"slices"
	"strings"
	"sync"
)

// What Sonde knows itself: the libraries' files, and types.conf and constants.conf
// for all of them.
//
//go:embed shipped/*.conf
var shipped embed.FS

const shippedDir = "shipped/"

// common are the files whose types and constants all files know.
var common = []string{"types.conf", "constants.conf"}

// library reads shipped files, each when it is first asked for.
type library struct {
	files  map[string]*File // by name in shippedDir; nil: there is no such file
	common []*File
	report func(*Error)
}

func newLibrary(report func(*Error)) *library {
	l := &library{files: make(map[string]*File), report: report}
	for _, name := range common {
		l.common = append(l.common, l.file(name))
	}
	for _, f := range l.common {
		f.known = l.common
	}
	return l
}

// file returns a shipped file; nil if there is none of that name.
func (l *library) file(name string) *File {
	f, known := l.files[name]
	if known {
		return f
	}
	if text, err := shipped.ReadFile(shippedDir + name); err == nil {
		f = newFile(shippedDir+name, string(text), l.report)
		f.known = l.common
		f.find = l.find
	}
	l.files[name] = f
	return f
}

// find returns the files that an import in a shipped file means, or a SONAME: the
// ones written by hand, then the generated ones.
func (l *library) find(name string) (files []*File) {
	for _, ending := range []string{".conf", ".generated.conf"} {
		for base := range baseNames(name) {
			if f := l.file(base + ending); f != nil {
				files = append(files, f)
			}
		}
	}
	return files
}

// shippedNames returns the names of all shipped files, without .conf, sorted.
func shippedNames() (names []string) {
	entries, err := shipped.ReadDir(strings.TrimSuffix(shippedDir, "/"))
	if err != nil {
		return nil
	}
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".conf"); ok && !slices.Contains(common, e.Name()) {
			names = append(names, name)
		}
	}
	return names
}

// standard returns the files that all know, for what is parsed by itself. They are
// parsed whole: after that they are not changed any more, and may be shared.
var standard = sync.OnceValue(func() []*File {
	l := newLibrary(func(*Error) {})
	for _, f := range l.common {
		f.parseAll()
	}
	return l.common
})

package stacks

import (
	"path"
	"strings"

	"sonde/elfsym"
	"sonde/unwind"
)

// makers are the interpreters that make code as they run, by the beginning of the name of
// the file that they are in, and what is told of code that has no other name.
var makers = []struct{ file, label string }{
	{"libjvm.so", "[jvm]"},
	{"libcoreclr.so", "[clr]"},
	{"node", "[v8]"},
	{"libnode.so", "[v8]"},
	{"libv8.so", "[v8]"},
	{"libmozjs", "[spidermonkey]"},
	{"libjavascriptcoregtk", "[jsc]"},
	{"libluajit", "[luajit]"},
	{"luajit", "[luajit]"},
	{"ruby", "[ruby]"},
	{"libruby", "[ruby]"},
	{"beam.smp", "[beam]"},
	{"pypy", "[pypy]"},
	{"libpypy", "[pypy]"},
}

// moduleAnonymous is that of code in memory of no file.
const moduleAnonymous = "[anon]"

// label names code that is in no file by the mapping that it is in: by the mapping's own
// name (prctl(2), PR_SET_VMA), or by the interpreter that must have made it.
func (w *walker) label(named *Frame, f *unwind.Frame) {
	if f.Image != nil || named.Module != "" {
		return
	}
	m := w.images.Mapping(f.PC)
	if m == nil || !m.Exec {
		return
	}
	named.Module, named.ModuleOffset = m.Name, uint64(f.PC-m.Lo)
	if m.Name == "" {
		named.Module = maker(w.images)
	}
}

// maker returns what code in memory of no file is labelled.
func maker(im *elfsym.Images) string {
	for _, img := range im.All() {
		base := path.Base(img.Name)
		for _, m := range makers {
			if rest, ok := strings.CutPrefix(base, m.file); ok && (rest == "" || strings.ContainsAny(rest[:1], ".-0123456789")) {
				return m.label
			}
		}
	}
	return moduleAnonymous
}

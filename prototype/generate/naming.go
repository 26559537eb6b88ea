package main

import (
	"debug/dwarf"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var commonType = regexp.MustCompile(`(?m)^\s*typedef\s+([A-Za-z_][A-Za-z_0-9]*)\s*=`)

// commonTypes are the names of the types that all files know.
func commonTypes(dir string) (map[string]bool, error) {
	names := map[string]bool{}
	for _, file := range []string{"types.conf", "constants.conf"} {
		text, err := os.ReadFile(filepath.Join(dir, file))
		if os.IsNotExist(err) {
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("read common types: %w", err)
		}
		for _, m := range commonType.FindAllSubmatch(text, -1) {
			names[string(m[1])] = true
		}
	}
	return names, nil
}

// builtin are typedefs that the language has words of its own for.
var builtin = map[string]string{
	"wchar_t": "wchar", "char16_t": "char16", "char32_t": "char32",
	"int8_t": "int8", "int16_t": "int16", "int32_t": "int32", "int64_t": "int64",
	"uint8_t": "uint8", "uint16_t": "uint16", "uint32_t": "uint32", "uint64_t": "uint64",
	"FILE": "FILE", "_IO_FILE": "FILE", "bool": "bool",
	"va_list": "va_list", "__gnuc_va_list": "va_list", "__builtin_va_list": "va_list",
}

// typeName is the name by which a file calls a type: that of types.conf, or of
// a typedef that the file defines. It is "" for what is written out.
func (w *writer) typeName(p pair) string {
	if s, ok := w.shown(p.wide); ok {
		return s.name
	}
	for _, name := range typedefs(p.wide) {
		if !w.sameOnBoth(name, p) {
			continue
		}
		if text := w.knownName(name); text != "" {
			return text
		}
		if public, ok := w.publicName(name, p.wide); ok {
			return w.define(public, p)
		}
	}
	tag := tagOf(strip(p.wide))
	if tag == "" {
		return ""
	}
	if text := w.knownName(tag); text != "" {
		return text
	}
	if t := w.s.wideNames.better[tag]; t != "" {
		if text := w.knownName(t); text != "" {
			return text
		}
		tag = t
	}
	if bare := strings.TrimLeft(tag, "_"); w.s.wideNames.tags[bare] == nil && w.s.wideNames.typedefs[bare] == nil {
		tag = bare
	}
	return w.define(tag, p)
}

// sameOnBoth tells whether the typedef of the name is what the 32-bit machine
// has there, too: stat64's st_size is an off_t on one of them alone.
func (w *writer) sameOnBoth(name string, p pair) bool {
	t := w.s.narrowNames.typedefs[name]
	return t == nil || p.narrow == nil || t.Size() == p.narrow.Size()
}

// knownName returns the language's own name, or that of types.conf, for a C
// library's.
func (w *writer) knownName(name string) string {
	if u, ok := strings.CutPrefix(name, "__u_"); ok {
		name = "u" + u
	}
	if as := w.s.library.as[name]; as != "" {
		for _, f := range w.s.library.files {
			w.defineConstants(f.constants, as)
		}
		return as
	}
	for _, n := range []string{name, strings.TrimPrefix(name, "__")} {
		if b := builtin[n]; b != "" {
			return b
		}
		if w.common[n] {
			return n
		}
	}
	return ""
}

// publicName returns the name without underscores of a typedef that has one of
// either kind: glibc's headers use __off_t where <sys/types.h> says off_t. A
// typedef that is not public is looked through.
func (w *writer) publicName(name string, t dwarf.Type) (string, bool) {
	if !strings.HasPrefix(name, "_") {
		return name, true
	}
	bare := strings.TrimLeft(name, "_")
	if public := w.s.wideNames.typedefs[bare]; public != nil {
		return bare, strip(public) == strip(t) || strip(public).String() == strip(t).String() && public.Size() == t.Size()
	}
	if s, ok := strip(t).(*dwarf.StructType); ok && s.StructName == "" {
		return bare, w.s.wideNames.tags[bare] == nil
	}
	return "", false
}

// define has the file define a type by the name.
func (w *writer) define(name string, p pair) string {
	return w.defineAs(name, p, "")
}

// defineAs is define for a type whose text is known; with "" it is found once
// the name is.
func (w *writer) defineAs(name string, p pair, text string) string {
	p = pair{strip(p.wide), strip(p.narrow)}
	for {
		old, ok := w.shapes[name]
		if !ok {
			break
		}
		if old.wide == p.wide || old.wide.String() == p.wide.String() {
			return name
		}
		name += "_" // a tag and a typedef may share a name in C
	}
	w.shapes[name] = p
	if r, ok := p.wide.(*dwarf.StructType); ok && text == "" && w.exact[name] {
		text = w.exactRecord(r, p.narrow)
	}
	if text == "" {
		text = w.shape(p, inStruct)
	}
	w.types[name] = text
	return name
}

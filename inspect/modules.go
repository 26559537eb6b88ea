package inspect

import (
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"

	"sonde/cli"
	"sonde/elfsym"
)

// Modules are the program, its libraries, and where their debugging information is.
type Modules struct {
	Head
	All []Module `json:"modules"` // by address
}

// Module is one of them.
type Module struct {
	Name string `json:"module"` // its path as it was mapped, or "[vdso]"
	// Debug is the file with the debugging information, which may be the module itself;
	// "" where none is found.
	Debug   string `json:"debug,omitempty"`
	BuildID string `json:"build_id,omitempty"` // in hexadecimal
	// Why is what is wrong, if that is why there is none.
	Why string `json:"why,omitempty"`
}

// Modules returns the modules. Other files that are mapped are none.
func (s *Subject) Modules() (*Modules, error) {
	ms := &Modules{Head: s.Head, All: []Module{}}
	if s.File != "" {
		f, err := elfsym.Open(s.File)
		if err != nil {
			return nil, err
		}
		ms.All = append(ms.All, module(s.File, f, s.File, &elfsym.DebugFinder{}))
		return ms, nil
	}
	images, err := s.images()
	if err != nil {
		return nil, err
	}
	seen := make(map[string]bool)
	for _, img := range images.All() {
		if seen[img.Name] {
			continue // it is mapped twice
		}
		f, path, err := img.File()
		switch {
		case err == nil:
			ms.All = append(ms.All, module(img.Name, f, path, img.Where))
		case errors.Is(err, elfsym.ErrNotELF) || !hasCode(img):
			continue
		default:
			ms.All = append(ms.All, Module{Name: img.Name, Why: reason(err)})
		}
		seen[img.Name] = true
	}
	return ms, nil
}

func hasCode(img *elfsym.Image) bool {
	for _, part := range img.Parts {
		if part.Exec {
			return true
		}
	}
	return false
}

// module tells of a file that can be read at path.
func module(name string, f *elfsym.File, path string, where *elfsym.DebugFinder) Module {
	m := Module{Name: name, BuildID: hex.EncodeToString(f.BuildID())}
	d, err := f.DebugInfo(path, where)
	if err != nil {
		if err.Error() != elfsym.ErrNoDebugInfo.Error() {
			m.Why = reason(err)
		}
		return m
	}
	defer d.Close()
	if m.Debug = seenFromHere(d.Path, where.Root); d.Path == path {
		m.Debug = name
	}
	return m
}

// seenFromHere shortens a path through a process's root where that is this process's, too.
func seenFromHere(path, root string) string {
	short, ok := strings.CutPrefix(path, root)
	if !ok || !strings.HasPrefix(root, "/proc/") {
		return path
	}
	there, err1 := os.Stat(path)
	here, err2 := os.Stat(short)
	if err1 != nil || err2 != nil || !os.SameFile(there, here) {
		return path
	}
	return short
}

// reason words an error in one line.
func reason(err error) string {
	if errors.Is(err, fs.ErrNotExist) {
		return "its file is not there"
	}
	return strings.ReplaceAll(err.Error(), "\n", "; ")
}

// none stands for what there is not.
const none = "---"

// WriteText writes a module a line: its name, and the file with its debugging information
// or "---"; with verbose, the build-id and what is wrong as well.
func (ms *Modules) WriteText(w io.Writer, verbose bool) error {
	var b []byte
	for _, m := range ms.All {
		columns := []string{m.Name, m.Debug}
		if verbose {
			columns = append(columns, m.BuildID)
		}
		for i, c := range columns {
			if c == "" {
				c = none
			}
			if i > 0 {
				b = append(b, ' ')
			}
			b = append(b, cli.Printable(c)...)
		}
		if verbose && m.Why != "" {
			b = fmt.Appendf(b, " (%s)", cli.Printable(m.Why))
		}
		b = append(b, '\n')
	}
	_, err := w.Write(b)
	return err
}

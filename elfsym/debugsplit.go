package elfsym

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"strings"

	"sonde/fields"
)

// mapped is a mapped file as a reader.
type mapped []byte

func (m mapped) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= int64(len(m)) {
		return 0, io.EOF
	}
	n := copy(p, m[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Close is io.Closer's. What is mapped stays so.
func (m mapped) Close() error { return nil }

// Split opens the file that holds the rest of a unit of split debugging
// information (DWARF 5, 3.1.2): name is DW_AT_dwo_name, and dir DW_AT_comp_dir.
// It may have come along with the program: then it is beside that. That it is
// of the same build is for the caller to find out, by the unit's identity.
func (d *DebugInfo) Split(dir, name string) (*DebugInfo, error) {
	if d.where == nil {
		return nil, fmt.Errorf("open %s: %w", name, fs.ErrNotExist)
	}
	home := filepath.Dir(d.program)
	paths := []string{name}
	if !filepath.IsAbs(name) {
		paths = []string{filepath.Join(dir, name), filepath.Join(home, name)}
	}
	return d.first(append(paths, filepath.Join(home, filepath.Base(name))), nil)
}

// Package opens the DWARF package file (DWARF 5, 7.3.5): all the split
// information of the program in one, NAME.dwp.
func (d *DebugInfo) Package() (*DebugInfo, error) {
	if d.where == nil {
		return nil, fmt.Errorf("open a package file: %w", fs.ErrNotExist)
	}
	own := d.where.real(d.Path)
	paths := []string{d.program + ".dwp", own + ".dwp"}
	if base, ok := strings.CutSuffix(own, ".debug"); ok {
		paths = append(paths, base+".dwp")
	}
	for _, dir := range d.where.dirs() {
		paths = append(paths, filepath.Join(dir, d.program+".dwp"))
	}
	return d.first(paths, nil)
}

// Supplementary opens the file with what the debugging information of several
// programs has in common: of .gnu_debugaltlink or .debug_sup (DWARF 5, 7.3.6),
// which dwz makes. The error wraps fs.ErrNotExist if there is none.
func (d *DebugInfo) Supplementary() (*DebugInfo, error) {
	link, err := d.supplementaryLink()
	if err != nil {
		return nil, err
	}
	if d.where == nil || link == nil {
		return nil, fmt.Errorf("open a supplementary file: %w", fs.ErrNotExist)
	}
	name := link.name
	if !filepath.IsAbs(name) {
		name = filepath.Join(filepath.Dir(d.where.real(d.Path)), name)
	}
	return d.first(append([]string{name}, d.where.byBuildID(link.id)...), func(o *DebugInfo) bool {
		if own, err := o.supplementaryLink(); err == nil && own != nil {
			return bytes.Equal(own.id, link.id)
		}
		return bytes.Equal(sectionBuildID(o.source, o.sections), link.id)
	})
}

// first opens the first of the files that is there and, by its machine and by
// check, belongs to this one.
func (d *DebugInfo) first(paths []string, check func(*DebugInfo) bool) (*DebugInfo, error) {
	var errs []error
	for _, path := range paths {
		o, err := d.open(path)
		if err == nil && (o.arch != d.arch || o.is64 != d.is64 || check != nil && !check(o)) {
			o.Close()
			err = fmt.Errorf("read %s: %w", path, errOtherBuild)
		}
		if err == nil {
			return o, nil
		}
		errs = append(errs, err)
	}
	for _, err := range errs {
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, errs[0]
}

// open opens another file with debugging information.
func (d *DebugInfo) open(path string) (*DebugInfo, error) {
	path, err := d.where.seen(path)
	if err != nil {
		return nil, err
	}
	fh, fi, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	defer fh.Close()
	im, err := openImage(fh, fi.Size(), readAnyHeader)
	if err != nil {
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	o := &DebugInfo{Path: path, program: d.program, where: d.where, budget: d.budget}
	return o.attach(im, fh)
}

// supplementaryLink is the name of a supplementary file, and the bytes that it
// is known by.
type supplementaryLink struct {
	name string
	id   []byte
}

// maxSupplementaryLink caps the section: a path and a checksum.
const maxSupplementaryLink = 2 * maxInterp

// supplementaryLink reads the link of this file; or, of a supplementary file,
// the link to itself. nil stands for none.
func (d *DebugInfo) supplementaryLink() (*supplementaryLink, error) {
	if sh, ok := d.section(".gnu_debugaltlink"); ok && sh.typ != elf.SHT_NOBITS {
		p, err := d.bytes(sh.offset, min(sh.size, maxSupplementaryLink), "the link to the supplementary file")
		if err != nil {
			return nil, err
		}
		name, id, ok := bytes.Cut(p, []byte{0})
		if !ok || len(id) == 0 {
			return nil, &FormatError{sh.offset, "a link to a supplementary file that is none"}
		}
		return &supplementaryLink{string(name), id}, nil
	}
	sh, ok := d.section(".debug_sup")
	if !ok || sh.typ == elf.SHT_NOBITS {
		return nil, nil
	}
	p, err := d.bytes(sh.offset, min(sh.size, maxSupplementaryLink), "the link to the supplementary file")
	if err != nil {
		return nil, err
	}
	b := fields.New(p)
	b.Skip(2 + 1) // version, whether it is a supplementary file itself
	name := b.Text(maxSupplementaryLink)
	id := b.Bytes(b.ULEB())
	if b.Bad() {
		return nil, &FormatError{sh.offset, "a link to a supplementary file that is none"}
	}
	return &supplementaryLink{string(name), id}, nil
}

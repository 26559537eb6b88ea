package elfsym

import (
	"bytes"
	"encoding/hex"
	"errors"
	"fmt"
	"hash/crc32"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sonde/fields"
)

// DebugFinder says where the separate debug files of stripped programs are, as
// GDB looks for them ("Debugging Information in Separate Files" in its manual):
// under each of Dirs by the build-id, as .build-id/ab/cdef.debug; then by the
// name in .gnu_debuglink, beside the file, in .debug beside it, and under each
// of Dirs at the file's own path. A file that is found is used only if it is of
// the same build. The supplementary file of .gnu_debugaltlink is not needed:
// symbols and line tables are never in there.
type DebugFinder struct {
	// Root is "", or where absolute paths and symbolic links begin:
	// /proc/PID/root. What is there cannot lead out of it.
	Root string
	Dirs []string // below Root; DefaultDebugDirs if empty
}

// DefaultDebugDirs are where distributions install debug files.
var DefaultDebugDirs = []string{"/usr/lib/debug"}

// debugFile is a separate debug file that is open.
type debugFile struct {
	*image
	*os.File
	path string
}

// errOtherBuild says that a debug file belongs to another build of the file.
var errOtherBuild = errors.New("debug file of another build")

// maxChecksummed caps the size of a debug file that its checksum has to be
// taken of, since there is no build-id.
const maxChecksummed = 4 << 30

// find returns the debug file of the main one, which can be read at path; nil
// where there is none. The error tells of those that look like it and are not,
// if none is.
func (w *DebugFinder) find(buildID []byte, main *image, path string) (*debugFile, error) {
	if w == nil {
		return nil, nil
	}
	link, err := readDebugLink(main)
	var errs []error
	if err != nil {
		errs = append(errs, err)
	}
	var seen []os.FileInfo
	if path == "" { // it is in memory, and beside nothing
		link = nil
	} else {
		self, err := os.Stat(path)
		if err != nil {
			return nil, err
		}
		seen = append(seen, self) // a link may lead to the file itself
	}
	for _, candidate := range w.candidates(buildID, link, path) {
		debug, err := w.open(candidate, &seen)
		if err == nil && debug != nil {
			if err = debug.belongs(main, buildID, link); err == nil {
				return debug, nil
			}
			debug.Close()
		}
		if err != nil && !errors.Is(err, fs.ErrNotExist) {
			errs = append(errs, err)
		}
	}
	return nil, errors.Join(errs...)
}

// candidates returns the paths below Root at which a debug file may be.
func (w *DebugFinder) candidates(buildID []byte, link *debugLink, path string) []string {
	paths := w.byBuildID(buildID)
	if link == nil {
		return paths
	}
	home := filepath.Dir(w.real(path))
	paths = append(paths, filepath.Join(home, link.name), filepath.Join(home, ".debug", link.name))
	for _, dir := range w.dirs() {
		paths = append(paths, filepath.Join(dir, home, link.name))
	}
	return paths
}

func (w *DebugFinder) dirs() []string {
	if len(w.Dirs) == 0 {
		return DefaultDebugDirs
	}
	return w.Dirs
}

// byBuildID returns the paths below Root that a debug file has by its build-id.
func (w *DebugFinder) byBuildID(buildID []byte) (paths []string) {
	if len(buildID) < 2 {
		return nil
	}
	id := hex.EncodeToString(buildID)
	for _, dir := range w.dirs() {
		paths = append(paths, filepath.Join(dir, ".build-id", id[:2], id[2:]+".debug"))
	}
	return paths
}

// real returns where the file at path stands below Root, without symbolic links.
func (w *DebugFinder) real(path string) string {
	if w.Root != "" && strings.HasPrefix(path, strings.TrimSuffix(w.Root, "/")+"/") {
		return path[len(strings.TrimSuffix(w.Root, "/")):]
	}
	// The links in /proc/PID that lead to files, such as exe, say where these
	// are as the process sees it (proc_pid_exe(5)).
	if strings.HasPrefix(path, "/proc/") {
		if target, err := os.Readlink(path); err == nil {
			return target
		}
	}
	// Debug files are installed for the path without symbolic links.
	if real, err := filepath.EvalSymlinks(path); err == nil {
		path = real
	}
	if abs, err := filepath.Abs(path); err == nil {
		path = abs
	}
	return path
}

// open opens what may be a debug file, and returns nil where that has been seen
// before.
func (w *DebugFinder) open(path string, seen *[]os.FileInfo) (*debugFile, error) {
	path, err := w.seen(path)
	if err != nil {
		return nil, err
	}
	fh, fi, err := openRegular(path)
	if err != nil {
		return nil, err
	}
	for _, old := range *seen {
		if os.SameFile(old, fi) {
			return nil, fh.Close()
		}
	}
	*seen = append(*seen, fi)
	im, err := openSections(fh, fi.Size())
	if err != nil {
		fh.Close()
		return nil, fmt.Errorf("read %s: %w", path, err)
	}
	return &debugFile{im, fh, path}, nil
}

// seen returns the path at which a path below Root is found.
func (w *DebugFinder) seen(path string) (string, error) {
	if w.Root == "" {
		return path, nil
	}
	return within(w.Root, path)
}

// belongs returns nil if the debug file is of the same build as the main one:
// by their build-ids, or if one has none, by the checksum in the link.
func (d *debugFile) belongs(main *image, buildID []byte, link *debugLink) error {
	if d.arch != main.arch || d.is64 != main.is64 {
		return fmt.Errorf("read %s: %w", d.path, errOtherBuild)
	}
	if id := sectionBuildID(d.source, d.sections); len(id) > 0 && len(buildID) > 0 {
		if !bytes.Equal(id, buildID) {
			return fmt.Errorf("read %s: %w", d.path, errOtherBuild)
		}
		return nil
	}
	if link == nil {
		return fmt.Errorf("read %s: %w", d.path, errOtherBuild)
	}
	if d.size > maxChecksummed {
		return fmt.Errorf("read %s: a debug file of %d bytes without a build-id, more than the limit of %d", d.path, d.size, int64(maxChecksummed))
	}
	sum := uint32(0)
	err := d.chunks(0, d.size, 1, "the debug file", func(p []byte) bool {
		sum = crc32.Update(sum, crc32.IEEETable, p)
		return true
	})
	if err == nil && sum != link.crc {
		err = errOtherBuild
	}
	if err != nil {
		return fmt.Errorf("read %s: %w", d.path, err)
	}
	return nil
}

// debugLink is .gnu_debuglink: the name of the debug file, without a directory,
// and the checksum of its bytes.
type debugLink struct {
	name string
	crc  uint32
}

// maxDebugLink caps the section: a file name has 255 bytes at most.
const maxDebugLink = 4096

func readDebugLink(im *image) (*debugLink, error) {
	sh, ok := im.section(".gnu_debuglink")
	if !ok {
		return nil, nil
	}
	p, err := im.bytes(sh.offset, min(sh.size, maxDebugLink), "the link to the debug file")
	if err != nil {
		return nil, err
	}
	// The name ends with a zero byte; padding to a multiple of 4; the checksum.
	b := fields.New(p)
	name := string(b.Text(maxDebugLink))
	b.Skip(uint64(-b.Pos() & 3))
	link := &debugLink{name, b.U32()}
	if b.Bad() || name == "" || name == "." || name == ".." || strings.Contains(name, "/") {
		return nil, &FormatError{sh.offset, "a link to a debug file that is none"}
	}
	return link, nil
}

package inspect

import (
	"debug/elf"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/elfsym"
)

// Map is a map of memory: of a file, of the addresses that it is linked for.
type Map struct {
	Head
	Regions []Region `json:"maps"` // by address
}

// Region is a part of it.
type Region struct {
	Lo Word `json:"start"`
	Hi Word `json:"end"` // the first address behind it
	// Perms are as in /proc/PID/maps: "rw-p". A core file does not tell whether memory
	// was shared: "rw-?"; nor, of what it leaves out, what could be done with it: "????".
	Perms  string `json:"perms"`
	Offset Word   `json:"offset"` // in the file, in bytes
	// Device is "MAJOR:MINOR" in hexadecimal, and Inode the number; "" and 0 of what a
	// core file does not tell.
	Device string `json:"device,omitempty"`
	Inode  Word   `json:"inode,omitempty"`
	Path   string `json:"path,omitempty"` // or "[stack]" and the like
	// Dumped is how many bytes a core file has.
	Dumped *Word `json:"dumped,omitempty"`
}

// Maps returns the map of memory.
func (s *Subject) Maps() (*Map, error) {
	m := &Map{Head: s.Head, Regions: []Region{}}
	var err error
	switch {
	case s.core != nil:
		s.coreRegions(m)
	case s.File != "":
		err = s.fileRegions(m)
	default:
		err = s.liveRegions(m)
	}
	if err != nil {
		return nil, err
	}
	return m, nil
}

func (s *Subject) liveRegions(m *Map) error {
	mappings, err := s.mappings()
	if err != nil {
		return err
	}
	for i := range mappings {
		p := &mappings[i]
		share := byte('p')
		if p.Shared {
			share = 's'
		}
		m.Regions = append(m.Regions, Region{
			Lo: Word(p.Lo), Hi: Word(p.Hi), Perms: perms(p.Readable, p.Write, p.Exec, share),
			Offset: Word(p.Offset), Device: p.Dev, Inode: Word(p.Inode), Path: p.Path,
		})
	}
	return nil
}

func (s *Subject) coreRegions(m *Map) {
	for _, p := range s.core.Mappings() {
		dumped := Word(p.Dumped)
		r := Region{Lo: Word(p.Lo), Hi: Word(p.Hi), Perms: "????", Offset: Word(p.Offset), Path: p.Name, Dumped: &dumped}
		if p.Told {
			r.Perms = flagPerms(p.Flags, '?')
		}
		m.Regions = append(m.Regions, r)
	}
}

// fileRegions are the segments that are mapped when the file is (PT_LOAD).
func (s *Subject) fileRegions(m *Map) error {
	f, err := elfsym.Open(s.File)
	if err != nil {
		return err
	}
	var device string
	var inode uint64
	if fi, err := os.Stat(s.File); err == nil {
		if st, ok := fi.Sys().(*syscall.Stat_t); ok {
			dev := uint64(st.Dev) // 32 bits on some machines
			device, inode = fmt.Sprintf("%02x:%02x", unix.Major(dev), unix.Minor(dev)), st.Ino
		}
	}
	for _, seg := range f.Segments() {
		m.Regions = append(m.Regions, Region{
			Lo: Word(seg.Addr), Hi: Word(seg.Addr + seg.Size), Perms: flagPerms(seg.Flags, 'p'),
			Offset: Word(seg.Offset), Device: device, Inode: Word(inode), Path: s.File,
		})
	}
	return nil
}

func flagPerms(f elf.ProgFlag, share byte) string {
	return perms(f&elf.PF_R != 0, f&elf.PF_W != 0, f&elf.PF_X != 0, share)
}

func perms(r, w, x bool, share byte) string {
	p := []byte{'r', 'w', 'x', share}
	for i, has := range []bool{r, w, x} {
		if !has {
			p[i] = '-'
		}
	}
	return string(p)
}

// pathColumn is where the kernel puts paths (show_map_vma in fs/proc/task_mmu.c).
const pathColumn = 73

// WriteText writes a region a line, in the columns of /proc/PID/maps. With verbose, a core
// file's say how many bytes it has of each.
func (m *Map) WriteText(w io.Writer, verbose bool) error {
	var b []byte
	for i := range m.Regions {
		r := &m.Regions[i]
		line := fmt.Appendf(nil, "%08x-%08x %s %08x ", uint64(r.Lo), uint64(r.Hi), r.Perms, uint64(r.Offset))
		if r.Device == "" {
			line = append(line, "- -"...)
		} else {
			line = fmt.Appendf(line, "%s %d", r.Device, r.Inode)
		}
		if verbose && r.Dumped != nil {
			line = fmt.Appendf(line, " %d", *r.Dumped)
		}
		if r.Path != "" {
			line = fmt.Appendf(line, "%*s%s", max(1, pathColumn-len(line)), "", cli.Printable(r.Path))
		}
		b = append(append(b, line...), '\n')
	}
	_, err := w.Write(b)
	return err
}

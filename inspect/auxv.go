package inspect

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/corefile"
	"sonde/elfsym"
	"sonde/sysdeps"
)

// ErrNoVector says that a file has no auxiliary vector: processes get one.
var ErrNoVector = errors.New("a file has no auxiliary vector; a process or a core file is needed")

// Vector is an auxiliary vector (getauxval(3)).
type Vector struct {
	Head
	Entries []Entry `json:"auxv"`
}

// Entry is an entry of it.
type Entry struct {
	Tag   Word   `json:"tag"`
	Name  string `json:"name"` // AT_ENTRY, or AT_0x17 for a tag that is not known
	What  string `json:"what"` // it is, in words; of an unknown one its name
	Value Word   `json:"value"`
	// Text is the value as people read it: a number, the string that it leads to.
	Text string `json:"text"`
}

// Word is a machine word. In JSON one that does not fit the numbers of most readers,
// which have 53 bits, is a string.
type Word uint64

// MarshalJSON implements json.Marshaler.
func (w Word) MarshalJSON() ([]byte, error) {
	text := strconv.FormatUint(uint64(w), 10)
	if w >= 1<<53 {
		text = `"` + text + `"`
	}
	return []byte(text), nil
}

// maxEntries caps the entries that are told; the kernel makes about 25.
const maxEntries = 1024

// Auxv returns the auxiliary vector. The error is ErrNoVector or that of reading it.
func (s *Subject) Auxv() (*Vector, error) {
	if s.File != "" {
		return nil, ErrNoVector
	}
	contents, err := s.vector()
	if err != nil {
		return nil, err
	}
	v := &Vector{Head: s.Head, Entries: []Entry{}}
	entries := contents.AuxEntries()
	if len(entries) > maxEntries {
		return nil, fmt.Errorf("an auxiliary vector of %d entries, more than the limit of %d", len(entries), maxEntries)
	}
	images, err := s.images()
	if err != nil {
		return nil, err
	}
	for _, a := range entries {
		tag, ok := auxTags[a.Tag]
		if !ok {
			tag.name = fmt.Sprintf("AT_%#x", a.Tag)
			tag.what = tag.name
		}
		v.Entries = append(v.Entries, Entry{
			Tag: Word(a.Tag), Name: tag.name, What: tag.what, Value: Word(a.Value),
			Text: s.auxText(tag.form, a.Value, contents.Arch, images),
		})
	}
	return v, nil
}

// vector returns the vector of a process or core, and the machine.
func (s *Subject) vector() (*corefile.Contents, error) {
	if s.core != nil {
		return &s.core.Contents, nil
	}
	p, err := os.ReadFile(procDir(s.task) + "/auxv")
	if errors.Is(err, unix.ESRCH) || err == nil && len(p) == 0 {
		return nil, errNoMemory
	}
	if err != nil {
		return nil, err
	}
	return &corefile.Contents{Arch: vectorArch(p), Auxv: p}, nil
}

// vectorArch tells the machine of a vector by the size of program headers that it says
// (AT_PHENT): 32 bytes or 56, in words of that machine.
func vectorArch(p []byte) *sysdeps.Arch {
	const phent, size32 = 4, 32
	c := corefile.Contents{Arch: sysdeps.I386, Auxv: p}
	for _, a := range c.AuxEntries() {
		if a.Tag == phent && a.Value == size32 {
			return sysdeps.I386
		}
	}
	return sysdeps.AMD64
}

// auxText is a value as its tag wants it.
func (s *Subject) auxText(form auxForm, v uint64, arch *sysdeps.Arch, images *elfsym.Images) string {
	hex := fmt.Sprintf("%#x", v)
	switch form {
	case auxDecimal:
		if arch.PtrSize == 4 && v == math.MaxUint32 || v == math.MaxUint64 {
			return "-1"
		}
		return strconv.FormatUint(v, 10)
	case auxString:
		if text, ok := s.text(sysdeps.Addr(v)); ok && v != 0 {
			return text
		}
	case auxCode:
		if sym, off, ok := images.Symbol(sysdeps.Addr(v)); ok && off == 0 {
			return sym.Name + " (" + hex + ")"
		}
	case auxFeatures, auxFeatures2, auxFlags:
		if names := bitNames(form, v); names != "" {
			return hex + " (" + names + ")"
		}
	}
	return hex
}

// bitNames are the names of the bits that are set, what has none as a number.
func bitNames(form auxForm, v uint64) string {
	var names []string
	rest := v
	for i, name := range auxBits[form] {
		if bit := uint64(1) << i; v&bit != 0 && name != "" {
			names = append(names, name)
			rest &^= bit
		}
	}
	if rest != 0 {
		names = append(names, fmt.Sprintf("%#x", rest))
	}
	return strings.Join(names, " ")
}

// WriteText writes an entry a line; with verbose, the value as a number as well where it
// is told by something else.
func (v *Vector) WriteText(w io.Writer, verbose bool) error {
	var b []byte
	for _, e := range v.Entries {
		b = fmt.Appendf(b, "%s (%s) : %s", e.Name, e.What, cli.Printable(e.Text))
		_, wordy := strconv.ParseInt(e.Text, 0, 64)
		if hex := fmt.Sprintf("%#x", uint64(e.Value)); verbose && wordy != nil && !strings.Contains(e.Text, hex) {
			b = append(append(b, " = "...), hex...)
		}
		b = append(b, '\n')
	}
	_, err := w.Write(b)
	return err
}

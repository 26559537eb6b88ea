package elfsym

import (
	"bytes"
	"debug/elf"

	"sonde/fields"
)

// ntGNUBuildID is NT_GNU_BUILD_ID, the type of the note of owner "GNU" that
// names the build (elf.h; ld(1), --build-id).
const ntGNUBuildID = 3

// maxNotes caps the segments and sections of notes that are looked at, of which
// a file has two or three, and maxNoteBytes their sizes. maxBuildID caps a
// build-id: linkers make 20 bytes at most, but --build-id=0x... takes any.
const (
	maxNotes     = 16
	maxNoteBytes = 1 << 16
	maxBuildID   = 64
)

// BuildID returns what names this build of the file, mostly 20 bytes, and is
// the same in its separate debug file; nil where there is none. It is not to be
// changed.
func (f *File) BuildID() []byte { return f.buildID }

// readBuildID looks for the build-id in segments of notes. Damaged ones are the
// same as none, since nothing depends on them.
func readBuildID(s *source, notes []Segment) []byte {
	for _, seg := range notes {
		p, err := s.bytes(seg.Offset, min(seg.FileSize, maxNoteBytes), "a note")
		if err != nil {
			continue
		}
		if id := buildIDNote(p); id != nil {
			return id
		}
	}
	return nil
}

// sectionBuildID is readBuildID for a debug file, whose segments are not there.
func sectionBuildID(s *source, sections []namedSection) []byte {
	var notes []Segment
	for i := range sections {
		if sh := &sections[i]; sh.typ == elf.SHT_NOTE && len(notes) < maxNotes {
			notes = append(notes, Segment{Offset: sh.offset, FileSize: sh.size})
		}
	}
	return readBuildID(s, notes)
}

// buildIDNote walks Elf_Nhdr records: sizes of name and contents, the type,
// both parts padded to 4 bytes. Notes padded to 8, as .note.gnu.property has
// them, look the same: their parts have such sizes.
func buildIDNote(p []byte) []byte {
	b := fields.New(p)
	for b.Left() > 0 {
		nameSize, size, typ := b.U32(), b.U32(), b.U32()
		if nameSize > maxNoteBytes || size > maxNoteBytes {
			return nil
		}
		name := b.Bytes(uint64(nameSize+3) &^ 3)
		desc := b.Bytes(uint64(size))
		if b.Bad() {
			return nil
		}
		if typ == ntGNUBuildID && string(name) == "GNU\x00" && size > 0 && size <= maxBuildID {
			return bytes.Clone(desc)
		}
		b.Skip(uint64(min(int(-size&3), b.Left())))
	}
	return nil
}

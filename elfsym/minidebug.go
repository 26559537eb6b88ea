package elfsym

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"hash/crc32"
	"io"

	"github.com/ulikunitz/xz/lzma"

	"sonde/fields"
)

// miniDebug is the section of an xz-compressed ELF file that has nothing but
// the symbols that .dynsym lacks ("MiniDebugInfo" in GDB's manual).
const miniDebug = ".gnu_debugdata"

// addMiniDebug adds the functions of that section, if there is one.
func (g *gathering) addMiniDebug(im *image) {
	inner, err := openMiniDebug(im)
	g.fail(err)
	if inner != nil {
		g.add(inner, miniDebug)
	}
}

// openMiniDebug returns what is in that section; nil where there is none.
func openMiniDebug(im *image) (*image, error) {
	sh, ok := im.section(miniDebug)
	if !ok {
		return nil, nil
	}
	p, err := im.bytes(sh.offset, sh.size, miniDebug)
	if err == nil {
		p, err = unxz(p, maxPiece)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", miniDebug, err)
	}
	inner, err := openSections(mapped(p), int64(len(p)))
	if err != nil {
		return nil, fmt.Errorf("%s: %w", miniDebug, err)
	}
	return inner, nil
}

// The container is read here, and only what is in it by the library, for the
// sake of the dictionary: its size is a single byte, which may say 4 GB, and
// the library's own reader of containers allocates what it says.

// Sizes and signatures of the container (The .xz File Format, sections 2 and 3).
const (
	xzMagic       = "\xfd7zXZ\x00"
	xzHeaderSize  = 12
	xzFilterLZMA2 = 0x21
)

// xzCheckSize is the size of the checksum behind each block, by its type.
var xzCheckSize = [16]int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}

// unxz decompresses the first stream of an .xz file, which must not come to
// more than limit bytes. The checksums of contents are not held against them:
// the symbols in there are checked one by one.
func unxz(p []byte, limit int) (out []byte, err error) {
	defer func() {
		if r := recover(); r != nil {
			out, err = nil, fmt.Errorf("xz data that is damaged: %v", r)
		}
	}()
	if len(p) < xzHeaderSize || string(p[:6]) != xzMagic || crc32.ChecksumIEEE(p[6:8]) != binary.LittleEndian.Uint32(p[8:]) {
		return nil, &FormatError{0, "no xz data"}
	}
	check := xzCheckSize[p[7]&0xf]
	var w bytes.Buffer
	r := bytes.NewReader(p[xzHeaderSize:])
	room := 4 * limit // for the dictionaries of all blocks
	for {
		at := uint64(len(p) - r.Len())
		size, err := r.ReadByte()
		if err != nil {
			return nil, &FormatError{at, "xz data that is cut off"}
		}
		if size == 0 { // the index
			return w.Bytes(), nil
		}
		dict, err := xzBlock(r, size, at)
		if err != nil {
			return nil, err
		}
		dict = min(dict, limit) // farther back than limit there is nothing
		if room -= dict; room < 0 {
			return nil, &FormatError{at, "xz data in blocks that need too much memory"}
		}
		before := r.Len()
		if err := unLZMA2(&w, r, dict, limit); err != nil {
			return nil, fmt.Errorf("xz block at offset %#x: %w", at, err)
		}
		padding := (before - r.Len()) & 3
		padding = (4 - padding) & 3
		if _, err := r.Seek(int64(padding+check), io.SeekCurrent); err != nil {
			return nil, err
		}
	}
}

// xzBlock reads the rest of a block header, and returns the size of the block's
// dictionary. Filters for machine code, which data never has, are refused.
func xzBlock(r *bytes.Reader, size byte, at uint64) (dict int, err error) {
	p := make([]byte, 4*(int(size)+1))
	p[0] = size
	if _, err := io.ReadFull(r, p[1:]); err != nil {
		return 0, &FormatError{at, "xz data that is cut off"}
	}
	end := len(p) - 4
	if crc32.ChecksumIEEE(p[:end]) != binary.LittleEndian.Uint32(p[end:]) {
		return 0, &FormatError{at, "an xz block whose header is damaged"}
	}
	flags := p[1]
	b := fields.New(p[2:end])
	for _, flag := range []byte{0x40, 0x80} { // compressed and uncompressed size are there
		if flags&flag != 0 {
			b.SkipLEB()
		}
	}
	filter, properties, bits := b.U8(), b.U8(), uint(b.U8()) // the size of properties, the dictionary's
	if b.Bad() || flags&3 != 0 || filter != xzFilterLZMA2 || properties != 1 || bits > 40 {
		return 0, &FormatError{at, "an xz block that is compressed in an unknown way"}
	} else if bits < 38 { // else it is 2 GB and more
		return int((2 | bits&1) << (bits/2 + 11)), nil
	}
	return 1<<31 - 1, nil
}

// unLZMA2 decompresses a block and appends it to w.
func unLZMA2(w *bytes.Buffer, r *bytes.Reader, dict, limit int) error {
	block, err := lzma.Reader2Config{DictCap: max(dict, lzma.MinDictCap)}.NewReader2(r)
	if err != nil {
		return err
	}
	if _, err := io.Copy(w, io.LimitReader(block, int64(limit-w.Len())+1)); err != nil {
		return err
	}
	if w.Len() > limit {
		return fmt.Errorf("more than the limit of %d bytes", limit)
	}
	return nil
}

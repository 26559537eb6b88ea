package elfsym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"io"

	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"

	"sonde/fields"
)

// maxWindow caps what zstd keeps of what it has decompressed, in bytes: as its own
// tool does (zstd(1), --long).
const maxWindow = 1 << 27

// decompress returns a reader of what a compressed section holds, and how many bytes
// its header says that to be.
func (d *DebugInfo) decompress(sh *namedSection) (r io.Reader, size uint64, err error) {
	p, err := d.stored(sh)
	if err != nil {
		return nil, 0, err
	}
	b := &buf{Reader: fields.New(p), is64: d.is64, off: sh.offset, what: sh.name}
	kind := elf.COMPRESS_ZLIB
	if sh.flags&elf.SHF_COMPRESSED != 0 { // Elf32_Chdr, Elf64_Chdr (gABI, 4-12)
		kind = elf.CompressionType(b.U32())
		if d.is64 {
			b.Skip(4)
		}
		size = b.word()
		b.word() // the alignment
	} else if magic := b.Bytes(4); string(magic) == "ZLIB" {
		if p := b.Bytes(8); p != nil {
			size = binary.BigEndian.Uint64(p)
		}
	} else {
		return bytes.NewReader(p), uint64(len(p)), nil // only called so
	}
	if err := b.err(); err != nil {
		return nil, 0, err
	}
	switch in := bytes.NewReader(b.Rest()); kind {
	case elf.COMPRESS_ZLIB:
		r, err = zlib.NewReader(in)
	case elf.COMPRESS_ZSTD:
		r, err = zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow))
	default:
		err = &FormatError{sh.offset, fmt.Sprintf("%s compressed in an unknown way (%d)", sh.name, kind)}
	}
	return r, size, err
}

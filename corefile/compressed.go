package corefile

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"sonde/sysdeps"
)

// zstdMagic begins a file compressed by zstd(1), as systemd-coredump(8) stores them.
var zstdMagic = []byte{0x28, 0xb5, 0x2f, 0xfd}

// maxExpanded caps what a compressed core file may grow to: memory of processes is
// limited to 128 TiB, but nobody waits for that.
const maxExpanded = 1 << 40

// compressed tells whether a file is compressed.
func compressed(f *os.File) bool {
	var p [4]byte
	_, err := f.ReadAt(p[:], 0)
	return err == nil && bytes.Equal(p[:], zstdMagic)
}

// expand decompresses a file into one without a name, in which zeros take no room.
func expand(f *os.File) (*os.File, error) {
	r, err := zstd.NewReader(f, zstd.WithDecoderMaxMemory(256<<20))
	if err != nil {
		return nil, err
	}
	defer r.Close()
	out, err := os.CreateTemp("", "core-")
	if err != nil {
		return nil, err
	}
	if err = os.Remove(out.Name()); err == nil {
		err = expandInto(out, r)
	}
	if err != nil {
		out.Close()
		return nil, fmt.Errorf("decompress: %w", err)
	}
	return out, nil
}

func expandInto(out *os.File, r io.Reader) error {
	buf := make([]byte, 256<<10)
	for off := int64(0); ; {
		n, err := io.ReadFull(r, buf)
		for at := 0; at < n; at += sysdeps.PageSize {
			page := buf[at:min(at+sysdeps.PageSize, n)]
			if zero(page) {
				continue
			}
			if _, err := out.WriteAt(page, off+int64(at)); err != nil {
				return err
			}
		}
		off += int64(n)
		switch {
		case err == io.EOF || err == io.ErrUnexpectedEOF:
			return out.Truncate(off)
		case err != nil:
			return err
		case off > maxExpanded:
			return fmt.Errorf("it has more than %d bytes", int64(maxExpanded))
		}
	}
}

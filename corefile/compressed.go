package corefile

import (
	"bytes"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"

	"sonde/sysdeps"
)

// compression is a way in which systemd-coredump(8) stores core files.
type compression struct {
	magic  string
	expand func(io.Reader) (io.Reader, error)
}

var compressions = []compression{
	{"\x28\xb5\x2f\xfd", func(r io.Reader) (io.Reader, error) {
		z, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(256<<20))
		if err != nil {
			return nil, err
		}
		return z.IOReadCloser(), nil
	}},
	// Before systemd 246.
	{"\x04\x22\x4d\x18", func(r io.Reader) (io.Reader, error) { return lz4.NewReader(r), nil }},
}

// Compressed tells by its first bytes whether a file is compressed in a way that Open
// reads.
func Compressed(head []byte) bool { return compressionOf(head) != nil }

func compressionOf(head []byte) *compression {
	for i := range compressions {
		if c := &compressions[i]; bytes.HasPrefix(head, []byte(c.magic)) {
			return c
		}
	}
	return nil
}

// maxExpanded caps what a compressed core file may grow to: memory of processes is
// limited to 128 TiB, but nobody waits for that.
const maxExpanded = 1 << 40

// compressed returns how a file is compressed, nil if it is not.
func compressed(f *os.File) *compression {
	var p [4]byte
	if _, err := f.ReadAt(p[:], 0); err != nil {
		return nil
	}
	return compressionOf(p[:])
}

// expand decompresses a file into one without a name, in which zeros take no room.
func expand(f *os.File, c *compression) (*os.File, error) {
	r, err := c.expand(f)
	if err != nil {
		return nil, err
	}
	if c, ok := r.(io.Closer); ok {
		defer c.Close()
	}
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

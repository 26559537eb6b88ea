package symbolize

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"strings"
	"syscall"

	"sonde/sysdeps"
)

// A jitdump is what a JIT compiler writes for perf inject: records of the code that it makes,
// with names and the code itself (tools/perf/Documentation/jitdump-specification.txt of the
// kernel). The process has mapped it, so that it can be found: as .../jit-PID.dump.
const (
	dumpMagic      = 0x4a695444 // "JiTD", in the order of the process's machine
	dumpHeaderSize = 40
	recordSize     = 16 // of what all records begin with
	loadSize       = 40 // of what code that is loaded has before its name
	moveSize       = 48
	codeLoad       = 0
	codeMove       = 1

	// maxDump bounds the bytes of a file, most of which is code.
	maxDump     = 1 << 30
	maxDumpName = 4096
	maxMapsLine = 8192
)

// readJITDump reads the jitdump that a process has mapped. The error is os.ErrNotExist where
// it has none.
func readJITDump(pid int) (jitMap, error) {
	dir := processDir(pid)
	name, err := mappedDump(dir + "/maps")
	if err != nil {
		return jitMap{}, err
	}
	root, err := os.OpenRoot(dir + "/root")
	if err != nil {
		return jitMap{}, err
	}
	defer root.Close()
	f, err := root.OpenFile(strings.TrimPrefix(name, "/"), os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return jitMap{}, err
	}
	defer f.Close()
	if err = trusted(f, dir); err == nil {
		var m jitMap
		if m, err = parseJITDump(io.LimitReader(f, maxDump)); err == nil {
			return m, nil
		}
	}
	return jitMap{}, fmt.Errorf("read %s of process %d: %w", name, pid, err)
}

// mappedDump returns the path of a jitdump in a list of mappings (proc_pid_maps(5)).
func mappedDump(maps string) (string, error) {
	f, err := os.Open(maps)
	if err != nil {
		return "", err
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	lines.Buffer(make([]byte, maxMapsLine), maxMapsLine)
	for lines.Scan() {
		_, name, ok := strings.Cut(lines.Text(), "/")
		base := path.Base(name)
		if digits, is := strings.CutPrefix(base, "jit-"); ok && is {
			if digits, is = strings.CutSuffix(digits, ".dump"); is && digits != "" && strings.Trim(digits, "0123456789") == "" {
				return "/" + name, nil
			}
		}
	}
	return "", os.ErrNotExist
}

// errNotDump is the error of a file with another head.
var errNotDump = errors.New("it is no jitdump of this machine's byte order")

// parseJITDump reads records as far as they go: the last one may be being written.
func parseJITDump(r io.Reader) (jitMap, error) {
	d := dumpReader{r: bufio.NewReaderSize(r, 1<<16), names: make(map[uint64]string)}
	head, err := d.take(dumpHeaderSize)
	if err != nil || le.Uint32(head) != dumpMagic {
		return jitMap{}, errNotDump
	}
	size := le.Uint32(head[8:])
	if size < dumpHeaderSize || d.skip(int64(size)-dumpHeaderSize) != nil {
		return jitMap{}, errNotDump
	}
	var m jitMap
	for number := 1; len(m.functions) < maxJITFunctions; number++ {
		f, ok, err := d.record()
		if err != nil {
			break
		}
		if ok {
			f.line = number
			m.functions = append(m.functions, f)
		}
	}
	m.sort()
	return m, nil
}

var le = binary.LittleEndian

// dumpReader takes a jitdump apart.
type dumpReader struct {
	r     *bufio.Reader
	names map[uint64]string // of code, by its index
	buf   [64]byte
}

func (d *dumpReader) take(n int) ([]byte, error) {
	_, err := io.ReadFull(d.r, d.buf[:n])
	return d.buf[:n], err
}

func (d *dumpReader) skip(n int64) error {
	_, err := io.CopyN(io.Discard, d.r, n)
	return err
}

// record reads a record, and returns the function that it tells of; ok is false where it
// tells of none. The error is that of a record which is not whole, or is longer or shorter
// than it can be.
func (d *dumpReader) record() (f jitFunction, ok bool, err error) {
	head, err := d.take(recordSize)
	if err != nil {
		return f, false, err
	}
	id, left := le.Uint32(head), int64(le.Uint32(head[4:]))-recordSize
	if left < 0 {
		return f, false, errNotDump
	}
	switch {
	case id == codeLoad && left >= loadSize:
		f, left, err = d.load(left)
	case id == codeMove && left >= moveSize:
		f, err = d.move()
		left -= moveSize
	}
	if err != nil {
		return f, false, err
	}
	return f, f.name != "" && f.lo < f.hi, d.skip(left)
}

// load reads of code that is there now: its PID, TID, address, address at run time, size,
// and index, and then its name.
func (d *dumpReader) load(left int64) (f jitFunction, rest int64, err error) {
	p, err := d.take(loadSize)
	if err != nil {
		return f, 0, err
	}
	f.lo, f.hi = extent(p[16:], p[24:])
	index := le.Uint64(p[32:])
	left -= loadSize
	var name []byte
	for {
		b, err := d.r.ReadByte()
		if err != nil || left == 0 {
			return f, 0, io.ErrUnexpectedEOF
		}
		if left--; b == 0 {
			break
		}
		if len(name) < maxDumpName {
			name = append(name, b)
		}
	}
	f.name = string(bytes.TrimSpace(name))
	if len(d.names) < maxJITFunctions {
		d.names[index] = f.name
	}
	return f, left, nil
}

// move reads of code that is elsewhere now: its PID, TID, address, the address at run time
// that it had, that which it has, size, and index.
func (d *dumpReader) move() (f jitFunction, err error) {
	p, err := d.take(moveSize)
	if err != nil {
		return f, err
	}
	f.lo, f.hi = extent(p[24:], p[32:])
	f.name = d.names[le.Uint64(p[40:])]
	return f, nil
}

// extent reads an address and a size; hi is not above lo where they make no sense.
func extent(at, size []byte) (lo, hi sysdeps.Addr) {
	a, n := le.Uint64(at), le.Uint64(size)
	return sysdeps.Addr(a), sysdeps.Addr(a + n)
}

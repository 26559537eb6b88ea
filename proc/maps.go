package proc

import (
	"bytes"
	"fmt"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Mapping is one line of /proc/PID/maps (proc_pid_maps(5)).
type Mapping struct {
	Lo, Hi   sysdeps.Addr
	Write    bool
	Exec     bool
	Offset   uint64
	Dev      string // major:minor in hexadecimal
	Inode    uint64 // 0 for anonymous memory
	Path     string // the file, "[stack]" and the like, or ""
	Readable bool
	Shared   bool // what is written is seen by others that map the file
}

// Contains tells whether a lies in the mapping.
func (m *Mapping) Contains(a sysdeps.Addr) bool { return m.Lo <= a && a < m.Hi }

// Maps reads the mappings of a thread's address space, in ascending order.
// For a thread that is gone, or has given up its memory, there are none.
func Maps(tid int) ([]Mapping, error) {
	text, err := readProc("/proc/"+strconv.Itoa(tid)+"/maps", make([]byte, 16<<10))
	if err != nil {
		if gone(err) {
			err = sysdeps.ErrGone
		}
		return nil, fmt.Errorf("read mappings of %d: %w", tid, err)
	}
	ms := make([]Mapping, 0, bytes.Count(text, []byte{'\n'}))
	var names interner
	for line := range bytes.Lines(text) {
		m, err := parseMapping(bytes.TrimSuffix(line, []byte{'\n'}), &names)
		if err != nil {
			return nil, fmt.Errorf("read mappings of %d: %w", tid, err)
		}
		ms = append(ms, m)
	}
	return ms, nil
}

// MappingAt returns the bounds of the mapping of a thread's address space that an address
// is in, without reading all the others. It fails where the kernel does not answer that, too.
func MappingAt(tid int, a sysdeps.Addr) (lo, hi sysdeps.Addr, err error) {
	fd, err := unix.Open("/proc/"+strconv.Itoa(tid)+"/maps", unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err == nil {
		defer unix.Close(fd)
		lo, hi, err = ptrace.MappingAt(fd, a)
	}
	if err != nil {
		return 0, 0, fmt.Errorf("mapping of %d at %#x: %w", tid, a, err)
	}
	return lo, hi, nil
}

// interner keeps one copy of the string that was asked for last: a file's
// mappings stand one behind the other.
type interner struct{ last string }

func (i *interner) string(b []byte) string {
	if string(b) != i.last {
		i.last = string(b)
	}
	return i.last
}

// parseMapping reads "LO-HI PERM OFFSET DEV INODE    PATH".
func parseMapping(line []byte, names *interner) (Mapping, error) {
	var f [5][]byte
	rest := line
	for i := range f {
		f[i], rest, _ = bytes.Cut(rest, []byte{' '})
	}
	lo, hi, ok := bytes.Cut(f[0], []byte{'-'})
	var m Mapping
	var errs [4]error
	var a uint64
	a, errs[0] = strconv.ParseUint(string(lo), 16, 64)
	m.Lo = sysdeps.Addr(a)
	a, errs[1] = strconv.ParseUint(string(hi), 16, 64)
	m.Hi = sysdeps.Addr(a)
	m.Offset, errs[2] = strconv.ParseUint(string(f[2]), 16, 64)
	m.Inode, errs[3] = strconv.ParseUint(string(f[4]), 10, 64)
	if !ok || m.Lo > m.Hi || errs != [4]error{} || len(f[1]) != 4 {
		return m, fmt.Errorf("odd line %q", line)
	}
	m.Readable, m.Write, m.Exec, m.Shared = f[1][0] == 'r', f[1][1] == 'w', f[1][2] == 'x', f[1][3] == 's'
	m.Dev = string(f[3])
	m.Path = names.string(bytes.TrimLeft(rest, " "))
	return m, nil
}

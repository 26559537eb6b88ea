package descriptor

import (
	"bytes"
	"os"
	"strconv"

	"golang.org/x/sys/unix"
)

// Detail is how much is told of what a descriptor leads to.
type Detail int

// The details, each with those before it.
const (
	None  Detail = iota
	Paths        // as strace -y: </etc/passwd>, <socket:[4711]>
	Ends         // as strace -yy: <TCP:[127.0.0.1:22->127.0.0.1:4711]>, </dev/null<char 1:3>>, <pid:1>
)

// Reader tells what descriptors lead to. The zero value tells nothing.
type Reader struct {
	Detail Detail

	proc      string // "/proc/TID/" of the thread at hand
	link, out []byte
	tables    tables
	diag      unixDiag
	devices   netDevices
	sockets   map[uint64]socket // by inode, which no other socket will have

	waiting []uint64 // of a ring
	entries []byte
}

// Lookup returns what a descriptor of a thread leads to, as it is shown behind the
// number: brackets and all, in printable ASCII. It is nil where that cannot be
// told: there is no such descriptor, or Detail does not ask for it. AT_FDCWD is
// the working directory. The bytes are valid until the next Lookup.
func (r *Reader) Lookup(tid int, fd int32) []byte {
	if r.Detail == None || fd < 0 && fd != unix.AT_FDCWD {
		return nil
	}
	r.proc = "/proc/" + strconv.Itoa(tid) + "/"
	at := r.proc + "cwd"
	if fd != unix.AT_FDCWD {
		at = r.proc + "fd/" + strconv.Itoa(int(fd))
	}
	if r.link == nil {
		r.link = make([]byte, unix.PathMax)
	}
	n, err := unix.Readlink(at, r.link)
	if err != nil {
		return nil
	}
	path, deleted := r.cutDeleted(at, r.link[:n])
	r.out = append(r.out[:0], '<')
	if r.Detail < Ends || !r.appendEnd(at, fd, path) {
		r.out = appendEscaped(r.out, path)
	}
	r.out = append(r.out, '>')
	if deleted {
		r.out = append(r.out, "(deleted)"...)
	}
	return r.out
}

// cutDeleted takes away what the kernel puts behind the path of a file that has
// been removed (d_path in fs/d_path.c), unless a file is called so that is there.
func (r *Reader) cutDeleted(at string, path []byte) (_ []byte, deleted bool) {
	name, deleted := bytes.CutSuffix(path, []byte(" (deleted)"))
	if !deleted {
		return path, false
	}
	var file, there unix.Stat_t
	if unix.Stat(at, &file) == nil && unix.Stat(r.proc+"root"+string(path), &there) == nil &&
		file.Dev == there.Dev && file.Ino == there.Ino {
		return path, false
	}
	return name, true
}

// appendEnd appends what -yy tells beyond the path, and reports false where that
// is nothing.
func (r *Reader) appendEnd(at string, fd int32, path []byte) bool {
	switch {
	case len(path) > 0 && path[0] == '/':
		return r.appendDevice(at, path)
	case bytes.HasPrefix(path, []byte("socket:[")):
		inode, err := strconv.ParseUint(string(bytes.TrimSuffix(path[len("socket:["):], []byte("]"))), 10, 64)
		return err == nil && r.appendSocket(at, inode)
	case string(path) == "anon_inode:[pidfd]":
		return r.appendPID(fd)
	}
	return false
}

// appendDevice appends the path and the number of a device: "/dev/null<char 1:3>".
// A file system that is served by a process or another machine is not asked for
// that (AT_STATX_DONT_SYNC): it may never answer.
func (r *Reader) appendDevice(at string, path []byte) bool {
	var st unix.Statx_t
	if unix.Statx(unix.AT_FDCWD, at, unix.AT_STATX_DONT_SYNC, unix.STATX_TYPE, &st) != nil {
		return false
	}
	kind := "<char "
	switch st.Mode & unix.S_IFMT {
	case unix.S_IFCHR:
	case unix.S_IFBLK:
		kind = "<block "
	default:
		return false
	}
	r.out = append(appendEscaped(r.out, path), kind...)
	r.out = strconv.AppendUint(r.out, uint64(st.Rdev_major), 10)
	r.out = append(r.out, ':')
	r.out = strconv.AppendUint(r.out, uint64(st.Rdev_minor), 10)
	r.out = append(r.out, '>')
	return true
}

// appendPID appends the process that a pidfd is of: "pid:1". The kernel writes -1
// for one that is gone.
func (r *Reader) appendPID(fd int32) bool {
	info, err := os.ReadFile(r.proc + "fdinfo/" + strconv.Itoa(int(fd)))
	if err != nil {
		return false
	}
	for line := range bytes.Lines(info) {
		text, ok := bytes.CutPrefix(line, []byte("Pid:"))
		if !ok {
			continue
		}
		pid, err := strconv.Atoi(string(bytes.TrimSpace(text)))
		if err != nil {
			return false
		}
		r.out = strconv.AppendInt(append(r.out, "pid:"...), int64(pid), 10)
		return true
	}
	return false
}

package corefile

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"
)

// WriteFile makes a file, which its owner alone can read, all at once: it has no name
// until write has ended well, and nothing is left of it if that does not happen, even
// when this process is killed. A file that has the name before is replaced.
func WriteFile(path string, write func(f *os.File) error) error {
	f, unnamed, err := openNew(path)
	if err != nil {
		return err
	}
	if err := write(f); err != nil {
		return errors.Join(fmt.Errorf("write %s: %w", path, err), discard(f, unnamed))
	}
	if unnamed {
		err = name(f, path)
	} else {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		return errors.Join(err, discard(f, unnamed))
	}
	return f.Close() // on some file systems a full disk shows here
}

// openNew opens a file without a name in the directory of path (O_TMPFILE, open(2)),
// or, on a file system that cannot do that, one with another name.
func openNew(path string) (f *os.File, unnamed bool, err error) {
	dir := filepath.Dir(path)
	fd, err := unix.Open(dir, unix.O_TMPFILE|unix.O_RDWR|unix.O_CLOEXEC, 0o600)
	switch err {
	case nil:
		return os.NewFile(uintptr(fd), path), true, nil
	case unix.EOPNOTSUPP, unix.EISDIR, unix.EINVAL:
		f, err = os.CreateTemp(dir, "."+filepath.Base(path)+".*")
		return f, false, err
	}
	return nil, false, &os.PathError{Op: "create a file in", Path: dir, Err: err}
}

// name gives a file without a name one. linkat(2) replaces no file, so that it gets
// another one first.
func name(f *os.File, path string) error {
	proc := "/proc/self/fd/" + strconv.Itoa(int(f.Fd()))
	err := unix.Linkat(unix.AT_FDCWD, proc, unix.AT_FDCWD, path, unix.AT_SYMLINK_FOLLOW)
	if err == nil {
		return nil
	}
	if err != unix.EEXIST {
		return &os.LinkError{Op: "name", Old: proc, New: path, Err: err}
	}
	other := filepath.Join(filepath.Dir(path), "."+filepath.Base(path)+"."+rand.Text())
	if err := unix.Linkat(unix.AT_FDCWD, proc, unix.AT_FDCWD, other, unix.AT_SYMLINK_FOLLOW); err != nil {
		return &os.LinkError{Op: "name", Old: proc, New: other, Err: err}
	}
	if err := os.Rename(other, path); err != nil {
		return errors.Join(err, os.Remove(other))
	}
	return nil
}

func discard(f *os.File, unnamed bool) error {
	if unnamed {
		return f.Close()
	}
	return errors.Join(f.Close(), os.Remove(f.Name()))
}

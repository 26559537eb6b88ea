package elfsym

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"sync"
	"syscall"
)

// ID tells files apart, and a file from what it was before it was written to.
type ID struct {
	Dev, Ino uint64
	Size     int64 // in bytes
	Mtime    int64 // time of the last change, in nanoseconds since 1970
}

// IDOf returns the identity of what os.Stat looked at. It must be a file of
// the running system, not of some other fs.FS.
func IDOf(fi fs.FileInfo) (ID, error) {
	st, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return ID{}, fmt.Errorf("identify %s: not a file of this system", fi.Name())
	}
	return ID{
		Dev:   uint64(st.Dev), // 32 bits on some machines
		Ino:   st.Ino,
		Size:  fi.Size(),
		Mtime: fi.ModTime().UnixNano(),
	}, nil
}

// maxCached is how many files a Cache holds. A trace of builds that goes on for
// days meets new ones without end; starting over costs one reading of each that
// is still in use.
const maxCached = 1024

// Cache holds files that have been read. The zero value is empty and ready.
type Cache struct {
	// Lazy leaves of files what the dynamic segment leads to, the symbols of .dynsym,
	// relocations and linkage tables, until a method is asked for it: frames mostly are
	// found without. A file that is damaged there, or gone by then, has none of them.
	// What a File has in fields of the dynamic segment, its SONAME and what it needs,
	// stays empty.
	Lazy bool

	mu    sync.Mutex
	files map[ID]cached
}

// cached is what reading a file came to. A file that cannot be read stays so
// until it is written to, and then it has another ID.
type cached struct {
	file *File
	err  error
}

// Open returns the file that id names, and reads it at path if nobody has
// before: Path is where it was first found. ErrChanged says that path leads to
// another file by now.
func (c *Cache) Open(path string, id ID) (*File, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.files[id]; ok {
		return e.file, e.err
	}
	f, err := c.openID(path, id)
	var format *FormatError
	if err != nil && !errors.Is(err, ErrNotELF) && !errors.Is(err, ErrMachine) && !errors.As(err, &format) {
		return nil, err // of the way to the file, not of the file
	}
	if c.files == nil || len(c.files) >= maxCached {
		c.files = make(map[ID]cached)
	}
	c.files[id] = cached{f, err}
	return f, err
}

func (c *Cache) openID(path string, id ID) (*File, error) {
	return open(path, c.Lazy, func(fi os.FileInfo) error {
		now, err := IDOf(fi)
		if err != nil {
			return err
		}
		if now != id {
			return fmt.Errorf("read %s: %w", path, ErrChanged)
		}
		return nil
	})
}

package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// entry is a file of the first file system.
type entry struct {
	name string // without a slash at the beginning
	mode uint32 // with the kind, as in inode(7)
	// major and minor are of a device.
	major, minor uint32
	content      []byte
}

// Kinds of files (inode(7)).
const (
	kindDir  = 0o040000
	kindFile = 0o100000
	kindChar = 0o020000
)

// writeInitramfs writes the machine's first file system: the programs and the plan. The
// first process has its output from /dev/console, which must be there before anything is
// mounted (Documentation/filesystems/ramfs-rootfs-initramfs.rst).
func writeInitramfs(name, programs string, p *plan) (err error) {
	guest, err := os.ReadFile(filepath.Join(programs, "kernels"))
	if err != nil {
		return err
	}
	suite, err := os.ReadFile(filepath.Join(programs, "fsystest"))
	if err != nil {
		return err
	}
	text, err := json.Marshal(p)
	if err != nil {
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, f.Close()) }()
	z, err := gzip.NewWriterLevel(f, gzip.BestSpeed)
	if err != nil {
		return err
	}
	return errors.Join(writeArchive(z, []entry{
		{name: "dev", mode: kindDir | 0o755},
		{name: "dev/console", mode: kindChar | 0o600, major: 5, minor: 1},
		{name: "init", mode: kindFile | 0o755, content: guest},
		{name: "fsystest", mode: kindFile | 0o755, content: suite},
		{name: planFile[1:], mode: kindFile | 0o644, content: text},
	}), z.Close())
}

// writeArchive writes files as cpio's "newc" form has them: a header of numbers in eight
// hexadecimal digits, the name and the content, each filled up to four bytes
// (Documentation/driver-api/early-userspace/buffer-format.rst).
func writeArchive(w io.Writer, entries []entry) error {
	entries = append(entries, entry{name: "TRAILER!!!"})
	for i, e := range entries {
		var b bytes.Buffer
		b.WriteString("070701")
		inode, links := uint32(i+1), uint32(1)
		for _, n := range []uint32{
			inode, e.mode, 0, 0, links, 0, uint32(len(e.content)),
			0, 0, e.major, e.minor, uint32(len(e.name) + 1), 0,
		} {
			fmt.Fprintf(&b, "%08X", n)
		}
		b.WriteString(e.name + "\x00")
		fill(&b)
		b.Write(e.content)
		fill(&b)
		if _, err := w.Write(b.Bytes()); err != nil {
			return fmt.Errorf("write %s: %w", e.name, err)
		}
	}
	return nil
}

// fill writes zeros to the next multiple of four; every entry begins at one.
func fill(b *bytes.Buffer) {
	for b.Len()%4 != 0 {
		b.WriteByte(0)
	}
}

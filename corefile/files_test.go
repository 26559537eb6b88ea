package corefile

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// TestFiles reads memory that a core file leaves out, from what stands below a sysroot
// under the name that it gives: the file, none, another one, or what is no file and would
// be waited for if it were opened.
func TestFiles(t *testing.T) {
	const program, library = 0x400000, 0x500000
	c, m := sample(sysdeps.AMD64)
	c.Mapped[1].Offset = 0
	var b bytes.Buffer
	if _, err := Stream(&b, c, m, Options{}); err != nil {
		t.Fatal(err)
	}
	var head, rest [sysdeps.PageSize]byte
	if _, err := m.ReadMemory(head[:], program); err != nil {
		t.Fatal(err)
	}
	for i := range rest {
		rest[i] = byte(i)
	}
	same, other := append(head[:], rest[:]...), append(bytes.Repeat([]byte{1}, len(head)), rest[:]...)
	write := func(p []byte) func(string) error {
		return func(path string) error { return os.WriteFile(path, p, 0o600) }
	}
	for _, tt := range []struct {
		name  string
		put   func(path string) error
		at    sysdeps.Addr // what is read: the page behind the one that the core has, or the first
		path  string
		want  []byte
		check error // of Check
	}{
		{"the file", write(same), program + sysdeps.PageSize, "/bin/program", rest[:], nil},
		{"another file", write(other), program + sysdeps.PageSize, "/bin/program", nil, ErrOtherFile},
		{"no file", os.Remove, program + sysdeps.PageSize, "/bin/program", nil, os.ErrNotExist},
		{"a pipe", func(path string) error { return unix.Mkfifo(path, 0o600) }, library, "/lib/library (deleted)", nil, nil},
		{"unchecked", write(same), library, "/lib/library (deleted)", same[:sysdeps.PageSize], nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			root := t.TempDir()
			path := filepath.Join(root, tt.path)
			if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := tt.put(path); err != nil && !os.IsNotExist(err) {
				t.Fatal(err)
			}
			f, err := Read(bytes.NewReader(b.Bytes()), int64(b.Len()))
			if err != nil {
				t.Fatal(err)
			}
			files := f.Files(Places{Sysroot: root})
			if err := files.Check(tt.path); !errors.Is(err, tt.check) {
				t.Errorf("it is checked as %v, want %v", err, tt.check)
			}
			got := make([]byte, sysdeps.PageSize)
			n, err := f.ReadMemory(got, tt.at)
			if tt.want == nil && !errors.Is(err, ErrNotDumped) || tt.want != nil && !bytes.Equal(got[:n], tt.want) {
				t.Errorf("%d bytes, %v", n, err)
			}
			if err := files.Close(); err != nil {
				t.Error(err)
			}
			if _, err := f.ReadMemory(got, tt.at); !errors.Is(err, ErrNotDumped) {
				t.Errorf("it is read after the end of its use: %v", err)
			}
		})
	}
}

// TestProgram finds the program by its headers, also where the user says where it is.
func TestProgram(t *testing.T) {
	for _, arch := range []*sysdeps.Arch{sysdeps.AMD64, sysdeps.I386} {
		c, _ := sample(arch)
		if got := c.Program(); got != "" {
			t.Errorf("headers at 0 are in %q", got)
		}
		arch.PutWord(c.Auxv[arch.PtrSize:], 0x400040)
		f := &File{Contents: *c}
		if got := f.Program(); got != "/bin/program" {
			t.Errorf("it is %q", got)
		}
		files := f.Files(Places{Exe: "here/program", Sysroot: "/image/"})
		if got := files.Host("/bin/program"); got != "here/program" {
			t.Errorf("it is at %q", got)
		}
		if got := files.Host("/lib/../../library"); got != "/image/library" {
			t.Errorf("a library is at %q", got)
		}
	}
}

package prototype

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkIndex finds out what 3,000 declarations of a library declare, as at the
// first call into it.
func BenchmarkIndex(b *testing.B) {
	var text strings.Builder
	for i := range 3000 {
		fmt.Fprintf(&text, "int function_%d(fd fd, string path, out(buffer[retval]) data, size_t count) fails(-1, errno);\n", i)
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if f := newFile("bench.conf", text.String(), nil); len(f.funcs) != 3000 {
			b.Fatal(len(f.funcs))
		}
	}
}

// BenchmarkFirst is what a trace has to wait for at its first call: of a plain
// function, of one with flags and a choice, of the largest library, and of one that
// nothing is known of.
func BenchmarkFirst(b *testing.B) {
	for _, c := range []struct{ library, function string }{
		{"libc.so.6", "strlen"},
		{"libc.so.6", "open"},
		{"libc.so.6", "no_such_function"},
		{"libcrypto.so.3", "EVP_DigestUpdate"},
	} {
		b.Run(c.library+"/"+c.function, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				s := NewShelf(ShelfOptions{Env: func(string) string { return "" }, Installed: []string{}})
				s.Lookup(c.library, c.function, "")
			}
		})
	}
}

// BenchmarkParse parses a declaration of some length.
func BenchmarkParse(b *testing.B) {
	known := standard()
	const line = "int open(string path, open_flags flags, ..., choose(flags & (O_CREAT|O_TMPFILE); 0: hide(int); else: mode_t) mode) fails(-1, errno);"
	b.ReportAllocs()
	for b.Loop() {
		f := newFile("bench.conf", line, nil)
		f.known = known
		if f.Function("open", "") == nil {
			b.Fatal("not parsed")
		}
	}
}

// BenchmarkCommon parses all the types and constants that files know, as tools that
// check files do.
func BenchmarkCommon(b *testing.B) {
	for b.Loop() {
		for _, f := range newLibrary(nil).common {
			f.parseAll()
		}
	}
}

package stacks

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"unicode"

	"sonde/corefile"
)

// TestRawReader reads lines that make no sense.
func TestRawReader(t *testing.T) {
	for _, c := range []struct{ text, want string }{
		{`{"raw":1,"address_size":8,"threads":[]}`, ""},
		{``, "EOF"},
		{`x`, "not what fstack --raw writes"},
		{`{}`, "its version is 0"},
		{`{"raw":2}`, "its version is 2"},
		{`{"raw":1,"address_size":3}`, "addresses of 3 bytes"},
		{`{"raw":1,"modules":[{"path":"/a"}]}`, `module "/a" is mapped nowhere`},
		{`{"raw":1,"modules":[{"path":"/a","mappings":[{"lo":2,"hi":2}]}]}`, "a mapping from"},
		{`{"raw":1,"threads":[{"frames":[{"pc":-1}]}]}`, "not what"},
	} {
		_, err := NewRawReader(strings.NewReader(c.text)).Next()
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %v, want %q", c.text, err, c.want)
		}
	}
}

// FuzzRaw reads anything, names it by files that are not there, and holds that what is
// written of it does terminals no harm.
func FuzzRaw(f *testing.F) {
	f.Add([]byte(`{"pid":1,"program":"/bin/a","raw":1,"address_size":8,"threads":[{"tid":1,"name":"a","state":"sleeping","syscall":"pause","frames":[{"pc":4198400,"module":"/bin/a","module_offset":4096,"return":true},{"pc":1,"function":"f","module":"[jit]"}],"why":"x"}],"modules":[{"path":"/bin/a","build_id":"ab01","mappings":[{"lo":4194304,"hi":4202496,"offset":0,"exec":true}]}]}`))
	f.Add([]byte("{\"raw\":1,\"ns_pids\":[1,2],\"program\":\"\\u001b[2J\",\"threads\":[{\"stack\":\"\\u001b\",\"state\":\"\\n\",\"kernel_stack\":[\"\\u0007\"],\"frames\":[{\"function\":\"\\u009b\",\"guessed\":\"\\r\",\"inlined\":[{\"file\":\"\\u001b/\\u001b\"}]}]}]}\n{\"raw\":1}"))
	f.Add([]byte(`{"raw":1,"address_size":4,"sample":3,"threads":[{"goroutine":7,"frames":[{"pc":18446744073709551615,"language":"python"}]}],"modules":[{"path":"/../x (deleted)","mappings":[{"lo":0,"hi":18446744073709551615,"exec":true},{"lo":1,"hi":9}]}]}`))
	root := f.TempDir()
	f.Fuzz(func(t *testing.T, text []byte) {
		r := NewRawReader(bytes.NewReader(text))
		with := NewResolver(corefile.Places{Sysroot: root}, &Options{Lines: true, Inlined: true})
		for {
			p, err := r.Next()
			if errors.Is(err, ErrNotRaw) {
				continue
			} else if err != nil {
				if p != nil || err != io.EOF && !strings.Contains(err.Error(), "token too long") {
					t.Fatalf("%v, %+v", err, p)
				}
				return
			}
			with.Resolve(p)
			var b bytes.Buffer
			var fold Folder
			var tally Tally
			fold.Add(p)
			tally.Add(p)
			for _, err := range []error{Text(&b, p, TextOptions{Group: true, Paths: true}), fold.Write(&b), tally.Text(&b, TextOptions{})} {
				if err != nil {
					t.Fatal(err)
				}
			}
			for _, c := range b.String() {
				if unicode.IsControl(c) && c != '\n' {
					t.Fatalf("%q", b.String())
				}
			}
			if err := JSON(io.Discard, p); err != nil {
				t.Fatal(err)
			}
		}
	})
}

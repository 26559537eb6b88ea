package display

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"sonde/event"
)

func TestWriter(t *testing.T) {
	line := strings.Repeat("x", 999) + "\n"
	for _, c := range []struct {
		name  string
		big   bool
		lines int // of 1000 bytes
		long  int // bytes of a last line
		want  []int
	}{
		{name: "small", lines: 3, want: []int{1000, 1000, 1000}},
		{name: "small long", lines: 1, long: 100_000, want: []int{1000, 100_000}},
		{name: "big nothing", big: true},
		{name: "big few", big: true, lines: 3, want: []int{3000}},
		{name: "big full", big: true, lines: 66, want: []int{65_000, 1000}},
		{name: "big exact", big: true, lines: 65, long: 536, want: []int{bufferSize}},
		{name: "big long", big: true, lines: 2, long: 100_000, want: []int{2000, 100_000}},
		{name: "big long first", big: true, long: 100_000, want: []int{100_000}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var out recorder
			w := NewWriter(&out, c.big)
			for range c.lines {
				w.Write([]byte(line))
			}
			if c.long > 0 {
				w.Write(bytes.Repeat([]byte("y"), c.long))
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
			var got []int
			for _, s := range out.writes {
				got = append(got, len(s))
			}
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("sizes of writes (-want +got):\n%s", diff)
			}
		})
	}
}

// failing takes limit bytes.
type failing struct {
	limit  int
	taken  []byte
	writes int
	err    error
}

func (f *failing) Write(p []byte) (int, error) {
	f.writes++
	n := min(len(p), f.limit-len(f.taken))
	f.taken = append(f.taken, p[:n]...)
	if n < len(p) {
		return n, f.err
	}
	return n, nil
}

func TestWriterError(t *testing.T) {
	for _, c := range []struct {
		name string
		err  error
		want error
	}{
		{"full", syscall.ENOSPC, syscall.ENOSPC},
		{"short", nil, io.ErrShortWrite},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := &failing{limit: 6, err: c.err}
			w := NewWriter(out, false)
			for i, want := range []error{nil, c.want, c.want, c.want} {
				if _, err := w.Write([]byte("1234\n")); !errors.Is(err, want) || (err == nil) != (want == nil) {
					t.Errorf("write %d: %v, want %v", i, err, want)
				}
			}
			if err := w.Flush(); !errors.Is(err, c.want) {
				t.Errorf("Flush: %v, want %v", err, c.want)
			}
			if out.writes != 2 || string(out.taken) != "1234\n1" {
				t.Errorf("%d writes took %q, want 2, \"1234\\n1\"", out.writes, out.taken)
			}
		})
	}
}

// TestTextError checks that an error ends a Text with the event that meets it,
// or with the next one where the Writer collects.
func TestTextError(t *testing.T) {
	for _, c := range []struct {
		name string
		big  bool
		want []bool // which of four calls with their returns fail, and Close
	}{
		{"small", false, []bool{false, false, true, true, true}},
		{"big", true, []bool{false, false, false, false, true}},
	} {
		t.Run(c.name, func(t *testing.T) {
			out := &failing{limit: len("f() = 1\n") * 2, err: syscall.EPIPE}
			text := NewText(NewWriter(out, c.big), TextOptions{Hold: time.Hour})
			var got []bool
			for id := range uint64(4) {
				err := errors.Join(
					text.Emit(&event.Call{ID: id + 1, Name: "f"}),
					text.Emit(ret(id+1, "f", 1)),
				)
				got = append(got, errors.Is(err, syscall.EPIPE))
			}
			got = append(got, errors.Is(text.Close(), syscall.EPIPE))
			if diff := cmp.Diff(c.want, got); diff != "" {
				t.Errorf("which fail (-want +got):\n%s", diff)
			}
			if string(out.taken) != "f() = 1\nf() = 1\n" {
				t.Errorf("output %q", out.taken)
			}
		})
	}
}

func ret(id uint64, name string, result uint64) *event.Return {
	r := &event.Return{ID: id, Name: name}
	r.Result.Word = result
	return r
}

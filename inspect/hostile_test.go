package inspect

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"testing"

	"sonde/cli"
	"sonde/corefile"
	"sonde/sysdeps"
)

// tellAll tells all that there is of a core file. It is to end, whatever the file says.
func tellAll(t *testing.T, path string) {
	t.Helper()
	s, err := Open(&cli.Target{Core: path}, corefile.Places{Sysroot: "/nonexistent"})
	if err != nil {
		return
	}
	defer s.Close()
	var reports []Report
	if v, err := s.Auxv(); err == nil {
		reports = append(reports, v)
	}
	if m, err := s.Maps(); err == nil {
		reports = append(reports, m)
	}
	if e, _, err := s.Executable(); err == nil {
		reports = append(reports, e)
	}
	if m, err := s.Modules(); err == nil {
		reports = append(reports, m)
	}
	for _, r := range reports {
		checkText(t, r)
	}
}

// checkText writes a report in its forms, of which text may have no control characters.
func checkText(t *testing.T, r Report) {
	t.Helper()
	var text bytes.Buffer
	if err := r.WriteText(&text, true); err != nil {
		t.Error(err)
	}
	for _, c := range text.Bytes() {
		if c < ' ' && c != '\n' && c != '\t' || c == 0x7f {
			t.Errorf("a control character in %q", text.Bytes())
			break
		}
	}
	if err := json.NewEncoder(io.Discard).Encode(r); err != nil {
		t.Error(err)
	}
}

// TestHostileCores tells of core files that are cut off or changed at random, mostly where
// headers and notes are.
func TestHostileCores(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for _, machine := range machines {
		p, _ := start(t, machine, "-static")
		whole, err := os.ReadFile(dump(t, p.PID))
		if err != nil {
			t.Fatal(err)
		}
		path := filepath.Join(t.TempDir(), "core")
		tell := func(core []byte) {
			if err := os.WriteFile(path, core, 0o600); err != nil {
				t.Fatal(err)
			}
			tellAll(t, path)
		}
		const head = 6 << 10
		for n := 0; n < min(head, len(whole)); n += 61 {
			tell(whole[:n])
		}
		for range 400 {
			core := bytes.Clone(whole[:min(len(whole), 16*head)])
			for range 1 + random.IntN(8) {
				core[random.IntN(head)] = byte(random.Uint32())
			}
			tell(core)
		}
	}
}

// TestHostileVectors gives entries that lead anywhere, and too many of them.
func TestHostileVectors(t *testing.T) {
	subject := func(words ...uint64) *Subject {
		var p []byte
		for _, w := range words {
			p = binary.LittleEndian.AppendUint64(p, w)
		}
		f := &corefile.File{Contents: corefile.Contents{Arch: sysdeps.AMD64, Auxv: p}}
		return &Subject{core: f, files: f.Files(corefile.Places{}), mem: f}
	}
	v, err := subject(31, 1<<64-1, 15, 0, 9, 0x1000, 25, 0, 0x17a, 5, 33, 1<<64-4096).Auxv()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{"0xffffffffffffffff", "0x0", "0x1000", "0x0", "0x5", "0xfffffffffffff000"}
	for i, e := range v.Entries {
		if e.Text != want[i] {
			t.Errorf("%s is %q, want %q", e.Name, e.Text, want[i])
		}
	}
	if len(v.Entries) != len(want) || v.Entries[4].Name != "AT_0x17a" {
		t.Errorf("%+v", v.Entries)
	}
	many := make([]uint64, 2*(maxEntries+1))
	for i := range many {
		many[i] = 3
	}
	if _, err := subject(many...).Auxv(); err == nil {
		t.Error("there is no limit")
	}
}

package dwarf

import (
	"bytes"
	"debug/elf"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/prototype"
)

// functions asks for all functions of a file's dynamic symbols, and returns of how
// many there were prototypes.
func functions(t testing.TB, file []byte) (known, failed int) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, file, 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := elfsym.Open(path)
	if err != nil {
		return 0, 0
	}
	d, err := Open(f, path, nil)
	if (err == nil) != (d != nil) {
		t.Fatalf("Open: %v, error %v", d, err)
	}
	if err != nil {
		return 0, 1
	}
	defer d.Close()
	d.limit = 1 << 16
	for sym := range f.Symbols() {
		places, err := d.Places(sym.Value + sym.Size/2)
		if err != nil && places != nil {
			t.Fatalf("%s: %v, error %v", sym.Name, places, err)
		}
		scopes, err := d.Scopes(sym.Value + sym.Size/2)
		if err != nil && scopes != nil {
			t.Fatalf("%s: %v, error %v", sym.Name, scopes, err)
		}
		for _, s := range scopes {
			useScope(t, s, sym.Value+sym.Size/2)
		}
		p, err := d.Function(sym.Value, sym.Name)
		if (err == nil) != (p != nil) {
			t.Fatalf("%s: %v, error %v", sym.Name, p, err)
		}
		if err != nil {
			failed++
			continue
		}
		known++
		use(p)
		if known+failed > 100 {
			break
		}
	}
	return known, failed
}

// use does with a prototype what others do.
func use(p *prototype.Prototype) {
	_ = p.String()
	for i := range p.Params {
		p.Params[i].Type.SizeOf(prototype.LP64)
		p.Params[i].Type.SizeOf(prototype.ILP32)
	}
	p.Result.SizeOf(prototype.LP64)
}

// useScope does with a scope what others do.
func useScope(t testing.TB, s *Scope, addr uint64) {
	s.Address(1)
	s.Integer(0x20)
	s.Entry()
	s.CallsItself()
	if site, err := s.CallSite(addr); err == nil && site != nil {
		site.Calls(s)
	}
	for _, v := range append(s.Params[:len(s.Params):len(s.Params)], s.Locals...) {
		if len(v.Declaration) > 2*maxDeclaration || len(v.Location) > maxExpression || v.Type == nil || v.Size < 0 {
			t.Fatalf("%s: a declaration of %d bytes, a location of %d", v.Name, len(v.Declaration), len(v.Location))
		}
		v.Type.SizeOf(prototype.LP64)
	}
}

func FuzzFunction(f *testing.F) {
	f.Fuzz(func(t *testing.T, file []byte) { functions(t, file) })
}

// TestDamaged holds that damage costs prototypes, and nothing else.
func TestDamaged(t *testing.T) {
	t.Parallel()
	for _, flags := range []string{
		"-gdwarf-2", "-gdwarf-4 -fdebug-types-section", "-gdwarf-5", "CC=clang -gdwarf-5", "-g -gz",
	} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			path := testkit.Build(t, "testdata/types.c", append(strings.Fields(flags), "-shared", "-fPIC", "-O1")...)
			good, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			e, err := elf.NewFile(bytes.NewReader(good))
			if err != nil {
				t.Fatal(err)
			}
			random := rand.New(rand.NewPCG(1, 2))
			known, failed := 0, 0
			for _, sec := range e.Sections {
				if !strings.HasPrefix(sec.Name, ".debug_") {
					continue
				}
				for range 30 {
					p := bytes.Clone(good)
					for range 1 + random.IntN(4) {
						p[sec.Offset+random.Uint64N(sec.FileSize)] = byte(random.Uint32())
					}
					k, f := functions(t, p)
					known, failed = known+k, failed+f
				}
			}
			if known == 0 || failed == 0 {
				t.Errorf("%d functions known, %d not", known, failed)
			}
		})
	}
}

func FuzzPackageIndex(f *testing.F) {
	f.Add([]byte("\x02\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00" + // version, columns, rows, slots
		"\x00\x00\x00\x00\x00\x00\x00\x00\x08\x07\x06\x05\x04\x03\x02\x01" + "\x00\x00\x00\x00\x01\x00\x00\x00" +
		"\x01\x00\x00\x00\x03\x00\x00\x00" + "\x10\x00\x00\x00\x20\x00\x00\x00" + "\x30\x00\x00\x00\x40\x00\x00\x00"))
	f.Fuzz(func(t *testing.T, p []byte) {
		index, err := readPackageIndex(p)
		if err != nil && index != nil {
			t.Fatalf("%v, error %v", index, err)
		}
		for _, row := range index {
			for column := range columns {
				row.cut(column, p)
			}
		}
	})
}

// TestPackageIndex reads the rows of an index.
func TestPackageIndex(t *testing.T) {
	t.Parallel()
	p := []byte("\x05\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x02\x00\x00\x00" +
		"\x00\x00\x00\x00\x00\x00\x00\x00\x08\x07\x06\x05\x04\x03\x02\x01" + "\x00\x00\x00\x00\x01\x00\x00\x00" +
		"\x01\x00\x00\x00\x03\x00\x00\x00" + "\x10\x00\x00\x00\x20\x00\x00\x00" + "\x30\x00\x00\x00\x40\x00\x00\x00")
	index, err := readPackageIndex(p)
	if err != nil {
		t.Fatal(err)
	}
	row := index[0x0102030405060708]
	if len(index) != 1 || row == nil || row[columnInfo].off != 0x10 || row[columnInfo].size != 0x30 || row[columnAbbrev].off != 0x20 || row[columnAbbrev].size != 0x40 {
		t.Errorf("%v", index)
	}
	if _, err := readPackageIndex(p[:len(p)-1]); err == nil {
		t.Error("no error of an index that is cut off")
	}
}

package dwarf

import (
	"debug/dwarf"
	"debug/elf"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestEntries holds what is read of entries against debug/dwarf, as far as that
// goes: names, references, numbers, addresses and ranges of all of a program.
func TestEntries(t *testing.T) {
	t.Parallel()
	for _, flags := range []string{
		"-gdwarf-2", "-gdwarf-3", "-gdwarf-4", "-gdwarf-5", "-g -gdwarf64", "-gdwarf-5 -gz", "-g -m32 -Wno-psabi", "-g -O2 -ffunction-sections",
		"CC=clang -gdwarf-2", "CC=clang -gdwarf-4", "CC=clang -gdwarf-5", "CC=clang -gdwarf-5 -O2 -ffunction-sections",
	} {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			compareEntries(t, testkit.Build(t, "testdata/types.c", strings.Fields(flags)...))
		})
	}
}

func compareEntries(t *testing.T, path string) {
	t.Helper()
	e, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	theirs, err := e.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	_, d := open(t, path)
	d.work = maxWork
	if d.broken = d.load(); d.broken != nil {
		t.Fatal(d.broken)
	}
	n := 0
	r := theirs.Reader()
	for {
		want, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if want == nil {
			break
		}
		if want.Tag == 0 {
			continue
		}
		got := d.program.entryAt(uint64(want.Offset))
		if got.tag() != want.Tag || got.a.children != want.Children || len(got.a.specs) != len(want.Field) {
			t.Fatalf("at %#x: %v with %d attributes, want %v with %d", want.Offset, got.tag(), len(got.a.specs), want.Tag, len(want.Field))
		}
		for _, f := range want.Field {
			compareAttribute(t, &got, f)
			n++
		}
		if want.Tag == dwarf.TagSubprogram || want.Tag == dwarf.TagCompileUnit {
			compareRanges(t, theirs, &got, want)
		}
	}
	if n < 500 || d.err != nil {
		t.Errorf("%d attributes, error %v", n, d.err)
	}
}

func compareAttribute(t *testing.T, e *entry, f dwarf.Field) {
	t.Helper()
	ok := true
	switch want := f.Val.(type) {
	case string:
		ok = e.text(f.Attr) == want
	case dwarf.Offset:
		to, found := e.ref(f.Attr)
		ok = found && to.off == int(want)
	case bool:
		ok = e.flag(f.Attr) == want
	case uint64:
		if f.Class == dwarf.ClassAddress {
			got, found := e.address(f.Attr)
			ok = found && got == want
		}
	case int64:
		if f.Class == dwarf.ClassConstant {
			got, found := e.number(f.Attr)
			ok = found && got == want
		}
	}
	if !ok {
		t.Errorf("at %#x: %v is %v, want %v", e.off, f.Attr, e.val(f.Attr), f.Val)
	}
}

func compareRanges(t *testing.T, theirs *dwarf.Data, e *entry, want *dwarf.Entry) {
	t.Helper()
	ranges, err := theirs.Ranges(want)
	if err != nil {
		t.Fatal(err)
	}
	spans := e.spans()
	if len(spans) != len(ranges) {
		t.Errorf("at %#x: ranges %x, want %x", e.off, spans, ranges)
		return
	}
	for i, r := range ranges {
		if spans[i] != (span{r[0], r[1]}) {
			t.Errorf("at %#x: ranges %x, want %x", e.off, spans, ranges)
		}
	}
}

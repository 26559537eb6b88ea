package elfsym

import (
	"bytes"
	"math/rand/v2"
	"slices"
	"testing"

	"sonde/internal/testkit"
)

// checkFunctions reads the functions of a file that may be damaged, and uses
// them all.
func checkFunctions(t testing.TB, p []byte) {
	t.Helper()
	f, err := Parse(bytes.NewReader(p), int64(len(p)))
	if err != nil {
		return
	}
	none := func(im *image) (*debugFile, error) {
		_, err := readDebugLink(im)
		return nil, err
	}
	fs, err := f.readFunctions(bytes.NewReader(p), int64(len(p)), none)
	if fs == nil {
		t.Fatalf("no functions, error %v", err)
	}
	n, last := 0, uint64(0)
	for s := range fs.All() {
		n++
		if s.Name == "" || s.Value == 0 || s.Value < last {
			t.Fatalf("%+v behind %#x", s, last)
		}
		last = s.Value
		if n > 200 {
			continue
		}
		if !slices.Contains(slices.Collect(fs.Named(s.Name)), s) {
			t.Fatalf("%+v is not found by its name", s)
		}
		got, ok := fs.At(s.Value)
		if !ok || got.Value > s.Value || got.Value != s.Value && s.Value-got.Value >= got.Size {
			t.Fatalf("at %#x is %+v, %t", s.Value, got, ok)
		}
	}
	if n != fs.Len() {
		t.Fatalf("%d functions, Len is %d", n, fs.Len())
	}
	f.Variable("variable")
	checkSearch(t, p, fs)
}

// checkSearch searches a file that may be damaged for some of its functions.
func checkSearch(t testing.TB, p []byte, fs *Functions) {
	t.Helper()
	f, err := ParseBytes(p)
	if err != nil {
		return
	}
	s, err := f.openSearch("", nil)
	if err != nil {
		return
	}
	n := 0
	for want := range fs.All() {
		if n++; n > 20 {
			break
		}
		got, ok, err := s.at(want.Value)
		if err != nil || ok && (got.Name == "" || got.Value > want.Value || got.Size > 0 && want.Value-got.Value >= got.Size) {
			t.Fatalf("at %#x is %+v, %t, %v", want.Value, got, ok, err)
		}
	}
}

// small are flags that make files small, so that most bytes matter.
var small = []string{
	"-shared", "-fPIC", "-nostdlib", "-fno-asynchronous-unwind-tables", "-fcf-protection=none",
	"-Wl,--build-id=none,-z,noseparate-code,-z,max-page-size=4096",
}

func FuzzFunctions(f *testing.F) {
	f.Add(readFile(f, testkit.Build(f, "testdata/functions.c", small...)))
	f.Add(miniDebugInfo(f, testkit.Build(f, "testdata/functions.c", small...)))
	f.Fuzz(func(t *testing.T, p []byte) { checkFunctions(t, p) })
}

func FuzzUnxz(f *testing.F) {
	for _, flags := range [][]string{nil, {"--check=none"}, {"--block-size=512", "-T2"}, {"--lzma2=lc=0,lp=4,pb=0"}} {
		f.Add(xzip(f, bytes.Repeat([]byte("symbols, and more symbols;"), 60), flags...))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		const limit = 1 << 20
		out, err := unxz(p, limit)
		if len(out) > limit || err != nil && out != nil {
			t.Fatalf("%d bytes, error %v", len(out), err)
		}
	})
}

func FuzzLine(f *testing.F) {
	for _, flag := range []string{"-gdwarf-5", "-gdwarf-4"} {
		f.Add(readFile(f, testkit.Build(f, "testdata/lines.c", append(small, "-O2", flag)...)))
	}
	f.Fuzz(func(t *testing.T, p []byte) {
		if file, err := Parse(bytes.NewReader(p), int64(len(p))); err == nil {
			addrs, err := searchLines(file, p, "lines.c", 21)
			if (len(addrs) == 0) != (err != nil) {
				t.Fatalf("%#x, error %v", addrs, err)
			}
		}
	})
}

// TestFunctionMutations damages files at random: in the headers, the section
// headers, the symbols and their names, and the compressed section.
func TestFunctionMutations(t *testing.T) {
	t.Parallel()
	random := rand.New(rand.NewPCG(1, 2))
	for _, good := range [][]byte{
		readFile(t, testkit.Build(t, "testdata/functions.c", "-rdynamic")),
		readFile(t, testkit.Build(t, "testdata/functions.c", "-m32")),
		miniDebugInfo(t, testkit.Build(t, "testdata/functions.c", "-O2", "-rdynamic")),
	} {
		for range 1000 {
			p := bytes.Clone(good)
			for range 1 + random.IntN(4) {
				tail := p[random.IntN(len(p)):] // tables that no segment has are at the end
				mutate(random, [][]byte{p[:64], p, tail}[random.IntN(3)])
			}
			checkFunctions(t, p)
		}
	}
}

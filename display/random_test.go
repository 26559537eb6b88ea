package display

import (
	"math/rand/v2"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"sonde/prototype"
)

// treeReader makes a Value out of any bytes: each decision takes the next one,
// and the last ones are 0.
type treeReader struct{ rest []byte }

func (r *treeReader) byte() byte {
	if len(r.rest) == 0 {
		return 0
	}
	c := r.rest[0]
	r.rest = r.rest[1:]
	return c
}

func (r *treeReader) below(n int) int { return int(r.byte()) % n }

func (r *treeReader) word() (w uint64) {
	for range r.below(9) {
		w = w<<8 | uint64(r.byte())
	}
	return w
}

// text returns nil sometimes.
func (r *treeReader) text() []byte {
	n := r.below(40)
	if n == 39 {
		return nil
	}
	n = min(n, len(r.rest))
	s := r.rest[:n:n]
	r.rest = r.rest[n:]
	return s
}

func (r *treeReader) typ(depth int) *prototype.Type {
	if depth > 4 {
		return nil
	}
	t := &prototype.Type{
		Name: string(r.text()), Unit: string(r.text()),
		Kind:     prototype.Kind(r.below(int(prototype.VaList) + 2)),
		Lens:     prototype.Lens(r.below(int(prototype.Request) + 2)),
		Unsigned: r.byte()&1 != 0, Complete: r.byte()&1 != 0,
		Size: []int{0, 1, 2, 4, 8, 10, 16, 3}[r.below(8)],
	}
	if r.below(3) == 0 {
		t.Elem = r.typ(depth + 1)
	}
	if r.below(4) == 0 {
		t.Names = &prototype.Names{Set: r.byte()&1 != 0}
		for range r.below(4) {
			t.Names.Known = append(t.Names.Known, prototype.Name{Name: string(r.text()), Value: r.word(), Mask: r.word()})
		}
	}
	return t
}

func (r *treeReader) value(depth int) prototype.Value {
	v := prototype.Value{
		Name: string(r.text()), Text: r.text(), Word: r.word(), High: r.word(), Count: r.word(),
		Size:  []uint8{0, 1, 2, 4, 8, 10, 16, 12, 255}[r.below(9)],
		State: prototype.State(r.below(int(prototype.TooDeep) + 2)),
		More:  r.byte()&1 != 0,
	}
	if r.below(8) != 0 {
		v.Type = r.typ(0)
	}
	if depth < 6 {
		for range r.below(5) {
			v.Elems = append(v.Elems, r.value(depth+1))
		}
		if r.below(8) == 0 {
			was := r.value(depth + 1)
			v.Was = &was
		}
	}
	return v
}

// FuzzValue checks that any Value prints, and as nothing but characters that can
// be seen.
//
//	go test ./display -fuzz FuzzValue
func FuzzValue(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("\x02\x1b[\x05\x1b[2J\x08\x01\x02\x03\x04\x05\x06\x07\x08\x09"))
	f.Add([]byte(strings.Repeat("\x01\x0a\x02\x85\x07\xff\x03\x04", 40)))
	f.Fuzz(checkValue)
}

func checkValue(t *testing.T, data []byte) {
	r := treeReader{data}
	options := r.byte()
	v := r.value(0)
	p := values{
		strings: r.below(40), elems: r.below(6), named: options&1 != 0, utf8: options&2 != 0,
		verbose: options&8 != 0, zone: time.UTC, names: &names{raw: options&4 != 0},
	}
	sys := straceValues{values: &p}
	checkPrintable(t, &p, &v, string(p.value(nil, &v)))
	checkPrintable(t, &p, &v, string(sys.value(nil, &v)))
	checkPrintable(t, &p, &v, string(sys.result(nil, &v)))
}

func checkPrintable(t *testing.T, p *values, v *prototype.Value, got string) {
	t.Helper()
	if !utf8.ValidString(got) || strings.ContainsFunc(got, func(r rune) bool { return !unicode.IsPrint(r) || !p.utf8 && r > '~' }) {
		t.Fatalf("%+v prints as %q", *v, got)
	}
}

// TestRandomValues is the same for bytes that reach further into trees than the
// seeds do.
func TestRandomValues(t *testing.T) {
	rng := rand.New(rand.NewPCG(3, 4))
	for range 5000 {
		checkValue(t, randomBytes(rng))
	}
}

func randomBytes(rng *rand.Rand) []byte {
	data := make([]byte, 100+rng.IntN(2000))
	for i := range data {
		data[i] = byte(rng.Uint32())
		if rng.IntN(3) != 0 {
			data[i] %= 16
		}
	}
	return data
}

// TestDeepValue checks that what is nested without end by mistake does no harm.
func TestDeepValue(t *testing.T) {
	v := num(tInt, 1)
	for range 10_000 {
		v = ptr(strct(v))
	}
	p := shown()
	sys := straceValues{values: &p}
	for _, got := range []string{string(p.value(nil, &v)), string(sys.value(nil, &v))} {
		if !strings.Contains(got, "...") || len(got) > 1000 {
			t.Errorf("%d bytes: %.100s", len(got), got)
		}
	}
}

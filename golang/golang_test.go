package golang

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"runtime"
	"strings"
	"testing"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/sysdeps"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestLayout compares the latest layout with the debugging information of this Go's programs.
func TestLayout(t *testing.T) {
	f, err := elf.Open(testkit.BuildGo(t, "../cmd/fstack/testdata/goroutines", "CGO_ENABLED=0"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	g := fieldsOf(t, d, "runtime.g")
	buf := fieldsOf(t, d, "runtime.gobuf")
	l := layoutOf(runtime.Version())
	for _, c := range []struct {
		field     string
		got, want uint64
	}{
		{"stack", gStackLo, g["stack"]},
		{"m", gM, g["m"]},
		{"sched.sp", gSchedSP, g["sched"] + buf["sp"]},
		{"sched.pc", gSchedPC, g["sched"] + buf["pc"]},
		{"sched.g", gSchedG, g["sched"] + buf["g"]},
		{"sched.bp", l.bp, g["sched"] + buf["bp"]},
		{"atomicstatus", l.status, g["atomicstatus"]},
		{"goid", l.id, g["goid"]},
		{"waitreason", l.reason, g["waitreason"]},
		{"m.g0", mG0, fieldsOf(t, d, "runtime.m")["g0"]},
	} {
		if c.got != c.want {
			t.Errorf("%s: %d, want %d", c.field, c.got, c.want)
		}
	}
	if curg := fieldsOf(t, d, "runtime.m")["curg"]; curg >= 8*mWords {
		t.Errorf("m.curg is at %d", curg)
	}
}

// fieldsOf returns where a structure has its fields.
func fieldsOf(t *testing.T, d *dwarf.Data, name string) map[string]uint64 {
	t.Helper()
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil || e == nil {
			t.Fatalf("no %s: %v", name, err)
		}
		if n, _ := e.Val(dwarf.AttrName).(string); e.Tag != dwarf.TagStructType || n != name {
			continue
		}
		typ, err := d.Type(e.Offset)
		if err != nil {
			t.Fatal(err)
		}
		at := make(map[string]uint64)
		for _, f := range typ.(*dwarf.StructType).Field {
			at[f.Name] = uint64(f.ByteOffset)
		}
		return at
	}
}

func TestLayoutOf(t *testing.T) {
	for _, c := range []struct {
		version string
		since   int // 0: none
	}{
		{"go1.17.13", 0},
		{"go1.18", 18},
		{"go1.22.1", 18},
		{"go1.23rc1", 23},
		{"go1.24.6 X:nocoverageredesign", 23},
		{"go1.25.0", 25},
		{"go1.26.8", 25},
		{"go1.99", 25},
		{"devel go1.27-abcdef", 25},
		{"", 25},
	} {
		since := 0
		if l := layoutOf(c.version); l != nil {
			since = l.since
		}
		if since != c.since {
			t.Errorf("%s: %d, want %d", c.version, since, c.since)
		}
	}
}

// image is memory that begins at an address.
type image struct {
	lo sysdeps.Addr
	p  []byte
}

func (m *image) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	if a < m.lo || a-m.lo >= sysdeps.Addr(len(m.p)) {
		return 0, sysdeps.ErrGone
	}
	if n := copy(p, m.p[a-m.lo:]); n < len(p) {
		return n, sysdeps.ErrGone
	}
	return len(p), nil
}

// Where program puts things.
const (
	imageLo   = 0x10000
	imageSize = 0x4000
	listAt    = imageLo + 0x10
	wordsAt   = imageLo + 0x40 // the names of what goroutines wait for
	textAt    = imageLo + 0x100
	arrayAt   = imageLo + 0x200
	gAt       = imageLo + 0x1000 // goroutines, 0x200 apart
	mAt       = imageLo + 0x2000
	stacksAt  = imageLo + 0x3000 // 0x100 each
	tlsAt     = imageLo + 0x2800
	goWaits   = 1 // IDs
	goRuns    = 2
	goReady   = 3
	goThread  = 4 // has the thread's own stack
)

// program makes memory with three goroutines: one waits for a network, one runs on a thread
// whose own stack is in use, and one could run.
func program() *image {
	m := &image{imageLo, make([]byte, imageSize)}
	l := layouts[0]
	put := func(at, v uint64) { binary.LittleEndian.PutUint64(m.p[at-imageLo:], v) }
	put(listAt, arrayAt)
	put(listAt+8, 3)
	put(listAt+16, 4)
	text := uint64(textAt)
	for i, why := range firstReasons {
		put(wordsAt+16*uint64(i), text)
		put(wordsAt+16*uint64(i)+8, uint64(len(why)))
		copy(m.p[text-imageLo:], why)
		text += uint64(len(why))
	}
	for i, status := range []uint64{stateWaiting, stateRunning, stateRunnable | stateScan, stateIdle} {
		id := uint64(i + 1)
		g := uint64(gAt + 0x200*i)
		put(arrayAt+8*uint64(i), g)
		put(g+gStackLo, stacksAt+0x100*uint64(i))
		put(g+gStackHi, stacksAt+0x100*id)
		put(g+gSchedSP, stacksAt+0x100*id-0x40)
		put(g+gSchedPC, 0x400000+id)
		put(g+gSchedG, g)
		put(g+l.bp, stacksAt+0x100*id-0x20)
		put(g+l.status, status)
		put(g+l.id, id)
		put(g+l.reason, 2)
		if id == goRuns || id == goThread {
			put(g+gM, mAt)
		}
	}
	put(gAt+0x200*(goThread-1)+l.id, 0)
	put(mAt+mG0, gAt+0x200*(goThread-1))
	put(mAt+0x80, gAt+0x200*(goRuns-1))
	put(tlsAt, gAt+0x200*(goThread-1))
	return m
}

// snapshot finds the goroutines of memory.
func snapshot(m *image) (*Snapshot, error) {
	p := &Program{layout: &layouts[0]}
	im := elfsym.NewImages([]elfsym.Mapping{{Lo: imageLo, Hi: imageLo + imageSize, Write: true}}, nil, nil)
	s := search{program: p, images: im, mem: m}
	s.segment(imageLo, 0x100)
	if len(p.lists) == 0 {
		return nil, errNoList
	}
	return p.Snapshot(m), nil
}

func never() bool { return false }

func TestSnapshot(t *testing.T) {
	s, err := snapshot(program())
	if err != nil {
		t.Fatal(err)
	}
	all, more, err := s.All(never)
	want := "[{ID:1 State:IO wait SP:0x130c0 PC:0x400001 BP:0x130e0 Hi:0x13100} {ID:3 State:runnable SP:0x132c0 PC:0x400003 BP:0x132e0 Hi:0x13300}]"
	if got := fmt.Sprintf("%+v", all); got != want || more != 0 || err != nil {
		t.Errorf("%s, %d, %v; want %s", got, more, err, want)
	}
	r := &sysdeps.Regs{Arch: sysdeps.AMD64}
	if _, ok := s.Running(r); ok {
		t.Error("a thread that is not Go's runs a goroutine")
	}
	r.Set(sysdeps.FSBase, tlsAt+8)
	run, ok := s.Running(r)
	if !ok || run.ID != goRuns || fmt.Sprint(run.Stacks) != "[{0x133c0 0x13400} {0x13100 0x13200}]" {
		t.Errorf("%+v, %t", run, ok)
	}
}

// TestDamaged changes one word after the other.
func TestDamaged(t *testing.T) {
	l := layouts[0]
	for _, c := range []struct {
		what   string
		at, to uint64
		want   string // in an error
	}{
		{"no list", listAt, 0, "no list of goroutines"},
		{"a list that is none", listAt + 8, 5, "no list of goroutines"},
		{"another first goroutine", gAt + l.id, 7, "no list of goroutines"},
		{"another layout", gAt + gSchedG, 7, "no list of goroutines"},
		{"a state that is none", gAt + 0x400 + l.status, 77, "is no goroutine"},
		{"a goroutine nowhere", arrayAt + 16, 0x99990000, ""},
		{"a stack elsewhere", gAt + 0x400 + gSchedSP, imageLo, "is not where it should be"},
		{"a huge stack", gAt + 0x400 + gStackHi, 1 << 40, "is no goroutine"},
	} {
		m := program()
		binary.LittleEndian.PutUint64(m.p[c.at-imageLo:], c.to)
		s, err := snapshot(m)
		var all []Goroutine
		if err == nil {
			all, _, err = s.All(never)
		}
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %+v, %v; want %q", c.what, all, err, c.want)
		}
	}
}

// TestLate stops before the end of a list.
func TestLate(t *testing.T) {
	m := program()
	const many = 0x1000 / 8 // up to the goroutines, all the first one
	binary.LittleEndian.PutUint64(m.p[listAt-imageLo+8:], many)
	binary.LittleEndian.PutUint64(m.p[listAt-imageLo+16:], many)
	for i := range (gAt - arrayAt) / 8 {
		binary.LittleEndian.PutUint64(m.p[arrayAt-imageLo+8*i:], gAt)
	}
	s, err := snapshot(m)
	if err != nil {
		t.Fatal(err)
	}
	all, more, err := s.All(func() bool { return true })
	if len(all) != 255 || more != many-255 || err != nil {
		t.Errorf("%d goroutines, %d more, %v", len(all), more, err)
	}
}

func FuzzSnapshot(f *testing.F) {
	f.Add(uint16(listAt-imageLo), uint64(arrayAt))
	f.Add(uint16(mAt-imageLo), uint64(gAt))
	f.Add(uint16(wordsAt-imageLo+40), uint64(1)<<63)
	f.Fuzz(func(t *testing.T, at uint16, v uint64) {
		m := program()
		binary.LittleEndian.PutUint64(m.p[at%(imageSize-8):], v)
		s, err := snapshot(m)
		if err != nil {
			return
		}
		all, _, _ := s.All(never)
		for _, g := range all {
			if g.SP >= g.Hi || g.Hi-g.SP > maxStack {
				t.Errorf("%+v", g)
			}
		}
		r := &sysdeps.Regs{Arch: sysdeps.AMD64}
		r.Set(sysdeps.FSBase, tlsAt+8)
		run, _ := s.Running(r)
		for _, st := range run.Stacks {
			if st.Lo >= st.Hi || st.Hi-st.Lo > maxStack {
				t.Errorf("%+v", run)
			}
		}
	})
}

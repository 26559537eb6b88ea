package elfsym

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"slices"
	"testing"

	"sonde/insn"
)

func TestX86Reads(t *testing.T) {
	for _, test := range []struct {
		name, code string
		want       bool
	}{
		{"mov p,%rax", "488b0500000000", true},
		{"push p", "ff3500000000", true},
		{"cmpq $0,p", "48833d0000000000", true},
		{"test %rax,p", "48850500000000", true},
		{"add p,%rax", "48030500000000", true},
		{"xchg %rax,p", "48870500000000", true},
		{"lock cmpxchg %rcx,p", "f0480fb10d00000000", true},
		{"cmove p,%rax", "480f440500000000", true},
		{"movq p,%xmm0", "f30f7e0500000000", true},
		{"movhps p,%xmm0", "0f160500000000", true},
		{"vmovq p,%xmm0", "c5fa7e0500000000", true},
		{"vpinsrq $1,p,%xmm0,%xmm0", "c4e3f9220500000000" + "01", true},
		{"mov %rax,p", "48890500000000", false},
		{"movq $0,p", "48c7050000000000000000", false},
		{"lea p,%rax", "488d0500000000", false},
		{"pop p", "8f0500000000", false},
		{"movups %xmm0,p", "0f110500000000", false},
		{"movaps %xmm0,p", "0f290500000000", false},
		{"movq %xmm0,p", "660fd60500000000", false},
		{"movq %xmm0,p by REX", "66480f7e0500000000", false},
		{"movhps %xmm0,p", "0f170500000000", false},
		{"vmovups %xmm0,p", "c5f8110500000000", false},
		{"sete p", "0f940500000000", false},
		{"prefetcht0 p", "0f180d00000000", false},
		{"nopw p", "660f1f0500000000", false},
		{"pextrq $1,%xmm0,p", "66480f3a160500000000" + "01", false},
	} {
		in, err := insn.DecodeX86(unhex(t, test.code), insn.Mode64)
		if err != nil || in.Len != len(test.code)/2 || in.RIPRel == 0 {
			t.Fatalf("%s: %+v, %v", test.name, in, err)
		}
		if got := x86Reads(&in); got != test.want {
			t.Errorf("%s: %t, want %t", test.name, got, test.want)
		}
	}
}

// TestWalker finds an instruction with no start of a function anywhere near, and
// says so where it cannot be found.
func TestWalker(t *testing.T) {
	const base = 0x1000
	target := unhex(t, "ff1500000000")
	for _, test := range []struct {
		name   string
		before string // repeated
		at     int    // of target in the code
		starts []uint64
		want   bool
	}{
		{"behind common code", "4889e5 90 31c0 4883ec10 e800000000", 3 * 15 * 4, nil, true},
		{"close to the beginning", "90", 4, nil, false},
		{"close behind a start", "90", 4, []uint64{base}, true},
		{"behind what is no code", "06", 200, nil, false},
		{"behind a start and then no code", "06", 200, []uint64{base}, false},
		{"where the walks differ", "48b8", 201, nil, false},
		{"as seen from a start", "48b8ffff15000000ff15", 200, []uint64{base}, true},
		{"in an operand, as seen from a start", "48b8ffff15000000ff15", 202, []uint64{base}, false},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := bytes.Repeat(unhex(t, test.before), 200)[:test.at]
			code = append(append(code, target...), 0x90, 0x90, 0x90, 0x90)
			s := &source{r: bytes.NewReader(code), size: uint64(len(code)), is64: true}
			s.segs = []Segment{{Addr: base, Size: s.size, FileSize: s.size}}
			w := &walker{m: memory{s: s}, mode: insn.Mode64, starts: test.starts, code: []region{{base, 0, s.size}}}
			want := uint64(base + test.at)
			in, at, ok, err := w.covering(want + 2)
			if err != nil {
				t.Fatal(err)
			}
			if got := ok && at == want && in.Kind == insn.CallIndirect; got != test.want {
				t.Errorf("%+v at %#x, %t; want %t", in, at, ok, test.want)
			}
		})
	}
}

func TestRelr(t *testing.T) {
	// An address, then maps of the 63 words behind it, then behind those; a
	// map with no bit but the mark; another address.
	words := []uint64{0x10000, 0b111, 1<<63 | 1, 1, 0x20000, 1<<63 | 1}
	want := []uint64{0x10000, 0x10008, 0x10010, 0x10008 + 8*63 + 8*62, 0x20000, 0x20008 + 8*62}
	p := make([]byte, 8*len(words))
	for i, w := range words {
		binary.LittleEndian.PutUint64(p[8*i:], w)
	}
	s := &source{r: bytes.NewReader(p), size: uint64(len(p)), is64: true}
	s.segs = []Segment{{Addr: 0x400, Size: s.size, FileSize: s.size}}
	d := &dynamic{value: map[elf.DynTag]uint64{dtRELR: 0x400, dtRELRSZ: s.size}}
	var got []uint64
	err := eachRelr(s, d, func(addr uint64) bool {
		got = append(got, addr)
		return true
	})
	if err != nil || !slices.Equal(got, want) {
		t.Errorf("%x, want %x; error %v", got, want, err)
	}
}

// TestWalkerAtStart holds that a byte with which an instruction begins is told
// from one of which nothing is known: je with a distance of 5 looks like ModRM.
func TestWalkerAtStart(t *testing.T) {
	const base = 0x1000
	code := unhex(t, "7505 ba2c000000 90")
	s := &source{r: bytes.NewReader(code), size: uint64(len(code)), is64: true}
	s.segs = []Segment{{Addr: base, Size: s.size, FileSize: s.size}}
	w := &walker{m: memory{s: s}, mode: insn.Mode64, starts: []uint64{base}, code: []region{{base, 0, s.size}}}
	in, at, ok, err := w.covering(base + 2)
	if in != (insn.X86{}) || at != base+2 || !ok || err != nil {
		t.Errorf("%+v at %#x, %t, %v", in, at, ok, err)
	}
}

package unwind

import (
	"bytes"
	"fmt"
	"slices"
	"testing"

	"sonde/sysdeps"
)

// fixedTerms are terms that a test knows.
type fixedTerms struct{ base []byte }

func (f fixedTerms) FrameBase() []byte { return f.base }

func (fixedTerms) Address(n uint64) (addr uint64, ok bool) { return 0x100 + n, n < 8 }

// Integer has a signed and an unsigned type of each size: 0x11, 0x12, 0x14, 0x18 and
// 0x21 to 0x28.
func (fixedTerms) Integer(off uint64) (size int, signed, ok bool) {
	size = int(off & 15)
	return size, off < 0x20, slices.Contains([]int{1, 2, 4, 8}, size)
}

func (fixedTerms) EntryValue(reg int) (v uint64, ok bool) { return 0x1234, reg == 5 }

// variableIn makes a program whose functions have saved rbx at CFA-16, and returns its
// frames, the caller's being the second.
func variableIn(t testing.TB, arch *sysdeps.Arch) (w *Walker, frames []Frame) {
	t.Helper()
	fde := []byte{cfaDefCFAOffset, 24, cfaOffset | 3, 2}
	stack := words(arch, 1, 0xfffffff7, at(8), 3, 0x55, 0, 0)
	if arch.PtrSize == 4 {
		fde = []byte{cfaDefCFAOffset, 12, cfaOffset | 3, 2}
	}
	code := slices.Repeat([]byte{0xcc}, codeSize)
	p := newProgram(t, arch, code, entries(arch, usual(arch), fde), stack)
	p.regs.Set(sysdeps.RBX, 0xfffffffffffffffe)
	p.regs.Set(sysdeps.RAX, 0x8877665544332211)
	w = &Walker{}
	frames, _ = p.walk(w)
	if len(frames) < 2 {
		t.Fatalf("%d frames", len(frames))
	}
	return w, frames
}

// spellPieces writes pieces as tests have them.
func spellPieces(pieces []Piece, err error) string {
	if err != nil {
		return err.Error()
	}
	s := ""
	for _, p := range pieces {
		if p.Bytes != nil {
			s += fmt.Sprintf("[%x]", p.Bytes)
		} else {
			s += p.Addr.String()
		}
		if p.Size > 0 {
			s += fmt.Sprintf(":%d", p.Size)
		}
		s += " "
	}
	return s
}

// TestLocate computes the expressions that compilers make, in a frame whose registers are
// all known and in that of its caller.
func TestLocate(t *testing.T) {
	const sp = uint64(stackAt)
	fbreg := fixedTerms{base: []byte{opCallFrameCFA}}
	for _, c := range []struct {
		name     string
		caller   bool
		location []byte
		want     string
	}{
		{"an address", false, []byte{opAddr, 0x40, 0, 0, 0, 0, 0, 0, 0}, fmt.Sprintf("%#x ", biasAt+0x40)},
		{"an address of the table", false, []byte{opAddrx, 3}, fmt.Sprintf("%#x ", biasAt+0x103)},
		{"no address of the table", false, []byte{opAddrx, 9}, "not understood"},
		{"in the frame", false, []byte{opFbreg, 0x70}, fmt.Sprintf("%#x ", sp+24-16)},
		{"in the caller's frame", true, []byte{opFbreg, 0x70}, fmt.Sprintf("%#x ", sp+48-16)},
		{"in a register", false, []byte{opReg0}, "[1122334455667788] "},
		{"in a register that is saved", true, []byte{opReg0 + 3}, "[f7ffffff00000000] "},
		{"in a register that is not saved", true, []byte{opReg0}, "not saved"},
		{"at a register that is not saved", true, []byte{opBreg0, 8}, "not saved"},
		{"in a vector register", false, []byte{opRegx, 17}, "not saved"},
		{"a value", false, []byte{opLit0 + 7, opStackValue}, "[0700000000000000] "},
		{"bytes", false, []byte{opImplicitValue, 3, 1, 2, 3}, "[010203] "},
		{"no bytes", false, []byte{opImplicitValue, 3, 1, 2}, "not understood"},
		{"nothing", false, nil, "optimized out"},
		{"two pieces", false, []byte{opReg0, opPiece, 4, opFbreg, 0, opPiece, 8}, fmt.Sprintf("[1122334455667788]:4 %#x:8 ", sp+24)},
		{"a piece that is gone", false, []byte{opReg0, opPiece, 4, opPiece, 4}, "optimized out"},
		{"a piece of bits", false, []byte{opReg0, opBitPiece, 4, 0}, "not understood"},
		{"two places", false, []byte{opReg0, opReg0}, "not understood"},
		{"a pointer that is not", false, []byte{opImplicitPointer, 1, 0, 0, 0, 0}, "synthetic pointer"},
		{"of a thread", false, []byte{opConst1u, 8, opGNUPushTLSAddress}, "thread-local"},
		{"at entry", false, []byte{opEntryValue, 1, opReg0 + 5, opStackValue}, "[3412000000000000] "},
		{"at entry, not told", false, []byte{opEntryValue, 1, opReg0 + 4, opStackValue}, "optimized out"},
		{"at entry, in memory", false, []byte{opEntryValue, 2, opBreg0 + 5, 0, opDeref}, "optimized out"},
		{"in memory that is not there", false, []byte{opLit0, opDeref, opStackValue}, "in memory that cannot be read"},
		{"an unknown operation", false, []byte{0xfe}, "not understood"},
		{"without end", false, []byte{opSkip, 0xfd, 0xff}, "not understood"},
		{"too small a stack", false, []byte{opPlus}, "not understood"},
		{"as a type", false, []byte{opRegvalType, 3, 0x21, opStackValue}, "[fe] "},
		{"a sign, kept", false, []byte{opRegvalType, 3, 0x14, opConvert, 0x18, opStackValue}, "[feffffffffffffff] "},
		{"a sign, lost", false, []byte{opRegvalType, 3, 0x24, opConvert, 0x18, opStackValue}, "[feffffff00000000] "},
		{"the same bits", false, []byte{opRegvalType, 3, 0x14, opReinterpret, 0x24, opConvert, 0x18, opStackValue}, "[feffffff00000000] "},
		{"signed division", false, []byte{opRegvalType, 3, 0x14, opConstType, 0x14, 1, 2, opDiv, opStackValue}, "[ffffffff] "},
		{"unsigned division", false, []byte{opRegvalType, 3, 0x24, opConstType, 0x24, 1, 2, opDiv, opStackValue}, "[ffffff7f] "},
		{"signed remainder", false, []byte{opConstType, 0x11, 1, 0xf9, opConstType, 0x11, 1, 4, opMod, opStackValue}, "[fd] "},
		{"an overflow", false, []byte{opConstType, 0x21, 1, 200, opConstType, 0x21, 1, 100, opPlus, opStackValue}, "[2c] "},
		{"a logical shift", false, []byte{opConstType, 0x11, 1, 0xf0, opLit0 + 4, opShr, opStackValue}, "[0f] "},
		{"an arithmetic shift", false, []byte{opConstType, 0x11, 1, 0xf0, opLit0 + 4, opShra, opStackValue}, "[ff] "},
		{"compared with signs", false, []byte{opRegvalType, 3, 0x14, opConstType, 0x14, 1, 1, opLt, opStackValue}, "[0100000000000000] "},
		{"compared without", false, []byte{opRegvalType, 3, 0x24, opConstType, 0x24, 1, 1, opLt, opStackValue}, "[0000000000000000] "},
		{"types that do not match", false, []byte{opRegvalType, 3, 0x14, opLit0, opPlus, opStackValue}, "not understood"},
		{"a floating point number", false, []byte{opRegvalType, 3, 0x30, opStackValue}, "not understood"},
	} {
		w, frames := variableIn(t, sysdeps.AMD64)
		v := &Variable{Frame: &frames[0], Terms: fbreg, Location: c.location}
		if c.caller {
			v.Frame = &frames[1]
		}
		if got := spellPieces(w.Locate(v)); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}

// TestLocate32 looks at what is of another size in 32-bit programs.
func TestLocate32(t *testing.T) {
	for _, c := range []struct {
		location []byte
		base     []byte
		want     string
	}{
		{[]byte{opReg0}, nil, "[11223344] "},
		{[]byte{opReg0 + 3, opPiece, 4, opReg0, opPiece, 4}, nil, "[feffffff]:4 [11223344]:4 "},
		{[]byte{opFbreg, 4}, []byte{opReg0 + 4}, "0x7ff00004 "}, // clang's, by a register
		{[]byte{opFbreg, 4}, nil, "not understood"},
		{[]byte{opConstType, 0x18, 8, 1, 2, 3, 4, 5, 6, 7, 8, opStackValue}, nil, "[0102030405060708] "},
	} {
		w, frames := variableIn(t, sysdeps.I386)
		v := &Variable{Frame: &frames[0], Terms: fixedTerms{base: c.base}, Location: c.location}
		if got := spellPieces(w.Locate(v)); got != c.want {
			t.Errorf("%x: %s, want %s", c.location, got, c.want)
		}
	}
}

// TestCompute computes what calls pass.
func TestCompute(t *testing.T) {
	w, frames := variableIn(t, sysdeps.AMD64)
	for _, c := range []struct {
		value []byte
		want  uint64
		err   string
	}{
		{[]byte{opBreg0 + 3, 2}, 0xfffffff9, "<nil>"},
		{[]byte{opReg0 + 3}, 0xfffffff7, "<nil>"},
		{[]byte{opLit0 + 9, opStackValue}, 9, "<nil>"},
		{[]byte{opBreg0, 0}, 0, "not saved"},
		{[]byte{opReg0 + 3, opPiece, 4}, 0, "not understood"},
		{[]byte{}, 0, "optimized out"},
	} {
		got, err := w.Compute(&Variable{Frame: &frames[1], Terms: noTerms{}, Location: c.value})
		if got != c.want || fmt.Sprint(err) != c.err {
			t.Errorf("%x: %#x, %v, want %#x, %s", c.value, got, err, c.want, c.err)
		}
	}
}

// FuzzLocate computes anything: it ends, and what it returns is within the bounds.
func FuzzLocate(f *testing.F) {
	f.Add([]byte{opFbreg, 0x70}, []byte{opCallFrameCFA}, true)
	f.Add([]byte{opReg0, opPiece, 4, opFbreg, 0, opPiece, 8}, []byte{opReg0 + 6}, false)
	f.Add([]byte{opRegvalType, 3, 0x14, opConvert, 0x18, opStackValue}, []byte{}, true)
	f.Add([]byte{opEntryValue, 1, opReg0 + 5, opBra, 0xfc, 0xff}, []byte{opFbreg, 1}, false)
	f.Add([]byte{opConstType, 0x18, 8, 1, 2, 3, 4, 5, 6, 7, 8, opImplicitValue, 2, 1, 1}, []byte{opImplicitPointer}, true)
	f.Fuzz(func(t *testing.T, location, base []byte, wide bool) {
		arch := sysdeps.AMD64
		if !wide {
			arch = sysdeps.I386
		}
		w, frames := variableIn(t, arch)
		for i := range frames {
			v := &Variable{Frame: &frames[i], Terms: fixedTerms{base}, Location: location}
			pieces, err := w.Locate(v)
			if (err == nil) != (len(pieces) > 0) || len(pieces) > maxPieces {
				t.Fatalf("%v, error %v", pieces, err)
			}
			for _, p := range pieces {
				if len(p.Bytes) > 8 && !bytes.Contains(location, p.Bytes) {
					t.Fatalf("%v of %x", p, location)
				}
			}
			again, err2 := w.Locate(v)
			if spellPieces(pieces, err) != spellPieces(again, err2) {
				t.Fatalf("%v, and then %v", pieces, again)
			}
		}
	})
}

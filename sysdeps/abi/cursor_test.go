package abi

import (
	"encoding/binary"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
)

// tag makes an x86-64 va_list.
func tag(ints, vectors uint32, stack, saved uint64) []byte {
	p := binary.LittleEndian.AppendUint32(nil, ints)
	p = binary.LittleEndian.AppendUint32(p, vectors)
	p = binary.LittleEndian.AppendUint64(p, stack)
	return binary.LittleEndian.AppendUint64(p, saved)
}

func TestVaList(t *testing.T) {
	args := []*prototype.Type{word, double, structOf(long, double), ldbl, vec(float, 32), long, structOf(double, double), long, double, quad}
	for _, c := range []struct {
		name string
		conv *Convention
		word sysdeps.Addr
		tag  []byte
		want []string // of the args; none: it is refused
	}{
		{
			"registers and stack", SysVAMD64, 0x10, tag(24, 112, 0x1008, 0x2000),
			[]string{"0x2018:4", "0x2070:8", "0x2020:8+0x2080:8@8", "0x1010:16", "0x1020:32", "0x2028:8", "0x2090:8+0x20a0:8@8", "0x1040:8", "0x1048:8", "0x1050:8"},
		},
		{
			"all registers used up", SysVAMD64, 0x10, tag(48, 176, 0x1000, 0x2000),
			[]string{"0x1000:4", "0x1008:8", "0x1010:16", "0x1020:16", "0x1040:32", "0x1060:8", "0x1068:16", "0x1078:8", "0x1080:8", "0x1088:8"},
		},
		{
			"i386", SysVI386, 0x1004, nil,
			[]string{"0x1004:4", "0x1008:8", "0x1010:12", "0x101c:12", "0x1040:32", "0x1060:4", "0x1064:16", "0x1074:4", "0x1078:8", "0x1080:8"},
		},
		{"cut short", SysVAMD64, 0x10, tag(0, 48, 0x1000, 0x2000)[:23], nil},
		{"too many integers", SysVAMD64, 0x10, tag(56, 48, 0x1000, 0x2000), nil},
		{"too many vectors", SysVAMD64, 0x10, tag(0, 192, 0x1000, 0x2000), nil},
		{"vectors among the integers", SysVAMD64, 0x10, tag(0, 32, 0x1000, 0x2000), nil},
		{"between integers", SysVAMD64, 0x10, tag(4, 48, 0x1000, 0x2000), nil},
		{"between vectors", SysVAMD64, 0x10, tag(0, 56, 0x1000, 0x2000), nil},
		{"negative", SysVAMD64, 0x10, tag(0xfffffff8, 48, 0x1000, 0x2000), nil},
	} {
		cur, err := c.conv.VaList(c.word, c.tag)
		if (err != nil) != (c.want == nil) {
			t.Errorf("%s: %v", c.name, err)
		}
		for i, typ := range args {
			want := "?"
			if c.want != nil {
				want = c.want[i]
			}
			if got := describe(cur.Next(typ)); got != want {
				t.Errorf("%s: argument %d: %s, want %s", c.name, i+1, got, want)
			}
		}
	}
}

// TestLimitVectors has a caller of a variadic function that says how many vector
// registers it has filled.
func TestLimitVectors(t *testing.T) {
	p := variadic(1, proto(word, ptr))
	for _, c := range []struct {
		al   uint8
		want [3]string
	}{
		{0, [3]string{"?", "si:8", "?"}},
		{1, [3]string{"v0:8", "si:8", "?"}},
		{2, [3]string{"v0:8", "si:8", "v1:8"}},
		{255, [3]string{"v0:8", "si:8", "v1:8"}},
	} {
		cur := SysVAMD64.Place(p).Variadic()
		cur.LimitVectors(c.al)
		for i, typ := range []*prototype.Type{double, long, double} {
			if got := describe(cur.Next(typ)); got != c.want[i] {
				t.Errorf("al %d, argument %d: %s, want %s", c.al, i+2, got, c.want[i])
			}
		}
	}
}

// TestCursorAllocates holds that the arguments of a format cost no allocation, where
// the cursor is kept from call to call.
func TestCursorAllocates(t *testing.T) {
	s := SysVAMD64.Place(variadic(1, proto(word, ptr)))
	var sum int
	cur := new(Cursor)
	if n := testing.AllocsPerRun(100, func() {
		*cur = s.Variadic()
		for _, typ := range []*prototype.Type{word, double, ptr, ldbl, quad} {
			l := cur.Next(typ)
			sum += l.Parts[0].Size
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func BenchmarkCursor(b *testing.B) {
	s := SysVAMD64.Place(variadic(1, proto(word, ptr)))
	cur := new(Cursor)
	for b.Loop() {
		*cur = s.Variadic()
		for _, typ := range []*prototype.Type{word, double, ptr} {
			cur.Next(typ)
		}
	}
}

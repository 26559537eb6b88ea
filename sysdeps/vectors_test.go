package sysdeps

import (
	"bytes"
	"encoding/binary"
	"testing"
)

// vectorsFor makes a register set whose bytes tell where they are: those of
// register i are 16*part+i, with part 1 for xmm, 2 for ymm's upper half, 3 for zmm's.
func vectorsFor(size, zmmHigh int, components uint64) *Vectors {
	v := new(Vectors)
	b := v.Buffer()
	fill := func(at, n int, part byte) {
		for i := range 16 {
			for j := range n {
				b[at+i*n+j] = 16*part + byte(i)
			}
		}
	}
	fill(160, 16, 1)
	fill(576, 16, 2)
	if zmmHigh > 0 && zmmHigh < len(b) {
		fill(zmmHigh, 32, 3)
	}
	binary.LittleEndian.PutUint64(b[512:], components)
	v.SetLayout(size, zmmHigh)
	return v
}

func TestVectors(t *testing.T) {
	join := func(parts ...any) (p []byte) {
		for i := 0; i < len(parts); i += 2 {
			p = append(p, bytes.Repeat([]byte{byte(parts[i].(int))}, parts[i+1].(int))...)
		}
		return p
	}
	all := uint64(0xe7)
	for _, c := range []struct {
		name string
		v    *Vectors
		i, n int
		want []byte // nil: there is none
	}{
		{"half of xmm3", vectorsFor(512, 0, 0), 3, 8, join(0x13, 8)},
		{"xmm15", vectorsFor(512, 0, 0), 15, 16, join(0x1f, 16)},
		{"ymm without AVX", vectorsFor(512, 0, 0), 1, 32, nil},
		{"ymm1", vectorsFor(832, 0, all), 1, 32, join(0x11, 16, 0x21, 16)},
		{"ymm1, its upper half never used", vectorsFor(832, 0, 3), 1, 32, join(0x11, 16, 0, 16)},
		{"zmm without AVX-512", vectorsFor(832, 0, all), 1, 64, nil},
		{"zmm5, Intel's", vectorsFor(2696, 1152, all), 5, 64, join(0x15, 16, 0x25, 16, 0x35, 32)},
		{"zmm15, Intel's", vectorsFor(2696, 1152, all), 15, 64, join(0x1f, 16, 0x2f, 16, 0x3f, 32)},
		{"zmm5, AMD's", vectorsFor(2440, 896, all), 5, 64, join(0x15, 16, 0x25, 16, 0x35, 32)},
		{"zmm5, its upper half never used", vectorsFor(2440, 896, 7), 5, 64, join(0x15, 16, 0x25, 16, 0, 32)},
		{"cut short", vectorsFor(1000, 896, all), 5, 64, nil},
		{"offset of a machine that is not", vectorsFor(2440, 1<<30, all), 5, 64, nil},
		{"none at all", vectorsFor(0, 0, all), 0, 8, nil},
		{"register 16", vectorsFor(2440, 896, all), 16, 16, nil},
		{"register -1", vectorsFor(2440, 896, all), -1, 16, nil},
		{"longer than any", vectorsFor(2440, 896, all), 0, 65, nil},
	} {
		p := bytes.Repeat([]byte{0xee}, c.n)
		switch ok := c.v.Vector(p, c.i); {
		case ok != (c.want != nil):
			t.Errorf("%s: %v", c.name, ok)
		case ok && !bytes.Equal(p, c.want):
			t.Errorf("%s: % x, want % x", c.name, p, c.want)
		}
	}
}

// TestX87Stack has two values on the x87's stack, in physical registers 6 and 7.
func TestX87Stack(t *testing.T) {
	v := vectorsFor(512, 0, 0)
	b := v.Buffer()
	b[3], b[4] = 6<<3, 1<<6|1<<7
	for i := range 8 {
		for j := range 10 {
			b[32+i*16+j] = byte(0xa0 + i)
		}
	}
	for i := -1; i <= 8; i++ {
		f, ok := v.ST(i)
		if want := i == 0 || i == 1; ok != want || ok && f[9] != byte(0xa0+i) {
			t.Errorf("st(%d): % x, %v", i, f, ok)
		}
	}
	for i := -1; i <= 8; i++ {
		var p [8]byte
		ok := v.MMX(p[:], i)
		// mm6 is st(0): the top is at 6.
		if want := i >= 0 && i < 8; ok != want || ok && p[7] != byte(0xa0+(i+2)%8) {
			t.Errorf("mm%d: % x, %v", i, p, ok)
		}
	}
	if v.MMX(make([]byte, 9), 0) {
		t.Error("nine bytes of mm0")
	}
}

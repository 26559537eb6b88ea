package elfsym

import (
	"encoding/hex"
	"strings"
	"testing"
)

func TestI386Decode(t *testing.T) {
	const addr, got = 0x1000, 0x4000
	for _, test := range []struct {
		name, code string
		want       stub
	}{
		{"ld lazy", "ff250cc00408 6800000000 e9e0ffffff", stub{certainSlot, 16, 0x804c00c}},
		{"ld lazy PIC", "ffa30c000000 6800000000 e9e0ffffff", stub{certainSlot, 16, 0x400c}},
		{"ld ibt stub", "f30f1efb 6808000000 e9d2ffffff 6690", stub{pushStub, 16, 0}},
		{"ld .plt.sec", "f30f1efb ff250cc00408 660f1f440000", stub{plainSlot, 16, 0x804c00c}},
		{"ld .plt.sec PIC", "f30f1efb ffa30c000000 660f1f440000", stub{plainSlot, 16, 0x400c}},
		{"ld .plt.got", "ff250cc00408 6690", stub{plainSlot, 8, 0x804c00c}},
		{"ld .plt.got PIC", "ffa3d8ffffff 6690", stub{plainSlot, 8, 0x3fd8}},
		{"mold lazy", "f30f1efb b908000000 ff254c392000 cc", stub{certainSlot, 16, 0x20394c}},
		{"mold lazy PIC", "f30f1efb b908000000 ffa3e8feffff cc", stub{certainSlot, 16, 0x3ee8}},
		{"mold .plt.got", "f30f1efb ff2538292000 cccccccccccc", stub{certainSlot, 16, 0x202938}},
		{"mold .plt.got PIC", "f30f1efb ffa318000000 cccccccccccc", stub{certainSlot, 16, 0x4018}},
		{"jump, one int3", "f30f1efb ffa318000000 cc9090909090", stub{plainSlot, 16, 0x4018}},
		{"lld retpoline", "50 a1303a4000 e8e5ffffff e9d1ffffff 6800000000 e9b6ffffff cccccccccccc", stub{certainSlot, 32, 0x403a30}},
		{"lld retpoline PIC", "50 8b830c000000 e8e4ffffff e9d1ffffff 6800000000 e9b5ffffff cccccccccc", stub{certainSlot, 32, 0x400c}},
		{"retpoline of a compiler", "50 8b830c000000 e8e4ffffff 83c404 5b c3", stub{}},
		{"another base register", "ffa0ecffffff 6690", stub{}},
		{"header", "ffb304000000 ffa308000000 00000000", stub{}},
		{"call *got", "ff93e0ffffff 6690", stub{}},
		{"empty", "", stub{}},
		{"cut in the operand", "ffa30c0000", stub{}},
		{"cut behind the operand", "ffa30c000000", stub{plainSlot, 8, 0x400c}},
		{"cut in mov", "f30f1efb b90800", stub{}},
		{"cut in retpoline", "50 8b830c000000 e8e4ffffff e9", stub{}},
		{"cut in the header of mold", "f30f1efb 518d8b2810", stub{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			table := i386Table{linked: got, base: got}
			if got := table.decode(unhex(t, test.code), addr); got != test.want {
				t.Errorf("%+x, want %+x", got, test.want)
			}
		})
	}
}

// TestI386Base holds that the header of mold's table moves the base of what
// follows.
func TestI386Base(t *testing.T) {
	table := i386Table{linked: 0x39b4, base: 0x39b4}
	header := table.decode(unhex(t, "f30f1efb 51 8d8b28100000 ff31 ff6104"), 0x1570)
	slot := table.decode(unhex(t, "f30f1efb b900000000 ffa330100000 cc"), 0x1580)
	if header != (stub{pushStub, 16, 0}) || slot != (stub{certainSlot, 16, 0x39c0}) {
		t.Errorf("header %+x, slot %+x", header, slot)
	}
}

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	p, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return p
}

package elfsym

import "testing"

func TestX86Decode(t *testing.T) {
	const addr = 0x1000
	for _, test := range []struct {
		name, code string
		want       stub
	}{
		{"ld lazy", "ff25ca2f0000 6800000000 e9e0ffffff", stub{certainSlot, 16, 0x3fd0}},
		{"ld ibt stub", "f30f1efa 6800000000 e9e2ffffff 6690", stub{pushStub, 16, 0}},
		{"ld bnd stub", "6800000000 f2e9e2ffffff 0f1f440000", stub{pushStub, 16, 0}},
		{"ld .plt.sec", "f30f1efa ff25862f0000 660f1f440000", stub{plainSlot, 16, 0x3f90}},
		{"ld .plt.sec with bnd", "f30f1efa f2ff25862f0000 0f1f440000", stub{plainSlot, 16, 0x3f91}},
		{"ld .plt.bnd", "f2ff25862f0000 90", stub{plainSlot, 8, 0x3f8d}},
		{"notrack", "f30f1efa 3eff25862f0000 0f1f440000", stub{plainSlot, 16, 0x3f91}},
		{"ld .plt.got", "ff257a2f0000 6690", stub{plainSlot, 8, 0x3f80}},
		{"negative displacement", "ff25faefffff 6690", stub{plainSlot, 8, 0}},
		{"mold lazy", "f30f1efa 41bb00000000 ff25f8230000", stub{certainSlot, 16, 0x3408}},
		{"mold .plt.got", "f30f1efa ff25ae130000 cccccccccccc", stub{certainSlot, 16, 0x23b8}},
		{"jump, one int3", "f30f1efa ff25ae130000 cc9090909090", stub{plainSlot, 16, 0x23b8}},
		{"lld retpoline lazy", "4c8b1d89220000 e8e4ffffff e9d1ffffff 6800000000 e9b5ffffff", stub{certainSlot, 32, 0x3290}},
		{"lld retpoline now", "4c8b1d41120000 e9d4ffffff cccccccc", stub{certainSlot, 16, 0x2248}},
		{"retpoline of a compiler", "4c8b1d41120000 e8d4ffffff 4889c3 90", stub{}},
		{"header", "ff35ca2f0000 ff25cc2f0000 0f1f4000", stub{}},
		{"call *got", "ff15ca2f0000 6690", stub{}},
		{"jmp *%rax", "ffe0 90909090", stub{}},
		{"empty", "", stub{}},
		{"cut in the operand", "ff25ca2f00", stub{}},
		{"cut behind the operand", "ff25ca2f0000", stub{plainSlot, 8, 0x3fd0}},
		{"cut in mov", "f30f1efa 41bb0000", stub{}},
		{"cut in retpoline", "4c8b1d41120000", stub{}},
	} {
		t.Run(test.name, func(t *testing.T) {
			if got := x86Decode(unhex(t, test.code), addr); got != test.want {
				t.Errorf("%+x, want %+x", got, test.want)
			}
		})
	}
}

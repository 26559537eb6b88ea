package proc

import (
	"testing"

	"sonde/internal/testkit"
	"sonde/prototype"
	"sonde/sysdeps/abi"
)

// TestABIRust looks at the calls of testdata/abi_rust.rs.
func TestABIRust(t *testing.T) {
	path := testkit.Build(t, "testdata/abi_rust.rs", "CC=rustc", "-Copt-level=0", "-Crelocation-model=static", "-Awarnings")
	conv := abi.RustAMD64
	octa := &prototype.Type{Kind: prototype.Int, Size: 16}
	// rustc orders fields as it likes: here most often larger ones first.
	mixed, half := cStruct(cInt, cChar), cStruct(cLong, cFloat)
	meters := cStruct(cDouble)
	small, large := cStruct(cShort, cShort, cShort), cStruct(cLong, cLong, cLong)
	floats, str := cStruct(cFloat, cFloat), cStruct(cPointer, cLong)
	checkFunctions(t, path, "", conv, []abiCall{
		knownCall(conv.Model, "scalars", a(octa, wide{1 << 36, 21}), a(cChar, -3), a(cLong, 5), a(cFloat, 1.5), a(cDouble, 2.5), a(octa, wide{1 << 36, 0}), a(cChar, 1)),
		knownCall(conv.Model, "pairs", a(half, int64(1<<40+4), 7.5), a(mixed, 70000, 7), a(str, nil, 4), a(half, int64(1<<40), 0.5)),
		knownCall(conv.Model, "floats", a(floats, 5.5, 1.25), a(floats, 1.25, -2.5), a(meters, 8.0)),
		knownCall(conv.Model, "small", a(small, 2, 2, 5), a(small, 1, 2, 3), a(cArray(cChar, 5), 1, 2, 3, 4, 5)),
		knownCall(conv.Model, "large", a(large, 11, 23, 31), a(large, 11, 12, 13), a(cArray(cInt, 3), 21, 22, 23), a(cChar, 31)),
		knownCall(conv.Model, "arrays", a(cArray(cInt, 3), 3, 5, 6), a(cArray(cFloat, 2), 3.0, 4.0), a(meters, 5.5), a(cArray(cInt, 3), 6, 7, 8)),
		knownCall(conv.Model, "split", a(cStruct(cChar, cShort), 66, 3), a(cLong, 1), a(cLong, 2), a(cLong, 3), a(cLong, 4), a(cLong, 5), a(str, nil, 3), a(cChar, 66)),
	})
}

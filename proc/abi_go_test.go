package proc

import (
	"testing"

	"sonde/internal/testkit"
	"sonde/prototype"
	"sonde/sysdeps/abi"
)

// goCalls are those of testdata/abi_go.
func goCalls(m *prototype.Model) []abiCall {
	word := cLong // int, uintptr
	quad := &prototype.Type{Kind: prototype.Int, Size: 8}
	str := cStruct(cPointer, word)
	slice := cStruct(cPointer, word, word)
	pair := cStruct(word, cArray(word, 2))
	nested := cStruct(cStruct(cChar, cFloat), cArray(cStruct(cPointer, cDouble), 1), cArray(word, 0), cShort)
	eight := cStruct(word, word, word, word, word, word, word, word)
	ten := cStruct(eight, word, word)
	complex64 := &prototype.Type{Kind: prototype.Complex, Elem: cFloat}
	complex128 := &prototype.Type{Kind: prototype.Complex, Elem: cDouble}
	void := a(&prototype.Type{Kind: prototype.Void})

	floats := []known{}
	for i := range 15 {
		floats = append(floats, a(cDouble, float64(i+1)))
	}
	floats = append(floats, a(cFloat, 16.0), a(cChar, 17))
	calls := []abiCall{
		knownCall(m, "scalars", a(quad, int64(1<<40-3)), a(cChar, -3), a(cShort, 60000), a(cInt, -70000), a(quad, int64(1<<40)), a(word, 99), a(cFloat, 1.5), a(cDouble, -2.25), a(cChar, 1)),
		knownCall(m, "texts", a(cStruct(str, word), nil, 3, 9), a(str, nil, 4), a(slice, nil, 3, 9), a(str, nil, nil)),
		knownCall(m, "example", a(cStruct(pair, str), 200, 11, 12, nil, 2), a(cChar, 200), a(cArray(word, 2), 11, 12), a(cChar, 201)),
		knownCall(m, "deep", a(cStruct(complex64, nested), 2.0, 4.0, -1, 0.5, nil, 8.5, 42), a(nested, -1, 0.5, nil, 8.5, 41), a(complex128, 3.0, -4.0), a(complex64, 1.0, 2.0)),
		knownCall(m, "full", a(cStruct(ten, cChar), 1, 2, 3, 4, 5, 6, 7, 8, 0, 10, 9), a(eight, 1, 2, 3, 4, 5, 6, 7, 8), a(str, nil, 4), a(cChar, 9)),
		knownCall(m, "floats", a(cStruct(cFloat, str), 31.0, 0, 0), floats...),
		knownCall(m, "nothing", void),
	}
	for i := range calls {
		calls[i].proto.Several = calls[i].proto.Result.Kind == prototype.Struct
	}
	return calls
}

// TestABIGo looks at calls by Go's ABIInternal, and by its convention for 386.
func TestABIGo(t *testing.T) {
	for _, c := range []struct {
		arch string
		conv *abi.Convention
	}{
		{"amd64", abi.GoAMD64},
		{"386", abi.GoI386},
	} {
		t.Run(c.arch, func(t *testing.T) {
			path := testkit.BuildGo(t, "testdata/abi_go", "GOARCH="+c.arch, "CGO_ENABLED=0")
			checkFunctions(t, path, "main.", c.conv, goCalls(c.conv.Model))
		})
	}
}

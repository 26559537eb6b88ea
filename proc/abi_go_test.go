package proc

import (
	"errors"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/breakpoint"
	"sonde/internal/testkit"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
	"sonde/sysdeps/ptrace"
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
			checkGoCalls(t, path, c.conv, goCalls(c.conv.Model))
		})
	}
}

// checkGoCalls runs a Go program and looks at each call at its function's entry and
// where it returns to.
func checkGoCalls(t *testing.T, path string, conv *abi.Convention, calls []abiCall) {
	t.Helper()
	at := abiAddresses(t, path)
	w := abiWatch{conv: conv, calls: calls}
	var ret *breakpoint.Breakpoint
	err := Run(func(tr *Tracer) error {
		if _, err := tr.Launch(&ptrace.Program{Path: path, Args: []string{path}, In: ptrace.Inherit()}); err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			switch stop := stop.(type) {
			case Execed:
				for _, c := range calls {
					if _, err := th.Process.Space.Table.Insert(th.Process.Space, at["main."+c.proto.Name], nil); err != nil {
						return err
					}
				}
			case Hit:
				space := th.Process.Space
				if stop.Breakpoint == ret {
					w.returnedGo(t, th)
					if err := space.Table.Remove(space, ret); err != nil {
						return err
					}
					ret = nil
					continue
				}
				if want := at["main."+w.call().proto.Name]; stop.Breakpoint.Addr != want {
					return errors.New("hit at " + stop.Breakpoint.Addr.String() + ", in the call before")
				}
				w.entered(t, th)
				var word [8]byte
				if _, err := space.ReadMemory(word[:conv.Model.Word], w.sp); err != nil {
					return err
				}
				var err error
				if ret, err = space.Table.Insert(space, sysdeps.Addr(space.Arch.Word(word[:])), nil); err != nil {
					return err
				}
			case Signal:
				if stop.Number != int(unix.SIGURG) { // by which the runtime preempts
					t.Errorf("signal %d in call %d", stop.Number, w.n)
				}
			case Exited:
				if stop.Status != 0 || stop.Signal != 0 {
					t.Errorf("thread %d ended with status %d, signal %d", th.TID, stop.Status, stop.Signal)
				}
			}
		}
		return nil
	})
	if err != nil || w.n != len(calls) {
		t.Fatalf("%v after %d calls of %d", err, w.n, len(calls))
	}
}

// returnedGo looks at the results of a Go function, which may be on the stack.
func (w *abiWatch) returnedGo(t *testing.T, th *Thread) {
	call := w.call()
	if call.proto.Result.Kind != prototype.Void {
		w.check(t, th, "result", w.sig.Result, call.proto.Result, &call.result)
	}
	w.n++
}

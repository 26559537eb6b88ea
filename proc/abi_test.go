package proc

import (
	"debug/elf"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"sonde/breakpoint"
	"sonde/internal/testkit"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
	"sonde/sysdeps/ptrace"
)

// abiCalls is how many random signatures each machine's test has.
const abiCalls = 600

// TestABI has gcc compile functions with random signatures, and structs made at
// random, and compares what sonde/sysdeps/abi finds at their entries, in their va_lists
// and at their returns with the values that the program has.
func TestABI(t *testing.T) {
	stub, err := filepath.Abs("testdata/abi_stub.S")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		conv *abi.Convention
	}{
		{"amd64", abi.SysVAMD64},
		{"i386", abi.SysVI386},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := newABIProgram(c.conv.Model, abiCalls)
			source := filepath.Join(t.TempDir(), "abi_"+c.name+".c")
			if err := os.WriteFile(source, []byte(p.source.String()), 0o666); err != nil {
				t.Fatal(err)
			}
			// Without optimization functions store the arguments that come in
			// MMX registers, and leave these in use.
			// -Wpsabi would tell of unions with a long double, which gcc placed
			// otherwise before 4.4, and of vectors that the flags have no registers for.
			flags := append(p.flags, "-O1", "-w", "-Wno-psabi", "-no-pie", stub)
			checkCalls(t, testkit.Build(t, source, flags...), c.conv, p.calls)
		})
	}
}

// checkCalls runs a program and looks at each of its calls.
func checkCalls(t *testing.T, path string, conv *abi.Convention, calls []abiCall) {
	t.Helper()
	at := abiAddresses(t, path)
	w := abiWatch{conv: conv, calls: calls}
	var entry, list *breakpoint.Breakpoint
	err := Run(func(tr *Tracer) error {
		if _, err := tr.Launch(&ptrace.Program{Path: path, Args: []string{path}, In: ptrace.Inherit()}); err != nil {
			return err
		}
		for th, stop := range tr.Stops() {
			switch stop := stop.(type) {
			case Execed:
				space := th.Process.Space
				var errs [3]error
				entry, errs[0] = space.Table.Insert(space, at["abi_entry"], nil)
				list, errs[1] = space.Table.Insert(space, at["abi_list"], nil)
				_, errs[2] = space.Table.Insert(space, at["abi_return"], nil)
				if err := errors.Join(errs[:]...); err != nil {
					return err
				}
			case Hit:
				switch stop.Breakpoint {
				case entry:
					w.entered(t, th)
				case list:
					w.listed(t, th)
				default:
					w.returned(t, th)
				}
			case Signal:
				t.Errorf("signal %d in call %d", stop.Number, w.n)
			case Exited:
				if stop.Status != 0 || stop.Signal != 0 {
					t.Errorf("the program ended with status %d, signal %d", stop.Status, stop.Signal)
				}
			}
		}
		return nil
	})
	if err != nil || w.n != len(calls) {
		t.Fatalf("%v after %d calls of %d", err, w.n, len(calls))
	}
	t.Logf("%d calls: %d arguments (%d in registers), %d of va_lists, %d results (%d in registers)",
		w.n, w.args, w.inRegisters, w.list, w.results, w.resultsInRegisters)
}

// abiAddresses returns where the stub of a program stands, which is not PIE.
func abiAddresses(t *testing.T, path string) map[string]sysdeps.Addr {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	symbols, err := f.Symbols()
	if err != nil {
		t.Fatal(err)
	}
	at := map[string]sysdeps.Addr{}
	for _, s := range symbols {
		at[s.Name] = sysdeps.Addr(s.Value)
	}
	return at
}

// abiWatch follows a program from call to call.
type abiWatch struct {
	conv  *abi.Convention
	calls []abiCall
	n     int // calls that have returned
	sig   *abi.Signature
	sp    sysdeps.Addr // at the entry

	args, inRegisters, list     int
	results, resultsInRegisters int
}

func (w *abiWatch) call() *abiCall { return &w.calls[min(w.n, len(w.calls)-1)] }

func (w *abiWatch) entered(t *testing.T, th *Thread) {
	call := w.call()
	w.sig = w.conv.Place(call.proto)
	regs, err := th.Regs()
	if err != nil {
		t.Fatal(err)
	}
	w.sp = regs.SP()
	for i, l := range w.sig.Args {
		w.check(t, th, fmt.Sprintf("argument %d", i+1), l, call.proto.Params[i].Type, &call.args[i])
		w.args++
		if len(l.Parts) > 0 && l.Parts[0].Where != abi.Stack {
			w.inRegisters++
		}
		if l.NeedsVectors() && !w.sig.VectorArgs {
			t.Errorf("%s: argument %d is said to need no vector registers", call.text, i+1)
		}
	}
	if !call.proto.Variadic {
		return
	}
	// The variadic ones, by the cursor that a format would go on with.
	p := *call.proto
	p.Params = p.Params[:p.Fixed]
	cur := w.conv.Place(&p).Variadic()
	if regs.Arch == sysdeps.AMD64 {
		cur.LimitVectors(uint8(regs.Get(sysdeps.RAX)))
	}
	for i := p.Fixed; i < len(call.args); i++ {
		typ := call.proto.Params[i].Type
		w.check(t, th, fmt.Sprintf("variadic argument %d", i+1), cur.Next(typ), typ, &call.args[i])
	}
}

// listed looks at the arguments of a va_list, which is abi_list's argument.
func (w *abiWatch) listed(t *testing.T, th *Thread) {
	call := w.call()
	regs, err := th.Regs()
	if err != nil {
		t.Fatal(err)
	}
	function := w.sp
	w.sp = regs.SP()
	list := &prototype.Prototype{Params: []prototype.Param{{Type: &prototype.Type{Kind: prototype.VaList}}}}
	var word [8]byte
	if err := w.fetch(th, w.conv.Place(list).Args[0], word[:w.conv.Model.Word]); err != nil {
		t.Fatal(err)
	}
	w.sp = function
	a := sysdeps.Addr(regs.Arch.Word(word[:]))
	tag := make([]byte, w.conv.VaListSize)
	if _, err := th.Process.Space.ReadMemory(tag, a); err != nil {
		t.Fatal(err)
	}
	cur, err := w.conv.VaList(a, tag)
	if err != nil {
		t.Fatal(err)
	}
	for i := call.proto.Fixed; i < len(call.args); i++ {
		typ := call.proto.Params[i].Type
		w.check(t, th, fmt.Sprintf("argument %d of the va_list", i+1), cur.Next(typ), typ, &call.args[i])
		w.list++
	}
}

func (w *abiWatch) returned(t *testing.T, th *Thread) {
	call := w.call()
	regs, err := th.Regs()
	if err != nil {
		t.Fatal(err)
	}
	// The stub has put its return address where the caller's was.
	if popped := regs.SP() - w.sp - sysdeps.Addr(w.conv.Model.Word); int(popped) != w.sig.Pops {
		t.Errorf("%s: it pops %d bytes, said to be %d", call.text, popped, w.sig.Pops)
	}
	if call.result.init != "" {
		w.check(t, th, "result", w.sig.Result, call.proto.Result, &call.result)
		w.results++
		if len(w.sig.Result.Parts) > 0 && !w.sig.Result.Indirect {
			w.resultsInRegisters++
		}
	}
	w.n++
}

// check compares a value with what it must be.
func (w *abiWatch) check(t *testing.T, th *Thread, what string, l abi.Location, typ *prototype.Type, want *abiValue) {
	t.Helper()
	got := make([]byte, typ.SizeOf(w.conv.Model))
	for i := range got {
		got[i] = 0xa5
	}
	err := w.fetch(th, l, got)
	if err == nil {
		err = want.check(got)
	}
	if err != nil {
		t.Errorf("call %d, %s: %v\n%+v\n%s", w.n, what, err, l, w.call().text)
	}
}

// fetch reads a value.
func (w *abiWatch) fetch(th *Thread, l abi.Location, value []byte) error {
	if l.Unknown {
		return errors.New("its place is not known")
	}
	if l.Indirect {
		var word [8]byte
		pointer := abi.Location{Parts: l.Parts}
		if err := w.fetch(th, pointer, word[:w.conv.Model.Word]); err != nil {
			return err
		}
		_, err := th.Process.Space.ReadMemory(value, sysdeps.Addr(th.Process.Space.Arch.Word(word[:])))
		return err
	}
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	var vectors *sysdeps.Vectors
	if l.NeedsVectors() {
		if vectors, err = th.Vectors(); err != nil {
			return err
		}
	}
	for i := range l.Parts {
		p := &l.Parts[i]
		if a, ok := p.Address(w.sp); ok {
			if _, err := th.Process.Space.ReadMemory(value[p.At:p.At+p.Size], a); err != nil {
				return err
			}
		} else if !p.Load(value, regs, vectors) {
			return fmt.Errorf("nothing in part %d", i)
		}
	}
	return nil
}

package unwind

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"os"
	"runtime"
	"slices"
	"testing"

	"sonde/elfsym"
	"sonde/insn"
	"sonde/sysdeps"
)

// TestVDSOCallers walks from each instruction of functions of Go's runtime that ask the
// vDSO, those of this program, by way of the stack that they go over to: whatever lies
// there is left over, and nobody's return address.
func TestVDSOCallers(t *testing.T) {
	if runtime.GOARCH != "amd64" || runtime.GOOS != "linux" {
		t.Skip("these functions are amd64's")
	}
	path, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	file, err := elfsym.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	text, mappings := mappedText(t, path)
	const own, thread, size = 0xc000100000, 0x7fe000000000, 4096
	caller, other := afterCall(t, text, "runtime.newproc"), afterCall(t, text, "runtime.gopark")
	goroutine, leftOver := make([]byte, size), bytes.Repeat(binary.LittleEndian.AppendUint64(nil, other), size/8)
	cfa := uint64(own + size/2)
	binary.LittleEndian.PutUint64(goroutine[size/2-8:], caller)
	images := elfsym.NewImages(append(mappings, elfsym.Mapping{Lo: own, Hi: own + size, Write: true}, elfsym.Mapping{Lo: thread, Hi: thread + size, Write: true}),
		nil, func(*elfsym.Image) (*elfsym.File, string, error) { return file, path, nil })
	img, _ := images.Find(text.at)
	info, err := img.Unwind()
	if err != nil {
		t.Fatal(err)
	}
	frames, err := info.Go()
	if err != nil {
		t.Fatal(err)
	}
	mem := regions{text, {own, goroutine}, {thread, leftOver}}
	for _, name := range []string{"runtime.nanotime1", "time.now", "runtime.vgetrandom1"} {
		start, end := goFunctionAt(text, name)
		if start == 0 {
			if name != "runtime.vgetrandom1" { // which nobody may call
				t.Errorf("%s: there is none", name)
			}
			continue
		}
		kept, away := false, 0
		for pc := start; pc < end; {
			in, err := insn.DecodeX86(text.data[pc-uint64(text.at):], insn.Mode64)
			if err != nil {
				t.Fatal(err)
			}
			g, ok := frames.At(pc)
			if !ok {
				t.Fatalf("%#x: no frame", pc)
			}
			var regs sysdeps.Regs
			regs.Arch = sysdeps.AMD64
			regs.SetPC(sysdeps.Addr(pc))
			sp := cfa - 8 - uint64(g.Size)
			regs.SetSP(sysdeps.Addr(sp))
			regs.Set(sysdeps.R12, thread+size/2) // of a call before
			if kept {
				regs.Set(sysdeps.R12, sp)
				regs.SetSP(thread + size/4)
				away++
			}
			var w Walker
			got := slices.Collect(w.Walk(mem, images, &regs))
			if len(got) < 2 || uint64(got[1].PC) != caller || uint64(got[0].CFA) != cfa {
				t.Errorf("%s+%d, away %t: %v", name, pc-start, kept, got)
			}
			switch string(text.data[pc-uint64(text.at):][:in.Len]) {
			case "\x49\x89\xe4": // mov %rsp,%r12
				kept = true
			case "\x4c\x89\xe4": // mov %r12,%rsp
				kept = false
			}
			pc += uint64(in.Len)
		}
		if away < 5 {
			t.Errorf("%s: %d instructions on the thread's own stack", name, away)
		}
	}
}

// mappedText returns a program's code as it is mapped, and all that is mapped of its file.
func mappedText(t *testing.T, path string) (text region, mappings []elfsym.Mapping) {
	t.Helper()
	f, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for _, p := range f.Progs {
		if p.Type != elf.PT_LOAD {
			continue
		}
		m := elfsym.Mapping{
			Lo: sysdeps.Addr(p.Vaddr), Hi: sysdeps.Addr(p.Vaddr + p.Memsz).PageUp(), Offset: p.Off,
			Exec: p.Flags&elf.PF_X != 0, Write: p.Flags&elf.PF_W != 0, Name: path, Inode: 1,
		}
		mappings = append(mappings, m)
		if m.Exec {
			text = region{m.Lo, make([]byte, p.Filesz)}
			if _, err := p.ReadAt(text.data, 0); err != nil {
				t.Fatal(err)
			}
		}
	}
	return text, mappings
}

// goFunctionAt returns where a function of this program begins and ends: a program that is
// tested has no symbols.
func goFunctionAt(text region, name string) (start, end uint64) {
	const alignment = 16
	for at := 0; at < len(text.data); at += alignment {
		pc := uint64(text.at) + uint64(at)
		switch f := runtime.FuncForPC(uintptr(pc)); {
		case f == nil:
		case f.Name() == name && start == 0:
			start = uint64(f.Entry())
		case start != 0 && uint64(f.Entry()) != start: // what is inlined has another name
			code := bytes.TrimRight(text.data[start-uint64(text.at):at], "\xcc") // int3, between functions
			return start, start + uint64(len(code))
		}
	}
	return 0, 0
}

// afterCall returns the address behind the first call of a function.
func afterCall(t *testing.T, text region, name string) uint64 {
	t.Helper()
	start, end := goFunctionAt(text, name)
	for pc := start; pc < end; {
		in, err := insn.DecodeX86(text.data[pc-uint64(text.at):], insn.Mode64)
		if err != nil {
			t.Fatal(err)
		}
		pc += uint64(in.Len)
		if in.Kind == insn.Call {
			return pc
		}
	}
	t.Fatalf("%s calls nothing", name)
	return 0
}

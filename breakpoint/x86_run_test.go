package breakpoint

import (
	"bufio"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"syscall"
	"testing"

	"sonde/insn"
	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// What testdata/x86_run.c maps: a page of data, and code areas full of int3.
// The program itself is far away, being position-independent.
const (
	x86DataAddr = 0x28000000
	x86DataSize = 4096
	x86DataMid  = x86DataAddr + x86DataSize/2

	x86Code     sysdeps.Addr = 0x20008000     // where instructions stand
	x86NearSlot sysdeps.Addr = 0x30008000     // where copies run
	x86FarSlot  sysdeps.Addr = 0x500000008000 // the same, out of a jump's reach
	x86AreaHalf              = 0x8000         // an area's size on either side of those
)

// x86Machine is a mode of the processor, and what the tests have for it.
type x86Machine struct {
	name     string
	arch     *sysdeps.Arch
	mode     insn.Mode
	flags    []string       // to compile testdata/x86_run.c
	regs     []sysdeps.Reg  // in the order of its requests
	regNames []string       // the same
	slots    []sysdeps.Addr // where copies run
	decoder  string         // the decoder's cases
	emulator string         // the emulator's
}

var x86Machines = []*x86Machine{
	{
		name: "64-bit", arch: sysdeps.AMD64, mode: insn.Mode64, flags: []string{"-O1", "-fpie", "-pie"},
		regs: []sysdeps.Reg{
			sysdeps.R8, sysdeps.R9, sysdeps.R10, sysdeps.R11, sysdeps.R12, sysdeps.R13, sysdeps.R14, sysdeps.R15,
			sysdeps.RDI, sysdeps.RSI, sysdeps.RBP, sysdeps.RBX, sysdeps.RDX, sysdeps.RAX, sysdeps.RCX,
			sysdeps.RSP, sysdeps.RIP, sysdeps.EFLAGS,
		},
		regNames: strings.Fields("r8 r9 r10 r11 r12 r13 r14 r15 rdi rsi rbp rbx rdx rax rcx rsp rip eflags"),
		slots:    []sysdeps.Addr{x86NearSlot, x86FarSlot},
		decoder:  "../insn/testdata/x86_64.txt", emulator: "testdata/x86_emulate_64.txt",
	},
	{
		name: "32-bit", arch: sysdeps.I386, mode: insn.Mode32, flags: []string{"-m32", "-O1", "-no-pie"},
		regs: []sysdeps.Reg{
			sysdeps.RDI, sysdeps.RSI, sysdeps.RBP, sysdeps.RBX, sysdeps.RDX, sysdeps.RAX, sysdeps.RCX,
			sysdeps.RSP, sysdeps.RIP, sysdeps.EFLAGS,
		},
		regNames: strings.Fields("edi esi ebp ebx edx eax ecx esp eip eflags"),
		slots:    []sysdeps.Addr{x86NearSlot},
		decoder:  "../insn/testdata/x86_32.txt", emulator: "testdata/x86_emulate_32.txt",
	},
}

// x86EachMachine runs a test for each.
func x86EachMachine(t *testing.T, test func(t *testing.T, m *x86Machine)) {
	for _, m := range x86Machines {
		t.Run(m.name, func(t *testing.T) { test(t, m) })
	}
}

// x86EachCase yields the bytes, the wanted text and the name of each case in a
// file.
func x86EachCase(t testing.TB, file string, yield func(code []byte, want, name string)) {
	for _, c := range testkit.Cases(t, file, 3) {
		yield(testkit.Hex(t, c[0]), c[1], c[2])
	}
}

// x86Run is one run of an instruction: state and code before, state after.
type x86Run struct {
	machine *x86Machine
	before  sysdeps.Regs
	data    [x86DataSize]byte // on the data page
	patches [2]x86Patch       // none overlapping

	after     sysdeps.Regs
	signal    syscall.Signal // that ended it: SIGTRAP unless it faulted
	faultAddr sysdeps.Addr
	vectors   [16 * 32]byte // ymm0 to ymm15
	dataAfter [x86DataSize]byte
}

// x86Patch is up to 32 bytes of code.
type x86Patch struct {
	at   sysdeps.Addr
	code []byte
}

// x86NeedsHost skips what only the machine itself can answer.
func x86NeedsHost(t *testing.T) {
	t.Helper()
	if runtime.GOARCH != "amd64" {
		t.Skip("compares with the x86-64 code and processor of the host")
	}
}

// x86Execute runs all of runs on the processor and fills in what came out.
func x86Execute(t *testing.T, m *x86Machine, runs []*x86Run) {
	t.Helper()
	x86NeedsHost(t)
	cmd := exec.CommandContext(t.Context(), testkit.Build(t, "testdata/x86_run.c", m.flags...))
	cmd.Stderr = os.Stderr
	in, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	wrote := make(chan error, 1)
	go func() {
		wrote <- x86WriteRuns(in, runs)
	}()
	done, err := x86ReadRuns(out, runs)
	if err != nil {
		t.Errorf("run % x with%s: %v", runs[done].patches[0].code, m.regsText(&runs[done].before), err)
	}
	if err := <-wrote; err != nil && done == len(runs) {
		t.Errorf("write instructions: %v", err)
	}
	if err := cmd.Wait(); err != nil || done < len(runs) {
		t.Fatalf("%v: %v after %d of %d instructions", cmd, err, done, len(runs))
	}
}

func x86WriteRuns(in io.WriteCloser, runs []*x86Run) error {
	w := bufio.NewWriterSize(in, 1<<16)
	var buf []byte
	for _, run := range runs {
		buf = buf[:0]
		for _, reg := range run.machine.regs {
			buf = binary.LittleEndian.AppendUint64(buf, run.before.Get(reg))
		}
		for _, p := range run.patches {
			var bytes [32]byte
			n := copy(bytes[:], p.code)
			buf = binary.LittleEndian.AppendUint64(buf, uint64(p.at))
			buf = binary.LittleEndian.AppendUint64(buf, uint64(n))
			buf = append(buf, bytes[:]...)
		}
		if _, err := w.Write(append(buf, run.data[:]...)); err != nil {
			return err
		}
	}
	if err := w.Flush(); err != nil {
		return err
	}
	return in.Close()
}

func x86ReadRuns(out io.Reader, runs []*x86Run) (done int, err error) {
	r := bufio.NewReaderSize(out, 1<<16)
	for i, run := range runs {
		regs := run.machine.regs
		head := make([]byte, 8*(len(regs)+2))
		if _, err := io.ReadFull(r, head); err != nil {
			return i, err
		}
		word := func(i int) uint64 { return binary.LittleEndian.Uint64(head[8*i:]) }
		run.after = run.before
		for i, reg := range regs {
			run.after.Set(reg, word(i))
		}
		run.signal = syscall.Signal(word(len(regs)))
		run.faultAddr = sysdeps.Addr(word(len(regs) + 1))
		if _, err := io.ReadFull(r, run.vectors[:]); err != nil {
			return i, err
		}
		if _, err := io.ReadFull(r, run.dataAfter[:]); err != nil {
			return i, err
		}
	}
	return len(runs), nil
}

// newRun returns a run of code at x86Code with every register pointing into
// the data page, on a boundary that the widest moves want, and the page filled
// at random.
func (m *x86Machine) newRun(rnd *rand.Rand, code []byte) *x86Run {
	run := &x86Run{machine: m, before: sysdeps.Regs{Arch: m.arch}}
	run.before.Set(sysdeps.CS, x86User32CS)
	run.before.Set(sysdeps.DS, x86UserDS)
	run.before.Set(sysdeps.SS, x86UserDS)
	for _, reg := range m.regs {
		run.before.Set(reg, x86DataMid+uint64(rnd.IntN(16)-8)*64)
	}
	run.before.Set(sysdeps.EFLAGS, x86RandomFlags(rnd))
	run.before.SetPC(x86Code)
	for i := 0; i < len(run.data); i += 8 {
		binary.LittleEndian.PutUint64(run.data[i:], rnd.Uint64())
	}
	run.patches[0] = x86Patch{x86Code, code}
	run.patches[1] = x86Patch{at: x86NearSlot}
	return run
}

// x86UserFlags are IF and the bit that always reads as one, which are set in
// every program.
const x86UserFlags = 0x202

func x86RandomFlags(rnd *rand.Rand) uint64 {
	return x86UserFlags | rnd.Uint64()&x86StatusFlags
}

// ended returns where the program was when the signal came: at the int3, not
// behind it.
func (run *x86Run) ended() sysdeps.Addr {
	if run.signal == syscall.SIGTRAP {
		return run.after.PC() - 1
	}
	return run.after.PC()
}

// regsDiff returns the names and values of the registers that differ, but
// for the program counter and those in except.
func (m *x86Machine) regsDiff(got, want *sysdeps.Regs, except ...sysdeps.Reg) string {
	var s string
next:
	for i, reg := range m.regs {
		for _, e := range append(except, sysdeps.RIP) {
			if reg == e {
				continue next
			}
		}
		g, w := got.Get(reg), want.Get(reg)
		if reg == sysdeps.EFLAGS {
			// RF is set in the frame of a fault.
			const rf = 1 << 16
			g, w = g&^rf, w&^rf
		}
		if g != w {
			s += fmt.Sprintf(" %s %#x, want %#x;", m.regNames[i], g, w)
		}
	}
	return s
}

func (m *x86Machine) regsText(r *sysdeps.Regs) string {
	var s string
	for i, reg := range m.regs {
		s += fmt.Sprintf(" %s=%#x", m.regNames[i], r.Get(reg))
	}
	return s
}

package proc

import (
	"fmt"
	"os/exec"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/elfsym"
	"sonde/insn"
	"sonde/internal/testkit"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
	"sonde/unwind"
)

// stepped is a program that is followed one instruction at a time, with what its
// own calls and returns tell of its stack.
type stepped struct {
	t      *testing.T
	pid    int
	space  *Space
	files  elfsym.Cache
	images *elfsym.Images
	walker unwind.Walker
	regs   sysdeps.Regs
	shadow []shadowCall // the outermost first
	steps  int
	guess  bool           // there are no tables: frames may be guessed, if they are right
	wrong  map[string]int // by what is wrong
	order  []string

	// straight are what was wrong since the last instruction that went elsewhere,
	// and left says that calls have been left since without a return: by longjmp.
	// While that restores the registers, its tables tell of where it goes to, not
	// of who called it, or what is not so (i386's, once it has overwritten eax), and
	// musl has none.
	straight []string
	left     bool
}

// shadowCall is a call that has not returned, or what a signal has interrupted.
type shadowCall struct {
	back sysdeps.Addr // where it will come back to
	at   sysdeps.Addr // of the stack word that says so; 0: it is the signal's
}

// stepThrough follows a program to its end. Its environment is empty: what the
// dynamic linker does is long enough. It runs on the n-th CPU, where a step is twice as
// quick as between two.
func stepThrough(t *testing.T, path string, guess bool, n int) *stepped {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	var all, one unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		t.Fatal(err)
	}
	n %= all.Count()
	for cpu := 0; ; cpu++ {
		if all.IsSet(cpu) {
			if n == 0 {
				one.Set(cpu)
				break
			}
			n--
		}
	}
	if err := unix.SchedSetaffinity(0, &one); err != nil {
		t.Fatal(err)
	}
	defer unix.SchedSetaffinity(0, &all)
	cmd := exec.Command(path)
	cmd.Env = []string{}
	cmd.SysProcAttr = &syscall.SysProcAttr{Ptrace: true}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	pid := cmd.Process.Pid
	ended := false
	defer func() {
		if !ended {
			unix.Kill(pid, unix.SIGKILL)
			ptrace.WaitFor(pid)
		}
	}()
	if _, err := ptrace.WaitFor(pid); err != nil {
		t.Fatal(err)
	}
	s := &stepped{t: t, pid: pid, wrong: make(map[string]int), guess: guess}
	if err := ptrace.GetRegs(pid, &s.regs); err != nil {
		t.Fatal(err)
	}
	s.space = emptySpace(s.regs.Arch, nil)
	if err := s.space.open(pid); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(s.space.mem)
	s.look()
	for !ended {
		s.check()
		ended = s.step()
	}
	return s
}

// look reads what is mapped.
func (s *stepped) look() {
	s.t.Helper()
	mappings, err := Maps(s.pid)
	if err != nil {
		s.t.Fatal(err)
	}
	s.images = Images(s.pid, mappings, s.space, &s.files, nil)
}

// step does one instruction, and notes the calls and returns. It reports whether
// the program has ended.
func (s *stepped) step() (ended bool) {
	s.t.Helper()
	pc := s.regs.PC()
	in := s.instruction(pc)
	sig := 0
	for {
		if err := ptrace.Step(s.pid, sig); err != nil {
			s.t.Fatal(err)
		}
		status, err := ptrace.WaitFor(s.pid)
		if err != nil {
			s.t.Fatal(err)
		}
		if status.Exited() || status.Signaled() {
			if status != 0 {
				s.t.Errorf("the program ended with %#x", status)
			}
			return true
		}
		if sig != 0 {
			break // at the handler's first instruction
		}
		if sig = int(status.StopSignal()); sig == int(unix.SIGTRAP) {
			sig = 0
			break
		}
		if err := ptrace.GetRegs(s.pid, &s.regs); err != nil {
			s.t.Fatal(err)
		}
	}
	s.steps++
	interrupted := s.regs.PC()
	if err := ptrace.GetRegs(s.pid, &s.regs); err != nil {
		s.t.Fatal(err)
	}
	if sig != 0 {
		s.signalled(interrupted)
		return false
	}
	s.note(pc, in)
	if in.Kind != insn.Plain {
		s.went()
	}
	if in.Kind == insn.Syscall || in.Kind == insn.Trap {
		s.look()
	}
	return false
}

// instruction decodes what is at an address.
func (s *stepped) instruction(pc sysdeps.Addr) insn.X86 {
	var code [insn.X86MaxLen]byte
	n, _ := s.space.ReadMemory(code[:], pc)
	mode := insn.Mode64
	if s.regs.Arch.PtrSize == 4 {
		mode = insn.Mode32
	}
	in, err := insn.DecodeX86(code[:n], mode)
	if err != nil {
		s.t.Fatalf("decode % x at %v: %v", code[:n], pc, err)
	}
	return in
}

// note keeps the shadow stack after an instruction at pc. What the stack pointer
// has passed has returned; the stack that signals are handled on is another one.
func (s *stepped) note(pc sysdeps.Addr, in insn.X86) {
	sp := s.regs.SP()
	if in.Kind == insn.CallIndirect || in.Kind == insn.Call && in.Imm != 0 { // else it is for its own address
		s.shadow = append(s.shadow, shadowCall{pc + sysdeps.Addr(in.Len), sp})
		return
	}
	for n := len(s.shadow); n > 0; n-- {
		top := s.shadow[n-1]
		if top.at == 0 { // the trampoline has asked the kernel to go back
			if s.regs.PC() != top.back || in.Kind != insn.Syscall {
				return
			}
		} else if top.at >= sp || sp-top.at > 1<<23 {
			return
		}
		s.shadow = s.shadow[:n-1]
		s.left = s.left || in.Kind == insn.Plain
	}
}

// signalled notes that the thread is at the beginning of a signal's handler.
func (s *stepped) signalled(interrupted sysdeps.Addr) {
	arch := s.regs.Arch
	sp := s.regs.SP()
	var p [8]byte
	if _, err := s.space.ReadMemory(p[:arch.PtrSize], sp); err != nil {
		s.t.Fatal(err)
	}
	s.shadow = append(s.shadow, shadowCall{back: interrupted}, shadowCall{sysdeps.Addr(arch.Word(p[:])), sp})
}

// check holds the frames against the shadow stack.
func (s *stepped) check() {
	n := len(s.shadow)
	wrong := ""
	for f := range s.walker.Walk(s.space, s.images, &s.regs) {
		if n == len(s.shadow) {
			if f.PC != s.regs.PC() {
				wrong = "the innermost frame"
			}
		} else if n < 0 || f.PC != s.shadow[n].back {
			wrong = fmt.Sprintf("frame %d by %v", len(s.shadow)-n, f.How)
			break
		}
		if f.How.Guessed() && f.How != unwind.Code && !s.guess {
			wrong = fmt.Sprintf("frame %d was guessed by %v", len(s.shadow)-n, f.How)
		}
		n--
	}
	if stop := s.walker.Stopped(); wrong == "" && (n != -1 || !stop.Complete()) {
		wrong = fmt.Sprintf("%d frames are missing: %v", n+1, stop)
	}
	if wrong != "" {
		if place := s.place(s.regs.PC()); !s.excused(place) {
			s.straight = append(s.straight, place+": "+wrong)
		}
	}
}

// excused tells of a place that its tables are wrong about. The _start of i386
// has a function within, for its own address, of which they say that nothing called
// it (sysdeps/i386/start.S).
func (s *stepped) excused(place string) bool {
	return s.regs.Arch.PtrSize == 4 && strings.Contains(place, " _start+")
}

// went judges what was wrong before an instruction that has gone elsewhere.
func (s *stepped) went() {
	for _, wrong := range s.straight {
		if s.left {
			break
		}
		if s.wrong[wrong]++; s.wrong[wrong] == 1 {
			s.order = append(s.order, wrong)
		}
	}
	s.straight, s.left = s.straight[:0], false
}

func (s *stepped) place(pc sysdeps.Addr) string {
	img, _ := s.images.Find(pc)
	if img == nil {
		return pc.String()
	}
	name := img.Name[strings.LastIndexByte(img.Name, '/')+1:]
	if sym, off, ok := img.Symbol(pc); ok {
		return fmt.Sprintf("%s %s+%#x", name, sym.Name, off)
	}
	return fmt.Sprintf("%s %#x", name, img.Link(pc))
}

// report fails the test where a stack was wrong.
func (s *stepped) report() {
	s.t.Helper()
	total := 0
	for _, n := range s.wrong {
		total += n
	}
	s.t.Logf("%d instructions, %d with another stack", s.steps, total)
	for i, w := range slices.All(s.order) {
		if i == 20 {
			s.t.Errorf("... and %d other kinds", len(s.order)-i)
			break
		}
		s.t.Errorf("%s (%d times)", w, s.wrong[w])
	}
}

// Every instruction of a whole program, from the dynamic linker's first to the last,
// has the stack that its calls and returns tell.
func TestCallersOfEveryInstruction(t *testing.T) {
	tests := []struct {
		name  string
		flags []string
		guess bool
	}{
		{"O0", []string{"-O0"}, false},
		{"O2", []string{"-O2"}, false},
		{"O3 omit", []string{"-O3", "-fomit-frame-pointer", "-no-pie"}, false},
		{"Os now", []string{"-Os", "-Wl,-z,now", "-fno-plt"}, false},
		{"frame pointers", []string{"-O2", "-fno-omit-frame-pointer"}, false},
		{"no tables", []string{"-O2", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"}, false},
		{"debug frame", []string{"-O2", "-g", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"}, false},
		{"no tables O0", []string{"-O0", "-fno-asynchronous-unwind-tables", "-fno-unwind-tables"}, false},
		{"static", []string{"-O2", "-static"}, false},
		{"static pie", []string{"-O2", "-static-pie"}, false},
		{"32", []string{"-O2", "-m32"}, false},
		{"32 O0 static", []string{"-O0", "-m32", "-static"}, false},
		{"clang", []string{"CC=clang", "-O2"}, false},
		{"clang O0", []string{"CC=clang", "-O0"}, false},
		{"musl", []string{"CC=musl-gcc", "-O2"}, true},
		{"musl static", []string{"CC=musl-gcc", "-O2", "-static"}, false},
	}
	for i, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			path := testkit.Build(t, "testdata/callers.c", test.flags...)
			stepThrough(t, path, test.guess, i).report()
		})
	}
}

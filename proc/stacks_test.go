package proc

import (
	"fmt"
	"os"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
	"sonde/unwind"
)

// seized is a running program whose threads can be stopped for a look at their
// stacks.
type seized struct {
	t       *testing.T
	pid     int
	space   *Space
	files   elfsym.Cache
	walker  unwind.Walker
	threads map[int]bool
}

// seize runs f on a thread that has seized the program, and ends that.
func seize(t *testing.T, pid int, f func(*seized)) {
	t.Helper()
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	s := &seized{t: t, pid: pid, threads: make(map[int]bool), space: emptySpace(sysdeps.AMD64, nil)}
	if err := s.space.open(pid); err != nil {
		t.Fatal(err)
	}
	defer unix.Close(s.space.mem)
	defer func() {
		unix.Kill(pid, unix.SIGKILL)
		for tid := range s.threads {
			if tid != pid { // which ends when the others have been waited for
				ptrace.WaitFor(tid)
			}
		}
		ptrace.WaitFor(pid)
	}()
	f(s)
}

// stop stops the threads that there are, one after the other, and lets f look at
// each.
func (s *seized) stop(f func(tid int, regs *sysdeps.Regs, images *elfsym.Images)) {
	s.t.Helper()
	entries, err := os.ReadDir(fmt.Sprintf("/proc/%d/task", s.pid))
	if err != nil {
		s.t.Fatal(err)
	}
	mappings, err := Maps(s.pid)
	if err != nil {
		s.t.Fatal(err)
	}
	images := Images(s.pid, mappings, s.space, &s.files, nil)
	for _, e := range entries {
		tid, err := strconv.Atoi(e.Name())
		if err != nil {
			s.t.Fatal(err)
		}
		if !s.threads[tid] {
			if ptrace.Seize(tid, 0) != nil {
				continue // it has ended
			}
			s.threads[tid] = true
		}
		if ptrace.Interrupt(tid) != nil {
			continue
		}
		status, err := ptrace.WaitFor(tid)
		sig := 0
		for err == nil && status.Stopped() && int(status)>>16 != ptrace.EventStop { // a signal first
			sig = int(status.StopSignal())
			if err = ptrace.Cont(tid, sig); err == nil {
				status, err = ptrace.WaitFor(tid)
			}
		}
		if err != nil || !status.Stopped() {
			delete(s.threads, tid)
			continue
		}
		var regs sysdeps.Regs
		if err := ptrace.GetRegs(tid, &regs); err != nil {
			s.t.Fatal(err)
		}
		f(tid, &regs, images)
		if err := ptrace.Cont(tid, 0); err != nil {
			s.t.Fatal(err)
		}
	}
}

// stack walks the stack of a thread that stands still, and returns the names of its
// functions as well.
func (s *seized) stack(regs *sysdeps.Regs, images *elfsym.Images) (frames []unwind.Frame, names []string, stop *unwind.Stop) {
	for f := range s.walker.Walk(s.space, images, regs) {
		frames = append(frames, f)
		name := f.PC.String()
		if sym, off, ok := images.Symbol(f.Lookup()); ok {
			name = fmt.Sprintf("%s+%#x", sym.Name, off)
		}
		names = append(names, fmt.Sprintf("%s (%v)", name, f.How))
	}
	return frames, names, s.walker.Stopped()
}

// Stacks of a Go program are complete wherever its threads are, and the one that a
// goroutine has itself told of is right.
func TestStacksOfGo(t *testing.T) {
	tests := []struct {
		dir   string
		flags []string
	}{
		{"callers_go", []string{"CGO_ENABLED=0"}},
		{"callers_go", []string{"CGO_ENABLED=0", "-ldflags=-s -w"}},
		{"callers_go", []string{"CGO_ENABLED=0", "-buildmode=pie"}},
		{"callers_cgo", []string{"CGO_ENABLED=1"}},
	}
	for _, test := range tests {
		t.Run(test.dir+" "+strings.Join(test.flags, " "), func(t *testing.T) {
			p := testkit.StartSituation(t, testkit.BuildGo(t, "testdata/"+test.dir, test.flags...))
			for {
				if _, ok := p.Next(t); !ok {
					break
				}
			}
			lines := strings.Fields(strings.Join(p.Lines, " "))
			want, tid := lines[:len(lines)-1], lines[len(lines)-1]
			seize(t, p.PID, func(s *seized) { s.checkGo(want, tid) })
		})
	}
}

// checkGo looks at all threads, many times.
func (s *seized) checkGo(want []string, tid string) {
	seen := make(map[string]int)
	for range 100 {
		s.stop(func(id int, regs *sysdeps.Regs, images *elfsym.Images) {
			frames, names, stop := s.stack(regs, images)
			var pcs []string
			for _, f := range frames {
				pcs = append(pcs, f.PC.String())
				if f.How.Guessed() {
					s.t.Errorf("guessed: %v, %v", names, stop)
				}
			}
			if !stop.Complete() {
				s.t.Errorf("%v: %v", names, stop)
			}
			// The thread may be on its way yet.
			inner := func(name string) bool { return strings.HasPrefix(name, "main.inner+") }
			if strconv.Itoa(id) == tid && slices.ContainsFunc(names[1:], inner) {
				seen["main.inner"]++
				// The first place is that of the call of Callers.
				if !strings.HasSuffix(strings.Join(pcs, " "), " "+strings.Join(want[1:], " ")) {
					s.t.Errorf("%v; it has said %v", names, want)
				}
			}
			for _, what := range []string{"runtime.systemstack", "runtime.mcall", "runtime.morestack", "runtime.mstart", "main.grow"} {
				if slices.ContainsFunc(names[1:], func(name string) bool {
					return strings.HasPrefix(name, what+"+") || strings.HasPrefix(name, what+".abi0+")
				}) {
					seen[what]++
				}
			}
		})
		if s.t.Failed() {
			break
		}
	}
	s.t.Logf("seen: %v", seen)
	if seen["main.inner"] == 0 {
		s.t.Error("the goroutine that waits has not been seen")
	}
}

// Files that are read out of memory tell of frames, and of what they export, as those
// on disk do.
func TestImagesOfMemory(t *testing.T) {
	for _, flags := range [][]string{{"-O2"}, {"-O2", "-static"}, {"-O2", "-no-pie"}} {
		p := testkit.StartSituation(t, testkit.Build(t, "testdata/situations.c", flags...), "noreturn")
		seize(t, p.PID, func(s *seized) {
			s.stop(func(_ int, _ *sysdeps.Regs, images *elfsym.Images) {
				for _, img := range images.All() {
					checkImage(t, img, s.space)
				}
			})
		})
	}
}

func checkImage(t *testing.T, img *elfsym.Image, mem sysdeps.Memory) {
	t.Helper()
	want, path, err := img.File()
	if err != nil {
		return // a file of another kind
	}
	got, err := elfsym.ParseMapped(img, mem)
	if err != nil {
		t.Errorf("%s: %v", img.Name, err)
		return
	}
	info, err := want.UnwindInfo(path, nil)
	if err != nil {
		t.Fatal(err)
	}
	again, err := got.UnwindInfo("", nil)
	if err != nil {
		t.Fatal(err)
	}
	count := func(f *elfsym.File) (n int) {
		for range f.Symbols() {
			n++
		}
		return n
	}
	if len(info.Index.Data) == 0 { // section headers alone lead to .eh_frame
		info = again
	}
	if string(again.Index.Data) != string(info.Index.Data) || !strings.HasPrefix(string(again.Frame.Data), string(info.Frame.Data)) || count(got) != count(want) {
		t.Errorf("%s out of memory: %d and %d bytes, %d symbols; want %d, %d, %d", img.Name,
			len(again.Index.Data), len(again.Frame.Data), count(got), len(info.Index.Data), len(info.Frame.Data), count(want))
	}
}

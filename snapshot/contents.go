package snapshot

import (
	"bytes"
	"debug/elf"
	"errors"
	"io"
	"os"
	"strconv"
	"strings"

	"sonde/corefile"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// ErrNoThreads says that no thread of a process could be stopped.
var ErrNoThreads = errors.New("none of its threads has stopped")

// Contents returns what a core file says of the process, as the kernel would say it if
// the process died now of no signal, with its first thread first.
func (h *Held) Contents(choice *Choice, mem sysdeps.Memory) (*corefile.Contents, error) {
	c, err := h.describe()
	if err != nil {
		return nil, err
	}
	ms, err := readMappings(h.task())
	if err != nil {
		return nil, err
	}
	addMemory(c, h.task(), ms, choice, mem)
	return c, nil
}

// task returns a thread through which /proc tells of the process's memory: a leader that
// has ended before the others has none.
func (h *Held) task() int {
	for _, t := range h.Threads {
		if t.Err == nil {
			return t.TID
		}
	}
	return h.PID
}

// describe returns what a core file says besides its memory.
func (h *Held) describe() (*corefile.Contents, error) {
	c := &corefile.Contents{XSaveLayout: ptrace.XSaveLayout()}
	dir := "/proc/" + strconv.Itoa(h.PID)
	for _, t := range h.Threads {
		if t.Err != nil {
			continue
		}
		th, err := h.thread(t, dir)
		if errors.Is(err, sysdeps.ErrGone) || errors.Is(err, os.ErrNotExist) {
			continue // killed meanwhile
		} else if err != nil {
			return nil, err
		}
		c.Threads = append(c.Threads, th)
	}
	if len(c.Threads) == 0 {
		return nil, ErrNoThreads
	}
	// A debugger takes the machine of the process from the first thread. It may be in
	// 64-bit code for a moment, in a 32-bit program.
	c.Arch = c.Threads[0].Regs.Arch
	first := &c.Threads[0]
	if first.Siginfo == nil {
		first.Siginfo = new(sysdeps.Siginfo)
		first.Siginfo.SetSigno(first.Signal)
	}
	var err error
	if c.Process, err = h.process(dir); err != nil {
		return nil, err
	}
	if c.Auxv, err = os.ReadFile("/proc/" + strconv.Itoa(h.task()) + "/auxv"); err != nil {
		return nil, err
	}
	c.Auxv = c.Auxv[:auxvSize(c.Auxv, c.Arch)]
	return c, nil
}

// addMemory fills in mapped files and segments, of a process that stands still.
func addMemory(c *corefile.Contents, pid int, ms []mapping, choice *Choice, mem sysdeps.Memory) {
	filter := dumpFilter(pid)
	pages, err := openPagemap(pid)
	if err == nil {
		defer pages.close()
	}
	for i := range ms {
		m := &ms[i]
		if m.file() {
			c.Mapped = append(c.Mapped, corefile.Mapped{
				Lo: m.Lo, Hi: m.Hi, Offset: m.Offset, Path: strings.ReplaceAll(m.Path, `\012`, "\n"),
			})
		}
		s := corefile.Segment{Lo: m.Lo, Hi: m.Hi, Flags: flags(m), Dumped: dumped(pid, m, choice, filter, mem)}
		switch {
		case s.Dumped == 0 || m.file() || m.Path == "[vdso]":
		case m.special(), !m.resident: // of [vvar] and [vsyscall] nobody can read the bytes
			s.Holes = []corefile.Range{{Lo: m.Lo, Hi: m.Hi}}
		case pages != nil:
			s.Holes = pages.holes(m.Lo, m.Hi)
		}
		c.Segments = append(c.Segments, s)
	}
}

func flags(m *mapping) elf.ProgFlag {
	var f elf.ProgFlag
	if m.Readable {
		f |= elf.PF_R
	}
	if m.Write {
		f |= elf.PF_W
	}
	if m.Exec {
		f |= elf.PF_X
	}
	return f
}

// thread reads what a core file says of one thread.
func (h *Held) thread(t *Thread, dir string) (corefile.Thread, error) {
	own, err := readStat(dir + "/task/" + strconv.Itoa(t.TID) + "/stat")
	if err != nil {
		return corefile.Thread{}, err
	}
	if t.TID == h.PID { // of which the kernel tells the times of all
		if own, err = readStat(dir + "/stat"); err != nil {
			return corefile.Thread{}, err
		}
	}
	st, err := proc.ReadStatus(t.TID)
	if err != nil {
		return corefile.Thread{}, err
	}
	th := corefile.Thread{
		TID: t.TID, PPID: own.ppid, PGRP: own.pgrp, SID: own.sid, Signal: t.Signal,
		Pending: st.Pending, Blocked: st.Blocked, User: own.user, System: own.system,
		ChildrenUser: own.childrenUser, ChildrenSystem: own.childrenSyst, Regs: t.Regs, HasFPU: true,
	}
	if t.Signal != 0 {
		th.Siginfo = new(sysdeps.Siginfo)
		if err := ptrace.GetSiginfo(t.TID, th.Siginfo); err != nil {
			return th, err
		}
	}
	return th, addRegsets(&th)
}

// addRegsets reads the sets that the kernel writes for the thread's machine. Not every
// processor has all of them.
func addRegsets(th *corefile.Thread) error {
	sets := []struct {
		set  ptrace.Regset
		into *[]byte
		i386 bool
	}{
		{ptrace.FPRegs, &th.FPRegs, false},
		{ptrace.FXState, &th.FXState, true},
		{ptrace.XState, &th.XState, false},
		{ptrace.TLS, &th.TLS, true},
	}
	for _, s := range sets {
		if s.i386 && th.Regs.Arch.PtrSize != 4 {
			continue
		}
		p, err := ptrace.GetRegset(th.TID, s.set)
		if errors.Is(err, sysdeps.ErrGone) {
			return err
		}
		*s.into = p
	}
	return nil
}

// process reads what a core file says of the process.
func (h *Held) process(dir string) (corefile.Process, error) {
	own, err := readStat(dir + "/stat")
	if err != nil {
		return corefile.Process{}, err
	}
	st, err := proc.ReadStatus(h.PID)
	if err != nil {
		return corefile.Process{}, err
	}
	p := corefile.Process{
		State: h.state(), Nice: int8(own.nice), Flags: own.flags, UID: uint32(st.RealUID), GID: uint32(st.RealGID),
		PID: h.PID, PPID: own.ppid, PGRP: own.pgrp, SID: own.sid, Name: own.name,
	}
	args, err := readHead("/proc/"+strconv.Itoa(h.task())+"/cmdline", 79)
	p.Args = string(bytes.ReplaceAll(args, []byte{0}, []byte{' '}))
	return p, err
}

// state is the process's without us: it is in a tracing stop now.
func (h *Held) state() byte {
	for _, t := range h.Threads {
		if t.JobStopped {
			return 'T'
		}
		if t.Err != nil {
			continue
		}
		if _, in := t.Regs.Syscall(); in {
			return 'S'
		}
		break
	}
	return 'R'
}

// auxvSize is the size of an auxiliary vector up to and with AT_NULL: of a 32-bit
// process /proc has more.
func auxvSize(p []byte, a *sysdeps.Arch) int {
	pair := 2 * a.PtrSize
	for n := 0; n+pair <= len(p); n += pair {
		if a.Word(p[n:]) == 0 {
			return n + pair
		}
	}
	return len(p)
}

func readHead(path string, n int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(io.LimitReader(f, n))
}

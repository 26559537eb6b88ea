package snapshot

import (
	"cmp"
	"errors"
	"fmt"
	"slices"

	"golang.org/x/sys/unix"

	"sonde/corefile"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Copy is a process that has a copy of another's memory and does nothing else. It dies
// with its tracer, the OS thread that has held the other.
type Copy struct {
	PID int
	// Memory is its memory.
	Memory *Memory

	of       int                // the process that it is a copy of
	child    uint64             // its id in the program's own pid namespace
	held     *Held              // of the other
	contents *corefile.Contents // of the other, without its memory
	maps     []proc.Mapping     // of the other
}

// Copy makes a copy of the process, while whose memory is read the process goes on. It
// comes last: afterwards nothing can be asked of a thread's signal any more. The OS thread
// must be there until Close.
func (h *Held) Copy(mem *Memory) (*Copy, error) {
	contents, err := h.describe()
	if err != nil {
		return nil, err
	}
	maps, err := proc.Maps(h.task())
	if err != nil {
		return nil, err
	}
	c, err := h.fork(maps, mem)
	if err != nil {
		return nil, err
	}
	c.contents, c.maps, c.held = contents, maps, h
	if c.Memory, err = OpenMemory(c.PID); err != nil {
		return nil, errors.Join(err, end(c.PID))
	}
	return c, nil
}

// LetGo makes the copy hold no file open, nor have the process's files in common with it:
// what the program closes is to be closed. The process need not stand still for it.
func (c *Copy) LetGo() error {
	var regs sysdeps.Regs
	if err := ptrace.GetRegs(c.PID, &regs); err != nil {
		return err
	}
	gadget, err := proc.FindSyscall(c.Memory, regs.Arch, c.maps)
	if err != nil {
		return err
	}
	const unshare = 1 << 1 // CLOSE_RANGE_UNSHARE
	calls, copied := &regs.Arch.Calls, injected(c.PID, c.PID, gadget)
	if _, err = copied.Call(&regs, calls.CloseRange, 0, 1<<32-1, unshare); errors.Is(err, unix.ENOSYS) {
		_, err = copied.Call(&regs, calls.Unshare, unix.CLONE_FILES) // before Linux 5.9
	}
	if err != nil {
		return fmt.Errorf("close the files of process %d, a copy: %w", c.PID, err)
	}
	return nil
}

// While calls f, and meanwhile lets go those threads of the process that could not be
// stopped while it was held, when they have stopped. The copy does not outlive it then.
func (c *Copy) While(f func() error) error {
	late := make(map[int]*Thread)
	for _, t := range c.held.Threads {
		if errors.Is(t.Err, ErrStubborn) {
			late[t.TID] = t
		}
	}
	if len(late) == 0 {
		return f()
	}
	done := make(chan error, 1)
	go func() {
		done <- f()
		_ = unix.Kill(c.PID, unix.SIGKILL) // which is what wakes the wait
	}()
	for {
		tid, st, err := ptrace.Wait(true)
		if err != nil || tid == c.PID && !st.Stopped() {
			return <-done
		}
		if t := late[tid]; t != nil && st.Stopped() {
			t.take(st)
			_ = ptrace.Detach(tid, t.Signal) // or it has been killed
			delete(late, tid)
		}
	}
}

// Close ends the copy. It may be called on any thread.
func (c *Copy) Close() error {
	err := end(c.PID)
	if err == nil {
		err = c.reap()
	}
	if c.Memory != nil {
		err = errors.Join(err, c.Memory.Close())
	}
	return err
}

// reap holds a thread of the process, which takes the end of the copy.
func (c *Copy) reap() error {
	mem, err := OpenMemory(c.of)
	if err == nil {
		defer mem.Close()
		_, err = Hold(c.of, Options{OneThread: true}, func(h *Held) error {
			maps, err := proc.Maps(h.task())
			if err != nil {
				return err
			}
			l, err := h.borrow(maps, mem)
			if err != nil {
				return err
			}
			return l.reap(c.child)
		})
	}
	if errors.Is(err, proc.ErrNoProcess) || errors.Is(err, proc.ErrZombie) || errors.Is(err, sysdeps.ErrGone) {
		return nil // init has it
	}
	return err
}

// Weakness is a mapping of which a copy does not have the bytes of the moment when it was
// made.
type Weakness struct {
	Mapping proc.Mapping
	Why     Reason
}

// Reason is why a mapping is not held.
type Reason uint8

const (
	// NotCopied are mappings that children do not get (MADV_DONTFORK), or those of a
	// device: they are not in the core file.
	NotCopied Reason = iota
	// Wiped are mappings that children get empty (MADV_WIPEONFORK): they are zero.
	Wiped
	// InCommon are mappings that all share who have them: they may have changed.
	InCommon
)

// Contents returns what a core file says of the process: the registers, and what there
// is to say of threads, are those of when it was held. What would go into the file but
// cannot be held is told.
func (c *Copy) Contents(choice *Choice) (*corefile.Contents, []Weakness, error) {
	ms, err := readMappings(c.PID)
	if err != nil {
		return nil, nil, err
	}
	all := make([]mapping, 0, len(c.maps))
	lacking := false
	for i := range c.maps {
		m := mapping{Mapping: c.maps[i]}
		if its := find(ms, &m.Mapping); its != nil {
			m = *its
		} else if !m.special() {
			m.absent = true
		}
		lacking = lacking || m.absent || m.wiped
		all = append(all, m)
	}
	if lacking {
		if err := c.askOriginal(all); err != nil {
			return nil, nil, err
		}
	}
	addMemory(c.contents, c.PID, all, choice, c.Memory)
	return c.contents, weaknesses(c.contents, all), nil
}

// find returns the mapping of the same addresses.
func find(ms []mapping, like *proc.Mapping) *mapping {
	n, ok := slices.BinarySearchFunc(ms, like.Lo, func(m mapping, a sysdeps.Addr) int { return cmp.Compare(m.Lo, a) })
	if !ok || ms[n].Hi != like.Hi {
		return nil
	}
	return &ms[n]
}

// askOriginal asks the process itself of mappings whose pages the copy does not have. It
// runs meanwhile, but hardly changes what they are.
func (c *Copy) askOriginal(all []mapping) error {
	mem, err := OpenMemory(c.of)
	if err != nil {
		return err
	}
	defer mem.Close()
	now, err := readMappings(mem.TID())
	if err != nil {
		return err
	}
	for i := range all {
		m := &all[i]
		if !m.absent && !m.wiped {
			continue
		}
		if its := find(now, &m.Mapping); its != nil {
			absent := m.absent
			*m = *its
			m.absent = absent
		}
	}
	return nil
}

// weaknesses lists what goes into the core file otherwise than it was, and takes out
// what is not there.
func weaknesses(contents *corefile.Contents, all []mapping) []Weakness {
	var weak []Weakness
	for i := range all {
		m, s := &all[i], &contents.Segments[i]
		switch {
		case s.Dumped == 0 || m.special():
		case m.absent:
			s.Dumped, s.Holes = 0, nil
			weak = append(weak, Weakness{m.Mapping, NotCopied})
		case m.wiped:
			weak = append(weak, Weakness{m.Mapping, Wiped})
		case m.shared:
			weak = append(weak, Weakness{m.Mapping, InCommon})
		}
	}
	return weak
}

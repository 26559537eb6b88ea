package proc

import (
	"bytes"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"sonde/inject"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// poolSize is the size in bytes of the memory mapped for slots at a time:
// 32,768 of them. Pages that no slot is taken from cost nothing.
const poolSize = 1 << 20

// errNoRoom says that there is no gap for a pool within reach.
var errNoRoom = errors.New("no unused addresses near by")

// addPool maps memory for slots near a, by a call made in the stopped thread.
func (tr *Tracer) addPool(th *Thread, a sysdeps.Addr) error {
	maps, err := Maps(th.TID)
	if err != nil {
		return err
	}
	at, ok := roomNear(maps, a)
	if !ok {
		return fmt.Errorf("map slots near %v: %w", a, errNoRoom)
	}
	space := th.Process.Space
	got, err := tr.call(th, space.Arch.Calls.Mmap, uint64(at), poolSize, unix.PROT_READ|unix.PROT_EXEC,
		unix.MAP_PRIVATE|unix.MAP_ANONYMOUS|unix.MAP_FIXED_NOREPLACE, ^uint64(0), 0)
	if err != nil {
		return fmt.Errorf("map slots: %w", err)
	}
	lo := sysdeps.Addr(got)
	space.injected = append(space.injected, pool{lo, poolSize})
	space.Table.AddPool(lo, lo+poolSize)
	return nil
}

// roomNear returns the start of an unused range for a pool, the nearest to a.
// It lies right below a mapping, with a little distance, where neither the heap
// grows (upwards, from the program's end) nor a stack (downwards).
func roomNear(maps []Mapping, a sysdeps.Addr) (best sysdeps.Addr, ok bool) {
	const (
		margin = 16 * sysdeps.PageSize
		lowest = 1 << 16 // vm.mmap_min_addr
		reach  = 1<<31 - 1<<25
	)
	floor := sysdeps.Addr(lowest)
	for _, m := range maps {
		at := m.Lo - poolSize - margin
		far := max(a, at) - min(a, at)
		if m.Lo >= floor+poolSize+2*margin && m.Path != "[stack]" && m.Path != "[heap]" && far < reach {
			if !ok || far < max(a, best)-min(a, best) {
				best, ok = at, true
			}
		}
		floor = m.Hi
	}
	return best, ok
}

// FindSyscall returns the address of a machine's system call instruction in code
// that a process has mapped.
func FindSyscall(mem sysdeps.Memory, arch *sysdeps.Arch, maps []Mapping) (sysdeps.Addr, error) {
	insn := arch.SyscallInsn
	buf := make([]byte, 64<<10)
	for i := len(maps) - 1; i >= 0; i-- { // the vDSO comes near the end
		m := &maps[i]
		if !m.Exec || m.Path == "[vsyscall]" {
			continue
		}
		for at := m.Lo; at < m.Hi; at += sysdeps.Addr(len(buf)) {
			n, _ := mem.ReadMemory(buf[:min(len(buf), int(m.Hi-at))], at)
			if j := bytes.Index(buf[:n], insn); j >= 0 {
				return at + sysdeps.Addr(j), nil
			}
		}
	}
	return 0, errors.New("no system call instruction in the process's code")
}

// allowCalls makes ready for calls in a thread, or says why there can be none: in a
// process under seccomp a filter that kills would end it. Ours does not.
func (s *Space) allowCalls(th *Thread) error {
	tid := th.TID
	st, err := ReadStatus(tid)
	if err != nil {
		return err
	}
	if st.Seccomp != 0 && (!th.Process.underFilter() || th.everyCall) {
		return fmt.Errorf("the process is under seccomp (mode %d)", st.Seccomp)
	}
	if s.gadget != 0 {
		return nil
	}
	maps, err := Maps(tid)
	if err != nil {
		return err
	}
	s.gadget, err = FindSyscall(s, s.Arch, maps)
	return err
}

// call makes the stopped thread do one system call and returns its result, or its
// errno as the error. Afterwards the thread stands where and as it stood: also inside a
// system call that is to be restarted, since the kernel looks at the registers
// only when the thread goes on.
func (tr *Tracer) call(th *Thread, nr int64, args ...uint64) (uint64, error) {
	saved, err := th.Regs()
	if err != nil {
		return 0, err
	}
	if err := th.Process.Space.allowCalls(th); err != nil {
		return 0, err
	}
	aside, err := inject.SetAside(th.TID, th.sig)
	if err != nil {
		return 0, err
	}
	var out inject.Outcome
	it := &inject.Thread{
		PID: th.Process.PID, TID: th.TID, Gadget: th.Process.Space.gadget,
		Next: func() (unix.WaitStatus, error) { return tr.await(th) },
	}
	before, err := th.unenter(it)
	if err == nil {
		out, err = it.Call(saved, nr, args...)
	}
	if errors.Is(err, sysdeps.ErrGone) {
		return 0, err
	}
	back := errors.Join(ptrace.SetRegs(th.TID, saved), aside.PutBack())
	if back == nil && (before.GroupStop || out.GroupStop) {
		// Where it stands now it cannot listen. It stops anew as soon as it goes on.
		back = ptrace.Interrupt(th.TID)
	}
	if back != nil {
		err = errors.Join(err, back)
	}
	return out.Value, err
}

// unenter takes a thread that has stopped at the entry of a system call back to
// the instruction that makes it, as the kernel does to restart one. There is no call
// -1 for the kernel to make; the step that it is skipped in ends at its exit
// (SYSCALL_EXIT_TRAP).
func (th *Thread) unenter(it *inject.Thread) (passed inject.Passed, err error) {
	if !th.atEntry {
		return passed, nil
	}
	nr, _ := th.regs.Syscall()
	skip := th.regs
	skip.LeaveSyscall()
	if err := ptrace.SetRegs(th.TID, &skip); err != nil {
		return passed, err
	}
	if passed, err = it.Step(); err != nil {
		return passed, err
	}
	th.atEntry, th.inCall, th.phase = false, false, outsideCall
	again := th.call
	again.Value, again.Failed = -eRestartNoIntr, true // if a signal comes before
	th.held = &again
	th.regs.LeaveSyscall()
	th.regs.SetPC(th.regs.PC() - sysdeps.Addr(len(th.regs.Arch.SyscallInsn)))
	th.regs.Set(th.regs.Arch.SyscallNr, uint64(nr))
	th.Changed()
	return passed, nil
}

// resend makes a signal pending that was taken from a thread.
func resend(th *Thread, sig unix.Signal) error {
	if err := unix.Tgkill(th.Process.PID, th.TID, sig); err != nil {
		return &sysdeps.OpError{Op: "tgkill", TID: th.TID, Err: err}
	}
	return nil
}

// unmapPools takes the slots' memory away, by calls made in a thread that is
// parked outside it.
func (tr *Tracer) unmapPools(th *Thread) error {
	space := th.Process.Space
	if space.allowCalls(th) != nil {
		return nil // they stay, unused
	}
	for _, p := range space.injected {
		if _, err := tr.call(th, space.Arch.Calls.Munmap, uint64(p.lo), uint64(p.size)); err != nil {
			return fmt.Errorf("unmap slots: %w", err)
		}
	}
	space.injected = nil
	space.Table.DropPools()
	return nil
}

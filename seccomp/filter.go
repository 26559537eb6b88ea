package seccomp

import (
	"errors"
	"slices"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// Data is what comes with the stops that our filters cause (PTRACE_GETEVENTMSG). Others
// in the same program may have data of their own.
const Data = 0x50de

// Calls are system calls of one machine.
type Calls struct {
	Arch *sysdeps.Arch
	// Rest tells whether those numbers are chosen that are not in Except, which need
	// be neither sorted nor unique; those in it are chosen if Rest is false.
	Rest   bool
	Except []int64
}

// All tells whether every call is chosen.
func (c *Calls) All() bool { return c.Rest && len(c.Except) == 0 }

// ErrTooLong is a filter of more instructions than the kernel takes.
var ErrTooLong = errors.New("more system calls are chosen one by one than a filter can hold")

// maxInstructions is BPF_MAXINSNS (linux/bpf_common.h).
const maxInstructions = 4096

// x32 is what the numbers of x32's calls begin with (__X32_SYSCALL_BIT): to the kernel
// their machine is AMD64.
const x32 = 0x40000000

// Filter is a program for SECCOMP_SET_MODE_FILTER.
type Filter []unix.SockFilter

// Offsets in struct seccomp_data (linux/seccomp.h).
const (
	offsetNr   = 0
	offsetArch = 4
)

// New returns the filter that stops a thread, with Data, at the chosen calls, at those
// of machines that nothing is said of, and at those that Steers names. All others it
// allows.
func New(machines []Calls) (Filter, error) {
	f := Filter{load(offsetArch)}
	for i := range machines {
		m := &machines[i]
		body := search(m.edges())
		if len(body) > maxInstructions {
			return nil, ErrTooLong
		}
		f = append(f,
			jump(unix.BPF_JEQ, m.Arch.Audit(), 1, 0),
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(len(body) + 1)},
			load(offsetNr))
		f = append(f, body...)
	}
	f = append(f, verdict(true))
	if len(f) > maxInstructions {
		return nil, ErrTooLong
	}
	return f, nil
}

// Steers tells whether a call may change what a filter does, or carries on one that
// it has stopped: such calls are always stopped at. These are seccomp(2) and prctl(2),
// by which a program has filters of its own, and restart_syscall(2).
func Steers(arch *sysdeps.Arch, nr int64) bool {
	return slices.Contains(steering(arch), nr)
}

// Installs tells whether a call is to give its thread a filter of its own, or the strict
// mode, and whether to all other threads of the process as well. The arguments that
// tell are ints.
func Installs(arch *sysdeps.Arch, nr int64, args *[6]uint64) (installs, everywhere bool) {
	const (
		setSeccomp    = unix.PR_SET_SECCOMP
		setModeStrict = 0 // SECCOMP_SET_MODE_STRICT
		setModeFilter = 1 // SECCOMP_SET_MODE_FILTER
		flagTSync     = 1 // SECCOMP_FILTER_FLAG_TSYNC
	)
	if arch.PtrSize == 8 {
		nr &^= x32
	}
	first, second := uint32(args[0]), uint32(args[1])
	switch nr {
	case arch.Calls.Prctl:
		return first == setSeccomp, false
	case arch.Calls.Seccomp:
		return first == setModeStrict || first == setModeFilter, first == setModeFilter && second&flagTSync != 0
	}
	return false, false
}

func steering(arch *sysdeps.Arch) []int64 {
	c := &arch.Calls
	nrs := []int64{c.Seccomp, c.Prctl, c.Restart}
	if arch.PtrSize == 8 {
		for _, nr := range nrs[:3] {
			nrs = append(nrs, nr|x32)
		}
	}
	return nrs
}

// edge is where an answer begins to hold, up to the next edge. The kernel compares
// numbers as unsigned words, -1 as the highest.
type edge struct {
	from   uint32
	chosen bool
}

// edges returns the answers for all numbers, in their order; the first is from 0.
func (c *Calls) edges() []edge {
	differ := make(map[uint32]bool, len(c.Except))
	for _, nr := range c.Except {
		differ[uint32(nr)] = true
	}
	for _, nr := range steering(c.Arch) {
		if c.Rest {
			delete(differ, uint32(nr))
		} else {
			differ[uint32(nr)] = true
		}
	}
	nrs := make([]uint32, 0, len(differ))
	for nr := range differ {
		nrs = append(nrs, nr)
	}
	slices.Sort(nrs)
	es := []edge{{0, c.Rest}}
	add := func(from uint32, chosen bool) {
		if last := &es[len(es)-1]; last.from == from {
			last.chosen = chosen
		} else {
			es = append(es, edge{from, chosen})
		}
	}
	for _, nr := range nrs {
		add(nr, !c.Rest)
		if nr != 1<<32-1 {
			add(nr+1, c.Rest)
		}
	}
	return slices.CompactFunc(es, func(a, b edge) bool { return a.chosen == b.chosen })
}

// search returns the instructions that find the last edge not above the number that
// has been loaded, and answer with it.
func search(es []edge) Filter {
	if len(es) == 1 {
		return Filter{verdict(es[0].chosen)}
	}
	middle := len(es) / 2
	below, above := search(es[:middle]), search(es[middle:])
	var f Filter
	// A conditional jump reaches 255 instructions ahead.
	if far := len(below); far <= 255 {
		f = Filter{jump(unix.BPF_JGE, es[middle].from, uint8(far), 0)}
	} else {
		f = Filter{
			jump(unix.BPF_JGE, es[middle].from, 0, 1),
			{Code: unix.BPF_JMP | unix.BPF_JA, K: uint32(far)},
		}
	}
	return append(append(f, below...), above...)
}

func load(offset uint32) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: offset}
}

func jump(condition uint16, k uint32, yes, no uint8) unix.SockFilter {
	return unix.SockFilter{Code: unix.BPF_JMP | condition | unix.BPF_K, K: k, Jt: yes, Jf: no}
}

func verdict(chosen bool) unix.SockFilter {
	k := uint32(unix.SECCOMP_RET_ALLOW)
	if chosen {
		k = unix.SECCOMP_RET_TRACE | Data
	}
	return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: k}
}

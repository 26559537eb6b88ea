package stacks

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"

	"sonde/cli"
	"sonde/proc"
	"sonde/sysdeps"
)

// Fault is about the address that a thread could not use.
type Fault struct {
	// Address is nil where the processor does not tell it.
	Address *sysdeps.Addr `json:"address,omitempty"`
	What    string        `json:"what"` // is there, in words
}

const (
	// nearNull is how far from 0 an address may be that a NULL pointer has led to.
	nearNull = 64 << 10
	// stackReach is how far below a stack what overflows it may be: the kernel keeps as
	// much free below those that grow (stack_guard_gap, mm/mmap.c).
	stackReach = 1 << 20
	// stackEnd is how near the stack pointer is to a stack's end when that is used up.
	// Functions may need as much at once.
	stackEnd = 64 << 10
)

// fault tells of the address that came with a signal; it is nil of signals that are not
// about one.
func (t *taken) fault(info *sysdeps.Siginfo) *Fault {
	const siKernel = 0x80 // SI_KERNEL
	sig, code := syscall.Signal(info.Signo()), info.Code()
	if sig != syscall.SIGSEGV && sig != syscall.SIGBUS || code <= 0 {
		return nil
	}
	at := info.Fault()
	stack := t.stack()
	switch {
	case code == siKernel && stack != nil && t.regs.SP() < stack.Lo+sysdeps.PageSize:
		return &Fault{nil, overflow(stack) + ", not even a signal handler has room"}
	case code == siKernel && sig == syscall.SIGBUS: // #SS (exc_stack_segment, arch/x86/kernel/traps.c)
		sp := t.regs.SP()
		return &Fault{&sp, "the stack pointer, which is no address"}
	case code == siKernel: // #GP, mostly
		if at, ok := t.x86NoAddress(); ok {
			return &Fault{&at, "no address: bits 47 to 63 are not the same"}
		}
		return &Fault{nil, "the processor does not tell which"}
	case sig == syscall.SIGBUS:
		return &Fault{&at, t.busError(at, code)}
	case stack != nil && t.overflows(stack, at):
		return &Fault{&at, overflow(stack)}
	}
	return &Fault{&at, t.place(at, code)}
}

// stack returns what the stack pointer points into; below a stack, that one.
func (t *taken) stack() *proc.Mapping {
	sp := t.regs.SP()
	for i := range t.mappings {
		if m := &t.mappings[i]; m.Hi > sp && m.Write {
			if m.Lo > sp+stackReach {
				break
			}
			return m
		}
	}
	return nil
}

// overflows tells whether a stack has come to its end: the address is just below it, and
// the stack pointer is near both.
func (t *taken) overflows(stack *proc.Mapping, at sysdeps.Addr) bool {
	sp := t.regs.SP()
	return at < stack.Lo && at+stackReach >= stack.Lo && sp < stack.Lo+stackEnd
}

func overflow(stack *proc.Mapping) string {
	return fmt.Sprintf("stack overflow: the stack, %#x-%#x, %d KiB, is used up", uint64(stack.Lo), uint64(stack.Hi), (stack.Hi-stack.Lo)/1024)
}

// place words where an address is that led to SIGSEGV.
func (t *taken) place(at sysdeps.Addr, code int) string {
	jumped := at == t.regs.PC()
	m := t.mapping(at)
	switch {
	case m == nil && at < nearNull && jumped:
		return "the program has called a function by a NULL pointer"
	case m == nil && at < nearNull:
		return "near NULL, where nothing is mapped"
	case m == nil && jumped:
		return "the program has jumped to where nothing is mapped"
	case m == nil:
		return "nothing is mapped there" + t.nearest(at)
	case code == sysdeps.SEGV_PKUERR:
		return "in " + mappingName(m) + ", which a protection key guards"
	case jumped && !m.Exec:
		return "in " + mappingName(m) + ", which must not be executed"
	case !m.Readable && !m.Write:
		return "in " + mappingName(m) + ", which must not be used"
	case !m.Write:
		return "in " + mappingName(m) + ", which must not be written to"
	}
	return "in " + mappingName(m)
}

// nearest tells of the mapping that an address is not far from.
func (t *taken) nearest(at sysdeps.Addr) (text string) {
	least := sysdeps.Addr(64 << 10)
	for i := range t.mappings {
		m := &t.mappings[i]
		if at >= m.Hi && at-m.Hi < least {
			least = at - m.Hi
			text = fmt.Sprintf(", %d bytes behind the end of %s", least, mappingName(m))
		}
		if at < m.Lo && m.Lo-at < least {
			least = m.Lo - at
			text = fmt.Sprintf(", %d bytes below %s", least, mappingName(m))
		}
	}
	return text
}

// busError words where an address is that led to SIGBUS.
func (t *taken) busError(at sysdeps.Addr, code int) string {
	const badAlignment, noObject = 1, 2 // BUS_ADRALN and BUS_ADRERR
	m := t.mapping(at)
	switch {
	case code == sysdeps.BUS_MCEERR_AR || code == sysdeps.BUS_MCEERR_AO:
		return "the machine's memory is broken there"
	case code == badAlignment:
		return "not aligned as the instruction wants it"
	case m == nil:
		return "nothing is mapped there"
	case code == noObject && m.Inode != 0:
		off := m.Offset + uint64(at-m.Lo)
		if size, ok := t.fileSize(m); ok && off >= size {
			return fmt.Sprintf("in %s, at offset %d, but the file has %d bytes", mappingName(m), off, size)
		}
		return fmt.Sprintf("in %s, at offset %d, which cannot be read", mappingName(m), off)
	}
	return "in " + mappingName(m)
}

// fileSize returns the size of a mapped file, which need not have a name any more.
func (t *taken) fileSize(m *proc.Mapping) (uint64, bool) {
	dir := "/proc/" + strconv.Itoa(t.process.Threads[0].TID)
	fi, err := os.Stat(fmt.Sprintf("%s/map_files/%x-%x", dir, uint64(m.Lo), uint64(m.Hi)))
	if err != nil { // it takes CAP_CHECKPOINT_RESTORE (proc_pid_map_files(5))
		fi, err = os.Stat(filepath.Join(dir, "root", m.Path))
	}
	if err != nil || fi.Size() < 0 {
		return 0, false
	}
	return uint64(fi.Size()), true
}

// mapping returns the mapping that an address is in; nil where there is none.
func (k *known) mapping(a sysdeps.Addr) *proc.Mapping {
	for i := range k.mappings {
		if k.mappings[i].Contains(a) {
			return &k.mappings[i]
		}
	}
	return nil
}

func mappingName(m *proc.Mapping) string {
	if m.Path == "" {
		return "anonymous memory"
	}
	return cli.Printable(m.Path)
}

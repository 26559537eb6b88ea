package corefile

import (
	"debug/elf"
	"time"

	"sonde/sysdeps"
)

// Contents are what a core file holds besides the bytes of memory.
type Contents struct {
	Arch    *sysdeps.Arch
	Process Process
	// Threads are in the file's order: the kernel puts the one that died first.
	Threads []Thread
	// Auxv is the auxiliary vector as the kernel keeps it: pairs of words, up to
	// and with AT_NULL.
	Auxv []byte
	// Mapped are the mappings of files, by address.
	Mapped []Mapped
	// XSaveLayout says where in Thread.XState the machine keeps each component
	// (NT_X86_XSAVE_LAYOUT, 0x205); nil where it is not known.
	XSaveLayout []byte
	// Segments are the mappings, by address as the kernel has them.
	Segments []Segment
}

// Process is what NT_PRPSINFO tells (struct elf_prpsinfo, linux/elfcore.h).
type Process struct {
	State     byte   // the letter of proc_pid_stat(5): 'R', 'S', 'D', 'T', 'Z', 'W'
	Nice      int8   //
	Flags     uint64 // PF_*, of the kernel's task
	UID, GID  uint32
	PID, PPID int
	PGRP, SID int
	Name      string // of the executable, 15 bytes at most
	Args      string // the command line, joined by blanks, 79 bytes at most
}

// Thread is one thread: its NT_PRSTATUS (struct elf_prstatus) and the notes that
// follow it.
type Thread struct {
	TID                     int
	PPID, PGRP, SID         int
	Signal                  int    // that the thread is dying of, or stopped at; else 0
	Pending, Blocked        uint64 // signals: bit 0 is SIGHUP
	User, System            time.Duration
	ChildrenUser            time.Duration
	ChildrenSystem          time.Duration
	Regs                    sysdeps.Regs
	HasFPU                  bool // pr_fpvalid
	Siginfo                 *sysdeps.Siginfo
	FPRegs, XState, FXState []byte // NT_FPREGSET, NT_X86_XSTATE, i386's NT_PRXFPREG; nil if not there
	TLS                     []byte // i386's NT_386_TLS
}

// Mapped is a mapping of a file, as NT_FILE tells it.
type Mapped struct {
	Lo, Hi sysdeps.Addr
	Offset uint64 // in the file, in bytes
	Path   string // with " (deleted)" behind that of a file without a name
}

// Segment is a mapping of memory, of which the file has the first Dumped bytes.
type Segment struct {
	Lo, Hi sysdeps.Addr
	Flags  elf.ProgFlag
	Dumped uint64
	// Holes are parts, within those that are dumped, that hold zeros as far as
	// is known before they are read: by address, not touching. Only Write looks
	// at them.
	Holes []Range
}

// Range is a part of an address space.
type Range struct{ Lo, Hi sysdeps.Addr }

// Aux is an entry of the auxiliary vector (getauxval(3)).
type Aux struct{ Tag, Value uint64 }

// AuxEntries returns the entries of Auxv without AT_NULL.
func (c *Contents) AuxEntries() []Aux {
	word := c.Arch.PtrSize
	var all []Aux
	for p := c.Auxv; len(p) >= 2*word; p = p[2*word:] {
		a := Aux{c.Arch.Word(p), c.Arch.Word(p[word:])}
		if a.Tag == 0 {
			break
		}
		all = append(all, a)
	}
	return all
}

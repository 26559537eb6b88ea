package regress

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// What a debug register traps (R/W of DR7, Intel SDM 17.2.4).
type access uint64

const (
	onExec   access = 0
	onWrite  access = 1
	onPort   access = 2 // not for programs
	onAccess access = 3
)

// Which of a register's bits in DR7 are set.
const (
	local  = 1
	global = 2
)

// noHits is DR6 without a hit: the bits that are always set.
const noHits = 0xffff0ff0

// debugControl returns DR7 with one register enabled, for 1, 2, 4 or 8 bytes.
func debugControl(n int, a access, size int, enable uint64) uint64 {
	sizes := map[int]uint64{1: 0, 2: 1, 8: 2, 4: 3}
	return enable<<(2*n) | (uint64(a)|sizes[size]<<2)<<(16+4*n)
}

// debugRefused sets a debug register in a way that has to fail.
func (c *Tracee) debugRefused(want unix.Errno, n int, v uint64) {
	c.Refused(want, unix.PTRACE_POKEUSR, ptrace.Value(debugRegs+8*n), ptrace.Value(v))
}

// watch sets a debug register and DR7, for a place of the program.
func (c *Tracee) watch(n int, label string, a access, size int) {
	c.SetDebugReg(n, uint64(c.Addr(label)))
	c.SetDebugReg(7, debugControl(n, a, size, local))
}

// singleBlock is PTRACE_SINGLEBLOCK, which not all machines have (asm/ptrace-abi.h).
const singleBlock = 33

// probeBranchStep looks whether PTRACE_SINGLEBLOCK runs to a branch: without DEBUGCTL.BTF
// it steps, as in virtual machines whose hypervisor leaves that bit out.
func probeBranchStep(t *T) {
	c := t.startStepped(sysdeps.AMD64, func(p Code) {
		p.Nop()
		p.Label("second")
		p.Nop()
		p.Jump("target")
		p.Label("target")
		p.Nop()
	})
	if _, e := c.Request(singleBlock, none, none); e != 0 {
		t.Skip("no PTRACE_SINGLEBLOCK: %s", Errno(e))
	}
	c.ExpectStop(unix.SIGTRAP)
	if c.Regs().PC() == c.Addr("second") {
		t.Skip("PTRACE_SINGLEBLOCK steps one instruction: the processor does not trap at branches (DEBUGCTL.BTF)")
	}
}

// probeInt1 looks whether int1 is passed: hypervisors that take its trap for a fault let
// it run again and again.
func probeInt1(t *T) {
	c := t.startStepped(sysdeps.AMD64, func(p Code) {
		p.Label("int1")
		p.int1()
		p.Nop()
	})
	c.Cont(0)
	switch st := c.Wait(); {
	case st.Stopped() && st.StopSignal() == unix.SIGILL:
		t.Skip("int1 is no instruction of this processor")
	case st.StopSignal() != unix.SIGTRAP:
		t.Fail("int1: %v", st)
	}
	if c.Regs().PC() == c.Addr("int1") {
		t.Skip("int1 traps before it is run, and so for ever")
	}
}

// int1 appends the instruction that raises a debug exception.
func (p Code) int1() { p.Bytes(0xf1) }

// vsyscallMode returns the permissions of the vsyscall page (the kernel's parameter
// vsyscall=), or "" without it.
func vsyscallMode() string {
	maps, _ := os.ReadFile("/proc/self/maps") // "" is what it is without
	for l := range strings.Lines(string(maps)) {
		if f := strings.Fields(l); len(f) > 5 && f[5] == "[vsyscall]" {
			return f[1]
		}
	}
	return ""
}

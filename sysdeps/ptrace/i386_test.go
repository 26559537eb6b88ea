package ptrace

import (
	"fmt"
	"os"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// TestI386Thread looks at a thread of a 32-bit program, which waits in read.
func TestI386Thread(t *testing.T) {
	onThread(t)
	program := testkit.Start(t, "stdout", nil, testkit.Build(t, "testdata/i386_thread.c", "-m32"))
	line, _ := program.Next(t)
	var tp sysdeps.Addr
	if _, err := fmt.Sscanf(line, "ready 0x%x", &tp); err != nil {
		t.Fatalf("the program says %q: %v", line, err)
	}
	pid := program.PID
	const read = 3 // arch/x86/entry/syscalls/syscall_32.tbl
	testkit.Await(t, "the program waits in read", func() bool {
		call, err := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", pid))
		return err == nil && strings.HasPrefix(string(call), fmt.Sprintf("%d ", read))
	})
	must(t, Seize(pid, 0))
	must(t, Interrupt(pid))
	if sig, event := waitStop(t, pid); sig != unix.SIGTRAP || event != EventStop {
		t.Fatalf("%v, event %d", sig, event)
	}
	var regs, again sysdeps.Regs
	must(t, GetRegs(pid, &regs))
	if regs.Arch != sysdeps.I386 || regs.PC() == 0 || regs.SP() == 0 || regs.PC()|regs.SP() >= 1<<32 {
		t.Fatalf("%v, at %v, stack at %v", regs.Arch, regs.PC(), regs.SP())
	}
	if nr, in := regs.Syscall(); nr != read || !in {
		t.Errorf("in system call %d, %v, want %d", nr, in, read)
	}
	if fd, size := regs.Get(regs.Arch.SyscallArgs[0]), regs.Get(regs.Arch.SyscallArgs[2]); fd != 0 || size != 1 {
		t.Errorf("it reads %d bytes from descriptor %d", size, fd)
	}
	if base, err := GSBase(pid); base != tp || err != nil {
		t.Errorf("thread pointer %v, %v, want %v", base, err, tp)
	}
	changed := regs
	changed.Set(sysdeps.RBP, 0x11223344)
	must(t, SetRegs(pid, &changed))
	must(t, GetRegs(pid, &again))
	if again != changed {
		t.Error("the registers do not come back as they were set")
	}
	must(t, SetRegs(pid, &regs))
	must(t, Detach(pid, 0))
	program.HangUp()
	if ws := program.Wait(t); ws != 0 {
		t.Errorf("the program ended with %s", testkit.DescribeStatus(ws))
	}
}

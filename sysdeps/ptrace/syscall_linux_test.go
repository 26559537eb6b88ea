package ptrace

import (
	"testing"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// TestSyscallInfo follows a child from its exec to its first call of its own, and
// compares what is told with the registers.
func TestSyscallInfo(t *testing.T) {
	onThread(t)
	pid := atExec(t)
	must(t, SetOptions(pid, OptSysGood|OptExitKill))
	var info SyscallInfo
	must(t, GetSyscallInfo(pid, &info))
	if info.Entry() || info.Exit() {
		t.Errorf("at the exec: entry %v, exit %v", info.Entry(), info.Exit())
	}
	next := func() (regs sysdeps.Regs) {
		t.Helper()
		must(t, Syscall(pid, 0))
		if sig, event := waitStop(t, pid); sig != SyscallStop || event != 0 {
			t.Fatalf("%v, event %d", sig, event)
		}
		must(t, GetSyscallInfo(pid, &info))
		must(t, GetRegs(pid, &regs))
		if info.Arch() != sysdeps.AMD64 {
			t.Errorf("machine %+v", info.Arch())
		}
		return regs
	}
	next()
	if value, failed := info.Result(); !info.Exit() || value != 0 || failed {
		t.Errorf("exit %v of the exec: %d, %v", info.Exit(), value, failed)
	}
	regs := next()
	nr, args := info.Call()
	if want, _ := regs.Syscall(); !info.Entry() || nr != want {
		t.Errorf("entry %v, call %d, want %d", info.Entry(), nr, want)
	}
	for i, r := range sysdeps.AMD64.SyscallArgs {
		if args[i] != regs.Get(r) {
			t.Errorf("argument %d: %#x, want %#x", i, args[i], regs.Get(r))
		}
	}
	regs.Set(sysdeps.OrigRAX, 999) // no call
	must(t, SetRegs(pid, &regs))
	next()
	if value, failed := info.Result(); !info.Exit() || value != -int64(unix.ENOSYS) || !failed {
		t.Errorf("exit %v: %d, %v", info.Exit(), value, failed)
	}
}

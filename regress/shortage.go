package regress

import (
	"os"
	"os/signal"
	"slices"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// A machine without room for more processes is no fault of its kernel: a tracee that finds
// none says so to its row, which is skipped then.

// noRoomSignal is what it sends the row's process: one that no row has to do with.
const noRoomSignal = unix.Signal(50)

// noRoomWord is where it notes it before, since its row may see, and look into, that
// something goes otherwise than expected.
const noRoomWord = "no room"

// InCaseOfNoRoom is to follow a clone, fork or vfork: it leaves the program's way if that
// was refused for want of room (clone(2), EAGAIN).
func (p Code) InCaseOfNoRoom() {
	*p.forks = true
	p.Cmp(asm.AX, asm.Imm(-int(unix.EAGAIN)))
	p.JumpIf(asm.Equal, noRoomWord+".")
}

// tellNoRoom ends a program with what tells the row.
func (p Code) tellNoRoom() {
	if !*p.forks {
		return
	}
	p.Label(noRoomWord + ".")
	p.Space(noRoomWord, 8)
	p.Mov(asm.At(noRoomWord), asm.Imm(1))
	p.Syscall("kill", asm.Imm(os.Getpid()), asm.Imm(noRoomSignal))
	p.Raise(unix.SIGSTOP) // of use where the row is out of reach: in another PID namespace
	p.Forever()
}

// heedNoRoom has f called when a tracee finds no room for more.
func heedNoRoom(f func()) {
	told := make(chan os.Signal, 1)
	signal.Notify(told, noRoomSignal)
	go func() {
		<-told
		f()
	}()
}

// withoutRoom is the verdict on a row whose tracee has found no room for more.
func withoutRoom() message { return message{Verdict: Skip, Reason: shortage(unix.EAGAIN)} }

// considered is the verdict on a row that may have failed for want of room.
func (t *T) considered(m message) message {
	if (m.Verdict == Fail || m.Verdict == Error) && t.noRoom() {
		return withoutRoom()
	}
	return m
}

// noRoom tells whether a tracee has found no room for more: it has noted it, or has just
// been told, and stands at that.
func (t *T) noRoom() bool {
	t.mu.Lock()
	programs := slices.Clone(t.programs)
	t.mu.Unlock()
	return slices.ContainsFunc(programs, func(c *Tracee) bool {
		at, forks := c.image.Addr(noRoomWord)
		if !forks {
			return false
		}
		word := make([]byte, c.image.Arch.PtrSize)
		if c.readMemory(word, at) == nil && c.image.Arch.Word(word) != 0 {
			return true
		}
		r := sysdeps.Regs{Arch: c.image.Arch}
		var n int
		_, e := t.kernel.Ptrace(unix.PTRACE_GETREGSET, c.TID, ptrace.Value(ntPRStatus), ptrace.Vector(r.Buffer(), &n))
		return e == 0 && n == c.image.Arch.RegsetSize && r.SyscallResult() == -int64(unix.EAGAIN)
	})
}

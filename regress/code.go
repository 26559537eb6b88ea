package regress

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
)

// Code is a tracee's program with the pieces that many rows want.
type Code struct {
	*asm.Program
	forks *bool // InCaseOfNoRoom was called
}

// TraceMe makes the program its parent's tracee, which stands at a SIGSTOP then.
func (p Code) TraceMe() {
	p.Syscall("ptrace", asm.Imm(unix.PTRACE_TRACEME), asm.Imm(0), asm.Imm(0), asm.Imm(0))
	p.Raise(unix.SIGSTOP)
}

// Raise sends the thread a signal.
func (p Code) Raise(sig unix.Signal) {
	p.Syscall("gettid")
	p.Syscall("tkill", asm.AX, asm.Imm(sig))
}

// Exit ends the process.
func (p Code) Exit(code int) { p.Syscall("exit_group", asm.Imm(code)) }

// ExitThread ends the thread.
func (p Code) ExitThread(code int) { p.Syscall("exit", asm.Imm(code)) }

// Execve executes another program, without arguments and environment.
func (p Code) Execve(path string) {
	name, args := p.Unnamed(), p.Unnamed()
	p.String(name, path)
	p.Words(args, asm.Of(name), asm.Imm(0))
	p.Syscall("execve", asm.Of(name), asm.Of(args), asm.Imm(0))
}

// Pause sleeps until a signal has been handled.
func (p Code) Pause() { p.Syscall("pause") }

// Forever sleeps for good, whatever signals are handled.
func (p Code) Forever() {
	again := p.Unnamed()
	p.Label(again)
	p.Pause()
	p.Jump(again)
}

// Spin never ends and makes no system call.
func (p Code) Spin() {
	again := p.Unnamed()
	p.Label(again)
	p.Jump(again)
}

// SpinUntil goes on when the word at a label, which is made, is not 0 any more.
func (p Code) SpinUntil(word string) {
	p.Space(word, 8)
	again := p.Unnamed()
	p.Label(again)
	p.Cmp(asm.At(word), asm.Imm(0))
	p.JumpIf(asm.Equal, again)
}

// Store stores the result of a call, or any operand that is no memory, in a word, which
// is made.
func (p Code) Store(word string, v asm.Operand) {
	p.Space(word, 8)
	p.Mov(asm.At(word), v)
}

// Flags of the kernel's struct sigaction (asm/signal.h).
const (
	saRestorer  = 0x04000000
	saNoDefer   = 0x40000000
	saResetHand = 0x80000000
	saRestart   = 0x10000000
	saSiginfo   = 4
)

// Handle installs a handler, which Handler begins; flags are those of sigaction(2).
func (p Code) Handle(sig unix.Signal, handler string, flags uint32) {
	p.handle(sig, asm.Of(handler), flags)
}

// Ignore ignores a signal.
func (p Code) Ignore(sig unix.Signal) { p.handle(sig, asm.Imm(1), 0) } // SIG_IGN

func (p Code) handle(sig unix.Signal, handler asm.Operand, flags uint32) {
	action, restorer, over := p.Unnamed(), p.Unnamed(), p.Unnamed()
	p.Words(action, handler, asm.Imm(flags|saRestorer|saSiginfo), asm.Of(restorer), asm.Imm(0), asm.Imm(0))
	p.Syscall("rt_sigaction", asm.Imm(sig), asm.Of(action), asm.Imm(0), asm.Imm(8))
	p.Jump(over)
	p.Label(restorer)
	p.Syscall("rt_sigreturn")
	p.Label(over)
}

// Block changes the blocked signals: how is SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK.
func (p Code) Block(how int, sigs ...unix.Signal) {
	set := p.Unnamed()
	p.Data(set, binary.LittleEndian.AppendUint64(nil, maskOf(sigs...)))
	p.Syscall("rt_sigprocmask", asm.Imm(how), asm.Of(set), asm.Imm(0), asm.Imm(8))
}

// maskOf returns the set of some signals.
func maskOf(sigs ...unix.Signal) (mask uint64) {
	for _, s := range sigs {
		mask |= 1 << (s - 1)
	}
	return mask
}

const stackSize = 0x4000

// threadFlags are those of a thread as pthread_create(3) makes it, but for its
// thread-local storage.
const threadFlags = unix.CLONE_VM | unix.CLONE_FS | unix.CLONE_FILES | unix.CLONE_SIGHAND | unix.CLONE_THREAD | unix.CLONE_SYSVSEM

// Thread starts a thread at a label, on a stack of its own, and stores its id in the
// word label+".tid", before it runs.
func (p Code) Thread(at string) {
	stack, tid := p.Unnamed(), at+".tid"
	p.Space(stack, stackSize)
	p.Space(tid, 8)
	p.Syscall("clone", asm.Imm(threadFlags|unix.CLONE_PARENT_SETTID), asm.Addr{Label: stack, Off: stackSize}, asm.Of(tid), asm.Imm(0), asm.Imm(0))
	p.Cmp(asm.AX, asm.Imm(0))
	p.JumpIf(asm.Equal, at)
	p.InCaseOfNoRoom()
}

// Fork forks by clone with flags, which have the exit signal; the child goes on at a
// label, and its id is stored in the word label+".tid", before it runs.
func (p Code) Fork(flags int, at string) {
	tid := at + ".tid"
	p.Space(tid, 8)
	p.Syscall("clone", asm.Imm(flags|unix.CLONE_PARENT_SETTID), asm.Imm(0), asm.Of(tid), asm.Imm(0), asm.Imm(0))
	p.Cmp(asm.AX, asm.Imm(0))
	p.JumpIf(asm.Equal, at)
	p.InCaseOfNoRoom()
}

package unwind

import (
	"bytes"

	"sonde/insn"
	"sonde/sysdeps"
)

// Bounds of the code around the call of a thread's function.
const (
	beforeThread = 16 // bytes
	behindThread = 8  // instructions
	behindMaking = 3  // behind the system call that makes a thread
)

// clearBP is xor %ebp,%ebp.
var clearBP = []byte{0x31, 0xed}

// beginsThread tells whether the thread has just come out of the system call that has
// made it: that has returned 0, and what is done then clears the frame pointer. On the way
// there the code of glibc's clone3 is as it is for the maker, but has no call frame
// information (sysdeps/unix/sysv/linux/x86_64/clone3.S), and the stack is empty.
func (w *Walker) beginsThread() bool {
	f := &w.frame
	result, ok := f.Registers.Get(sysdeps.RAX)
	if f.Return || !ok || w.arch.PtrSize != 8 || result != 0 {
		return false
	}
	before, then := make([]byte, beforeThread), make([]byte, len(clearBP))
	if !w.mem.read(before, f.PC-beforeThread) || !bytes.Contains(before, w.arch.SyscallInsn) {
		return false
	}
	fw := w.newFollower(0, 0, 0)
	at := uint64(f.PC)
	for range behindMaking {
		in, ok := fw.decode(at)
		if !ok || in.Kind != insn.Plain && in.Kind != insn.CondJump {
			return false
		}
		const jumpsIf0 = 0x74
		if target, _ := in.Target(at); in.Kind == insn.CondJump && in.Op == jumpsIf0 {
			return w.mem.read(then, sysdeps.Addr(target)) && bytes.Equal(then, clearBP)
		}
		at += uint64(in.Len)
	}
	return false
}

// endsThread tells of a return address that a thread has been begun before: the frame
// pointer is cleared there, as the ABI has it of the outermost frame, and what the call
// comes back to ends the thread by a system call that an instruction is behind which must
// not be reached (musl's __clone: src/thread/x86_64/clone.s). No table tells of that, and
// what lies above on the stack are the thread's own data.
func (w *Walker) endsThread(pc sysdeps.Addr) bool {
	before := make([]byte, beforeThread)
	if !w.mem.read(before, pc-beforeThread) || !bytes.Contains(before, clearBP) {
		return false
	}
	fw := w.newFollower(0, 0, 0)
	at := uint64(pc)
	for range behindThread {
		in, ok := fw.decode(at)
		if !ok {
			return false
		}
		at += uint64(in.Len)
		switch in.Kind {
		case insn.Plain:
		case insn.Syscall:
			var next [1]byte
			const hlt = 0xf4
			return w.mem.read(next[:], sysdeps.Addr(at)) && next[0] == hlt
		default:
			return false
		}
	}
	return false
}

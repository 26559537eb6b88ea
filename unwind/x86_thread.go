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
)

// endsThread tells of a return address that a thread has been begun before: the frame
// pointer is cleared there, as the ABI has it of the outermost frame, and what the call
// comes back to ends the thread by a system call that an instruction is behind which must
// not be reached (musl's __clone: src/thread/x86_64/clone.s). No table tells of that, and
// what lies above on the stack are the thread's own data.
func (w *Walker) endsThread(pc sysdeps.Addr) bool {
	clear32 := []byte{0x31, 0xed} // xor %ebp,%ebp
	before := make([]byte, beforeThread)
	if !w.mem.read(before, pc-beforeThread) || !bytes.Contains(before, clear32) {
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

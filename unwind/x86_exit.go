package unwind

import (
	"slices"

	"sonde/insn"
	"sonde/sysdeps"
)

// maxToExit is how many instructions behind a call are looked at for the end of the
// thread.
const maxToExit = 8

// exits tells whether the code at an address ends the thread or the process, by a system
// call, on a way without branches: what a thread begins in does so when the call of its
// function returns (musl's __clone, which has no call frame information), and nothing has
// called it.
func (w *Walker) exits(pc sysdeps.Addr) bool {
	fw := w.newFollower(0, 0, 0)
	nr, known := int64(0), false
	for range maxToExit {
		in, ok := fw.decode(uint64(pc))
		if !ok || !w.spend(1) {
			return false
		}
		switch {
		case in.Kind == insn.Syscall:
			return known && slices.Contains([]string{"exit", "exit_group"}, w.arch.Syscalls.Name(nr))
		case in.Kind != insn.Plain:
			return false
		case in.Map == 0 && (in.Op == 0x31 || in.Op == 0x33) && in.Mod() == 3 && in.Reg() == 0 && in.RM() == 0 && in.REX == 0: // xor %eax,%eax
			nr, known = 0, true
		case in.Map == 0 && in.Op == 0xb8 && in.REX == 0: // mov imm,%eax
			nr, known = in.Imm, true
		case in.Map == 0 && in.Op == 0xb0: // mov imm,%al
			nr = nr&^0xff | in.Imm&0xff
		}
		pc += sysdeps.Addr(in.Len)
	}
	return false
}

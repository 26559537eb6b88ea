package regress

// debugRegs is where the debug registers stand in struct user (sys/user.h of
// x86-64), for PTRACE_PEEKUSER and PTRACE_POKEUSER.
const debugRegs = 848

// DebugReg reads debug register n, from 0 to 7 (Intel SDM, volume 3, 18.2).
func (c *Tracee) DebugReg(n int) uint64 { return c.PeekUser(debugRegs + 8*n) }

// SetDebugReg writes debug register n. In number 7, 1<<(2*i) enables number i for a
// thread, and 1<<(16+4*i) has it stop behind writes.
func (c *Tracee) SetDebugReg(n int, v uint64) { c.PokeUser(debugRegs+8*n, v) }

package stacks

import "sonde/sysdeps"

// registerNames are what the registers are called, in the order in which they are shown:
// by their names in 64-bit code and in 32-bit code, where not all of them exist.
var registerNames = []struct {
	reg        sysdeps.Reg
	wide, thin string
}{
	{sysdeps.RAX, "rax", "eax"},
	{sysdeps.RBX, "rbx", "ebx"},
	{sysdeps.RCX, "rcx", "ecx"},
	{sysdeps.RDX, "rdx", "edx"},
	{sysdeps.RSI, "rsi", "esi"},
	{sysdeps.RDI, "rdi", "edi"},
	{sysdeps.RBP, "rbp", "ebp"},
	{sysdeps.RSP, "rsp", "esp"},
	{sysdeps.R8, "r8", ""},
	{sysdeps.R9, "r9", ""},
	{sysdeps.R10, "r10", ""},
	{sysdeps.R11, "r11", ""},
	{sysdeps.R12, "r12", ""},
	{sysdeps.R13, "r13", ""},
	{sysdeps.R14, "r14", ""},
	{sysdeps.R15, "r15", ""},
	{sysdeps.RIP, "rip", "eip"},
	{sysdeps.EFLAGS, "eflags", "eflags"},
}

// registers returns the general registers of a thread.
func registers(r *sysdeps.Regs) []Register {
	var all []Register
	for _, n := range registerNames {
		name := n.wide
		if r.Arch.PtrSize == 4 {
			name = n.thin
		}
		if name != "" {
			all = append(all, Register{name, r.Get(n.reg)})
		}
	}
	return all
}

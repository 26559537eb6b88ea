package sysdeps

// Trampoline is the code that a signal handler returns to, which calls
// rt_sigreturn or sigreturn, and what the kernel has put on the stack for it.
// The C libraries' own, and the vDSO's, are these bytes exactly, since debuggers
// know them by that.
type Trampoline struct {
	Code []byte
	// Starts are the offsets in Code at which an instruction begins, and At the
	// distances from the stack pointer there to the saved registers.
	Starts, At []int
	// Saved are the offsets of the interrupted registers from there.
	Saved []SavedReg
}

// SavedReg is where a register is saved.
type SavedReg struct {
	Reg Reg
	Off int
}

// amd64Saved is struct sigcontext_64 (arch/x86/include/uapi/asm/sigcontext.h), as
// far as call frame information has numbers for it.
var amd64Saved = []SavedReg{
	{R8, 0},
	{R9, 8},
	{R10, 16},
	{R11, 24},
	{R12, 32},
	{R13, 40},
	{R14, 48},
	{R15, 56},
	{RDI, 64},
	{RSI, 72},
	{RBP, 80},
	{RBX, 88},
	{RDX, 96},
	{RAX, 104},
	{RCX, 112},
	{RSP, 120},
	{RIP, 128},
}

// i386Saved is struct sigcontext_32.
var i386Saved = []SavedReg{
	{RDI, 16}, {RSI, 20}, {RBP, 24}, {RSP, 28}, {RBX, 32}, {RDX, 36}, {RCX, 40}, {RAX, 44}, {RIP, 56},
}

// amd64Trampolines: the handler's return has taken pretcode off struct
// rt_sigframe (arch/x86/include/asm/sigframe.h). Behind it is struct ucontext,
// with flags, link and stack before the registers.
var amd64Trampolines = []Trampoline{
	{ // mov $15,%rax; syscall
		Code:   []byte{0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05},
		Starts: []int{0, 7}, At: []int{40, 40}, Saved: amd64Saved,
	},
	{ // mov $15,%eax; syscall
		Code:   []byte{0xb8, 0x0f, 0, 0, 0, 0x0f, 0x05},
		Starts: []int{0, 5}, At: []int{40, 40}, Saved: amd64Saved,
	},
}

// i386Trampolines: struct rt_sigframe_ia32 has the signal, two pointers and a
// siginfo of 128 bytes before its ucontext; struct sigframe_ia32 the signal
// alone, which the code takes off first (arch/x86/include/asm/sigframe.h).
var i386Trampolines = []Trampoline{
	{ // mov $173,%eax; int $0x80
		Code:   []byte{0xb8, 0xad, 0, 0, 0, 0xcd, 0x80},
		Starts: []int{0, 5}, At: []int{12 + 128 + 20, 12 + 128 + 20}, Saved: i386Saved,
	},
	{ // pop %eax; mov $119,%eax; int $0x80
		Code:   []byte{0x58, 0xb8, 0x77, 0, 0, 0, 0xcd, 0x80},
		Starts: []int{0, 1, 6}, At: []int{4, 0, 0}, Saved: i386Saved,
	},
}

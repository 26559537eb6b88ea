package insn

import "errors"

var (
	// ErrTruncated says that the instruction goes on behind the bytes given.
	ErrTruncated = errors.New("instruction truncated")
	// ErrUnknown says that the bytes are no instruction of the mode, or one
	// whose length is not certain.
	ErrUnknown = errors.New("unknown instruction")
)

// Kind is what an instruction does to the flow of control.
type Kind uint8

const (
	// Plain runs on to the next instruction, or faults.
	Plain Kind = iota
	// Jump goes to next+imm.
	Jump
	// CondJump goes to next+imm or runs on: jcc, loop, jrcxz.
	CondJump
	// JumpIndirect goes to what a register or memory holds.
	JumpIndirect
	// Call pushes its return address and goes to next+imm.
	Call
	// CallIndirect pushes its return address and goes to what a register or
	// memory holds.
	CallIndirect
	// Ret goes to what the stack holds: ret, far ret, iret.
	Ret
	// Syscall enters the kernel on purpose, and comes back to the next
	// instruction: syscall of 64-bit code, int 0x80.
	Syscall
	// Trap leaves for an exception handler, which is told its address (int3,
	// int1, int n, into, ud0, ud1, ud2), or for the kernel, which comes back to
	// a place of its own choice (sysenter, syscall of 32-bit code:
	// do_fast_syscall_32 in arch/x86/entry).
	Trap
	// TxBegin is xbegin, which holds the address of its abort handler
	// relative to itself.
	TxBegin
	// FarJump goes to the segment and offset that it holds.
	FarJump
	// FarCall pushes its segment and return address and goes to the segment
	// and offset that it holds.
	FarCall
)

var kindNames = [...]string{
	Plain: "plain", Jump: "jump", CondJump: "condjump", JumpIndirect: "jumpindirect",
	Call: "call", CallIndirect: "callindirect", Ret: "ret", Syscall: "syscall",
	Trap: "trap", TxBegin: "txbegin", FarJump: "farjump", FarCall: "farcall",
}

// String returns the kind's name in lower case.
func (k Kind) String() string {
	if int(k) < len(kindNames) {
		return kindNames[k]
	}
	return "unknown"
}

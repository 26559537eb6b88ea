package sysdeps

// MaxDWARFRegs is the most registers that DWARF numbers are known for, on any
// machine.
const MaxDWARFRegs = 17

// DWARFNone stands for a register that a machine has no DWARF number for.
const DWARFNone = -1

// amd64DWARF and i386DWARF are the registers by their numbers in call frame
// information (System V psABI, x86-64: figure 3.36; i386: table 2.14). The last
// one is the return address's column, which holds the program counter.
var (
	amd64DWARF = []Reg{RAX, RDX, RCX, RBX, RSI, RDI, RBP, RSP, R8, R9, R10, R11, R12, R13, R14, R15, RIP}
	i386DWARF  = []Reg{RAX, RCX, RDX, RBX, RSP, RBP, RSI, RDI, RIP}
)

// The registers that a function leaves as they were, besides the stack pointer
// (psABI, x86-64: figure 3.4; i386: table 2.3).
var (
	amd64Preserved = []Reg{RBX, RBP, R12, R13, R14, R15}
	i386Preserved  = []Reg{RBX, RBP, RSI, RDI}
)

// DWARFNumber returns the number of a register in call frame information, or
// DWARFNone.
func (a *Arch) DWARFNumber(reg Reg) int {
	for i, r := range a.DWARFRegs {
		if r == reg {
			return i
		}
	}
	return DWARFNone
}

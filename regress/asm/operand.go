package asm

// Operand is what an instruction works on: a Reg, an Imm, an Addr or a Mem.
type Operand interface{ operand() }

// Reg is a register of the machine's width, by its number in instructions.
type Reg uint8

// The registers; from R8 on they are AMD64's alone.
const (
	AX Reg = iota
	CX
	DX
	BX
	SP
	BP
	SI
	DI
	R8
	R9
	R10
	R11
	R12
	R13
	R14
	R15
)

// Imm is a number.
type Imm int64

// Addr is the address of a label, and Off bytes.
type Addr struct {
	Label string
	Off   int
}

// Mem is a word in memory: at a label, or where the register Base points to, and Off
// bytes.
type Mem struct {
	Label string // if not ""
	Base  Reg
	Off   int
}

func (Reg) operand()  {}
func (Imm) operand()  {}
func (Addr) operand() {}
func (Mem) operand()  {}

// Of returns the address of a label.
func Of(label string) Addr { return Addr{Label: label} }

// At returns the word at a label.
func At(label string) Mem { return Mem{Label: label} }

// In returns the word off bytes behind where a register points to.
func In(base Reg, off int) Mem { return Mem{Base: base, Off: off} }

package unwind

// value is what a register or a cell of the stack holds, in terms of the registers
// at the beginning: one of these plus an offset, or what was stored there then, plus
// another offset; or an address that stands in the code.
type value struct {
	kind valueKind
	reg  uint8 // by its number in instructions
	off  int32
	plus int32 // to what is stored
	addr uint64
}

type valueKind uint8

const (
	lost   valueKind = iota
	sum              // reg+off
	stored           // what is at reg+off, plus plus
	fixed            // addr
)

// cell is a word of the stack that has been written to.
type cell struct {
	at  value
	val value
}

// machine is what is known of the registers and the stack at one instruction.
type machine struct {
	pc    uint64 // an address, or a link-time address: as the code is read
	regs  [16]value
	cells [maxCells]cell
	n     int // of cells
	calls int // on the way here
}

// newMachine knows each register as itself.
func newMachine(pc uint64) *machine {
	m := &machine{pc: pc}
	for i := range m.regs {
		m.regs[i] = value{kind: sum, reg: uint8(i)}
	}
	return m
}

// call is one that comes back.
func (m *machine) call(word int32) {
	clobbered := amd64Clobbered
	if word == 4 {
		clobbered = i386Clobbered
	}
	for i := range m.regs {
		if clobbered>>i&1 != 0 {
			m.regs[i] = value{}
		}
	}
	m.calls++
}

// load returns what is in a word of the stack.
func (m *machine) load(at value) value {
	if at.kind != sum {
		return value{}
	}
	for i := m.n - 1; i >= 0; i-- {
		if m.cells[i].at == at {
			return m.cells[i].val
		}
	}
	return value{kind: stored, reg: at.reg, off: at.off}
}

// store notes what is put in a word of the stack.
func (m *machine) store(at, v value) {
	if at.kind != sum {
		return
	}
	for i := range m.cells[:m.n] {
		if m.cells[i].at == at {
			m.cells[i].val = v
			return
		}
	}
	if m.n < len(m.cells) {
		m.cells[m.n] = cell{at, v}
		m.n++
	}
}

// add returns a value plus an offset.
func (v value) add(off int64) value {
	n := &v.off
	switch v.kind {
	case sum:
	case stored:
		n = &v.plus
	default:
		return value{}
	}
	var ok bool
	if *n, ok = offset32(int64(*n) + off); !ok {
		return value{}
	}
	return v
}

func (m *machine) push(v value, word int32) {
	m.regs[insnSP] = m.regs[insnSP].add(-int64(word))
	m.store(m.regs[insnSP], v)
}

func (m *machine) pop(word int32) value {
	v := m.load(m.regs[insnSP])
	m.regs[insnSP] = m.regs[insnSP].add(int64(word))
	return v
}

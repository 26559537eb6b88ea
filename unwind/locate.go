package unwind

import (
	"math"

	"sonde/fields"
	"sonde/sysdeps"
)

// Operations of DWARF expressions that those of variables have beside (DWARF 5, 7.7.1,
// and GNU's that came before them).
const (
	opReg0            = 0x50
	opReg31           = 0x6f
	opRegx            = 0x90
	opFbreg           = 0x91
	opPiece           = 0x93
	opFormTLSAddress  = 0x9b
	opCallFrameCFA    = 0x9c
	opBitPiece        = 0x9d
	opImplicitValue   = 0x9e
	opStackValue      = 0x9f
	opImplicitPointer = 0xa0
	opAddrx           = 0xa1
	opConstx          = 0xa2
	opEntryValue      = 0xa3
	opConstType       = 0xa4
	opRegvalType      = 0xa5
	opDerefType       = 0xa6
	opConvert         = 0xa8
	opReinterpret     = 0xa9

	opGNUPushTLSAddress  = 0xe0
	opGNUUninit          = 0xf0
	opGNUImplicitPointer = 0xf2
	opGNUEntryValue      = 0xf3
	opGNUConstType       = 0xf4
	opGNURegvalType      = 0xf5
	opGNUDerefType       = 0xf6
	opGNUConvert         = 0xf7
	opGNUReinterpret     = 0xf9
	opGNUAddrIndex       = 0xfb
	opGNUConstIndex      = 0xfc
)

// maxPieces caps the pieces of one variable.
const maxPieces = 64

// Locate tells where a variable is, or what it holds. The variable is one of a frame of the
// stack that was walked last. The error is an Absent.
func (w *Walker) Locate(v *Variable) ([]Piece, error) {
	l := w.locator(v)
	l.all(v.Location)
	if l.why != present {
		return nil, l.why
	}
	return l.pieces, nil
}

// Compute returns what an expression comes to that is one of a value: of an argument of a
// call, in terms of the frame that has called.
func (w *Walker) Compute(v *Variable) (uint64, error) {
	l := w.locator(v)
	return l.value(v.Location)
}

// locator finds one variable.
type locator struct {
	evaluation
	pieces []Piece
	why    Absent
}

func (w *Walker) locator(v *Variable) *locator {
	w.work, w.bias = 0, 0
	if v.Frame.Image != nil {
		w.bias = v.Frame.Image.Bias()
	}
	l := &locator{}
	l.w, l.regs, l.of = w, &v.Frame.Registers, v
	return l
}

// absent ends the evaluation.
func (x *evaluation) absent(why Absent) {
	if x.missing == present {
		x.missing = why
	}
	x.fail(NoRule, 0)
}

// ended tells why the evaluation has ended before the expression; present if it has not.
func (x *evaluation) ended() Absent {
	switch {
	case x.missing != present:
		return x.missing
	case x.reason == Outermost:
		return present
	case x.reason == NoMemory:
		return Unread
	case x.reason == NoRule:
		return NotSaved
	}
	return Uncomputed
}

// all finds the pieces that an expression tells of.
func (l *locator) all(p []byte) {
	c := fields.New(p)
	var at Piece
	has := false // at is set
	for steps := 0; c.Left() > 0; steps++ {
		op := c.U8()
		switch {
		case steps == maxSteps:
			l.fail(Work, 0)
		case op == opPiece:
			size := c.ULEB()
			if size == 0 || size > math.MaxInt32 || len(l.pieces) == maxPieces {
				l.fail(Damaged, 0)
				break
			}
			if !has && l.n == 0 {
				l.absent(OptimizedOut)
				break
			}
			l.add(at, has, int(size))
			at, has = Piece{}, false
		case op == opBitPiece:
			l.absent(Uncomputed)
		case has && op != opGNUUninit:
			l.fail(Damaged, 0)
		case l.ends(op, &c, &at):
			has = true
		default:
			if !l.step(op, &c) && !l.refer(op, &c) {
				l.fail(Damaged, 0)
			}
		}
		if c.Bad() {
			l.fail(Damaged, 0)
		}
		if l.why = l.ended(); l.why != present {
			return
		}
	}
	if len(l.pieces) > 0 {
		return
	}
	if !has && l.n == 0 {
		l.why = OptimizedOut
		return
	}
	l.add(at, has, 0)
}

// add adds a piece: what an operation has told, or else what is at the address on the stack.
func (l *locator) add(at Piece, has bool, size int) {
	if !has {
		at = Piece{Addr: sysdeps.Addr(l.pop())}
	}
	at.Size = size
	l.pieces = append(l.pieces, at)
}

// ends does the operations that end the way to a piece. It reports whether it is one.
func (l *locator) ends(op byte, c *fields.Reader, at *Piece) bool {
	switch {
	case op >= opReg0 && op <= opReg31:
		at.Bytes = l.inRegister(uint64(op - opReg0))
	case op == opRegx:
		at.Bytes = l.inRegister(c.ULEB())
	case op == opStackValue:
		v, k := l.popKind()
		at.Bytes = l.bytes(v, k)
	case op == opImplicitValue:
		at.Bytes = append([]byte{}, c.Bytes(c.ULEB())...)
	case op == opImplicitPointer, op == opGNUImplicitPointer:
		c.Skip(uint64(c.Left())) // an entry and an offset, which is all
		l.absent(Synthetic)
	default:
		return false
	}
	return true
}

// inRegister returns the bytes of a register.
func (l *locator) inRegister(n uint64) []byte {
	if v, ok := l.regs.DWARF(int(min(n, sysdeps.MaxDWARFRegs))); ok {
		return l.bytes(v, kind{})
	}
	p := l.vector(n)
	if p == nil {
		l.absent(NotSaved)
	}
	return p
}

// bytes returns a number as it would lie in memory.
func (l *locator) bytes(v uint64, k kind) []byte {
	size := int(k.size)
	if size == 0 {
		size = l.w.arch.PtrSize
	}
	p := make([]byte, size)
	for i := range p {
		p[i] = byte(v >> (8 * i))
	}
	return p
}

// refer does the operations that refer to what the unit or other frames tell.
func (l *locator) refer(op byte, c *fields.Reader) bool {
	switch op {
	case opFbreg:
		off := c.SLEB()
		l.push(l.frameBase() + uint64(off))
	case opCallFrameCFA:
		if l.of.Frame.CFA == 0 {
			l.absent(NotSaved)
		}
		l.push(uint64(l.of.Frame.CFA))
	case opEntryValue, opGNUEntryValue:
		l.entryValue(c.Bytes(c.ULEB()))
	case opAddrx, opGNUAddrIndex:
		l.indexed(c.ULEB(), l.w.bias)
	case opConstx, opGNUConstIndex:
		l.indexed(c.ULEB(), 0)
	case opFormTLSAddress, opGNUPushTLSAddress:
		l.absent(ThreadLocal)
	case opGNUUninit: // that it has no value yet is known to who reads the source
	default:
		return l.typed(op, c)
	}
	return true
}

// typed does the operations on numbers of the source's types.
func (l *locator) typed(op byte, c *fields.Reader) bool {
	switch op {
	case opConstType, opGNUConstType:
		k := l.kindOf(c.ULEB())
		p := c.Bytes(uint64(c.U8()))
		v := fields.New(p)
		l.pushKind(v.Uint(len(p)), k)
		if v.Bad() {
			c.Fail()
		}
	case opRegvalType, opGNURegvalType:
		n := c.ULEB()
		k := l.kindOf(c.ULEB())
		v, ok := l.regs.DWARF(int(min(n, sysdeps.MaxDWARFRegs)))
		if !ok {
			l.absent(NotSaved)
		}
		l.pushKind(v, k)
	case opDerefType, opGNUDerefType:
		size := int(c.U8())
		k := l.kindOf(c.ULEB())
		l.load(size)
		v, _ := l.popKind()
		l.pushKind(v, k)
	case opConvert, opGNUConvert, opReinterpret, opGNUReinterpret:
		k := l.kindOf(c.ULEB())
		v, was := l.popKind()
		if op == opReinterpret || op == opGNUReinterpret {
			v = was.bits(v)
		}
		l.pushKind(v, k)
	default:
		return false
	}
	return true
}

// indexed pushes a number out of .debug_addr.
func (l *locator) indexed(n uint64, bias sysdeps.Addr) {
	addr, ok := l.of.Terms.Address(n)
	if !ok {
		l.fail(Damaged, 0)
	}
	l.push(addr + uint64(bias))
}

// frameBase computes what DW_OP_fbreg counts from.
func (l *locator) frameBase() uint64 {
	base := l.of.Terms.FrameBase()
	if len(base) == 0 {
		l.fail(Damaged, 0)
		return 0
	}
	inner := locator{}
	inner.w, inner.regs, inner.of = l.w, l.regs, &Variable{Frame: l.of.Frame, Terms: noTerms{}}
	v, err := inner.value(base)
	if err != nil {
		l.absent(err.(Absent))
	}
	return v
}

// value computes an expression that is one of a value.
func (l *locator) value(p []byte) (uint64, error) {
	l.all(p)
	switch {
	case l.why != present:
		return 0, l.why
	case len(l.pieces) != 1 || l.pieces[0].Size != 0:
		return 0, Uncomputed
	}
	at := &l.pieces[0]
	if at.Bytes == nil { // what would be an address is the value
		return uint64(at.Addr), nil
	}
	c := fields.New(at.Bytes)
	v := c.Uint(len(at.Bytes))
	if c.Bad() {
		return 0, Uncomputed
	}
	return v, nil
}

// entryValue pushes what a register held when the function was entered.
func (l *locator) entryValue(p []byte) {
	c := fields.New(p)
	op := c.U8()
	n := uint64(op) - opReg0
	if op == opRegx {
		n = c.ULEB()
	}
	if op != opRegx && (op < opReg0 || op > opReg31) || c.Bad() || c.Left() > 0 {
		l.absent(OptimizedOut) // of memory, of which no call tells here
		return
	}
	// Finding it evaluates other expressions.
	work, bias := l.w.work, l.w.bias
	v, ok := l.of.Terms.EntryValue(int(min(n, sysdeps.MaxDWARFRegs)))
	l.w.work, l.w.bias = work, bias
	if !ok {
		l.absent(OptimizedOut)
	}
	l.push(v)
}

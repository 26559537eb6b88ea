package unwind

import (
	"sonde/fields"
	"sonde/sysdeps"
)

// The instructions of call frame information (DWARF 5, 7.24). Those below have
// an operand in their low six bits.
const (
	cfaAdvanceLoc = 0x40
	cfaOffset     = 0x80
	cfaRestore    = 0xc0

	cfaNop              = 0x00
	cfaSetLoc           = 0x01
	cfaAdvanceLoc1      = 0x02
	cfaAdvanceLoc2      = 0x03
	cfaAdvanceLoc4      = 0x04
	cfaOffsetExtended   = 0x05
	cfaRestoreExtended  = 0x06
	cfaUndefined        = 0x07
	cfaSameValue        = 0x08
	cfaRegister         = 0x09
	cfaRememberState    = 0x0a
	cfaRestoreState     = 0x0b
	cfaDefCFA           = 0x0c
	cfaDefCFARegister   = 0x0d
	cfaDefCFAOffset     = 0x0e
	cfaDefCFAExpression = 0x0f
	cfaExpression       = 0x10
	cfaOffsetExtendedSF = 0x11
	cfaDefCFASF         = 0x12
	cfaDefCFAOffsetSF   = 0x13
	cfaValOffset        = 0x14
	cfaValOffsetSF      = 0x15
	cfaValExpression    = 0x16
	cfaAdvanceLoc8      = 0x1d // MIPS's
	cfaGNUArgsSize      = 0x2e // of arguments on the stack, for exceptions
	cfaGNUNegOffset     = 0x2f
)

// maxRemembered caps the states that may be remembered at a time. Compilers nest
// them once or twice.
const maxRemembered = 32

// maxInstructions caps the bytes of instructions of one function, which has a
// megabyte of code for a hundred kilobytes of them.
const maxInstructions = 1 << 20

// execution carries out the instructions of a CIE or an FDE.
type execution struct {
	*section
	*cie
	state      state
	expr       []expression
	remembered []state
}

// run executes the instructions up to those that are for places behind pc. lo is
// where they begin. It reports whether they make sense.
func (x *execution) run(c *fields.Reader, lo, pc uint64) bool {
	if c.Left() > maxInstructions {
		return false
	}
	loc := lo
	for c.Left() > 0 && !c.Bad() {
		op := c.U8()
		var ok bool
		switch op & 0xc0 {
		case cfaAdvanceLoc:
			loc += uint64(op&0x3f) * x.codeAlign
			ok = true
		case cfaOffset:
			ok = x.set(uint64(op&0x3f), ruleOffset, int64(c.ULEB())*x.dataAlign)
		case cfaRestore:
			ok = x.restore(uint64(op & 0x3f))
		default:
			var to uint64
			if to, ok = x.advance(c, op, loc); ok {
				loc = to
			} else if ok = x.define(c, op); !ok {
				ok = x.rule(c, op)
			}
		}
		if !ok {
			return false
		}
		if loc > pc {
			return !c.Bad()
		}
	}
	return !c.Bad()
}

// advance executes what goes on to a later place. ok is false for what does not.
func (x *execution) advance(c *fields.Reader, op byte, loc uint64) (to uint64, ok bool) {
	switch op {
	case cfaSetLoc:
		return x.pointer(c, 0, x.encoding, x.size, 0), true
	case cfaAdvanceLoc1:
		return loc + uint64(c.U8())*x.codeAlign, true
	case cfaAdvanceLoc2:
		return loc + uint64(c.U16())*x.codeAlign, true
	case cfaAdvanceLoc4:
		return loc + uint64(c.U32())*x.codeAlign, true
	case cfaAdvanceLoc8:
		return loc + c.U64()*x.codeAlign, true
	case cfaNop:
		return loc, true
	case cfaGNUArgsSize:
		c.ULEB()
		return loc, true
	}
	return 0, false
}

// define executes what defines the CFA, or all. ok is false for what does not,
// and for what makes no sense.
func (x *execution) define(c *fields.Reader, op byte) (ok bool) {
	cfa := &x.state.cfa
	switch op {
	case cfaDefCFA:
		reg := c.ULEB()
		return x.defineCFA(reg, int64(c.ULEB()))
	case cfaDefCFASF:
		reg := c.ULEB()
		return x.defineCFA(reg, c.SLEB()*x.dataAlign)
	case cfaDefCFARegister:
		return cfa.kind == ruleValue && x.defineCFA(c.ULEB(), int64(cfa.val))
	case cfaDefCFAOffset:
		return cfa.kind == ruleValue && x.defineCFA(uint64(cfa.base), int64(c.ULEB()))
	case cfaDefCFAOffsetSF:
		return cfa.kind == ruleValue && x.defineCFA(uint64(cfa.base), c.SLEB()*x.dataAlign)
	case cfaDefCFAExpression:
		*cfa = x.expression(c, ruleValExpr)
		return true
	case cfaRememberState:
		if len(x.remembered) >= maxRemembered {
			return false
		}
		x.remembered = append(x.remembered, x.state)
		return true
	case cfaRestoreState:
		n := len(x.remembered)
		if n == 0 {
			return false
		}
		x.state, x.remembered = x.remembered[n-1], x.remembered[:n-1]
		return true
	}
	return false
}

func (x *execution) defineCFA(reg uint64, offset int64) bool {
	val, ok := offset32(offset)
	if !ok || reg >= uint64(len(x.arch.DWARFRegs)) {
		return false
	}
	x.state.cfa = rule{kind: ruleValue, base: uint8(reg), val: val}
	return true
}

// rule executes what says how a register is restored.
func (x *execution) rule(c *fields.Reader, op byte) (ok bool) {
	reg := c.ULEB()
	switch op {
	case cfaOffsetExtended:
		return x.set(reg, ruleOffset, int64(c.ULEB())*x.dataAlign)
	case cfaOffsetExtendedSF:
		return x.set(reg, ruleOffset, c.SLEB()*x.dataAlign)
	case cfaGNUNegOffset:
		return x.set(reg, ruleOffset, -int64(c.ULEB())*x.dataAlign)
	case cfaValOffset:
		return x.set(reg, ruleValue, int64(c.ULEB())*x.dataAlign)
	case cfaValOffsetSF:
		return x.set(reg, ruleValue, c.SLEB()*x.dataAlign)
	case cfaRestoreExtended:
		return x.restore(reg)
	case cfaUndefined:
		return x.set(reg, ruleUndefined, 0)
	case cfaSameValue:
		return x.set(reg, ruleSame, 0)
	case cfaRegister:
		from := c.ULEB()
		if from >= uint64(len(x.arch.DWARFRegs)) {
			return false
		}
		if reg < sysdeps.MaxDWARFRegs {
			x.state.regs[reg] = rule{kind: ruleValue, base: uint8(from)}
		}
		return true
	case cfaExpression, cfaValExpression:
		kind := ruleExpr
		if op == cfaValExpression {
			kind = ruleValExpr
		}
		if to := x.expression(c, kind); reg < sysdeps.MaxDWARFRegs {
			x.state.regs[reg] = to
		}
		return true
	}
	return false // of another machine, or newer than this
}

// set gives a register a rule relative to the CFA. Vector registers, which have
// higher numbers, are passed over.
func (x *execution) set(reg uint64, kind ruleKind, offset int64) bool {
	val, ok := offset32(offset)
	if ok && reg < sysdeps.MaxDWARFRegs {
		x.state.regs[reg] = rule{kind: kind, base: baseCFA, val: val}
	}
	return ok
}

// restore gives a register the rule that the CIE has for it.
func (x *execution) restore(reg uint64) bool {
	if reg < sysdeps.MaxDWARFRegs {
		x.state.regs[reg] = x.initial.regs[reg]
	}
	return true
}

// expression takes an expression off the instructions.
func (x *execution) expression(c *fields.Reader, kind ruleKind) rule {
	x.expr = append(x.expr, c.Bytes(c.ULEB()))
	return rule{kind: kind, val: int32(len(x.expr) - 1)}
}

// row returns the row for a link-time address in an FDE; nil if its instructions
// make no sense.
func (s *section) row(f *fde, pc uint64, how How) *row {
	x := execution{section: s, cie: f.cie, state: f.initial, expr: f.initialExpr}
	if !x.run(&f.instructions, f.lo, pc) || x.state.cfa.kind == ruleNone {
		return nil
	}
	r := newRow(s.arch, &x.state, uint8(f.ra), how)
	r.expr = x.expr
	r.signal = f.signal
	return r
}

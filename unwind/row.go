package unwind

import (
	"math"

	"sonde/sysdeps"
)

// ruleKind is what a register is restored by (DWARF 5, 6.4.1).
type ruleKind uint8

const (
	ruleNone      ruleKind = iota // nothing is said: as the ABI has it
	ruleUndefined                 // it is lost
	ruleSame                      // it has not been changed
	ruleOffset                    // it is stored at CFA+val
	ruleValue                     // it is base+val
	ruleAt                        // it is stored at base+val
	ruleExpr                      // it is stored where expression val says
	ruleValExpr                   // it is what expression val says
)

// baseCFA stands for the CFA as base of a rule.
const baseCFA = 0xff

// rule is how a register, or the CFA, is restored.
type rule struct {
	kind ruleKind
	reg  uint8 // which one; not of the CFA
	base uint8 // a register, or baseCFA
	val  int32 // an offset, or the number of an expression
}

// state are the rules of all registers while instructions are executed.
type state struct {
	cfa  rule
	regs [sysdeps.MaxDWARFRegs]rule
}

// row is how to get from a place in code to the caller. It is immutable.
type row struct {
	cfa       rule
	same      uint32 // registers that have not been changed, a bit for each
	silent    uint32 // registers that nothing is said of, and may be changed
	rules     [sysdeps.MaxDWARFRegs]rule
	n         uint8 // of rules
	ra        uint8 // the column that is the caller's PC then
	how       How   // Given: there is no row
	signal    bool  // the caller was interrupted
	faulted   bool  // the caller was interrupted, and made to look as if it had called
	outermost bool  // there is none
	begins    bool  // a thread may begin there, which has none
	golang    goSwitch
	into      uint64 // how far from where its function begins, if golang is set
	calls     int    // on the way to the return that was followed
	weak      bool   // nothing tells where the function begins or ends
	expr      []expression
}

// expression is a DWARF expression: bytes of a section, which go with its file.
type expression []byte

// newRow makes the row of a state: what it does not tell is as the ABI has it.
func newRow(arch *sysdeps.Arch, s *state, ra uint8, how How) *row {
	r := &row{cfa: s.cfa, ra: ra, how: how}
	for i := range arch.DWARFRegs {
		reg := s.regs[i]
		reg.reg = uint8(i)
		switch reg.kind {
		case ruleNone:
			if i == int(ra) {
				r.outermost = true // no rule for it, none for how to return
			} else if isPreserved(arch, i) {
				r.same |= 1 << i
			} else if arch.DWARFRegs[i] == sysdeps.RSP {
				r.add(rule{kind: ruleValue, reg: uint8(i), base: baseCFA})
			} else {
				r.silent |= 1 << i
			}
		case ruleUndefined:
			if i == int(ra) {
				r.outermost = true
			}
		case ruleSame:
			r.same |= 1 << i
		default:
			r.add(reg)
		}
	}
	return r
}

// leafOnly tells that the return address is in a register: nothing has been called
// from there.
func (r *row) leafOnly() bool {
	if r.same&(1<<r.ra) != 0 {
		return true
	}
	for i := range r.rules[:r.n] {
		if to := &r.rules[i]; to.reg == r.ra {
			return to.kind == ruleValue && to.base != baseCFA
		}
	}
	return false
}

func (r *row) add(to rule) {
	r.rules[r.n] = to
	r.n++
}

func isPreserved(arch *sysdeps.Arch, n int) bool {
	for _, reg := range arch.Preserved {
		if arch.DWARFRegs[n] == reg {
			return true
		}
	}
	return false
}

// offset32 makes an offset one of a rule. ok is false where no stack frame is that
// large.
func offset32(v int64) (int32, bool) { return int32(v), v >= math.MinInt32 && v <= math.MaxInt32 }

// apply goes from a frame with the registers r to its caller: it returns the CFA,
// and the caller's registers in next.
func (w *Walker) apply(row *row, r, next *Registers) (cfa sysdeps.Addr, reason Reason, at sysdeps.Addr) {
	c, reason, at := w.evaluate(row, &row.cfa, r, 0)
	if reason != Outermost {
		return 0, reason, at
	}
	next.Arch = r.Arch
	next.known = r.known & row.same
	next.left = (r.known | r.left) & row.silent
	next.value = r.value
	for i := range row.rules[:row.n] {
		to := &row.rules[i]
		v, reason, at := w.evaluate(row, to, r, c)
		if reason != Outermost {
			if to.reg == row.ra || reason == Work {
				return sysdeps.Addr(c), reason, at
			}
			continue // unknown: only who needs it fails
		}
		next.set(to.reg, v)
	}
	return sysdeps.Addr(c), Outermost, 0
}

// evaluate returns what a rule comes to. Outermost stands for success.
func (w *Walker) evaluate(row *row, to *rule, r *Registers, cfa uint64) (v uint64, reason Reason, at sysdeps.Addr) {
	base := cfa
	switch to.kind {
	case ruleValue, ruleAt:
		if to.base != baseCFA {
			known := r.known
			if to == &row.cfa {
				known |= r.left
			}
			if to.base >= sysdeps.MaxDWARFRegs || known&(1<<to.base) == 0 {
				return 0, Unknown, 0
			}
			base = r.value[to.base]
		}
	case ruleOffset:
	case ruleExpr, ruleValExpr:
		x := evaluation{w: w, regs: r}
		if to != &row.cfa {
			x.push(cfa)
		}
		if base, reason, at = x.run(row.expr[to.val]); reason != Outermost {
			return 0, reason, at
		}
		if to.kind == ruleValExpr {
			return w.cut(base), Outermost, 0
		}
	default:
		return 0, NoRule, 0
	}
	v = w.cut(base + uint64(int64(to.val)))
	switch to.kind {
	case ruleValue:
		return v, Outermost, 0
	case ruleExpr:
		v = w.cut(base)
	}
	at = sysdeps.Addr(v)
	if v, ok := w.mem.word(at); ok {
		return v, Outermost, 0
	}
	return 0, NoMemory, at
}

// cut makes a number an address of the machine.
func (w *Walker) cut(v uint64) uint64 {
	if w.arch.PtrSize == 4 {
		return v & math.MaxUint32
	}
	return v
}

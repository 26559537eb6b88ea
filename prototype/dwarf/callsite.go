package dwarf

import (
	"bytes"
	"debug/dwarf"

	"sonde/fields"
)

// Tags and attributes of calls (DWARF 5, 3.4), and GNU's that they were made of, which
// debug/dwarf does not name.
const (
	tagGNUCallSite      dwarf.Tag = 0x4109
	tagGNUCallParameter dwarf.Tag = 0x410a

	attrGNUCallValue  dwarf.Attr = 0x2111
	attrGNUCallTarget dwarf.Attr = 0x2113
	attrGNUTailCall   dwarf.Attr = 0x2115
)

// CallSite is a call, and what is known of what it passes.
type CallSite struct {
	// Params are the registers and what is in them at the call, as expressions in terms of
	// the caller's frame.
	Params []CallParam
	// Target is the expression of the address that is called; nil where the name tells.
	Target []byte

	d      *Data
	origin entry
}

// CallParam is the value of one register at a call.
type CallParam struct {
	Reg   int // by its DWARF number
	Value []byte
}

// maxCallParams caps the parameters of a call that are told.
const maxCallParams = 64

// CallSite returns what is known of the call that returns to addr, a link-time address;
// nil where nothing is, which is no error.
func (s *Scope) CallSite(addr uint64) (site *CallSite, err error) {
	err = s.d.query(func() error {
		s.d.eachCall(&s.function, 0, func(e *entry) bool {
			if ret, ok := e.returnsTo(); !ok || ret != addr {
				return true
			}
			site = s.d.callSite(e)
			return false
		})
		return nil
	})
	if err != nil {
		return nil, err
	}
	return site, nil
}

// eachCall calls yield with the calls in a function or block, until that is told enough.
func (d *Data) eachCall(e *entry, depth int, yield func(e *entry) bool) bool {
	if depth > maxInlined {
		return true
	}
	for c := range e.children() {
		more := true
		switch c.tag() {
		case dwarf.TagCallSite, tagGNUCallSite:
			more = yield(c)
		case dwarf.TagInlinedSubroutine, dwarf.TagLexDwarfBlock:
			more = d.eachCall(c, depth+1, yield)
		}
		if !more {
			return false
		}
	}
	return true
}

// returnsTo returns the address that a call returns to.
func (e *entry) returnsTo() (uint64, bool) {
	if e.tag() == tagGNUCallSite {
		return e.address(dwarf.AttrLowpc)
	}
	return e.address(dwarf.AttrCallReturnPC)
}

// calls returns the function that a call names.
func (e *entry) calls() (to entry, ok bool) {
	for _, attr := range []dwarf.Attr{dwarf.AttrCallOrigin, dwarf.AttrAbstractOrigin} {
		if e.has(attr) {
			return e.ref(attr)
		}
	}
	return entry{}, false
}

// callSite reads a call.
func (d *Data) callSite(e *entry) *CallSite {
	s := &CallSite{d: d}
	s.origin, _ = e.calls()
	for _, attr := range []dwarf.Attr{dwarf.AttrCallTarget, attrGNUCallTarget} {
		if v := e.val(attr); len(v.p) > 0 && len(v.p) <= maxExpression {
			s.Target = bytes.Clone(v.p)
		}
	}
	for c := range e.children() {
		if tag := c.tag(); tag != dwarf.TagCallSiteParameter && tag != tagGNUCallParameter || len(s.Params) == maxCallParams {
			continue
		}
		at := c.val(dwarf.AttrLocation)
		reg, ok := Register(at.p)
		if !ok {
			continue // on the stack
		}
		for _, attr := range []dwarf.Attr{dwarf.AttrCallValue, attrGNUCallValue} {
			if v := c.val(attr); len(v.p) > 0 && len(v.p) <= maxExpression {
				s.Params = append(s.Params, CallParam{reg, bytes.Clone(v.p)})
			}
		}
	}
	return s
}

// Register tells that an expression is a register alone, and which by its DWARF number.
func Register(p []byte) (n int, ok bool) {
	const opReg0, opReg31, opRegx = 0x50, 0x6f, 0x90
	switch {
	case len(p) == 1 && p[0] >= opReg0 && p[0] <= opReg31:
		return int(p[0] - opReg0), true
	case len(p) > 1 && p[0] == opRegx:
		b := fields.At(p, 1)
		v := b.ULEB()
		return int(min(v, 1<<16)), !b.Bad() && b.Left() == 0
	}
	return 0, false
}

// Calls tells whether a call that names a function names that of the scope s. One through a
// pointer names none.
func (c *CallSite) Calls(s *Scope) (yes bool) {
	err := s.d.query(func() error {
		if !c.origin.ok() {
			return nil
		}
		called, is := c.d.subprogram(c.origin), s.d.subprogram(s.function)
		if !called.ok() || !is.ok() {
			return nil
		}
		yes = called.abstract.where() == is.abstract.where() || called.declared.where() == is.declared.where() ||
			called.flag(dwarf.AttrExternal) && is.flag(dwarf.AttrExternal) && called.symbol() != "" && called.symbol() == is.symbol()
		return nil
	})
	return yes && err == nil
}

// maxTailCalls caps how many functions are followed from tail call to tail call.
const maxTailCalls = 64

// CallsItself tells whether the function of the scope may be entered by a tail call that
// comes from itself, or from what it has gone over to. Then it is not known that the call
// which its frame returns behind is the one that has entered it last.
func (s *Scope) CallsItself() (yes bool) {
	err := s.d.query(func() error {
		seen := map[where]bool{s.function.where(): true}
		queue := []entry{s.function}
		for len(queue) > 0 && !yes {
			e := queue[0]
			queue = queue[1:]
			s.d.eachCall(&e, 0, func(call *entry) bool {
				if !call.flag(dwarf.AttrCallTailCall) && !call.flag(attrGNUTailCall) {
					return true
				}
				to, ok := call.calls()
				if ok && to.has(dwarf.AttrAbstractOrigin) {
					to, ok = to.ref(dwarf.AttrAbstractOrigin)
				}
				if !ok || !to.hasCode() || seen[to.where()] || len(seen) > maxTailCalls {
					yes = true // or it is not known where that leads
					return false
				}
				seen[to.where()] = true
				queue = append(queue, to)
				return true
			})
		}
		return nil
	})
	return yes || err != nil
}

// hasCode tells whether a function's entry is that of its code.
func (e *entry) hasCode() bool { return e.has(dwarf.AttrLowpc) || e.has(dwarf.AttrRanges) }

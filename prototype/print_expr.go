package prototype

import (
	"strconv"
	"strings"
)

// String is the expression as files write it, with no more parentheses than it
// needs.
func (e *Expr) String() string {
	var b strings.Builder
	e.write(&b, 0)
	return b.String()
}

// write writes e where an operator that binds so strongly stands beside it.
func (e *Expr) write(b *strings.Builder, binds int) {
	switch e.Op {
	case Const:
		b.WriteString(strconv.FormatInt(e.N, 10))
	case Arg:
		b.WriteString("arg" + strconv.FormatInt(e.N, 10))
	case Elt:
		b.WriteString("elt" + strconv.FormatInt(e.N, 10))
	case Outer:
		b.WriteString(strings.Repeat("outer.", e.Up) + "elt" + strconv.FormatInt(e.N, 10))
	case Retval:
		b.WriteString("retval")
	case Deref:
		b.WriteByte('*')
		e.X.write(b, bindsUnary)
	case Sizeof:
		b.WriteString("sizeof(" + e.Type.String() + ")")
	case Before:
		b.WriteString("before(" + e.X.String() + ")")
	case Netlink:
		b.WriteString("netlink(" + e.X.String() + ")")
	case Neg, Not, Inv:
		b.WriteByte(map[Op]byte{Neg: '-', Not: '!', Inv: '~'}[e.Op])
		e.X.write(b, bindsUnary)
	case Min, Max:
		b.WriteString(map[Op]string{Min: "min(", Max: "max("}[e.Op])
		e.X.write(b, 0)
		b.WriteString(", ")
		e.Y.write(b, 0)
		b.WriteByte(')')
	default:
		for sign, op := range precedences {
			if op.op == e.Op {
				e.infix(b, sign, op.binds, binds)
			}
		}
	}
}

func (e *Expr) infix(b *strings.Builder, sign string, own, binds int) {
	if own < binds {
		b.WriteByte('(')
	}
	e.X.write(b, own)
	b.WriteString(" " + sign + " ")
	if bits := e.Op == And || e.Op == Or || e.Op == Xor; bits && e.Y.Op == Const && e.Y.N > 9 {
		b.WriteString("0x" + strconv.FormatInt(e.Y.N, 16)) // bits are not seen in decimal
	} else {
		e.Y.write(b, own+1)
	}
	if own < binds {
		b.WriteByte(')')
	}
}

package prototype

import (
	"strconv"
	"strings"
)

// String is the expression as files write it, with no more parentheses than it
// needs.
func (e *Expr) String() string { return e.named(nil) }

// named is the expression with the arguments that have a name by it: names are by their
// numbers, from 0.
func (e *Expr) named(names []string) string {
	w := exprPrinter{names: names}
	w.write(e, 0)
	return w.b.String()
}

type exprPrinter struct {
	b     strings.Builder
	names []string
}

// argument writes the n-th argument, counted from 1.
func (w *exprPrinter) argument(n int64) {
	if 0 < n && n <= int64(len(w.names)) && w.names[n-1] != "" {
		w.b.WriteString(w.names[n-1])
	} else {
		w.b.WriteString("arg" + strconv.FormatInt(n, 10))
	}
}

// write writes e where an operator that binds so strongly stands beside it.
func (w *exprPrinter) write(e *Expr, binds int) {
	b := &w.b
	switch e.Op {
	case Const:
		b.WriteString(strconv.FormatInt(e.N, 10))
	case Arg:
		w.argument(e.N)
	case Elt:
		b.WriteString("elt" + strconv.FormatInt(e.N, 10))
	case Outer:
		b.WriteString(strings.Repeat("outer.", e.Up) + "elt" + strconv.FormatInt(e.N, 10))
	case Retval:
		b.WriteString("retval")
	case Deref:
		b.WriteByte('*')
		w.write(e.X, bindsUnary)
	case Sizeof:
		b.WriteString("sizeof(" + e.Type.String() + ")")
	case Before:
		b.WriteString("before(" + e.X.named(w.names) + ")")
	case Netlink:
		b.WriteString("netlink(" + e.X.named(w.names) + ")")
	case Neg, Not, Inv:
		b.WriteByte(map[Op]byte{Neg: '-', Not: '!', Inv: '~'}[e.Op])
		w.write(e.X, bindsUnary)
	case Min, Max:
		b.WriteString(map[Op]string{Min: "min(", Max: "max("}[e.Op])
		w.write(e.X, 0)
		b.WriteString(", ")
		w.write(e.Y, 0)
		b.WriteByte(')')
	default:
		for sign, op := range precedences {
			if op.op == e.Op {
				w.infix(e, sign, op.binds, binds)
			}
		}
	}
}

func (w *exprPrinter) infix(e *Expr, sign string, own, binds int) {
	b := &w.b
	if own < binds {
		b.WriteByte('(')
	}
	w.write(e.X, own)
	b.WriteString(" " + sign + " ")
	if bits := e.Op == And || e.Op == Or || e.Op == Xor; bits && e.Y.Op == Const && e.Y.N > 9 {
		b.WriteString("0x" + strconv.FormatInt(e.Y.N, 16)) // bits are not seen in decimal
	} else {
		w.write(e.Y, own+1)
	}
	if own < binds {
		b.WriteByte(')')
	}
}

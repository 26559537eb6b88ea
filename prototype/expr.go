package prototype

// Expr is the length of an array, or what a Choice depends on: a constant, or
// computed from arguments, fields and the result of the call at hand.
type Expr struct {
	Op   Op
	N    int64 // the constant; the argument or field, counted from 1
	Up   int   // of Outer: how many structs further out
	X, Y *Expr // the operands
	Type *Type // of Sizeof
}

// Op is what an Expr does with its operands.
type Op uint8

// The operations. Numbers are 64 bits wide and signed, and wrap.
const (
	Const   Op = iota
	Arg        // the N-th argument; of a pointer that is followed, see Deref
	Elt        // the N-th field of the innermost struct
	Outer      // the N-th field of a struct around that
	Retval     // the result
	Deref      // the integer that the pointer argument X (an Arg) points to
	Sizeof     // the bytes that a Type takes
	Before     // the sum of the field X (an Elt) of the elements before this one, in the array that the struct is in
	Netlink    // the family (linux/netlink.h) of the netlink socket that the file descriptor X is; -1: it is none
	Neg
	Not // 1 for 0, else 0
	Inv // ~
	Add
	Sub
	Mul
	Div // by zero: no value
	Mod
	And
	Or
	Xor
	Shl
	Shr
	Eq
	Ne
	Lt
	Le
	Gt
	Ge
	Min
	Max
)

// Env answers what an Expr asks for. ok is false for what is not known (yet).
// An Elt that is a pointer is its address.
type Env interface {
	Model() *Model
	Arg(n int) (v int64, ok bool)
	Deref(n int) (v int64, ok bool)
	Elt(up, n int) (v int64, ok bool) // up 0 is the innermost struct
	Before(n int) (v int64, ok bool)
	Retval() (v int64, ok bool)
	Netlink(fd int64) (family int64, ok bool)
}

// Eval computes e. ok is false where env does not know an operand, or the
// result is not defined.
func (e *Expr) Eval(env Env) (v int64, ok bool) {
	switch e.Op {
	case Const:
		return e.N, true
	case Arg:
		return env.Arg(int(e.N))
	case Elt:
		return env.Elt(0, int(e.N))
	case Outer:
		return env.Elt(e.Up, int(e.N))
	case Retval:
		return env.Retval()
	case Deref:
		return env.Deref(int(e.X.N))
	case Sizeof:
		size := e.Type.SizeOf(env.Model())
		return int64(size), size > 0
	case Before:
		return env.Before(int(e.X.N))
	}
	x, ok := e.X.Eval(env)
	if !ok {
		return 0, false
	}
	switch e.Op {
	case Netlink:
		return env.Netlink(x)
	case Neg:
		return -x, true
	case Not:
		return truth(x == 0), true
	case Inv:
		return ^x, true
	}
	y, ok := e.Y.Eval(env)
	if !ok {
		return 0, false
	}
	return e.Op.apply(x, y)
}

func (op Op) apply(x, y int64) (v int64, ok bool) {
	switch op {
	case Add:
		return x + y, true
	case Sub:
		return x - y, true
	case Mul:
		return x * y, true
	case Div:
		if y == 0 {
			return 0, false
		}
		return x / y, true
	case Mod:
		if y == 0 {
			return 0, false
		}
		return x % y, true
	case And:
		return x & y, true
	case Or:
		return x | y, true
	case Xor:
		return x ^ y, true
	case Shl:
		return x << (uint64(y) & 63), true
	case Shr:
		return int64(uint64(x) >> (uint64(y) & 63)), true
	case Eq:
		return truth(x == y), true
	case Ne:
		return truth(x != y), true
	case Lt:
		return truth(x < y), true
	case Le:
		return truth(x <= y), true
	case Gt:
		return truth(x > y), true
	case Ge:
		return truth(x >= y), true
	case Min:
		return min(x, y), true
	case Max:
		return max(x, y), true
	}
	return 0, false
}

func truth(b bool) int64 {
	if b {
		return 1
	}
	return 0
}

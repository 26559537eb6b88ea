package prototype

import (
	"math/bits"
	"strings"
)

// Kind is the C shape of a type: what decides where a value lies and how many
// bytes it has. How it is shown is a Lens.
type Kind uint8

// The kinds of types.
const (
	Void    Kind = iota // no value; as a pointee: unknown
	Int                 // Size bytes (0: a machine's long), Unsigned or not
	Float               // Size 4, 8, LongDouble or 16 (__float128, _Float128)
	Complex             // two of Elem, a Float
	Pointer             // to Elem; nil for a pointer to who knows what
	Struct              // Fields one behind the other, or at their Offsets
	Union               // Fields at the same place
	Array               // Len elements Elem
	Vector              // a SIMD register of Size bytes, made of Elems
	Choice              // one of Cases, by the value of On
	VaList              // va_list, as it is passed
)

// LongDouble is the Size of a long double: the x87's ten bytes, which take 16
// on x86-64 and 12 on i386.
const LongDouble = 10

// PathMax is how many characters there are of a path, with its NUL
// (include/uapi/linux/limits.h).
const PathMax = 4096

// Lens is how a value is shown where its Kind leaves that open.
type Lens uint8

// The lenses. Those that ltrace has mean what they mean there.
const (
	Plain       Lens = iota
	Hex              // %#x; a Float as %a
	Oct              // 0 and octal digits
	Bin              // 0b and binary digits
	Boolean          // false or true
	Bitvec           // the set bits: <3-5,7>
	Char             // 'c'
	Byte             // an Int that holds an unsigned char or EOF (-1), as getc gives: 'c', or EOF
	Guess            // decimal near zero, else hexadecimal
	Hide             // not shown, and no comma for it
	Text             // an Array of characters (or a Pointer to one): "..."
	Address          // a Pointer: the address alone, although its type is known
	Symbol           // an address: the function or variable that begins there, if one does
	Listed           // a Struct: its fields without names, in brackets, or one alone without; with a Unit as the arguments of a macro of that name
	Decimal          // an Int: in decimal, where it has no name
	Bare             // a Struct: without braces when one field alone is shown, as its Name when it has none; an Array of one element: as that
	Sized            // an Array: its number of elements before it
	Descriptor       // an Int: a file descriptor
	Stream           // a Pointer to FILE
	Time             // an Int: seconds since 1970, or a Struct that begins with them, or with tm_sec
	Errno            // an Int: an error number, by name
	NegErrno         // an Int: negative error numbers by name (the kernel's results)
	Printf           // a Pointer to Text that says what further arguments there are
	Scanf            // the same, for further arguments that the function fills in
	PyParse          // the same, as PyArg_ParseTuple has it; with the Unit int sizes are ints, else Py_ssize_t
	PyBuild          // as Printf, as Py_BuildValue has it; and the same
	PyPrintf         // as Printf, as PyUnicode_FromFormat has it
	Network          // an Int in the network's byte order
	Inet             // an Int that is an IPv4 address (4 bytes) or an IPv6 one (16), in the network's byte order
	Results          // a Struct: the results of a function that has several, in parentheses
	Interface        // a Struct of two words, what an interface of Go's is: the type of what it holds (if it is a Symbol, in a table with the methods), and the value
	Variant          // a Struct: one of the alternatives of a type, by the name that its first field has, with the others in parentheses: Some(3)
	TypeName         // as Text: the mangled name of a C++ type, as std::type_info has it
	WaitStatus       // an Int: what wait(2) stores of how a process ended or stopped
	SignalSet        // an Int: a set of signals as the kernel has it, signal 1 being the lowest bit
	Device           // an Int: a device's number, to be taken apart as major(3) and minor(3) do
	Request          // an Int: ioctl(2)'s request, to be taken apart as _IOC put it together where it has no name
	Aside            // a Pointer whose InOut pointee's outcome is told behind the result: poll(2)'s; Unit: under which name
	Kilo             // an Int: how many times 1024 it is, if more than once: 8192*1024
	Pages            // an Int: how many times 4096 bytes, shown as the bytes in base 16
	Ticks            // an Int: times(2)'s ticks of the clock, of which a second has 100, with the seconds behind it
	Detail           // a Pointer: followed where all is shown (-v), else the address alone
	Submitted        // an Int: how many entries, each an Elem, of the io_uring that is the call's first argument
	LinkAddress      // an Array of bytes: a hardware address, 01:02:03:04:05:06
	NetDevice        // an Int: the number of a network interface, by its name where it has one (if_nametoindex(3))
	SocketName       // an Array of characters: a path, to its end or a NUL, or behind a first NUL an abstract name (unix(7))
	Channel          // a Pointer to a Struct of three numbers: a channel of Go's, what is in it, what there is room for, and whether it is closed
	Thrown           // a Pointer: a C++ exception, of the type that the next argument tells; what std::exception::what() says where that is known
)

// Format tells of the lenses of texts that say what further arguments there are.
func (l Lens) Format() bool { return l == Printf || l == Scanf || l == PyPrintf || l.python() }

// Characters tells of the lenses of pointers that are shown as the text that they lead to.
func (l Lens) Characters() bool { return l == Text || l == TypeName || l.Format() }

func (l Lens) python() bool { return l == PyParse || l == PyBuild }

// Type is a C type with the way to show it. Types are not changed once they
// are in a Prototype, and may be shared and recursive.
type Type struct {
	Name     string // the typedef or tag that it has, as files write it; else ""
	Kind     Kind
	Lens     Lens
	Unsigned bool
	Packed   bool  // a Struct without padding; an Array a pointer leads to whose elements are bits, the lowest of each byte first
	Object   bool  // a Struct that every object of CPython's begins with: a pointer to one leads to the value of that
	Reversed bool  // a Struct whose last field comes first in memory, as in libstdc++'s std::tuple
	Size     int   // in bytes; see Kind. Of a Struct or Union: 0 unless laid out already
	Align    int   // in bytes; 0: natural
	Elem     *Type // of a Submitted Int; of a Pointer, Array, Vector, Complex; Void in an Array: of unknown size, counted and not shown
	Into     int   // of a Pointer: the field of its Elem (a Struct) that it leads to, counted from 1; 0: the beginning
	Len      *Expr // of an Array; nil: unknown, none is shown
	Zero     bool  // an Array ends before its first zero element, if not at Len (nil: without limit)
	// Step says of an Array that its elements, structs, are of different lengths:
	// which field of each, counted from 1, has its length in bytes. The next one
	// begins behind that, aligned. Len are the bytes of all.
	Step   int
	Nodes  *Nodes  // of an Array whose elements are in nodes
	Blocks *Blocks // of an Array whose elements are in blocks
	Groups *Groups // of an Array whose elements are in a hash table
	Whole  bool    // an Array of characters is captured and shown whole, up to PathMax, whatever is asked for: a path
	Fields []Field
	// Complete is false for a Struct or Union of which nothing is known but
	// the name: pointers to it are shown as addresses.
	Complete bool
	// Indirect says of a Struct or Union that as an argument its address is
	// passed, and as a result that the caller passes where to put it, whatever
	// its size: a C++ class that is not trivial for calls (Itanium C++ ABI
	// 3.1.1), and what Rust passes so.
	Indirect bool
	Names    *Names // of an Int: what its values are called
	Unit     string // of an Int or Float: what it counts, written behind the number: "ms"; of a Sized Array: what its elements are; of an Aside Pointer: its name; of a PyParse one: int; of a Listed Struct: the macro's
	On       *Expr  // of a Choice
	Cases    []Case // of a Choice
	Else     *Type  // of a Choice: where no case fits; nil: the plain word, by the guess rule

	layouts [models]*Layout
	open    bool // it is being read: nothing but a pointer may have it
}

// Field is a member of a Struct or Union.
type Field struct {
	Name string // "" for none
	Type *Type
	// Offset is in bytes, and valid where the struct's Size is given; else
	// the Model says.
	Offset int
	// Bits is the width of a bit-field, 0 for others. BitOffset counts from
	// the lowest bit of the Type-sized word at Offset, where Size is given.
	Bits, BitOffset int
	// Verbose says that it is left out, unless all of the struct is asked for:
	// strace's -v. A captured Value has it in any case.
	Verbose bool
	// InOut says that the function changes it, and that what it is at the call is
	// to be shown as well. Of what an InOut parameter leads to, a struct that has
	// such fields has nothing else at the call: the others are Later.
	InOut bool
}

// Case is one alternative of a Choice. Dir is that of a parameter that is of
// this alternative: ioctl's third argument goes in for some requests and comes
// out for others. A Choice's Else has the Param's own.
type Case struct {
	Values []int64
	Type   *Type
	Dir    Dir
}

// Names gives names to an Int's values. It is an enum, or with Set a set of
// flags, where each bit or group of bits has its own name.
type Names struct {
	Set   bool
	Any   bool // an enum's first name is that of all values: of a Variant that its data tells
	Known []Name
}

// Name is one named value. Of a set it says which value (Value) the bits of
// Mask have; of an enum Mask is all ones, and so it is of a set's name for no
// bits at all (PROT_NONE=0). Negative values are sign-extended: what counts
// are as many bits as the Int has.
//
// One of a set that begins with "%#x" is of a number in the middle of the bits:
// whatever those of Mask are, the name has them, shifted down, in that place, unless a
// name before it is that of theirs.
type Name struct {
	Name  string
	Value uint64
	Mask  uint64
}

// Number returns what a word has in the bits of a name that is one of a number, and what
// of the name stands behind that.
func (n *Name) Number(word uint64) (number uint64, behind string, ok bool) {
	behind, ok = strings.CutPrefix(n.Name, "%#x")
	if !ok {
		return 0, "", false
	}
	return word & n.Mask >> bits.TrailingZeros64(n.Mask), behind, true
}

// Dir says when an argument's pointee has what is to be shown.
type Dir uint8

// The directions. Of out parameters only the address is known at the call.
const (
	In    Dir = iota // at the call
	Out              // when the call has returned, and not failed
	InOut            // at both
)

// Param is a parameter of a function.
type Param struct {
	Name string // "" if not known
	Type *Type
	Dir  Dir
	// Always says of one that is Out or InOut that it has its value even where the
	// function has failed: what iconv has left to do.
	Always bool
}

// Prototype is what is known of one function.
type Prototype struct {
	Name    string
	Version string // the one symbol version that is meant; "" for any
	Result  *Type  // nil: not known
	Params  []Param
	// Variadic says that there may be more arguments than Params, as a format
	// tells; the first Fixed of Params are the named ones (all of them, if it is not
	// variadic), the others are passed as variadic ones already.
	Variadic bool
	Fixed    int
	NoReturn bool
	Fails    Failure
	Origin   string // "FILE:LINE", or what debug information it comes from
	// Convention is "" for C's of the machine, "go" for Go's ABIInternal, "rust"
	// for Rust's own: C's, but a struct of two numbers or pointers is passed as
	// if it were two arguments (or results, in two registers); "syscall" for calls
	// of the kernel.
	Convention string
	// Several says that Result is a Struct whose fields are results of their
	// own, as a Go function has them.
	Several bool
}

// Failure says which results of a function tell of a failure. Its out
// parameters have no values then.
type Failure struct {
	Test  Test
	Than  int64
	Errno bool // errno says why
}

// Test compares a result, sign-extended from its size, with Failure.Than.
type Test uint8

// The tests.
const (
	Never Test = iota
	Equal
	NotEqual
	Less
	Greater
	NegativeErrno // -4095 to -1: the error number, negated
)

// Failed tells whether a result, sign-extended from its size, is a failure.
func (f *Failure) Failed(result int64) bool {
	switch f.Test {
	case Equal:
		return result == f.Than
	case NotEqual:
		return result != f.Than
	case Less:
		return result < f.Than
	case Greater:
		return result > f.Than
	case NegativeErrno:
		return -4095 <= result && result < 0
	}
	return false
}

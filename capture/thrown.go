package capture

import (
	"strings"

	"sonde/prototype"
	"sonde/sysdeps"
)

// maxBases is how many base classes are looked at, each the only one of the one before.
const maxBases = 16

// The classes of the standard library whose second word is what what() returns, in both
// libraries and all versions, and the virtual table of the type_info of a class with one
// base (Itanium C++ ABI 2.9.5), whose third word leads to that's.
const (
	runtimeError = "St13runtime_error\x00"
	logicError   = "St11logic_error\x00"
	oneBase      = "_ZTVN10__cxxabiv120__si_class_type_infoE"
)

// followThrown asks for the text of an exception, if it is one of the standard library's
// or derived from it. That needs several requests, one after the other: it is rare.
func (r *Reader) followThrown(v *prototype.Value) {
	info, ok := r.nextArg(v)
	word := r.arch.PtrSize
	for range maxBases {
		p := r.look(info, 2*word)
		if !ok || p == nil {
			return
		}
		table, name := sysdeps.Addr(number(p[:word])), sysdeps.Addr(number(p[word:]))
		if text := string(r.look(name, len(runtimeError))); text == runtimeError || strings.HasPrefix(text, logicError) {
			r.askWhat(v)
			return
		}
		if r.th.Info == nil || r.th.Info.Symbol(table-sysdeps.Addr(2*word)) != oneBase {
			return
		}
		if p = r.look(info+sysdeps.Addr(2*word), word); p == nil {
			return
		}
		info = sysdeps.Addr(number(p))
	}
}

// nextArg returns the argument behind one.
func (r *Reader) nextArg(v *prototype.Value) (a sysdeps.Addr, ok bool) {
	for i := range r.args {
		if &r.args[i] == v && i+1 < len(r.args) {
			return sysdeps.Addr(r.args[i+1].Word), true
		}
	}
	return 0, false
}

// askWhat asks for the text that the second word of an object leads to.
func (r *Reader) askWhat(v *prototype.Value) {
	word := r.arch.PtrSize
	p := r.look(sysdeps.Addr(v.Word)+sysdeps.Addr(word), word)
	lost := r.values(1) // what cannot be read is not the exception
	if p == nil || lost == nil || number(p) == 0 {
		return
	}
	r.askTextOf(v, &lost[0], untilNUL, sysdeps.Addr(number(p)), -1, noFrame)
}

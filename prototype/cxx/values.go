package cxx

import (
	"strings"
	"sync"

	"sonde/prototype"
)

// units are what durations count, by the ratio to a second.
var units = map[[2]string]string{
	{"1", "1000000000"}: "ns", {"1", "1000000"}: "us", {"1", "1000"}: "ms", {"1", "1"}: "s",
	{"60", "1"}: "min", {"3600", "1"}: "h", {"86400", "1"}: "d",
}

// durationClass is std::chrono::duration: a number of its unit.
func durationClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	rep, how := c.arg(0, depth)
	if rep == nil || rep.Kind != prototype.Int && rep.Kind != prototype.Float {
		return nil, unknown
	}
	by := [2]string{"1", "1"}
	if len(c.args) > 1 {
		_, ratio, _ := c.args[1].std()
		if ratio == nil || ratio.name != "ratio" || len(ratio.args) == 0 {
			return nil, unknown
		}
		for i := range min(len(ratio.args), 2) {
			by[i] = strings.TrimRight(ratio.args[i].text, "uUlL")
		}
	}
	n := *rep
	n.Unit = units[by]
	return bare("", shown(&n)), how
}

// timePointClass is std::chrono::time_point: the duration since a clock's epoch.
func timePointClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	if len(c.args) < 2 || !c.args[1].duration() {
		return nil, unknown
	}
	d, how := c.arg(1, depth)
	if d == nil {
		return nil, unknown
	}
	return bare("", shown(d)), how
}

func (t *typeName) duration() bool {
	scope, c, _ := t.std()
	return c != nil && scope == "chrono" && c.name == "duration"
}

// complexClass is std::complex, which is laid out as C's.
func complexClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	e, _ := c.arg(0, depth)
	if e == nil || e.Kind != prototype.Float {
		return nil, unknown
	}
	return bare("", shown(&prototype.Type{Kind: prototype.Complex, Elem: e})), direct
}

// atomicClass is std::atomic of a number or pointer.
func atomicClass(_ *typeName, c *component, _ library, depth int) (*prototype.Type, passing) {
	e, _ := c.arg(0, depth)
	if e == nil || e.Kind != prototype.Int && e.Kind != prototype.Pointer {
		return nil, unknown
	}
	if e.Kind == prototype.Pointer && e.Lens != prototype.Symbol {
		e = address(e.Elem)
	}
	return bare("", shown(e)), unknown
}

// bitsetClass is std::bitset, of as many of a machine's words as it takes.
func bitsetClass(_ *typeName, c *component, _ library, _ int) (*prototype.Type, passing) {
	if len(c.args) != 1 {
		return nil, unknown
	}
	n, ok := number(c.args[0].text)
	if !ok || n == 0 || n > maxBitset {
		return nil, unknown
	}
	word := &prototype.Type{Kind: prototype.Int, Unsigned: true, Lens: prototype.Bitvec}
	if n <= 32 {
		return bare("", shown(word)), direct
	}
	in := apply(prototype.Mul, sizeOf(word), constantExpr(8))
	words := apply(prototype.Div, apply(prototype.Sub, apply(prototype.Add, constantExpr(n), in), constantExpr(1)), in)
	return bare("", shown(&prototype.Type{Kind: prototype.Array, Lens: prototype.Bitvec, Elem: word, Len: words})), direct
}

// maxBitset is how many bits a bitset is shown with: as many as a set of bits is read
// of.
const maxBitset = 1024

// fposClass is std::fpos<mbstate_t>, a position in a stream: libstdc++'s offset
// (bits/postypes.h, std::streamoff) and the state of conversion. libc++ has them
// the other way round.
func fposClass(_ *typeName, _ *component, lib library, _ int) (*prototype.Type, passing) {
	offset := &prototype.Type{Kind: prototype.Int, Size: 8}
	if lib == libcxx {
		return bare("", hiddenBytes(8), shown(offset)), direct
	}
	return bare("", shown(offset), hidden(intType), hidden(intType)), direct
}

// streambufIteratorClass is std::istreambuf_iterator or ostreambuf_iterator: the
// buffer, and in libstdc++ the character that was read or whether writing failed.
func streambufIteratorClass(state *prototype.Type) maker {
	return func(_ *typeName, _ *component, lib library, _ int) (*prototype.Type, passing) {
		if lib == libcxx {
			return bare("", shown(addressType)), direct
		}
		return bare("", shown(addressType), hidden(state)), direct
	}
}

// typeInfoClass is std::type_info, whose second word is the mangled name
// (Itanium C++ ABI 2.9.4).
func typeInfoClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	name := zeroTerminated(charType)
	name.Lens = prototype.TypeName
	return bare("", hidden(addressType), shown(name)), unknown
}

// typeIndexClass is std::type_index: a pointer to such.
func typeIndexClass(t *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	of, _ := typeInfoClass(t, c, lib, depth)
	return bare("", shown(follow(of))), direct
}

// dynamicType is a class with virtual functions that is shown as what it was made as:
// its first word leads into a table before whose functions stand how far into the object
// it is and what type that is (Itanium C++ ABI 2.5.2).
var dynamicType = sync.OnceValue(func() *prototype.Type {
	info, _ := typeInfoClass(nil, nil, libstdcxx, 0)
	table := bare("", hidden(longType), shown(follow(info)), hidden(addressType))
	return bare("", shown(&prototype.Type{Kind: prototype.Pointer, Elem: table, Into: 3}))
})

// categoryClass is std::error_category, of which each category is a class of its own
// with one object, which has no name that the library would tell.
func categoryClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return dynamicType(), unknown
}

// errorCodeClass is std::error_code or error_condition: a number, and the object
// of the category that it is one of.
func errorCodeClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return &prototype.Type{Kind: prototype.Struct, Complete: true, Fields: []prototype.Field{
		{Name: "value", Type: intType}, {Name: "category", Type: follow(dynamicType())},
	}}, direct
}

// systemErrorClass is std::system_error: a std::runtime_error, and a code.
func systemErrorClass(t *typeName, c *component, lib library, depth int) (*prototype.Type, passing) {
	code, _ := errorCodeClass(t, c, lib, depth)
	return &prototype.Type{Kind: prototype.Struct, Complete: true, Fields: []prototype.Field{
		hidden(addressType), {Name: "what", Type: zeroTerminated(charType)}, {Name: "code", Type: code},
	}}, indirect
}

// errorClass is a class derived from std::logic_error or std::runtime_error
// without adding to it: a virtual table and what() returns.
func errorClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return bare("", hidden(addressType), shown(zeroTerminated(charType))), indirect
}

// threadIDClass is std::thread::id, a pthread_t.
func threadIDClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return bare("", shown(&prototype.Type{Kind: prototype.Int, Unsigned: true, Lens: prototype.Hex})), direct
}

// threadClass is std::thread: its id.
func threadClass(*typeName, *component, library, int) (*prototype.Type, passing) {
	return bare("", shown(&prototype.Type{Kind: prototype.Int, Unsigned: true, Lens: prototype.Hex})), indirect
}

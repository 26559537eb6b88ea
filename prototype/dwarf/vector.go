package dwarf

import (
	"debug/dwarf"
	"slices"
	"strings"

	"sonde/prototype"
)

// extensions are what GCC notes in DW_AT_producer of code that has registers for vectors
// of so many bytes; clang does so with -grecord-command-line.
var extensions = map[int][]string{
	8:  {"-mmmx", "-msse", "-mavx", "-march=x86-64"},
	16: {"-msse", "-mavx", "-march=x86-64"},
	32: {"-mavx"},
	64: {"-mavx512"},
}

// inRegister tells whether it is known that a vector is passed in a register. It is in
// memory where the code was compiled for processors that have none so wide (The GCC manual,
// -Wpsabi): all of x86-64 have those of 16 bytes, and of 32-bit ones not each has any. The
// types of the intrinsics (__m256) go with processors that have them.
func (b *builder) inRegister(t *prototype.Type, f *subprogram) bool {
	each := 16
	if b.d.model == prototype.ILP32 {
		each = 4
	}
	if t.Size <= each || strings.HasPrefix(t.Name, "__m") {
		return true
	}
	root := f.code.u.root()
	producer := root.text(dwarf.AttrProducer)
	return slices.ContainsFunc(extensions[t.Size], func(option string) bool { return strings.Contains(producer, " "+option) })
}

package golang

import (
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
	"strings"
	"unicode"
	"unicode/utf8"

	"sonde/sysdeps"
)

// Type is what a type's descriptor says of it, by which interfaces know what they hold.
type Type struct {
	Kind reflect.Kind
	Size uint64 // of its values, in bytes
	Name string // with the last part of its package's path: "*fs.PathError"
}

// What is in a descriptor, whose words come first (src/internal/abi, type.go): the size,
// how far there are pointers, a hash and eight flags of four kinds, the last of which is the kind; two
// words more, and where the name is.
const (
	flagsOfType  = 4 // bytes behind the two words
	kindOfType   = 7
	nameOfType   = 8 // and two words
	kinds        = 1<<5 - 1
	extraStar    = 1 << 1 // a flag: the name begins with a * that is not the type's
	maxTypeName  = 1 << 10
	maxNameCount = 2 // bytes that tell its length
)

var errNoType = errors.New("it is no descriptor of a type")

// ReadType reads a descriptor. types is where those of its module begin.
func ReadType(mem sysdeps.Memory, arch *sysdeps.Arch, at, types sysdeps.Addr) (Type, error) {
	word := arch.PtrSize
	var room [4*8 + nameOfType + 4]byte
	p := room[:4*word+nameOfType+4]
	if n, err := mem.ReadMemory(p, at); n < len(p) {
		return Type{}, fmt.Errorf("read the descriptor of a type at %v: %w", at, err)
	}
	t := Type{Kind: reflect.Kind(p[2*word+kindOfType] & kinds), Size: arch.Word(p)}
	name := int32(binary.LittleEndian.Uint32(p[4*word+nameOfType:]))
	if t.Kind == reflect.Invalid || t.Kind > reflect.UnsafePointer || name < 0 {
		return Type{}, fmt.Errorf("%v: %w", at, errNoType)
	}
	text, err := readName(mem, types+sysdeps.Addr(name))
	if err != nil {
		return Type{}, err
	}
	if p[2*word+flagsOfType]&extraStar != 0 {
		text = strings.TrimPrefix(text, "*")
	}
	t.Name = text
	return t, nil
}

// readName reads a name: flags, its length in groups of seven bits, and itself.
func readName(mem sysdeps.Memory, at sysdeps.Addr) (string, error) {
	var p [1 + maxNameCount + maxTypeName]byte
	n, err := mem.ReadMemory(p[:], at)
	length, count := 0, 0
	for i := range maxNameCount {
		if count++; 1+i >= n {
			return "", fmt.Errorf("read the name of a type at %v: %w", at, err)
		}
		length |= int(p[1+i]&0x7f) << (7 * i)
		if p[1+i] < 0x80 {
			break
		}
	}
	begin := 1 + count
	if length == 0 || length > maxTypeName || begin+length > n {
		return "", fmt.Errorf("the name at %v: %w", at, errNoType)
	}
	name := string(p[begin : begin+length])
	if !utf8.ValidString(name) || strings.ContainsFunc(name, unicode.IsControl) {
		return "", fmt.Errorf("the name at %v: %w", at, errNoType)
	}
	return name, nil
}

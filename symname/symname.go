package symname

import (
	"strings"

	"github.com/ianlancetaylor/demangle"
)

// The bounds of demangling: a longer symbol is left as it is, and a longer name
// is cut off. The longest symbols of Chromium and LLVM have some 4,000 bytes;
// substitutions (S_ in the Itanium C++ ABI) let a short one stand for gigabytes.
const (
	maxSymbol  = 1 << 13
	maxNamePow = 14
)

// Name is what a mangled symbol stands for.
type Name struct {
	// Short is the qualified name with its template arguments, without
	// parameters: std::vector<int, std::allocator<int> >::push_back.
	Short string
	// Full has the parameters too, but no return type. For Rust, whose
	// symbols tell no parameters, it is Short.
	Full string
}

// Mangled tells whether a symbol looks like a mangled name. Most that do not
// are told apart at their first byte.
func Mangled(symbol string) bool {
	return len(symbol) > 2 && symbol[0] == '_' && (symbol[1] == 'Z' || symbol[1] == 'R')
}

// Short returns the name of a symbol for showing, as Brief makes it, which is the
// symbol itself where it is not mangled.
func Short(symbol string) string {
	if n, ok := Demangle(symbol); ok {
		return Brief(n.Short)
	}
	return symbol
}

// Type returns what the mangled name of a C++ type stands for, as std::type_info
// has it, or the name itself where it is none. GCC begins those of types that
// only one file knows with a *.
func Type(mangled string) string {
	const prefix = "typeinfo name for "
	n, ok := Demangle("_ZTS" + strings.TrimPrefix(mangled, "*"))
	if !ok || !strings.HasPrefix(n.Full, prefix) {
		return mangled
	}
	return Brief(n.Full[len(prefix):])
}

// Demangle returns what a symbol stands for; ok is false where it is not a
// mangled name. The hash at the end of a Rust name is dropped.
func Demangle(symbol string) (n Name, ok bool) {
	if !Mangled(symbol) || len(symbol) > maxSymbol {
		return Name{}, false
	}
	defer func() {
		if recover() != nil { // the demangler's fault, on what no compiler wrote
			n, ok = Name{}, false
		}
	}()
	mangled, suffix := cutSuffix(symbol)
	n.Short, n.Full = demangled(mangled)
	if n.Short == "" || n.Full == "" {
		return Name{}, false
	}
	n.Short += suffix
	n.Full += suffix
	return n, true
}

// cutSuffix cuts off what a compiler has put behind the mangled name of a part
// or a copy of the function (.cold, .part.0, .constprop.0). What LLVM adds to
// the name of a local function that it has made global, .llvm. and a number,
// says nothing and is dropped. Two dots are Rust's old way to write "::".
func cutSuffix(symbol string) (mangled, suffix string) {
	for i := 0; i < len(symbol); i++ {
		if symbol[i] != '.' {
			continue
		}
		if i+1 < len(symbol) && symbol[i+1] == '.' {
			i++
			continue
		}
		mangled, suffix = symbol[:i], symbol[i:]
		if strings.HasPrefix(suffix, ".llvm.") {
			suffix = ""
		}
		return mangled, suffix
	}
	return symbol, ""
}

// demangled returns the name without and with its parameters, or "".
func demangled(mangled string) (short, full string) {
	short, err := demangle.ToString(mangled, demangle.NoParams, demangle.MaxLength(maxNamePow))
	if err != nil || mangled[1] == 'R' || isRust(mangled) {
		return short, short
	}
	// Without the parameters the demangler reads no further than the name,
	// and takes _Z1foobar for an f.
	ast, err := demangle.ToAST(mangled)
	if err != nil {
		return "", ""
	}
	dropReturn(ast)
	return short, demangle.ASTToString(ast, demangle.MaxLength(maxNamePow))
}

// isRust tells the old mangling of Rust, which a C++ demangler reads too, by
// the hash that it ends in: 17h, 16 hexadecimal digits and E.
func isRust(mangled string) bool {
	const hash = len("17h0123456789abcdefE")
	n := len(mangled)
	return n > hash && mangled[n-1] == 'E' && strings.HasPrefix(mangled[n-hash:], "17h")
}

// dropReturn takes away the return type, which the symbols of function
// templates have and others do not (Itanium C++ ABI, 5.1.5).
func dropReturn(ast demangle.AST) {
	typed, ok := ast.(*demangle.Typed)
	if !ok {
		return
	}
	t := typed.Type
	if m, ok := t.(*demangle.MethodWithQualifiers); ok {
		t = m.Method
	}
	if f, ok := t.(*demangle.FunctionType); ok {
		f.Return = nil
	}
}

package display

import "sonde/symname"

// names remembers what symbols and types are shown as.
type names struct {
	raw   bool // as they are in the file
	shown map[string]string
	types map[string]string
}

// maxNames caps what is remembered: more functions are hardly traced at once.
const maxNames = 1 << 16

// of returns what a symbol is shown as: C++ and Rust names demangled, without
// parameters.
func (n *names) of(symbol string) string {
	if n.raw || !symname.Mangled(symbol) {
		return symbol
	}
	if s, ok := n.shown[symbol]; ok {
		return s
	}
	s := symname.Short(symbol)
	remember(&n.shown, symbol, s)
	return s
}

// ofText is of for a name that was captured, which is copied only when it is
// new.
func (n *names) ofText(symbol []byte) string {
	if s, ok := n.shown[string(symbol)]; ok {
		return s
	}
	name := string(symbol)
	s := n.of(name)
	remember(&n.shown, name, s)
	return s
}

// ofType returns what the mangled name of a C++ type is shown as.
func (n *names) ofType(mangled []byte) string {
	if s, ok := n.types[string(mangled)]; ok {
		return s
	}
	name := string(mangled)
	s := name
	if !n.raw {
		s = symname.Type(name)
	}
	remember(&n.types, name, s)
	return s
}

func remember(m *map[string]string, name, shown string) {
	if *m == nil || len(*m) >= maxNames {
		*m = make(map[string]string)
	}
	(*m)[name] = shown
}

// callee appends whom a call goes to, in ltrace's way: caller->name where
// the caller is shown, and name@module for a function that is traced where it
// begins, whoever calls it.
func (c *Colours) callee(b []byte, caller, module, name string, showCaller, isUTF8 bool) []byte {
	if caller != "" && showCaller {
		b = c.off(appendName(c.on(b, pieceLib), caller, isUTF8), pieceLib)
		b = append(b, "->"...)
	}
	b = c.off(appendName(c.on(b, pieceName), name, isUTF8), pieceName)
	if caller == "" && module != "" {
		b = appendName(c.on(append(b, '@'), pieceLib), module, isUTF8)
		b = c.off(b, pieceLib)
	}
	return b
}

package display

import "sonde/symname"

// names remembers what symbols are shown as.
type names struct {
	raw   bool // as they are in the file
	shown map[string]string
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
	if n.shown == nil || len(n.shown) >= maxNames {
		n.shown = make(map[string]string)
	}
	s := symname.Short(symbol)
	n.shown[symbol] = s
	return s
}

// appendCallee appends whom a call goes to, in ltrace's way: caller->name where
// the caller is shown, and name@module for a function that is traced where it
// begins, whoever calls it.
func appendCallee(b []byte, caller, module, name string, showCaller, isUTF8 bool) []byte {
	if caller != "" && showCaller {
		b = append(appendName(b, caller, isUTF8), "->"...)
	}
	b = appendName(b, name, isUTF8)
	if caller == "" && module != "" {
		b = appendName(append(b, '@'), module, isUTF8)
	}
	return b
}

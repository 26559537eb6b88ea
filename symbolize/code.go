package symbolize

import (
	"sonde/elfsym"
	"sonde/symname"
	"sonde/sysdeps"
)

// Code returns what is told of code in the text of instructions: the function that an
// address is in, and where that begins. It is "" of what is no code, and of code that
// nothing tells of. An entry of the procedure linkage table is "NAME@plt".
func Code(images *elfsym.Images, a sysdeps.Addr, raw bool) (name string, start sysdeps.Addr) {
	img, m := images.Find(a)
	if img == nil || !m.Exec {
		return "", 0
	}
	sym, off, ok := img.Symbol(a)
	if ok && off < sym.Size {
		return readable(sym.Name, raw), a - sysdeps.Addr(off)
	}
	if s := slot(img, a); s != nil {
		return readable(s.Symbol, raw) + "@plt", img.Bias() + sysdeps.Addr(s.Addr)
	}
	if ok { // it has no size, as what is written in assembly language
		return readable(sym.Name, raw), a - sysdeps.Addr(off)
	}
	return "", 0
}

// slot returns the entry of the procedure linkage table that an address is in.
func slot(img *elfsym.Image, a sysdeps.Addr) (found *elfsym.Slot) {
	f, _, err := img.File()
	if err != nil {
		return nil
	}
	const size = 16 // of the largest (System V psABI for x86-64, 5.2)
	link, slots := img.Link(a), f.PLT()
	for i := range slots {
		if s := &slots[i]; s.Addr <= link && link-s.Addr < size && (found == nil || s.Addr > found.Addr) {
			found = s
		}
	}
	return found
}

// readable demangles a symbol.
func readable(symbol string, raw bool) string {
	if n, ok := symname.Demangle(symbol); ok && !raw {
		return symname.Brief(n.Full)
	}
	return symbol
}

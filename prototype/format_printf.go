package prototype

import "bytes"

// AppendPrintf appends to args what a format of the printf family asks for, in
// the order of the arguments, and returns the extended slice. wide says that it
// is one of wprintf's; format is in UTF-8 even then. Conversions are glibc's,
// with those that C23 has added. Widths and precisions given as * are arguments
// of their own. What follows on an unknown conversion cannot be known
// (register_printf_specifier(3) lets programs have their own): Further stands for it.
func AppendPrintf(args []FormatArg, format []byte, wide bool) []FormatArg {
	r := formatReader{rest: format, args: args, base: len(args), hole: integerArgs[noLength][signedLook]}
	for {
		i := bytes.IndexByte(r.rest, '%')
		if i < 0 {
			return r.all()
		}
		r.rest = r.rest[i+1:]
		if !r.conversion(wide) {
			return r.all()
		}
	}
}

// conversion reads what follows on a %. It returns false if the format is not
// understood any more.
func (r *formatReader) conversion(wide bool) bool {
	position := r.position()
	for bytes.IndexByte([]byte("-+ #0'I"), r.peek()) >= 0 {
		r.rest = r.rest[1:]
	}
	if _, _, ok := r.starOrNumber(); !ok {
		return false
	}
	arg := FormatArg{Limit: -1, Chars: wide}
	if r.accept('.') {
		var ok bool
		if arg.Limit, arg.LimitArg, ok = r.starOrNumber(); !ok {
			return false
		}
	}
	l, ok := r.length()
	if !ok {
		r.further = true
		return false
	}
	conversion := r.take()
	if conversion == '%' || conversion == 'm' {
		return true
	}
	if arg.Type = printfType(conversion, l); arg.Type == nil {
		letter := 'a' <= conversion|0x20 && conversion|0x20 <= 'z' // what could be registered
		r.further = letter || bytes.IndexByte(r.rest, '%') >= 0
		return false
	}
	if arg.Type != stringArg && arg.Type != wideStringArg { // it has digits then
		arg.Limit, arg.LimitArg, arg.Chars = -1, 0, false
	}
	if conversion == 'n' {
		arg.Dir = Out
	}
	r.put(position, arg)
	return true
}

// starOrNumber reads a width or precision: digits, of which there may be none, or
// a * with the argument that has the value, whose number is star.
func (r *formatReader) starOrNumber() (n, star int, ok bool) {
	if !r.accept('*') {
		n, ok = r.number()
		return n, 0, ok
	}
	star = r.put(r.position(), FormatArg{Type: integerArgs[noLength][signedLook], Limit: -1})
	return -1, star, true
}

// printfType returns the type that a conversion takes, or nil for an unknown one.
func printfType(conversion byte, l length) *Type {
	if look, ok := integerLook(conversion); ok {
		return integerArgs[l][look]
	}
	wide := l == longLength
	switch conversion {
	case 'e', 'E', 'f', 'F', 'g', 'G':
		if l == longLongLength {
			return longDoubleArg
		}
		return doubleArg
	case 'a', 'A':
		if l == longLongLength {
			return hexLongArg
		}
		return hexDoubleArg
	case 'c', 'C':
		if wide || conversion == 'C' {
			return wideCharArg
		}
		return charArg
	case 's', 'S':
		if wide || conversion == 'S' {
			return wideStringArg
		}
		return stringArg
	case 'p':
		return addressArg
	case 'n':
		return integerOuts[l][signedLook]
	}
	return nil
}

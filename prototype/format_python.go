package prototype

import "bytes"

// AppendPyParse appends to args what a format of PyArg_ParseTuple's asks for, as
// Python/getargs.c reads it, and returns the extended slice. ints says that the sizes of
// texts are int, and not Py_ssize_t. What follows on a unit that is not known is not told:
// Further stands for it.
func AppendPyParse(args []FormatArg, format []byte, ints bool) []FormatArg {
	r := pyReader{formatReader: formatReader{rest: format, args: args, base: len(args)}, size: pySizeOf(ints)}
	for !r.further {
		switch r.peek() {
		case 0, ':', ';': // the name, or the message, for errors
			return r.args
		case '(', ')', '|', '$':
			r.take()
		default:
			r.parsed()
		}
	}
	return r.all()
}

// AppendPyBuild does the same for formats of Py_BuildValue's (Python/modsupport.c).
func AppendPyBuild(args []FormatArg, format []byte, ints bool) []FormatArg {
	r := pyReader{formatReader: formatReader{rest: format, args: args, base: len(args)}, size: pySizeOf(ints)}
	for !r.further {
		switch r.peek() {
		case 0:
			return r.args
		case '(', ')', '[', ']', '{', '}', ',', ':', ' ', '\t':
			r.take()
		default:
			r.built()
		}
	}
	return r.all()
}

// AppendPyFormat does the same for formats of PyUnicode_FromFormat's (Objects/unicodeobject.c),
// which are printf's with conversions for objects: in some versions fewer than here.
func AppendPyFormat(args []FormatArg, format []byte) []FormatArg {
	r := formatReader{rest: format, args: args, base: len(args)}
	for !r.further {
		i := bytes.IndexByte(r.rest, '%')
		if i < 0 {
			break
		}
		r.rest = r.rest[i+1:]
		r.pyConversion()
	}
	return r.all()
}

// pyConversion reads what follows on a %.
func (r *formatReader) pyConversion() {
	for r.accept('-') || r.accept('0') || r.accept('#') {
	}
	_, _, ok := r.pyNumber()
	arg := FormatArg{Limit: -1}
	if ok && r.accept('.') {
		arg.Limit, arg.LimitArg, ok = r.pyNumber()
	}
	l, known := r.length()
	if r.further = r.further || !ok || !known; r.further {
		return
	}
	switch conversion := r.take(); conversion {
	case '%':
	case 'S', 'R', 'A', 'U', 'T':
		r.put(0, FormatArg{Type: pyObjectArg, Limit: -1})
	case 'N':
		r.put(0, FormatArg{Type: pyTypeArg, Limit: -1})
	case 'V':
		r.put(0, FormatArg{Type: pyObjectArg, Limit: -1})
		arg.Type = pick(l == longLength, false, stringArg, wideStringArg, nil, nil)
		r.put(0, arg)
	case 's':
		arg.Type = pick(l == longLength, false, stringArg, wideStringArg, nil, nil)
		r.put(0, arg)
	case 'c':
		r.put(0, FormatArg{Type: wideCharArg, Limit: -1})
	case 'd', 'i', 'u', 'x', 'X', 'o', 'p':
		r.put(0, FormatArg{Type: printfType(conversion, l), Limit: -1})
	default:
		r.further = true
	}
}

// pyNumber reads a width or precision as starOrNumber does, but for the N$ that may stand
// behind a * of printf's.
func (r *formatReader) pyNumber() (n, star int, ok bool) {
	if !r.accept('*') {
		n, ok = r.number()
		return n, 0, ok
	}
	return -1, r.put(0, FormatArg{Type: integerArgs[noLength][signedLook], Limit: -1}), true
}

// pyReader is a format of Python's being read.
type pyReader struct {
	formatReader
	size length // of what a # asks for
}

func pySizeOf(ints bool) length {
	if ints {
		return noLength
	}
	return wordLength
}

func (r *pyReader) in(t *Type)  { r.put(0, FormatArg{Type: t, Limit: -1}) }
func (r *pyReader) out(t *Type) { r.put(0, FormatArg{Type: t, Dir: Out, Limit: -1}) }

// parsed reads one unit of what is parsed.
func (r *pyReader) parsed() {
	switch unit := r.take(); unit {
	case 's', 'z', 'y':
		if r.accept('*') {
			r.out(pyBufferOut)
			return
		}
		r.text(stringMade, charsOut, Out)
	case 'u', 'Z':
		r.text(wideStringMade, wideCharsOut, Out)
	case 'e':
		if !r.accept('s') && !r.accept('t') {
			r.further = true
			return
		}
		r.in(stringArg) // the encoding
		r.text(stringMade, charsOut, Out)
	case 'w':
		if !r.accept('*') {
			r.further = true
			return
		}
		r.out(pyBufferOut)
	case 'O':
		switch {
		case r.accept('!'):
			r.in(pyTypeArg)
			r.out(pyObjectOut)
		case r.accept('&'):
			r.in(functionArg)
			r.in(addressArg)
		default:
			r.out(pyObjectOut)
		}
	default:
		t := pyParsed(unit)
		if t == nil {
			r.further = true
			return
		}
		r.out(t)
	}
}

// pyParsed returns the pointer that a unit of one letter takes; nil for an unknown one.
func pyParsed(unit byte) *Type {
	switch unit {
	case 'S', 'Y', 'U':
		return pyObjectOut
	case 'b', 'B':
		return integerOuts[charLength][unsignedLook]
	case 'h':
		return integerOuts[shortLength][signedLook]
	case 'H':
		return integerOuts[shortLength][unsignedLook]
	case 'i', 'p':
		return integerOuts[noLength][signedLook]
	case 'c':
		return charOut
	case 'C':
		return wideCharOut
	case 'f':
		return floatOut
	case 'd':
		return doubleOut
	case 'D':
		return complexAt
	}
	if l, look, ok := pyInteger(unit); ok {
		return integerOuts[l][look]
	}
	return nil
}

// pyInteger returns the length and look of the integers for which both functions have a
// unit.
func pyInteger(unit byte) (l length, look look, ok bool) {
	switch unit {
	case 'I':
		return noLength, unsignedLook, true
	case 'l':
		return longLength, signedLook, true
	case 'k':
		return longLength, unsignedLook, true
	case 'L':
		return longLongLength, signedLook, true
	case 'K':
		return longLongLength, unsignedLook, true
	case 'n':
		return wordLength, signedLook, true
	}
	return 0, 0, false
}

// text is for text that a NUL ends, or with # for text that is as long as the size behind
// it says.
func (r *pyReader) text(t, sized *Type, dir Dir) {
	arg := FormatArg{Type: t, Dir: dir, Limit: -1}
	if !r.accept('#') {
		r.put(0, arg)
		return
	}
	if arg.LimitArg, arg.Sized = r.next+2, sized.Elem; arg.LimitArg > MaxFormatArgs {
		r.further = true
		return
	}
	r.put(0, arg)
	size := integerArgs[r.size][signedLook]
	if dir == Out {
		size = integerOuts[r.size][signedLook]
	}
	r.put(0, FormatArg{Type: size, Dir: dir, Limit: -1})
}

// built reads one unit of what is built.
func (r *pyReader) built() {
	switch unit := r.take(); unit {
	case 's', 'z', 'U', 'y':
		r.text(stringArg, charsOut, In)
	case 'u':
		r.text(wideStringArg, wideCharsOut, In)
	case 'O', 'S', 'N':
		if r.accept('&') {
			r.in(functionArg)
			r.in(addressArg)
			return
		}
		r.in(pyObjectArg)
	default:
		t := pyBuilt(unit)
		if t == nil {
			r.further = true
			return
		}
		r.in(t)
	}
}

// pyBuilt returns the type that a unit of one letter takes; nil for an unknown one.
func pyBuilt(unit byte) *Type {
	switch unit {
	case 'b', 'B', 'h', 'i':
		return integerArgs[noLength][signedLook]
	case 'H':
		return integerArgs[noLength][unsignedLook]
	case 'c':
		return charArg
	case 'C':
		return wideCharArg
	case 'f', 'd':
		return doubleArg
	case 'D':
		return complexAt
	}
	if l, look, ok := pyInteger(unit); ok {
		return integerArgs[l][look]
	}
	return nil
}

var (
	functionArg = &Type{Kind: Pointer, Lens: Symbol}
	pyTypeArg   = pointerTo(PyType)
	pyObjectArg = pointerTo(PyObject)
	pyObjectOut = pointerTo(pyObjectArg)
	complexAt   = pointerTo(&Type{Kind: Complex, Elem: doubleArg})
	// pyBufferOut leads to a Py_buffer, of which the bytes and their number are shown.
	pyBufferOut = pointerTo(&Type{Name: "Py_buffer", Kind: Struct, Complete: true, Fields: []Field{
		{Name: "buf", Type: &Type{Kind: Pointer, Lens: Text, Elem: &Type{Kind: Array, Elem: charInMemory, Len: &Expr{Op: Elt, N: 3}}}},
		{Name: "obj", Type: &Type{Kind: Pointer, Lens: Hide}},
		{Name: "len", Type: &Type{Kind: Int}},
	}})
)

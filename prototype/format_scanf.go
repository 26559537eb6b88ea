package prototype

import "bytes"

// AppendScanf appends to args what a format of the scanf family asks for, in the
// order of the arguments, and returns the extended slice. format is in UTF-8 also
// for wscanf. Conversions are those of C99 and POSIX 2008 with C23's: %a reads a
// number, and it is %ms that allocates a string, as for all programs that are
// compiled as C99 or later (scanf(3), "BUGS" on the GNU a modifier). What follows
// on an unknown conversion is not read by the function either.
func AppendScanf(args []FormatArg, format []byte) []FormatArg {
	r := formatReader{rest: format, args: args, base: len(args), hole: addressArg}
	items := 0
	for {
		i := bytes.IndexByte(r.rest, '%')
		if i < 0 {
			return r.all()
		}
		r.rest = r.rest[i+1:]
		if !r.scan(&items) {
			return r.all()
		}
	}
}

// scan reads what follows on a %. items counts the conversions that the
// function's result does. It returns false where the function gives up.
func (r *formatReader) scan(items *int) bool {
	position := r.position()
	suppressed := false
	for c := r.peek(); c == '*' || c == '\'' || c == 'I'; c = r.peek() {
		suppressed = suppressed || c == '*'
		r.rest = r.rest[1:]
	}
	width, ok := r.number()
	if !ok {
		return false
	}
	made := r.accept('m')
	l, ok := r.length()
	if !ok {
		return false
	}
	conversion := r.take()
	if conversion == '%' {
		return true
	}
	if conversion == '[' && !r.set() {
		return false
	}
	arg := FormatArg{Type: scanfType(conversion, l, made, width), Dir: Out, Limit: -1}
	if arg.Type == nil {
		return false
	}
	if conversion == 'c' || conversion == 'C' {
		arg.Limit = max(width, 1)
	}
	if suppressed {
		return true
	}
	if conversion != 'n' {
		*items++
	}
	arg.Item = *items
	r.put(position, arg)
	return true
}

// set goes past the characters of a %[ and the bracket that ends them: one that
// comes first is among them.
func (r *formatReader) set() bool {
	r.accept('^')
	r.accept(']')
	i := bytes.IndexByte(r.rest, ']')
	if i < 0 {
		return false
	}
	r.rest = r.rest[i+1:]
	return true
}

// scanfType returns the pointer that a conversion takes, or nil for an unknown
// one.
func scanfType(conversion byte, l length, made bool, width int) *Type {
	wide := l == longLength || conversion == 'C' || conversion == 'S'
	switch conversion {
	case 's', 'S', '[':
		return pick(wide, made, stringArg, wideStringArg, stringMade, wideStringMade)
	case 'c', 'C':
		if width <= 1 && !made {
			return pick(wide, false, charOut, wideCharOut, nil, nil)
		}
		return pick(wide, made, charsOut, wideCharsOut, charsMade, wideCharsMade)
	}
	if made {
		return nil
	}
	if look, ok := integerLook(conversion); ok && conversion != 'B' {
		return integerOuts[l][look]
	}
	switch conversion {
	case 'a', 'A', 'e', 'E', 'f', 'F', 'g', 'G':
		switch l {
		case longLength:
			return doubleOut
		case longLongLength:
			return longDoubleOut
		}
		return floatOut
	case 'p':
		return addressOut
	case 'n':
		return integerOuts[l][signedLook]
	}
	return nil
}

// pick chooses among the types of narrow and wide text that the caller has room
// for, and of the same that is made for it.
func pick(wide, made bool, narrow, broad, narrowMade, broadMade *Type) *Type {
	switch {
	case wide && made:
		return broadMade
	case made:
		return narrowMade
	case wide:
		return broad
	}
	return narrow
}

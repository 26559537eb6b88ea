package prototype

// The types of what formats ask for. They are made once, since a format is read
// at every call of its function.

// look is how a conversion shows an integer.
type look uint8

const (
	signedLook look = iota
	unsignedLook
	hexLook
	octLook
	binLook
	looks
)

// integerLook returns the look that an integer conversion gives its argument.
func integerLook(conversion byte) (l look, ok bool) {
	switch conversion {
	case 'd', 'i':
		return signedLook, true
	case 'u':
		return unsignedLook, true
	case 'x', 'X':
		return hexLook, true
	case 'o':
		return octLook, true
	case 'b', 'B':
		return binLook, true
	}
	return 0, false
}

// lengthSizes are the bytes of integers by length modifier.
var lengthSizes = [...]int{noLength: 4, charLength: 1, shortLength: 2, longLength: 0, longLongLength: 8, maxLength: 8, wordLength: 0}

var (
	integerArgs, integerOuts = integerTypes()

	addressArg    = &Type{Kind: Pointer}
	charArg       = &Type{Kind: Int, Size: 1, Lens: Char, Unsigned: true} // C11 7.21.6.1p8: converted to that
	charInMemory  = &Type{Kind: Int, Size: 1, Lens: Char}
	wideCharArg   = &Type{Kind: Int, Size: 4, Unsigned: true, Lens: Char}
	stringArg     = pointerToText(charInMemory, true)
	wideStringArg = pointerToText(wideCharArg, true)

	doubleArg     = &Type{Kind: Float, Size: 8}
	longDoubleArg = &Type{Kind: Float, Size: LongDouble}
	hexDoubleArg  = &Type{Kind: Float, Size: 8, Lens: Hex}
	hexLongArg    = &Type{Kind: Float, Size: LongDouble, Lens: Hex}

	floatOut      = pointerTo(&Type{Kind: Float, Size: 4})
	doubleOut     = pointerTo(doubleArg)
	longDoubleOut = pointerTo(longDoubleArg)
	addressOut    = pointerTo(addressArg)
	charOut       = pointerTo(charInMemory)
	wideCharOut   = pointerTo(wideCharArg)
	charsOut      = pointerToText(charInMemory, false)
	wideCharsOut  = pointerToText(wideCharArg, false)

	// What %m makes scanf allocate.
	stringMade     = pointerTo(stringArg)
	wideStringMade = pointerTo(wideStringArg)
	charsMade      = pointerTo(charsOut)
	wideCharsMade  = pointerTo(wideCharsOut)
)

// integerTypes makes the integers of all lengths and looks, and pointers to them.
func integerTypes() (args, outs [len(lengthSizes)][looks]*Type) {
	for l, size := range lengthSizes {
		for k, t := range [looks]Type{
			signedLook:   {},
			unsignedLook: {Unsigned: true},
			hexLook:      {Unsigned: true, Lens: Hex},
			octLook:      {Unsigned: true, Lens: Oct},
			binLook:      {Unsigned: true, Lens: Bin},
		} {
			t.Kind, t.Size = Int, size
			args[l][k] = &t
			outs[l][k] = pointerTo(&t)
		}
	}
	return args, outs
}

func pointerTo(t *Type) *Type { return &Type{Kind: Pointer, Elem: t} }

// pointerToText returns a pointer to characters, which end with a NUL, or else
// are as many as FormatArg.Limit says.
func pointerToText(char *Type, zero bool) *Type {
	return &Type{Kind: Pointer, Lens: Text, Elem: &Type{Kind: Array, Elem: char, Zero: zero}}
}

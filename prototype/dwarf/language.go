package dwarf

// language is what a unit was written in, as far as it changes how functions
// are called and what types mean.
type language uint8

const (
	unknown language = iota // its functions may be called in ways of their own
	langC
	langCXX
	langRust
	langGo
)

// languageOf tells what DW_AT_language says (DWARF 5, 7.12, and the list of
// codes given out since on dwarfstd.org).
func languageOf(code int64) language {
	switch code {
	case 0x01, 0x02, 0x0c, 0x1d, 0x2c, 0x3e, 0x10: // C89, C, C99, C11, C17, C23, Objective-C
		return langC
	case 0x04, 0x1a, 0x21, 0x2a, 0x2b, 0x3a, 0x11: // C++, 11, 14, 17, 20, 23, Objective-C++
		return langCXX
	case 0x1c:
		return langRust
	case 0x16:
		return langGo
	}
	return unknown
}

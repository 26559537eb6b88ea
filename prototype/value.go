package prototype

// Value is one captured argument, result, element or field: all that is needed
// to show it, with no process at hand. It belongs to the event that it is in
// and is reused after Emit returns.
type Value struct {
	// Type says what it is. With nil nothing is known: Word is shown by the
	// guess rule, or Text if there is one.
	Type *Type
	Name string // of the parameter or field; "" if not known
	// Word is the value's lowest eight bytes, zero-extended from Size: an
	// integer, a pointer, the bits of a float. High holds the next eight, of
	// a long double or __int128.
	Word, High uint64
	Size       uint8 // bytes of the value; 0 counts as 8
	State      State
	// More says that the text or the elements go on behind what is here.
	More bool
	// Text is what a string holds, up to and without the NUL that ends it, in
	// bytes: the characters of wide strings are in UTF-8. For Lens Symbol it
	// is the name, for a Stream what it leads to, for a Descriptor that as it
	// is shown behind the number (</etc/passwd>), if known; for a NetDevice its name; for each of a set of
	// descriptors that with a NUL behind it.
	Text []byte
	// Elems are the fields of a Struct or Union, the elements of an Array, or
	// the one that a Pointer points to.
	Elems []Value
	Count uint64 // of an Array with Lens Sized: how many elements it has
	// Was is what an InOut parameter was at the call, in the event of the return.
	Was *Value
}

// Signed returns an integer of up to eight bytes, with the sign that it has in its size.
func (v *Value) Signed() int64 {
	size := int(v.Size)
	if size == 0 && v.Type != nil && v.Type.Kind == Int {
		size = v.Type.Size
	}
	if size <= 0 || size >= 8 {
		return int64(v.Word)
	}
	shift := 64 - 8*size
	return int64(v.Word<<shift) >> shift
}

// Errno returns the error number that a value is by its type, and whether it is one.
func (v *Value) Errno() (n int, ok bool) {
	if v.Type == nil || v.Type.Kind != Int || v.State != Captured {
		return 0, false
	}
	switch v.Type.Lens {
	case Errno:
		return int(v.Signed()), true
	case NegErrno:
		return int(-v.Signed()), true
	}
	return 0, false
}

// State says how far a Value was captured.
type State uint8

// The states.
const (
	Captured    State = iota
	NotFollowed       // a pointer of which the address alone was wanted or is known to be good
	Later             // an Out parameter at the call: the address is in Word
	Unreadable        // the address in Word cannot be read
	Recursive         // a pointer to a struct that is being shown: Count levels up
	TooDeep           // nested deeper than is shown; of a format's arguments, those that are not told
	NotCopied         // what is at the address in Word may have changed since it was to be captured
)

package prototype

// Value is one captured argument or result.
type Value struct {
	// Word is the register or stack word, zero-extended.
	Word uint64
	// Size is the word's size in bytes: 4, or else 8.
	Size uint8
	// Text holds the bytes that Word points to, up to and without the
	// terminating NUL, when they read as text; nil when Word is no such
	// pointer. It belongs to the event and is reused after Emit returns.
	Text []byte
	// More says that the text goes on behind Text.
	More bool
}

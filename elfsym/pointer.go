package elfsym

// PointerKind tells how a pointer gets its value: by which relocation.
type PointerKind uint8

const (
	// JumpSlot is made for a slot of the linkage table. Where the program
	// binds lazily it leads back to the slot until the first call.
	JumpSlot PointerKind = iota
	// GlobDat is made for code that reads the pointer itself; the dynamic
	// linker sets it before the program runs, and mostly write-protects it.
	GlobDat
	// IRelative is set to what a function of this file, the resolver, returns.
	IRelative
)

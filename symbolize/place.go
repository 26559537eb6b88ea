package symbolize

// Place is what is known of the code that a frame is in. It marshals to JSON.
type Place struct {
	Function string `json:"function,omitempty"` // "" where it has no name
	Offset   uint64 `json:"offset,omitempty"`   // of the frame's PC within the function, in bytes
	// Module is the file, as the process has it, or [vdso], or [jit].
	Module string `json:"module,omitempty"`
	// ModuleOffset is the link-time address in the file.
	ModuleOffset uint64 `json:"module_offset,omitempty"`
	// Source is where Function is: at the code itself, or where it calls the last of Inlined.
	Source
	// Inlined are the functions that the compiler has put there into Function, the
	// innermost first.
	Inlined []Call `json:"inlined,omitempty"`
}

// Call is a function that has no code of its own.
type Call struct {
	Function string `json:"function,omitempty"`
	Source
}

// Source is a place in a source file.
type Source struct {
	File   string `json:"file,omitempty"`   // its path, absolute where the compiler knew that
	Line   int    `json:"line,omitempty"`   // 0 if it is not known
	Column int    `json:"column,omitempty"` // 0 if it is not known
}

package event

import "sonde/sysdeps"

// Stack is how a thread has come to where an event happens: the functions that have been
// called and have not returned, the innermost first. Of a call the first is the function
// that makes it, of all else the one that the thread is in.
type Stack struct {
	Frames []*Frame // which events share: they are not to be changed
	// More says that there are more frames than were asked for.
	More bool
	// Why is why the frames may not be all that there are, for another reason; "" where
	// they are.
	Why string
}

// Frame is a function of a Stack.
type Frame struct {
	// PC is where the thread is in the function, or will come back to.
	PC sysdeps.Addr
	// Module is the file that PC is in, as it was mapped, or [vdso], or [jit] for code
	// that was made while the program ran; "" where it is in none.
	Module string
	// ModuleOffset is the link-time address of PC in that file.
	ModuleOffset uint64
	Function     string // the symbol, mangled as in its file; "" where there is none
	Offset       uint64 // of PC in the function, in bytes
	// Signal says that this is no function, but the code that a signal handler returns
	// to: the next frame is what the signal has interrupted.
	Signal bool
	// Guessed is by what the frame was found where no table tells of it; else "".
	Guessed string
	// Source is where in the source text the function is. It is known where lines were
	// asked for, and the file has them.
	Source
	// Inlined are the functions that the compiler has put there into Function, the
	// innermost first, where lines were asked for.
	Inlined []Inlined
}

// Inlined is a function that has no code of its own.
type Inlined struct {
	Function string
	Source
}

// Source is a place in a source file.
type Source struct {
	File string // its path, absolute where the compiler knew that; "" where it is not known
	Line int    // 0 where it is not known
}

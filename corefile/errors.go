package corefile

import (
	"errors"
	"fmt"

	"sonde/sysdeps"
)

// ErrNotCore says that a file is no ELF core file at all; the error that wraps it
// tells what it is instead, as far as that is seen.
var ErrNotCore = errors.New("not a core file")

// ErrMachine says that a core file is of a machine that Sonde does not know; the
// error that wraps it names the machine.
var ErrMachine = errors.New("machine not supported")

// ErrNotDumped says that an address was mapped, but that the core file does not
// have its bytes: it was left out (core(5), coredump_filter), and no file that
// was mapped there gives it.
var ErrNotDumped = errors.New("memory is not in the core file")

// ErrNotMapped says that nothing was mapped at an address.
var ErrNotMapped = errors.New("no memory is mapped there")

// ErrCut says that the core file ends before the bytes that it promises, as after
// a full disk or a limit of its size.
var ErrCut = errors.New("the core file is cut off")

// ErrOtherFile says that a path leads to another file than the one that was mapped.
var ErrOtherFile = errors.New("is not the file that was mapped")

// FormatError is a core file, or a part of one, that is damaged.
type FormatError struct {
	Off uint64 // where in the file, in bytes
	Msg string // what is wrong there
}

// Error returns what is wrong, and where.
func (e *FormatError) Error() string { return fmt.Sprintf("%s (at offset %#x)", e.Msg, e.Off) }

// MemoryError is memory of a core file that cannot be read.
type MemoryError struct {
	Addr sysdeps.Addr // the first byte that cannot be read
	Err  error        // ErrNotDumped, ErrNotMapped, ErrCut, or that of reading the file
}

// Error returns the address and what is the matter.
func (e *MemoryError) Error() string { return fmt.Sprintf("read %v: %v", e.Addr, e.Err) }

// Unwrap returns the reason.
func (e *MemoryError) Unwrap() error { return e.Err }

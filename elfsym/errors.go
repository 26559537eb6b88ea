package elfsym

import (
	"errors"
	"fmt"
)

// ErrNotELF says that a file does not begin as an ELF file does: a script,
// data, or nothing at all.
var ErrNotELF = errors.New("not an ELF file")

// ErrMachine says that a file is for a machine that Sonde does not know; the
// error that wraps it names the machine.
var ErrMachine = errors.New("machine not supported")

// ErrChanged says that a path no longer leads to the file that was asked for.
var ErrChanged = errors.New("the file has been replaced meanwhile")

// FormatError is an ELF file that is damaged, cut off, or not what it claims.
type FormatError struct {
	Off uint64 // where in the file, in bytes
	Msg string // what is wrong there
}

// Error returns what is wrong, and where.
func (e *FormatError) Error() string { return fmt.Sprintf("%s (at offset %#x)", e.Msg, e.Off) }

package cli

import (
	"errors"
	"os"

	"sonde/elfsym"
)

// whyUnrunnable tells what is wrong with a file that the kernel takes for no program
// (execve(2), ENOEXEC).
func whyUnrunnable(path string) string {
	f, err := elfsym.Open(path)
	switch why := errors.Unwrap(err); {
	case err == nil:
		return "this kernel runs no programs for " + f.Arch.Name
	case errors.Is(err, elfsym.ErrNotELF):
		if info, err := os.Stat(path); err == nil && info.Size() == 0 {
			return "it is empty"
		}
		return "it is neither a program nor a script that begins with #! and an interpreter"
	case why != nil: // without the path, which has been named
		return why.Error()
	}
	return err.Error()
}

package dwarf

import "fmt"

// damage is debugging information that is not what it must be.
type damage struct {
	what string
	off  int // in its section
}

func (e *damage) Error() string {
	return fmt.Sprintf("%s that is damaged, at offset %#x", e.what, e.off)
}

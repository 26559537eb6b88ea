package variables

import (
	"errors"

	"sonde/elfsym"
	"sonde/prototype"
	"sonde/sysdeps"
)

// informed answers what values ask for beside memory: capture.Info. Of descriptors nothing
// is known that held when the stack was copied.
type informed struct{ images *elfsym.Images }

var errNoVectors = errors.New("the vector registers are not known")

// Vectors is capture.Info's.
func (*informed) Vectors() (*sysdeps.Vectors, error) { return nil, errNoVectors }

// Errno is capture.Info's.
func (*informed) Errno() (n int, ok bool) { return 0, false }

// Symbol returns the name of the function or variable that begins at a.
func (in *informed) Symbol(a sysdeps.Addr) string {
	image, _ := in.images.Find(a)
	if image == nil {
		return ""
	}
	sym, off, ok := image.Symbol(a)
	if !ok || off != 0 {
		return ""
	}
	return sym.Name
}

// GoHeld is capture.Info's.
func (*informed) GoHeld(sysdeps.Addr, bool) *prototype.Type { return nil }

// Stream is capture.Info's.
func (*informed) Stream(sysdeps.Addr) string { return "" }

// Descriptor is capture.Info's.
func (*informed) Descriptor(int32) []byte { return nil }

// Netlink is capture.Info's.
func (*informed) Netlink(int32) int { return -1 }

// NetDevice is capture.Info's.
func (*informed) NetDevice(uint32) []byte { return nil }

// Submissions is capture.Info's.
func (*informed) Submissions(int32, uint32) []byte { return nil }

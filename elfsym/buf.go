package elfsym

import (
	"fmt"

	"sonde/fields"
)

// buf takes fields off a piece of the file.
type buf struct {
	fields.Reader
	is64 bool
	off  uint64 // file offset of the piece, for the error
	what string
}

// word reads an address, offset or size: 8 bytes, or 4 in a 32-bit file.
func (b *buf) word() uint64 { return b.Word(b.is64) }

// at returns the file offset of the next field.
func (b *buf) at() uint64 { return b.off + uint64(b.Pos()) }

// err returns the error of the first field that was not there, nil if there is
// none.
func (b *buf) err() error {
	if !b.Bad() {
		return nil
	}
	return &FormatError{b.at(), fmt.Sprintf("%s cut short", b.what)}
}

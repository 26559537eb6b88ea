package display

import (
	"encoding/binary"
	"math/bits"
	"net/netip"

	"sonde/prototype"
)

// fromNetwork returns what a number of size bytes is whose first byte in memory,
// the lowest one here, is its highest.
func fromNetwork(word uint64, size int) uint64 {
	return bits.ReverseBytes64(word) >> max(64-8*size, 0)
}

// appendInet appends an address of the Internet, of either version, as people
// write it. The bytes of a Value are in memory's order, and so are an address's.
func appendInet(b []byte, v *prototype.Value) []byte {
	var raw [16]byte
	binary.LittleEndian.PutUint64(raw[:], v.Word)
	binary.LittleEndian.PutUint64(raw[8:], v.High)
	if sizeOf(v) == len(raw) {
		return netip.AddrFrom16(raw).AppendTo(b)
	}
	return netip.AddrFrom4([4]byte(raw[:4])).AppendTo(b)
}

// netDevice appends the number of a network interface as the call that would return it
// (if_nametoindex(3)), or as it is where there is none.
func (p *values) netDevice(b []byte, v *prototype.Value) []byte {
	if len(v.Text) == 0 {
		return appendNumber(b, v)
	}
	b = appendBytes(append(b, "if_nametoindex("...), v.Text, false, len(v.Text))
	return append(b, ')')
}

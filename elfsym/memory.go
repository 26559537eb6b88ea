package elfsym

// memory reads the file by addresses, in places that lie near each other and
// mostly go upwards: it keeps the piece that it has read last.
type memory struct {
	s     *source
	piece []byte
	addr  uint64 // of piece
	room  []byte
}

// at returns the bytes at an address, n or more unless the segment's part in the
// file ends before: it may be none. They hold until the next call.
func (m *memory) at(addr uint64, n int) ([]byte, error) {
	if d := addr - m.addr; d < uint64(len(m.piece)) && len(m.piece)-int(d) >= n {
		return m.piece[d:], nil
	}
	off, have, ok := m.s.find(addr)
	if !ok || off > m.s.size {
		m.piece = nil
		return nil, nil
	}
	if m.room == nil {
		m.room = make([]byte, chunkSize)
	}
	m.addr, m.piece = addr, m.room[:min(chunkSize, have, m.s.size-off)]
	if err := m.s.fill(m.piece, off, "the file's memory"); err != nil {
		m.piece = nil
		return nil, err
	}
	return m.piece, nil
}

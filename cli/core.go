package cli

import (
	"debug/elf"
	"encoding/binary"
	"io"
	"os"

	"sonde/corefile"
)

// IsCore tells whether a file is a core file, or compressed as core files are. It does not
// tell whether it is a good one.
func IsCore(path string) (bool, error) {
	f, err := os.Open(path)
	if err != nil {
		return false, err
	}
	defer f.Close()
	var p [18]byte
	if _, err := io.ReadFull(f, p[:]); err != nil {
		return false, nil // it is too short for one, or a directory
	}
	if corefile.Compressed(p[:]) {
		return true, nil
	}
	little, big := binary.LittleEndian.Uint16(p[16:]), binary.BigEndian.Uint16(p[16:])
	return string(p[:4]) == elf.ELFMAG && (elf.Type(little) == elf.ET_CORE || elf.Type(big) == elf.ET_CORE), nil
}

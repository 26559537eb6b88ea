package proc

import (
	"encoding/binary"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// atEntry is AT_ENTRY (getauxval(3)).
const atEntry = 9

// EntryPoint returns the address of a process's program's first instruction, to which
// the dynamic linker comes when it is done.
func (p *Process) EntryPoint() (sysdeps.Addr, error) {
	path := fmt.Sprintf("/proc/%d/auxv", p.LiveTID())
	auxv, err := os.ReadFile(path)
	if err != nil {
		return 0, err
	}
	word := func(b []byte) uint64 { return binary.LittleEndian.Uint64(b) }
	size := p.Space.Arch.PtrSize
	if size == 4 {
		word = func(b []byte) uint64 { return uint64(binary.LittleEndian.Uint32(b)) }
	}
	for ; len(auxv) >= 2*size; auxv = auxv[2*size:] {
		if word(auxv) == atEntry {
			return sysdeps.Addr(word(auxv[size:])), nil
		}
	}
	return 0, fmt.Errorf("read %s: no AT_ENTRY: %w", path, unix.ENODATA)
}

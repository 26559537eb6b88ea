package breakpoint

import (
	"encoding/binary"

	"sonde/insn"
	"sonde/sysdeps"
)

// x86Words reads and writes the words of a mode in memory, on the stack above
// all.
type x86Words struct {
	size int // bytes
	buf  [8]byte
}

func newX86Words(in *insn.X86) *x86Words { return &x86Words{size: in.Mode.WordSize()} }

func (w *x86Words) read(m sysdeps.MemoryWriter, a sysdeps.Addr) (uint64, error) {
	w.buf = [8]byte{}
	if _, err := m.ReadMemory(w.buf[:w.size], a); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(w.buf[:]), nil
}

func (w *x86Words) readTarget(m sysdeps.MemoryWriter, a sysdeps.Addr) (sysdeps.Addr, error) {
	v, err := w.read(m, a)
	if err != nil {
		return 0, err
	}
	return x86CheckTarget(v)
}

func x86CheckTarget(v uint64) (sysdeps.Addr, error) {
	if v >= x86UserEnd {
		return 0, errX86Target
	}
	return sysdeps.Addr(v), nil
}

// push stores v below the stack's top and moves the stack pointer there.
func (w *x86Words) push(r *sysdeps.Regs, m sysdeps.MemoryWriter, v uint64) error {
	top := r.SP() - sysdeps.Addr(w.size)
	binary.LittleEndian.PutUint64(w.buf[:], v)
	if err := m.WriteMemory(w.buf[:w.size], top); err != nil {
		return err
	}
	r.SetSP(top)
	return nil
}

func (w *x86Words) pushNext(r *sysdeps.Regs, m sysdeps.MemoryWriter, v uint64, next sysdeps.Addr) error {
	if err := w.push(r, m, v); err != nil {
		return err
	}
	r.SetPC(next)
	return nil
}

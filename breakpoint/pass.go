package breakpoint

import (
	"fmt"

	"sonde/insn"
	"sonde/sysdeps"
)

// Way is how a thread gets past a breakpoint.
type Way uint8

const (
	// wayUnknown has not been looked for yet.
	wayUnknown Way = iota
	// Moved: the registers are changed; the thread is to be resumed with them.
	Moved
	// NeedPool: a pool is wanted within reach of the breakpoint. The caller
	// adds one and asks again, or asks again without.
	NeedPool
	// StepInPlace: the caller stops all other threads of the address space,
	// lifts the trap, steps the thread, and plants the trap again.
	StepInPlace
	// OwnTrap: the program has a trap of its own here. The registers stand
	// behind it, and the caller delivers SIGTRAP as it came.
	OwnTrap
)

// pass is what was found out about a breakpoint at its first hit.
type pass struct {
	way    Way
	effect x86Effect    // emulated, unless nil
	slot   sysdeps.Addr // else run from here, unless 0
}

// Pass moves a thread that stands at b past the instruction there, trap and
// all. r are the thread's registers, with the program counter at b. Where
// pools is unset, a slot that cannot be had is not asked for again.
func (t *Table) Pass(b *Breakpoint, r *sysdeps.Regs, m sysdeps.MemoryWriter, pools bool) (Way, error) {
	if b.pass.way == wayUnknown {
		p, err := t.plan(b, m, pools)
		if err != nil || p.way == NeedPool {
			return p.way, err
		}
		b.pass = p
	}
	switch p := &b.pass; {
	case p.way == OwnTrap:
		r.SetPC(b.Addr + sysdeps.Addr(len(t.arch.Trap)))
		return OwnTrap, nil
	case p.effect != nil:
		if err := p.effect(r, m); err != nil {
			return StepInPlace, nil // let it fault in place
		}
		return Moved, nil
	case p.slot != 0:
		r.SetPC(p.slot)
		return Moved, nil
	}
	return StepInPlace, nil
}

// mode is how the processor reads the code of the address space.
func (t *Table) mode() insn.Mode {
	if t.arch == sysdeps.I386 {
		return insn.Mode32
	}
	return insn.Mode64
}

// plan decides how to get past b.
func (t *Table) plan(b *Breakpoint, m sysdeps.MemoryWriter, pools bool) (pass, error) {
	code, err := t.code(b.Addr, m)
	if err != nil {
		return pass{}, err
	}
	if code[0] == t.arch.Trap[0] {
		return pass{way: OwnTrap}, nil
	}
	if t.ShadowStack {
		if in, err := insn.DecodeX86(code, t.mode()); err != nil || in.StacksReturn() {
			return pass{way: StepInPlace}, nil
		}
	}
	effect, touchesMemory, ok := x86Emulate(code, t.mode(), b.Addr)
	if ok && !touchesMemory {
		return pass{way: Moved, effect: effect}, nil
	}
	if _, _, err := x86Relocate(nil, code, t.mode(), b.Addr, b.Addr); err == nil {
		slot, got := t.slots.take(b.Addr)
		if !got && pools {
			return pass{way: NeedPool}, nil
		}
		if got {
			if err := t.fill(slot, b.Addr, code, m); err == nil {
				return pass{way: Moved, slot: slot}, nil
			}
			t.slots.release(slot)
		}
	}
	if ok {
		return pass{way: Moved, effect: effect}, nil
	}
	return pass{way: StepInPlace}, nil
}

// fill writes the relocated instruction into its slot.
func (t *Table) fill(slot, from sysdeps.Addr, code []byte, m sysdeps.MemoryWriter) error {
	in, err := insn.DecodeX86(code, t.mode())
	if err != nil {
		return err
	}
	text, split, err := x86Relocate(make([]byte, 0, slotSize), code, t.mode(), from, slot)
	if err != nil {
		return err
	}
	if len(text) > slotSize {
		return fmt.Errorf("relocate instruction at %v: copy of %d bytes", from, len(text))
	}
	if err := m.WriteMemory(text, slot); err != nil {
		return err
	}
	t.slots.note(slot, slotState{from: from, next: from + sysdeps.Addr(in.Len), split: uint8(split)})
	return nil
}

// code reads the program's own bytes of the instruction at a: up to the 15
// that one can have, fewer at the end of a mapping.
func (t *Table) code(a sysdeps.Addr, m sysdeps.MemoryWriter) ([]byte, error) {
	p := make([]byte, 15)
	n, err := m.ReadMemory(p, a)
	if n == 0 {
		return nil, fmt.Errorf("read instruction at %v: %w", a, err)
	}
	p = p[:n]
	t.Unpatch(p, a)
	return p, nil
}

// Lift puts the program's own byte back for a step in place; Replant undoes it.
func (t *Table) Lift(m sysdeps.MemoryWriter, b *Breakpoint) error {
	return m.WriteMemory([]byte{b.orig}, b.Addr)
}

// Replant puts the trap back after Lift.
func (t *Table) Replant(m sysdeps.MemoryWriter, b *Breakpoint) error {
	return m.WriteMemory(t.arch.Trap, b.Addr)
}

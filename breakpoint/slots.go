package breakpoint

import (
	"bytes"
	"errors"
	"slices"

	"sonde/sysdeps"
)

// slotSize is the room of one relocated instruction and its jump back,
// x86MaxSlot rounded up to half a cache line.
const slotSize = (x86MaxSlot + 31) &^ 31

// reach is how far from an instruction its slot may lie, so that the operands
// relative to the program counter still reach: 2 GiB less room to spare.
const reach = 1<<31 - 1<<24

// slotPools is the memory in the tracee from which instructions run out of
// line.
type slotPools struct {
	pools []*slotPool
	// anywhere says that a slot may be as far away as it likes: in 32-bit
	// code there are no such operands, and jumps wrap around.
	anywhere bool
}

type slotPool struct {
	lo, hi sysdeps.Addr
	used   int         // slots handed out so far, counted from lo
	free   []int       // those given back, oldest first
	record []slotState // by index
}

// slotState says which instruction of the program a slot stands for.
type slotState struct {
	from  sysdeps.Addr // the instruction's own address
	next  sysdeps.Addr // the address behind it
	split uint8        // the offset at which it has been executed
}

func (p *slotPool) clone() *slotPool {
	c := *p
	c.free, c.record = slices.Clone(p.free), slices.Clone(p.record)
	return &c
}

func (s *slotPools) clone() slotPools {
	c := slotPools{pools: make([]*slotPool, len(s.pools)), anywhere: s.anywhere}
	for i, p := range s.pools {
		c.pools[i] = p.clone()
	}
	return c
}

func distance(a, b sysdeps.Addr) sysdeps.Addr { return max(a, b) - min(a, b) }

// take returns the address of an unused slot within reach of a.
func (s *slotPools) take(a sysdeps.Addr) (slot sysdeps.Addr, ok bool) {
	for _, p := range s.pools {
		if !s.anywhere && (distance(p.lo, a) > reach || distance(p.hi, a) > reach) {
			continue
		}
		if at := p.lo + sysdeps.Addr(p.used)*slotSize; at+slotSize <= p.hi {
			p.used++
			p.record = append(p.record, slotState{})
			return at, true
		}
		if len(p.free) > 0 {
			i := p.free[0]
			p.free = p.free[1:]
			return p.lo + sysdeps.Addr(i)*slotSize, true
		}
	}
	return 0, false
}

func (s *slotPools) find(a sysdeps.Addr) (*slotPool, int) {
	for _, p := range s.pools {
		if p.lo <= a && a < p.hi {
			if i := int((a - p.lo) / slotSize); i < p.used {
				return p, i
			}
		}
	}
	return nil, 0
}

func (s *slotPools) note(slot sysdeps.Addr, st slotState) {
	p, i := s.find(slot)
	p.record[i] = st
}

// release gives a slot back. It is the last to be taken again, since a thread
// may still be on its way through it.
func (s *slotPools) release(slot sysdeps.Addr) {
	if p, i := s.find(slot); p != nil {
		p.free = append(p.free, i)
	}
}

// copy writes the used part of all pools into a forked copy of the address
// space, and drops those that were mapped too late for it.
func (s *slotPools) copy(to sysdeps.MemoryWriter, from sysdeps.Memory) error {
	var errs []error
	all := s.pools
	s.pools = nil
	for _, p := range all {
		// One byte at least, to see whether the pool is there at all.
		n := max(1, p.used*slotSize)
		text, now := make([]byte, n), make([]byte, n)
		if _, err := from.ReadMemory(text, p.lo); err != nil {
			errs = append(errs, err)
			continue
		}
		if _, err := to.ReadMemory(now, p.lo); err != nil {
			continue
		}
		s.pools = append(s.pools, p)
		if !bytes.Equal(text, now) {
			errs = append(errs, to.WriteMemory(text, p.lo))
		}
	}
	return errors.Join(errs...)
}

// HasPool tells whether the pool that begins at lo is there.
func (t *Table) HasPool(lo sysdeps.Addr) bool {
	return slices.ContainsFunc(t.slots.pools, func(p *slotPool) bool { return p.lo == lo })
}

// AddPool makes [lo, hi) of the tracee, executable and unused by the program,
// available for running instructions out of line.
func (t *Table) AddPool(lo, hi sysdeps.Addr) {
	t.slots.pools = append(t.slots.pools, &slotPool{lo: lo, hi: hi})
}

// DropPools forgets all pools, once no thread can be inside any more.
func (t *Table) DropPools() { t.slots.pools = nil }

// Outside translates a program counter inside a slot to the program's own: the
// instruction that the slot stands for, or the one behind it when it has been
// executed. ok is false for a program counter that is in no slot.
func (t *Table) Outside(pc sysdeps.Addr) (own sysdeps.Addr, executed, ok bool) {
	p, i := t.slots.find(pc)
	if p == nil {
		return 0, false, false
	}
	st := p.record[i]
	if off := pc - (p.lo + sysdeps.Addr(i)*slotSize); off != 0 && off >= sysdeps.Addr(st.split) {
		return st.next, true, true
	}
	return st.from, false, true
}

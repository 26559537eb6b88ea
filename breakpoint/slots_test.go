package breakpoint

import (
	"slices"
	"testing"

	"sonde/sysdeps"
)

// TestSlotOrder holds that a slot given back is the last to be given out: a
// thread may still be on its way through it.
func TestSlotOrder(t *testing.T) {
	const lo = sysdeps.Addr(0x10000)
	slot := func(i int) sysdeps.Addr { return lo + sysdeps.Addr(i)*slotSize }
	var s slotPools
	s.pools = []*slotPool{{lo: lo, hi: slot(4) + slotSize - 1}} // the last has no room
	take := func(want ...int) {
		t.Helper()
		for _, i := range want {
			if got, ok := s.take(lo); got != slot(i) || !ok {
				t.Errorf("%v, %v, want slot %d at %v", got, ok, i, slot(i))
			}
		}
	}
	take(0, 1)
	s.release(slot(1))
	s.release(slot(0))
	take(2, 3, 1)
	s.release(slot(2))
	take(0, 2)
	if got, ok := s.take(lo); ok {
		t.Errorf("a fifth slot of four at %v", got)
	}
	s.release(slot(3) + 7) // any address of the slot names it
	take(3)
}

// TestSlotReach holds which pools serve an instruction.
func TestSlotReach(t *testing.T) {
	const lo, hi sysdeps.Addr = 0x200000000, 0x200001000
	for _, c := range []struct {
		name string
		at   sysdeps.Addr
		ok   bool
	}{
		{"inside", lo + 0x800, true},
		{"below", lo - 0x1000, true},
		{"above", hi + 0x1000, true},
		{"as far below as can be", hi - reach, true},
		{"too far below for the end", hi - reach - 1, false},
		{"as far above as can be", lo + reach, true},
		{"too far above for the start", lo + reach + 1, false},
		{"null", 0, false},
		{"another library", 0x7f0000000000, false},
		{"the end of addresses", ^sysdeps.Addr(0), false},
	} {
		s := slotPools{pools: []*slotPool{{lo: lo, hi: hi}}}
		if got, ok := s.take(c.at); ok != c.ok || ok && got != lo {
			t.Errorf("%s: %v, %v, want %v", c.name, got, ok, c.ok)
		}
		s = slotPools{pools: []*slotPool{{lo: lo, hi: hi}}, anywhere: true}
		if _, ok := s.take(c.at); !ok {
			t.Errorf("%s: nothing, where there is no limit", c.name)
		}
	}
	// A displacement that pointed at the instruction's own place must
	// still reach from either end of the pool.
	if reach+slotSize >= 1<<31 {
		t.Errorf("reach %#x is too far for 32 bits", uint64(reach))
	}
}

// TestSlotPools holds that a pool out of reach or full gives way to the next.
func TestSlotPools(t *testing.T) {
	const far, near, spare sysdeps.Addr = 0x7f0000000000, 0x10000, 0x20000
	tab := NewTable(sysdeps.AMD64)
	tab.AddPool(far, far+slotSize)
	tab.AddPool(near, near+slotSize)
	tab.AddPool(spare, spare+slotSize-1) // too small for any
	tab.AddPool(spare, spare+2*slotSize)
	var got []sysdeps.Addr
	for slot, ok := tab.slots.take(textAddr); ok; slot, ok = tab.slots.take(textAddr) {
		got = append(got, slot)
	}
	if want := []sysdeps.Addr{near, spare, spare + slotSize}; !slices.Equal(got, want) {
		t.Errorf("near: %v, want %v", got, want)
	}
	if slot, ok := tab.slots.take(far - 0x1000); slot != far || !ok {
		t.Errorf("far: %v, %v", slot, ok)
	}
	tab.DropPools()
	if slot, ok := tab.slots.take(textAddr); ok {
		t.Errorf("%v after DropPools", slot)
	}
}

func TestEmptyPool(t *testing.T) {
	for _, size := range []sysdeps.Addr{0, 1, slotSize - 1} {
		s := slotPools{pools: []*slotPool{{lo: 0x1000, hi: 0x1000 + size}}}
		if slot, ok := s.take(0x1000); ok {
			t.Errorf("slot at %v of a pool of %d bytes", slot, size)
		}
		if p, _ := s.find(0x1000); p != nil {
			t.Errorf("a slot is found in a pool of %d bytes", size)
		}
		s.release(0x1000)
	}
}

// TestOutside asks at each program counter of two slots and around them.
func TestOutside(t *testing.T) {
	const pool = textAddr + 0x10000
	// cpuid, which nothing emulates, and mov
	// (%rax),%rax.
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x0f, 0xa2, 0x48, 0x8b, 0x00)
	space.add(pool, 4*slotSize)
	tab.AddPool(pool, pool+4*slotSize)
	for _, a := range []sysdeps.Addr{textAddr, textAddr + 2} {
		r := regsAt(a)
		if way, err := tab.Pass(insert(t, tab, space, a), r, space, true); way != Moved || err != nil {
			t.Fatal(way, err)
		}
	}
	for pc := pool - 2; pc < pool+4*slotSize+2; pc++ {
		want := struct {
			own          sysdeps.Addr
			executed, ok bool
		}{}
		switch off := pc - pool; {
		case off < 2: // in front of cpuid's end
			want.own, want.ok = textAddr, true
		case off < slotSize:
			want.own, want.executed, want.ok = textAddr+2, true, true
		case off < slotSize+3:
			want.own, want.ok = textAddr+2, true
		case off < 2*slotSize:
			want.own, want.executed, want.ok = textAddr+5, true, true
		}
		own, executed, ok := tab.Outside(pc)
		if own != want.own || executed != want.executed || ok != want.ok {
			t.Errorf("at slot %+d: %v, %v, %v, want %+v", int64(pc-pool), own, executed, ok, want)
		}
	}
}

// TestOutsideRemoved holds that a thread on its way through a slot is still led
// out of it when the breakpoint has been removed, until the slot stands for
// another instruction.
func TestOutsideRemoved(t *testing.T) {
	const pool = textAddr + 0x10000
	tab, space := NewTable(sysdeps.AMD64), newSpace(0x0f, 0xa2, 0x0f, 0x31) // cpuid; rdtsc
	space.add(pool, slotSize)
	tab.AddPool(pool, pool+slotSize)
	cpuid := insert(t, tab, space, textAddr)
	if way, err := tab.Pass(cpuid, regsAt(textAddr), space, true); way != Moved || err != nil {
		t.Fatal(way, err)
	}
	if err := tab.Remove(space, cpuid); err != nil {
		t.Fatal(err)
	}
	if own, executed, ok := tab.Outside(pool); own != textAddr || executed || !ok {
		t.Errorf("removed: %v, %v, %v", own, executed, ok)
	}
	r := regsAt(textAddr + 2)
	if way, err := tab.Pass(insert(t, tab, space, textAddr+2), r, space, true); way != Moved || err != nil || r.PC() != pool {
		t.Fatal(way, err, r.PC())
	}
	if own, executed, ok := tab.Outside(pool + 2); own != textAddr+4 || !executed || !ok {
		t.Errorf("used again: %v, %v, %v", own, executed, ok)
	}
}

func TestOutsideAllocates(t *testing.T) {
	tab := NewTable(sysdeps.AMD64)
	tab.AddPool(0x10000, 0x11000)
	tab.slots.take(0x10000)
	if n := testing.AllocsPerRun(100, func() { tab.Outside(0x10001) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

package breakpoint

import (
	"bytes"
	"errors"
	"fmt"

	"sonde/sysdeps"
)

// Breakpoint is one patched address.
type Breakpoint struct {
	Addr sysdeps.Addr
	// Data is the identity: what whoever inserted it wants to find again.
	Data any
	// OneShot marks a trap in code that may change or move (a JIT's): it is
	// taken out at its first hit, and then needs no way past.
	OneShot bool

	orig byte
	pass pass
}

// Table holds the breakpoints of one address space. It is used from the
// tracing thread alone.
type Table struct {
	arch   *sysdeps.Arch
	byAddr map[sysdeps.Addr]*Breakpoint
	lo, hi sysdeps.Addr // the range that holds all that were ever planted
	slots  slotPools
	ghosts ghosts

	// ShadowStack says that the threads run with one: calls and returns can
	// then be neither emulated nor run elsewhere.
	ShadowStack bool
}

// NewTable returns a table without breakpoints for an address space of the
// given machine.
func NewTable(arch *sysdeps.Arch) *Table {
	return &Table{
		arch: arch, byAddr: make(map[sysdeps.Addr]*Breakpoint), lo: ^sysdeps.Addr(0),
		slots: slotPools{anywhere: arch.PtrSize == 4},
	}
}

// Len returns the number of breakpoints.
func (t *Table) Len() int { return len(t.byAddr) }

// Find returns the breakpoint at a, or nil.
func (t *Table) Find(a sysdeps.Addr) *Breakpoint { return t.byAddr[a] }

// Trapped returns the breakpoint whose trap leaves the program counter at pc,
// or nil.
func (t *Table) Trapped(pc sysdeps.Addr) *Breakpoint {
	if t.arch.TrapMovesPC {
		pc -= sysdeps.Addr(len(t.arch.Trap))
	}
	return t.byAddr[pc]
}

// Insert plants a breakpoint at a, where none may stand yet. It writes one
// byte (the only kind of patch that running threads take well) and leaves the
// memory as it was when it fails.
func (t *Table) Insert(m sysdeps.MemoryWriter, a sysdeps.Addr, data any) (*Breakpoint, error) {
	if t.byAddr[a] != nil {
		return nil, fmt.Errorf("plant breakpoint at %v: there is one", a)
	}
	var orig [1]byte
	if _, err := m.ReadMemory(orig[:], a); err != nil {
		return nil, fmt.Errorf("plant breakpoint at %v: %w", a, err)
	}
	if err := m.WriteMemory(t.arch.Trap, a); err != nil {
		return nil, fmt.Errorf("plant breakpoint at %v: %w", a, err)
	}
	b := &Breakpoint{Addr: a, Data: data, orig: orig[0]}
	t.byAddr[a] = b
	t.lo, t.hi = min(t.lo, a), max(t.hi, a+1)
	t.ghosts.remove(a)
	return b, nil
}

// Remove takes b out. The byte is put back only where the trap still stands:
// in code that the program has replaced since it is not ours to change.
func (t *Table) Remove(m sysdeps.MemoryWriter, b *Breakpoint) error {
	t.forget(b)
	return t.restore(m, b)
}

// Drop forgets b, whose memory holds something else by now.
func (t *Table) Drop(b *Breakpoint) { t.forget(b) }

// Forget drops the breakpoints in [lo, hi), whose memory has been unmapped.
func (t *Table) Forget(lo, hi sysdeps.Addr) {
	t.ForgetIf(func(a sysdeps.Addr) bool { return lo <= a && a < hi })
}

// ForgetIf drops the breakpoints at the addresses that gone tells.
func (t *Table) ForgetIf(gone func(sysdeps.Addr) bool) {
	for a, b := range t.byAddr {
		if gone(a) {
			t.forget(b)
		}
	}
}

func (t *Table) forget(b *Breakpoint) {
	delete(t.byAddr, b.Addr)
	t.ghosts.add(b)
	if b.pass.slot != 0 {
		t.slots.release(b.pass.slot)
	}
}

func (t *Table) restore(m sysdeps.MemoryWriter, b *Breakpoint) error {
	var now [1]byte
	if _, err := m.ReadMemory(now[:], b.Addr); err != nil || now[0] != t.arch.Trap[0] {
		return nil // unmapped, or replaced
	}
	if err := m.WriteMemory([]byte{b.orig}, b.Addr); err != nil {
		return fmt.Errorf("remove breakpoint at %v: %w", b.Addr, err)
	}
	return nil
}

// RemoveAll takes all breakpoints out and tells of those that could not be.
func (t *Table) RemoveAll(m sysdeps.MemoryWriter) error {
	err := t.restoreAll(m)
	for _, b := range t.byAddr {
		t.ghosts.add(b)
	}
	clear(t.byAddr)
	return err
}

// RestoreCopy puts the program's own bytes back in a forked copy of the address
// space, which gets no table of its own.
//
// Nothing runs in the copy yet, so that pages can be written as they are: with
// tens of thousands of breakpoints a fork would take seconds otherwise.
func (t *Table) RestoreCopy(m sysdeps.MemoryWriter) error {
	errs := []error{t.exorcise(m)}
	page := make([]byte, sysdeps.PageSize)
	for start, bs := range t.byPage() {
		n, _ := m.ReadMemory(page, start)
		lo, hi := n, 0
		for _, b := range bs {
			if i := int(b.Addr - start); i < n && page[i] == t.arch.Trap[0] {
				page[i] = b.orig
				lo, hi = min(lo, i), max(hi, i+1)
			}
		}
		if lo >= hi {
			continue // unmapped, or replaced
		}
		if err := m.WriteMemory(page[lo:hi], start+sysdeps.Addr(lo)); err != nil {
			errs = append(errs, fmt.Errorf("remove breakpoints in the page at %v: %w", start, err))
		}
	}
	return errors.Join(errs...)
}

func (t *Table) restoreAll(m sysdeps.MemoryWriter) error {
	var errs []error
	for _, b := range t.byAddr {
		if err := t.restore(m, b); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// exorcise takes out of a copy what was planted when it was made, but is not
// any more.
func (t *Table) exorcise(m sysdeps.MemoryWriter) error {
	var errs []error
	for a, g := range t.ghosts.set {
		if err := t.restore(m, &Breakpoint{Addr: a, orig: g.orig}); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// Unpatch replaces the traps in p, which was read at a, by the program's own
// bytes.
func (t *Table) Unpatch(p []byte, a sysdeps.Addr) {
	if a >= t.hi || a+sysdeps.Addr(len(p)) <= t.lo {
		return
	}
	for i := 0; ; i++ { // whole pages of stacks are looked through, too
		n := bytes.IndexByte(p[i:], t.arch.Trap[0])
		if n < 0 {
			return
		}
		i += n
		if b := t.byAddr[a+sysdeps.Addr(i)]; b != nil {
			p[i] = b.orig
		}
	}
}

// Clone returns the table of a forked copy of the address space: the same
// traps over the same bytes, the same slots with the same contents.
func (t *Table) Clone() *Table {
	c := &Table{
		arch: t.arch, lo: t.lo, hi: t.hi, ShadowStack: t.ShadowStack,
		byAddr: make(map[sysdeps.Addr]*Breakpoint, len(t.byAddr)),
		slots:  t.slots.clone(),
	}
	copies := make([]Breakpoint, len(t.byAddr))
	for a, b := range t.byAddr {
		copies[0] = *b
		c.byAddr[a] = &copies[0]
		copies = copies[1:]
	}
	return c
}

// Repair makes a forked copy of the memory agree with its table, which is a
// clone of the parent's. While one thread forks, others may run: what was planted
// or taken out for them after the kernel copied the memory, and before the fork
// was reported, the copy knows nothing of.
func (t *Table) Repair(child sysdeps.MemoryWriter, parent sysdeps.Memory, from *Table) error {
	errs := []error{from.exorcise(child), t.slots.copy(child, parent)}
	page := make([]byte, sysdeps.PageSize)
	for start, bs := range t.byPage() {
		n, _ := child.ReadMemory(page, start)
		for _, b := range bs {
			if p, _ := t.slots.find(b.pass.slot); p == nil {
				b.pass = pass{} // its slot may be gone: look again
			}
			i := int(b.Addr - start)
			if i >= n || page[i] == t.arch.Trap[0] {
				continue
			}
			if page[i] != b.orig { // other code, mapped since
				t.forget(b)
				continue
			}
			errs = append(errs, child.WriteMemory(t.arch.Trap, b.Addr))
		}
	}
	return errors.Join(errs...)
}

func (t *Table) byPage() map[sysdeps.Addr][]*Breakpoint {
	pages := make(map[sysdeps.Addr][]*Breakpoint)
	for a, b := range t.byAddr {
		pages[a.PageDown()] = append(pages[a.PageDown()], b)
	}
	return pages
}

// Removed tells whether a trap that left the program counter at pc may have
// been one of ours that was taken out before its hit was reported; at is where
// it stood.
func (t *Table) Removed(pc sysdeps.Addr) (at sysdeps.Addr, ok bool) {
	if t.arch.TrapMovesPC {
		pc -= sysdeps.Addr(len(t.arch.Trap))
	}
	return pc, t.ghosts.has(pc)
}

// ghosts are the addresses of the last breakpoints that were taken out: a
// thread may have run into one before, and be reported after.
type ghosts struct {
	ring []sysdeps.Addr // maxGhosts of them, once there is one
	next int
	set  map[sysdeps.Addr]ghost
}

type ghost struct {
	orig byte // the program's own byte
	at   int  // in the ring; where else it stands there is out of date
}

// maxGhosts is how many are remembered.
const maxGhosts = 1024

func (g *ghosts) add(b *Breakpoint) {
	if g.set == nil {
		g.set, g.ring = make(map[sysdeps.Addr]ghost), make([]sysdeps.Addr, maxGhosts)
	}
	if old := g.ring[g.next]; g.set[old].at == g.next {
		delete(g.set, old)
	}
	g.ring[g.next] = b.Addr
	g.set[b.Addr] = ghost{b.orig, g.next}
	g.next = (g.next + 1) % len(g.ring)
}

func (g *ghosts) remove(a sysdeps.Addr) { delete(g.set, a) }

func (g *ghosts) has(a sysdeps.Addr) bool {
	_, ok := g.set[a]
	return ok
}

package trace

import (
	"cmp"
	"slices"

	"sonde/elfsym"
	"sonde/filter"
)

// callPlan chooses among the calls of one module that go through a pointer of the
// dynamic linker's.
type callPlan struct {
	wanted   *Wanted
	module   *filter.Module
	file     *elfsym.File
	path     string
	where    *elfsym.DebugFinder
	pointers []callPointer // sorted by Addr
	plan     []Planned
}

// callPointer is a pointer with what is known of its use.
type callPointer struct {
	elfsym.Pointer
	wanted  bool
	reaches bool     // only where a call reaches a library of -l
	called  bool     // by code that a probe can stand at
	loads   []uint64 // the instructions that load it, and may call it later
	blurred bool     // there are others, that no probe can stand at
}

// make makes the plan. What no code is seen to use comes as ViaData. With an error
// the plan is of what could be read.
func (c *callPlan) make() error {
	c.take(c.file.Pointers())
	c.nameOwn()
	c.nameSlots()
	static := len(c.file.Needed) == 0
	nameless := c.module.Main && c.nameless()
	if !c.choose() && !static && !nameless {
		return nil // the code need not be read
	}
	uses, err := c.file.Uses(c.path)
	if uses != nil && (static || nameless) {
		if static {
			c.take(uses.Relative)
			c.nameOwn()
		}
		c.nameCanonical(uses.Sites)
		c.choose()
	}
	for _, slot := range c.file.PLT() {
		c.add(ViaPLT, slot.Addr, slot.GOT)
	}
	if uses != nil {
		c.sites(uses.Sites)
	}
	for i := range c.pointers {
		switch p := &c.pointers[i]; {
		case p.blurred || len(p.loads) > 0:
			c.add(ViaLoad, 0, p.Addr)
		case !p.called:
			c.add(ViaData, 0, p.Addr)
		}
	}
	return err
}

func (c *callPlan) take(pointers []elfsym.Pointer) {
	for _, p := range pointers {
		c.pointers = append(c.pointers, callPointer{Pointer: p})
	}
	slices.SortFunc(c.pointers, func(a, b callPointer) int { return cmp.Compare(a.Addr, b.Addr) })
}

func (c *callPlan) find(addr uint64) *callPointer {
	i, ok := slices.BinarySearchFunc(c.pointers, addr, func(p callPointer, a uint64) int { return cmp.Compare(p.Addr, a) })
	if !ok {
		return nil
	}
	return &c.pointers[i]
}

// nameSlots gives pointers that have no name yet those of their slots.
func (c *callPlan) nameSlots() {
	for _, slot := range c.file.PLT() {
		if p := c.find(slot.GOT); p != nil && p.Symbol == "" {
			p.Symbol, p.Version = slot.Symbol, slot.Version
		}
	}
}

// nameOwn names the pointers that lead to functions of the file itself, whose
// relocations have no symbol: a static program calls through them what a dynamic
// one would call elsewhere, and every program its own IFUNCs.
func (c *callPlan) nameOwn() {
	if !c.nameless() {
		return
	}
	functions, _ := c.file.Functions(c.path, c.where) // what cannot be read of it is told with the entries
	if functions == nil {
		return
	}
	for i := range c.pointers {
		p := &c.pointers[i]
		if p.Symbol != "" {
			continue
		}
		for sym := range functions.Starting(p.Local) {
			if sym.IFUNC != p.IFUNC {
				continue
			}
			wanted, _ := c.wanted.wantsCall(c.module, sym.Name, sym.Version)
			if wanted || p.Symbol == "" { // the best name comes first
				p.Symbol, p.Version = sym.Name, sym.Version
			}
			if wanted {
				break
			}
		}
	}
}

// wantsCall tells whether a module's calls by that name are asked for, and whether
// only those that reach a library of -l are.
func (w *Wanted) wantsCall(m *filter.Module, symbol, version string) (wanted, reaches bool) {
	if w.Calls.Match(m, symbol, version) {
		return true, false
	}
	reaches = w.Reached != nil && w.Reached(symbol)
	return reaches, reaches
}

// nameless tells whether there are pointers that have no name yet.
func (c *callPlan) nameless() bool {
	return slices.ContainsFunc(c.pointers, func(p callPointer) bool { return p.Symbol == "" })
}

// nameCanonical names pointers by the functions that do nothing but jump through them.
// Where the address of an IFUNC of a program's own is taken, lld makes the slot of
// the linkage table what its symbol means (handleNonPreemptibleIfunc in
// ELF/Relocations.cpp).
func (c *callPlan) nameCanonical(sites []elfsym.Site) {
	functions, _ := c.file.Functions(c.path, c.where)
	if functions == nil {
		return
	}
	for _, site := range sites {
		p := c.find(site.Pointer)
		if site.Kind != elfsym.SiteJump || p == nil || p.Symbol != "" || !p.IFUNC {
			continue
		}
		for sym := range functions.Starting(site.Addr) {
			p.Symbol, p.Version = sym.Name, sym.Version
			break
		}
	}
}

// choose asks the filters, and tells whether they want any.
func (c *callPlan) choose() (any bool) {
	for i := range c.pointers {
		p := &c.pointers[i]
		if p.Symbol == "" {
			continue
		}
		p.wanted, p.reaches = c.wanted.wantsCall(c.module, p.Symbol, p.Version)
		any = any || p.wanted
	}
	return any
}

// sites takes the instructions that use pointers.
func (c *callPlan) sites(sites []elfsym.Site) {
	for _, site := range sites {
		p := c.find(site.Pointer)
		if p == nil {
			continue
		}
		switch site.Kind {
		case elfsym.SiteCall:
			c.add(ViaCall, site.Addr, p.Addr)
		case elfsym.SiteJump:
			c.add(ViaJump, site.Addr, p.Addr)
		case elfsym.SiteLoad:
			p.loads = append(p.loads, site.Addr)
		case elfsym.SiteDoubtful:
			p.blurred = true
		}
	}
}

// add plans a place of the pointer at a link-time address, if that is wanted.
func (c *callPlan) add(kind Kind, addr, pointer uint64) {
	p := c.find(pointer)
	if p == nil {
		return
	}
	p.called = p.called || addr != 0
	if p.wanted {
		c.plan = append(c.plan, Planned{
			Kind: kind, Symbol: p.Symbol, Version: p.Version,
			Addr: addr, Pointer: pointer, reaches: p.reaches, loads: c.loads(kind, p),
		})
	}
}

// loads returns the instructions by which a pointer comes into the hands of code,
// if all are known.
func (c *callPlan) loads(kind Kind, p *callPointer) []uint64 {
	if kind != ViaLoad || p.blurred {
		return nil
	}
	return p.loads
}

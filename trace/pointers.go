package trace

import (
	"cmp"
	"slices"

	"sonde/breakpoint"
	"sonde/elfsym"
	"sonde/proc"
	"sonde/sysdeps"
)

// awaited is a pointer that tells where a function is, once the dynamic linker
// has set it.
type awaited struct {
	pointer sysdeps.Addr
	of      *module
	lazy    bool // until the first call it leads to code of the module's own
	// resolver is that of the IFUNC whose entry the pointer is to hold, or 0.
	// On i386 the word itself holds it until then (R_386_IRELATIVE).
	resolver sysdeps.Addr
	// entry is a call's place where code loads the pointer, or that of an
	// IFUNC's entry.
	entry *entryPlace
}

// await notes a pointer to be looked at when something has changed.
func (sp *space) await(a awaited) { sp.awaited = append(sp.awaited, a) }

// resolve plants what the awaited pointers lead to, as far as they are set.
func (s *Session) resolve(space *proc.Space, sp *space) error {
	left := sp.awaited[:0:0]
	for i := range sp.awaited {
		a := &sp.awaited[i]
		target, ok := sp.target(space, a)
		if !ok {
			left = append(left, *a)
			continue
		}
		a.of.relocated = a.of.relocated || !a.lazy
		if err := s.plantResolved(space, sp, target, a); err != nil {
			return err
		}
	}
	// What leads nowhere yet although the module's other pointers are set is
	// a weak symbol that nothing defines.
	sp.awaited = slices.DeleteFunc(left, func(a awaited) bool { return a.of.relocated && !a.lazy })
	return nil
}

// constructing notes that the constructors of a library are called.
func (s *Session) constructing(th *proc.Thread, at sysdeps.Addr) error {
	sp := spaceOf(th)
	if m := sp.moduleAt(at); m != nil {
		m.relocated = true
	}
	return s.resolve(th.Process.Space, sp)
}

// watchConstructors has the pointers of a module looked at again when its
// constructors are called: glibc tells of a library that dlopen has mapped before
// it sets the library's pointers (dl_open_worker_begin in elf/dl-open.c).
func (s *Session) watchConstructors(space *proc.Space, sp *space, m *module) error {
	waits := slices.ContainsFunc(sp.awaited, func(a awaited) bool { return a.of == m })
	if !waits {
		return nil
	}
	if m.file.Init == 0 {
		return s.predict(space, sp, m)
	}
	_, err := plant(space, m.bias+sysdeps.Addr(m.file.Init), func(pl *place) { pl.service = constructors })
	return err
}

// predict plants what a module's awaited pointers will lead to, as the dynamic linker
// would find it: nothing tells when it has set the pointers of a module without
// constructors.
func (s *Session) predict(space *proc.Space, sp *space, m *module) error {
	for i := range sp.awaited {
		a := &sp.awaited[i]
		if a.of != m || a.entry.kind != ViaLoad {
			continue
		}
		in := sp.definer(space, a.entry.name)
		if in == nil {
			continue
		}
		sym, ok := in.file.Lookup(a.entry.name)
		if !ok || sym.IFUNC {
			continue // the resolver alone knows
		}
		if err := s.plantResolved(space, sp, in.bias+sysdeps.Addr(sym.Value), a); err != nil {
			return err
		}
	}
	return nil
}

// target reads an awaited pointer, and tells whether it leads to code.
func (sp *space) target(space *proc.Space, a *awaited) (sysdeps.Addr, bool) {
	target, err := readWord(space, a.pointer)
	if err != nil {
		return 0, false
	}
	if _, ok := sp.find(target); !ok {
		return 0, false
	}
	if a.lazy && a.of.contains(target) || target == a.resolver {
		return 0, false
	}
	return target, true
}

// resolverOf returns the address of the resolver that tells what the module's
// pointer at a link-time address is to hold, or 0 where there is none.
func (m *module) resolverOf(pointer uint64) sysdeps.Addr {
	all := m.file.Pointers()
	i, ok := slices.BinarySearchFunc(all, pointer, func(p elfsym.Pointer, a uint64) int { return cmp.Compare(p.Addr, a) })
	if !ok || all[i].Kind != elfsym.IRelative {
		return 0
	}
	return m.bias + sysdeps.Addr(all[i].Local)
}

// watchLoads has a pointer looked at when code loads it for the first time. Until
// then nothing can be called through it, and the function need not be stopped at
// for whoever else calls it: most programs never come by most of their loads.
func watchLoads(space *proc.Space, m *module, loads []uint64, a awaited) error {
	for _, at := range loads {
		_, err := plant(space, m.bias+sysdeps.Addr(at), func(pl *place) { pl.loads = append(slices.Clip(pl.loads), a) })
		if err != nil {
			return err
		}
	}
	return nil
}

// loading plants what the pointers lead to that a thread is about to load. The
// instruction need not be stopped at again.
func (s *Session) loading(th *proc.Thread, b *breakpoint.Breakpoint, loads []awaited) error {
	space, sp := th.Process.Space, spaceOf(th)
	for i := range loads {
		a := &loads[i]
		target, ok := sp.target(space, a)
		if !ok {
			sp.await(*a)
			continue
		}
		if err := s.plantResolved(space, sp, target, a); err != nil {
			return err
		}
	}
	rest := *b.Data.(*place) // a function that is loaded may begin right here
	rest.loads = nil
	b.Data = &rest
	b.OneShot = rest.idle()
	return nil
}

// plantResolved plants what an awaited pointer is for at the function that it
// leads to.
func (s *Session) plantResolved(space *proc.Space, sp *space, target sysdeps.Addr, a *awaited) error {
	if a.entry.kind != ViaLoad {
		return s.plantFunction(space, space, target, a.entry)
	}
	a.entry.at = target
	if b := space.Table.Find(target); b != nil && b.Data.(*place).entry != nil {
		// A slot of the linkage table, which stands for the function in
		// the whole process (a canonical one): its calls are seen there.
		return nil
	}
	if isSigreturn(space, space.Arch, target) {
		return nil
	}
	_, err := plant(space, target, func(pl *place) {
		again := func(l loadedPlace) bool { return l.by == a.of && l.entry.name == a.entry.name }
		if !slices.ContainsFunc(pl.loaded, again) {
			pl.loaded = append(slices.Clip(pl.loaded), loadedPlace{a.of, a.entry})
			a.of.loads = append(a.of.loads, target)
		}
	})
	return err
}

// unload takes back what was planted in other modules for a module that has been
// unmapped: another one may lie there soon.
func (m *module) unload(space *proc.Space) error {
	for _, at := range m.loads {
		b := space.Table.Find(at)
		if b == nil {
			continue // the other one has gone as well
		}
		pl := *b.Data.(*place)
		pl.loaded = slices.DeleteFunc(slices.Clone(pl.loaded), func(l loadedPlace) bool { return l.by == m })
		b.Data = &pl
		if pl.idle() {
			if err := space.Table.Remove(space, b); err != nil {
				return err
			}
		}
	}
	return nil
}

// loadedPlace is a function that a module calls through a register.
type loadedPlace struct {
	by    *module
	entry *entryPlace
}

// loadedFrom tells of a call to a function through a register, if it comes from
// a module that was asked for. One that came through a place of that module's
// was told there.
func (s *Session) loadedFrom(th *proc.Thread, loaded []loadedPlace, regs *sysdeps.Regs) error {
	ret, err := readWord(th.Process.Space, regs.SP())
	if err != nil {
		return err
	}
	for i := range loaded {
		l := &loaded[i]
		if !l.by.contains(ret) || told(processOf(th), regs.SP(), ret) {
			continue
		}
		return s.entered(th, l.entry, regs)
	}
	return nil
}

// told tells whether the innermost calls are the very one that has now reached a
// function: under another name of it, perhaps, or by a jump out of another one,
// which was called.
func told(p *process, slot, ret sysdeps.Addr) bool {
	area := p.stacks.Find(slot)
	if area == nil {
		return false
	}
	for f := range area.Chain(slot, ret) {
		if f.Data.(*entryPlace).kind.linked() {
			return true
		}
	}
	return false
}

// watchResolver has an IFUNC probed where its resolver says. That is called once
// for each pointer to the function; pointers that have been set already tell the
// same.
func (s *Session) watchResolver(space *proc.Space, sp *space, m *module, at sysdeps.Addr, ep *entryPlace) error {
	_, err := plant(space, at, func(pl *place) {
		pl.resolver = &entryPlace{kind: AtResolver, name: ep.name, resolves: ep}
	})
	if err != nil {
		return err
	}
	f := ifunc{m, ep, uint64(at - m.bias)}
	sp.ifuncs = append(sp.ifuncs, f)
	for _, other := range sp.modules {
		sp.awaitIFUNC(other, &f)
	}
	return nil
}

// ifunc is an IFUNC whose entry is wanted.
type ifunc struct {
	in       *module
	entry    *entryPlace
	resolver uint64 // its link-time address
}

// awaitIFUNCs notes the pointers of a module to the IFUNCs that are wanted.
func (sp *space) awaitIFUNCs(of *module) {
	for i := range sp.ifuncs {
		f := &sp.ifuncs[i]
		sp.awaitIFUNC(of, f)
	}
}

func (sp *space) awaitIFUNC(of *module, f *ifunc) {
	if of.file == nil {
		return
	}
	for _, p := range of.file.Pointers() {
		own := of == f.in && p.Kind == elfsym.IRelative && p.Local == f.resolver
		if own || p.Symbol == f.entry.name {
			sp.await(awaited{
				pointer: of.bias + sysdeps.Addr(p.Addr), of: of, lazy: p.Kind == elfsym.JumpSlot,
				resolver: of.resolverOf(p.Addr), entry: f.entry,
			})
		}
	}
}

// resolved takes what an IFUNC's resolver has returned.
func (s *Session) resolved(th *proc.Thread, ep *entryPlace, result sysdeps.Addr) error {
	if _, ok := spaceOf(th).codeAt(th, result); !ok {
		return nil
	}
	return s.plantFunction(th.Process.Space, th.Process.Space, result, ep)
}

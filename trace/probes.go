package trace

import (
	"errors"
	"fmt"
	"iter"
	"strconv"

	"sonde/breakpoint"
	"sonde/elfsym"
	"sonde/event"
	"sonde/insn"
	"sonde/proc"
	"sonde/sysdeps"
)

// probe plants what is wanted in a module.
func (s *Session) probe(space *proc.Space, sp *space, m *module, wanted *Wanted, tid int) error {
	where := &elfsym.DebugFinder{Root: "/proc/" + strconv.Itoa(tid) + "/root"}
	plan, err := wanted.Plan(&m.Module, m.file, m.source, where)
	if err != nil && !proc.Lives(tid) {
		return sysdeps.ErrGone
	}
	if err != nil {
		s.warn(fmt.Errorf("symbols of %s: %w", m.Path, err))
	}
	s.debugPlan(m, plan)
	code := &pages{MemoryWriter: space}
	for i := range plan {
		sp.tally.count(&plan[i])
		if err := s.plantPlanned(code, space, sp, m, &plan[i]); err != nil {
			if errors.Is(err, sysdeps.ErrGone) {
				return err
			}
			s.warn(fmt.Errorf("probe %s in %s: %w", plan[i].Symbol, m.Path, err))
		}
	}
	if err := s.probeGo(space, sp, m, plan); err != nil {
		return err
	}
	sp.awaitIFUNCs(m)
	return s.watchConstructors(space, sp, m)
}

// plantPlanned plants one place, by way of code, or notes the pointer that will tell
// where it is.
func (s *Session) plantPlanned(code sysdeps.MemoryWriter, space *proc.Space, sp *space, m *module, p *Planned) error {
	ep := &entryPlace{
		kind: p.Kind, name: p.Symbol, reaches: p.reaches, ifunc: p.Func.IFUNC,
		catches: services[p.Symbol] == catchException,
	}
	if p.Pointer != 0 {
		ep.caller, ep.pointer = m.Name, m.bias+sysdeps.Addr(p.Pointer)
	} else {
		ep.module = m.shownName()
	}
	at := m.bias + sysdeps.Addr(p.Addr)
	if p.Kind == ViaData || p.Func.Go { // not seen; planted with others of its kind
		return nil
	}
	sp.probes++
	switch {
	case p.Kind == ViaLoad:
		a := awaited{pointer: ep.pointer, of: m, resolver: m.resolverOf(p.Pointer), entry: ep}
		if m.untouched && len(p.loads) > 0 {
			return watchLoads(space, m, p.loads, a)
		}
		sp.await(a)
		return nil
	case p.Kind == AtSpot:
		return s.plantSpot(space, m, at, ep)
	case p.Kind != AtEntry:
		return s.plantCall(code, space, at, ep)
	case p.Func.IFUNC:
		return s.watchResolver(space, sp, m, at, ep)
	}
	return s.plantFunction(code, space, at, ep)
}

// plantSpot plants an instruction that the user has named.
func (s *Session) plantSpot(space *proc.Space, m *module, at sysdeps.Addr, ep *entryPlace) error {
	if err := s.checkBoundary(space, m, at); err != nil {
		return err
	}
	_, err := plant(space, at, func(pl *place) { pl.spot = ep })
	return err
}

// plantCall plants the place of a call through a pointer.
func (s *Session) plantCall(code sysdeps.MemoryWriter, space *proc.Space, at sysdeps.Addr, ep *entryPlace) error {
	if ep.kind == ViaCall {
		in, err := decode(space, at)
		if err != nil {
			return err
		}
		ep.after = at + sysdeps.Addr(in.Len)
	}
	ep.at = at
	_, err := plantIn(code, space, at, func(pl *place) {
		if pl.entry == nil || pl.entry.reaches {
			pl.entry = ep
		}
	})
	return err
}

// plantFunction plants a function's entry. An IFUNC's name comes before that of the
// code that was chosen for it: people know strcmp, not __strcmp_evex. What a signal
// handler returns to is no function, though libraries with all their symbols call
// it one, and unwinders know it by its bytes.
func (s *Session) plantFunction(code sysdeps.MemoryWriter, space *proc.Space, at sysdeps.Addr, ep *entryPlace) error {
	if isSigreturn(code, space.Arch, at) {
		return nil
	}
	ep.at = at
	_, err := plantIn(code, space, at, func(pl *place) {
		if pl.function == nil || ep.ifunc && !pl.function.ifunc {
			pl.function = ep
		}
	})
	return err
}

// decode reads the program's own instruction at an address.
func decode(space *proc.Space, at sysdeps.Addr) (insn.X86, error) {
	var p [15]byte
	n, err := space.ReadMemory(p[:], at)
	if n == 0 {
		return insn.X86{}, err
	}
	space.Table.Unpatch(p[:n], at)
	in, err := insn.DecodeX86(p[:n], modeOf(space.Arch))
	if err != nil {
		return in, fmt.Errorf("instruction at %v: %w", at, err)
	}
	return in, nil
}

// instructions yields those of the program's own code from lo to hi, by address, as
// far as it can be read and decoded. What begins before hi may end behind it.
func instructions(space *proc.Space, lo, hi sysdeps.Addr) iter.Seq2[sysdeps.Addr, *insn.X86] {
	return func(yield func(sysdeps.Addr, *insn.X86) bool) {
		if hi <= lo {
			return
		}
		code := make([]byte, hi-lo+insn.X86MaxLen)
		n, _ := space.ReadMemory(code, lo)
		code = code[:n]
		space.Table.Unpatch(code, lo)
		for pc := lo; pc < hi; {
			in, err := insn.DecodeX86(code[min(int(pc-lo), n):], modeOf(space.Arch))
			if err != nil || !yield(pc, &in) {
				return
			}
			pc += sysdeps.Addr(in.Len)
		}
	}
}

func modeOf(a *sysdeps.Arch) insn.Mode {
	if a == sysdeps.I386 {
		return insn.Mode32
	}
	return insn.Mode64
}

// checkBoundary makes sure that an instruction begins at an address that a user
// has given, as far as the function around it tells: a trap in the middle of one
// would make another of it.
func (s *Session) checkBoundary(space *proc.Space, m *module, at sysdeps.Addr) error {
	if space.Table.Find(at) != nil {
		return nil
	}
	functions, _ := m.file.Functions(m.source, nil)
	if functions == nil {
		return nil
	}
	sym, ok := functions.At(uint64(at - m.bias))
	if !ok {
		return nil
	}
	next := m.bias + sysdeps.Addr(sym.Value)
	for pc, in := range instructions(space, next, at) {
		if next = pc + sysdeps.Addr(in.Len); next > at {
			return fmt.Errorf("no instruction begins there: the nearest are at %#x and %#x", uint64(pc-m.bias), uint64(next-m.bias))
		}
	}
	if next < at {
		return fmt.Errorf("whether an instruction begins there is not known: there is none at %#x", uint64(next-m.bias))
	}
	return nil
}

// passed tells of a thread at a spot.
func (s *Session) passed(th *proc.Thread, b *breakpoint.Breakpoint, ep *entryPlace, regs *sysdeps.Regs) {
	s.emit(&event.Passed{Head: s.head(th), Module: ep.module, Name: ep.name, PC: b.Addr, Stack: s.stackAt(th, regs)})
}

// hasLoop tells whether a function has a jump to its own beginning, so that
// coming there again need not be a call. It is looked for once.
func (sp *space) hasLoop(space *proc.Space, ep *entryPlace) bool {
	if ep.loop == loopUnknown {
		ep.loop = loopNone
		_, hi := sp.codeAround(ep.at)
		for pc, in := range instructions(space, ep.at, hi) {
			if to, ok := in.Target(uint64(pc)); ok && in.Kind != insn.Call && sysdeps.Addr(to) == ep.at {
				ep.loop = loopFound
				break
			}
		}
	}
	return ep.loop == loopFound
}

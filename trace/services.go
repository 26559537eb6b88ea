package trace

import (
	"encoding/binary"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/event"
	"sonde/proc"
	"sonde/sysdeps"
)

// service is a breakpoint of Sonde's own, at a function whose call it must
// know of, whatever the filter says.
type service uint8

const (
	noService      service = iota
	loaderNotice           // the dynamic linker has changed the list of libraries
	nonlocalJump           // longjmp and its like: outer frames are abandoned
	catchException         // a handler runs: frames inside of its own are abandoned
	landingPad             // a frame is about to run its cleanups, or a handler: the same
	newContext             // makecontext: a coroutine's stack
	otherContext           // setcontext: outer frames are abandoned, or another stack's taken up
	maskSignals            // SIGTRAP may be blocked
	constructors           // a library's pointers have been set
	beginning              // the program begins: what the dynamic linker did is over
)

// services are the functions, by name. Each is looked for in the libraries that
// serviceHomes names, and in the main program, which may contain them.
var services = map[string]service{
	"longjmp":           nonlocalJump,
	"_longjmp":          nonlocalJump,
	"siglongjmp":        nonlocalJump,
	"__longjmp_chk":     nonlocalJump,
	"__cxa_begin_catch": catchException,
	"_Unwind_SetIP":     landingPad,
	"makecontext":       newContext,
	"setcontext":        otherContext,
	"pthread_sigmask":   maskSignals,
	"sigprocmask":       maskSignals,
}

// loaderSymbol is called by every dynamic linker before and after it changes
// the list of libraries (struct r_debug, r_brk, in <link.h>).
const loaderSymbol = "_dl_debug_state"

// serviceHomes are how the names of libraries begin that may define services.
var serviceHomes = []string{"libc.so", "libc.musl", "libc-", "ld-", "ld.so", "libpthread", "libstdc++", "libc++", "libc++abi", unwinder}

// unwinder is how the name of GCC's unwinding library begins.
const unwinder = "libgcc_s.so"

func hasServices(name string) bool {
	for _, home := range serviceHomes {
		if strings.HasPrefix(name, home) {
			return true
		}
	}
	return false
}

// provide plants the services that a module defines.
func (m *module) provide(space *proc.Space) error {
	for name, what := range services {
		if what == landingPad && !strings.HasPrefix(m.Base, unwinder) {
			continue // another one's contexts are not known
		}
		if err := m.plantService(space, name, what); err != nil {
			return err
		}
	}
	return nil
}

func (m *module) plantService(space *proc.Space, name string, what service) error {
	sym, ok := m.file.Lookup(name)
	if !ok || sym.IFUNC {
		return nil
	}
	_, err := plant(space, m.bias+sysdeps.Addr(sym.Value), func(pl *place) { pl.service = what })
	return err
}

// watchBeginning has the calls of the dynamic linker's own functions dropped where the
// program begins, if any are traced.
func (s *Session) watchBeginning(space *proc.Space, sp *space) error {
	loader := sp.linker.module
	if loader == nil || !s.opt.Entries.Wants(&loader.Module) {
		return nil
	}
	for _, m := range sp.modules {
		if !m.Main || m.file == nil {
			continue
		}
		if _, err := plant(space, m.bias+sysdeps.Addr(m.file.Entry), func(pl *place) { pl.service = beginning }); err != nil {
			return err
		}
	}
	return nil
}

// serve does what a service is there for. The thread stands at the function's
// first instruction.
func (s *Session) serve(th *proc.Thread, what service, r *sysdeps.Regs) error {
	switch what {
	case loaderNotice:
		return s.librariesChanged(th)
	case nonlocalJump:
		s.dropCall(th, r.SP(), event.Jumped) // longjmp's own
		if target, ok := s.jumpTarget(th, r); ok {
			th.Jumped(target)
			s.unwind(th, target, event.Jumped)
		}
	case catchException:
		th.Jumped(r.SP())
		ret, err := readWord(th.Process.Space, r.SP())
		if err != nil {
			return err
		}
		s.catching(th, r.SP(), ret)
	case landingPad:
		s.noteLanding(th, r)
	case newContext:
		s.noteContext(th, r)
	case otherContext:
		s.takeContext(th, r)
	case maskSignals:
		return s.noteMask(th, r)
	case beginning:
		// musl's dynamic linker jumps there out of its own calls (dlstart.c).
		s.unwind(th, r.SP(), event.Jumped)
	case constructors:
		return s.constructing(th, r.PC())
	}
	return nil
}

// librariesChanged is called before and after each change of the list of libraries;
// between, it is not consistent, and is not looked at but for the first time, when
// the program that the dynamic linker was told to run may have come.
func (s *Session) librariesChanged(th *proc.Thread) error {
	p, sp := th.Process, spaceOf(th)
	consistent := sp.linker.consistent(p.Space)
	if !consistent && sp.settled {
		return nil
	}
	if err := s.update(p, th.TID); err != nil {
		return err
	}
	if consistent && !sp.settled {
		sp.settled = true
		s.checkProbes(p, sp)
	}
	return nil
}

// dropCall drops the calls whose return address lies at slot: a function that
// never returns has been reached.
func (s *Session) dropCall(th *proc.Thread, slot sysdeps.Addr, why event.Reason) {
	p := processOf(th)
	if ar := p.stacks.Find(slot); ar != nil {
		s.abandon(th, p.stacks.Drop(ar, slot), why)
	}
}

// unwind drops the calls whose frames lie below sp in its stack area.
func (s *Session) unwind(th *proc.Thread, sp sysdeps.Addr, why event.Reason) {
	p := processOf(th)
	if ar := p.stacks.Find(sp); ar != nil {
		s.abandon(th, p.stacks.Unwind(ar, sp), why)
	}
}

// catching drops what an exception has left behind, at the call that begins its
// handler: all that is deeper in the stack, and the call that the handler's frame
// had made, whose slot this one has taken.
func (s *Session) catching(th *proc.Thread, slot, ret sysdeps.Addr) {
	s.unwind(th, slot, event.Thrown)
	p := processOf(th)
	delete(p.landings, th.TID)
	if ar := p.stacks.Find(slot); ar != nil {
		if last := ar.Last(); last != nil && last.Slot == slot && last.Return != ret {
			s.abandon(th, p.stacks.Drop(ar, slot), event.Thrown)
		}
	}
}

// jumpTarget reads the stack pointer that longjmp will set out of the jmp_buf, its
// first argument.
func (s *Session) jumpTarget(th *proc.Thread, r *sysdeps.Regs) (sysdeps.Addr, bool) {
	buf, err := argument(th.Process.Space, r, 0)
	if err != nil {
		return 0, false
	}
	size := sysdeps.Addr(r.Arch.PtrSize)
	p := processOf(th)
	for _, to := range x86JumpTargets(th, buf) {
		// A call made now would have its slot below: that is in the area
		// even where sp is its end. In 32 bits a stack pointer alone would
		// too often be one by chance.
		if to.sp%size != 0 || p.stacks.Find(to.sp-size) == nil {
			continue
		}
		if _, ok := spaceOf(th).codeAt(th, to.pc); ok {
			return to.sp, true
		}
	}
	return 0, false
}

// noteContext makes the stack of a new ucontext, makecontext's first argument, an
// area of its own: uc_stack stands behind uc_flags and uc_link (<ucontext.h>), each
// of its members in a word.
func (s *Session) noteContext(th *proc.Thread, r *sysdeps.Regs) {
	space, size := th.Process.Space, sysdeps.Addr(r.Arch.PtrSize)
	uc, err := argument(space, r, 0)
	if err != nil {
		return
	}
	lo, err := readWord(space, uc+2*size) // ss_sp
	if err != nil {
		return
	}
	n, err := readWord(space, uc+4*size) // ss_size
	if err == nil && n > 0 && n < 1<<40 && lo+n > lo {
		processOf(th).stacks.Add(lo, lo+n)
	}
}

// takeContext drops what setcontext(ucp) leaves behind: its own call, and those
// deeper than the context in its stack, but for the swapcontext that has saved it
// and now returns.
func (s *Session) takeContext(th *proc.Thread, r *sysdeps.Regs) {
	s.dropCall(th, r.SP(), event.Jumped)
	space := th.Process.Space
	uc, err := argument(space, r, 0)
	if err != nil {
		return
	}
	size := sysdeps.Addr(space.Arch.PtrSize)
	sp, err := readWord(space, uc+x86ContextSP[space.Arch])
	if err != nil || sp%size != 0 {
		return
	}
	pc, err := readWord(space, uc+x86ContextPC[space.Arch])
	if err != nil {
		return
	}
	th.Jumped(sp)
	slot := sp - size
	s.unwind(th, slot, event.Jumped)
	if ar := processOf(th).stacks.Find(slot); ar != nil {
		if last := ar.Last(); last != nil && last.Slot == slot && last.Return != pc {
			s.dropCall(th, slot, event.Jumped)
		}
	}
}

// noteMask follows sigprocmask(how, set, old), so that SIGTRAP stays blocked
// where the program wants it blocked.
func (s *Session) noteMask(th *proc.Thread, r *sysdeps.Regs) error {
	space := th.Process.Space
	set, err := argument(space, r, 1)
	if err != nil || set == 0 {
		return err
	}
	var mask [8]byte
	if _, err := space.ReadMemory(mask[:], set); err != nil {
		return nil // the call will fail
	}
	trap := binary.LittleEndian.Uint64(mask[:])&(1<<(unix.SIGTRAP-1)) != 0
	first, err := argument(space, r, 0)
	if err != nil {
		return err
	}
	how := int32(first)
	if how == unix.SIG_SETMASK || trap && (how == unix.SIG_BLOCK || how == unix.SIG_UNBLOCK) {
		return s.tr.NoteTrapBlocked(th, trap && how != unix.SIG_UNBLOCK)
	}
	return nil
}

package trace

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"sonde/capture"
	"sonde/elfsym"
	"sonde/proc"
	"sonde/sysdeps"
)

// goPlace is what a breakpoint in a Go function is there for.
type goPlace struct {
	entry   *entryPlace // its calls come by here, each once
	returns *goFunction // returns from here
	exits   bool        // runtime.Goexit ends the goroutine
}

// goFunction is what is known of a Go function whose calls are traced, or that
// one of those leaves by.
type goFunction struct {
	g     sysdeps.Reg // that holds the goroutine as a call comes by
	words []capture.GoWord
	loops bool // goShape.loops
	// tails says that it may leave by a jump to another function, which then
	// returns for it.
	tails bool
	// blind says that not all of its returns could be found.
	blind bool
}

// probeGo plants the Go functions of the plan for a module.
func (s *Session) probeGo(space *proc.Space, sp *space, m *module, plan []Planned) error {
	if !slices.ContainsFunc(plan, func(p Planned) bool { return p.Func.Go }) {
		return nil
	}
	if space.Arch != sysdeps.AMD64 {
		s.warn(fmt.Errorf("functions of Go in %s are not traced: only those of 64-bit programs can be", m.Path))
		return nil
	}
	functions, err := m.file.Functions(m.source, nil) // read before, for the plan
	if functions == nil {
		return err
	}
	c := &goCode{bias: m.bias, functions: functions, known: make(map[sysdeps.Addr]*goFunction)}
	wide := s.opt.Entries != nil && s.opt.Entries.Match(&m.Module, noGoName, "")
	for i := range plan {
		f, ok := functions.Go(plan[i].Func.Value)
		if !ok || !plan[i].Func.Go {
			continue
		}
		if wide && isGoRuntime(f.Name) {
			s.warn(errGoRuntime)
			continue
		}
		ep := &entryPlace{kind: AtEntry, module: m.shownName(), name: plan[i].Symbol}
		if err := c.plant(space, ep, &f); err != nil {
			if errors.Is(err, sysdeps.ErrGone) {
				return err
			}
			s.warn(fmt.Errorf("probe %s in %s: %w", f.Name, m.Path, err))
		}
		sp.probes++
	}
	return c.watchExits(space)
}

// noGoName is the name of no Go function: what matches it, matches all.
const noGoName = "no function.of Go"

// errGoRuntime tells what -x '*' leaves out. Much of Go's runtime runs with all
// signals blocked: in signal handlers, and where threads and processes are made.
// A trap met there makes the kernel take the program's SIGTRAP handler away
// (force_sig_info_to_task in kernel/signal.c).
var errGoRuntime = errors.New("functions of Go's runtime are traced only if they are asked for by name (-x 'runtime.*'): a program that handles SIGTRAP may not survive it")

// isGoRuntime tells of functions that may run with all signals blocked, by their
// names. Assembly may have no package.
func isGoRuntime(name string) bool {
	for _, prefix := range []string{
		"runtime.", "internal/runtime/", "internal/bytealg.", "internal/abi.", "internal/cpu.", "internal/chacha8rand.",
		"syscall.forkAndExecInChild", "syscall.rawVforkSyscall", "syscall.runtime_",
	} {
		if strings.HasPrefix(name, prefix) {
			return true
		}
	}
	return !strings.Contains(name, ".") || strings.HasPrefix(name, "_")
}

// goCode is the Go part of a module.
type goCode struct {
	bias      sysdeps.Addr
	functions *elfsym.Functions
	known     map[sysdeps.Addr]*goFunction // by entry: those whose returns are planted
}

// plant plants the entry of a Go function, and what it returns by. The error
// tells that its returns could not all be found; its calls are traced without.
// What signal handlers return to is no function, though Go gives it a name.
func (c *goCode) plant(space *proc.Space, ep *entryPlace, f *elfsym.GoFunc) error {
	if isSigreturn(space, space.Arch, c.bias+sysdeps.Addr(f.Entry)) {
		return nil
	}
	fn, shape, err := c.plantReturns(space, f)
	if fn == nil {
		return err
	}
	fn.words = shape.spills.words(f)
	at := c.bias + sysdeps.Addr(f.Entry)
	ep.at, ep.golang = at, fn
	plantErr := plantGo(space, at+sysdeps.Addr(shape.begin), func(gp *goPlace) { gp.entry = ep })
	if plantErr != nil {
		return plantErr
	}
	return err
}

// watchExits has runtime.Goexit noticed, by which goroutines end with calls that
// have not returned.
func (c *goCode) watchExits(space *proc.Space) error {
	for sym := range c.functions.Named("runtime.Goexit") {
		f, ok := c.functions.Go(sym.Value)
		if !ok {
			continue
		}
		_, shape, err := c.read(space, &f)
		if err != nil {
			return err
		}
		at := c.bias + sysdeps.Addr(f.Entry) + sysdeps.Addr(shape.begin)
		return plantGo(space, at, func(gp *goPlace) { gp.exits = true })
	}
	return nil
}

// maxGoFunction caps the code of one function. What is generated has some
// hundred kB.
const maxGoFunction = 16 << 20

// plantReturns plants what a function returns by: its own return instructions,
// and those of the functions that it jumps to.
func (c *goCode) plantReturns(space *proc.Space, f *elfsym.GoFunc) (*goFunction, *goShape, error) {
	at, shape, err := c.read(space, f)
	if fn := c.known[at]; fn != nil {
		return fn, shape, err
	}
	fn := &goFunction{g: shape.g, loops: shape.loops, tails: shape.wanders, blind: err != nil}
	c.known[at] = fn
	if fn.blind {
		return fn, shape, err
	}
	for _, off := range shape.returns {
		if err := plantGo(space, at+sysdeps.Addr(off), func(gp *goPlace) { gp.returns = fn }); err != nil {
			return nil, nil, err
		}
	}
	for _, exit := range shape.exits {
		to, ok := c.functions.GoAt(uint64(exit - c.bias))
		if !ok {
			fn.blind = true // into C
			continue
		}
		fn.tails = true
		if c.known[c.bias+sysdeps.Addr(to.Entry)] == nil {
			if _, _, err := c.plantReturns(space, &to); err != nil {
				return nil, nil, fmt.Errorf("%s, which it ends with: %w", to.Name, err)
			}
		}
	}
	return fn, shape, nil
}

// read decodes a function out of memory. The shape is there with an error, too.
func (c *goCode) read(space *proc.Space, f *elfsym.GoFunc) (sysdeps.Addr, *goShape, error) {
	at := c.bias + sysdeps.Addr(f.Entry)
	code := make([]byte, min(f.End-f.Entry, maxGoFunction))
	if _, err := space.ReadMemory(code, at); err != nil {
		return at, &goShape{g: x86GoG}, err
	}
	space.Table.Unpatch(code, at)
	shape, err := x86GoShape(code, at)
	return at, &shape, err
}

// plantGo adds a duty to a breakpoint in a Go function.
func plantGo(space *proc.Space, at sysdeps.Addr, duty func(*goPlace)) error {
	_, err := plant(space, at, func(pl *place) {
		gp := goPlace{} // a forked copy of the address space shares the old one
		if pl.golang != nil {
			gp = *pl.golang
		}
		duty(&gp)
		pl.golang = &gp
	})
	return err
}

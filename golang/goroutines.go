package golang

import (
	"cmp"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"

	"sonde/sysdeps"
)

// Goroutine is a goroutine that no thread runs.
type Goroutine struct {
	ID uint64
	// State is in the runtime's words; for one that waits, for what: "chan receive".
	State string
	// SP, PC and BP are what it will go on with.
	SP, PC, BP sysdeps.Addr
	// Hi is the end of its stack.
	Hi sysdeps.Addr
}

// Running is a goroutine that a thread runs, and the stacks that belong to both.
type Running struct {
	ID uint64 // 0 for a thread that runs none
	// Stacks are those that are in use, from the stack pointer to the end: the
	// goroutine's, and the thread's own, which the runtime and C code use.
	Stacks []sysdeps.Range
	// Structures are what the runtime knows the thread and the goroutine by.
	Structures []sysdeps.Range
}

// Bounds of one look at a process.
const (
	maxPages  = 1 << 15
	maxReason = 64 // the length of a name, and how many there are
	mWords    = 64 // of struct m, in which the current goroutine is
)

// Snapshot reads what goroutines are in memory that holds still.
type Snapshot struct {
	*Program
	pages *sysdeps.Pages
	words map[uint32]string // for what goroutines wait
}

// Snapshot begins one.
func (p *Program) Snapshot(mem sysdeps.Memory) *Snapshot {
	return &Snapshot{Program: p, pages: sysdeps.NewPages(mem, maxPages), words: make(map[uint32]string)}
}

// read reads a struct g. The error tells that it is none.
func (p *Program) read(mem sysdeps.Memory, at sysdeps.Addr) (goroutine, error) {
	var b [gSize]byte
	if at == 0 || at%8 != 0 {
		return goroutine{}, fmt.Errorf("no goroutine can be at %v", at)
	}
	if n, err := mem.ReadMemory(b[:], at); n < len(b) {
		return goroutine{}, err
	}
	word := func(off uint64) uint64 { return binary.LittleEndian.Uint64(b[off:]) }
	g := goroutine{
		at: at, m: sysdeps.Addr(word(gM)), lo: sysdeps.Addr(word(gStackLo)), hi: sysdeps.Addr(word(gStackHi)),
		sp: sysdeps.Addr(word(gSchedSP)), pc: sysdeps.Addr(word(gSchedPC)), bp: sysdeps.Addr(word(p.layout.bp)),
		status: binary.LittleEndian.Uint32(b[p.layout.status:]) &^ stateScan, reason: uint32(b[p.layout.reason]),
		id: word(p.layout.id),
	}
	if g.status > maxState || g.hi < g.lo || g.hi-g.lo > maxStack || word(gSchedG) != uint64(at) && word(gSchedG) != 0 {
		return goroutine{}, fmt.Errorf("what is at %v is no goroutine", at)
	}
	return g, nil
}

// word reads a 64-bit word.
func (s *Snapshot) word(a sysdeps.Addr) (v uint64, ok bool) {
	var p [8]byte
	_, err := s.pages.ReadMemory(p[:], a)
	return binary.LittleEndian.Uint64(p[:]), err == nil
}

// All returns the goroutines that no thread runs, by ID. Once late says so, no more are read:
// more is how many there may be beyond.
func (s *Snapshot) All(late func() bool) (all []Goroutine, more int, err error) {
	list, n := s.list()
	if n == 0 {
		return nil, 0, errNoList
	}
	for i := range n {
		at, ok := s.word(list + sysdeps.Addr(8*i))
		if !ok {
			return all, n - i, fmt.Errorf("the list of %d goroutines cannot be read", n)
		}
		if i%256 == 255 && late() {
			more = n - i
			break
		}
		g, err := s.read(s.pages, sysdeps.Addr(at))
		if err != nil {
			return all, n - i, err
		}
		switch g.status {
		case stateRunnable, stateWaiting, statePreempted, stateLeaked:
			if g.sp < g.lo || g.sp >= g.hi {
				return all, n - i, fmt.Errorf("the stack of goroutine %d is not where it should be", g.id)
			}
			all = append(all, Goroutine{ID: g.id, State: s.state(&g), SP: g.sp, PC: g.pc, BP: g.bp, Hi: g.hi})
		}
	}
	slices.SortFunc(all, func(a, b Goroutine) int { return cmp.Compare(a.ID, b.ID) })
	return all, more, nil
}

// list returns the longest of what may be the list of goroutines: the others are what it
// was before.
func (s *Snapshot) list() (ptr sysdeps.Addr, length int) {
	for _, at := range s.lists {
		p, ok := s.word(at)
		n, ok2 := s.word(at + 8)
		if ok && ok2 && n <= maxGoroutines && int(n) > length {
			ptr, length = sysdeps.Addr(p), int(n)
		}
	}
	return ptr, length
}

// state tells what a goroutine does.
func (s *Snapshot) state(g *goroutine) string {
	if g.status == stateWaiting && g.reason != 0 {
		if why := s.reason(g.reason); why != "" {
			return why
		}
	}
	return stateNames[g.status]
}

// reason returns what a goroutine waits for; "" where that is not known.
func (s *Snapshot) reason(nr uint32) string {
	if s.reasons == 0 || nr >= maxReason {
		return ""
	}
	if why, ok := s.words[nr]; ok {
		return why
	}
	ptr, ok := s.word(s.reasons + sysdeps.Addr(16*nr))
	n, ok2 := s.word(s.reasons + sysdeps.Addr(16*nr+8))
	why := ""
	if text := make([]byte, min(n, maxReason)); ok && ok2 && n <= maxReason {
		if _, err := s.pages.ReadMemory(text, sysdeps.Addr(ptr)); err == nil && !strings.ContainsFunc(string(text), func(r rune) bool { return r < ' ' || r > '~' }) {
			why = string(text)
		}
	}
	s.words[nr] = why
	return why
}

// Running returns which goroutine a thread runs. ok is false where the thread is not one
// of Go's.
//
// The g that code runs as is in thread-local storage, mostly right below the thread pointer
// (cmd/link: -8 but for programs with cgo that have variables of their own there), and in
// R14 while it is Go's.
func (s *Snapshot) Running(r *sysdeps.Regs) (run Running, ok bool) {
	tls, _ := s.word(sysdeps.Addr(r.Get(sysdeps.FSBase) - 8))
	for _, at := range []uint64{tls, r.Get(sysdeps.R14)} {
		g, err := s.read(s.pages, sysdeps.Addr(at))
		if err != nil || g.m == 0 {
			continue
		}
		at, _ := s.word(g.m + mG0)
		g0, err := s.read(s.pages, sysdeps.Addr(at))
		if err != nil || g0.m != g.m {
			continue
		}
		pointer := sysdeps.Addr(r.Get(sysdeps.FSBase))
		run.Structures = append(run.Structures, sysdeps.Range{Lo: pointer - 8, Hi: pointer}, sysdeps.Range{Lo: g.m, Hi: g.m + 8*mWords}, structure(&g0), structure(&g))
		run.Stacks = append(run.Stacks, stack(&g0)...)
		if g.at == g0.at {
			if g, ok = s.current(&g0); !ok {
				return run, true
			}
			run.Structures = append(run.Structures, structure(&g))
		}
		if g.status == stateRunning || g.status == stateSyscall || g.status == stateCopying {
			run.ID = g.id
			run.Stacks = append(run.Stacks, runningStack(&g)...)
		}
		return run, true
	}
	return run, false
}

func structure(g *goroutine) sysdeps.Range { return sysdeps.Range{Lo: g.at, Hi: g.at + gSize} }

// wholeStack is the size of a stack up to which all of a goroutine's that runs is taken: where
// it is, it has not told since it went to the vDSO.
const wholeStack = 64 << 10

// runningStack is what may be in use of the stack of a goroutine that a thread runs.
func runningStack(g *goroutine) []sysdeps.Range {
	if g.hi-g.lo <= wholeStack && g.lo != 0 {
		return []sysdeps.Range{{Lo: g.lo, Hi: g.hi}}
	}
	return stack(g)
}

// stack is what is in use of a stack that is not the one the thread is on.
func stack(g *goroutine) []sysdeps.Range {
	if g.sp < g.lo || g.sp >= g.hi {
		return nil
	}
	return []sysdeps.Range{{Lo: g.sp, Hi: g.hi}}
}

// current returns the goroutine that a thread runs whose own g is g0: a word of its m leads
// to it.
func (s *Snapshot) current(g0 *goroutine) (goroutine, bool) {
	for i := range mWords {
		at, ok := s.word(g0.m + sysdeps.Addr(8*i))
		if !ok {
			break
		}
		if at == 0 || sysdeps.Addr(at) == g0.at {
			continue
		}
		if g, err := s.read(s.pages, sysdeps.Addr(at)); err == nil && g.m == g0.m && g.id != 0 {
			return g, true
		}
	}
	return goroutine{}, false
}

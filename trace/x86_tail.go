package trace

import (
	"sonde/insn"
	"sonde/proc"
	"sonde/sysdeps"
)

// maxJumpScan is how much of a function is looked at for jumps, in bytes;
// sizelessScan is how much of one whose size is not known.
const (
	maxJumpScan  = 64 << 10
	sizelessScan = 256
)

// maxTailFunctions bounds the search for a way of jumps from one function to
// another.
const maxTailFunctions = 32

// codePath is a way by jumps: from the code of one function to a place.
type codePath struct{ from, to sysdeps.Addr }

// jumps tells whether there is a way of jumps from the code that was called at
// one place to another place: from function to function, through slots of the
// linkage table too. What the program computes it does not see. It is looked for
// once.
func (sp *space) jumps(space *proc.Space, from, to *entryPlace) bool {
	path := codePath{from.at, to.at}
	if from.kind.linked() {
		path.from, _ = readWord(space, from.pointer)
	}
	found, known := sp.tails[path]
	if !known {
		found = sp.findPath(space, path)
		if sp.tails == nil {
			sp.tails = make(map[codePath]bool)
		}
		sp.tails[path] = found
	}
	return found
}

func (sp *space) findPath(space *proc.Space, path codePath) bool {
	queue := []sysdeps.Addr{path.from}
	seen := map[sysdeps.Addr]bool{path.from: true}
	for len(queue) > 0 {
		at := queue[0]
		queue = queue[1:]
		lo, hi := sp.codeAround(at)
		for _, target := range tailTargets(space, at, hi, path.to) {
			if target == path.to {
				return true
			}
			if lo <= target && target < hi || seen[target] || len(seen) == maxTailFunctions {
				continue
			}
			seen[target] = true
			queue = append(queue, target)
		}
	}
	return false
}

// codeAround returns the function that holds an address. Where none is known, a
// slot of the linkage table is looked for.
func (sp *space) codeAround(at sysdeps.Addr) (lo, hi sysdeps.Addr) {
	const slot = 16
	lo, hi = at, at+slot
	m := sp.moduleAt(at)
	if m == nil || m.file == nil {
		return lo, hi
	}
	functions, _ := m.file.Functions(m.source, nil)
	if functions == nil {
		return lo, hi
	}
	sym, ok := functions.At(uint64(at - m.bias))
	switch {
	case ok && sym.Size > 0:
		lo = m.bias + sysdeps.Addr(sym.Value)
		hi = lo + sysdeps.Addr(min(sym.Size, maxJumpScan))
	case ok && sym.Value == uint64(at-m.bias):
		hi = at + sizelessScan
	}
	return lo, hi
}

// tailTargets returns where the code from at to hi jumps to. A jump that stands at
// place itself leads there.
func tailTargets(space *proc.Space, at, hi, place sysdeps.Addr) []sysdeps.Addr {
	var targets []sysdeps.Addr
	for pc, in := range instructions(space, at, hi) {
		if in.Kind == insn.JumpIndirect {
			if pc == place {
				targets = append(targets, pc)
			} else if pointer, ok := in.Static(uint64(pc)); ok {
				if word, err := readWord(space, sysdeps.Addr(pointer)); err == nil {
					targets = append(targets, word)
				}
			}
		} else if to, ok := in.Target(uint64(pc)); ok && in.Kind != insn.Call {
			targets = append(targets, sysdeps.Addr(to))
		}
	}
	return targets
}

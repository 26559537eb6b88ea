package sysdeps

import "iter"

// Some machines have calls that are many: i386's socketcall(2) and ipc(2) make the
// calls of sockets and of System V's IPC, by their first argument. Each of these is
// a part, and has a name in the machine's table as well as a number of its own, above
// those of the kernel: socketcall's number, and in the upper half the first argument.
// Calls that have their arguments elsewhere than others, in memory or in another order,
// have one part, which is called as they are.

// Part is the call that one of many parts makes.
type Part struct {
	Nr   int64 // as SyscallTable has it
	Args [6]uint64
	// Result is the address at which the call leaves its result where it returns 0, as
	// shmat does; else 0.
	Result Addr
}

// partShift is where the number of a part has the first argument.
const partShift = 32

// WholeOf returns the number of the call that makes a part: of others, their own.
func WholeOf(nr int64) int64 {
	if nr < 0 {
		return nr
	}
	return nr & (1<<partShift - 1)
}

// Parts yields the parts of a call by their numbers, of most calls none.
func (t *SyscallTable) Parts(nr int64) iter.Seq2[int64, string] {
	return func(yield func(nr int64, name string) bool) {
		w := t.whole(nr)
		if w == nil || nr != w.nr {
			return
		}
		for by := range w.parts {
			if p := &w.parts[by]; p.name != "" && !yield(nr|int64(by)<<partShift, p.name) {
				return
			}
		}
	}
}

// PartOf returns what part a call makes, as its arguments say, some of which may lie
// in memory. It returns false for calls that have none, and where there is none, or its
// arguments cannot be read.
func (a *Arch) PartOf(nr int64, args [6]uint64, m Memory) (Part, bool) {
	w := a.Syscalls.whole(nr)
	if w == nil || nr != w.nr {
		return Part{}, false
	}
	by := w.partBy(args[0])
	if by >= uint64(len(w.parts)) || w.parts[by].name == "" {
		return Part{}, false
	}
	p := &w.parts[by]
	if p.versioned != nil && args[0]&^w.mask != 0 {
		p = p.versioned
	}
	words, ok := p.words(a, args, m)
	if !ok {
		return Part{}, false
	}
	part := Part{Nr: nr | int64(by)<<partShift}
	for i, from := range p.args {
		part.Args[i] = words[from]
	}
	if p.result > 0 {
		part.Result = Addr(args[p.result])
	}
	return part, true
}

// whole is a call of many parts.
type whole struct {
	nr    int64
	mask  uint64 // of the first argument: which part it is; the rest is a version; 0: there is one, onlyPart
	entry string // what the kernel calls what takes the arguments as they are, if a part has the call's name
	parts []part // by the first argument; those without a name are none
}

// onlyPart is what stands for the first argument where there is but one part.
const onlyPart = 1

// partBy returns which part the first argument says that it is.
func (w *whole) partBy(first uint64) uint64 {
	if w.mask == 0 {
		return onlyPart
	}
	return first & w.mask
}

// part says where a part has its arguments: each by its place among the six of the
// whole, or behind these among the words in memory that one of the six leads to.
type part struct {
	name      string
	args      []uint8
	block     uint8 // the argument of the whole that leads to words, if there are any
	length    uint8 // how many words
	result    uint8 // the argument of the whole that says where the result goes; 0: none
	versioned *part // what it is with another version than 0, if it differs
}

// memoryWord is the place of the first word in memory.
const memoryWord = 6

// words returns the arguments of the whole and what is in memory.
func (p *part) words(a *Arch, args [6]uint64, m Memory) (words [2 * memoryWord]uint64, ok bool) {
	copy(words[:], args[:])
	if p.length == 0 {
		return words, true
	}
	var buf [memoryWord * 8]byte
	block := buf[:int(p.length)*a.PtrSize]
	if n, _ := m.ReadMemory(block, Addr(args[p.block])); n < len(block) {
		return words, false
	}
	for i := range int(p.length) {
		words[memoryWord+i] = a.Word(block[i*a.PtrSize:])
	}
	return words, true
}

// whole returns the call of many parts that a number is, or is a part of.
func (t *SyscallTable) whole(nr int64) *whole {
	for i := range t.wholes {
		if w := &t.wholes[i]; w.nr == WholeOf(nr) {
			return w
		}
	}
	return nil
}

// partName returns the name of a part by its number.
func (t *SyscallTable) partName(nr int64) string {
	w, by := t.whole(nr), nr>>partShift
	if w == nil || by <= 0 || by >= int64(len(w.parts)) {
		return ""
	}
	return w.parts[by].name
}

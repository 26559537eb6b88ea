package elfsym

import (
	"cmp"
	"slices"

	"sonde/insn"
)

// walker finds the instruction that a byte belongs to, by decoding from where
// one is known to begin. Addresses must be asked for in rising order, so that
// no code is decoded twice.
type walker struct {
	m      memory
	mode   insn.Mode
	starts []uint64 // where instructions begin, sorted
	code   []region

	at   uint64 // where the last answer was: an instruction begins here
	dead uint64 // start from which decoding has met what is no instruction

	resyncs int

	registers *i386Registers // or nil; told of each instruction on the way
}

// maxWalk is how far decoding goes on from one start, in bytes.
const maxWalk = 1 << 20

// covering returns the instruction that has the byte at an address, but not as
// its first, and where it begins: the zero value if one begins at that byte. ok is
// false if neither is certain.
func (w *walker) covering(field uint64) (in insn.X86, at uint64, ok bool, err error) {
	i, _ := slices.BinarySearch(w.starts, field)
	start := uint64(0)
	if i > 0 {
		start = w.starts[i-1]
	}
	at = w.at
	if at < start || at == 0 {
		at = start
		w.registers.forget()
	}
	if at != 0 && at != w.dead && field-at <= maxWalk {
		var last uint64
		if in, last, err = w.walk(at, field, w.registers); err != nil {
			return insn.X86{}, 0, false, err
		}
		if last != 0 {
			w.at = last
			return in, last, true, nil
		}
		w.dead = at
	}
	if in, at, err = w.resync(field); err != nil || at == 0 {
		return insn.X86{}, 0, false, err
	}
	w.at = at
	return in, at, true, nil
}

// walk decodes from at on up to the instruction that has the byte at field, and
// returns it and where it begins: the zero value and field if it begins there, 0
// for the address if decoding does not come so far.
func (w *walker) walk(at, field uint64, r *i386Registers) (insn.X86, uint64, error) {
	for at < field {
		code, err := w.m.at(at, insn.X86MaxLen)
		if err != nil {
			return insn.X86{}, 0, err
		}
		in, err := insn.DecodeX86(code, w.mode)
		if err != nil {
			return insn.X86{}, 0, nil
		}
		next := at + uint64(in.Len)
		if next > field {
			return in, at, nil
		}
		if r != nil {
			if err := r.follow(&in, at); err != nil {
				return insn.X86{}, 0, err
			}
		}
		at = next
	}
	return insn.X86{}, at, nil
}

// Where no start is known, decoding begins at each of resyncStarts bytes, the
// first of them resyncBack before the one in question: soon after a wrong
// beginning, decoding falls in with the real instructions. What is no code ends
// some of these walks; resyncAgree must remain, and all find the same.
const (
	resyncBack   = 96
	resyncStarts = 32
	resyncAgree  = 8
)

// maxResyncs caps how often that is done for one file. The largest programs need
// it a few times.
const maxResyncs = 1 << 16

func (w *walker) resync(field uint64) (insn.X86, uint64, error) {
	i, ok := slices.BinarySearchFunc(w.code, field, func(r region, a uint64) int { return cmp.Compare(r.addr, a) })
	if !ok {
		i--
	}
	if w.resyncs++; i < 0 || w.resyncs > maxResyncs {
		return insn.X86{}, 0, nil
	}
	var found insn.X86
	var where uint64
	agree := 0
	for k := range uint64(resyncStarts) {
		start := field - resyncBack + k
		if start < w.code[i].addr || start > field {
			continue
		}
		in, at, err := w.walk(start, field, nil)
		if err != nil {
			return insn.X86{}, 0, err
		}
		switch {
		case at == 0:
		case agree == 0:
			found, where, agree = in, at, 1
		case at != where:
			return insn.X86{}, 0, nil
		default:
			agree++
		}
	}
	if agree < resyncAgree {
		return insn.X86{}, 0, nil
	}
	return found, where, nil
}

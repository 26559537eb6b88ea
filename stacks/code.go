package stacks

import (
	"fmt"

	"sonde/insn"
	"sonde/symbolize"
	"sonde/sysdeps"
)

// Instruction is one of those around a program counter.
type Instruction struct {
	PC sysdeps.Addr `json:"pc"`
	// Function is what it is in, Offset bytes behind its beginning; "" where that is not
	// known.
	Function string `json:"function,omitempty"`
	Offset   uint64 `json:"offset,omitempty"`
	Text     string `json:"text"` // in AT&T's syntax
	// Current marks the one at the program counter. Of a signal that the thread has
	// sent itself, or got while it waited, it is the one behind the system call.
	Current bool `json:"current,omitempty"`
}

// How many instructions are shown before the current one and behind it, if its function
// has so many.
const (
	codeBefore = 5
	codeBehind = 4
)

// maxSweep is how far back a function's beginning may be for its code to be decoded from
// there on.
const maxSweep = 1 << 18

// code returns the instructions around the program counter. Those before it are told as
// far as it is certain that they are instructions. why is why there are none.
func (t *taken) code() (all []Instruction, why string) {
	pc := t.regs.PC()
	var mode insn.Mode
	switch t.regs.Arch {
	case sysdeps.AMD64:
		mode = insn.Mode64
	case sysdeps.I386:
		mode = insn.Mode32
	default:
		return nil, "the instructions of " + t.regs.Arch.Name + " are not known"
	}
	switch m := t.mapping(pc); {
	case m == nil:
		return nil, fmt.Sprintf("nothing is mapped at %#x", uint64(pc))
	case !m.Exec:
		return nil, fmt.Sprintf("%#x is in %s, which is no code", uint64(pc), mappingName(m))
	}
	starts := t.before(pc, mode)
	at := pc
	if len(starts) > 0 {
		at = starts[0]
	}
	code := make([]byte, int(pc-at)+(codeBehind+1)*insn.X86MaxLen)
	n, err := t.memory.ReadMemory(code, at)
	code = code[:n]
	var end sysdeps.Addr
	if sym, off, ok := t.images.Symbol(pc); ok {
		end = pc + sysdeps.Addr(sym.Size-off)
	}
	for behind := 0; behind <= codeBehind; {
		text, size, bad := insn.TextX86(code, mode, uint64(at), t.symbol)
		if bad != nil {
			break
		}
		i := Instruction{PC: at, Text: text, Current: at == pc}
		if name, start := t.symbol(uint64(at)); name != "" {
			i.Function, i.Offset = name, uint64(at)-start
		}
		all = append(all, i)
		code, at = code[size:], at+sysdeps.Addr(size)
		if at > pc {
			behind++
		}
		if at == end { // what follows may be anything
			break
		}
	}
	if len(all) == 0 {
		return nil, fmt.Sprintf("the code at %#x cannot be read: %v", uint64(pc), err)
	}
	return all, ""
}

// before returns where the instructions before one begin: by the beginning of their
// function, or without one as far as they can be told.
func (t *taken) before(pc sysdeps.Addr, mode insn.Mode) []sysdeps.Addr {
	var from sysdeps.Addr
	_, off, named := t.images.Symbol(pc)
	if named && off < maxSweep {
		from = pc - sysdeps.Addr(off)
	} else {
		const window = 128
		from = max(t.mapping(pc).Lo, pc-window)
		named = false
	}
	code := make([]byte, pc-from)
	if n, _ := t.memory.ReadMemory(code, from); n < len(code) {
		return nil
	}
	starts, ok := insn.SweepX86(code, mode, codeBefore)
	if !named || !ok {
		starts = insn.BeforeX86(code, mode, codeBefore)
	}
	var all []sysdeps.Addr
	for _, s := range starts {
		all = append(all, from+sysdeps.Addr(s))
	}
	return all
}

// symbol returns the function whose code is at an address, and where that begins.
func (t *taken) symbol(a uint64) (name string, start uint64) {
	name, from := symbolize.Code(t.images, sysdeps.Addr(a), t.o.Raw)
	return name, uint64(from)
}

// appendCode appends the instructions, the current one behind an arrow.
func (d *Death) appendCode(b []byte, ptrSize int) []byte {
	if d.NoCode != "" {
		return fmt.Appendf(b, "No code: %s.\n", d.NoCode)
	}
	for i := range d.Code {
		in := &d.Code[i]
		mark := "  "
		if in.Current {
			mark = "=>"
		}
		where := ""
		if in.Function != "" {
			where = fmt.Sprintf(" <%s+%#x>", nameOf(in.Function), in.Offset)
		}
		b = fmt.Appendf(b, "%s %#0*x%s:  %s\n", mark, 2*ptrSize, uint64(in.PC), where, in.Text)
	}
	return b
}

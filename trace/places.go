package trace

import (
	"errors"
	"fmt"
	"strings"

	"sonde/breakpoint"
	"sonde/proc"
	"sonde/sysdeps"
)

// place is what a breakpoint is there for. One address may have several
// duties: a function may begin where a call returns to.
type place struct {
	entry   *entryPlace
	service service
	returns *returnPlace
	golang  *goPlace
}

// entryPlace is a probed place where a call is made.
type entryPlace struct {
	caller string // the module that calls
	name   string // the function
	// catches marks __cxa_begin_catch: what the exception left behind is
	// abandoned before the call itself is told.
	catches bool

	// Of the entry of a function:
	module string       // the module that the function is in; "" for the main program
	at     sysdeps.Addr // where the function begins
	golang *goFunction  // nil for what is not Go's
}

// returnPlace is an address that calls return to.
type returnPlace struct {
	// target is where the call instruction before it goes to, or 0 when
	// that is not written in the instruction.
	target sysdeps.Addr
	// passing code may change or move without notice (a JIT's): the trap
	// goes as soon as no call is left that returns to it.
	passing bool
	pending int // calls to return to it, where it is passing
}

// plant adds a duty to the breakpoint at a, and the breakpoint if there is
// none.
func plant(space *proc.Space, a sysdeps.Addr, duty func(*place)) (*breakpoint.Breakpoint, error) {
	b := space.Table.Find(a)
	if b == nil {
		pl := &place{}
		duty(pl)
		b, err := space.Table.Insert(space, a, pl)
		return b, err
	}
	// A forked copy of the address space shares the old one.
	pl := *b.Data.(*place)
	duty(&pl)
	b.Data = &pl
	return b, nil
}

// errNoCode says that a return address does not lead to code.
var errNoCode = errors.New("the return address is not in executable memory")

// plantReturn makes sure that returning to ret is noticed.
func (s *Session) plantReturn(th *proc.Thread, ret sysdeps.Addr) (*returnPlace, error) {
	space := th.Process.Space
	if b := space.Table.Find(ret); b != nil {
		if rp := b.Data.(*place).returns; rp != nil {
			if !rp.passing || stillPlanted(space, ret) {
				return rp, nil
			}
			space.Table.Drop(b) // other code stands there now
		}
	}
	code, ok := spaceOf(th).codeAt(th, ret)
	if !ok {
		return nil, errNoCode
	}
	rp := &returnPlace{target: callTarget(space, ret), passing: code.passing}
	if isSigreturn(space, ret) {
		return nil, fmt.Errorf("return to the signal trampoline at %v: its bytes must stay as they are", ret)
	}
	_, err := plant(space, ret, func(pl *place) { pl.returns = rp })
	return rp, err
}

func stillPlanted(space *proc.Space, a sysdeps.Addr) bool {
	var now [1]byte
	_, err := space.ReadMemory(now[:], a)
	return err == nil && now[0] == space.Arch.Trap[0]
}

// callTarget reads the direct call instruction (e8 rel32) before ret.
func callTarget(space *proc.Space, ret sysdeps.Addr) sysdeps.Addr {
	var p [5]byte
	if _, err := space.ReadMemory(p[:], ret-5); err != nil {
		return 0
	}
	space.Table.Unpatch(p[:], ret-5)
	if p[0] != 0xe8 {
		return 0
	}
	rel := int32(uint32(p[1]) | uint32(p[2])<<8 | uint32(p[3])<<16 | uint32(p[4])<<24)
	target := ret + sysdeps.Addr(int64(rel))
	if space.Arch.PtrSize == 4 {
		target &= 1<<32 - 1
	}
	return target
}

// x86Sigreturns are the codes that signal handlers return to.
var x86Sigreturns = map[*sysdeps.Arch][]string{
	sysdeps.AMD64: {"\x48\xc7\xc0\x0f\x00\x00\x00\x0f\x05"}, // mov $15,%rax; syscall
	sysdeps.I386: {
		"\x58\xb8\x77\x00\x00\x00\xcd\x80", // pop %eax; mov $119,%eax; int $0x80
		"\xb8\xad\x00\x00\x00\xcd\x80",     // mov $173,%eax; int $0x80
	},
}

// isSigreturn recognises the code that a signal handler returns to. Unwinders
// know a signal's frame by these bytes (x86_64_fallback_frame_state and
// x86_fallback_frame_state in libgcc's linux-unwind.h).
func isSigreturn(space *proc.Space, ret sysdeps.Addr) bool {
	var p [9]byte
	n, _ := space.ReadMemory(p[:], ret)
	for _, insns := range x86Sigreturns[space.Arch] {
		if strings.HasPrefix(string(p[:n]), insns) {
			return true
		}
	}
	return false
}

package trace

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strings"

	"sonde/breakpoint"
	"sonde/capture"
	"sonde/insn"
	"sonde/proc"
	"sonde/sysdeps"
)

// place is what a breakpoint is there for. One address may have several
// duties: a function may begin where a call returns to, or with a jump to another.
type place struct {
	returns  *returnPlace
	service  service
	resolver *entryPlace   // an IFUNC's resolver
	loads    []awaited     // an instruction that loads these pointers
	loaded   []loadedPlace // a function that modules call through registers
	function *entryPlace   // a function's entry
	entry    *entryPlace   // a slot, or an instruction that calls through a pointer
	spot     *entryPlace   // an instruction that the user has named
	golang   *goPlace      // a Go function's beginning, or one of its returns
}

// idle tells that nothing is left to be done at a place.
func (pl *place) idle() bool {
	return pl.returns == nil && pl.service == noService && pl.resolver == nil && len(pl.loads) == 0 && len(pl.loaded) == 0 &&
		pl.function == nil && pl.entry == nil && pl.spot == nil && pl.golang == nil
}

// entryPlace is a place where a call is seen.
type entryPlace struct {
	kind   Kind
	name   string // the function
	caller string // the module that calls, where the place is in that one
	module string // the module that the function is in, where the place is in that one; "" for the main program
	at     sysdeps.Addr
	loop   loopState
	ifunc  bool // the function is an IFUNC, and at what was chosen for it
	// pointer is the word that the call goes through.
	pointer sysdeps.Addr
	// reaches says that only calls to the libraries of -l are wanted here.
	reaches bool
	// after is the address behind the instruction of a ViaCall, which the
	// call returns to.
	after sysdeps.Addr
	// catches marks __cxa_begin_catch: what the exception left behind is
	// abandoned before the call itself is told.
	catches bool
	// golang is what else is known of a Go function.
	golang *goFunction
	// plan is how its calls are captured; nil until the first one.
	plan *capture.Plan
	// resolves is the entry of an IFUNC, in the place of its resolver.
	resolves *entryPlace
}

// loopState is whether a function jumps to its own beginning.
type loopState uint8

const (
	loopUnknown loopState = iota
	loopNone
	loopFound
)

// silent tells of places that are there for Sonde's own sake.
func (ep *entryPlace) silent() bool { return ep.resolves != nil }

// returnPlace is an address that calls return to.
type returnPlace struct {
	// target is where the call instruction before it goes to, or 0 when
	// that is not written in the instruction.
	target sysdeps.Addr
	// passing code may change or move without notice (a JIT's): the trap
	// goes as soon as no call is left that returns to it.
	passing bool
	pending int // calls to return to it, where it is passing
	// called says that the instruction before it is a call.
	called bool
}

// plant adds a duty to the breakpoint at a, and the breakpoint if there is
// none.
func plant(space *proc.Space, a sysdeps.Addr, duty func(*place)) (*breakpoint.Breakpoint, error) {
	return plantIn(space, space, a, duty)
}

// plantIn is plant by way of code, which is the space's memory.
func plantIn(code sysdeps.MemoryWriter, space *proc.Space, a sysdeps.Addr, duty func(*place)) (*breakpoint.Breakpoint, error) {
	b := space.Table.Find(a)
	if b == nil {
		pl := &place{}
		duty(pl)
		b, err := space.Table.Insert(code, a, pl)
		return b, err
	}
	// A forked copy of the address space shares the old one.
	pl := *b.Data.(*place)
	duty(&pl)
	b.Data, b.OneShot = &pl, false
	return b, nil
}

// errNoCode says that a return address does not lead to code.
var errNoCode = errors.New("the return address is not in executable memory")

// errNoCall says that what should be a return address does not stand behind a
// call: the function was jumped to, by code that keeps its stack in its own way.
var errNoCall = errors.New("the return address is not behind a call")

// plantReturn makes sure that returning to ret is noticed. linked says that the
// word must be a return address, since the call follows the calling convention.
// Of others that is not sure: in the middle of an instruction a trap would make
// another of it.
func (s *Session) plantReturn(th *proc.Thread, ret sysdeps.Addr, linked bool) (*returnPlace, error) {
	space := th.Process.Space
	if b := space.Table.Find(ret); b != nil {
		if rp := b.Data.(*place).returns; rp != nil {
			if !rp.passing || stillPlanted(space, ret) {
				return rp, rp.check(linked)
			}
			space.Table.Drop(b) // other code stands there now
		}
	}
	code, ok := spaceOf(th).codeAt(th, ret)
	if !ok {
		return nil, errNoCode
	}
	rp := &returnPlace{passing: code.passing}
	rp.target, rp.called = callBefore(space, ret)
	if err := rp.check(linked); err != nil {
		return nil, err
	}
	if isSigreturn(space, space.Arch, ret) {
		return nil, fmt.Errorf("return to the signal trampoline at %v: its bytes must stay as they are", ret)
	}
	_, err := plant(space, ret, func(pl *place) { pl.returns = rp })
	return rp, err
}

// check tells what is wrong with a return address.
func (rp *returnPlace) check(linked bool) error {
	if !linked && !rp.called {
		return errNoCall
	}
	return nil
}

func stillPlanted(space *proc.Space, a sysdeps.Addr) bool {
	var now [1]byte
	_, err := space.ReadMemory(now[:], a)
	return err == nil && now[0] == space.Arch.Trap[0]
}

// callBefore looks at the instruction before ret: whether it is a call, and
// where it goes to, if that is written in it (e8 rel32).
func callBefore(space *proc.Space, ret sysdeps.Addr) (target sysdeps.Addr, called bool) {
	const longest = 8 // REX, ff /2, SIB, disp32; a bnd or notrack before it may be left out
	var p [longest]byte
	if _, err := space.ReadMemory(p[:], ret-longest); err != nil {
		return 0, false
	}
	space.Table.Unpatch(p[:], ret-longest)
	if p[3] == 0xe8 {
		rel := int32(binary.LittleEndian.Uint32(p[4:]))
		if target = ret + sysdeps.Addr(int64(rel)); space.Arch.PtrSize == 4 {
			target = sysdeps.Addr(uint32(target))
		}
		return target, true
	}
	for n := 2; n <= longest; n++ {
		in, err := insn.DecodeX86(p[longest-n:], modeOf(space.Arch))
		if err == nil && in.Len == n && in.Kind == insn.CallIndirect {
			return 0, true
		}
	}
	return 0, false
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
func isSigreturn(code sysdeps.Memory, arch *sysdeps.Arch, ret sysdeps.Addr) bool {
	var p [9]byte
	n, _ := code.ReadMemory(p[:], ret)
	for _, insns := range x86Sigreturns[arch] {
		if strings.HasPrefix(string(p[:n]), insns) {
			return true
		}
	}
	return false
}

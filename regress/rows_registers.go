package regress

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Of AMD64's struct user (arch/x86/include/asm/user_64.h): its size, and where the
// general registers end. Between them and the debug registers is nothing that requests
// give.
const (
	userSize = 928
	userRegs = 27 * 8
)

// Sets of registers (NT_* of linux/elf.h).
const (
	ntFPRegs   = 2
	nt386TLS   = 0x200
	nt386IOPL  = 0x201
	ntXState   = 0x202
	ntShadow   = 0x204
	ntPRXFPReg = 0x46e62b7f
	ntUnknown  = 0x7fff
)

// userDS and kernelCS are selectors (arch/x86/include/asm/segment.h).
const (
	userDS   = 0x2b
	kernelCS = 0x10
)

// Flags (Intel SDM volume 1, 3.4.3).
const (
	flagsIOPL = 3 << 12
	flagNT    = 1 << 14
	flagRF    = 1 << 16
	flagID    = 1 << 21
	// flagsOfTracers are those that tracers may change: the kernel's FLAG_MASK.
	// Of the flags above those are NT and RF; AC, OF, DF, TF, SF, ZF, AF, PF, CF besides.
	flagsOfTracers = 0x54dd5
)

var registerRows = []Row{
	{
		ID: "R01", Title: "struct user can be read, word by word, and the registers written", Arch: sysdeps.AMD64,
		Checks: "PTRACE_PEEKUSER of all its words works; PTRACE_POKEUSER of each register, with what it holds: works, and changes nothing",
		Relies: "registers",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) { p.Exit(7) })
			before := c.Regs()
			for off := 0; off < userSize; off += 8 {
				v := c.PeekUser(off)
				if off < userRegs {
					c.PokeUser(off, v)
				}
			}
			Equal(t, "the registers", *c.Regs(), *before)
			c.Cont(0)
			c.ExpectExit(7)
		},
	},
	{
		ID: "R02", Title: "PTRACE_PEEKUSER and PTRACE_GETREGS agree", Arch: sysdeps.AMD64,
		Checks: "all general registers, before and behind an exec",
		Relies: "registers",
		Run: func(t *T) {
			after, err := t.file(t.Assemble(sysdeps.AMD64, func(p Code) { p.Exit(7) }))
			t.need(err, "write a program")
			c := t.StartTraced(func(p Code) { p.Execve(after) })
			c.sameRegisters()
			c.Cont(0)
			c.ExpectStop(unix.SIGTRAP) // of the exec
			c.sameRegisters()
			c.Cont(0)
			c.ExpectExit(7)
		},
	},
	{
		ID: "R03", Title: "offsets that are none are refused", Arch: sysdeps.AMD64,
		Checks: "PTRACE_PEEKUSER and PTRACE_POKEUSER of odd and negative offsets, and behind the end: EIO; between the registers and the debug registers: 0, and EIO",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {})
			for _, off := range []int{1, 4, 7, userRegs - 1, -8, -1, userSize, userSize + 8, math.MaxInt32 &^ 7} {
				c.Refused(unix.EIO, unix.PTRACE_PEEKUSR, ptrace.Value(off), ptrace.Pointer(make([]byte, 8)))
				c.Refused(unix.EIO, unix.PTRACE_POKEUSR, ptrace.Value(off), none)
			}
			for off := userRegs; off < debugRegs; off += 8 {
				Equal(t, "what is between", c.PeekUser(off), 0)
				c.Refused(unix.EIO, unix.PTRACE_POKEUSR, ptrace.Value(off), none)
			}
		},
	},
	{
		ID: "R04", Title: "registers keep what is poked into them", Arch: sysdeps.AMD64,
		Checks: "random words by PTRACE_POKEUSER, read back: the same; of eflags, those that tracers may change; of ds, es, fs and gs, selectors for programs",
		Relies: "registers",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) { p.Exit(7) })
			saved := c.Regs()
			for range 100 {
				for reg := sysdeps.R15; reg <= sysdeps.GS; reg++ {
					v, want := t.Rand.Uint64(), uint64(0)
					switch reg {
					case sysdeps.CS, sysdeps.SS:
						continue // R05
					case sysdeps.DS, sysdeps.ES, sysdeps.FS, sysdeps.GS:
						v = v&math.MaxUint16 | 3
						want = v
					case sysdeps.FSBase, sysdeps.GSBase:
						v &= 1<<46 - 1 // R06
						want = v
					case sysdeps.EFLAGS:
						want = v&flagsOfTracers | saved.Get(reg)&^flagsOfTracers
					default:
						want = v
					}
					c.PokeUser(8*int(reg), v)
					if got := c.PeekUser(8 * int(reg)); got != want {
						t.Fail("offset %d: poked %#x, expected %#x, saw %#x", 8*int(reg), v, want, got)
					}
				}
			}
			c.SetRegs(saved)
			Equal(t, "the registers", *c.Regs(), *saved)
			c.Cont(0)
			c.ExpectExit(7)
		},
	},
	{
		ID: "R05", Title: "selectors that programs cannot have are refused", Arch: sysdeps.AMD64,
		Checks: "PTRACE_POKEUSER of cs or ss with 0, of cs with the kernel's: EIO, and they are what they were; of ds with 0x2b: works",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {})
			before := c.Regs()
			for reg, v := range map[sysdeps.Reg]uint64{sysdeps.CS: kernelCS, sysdeps.SS: 0} {
				c.Refused(unix.EIO, unix.PTRACE_POKEUSR, ptrace.Value(8*int(reg)), ptrace.Value(v))
			}
			c.Refused(unix.EIO, unix.PTRACE_POKEUSR, ptrace.Value(8*int(sysdeps.CS)), none)
			Equal(t, "the registers", *c.Regs(), *before)
			c.PokeUser(8*int(sysdeps.DS), userDS)
			Equal(t, "ds", c.PeekUser(8*int(sysdeps.DS)), userDS)
		},
	},
	{
		ID: "R06", Title: "bases outside of what programs can address are refused", Arch: sysdeps.AMD64,
		Checks: "fs_base and gs_base in the kernel's half, by PTRACE_POKEUSER and by PTRACE_SETREGS: EIO, and they are what they were",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {})
			before := c.Regs()
			for _, reg := range []sysdeps.Reg{sysdeps.FSBase, sysdeps.GSBase} {
				for _, v := range []uint64{1 << 63, 0xffff888000000000, math.MaxUint64} {
					c.Refused(unix.EIO, unix.PTRACE_POKEUSR, ptrace.Value(8*int(reg)), ptrace.Value(v))
					r := *before
					r.Set(reg, v)
					c.Refused(unix.EIO, unix.PTRACE_SETREGS, none, ptrace.Pointer(r.Bytes()))
					Equal(t, "the base", c.PeekUser(8*int(reg)), before.Get(reg))
				}
			}
		},
	},
	{
		ID: "R07", Title: "tracers cannot change all flags", Arch: sysdeps.AMD64,
		Checks: "IOPL, ID, RF and NT are set in eflags: IOPL and ID are dropped, RF and NT kept",
		Run: func(t *T) {
			const off = 8 * int(sysdeps.EFLAGS)
			c := t.StartTraced(func(p Code) { p.Exit(7) })
			before := c.PeekUser(off)
			c.PokeUser(off, before|flagsIOPL|flagID|flagRF|flagNT)
			Equal(t, "eflags", c.PeekUser(off), before|flagRF|flagNT)
			c.PokeUser(off, before)
			c.Cont(0)
			c.ExpectExit(7)
		},
	},
	{
		ID: "R08", Title: "a program counter that is no address ends in SIGSEGV", Arch: sysdeps.AMD64,
		Checks: "rip becomes an address that is not canonical: accepted; PTRACE_CONT: a stop by SIGSEGV, si_code SI_KERNEL, and rip is that",
		Run: func(t *T) {
			const wrong = 1 << 63
			c := t.StartTraced(func(p Code) {})
			r := c.Regs()
			r.SetPC(wrong)
			c.SetRegs(r)
			c.Cont(0)
			c.ExpectStop(unix.SIGSEGV)
			Equal(t, "si_code", c.Siginfo().Code(), fromKernel)
			Equal(t, "rip", c.Regs().PC(), wrong)
		},
	},
	{
		ID: "R09", Title: "a step with a wrong cs ends in SIGSEGV", Arch: sysdeps.AMD64,
		Checks: "cs becomes a selector of no segment, in the program's table and in the processor's; PTRACE_SINGLESTEP: a stop by SIGSEGV, si_code SI_KERNEL, and nothing was run",
		Run: func(t *T) {
			for _, cs := range []uint64{0x0f, 0xffff, 0xfffb} {
				c := t.StartTraced(func(p Code) {
					p.Nop()
					p.Exit(7)
				})
				at := c.Regs().PC()
				c.PokeUser(8*int(sysdeps.CS), cs)
				c.Step(0)
				c.ExpectStop(unix.SIGSEGV)
				Equal(t, "si_code", c.Siginfo().Code(), fromKernel)
				Equal(t, "the program counter", c.Regs().PC(), at)
			}
		},
	},
	{
		ID: "R10", Title: "a segment's base and its selector are apart", Arch: sysdeps.AMD64, Since: Version{5, 9, 0},
		Change: "a base that was poked had set the selector to 0",
		Checks: "of fs and gs, PTRACE_POKEUSER of the selector leaves the base, and of the base the selector",
		Needs:  []Need{FSGSBase},
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {})
			for base, selector := range map[sysdeps.Reg]sysdeps.Reg{sysdeps.FSBase: sysdeps.FS, sysdeps.GSBase: sysdeps.GS} {
				is := func(b, s uint64) {
					Equal(t, "the base", c.PeekUser(8*int(base)), b)
					Equal(t, "the selector", c.PeekUser(8*int(selector)), s)
				}
				c.PokeUser(8*int(base), 0x1000)
				is(0x1000, 0)
				c.PokeUser(8*int(selector), userDS)
				is(0x1000, userDS)
				c.PokeUser(8*int(base), 0x2000)
				is(0x2000, userDS)
				c.PokeUser(8*int(selector), 0)
				is(0x2000, 0)
			}
		},
	},
	{
		ID: "R11", Title: "gs_base is what arch_prctl has set, and can be changed", Arch: sysdeps.AMD64,
		Checks: "ARCH_SET_GS: PTRACE_GETREGS shows it; another by PTRACE_SETREGS: the program reads through gs there",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {
				p.Words("first", asm.Imm(1))
				p.Words("second", asm.Imm(2))
				p.Syscall("arch_prctl", asm.Imm(archSetGS), asm.Of("first"))
				p.Raise(unix.SIGUSR2)
				p.Bytes(0x65, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0) // mov %gs:0,%rax
				p.tell()
			})
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR2)
			r := c.UserRegs()
			Equal(t, "gs_base", r.Get(sysdeps.GSBase), uint64(c.Addr("first")))
			r.Set(sysdeps.GSBase, uint64(c.Addr("second")))
			c.SetUserRegs(r)
			c.told(2)
		},
	},
	{
		ID: "R12", Title: "each thread of a 32-bit program has its descriptors",
		Checks: "two threads with a descriptor each: PTRACE_GET_THREAD_AREA gives each its own base, gs is the selector, and both read through it",
		Relies: "thread-local storage of 32-bit programs",
		Needs:  []Need{IA32},
		Run: func(t *T) {
			c := t.StartOn(sysdeps.I386, func(p Code) {
				p.Thread("second")
				p.usesArea("first", 11)
				p.Forever()
				p.Label("second")
				p.usesArea("second", 22)
				p.Forever()
			})
			c.AwaitWord("saw first", 11)
			c.AwaitWord("saw second", 22)
			second := c.Sibling("the second thread", int(c.Word("second.tid")))
			for name, th := range map[string]*Tracee{"first": c, "second": second} {
				th.Attach()
				th.ExpectStop(unix.SIGSTOP)
				Equal(t, "gs", th.Regs().Get(sysdeps.GS), firstArea<<3|3)
				Equal(t, "the base", th.threadArea(firstArea).base, uint32(c.Addr("value "+name)))
			}
		},
	},
	{
		ID: "R13", Title: "tracers read and set thread pointers",
		Checks: "PTRACE_ARCH_PRCTL: ARCH_SET_FS and ARCH_GET_FS; of a 32-bit program PTRACE_SET_THREAD_AREA and PTRACE_GET_THREAD_AREA of its first descriptor: what was set, and the program reads through it",
		Needs:  []Need{IA32},
		Run: func(t *T) {
			wide := t.StartTraced(func(p Code) {
				p.Words("value", asm.Imm(33))
				p.Bytes(0x64, 0x48, 0x8b, 0x04, 0x25, 0, 0, 0, 0) // mov %fs:0,%rax
				p.tell()
			})
			const archPrctl = 30
			wide.must(archPrctl, ptrace.Value(wide.Addr("value")), ptrace.Value(archSetFS))
			b := make([]byte, 8)
			wide.must(archPrctl, ptrace.Pointer(b), ptrace.Value(archGetFS))
			Equal(t, "fs_base", sysdeps.Addr(binary.NativeEndian.Uint64(b)), wide.Addr("value"))
			Equal(t, "fs_base of the registers", wide.Regs().Get(sysdeps.FSBase), uint64(wide.Addr("value")))
			wide.told(33)

			c := t.StartOn(sysdeps.I386, func(p Code) {
				p.TraceMe()
				p.Words("value", asm.Imm(44))
				p.loadArea(firstArea)
				p.tell()
			})
			c.ExpectStop(unix.SIGSTOP)
			want := area{number: firstArea, base: uint32(c.Addr("value")), limit: 0xfffff, flags: areaFlags}
			c.must(setThreadArea, ptrace.Value(firstArea), ptrace.Pointer(want.bytes()))
			Equal(t, "the descriptor", c.threadArea(firstArea), want)
			c.told(44)
		},
	},
	{
		ID: "R14", Title: "each set of registers has its length",
		Checks: "PTRACE_GETREGSET into a large buffer, of a 64-bit and a 32-bit program: the lengths; XSAVE's is the processor's; permissions of ports: ENXIO; shadow stacks and unknown sets: refused",
		Relies: "registers, core files",
		Needs:  []Need{IA32, XSave},
		Run: func(t *T) {
			_, xsave := t.xsave()
			for arch, want := range map[*sysdeps.Arch]map[int]int{
				sysdeps.AMD64: {ntPRStatus: 216, ntFPRegs: 512, ntXState: xsave, nt386TLS: -int(unix.EINVAL), ntPRXFPReg: -int(unix.EINVAL)},
				sysdeps.I386:  {ntPRStatus: 68, ntFPRegs: 108, ntXState: xsave, nt386TLS: 48, ntPRXFPReg: 512},
			} {
				c := t.StartOn(arch, Code.TraceMe)
				c.ExpectStop(unix.SIGSTOP)
				want[nt386IOPL], want[ntUnknown] = -int(unix.ENXIO), -int(unix.EINVAL)
				for set, size := range want {
					b, e := c.regset(set, largestSet)
					got := len(b)
					if e != 0 {
						got = -int(e)
					}
					Equal(t, fmt.Sprintf("%s: the length of set %#x", arch.Name, set), got, size)
				}
				// Without hardware or configuration the set is unknown, else it is off.
				if _, e := c.regset(ntShadow, 8); e != unix.EINVAL && e != unix.ENODEV {
					t.Fail("a shadow stack: expected EINVAL or ENODEV, saw %s", Errno(e))
				}
			}
		},
	},
	{
		ID: "R15", Title: "sets of registers are read in words", Arch: sysdeps.AMD64,
		Checks: "PTRACE_GETREGSET of the general registers with a length of 8: the first; of 7: EINVAL; of 0: nothing",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) {})
			first := c.Regs().Get(sysdeps.R15)
			b, e := c.regset(ntPRStatus, 8)
			Equal(t, "the result", e, 0)
			Equal(t, "the length", len(b), 8)
			Equal(t, "r15", binary.LittleEndian.Uint64(b), first)
			_, e = c.regset(ntPRStatus, 7)
			Equal(t, "the result", Errno(e), Errno(unix.EINVAL))
			b, e = c.regset(ntPRStatus, 0)
			Equal(t, "the result", e, 0)
			Equal(t, "the length", len(b), 0)
		},
	},
	{
		ID: "R16", Title: "XSAVE's area tells the features in it", Arch: sysdeps.AMD64,
		Checks: "PTRACE_GETREGSET of NT_X86_XSTATE: 8 bytes at 464 are XCR0 as the program reads it, the length is CPUID's",
		Relies: "vector registers",
		Needs:  []Need{XSave},
		Run: func(t *T) {
			features, size := t.xsave()
			c := t.StartTraced(func(p Code) {})
			b := c.xstate()
			Equal(t, "the length", len(b), size)
			Equal(t, "the features", binary.LittleEndian.Uint64(b[464:]), features)
		},
	},
	{
		ID: "R17", Title: "XSAVE areas that are wrong are refused", Arch: sysdeps.AMD64, Since: Version{4, 14, 0}, Change: "814fb7bb7db5 (CVE-2017-15537)",
		Checks: "PTRACE_SETREGSET with xcomp_bv set: EINVAL; with reserved bits of mxcsr: EINVAL; too short: EFAULT; nothing is changed",
		Needs:  []Need{XSave},
		Known:  []Known{{Where: wrongResets, Saw: "the area is what it was", Why: wrongResetsWhy}},
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) { p.Exit(7) })
			before := c.xstate()
			for _, row := range []struct {
				want   unix.Errno
				change func(b []byte) []byte
			}{
				{unix.EINVAL, wrongXState},
				{unix.EINVAL, func(b []byte) []byte {
					b[512] |= 3 // xstate_bv: mxcsr is looked at where x87 and SSE are in use
					binary.LittleEndian.PutUint32(b[mxcsr:], math.MaxUint32)
					return b
				}},
				{unix.EFAULT, func(b []byte) []byte { return b[:len(b)-8] }},
			} {
				var n int
				b := row.change(bytes.Clone(before))
				c.Refused(row.want, unix.PTRACE_SETREGSET, ptrace.Value(ntXState), ptrace.Vector(b, &n))
				t.True(bytes.Equal(c.xstate(), before), "the area is what it was")
			}
			c.Cont(0)
			c.ExpectExit(7)
		},
	},
	{
		ID: "R18", Title: "a wrong XSAVE area leaks no registers", Arch: sysdeps.AMD64, Since: Version{4, 14, 0}, Change: "814fb7bb7db5 (CVE-2017-15537)", Stress: true,
		Checks: "programs that keep looking at xmm0; one of them is given wrong areas, again and again: EINVAL; xmm0 is in all of them what they have put there",
		Needs:  []Need{XSave},
		Known:  []Known{{Where: wrongResets, Saw: "saw exited with 1", Why: wrongResetsWhy}},
		Run: func(t *T) {
			spin := func(p Code, value int64) {
				p.setXMM0(value)
				p.Label("again")
				p.getXMM0()
				p.Mov(asm.CX, asm.Imm(value))
				p.Cmp(asm.AX, asm.CX)
				p.JumpIf(asm.Equal, "again")
				p.Exit(1)
			}
			var spinners []*Tracee
			for i := range 2 {
				spinners = append(spinners, t.Start(func(p Code) { spin(p, 0x1111111111111111*int64(i+1)) }))
			}
			c := t.Start(func(p Code) { spin(p, 0x5555555555555555) })
			c.Seize(0)
			for t.Again() {
				c.Interrupt()
				c.ExpectEvent(ptrace.EventStop)
				var n int
				c.Refused(unix.EINVAL, unix.PTRACE_SETREGSET, ptrace.Value(ntXState), ptrace.Vector(wrongXState(c.xstate()), &n))
				c.Cont(0)
			}
			c.ExpectNothing(unix.WALL)
			for _, s := range spinners {
				s.ExpectNothing(unix.WALL)
			}
		},
	},
	{
		ID: "R19", Title: "a tracer on another processor changes vector registers", Arch: sysdeps.AMD64,
		Checks: "tracer and tracee on two processors: PTRACE_GETFPREGS has what the program put into xmm0; PTRACE_SETFPREGS: the program sees the change",
		Relies: "vector registers",
		Needs:  []Need{TwoCPUs},
		Run: func(t *T) {
			var all unix.CPUSet
			t.need(unix.SchedGetaffinity(0, &all), "sched_getaffinity")
			c := t.Start(func(p Code) {
				p.SpinUntil("go")
				p.setXMM0(41)
				p.TraceMe()
				p.getXMM0()
				p.tell()
			})
			cpus := cpusOf(&all)
			for i, tid := range []int{0, c.TID} {
				var one unix.CPUSet
				one.Set(cpus[i])
				t.need(unix.SchedSetaffinity(tid, &one), "sched_setaffinity")
			}
			c.SetWord("go", 1)
			c.ExpectStop(unix.SIGSTOP)
			const xmm0 = 160
			b := make([]byte, 512)
			c.must(getFPRegs, none, ptrace.Pointer(b))
			Equal(t, "xmm0", binary.LittleEndian.Uint64(b[xmm0:]), 41)
			binary.LittleEndian.PutUint64(b[xmm0:], 42)
			c.must(setFPRegs, none, ptrace.Pointer(b))
			c.told(42)
		},
	},
	{
		ID: "R20", Title: "PKRU can be set through XSAVE's area", Arch: sysdeps.AMD64, Since: Version{6, 2, 0}, Change: "4a804c4f8356; lost in 5.14",
		Checks: "PTRACE_SETREGSET of NT_X86_XSTATE with another PKRU: rdpkru of the program gives that",
		Needs:  []Need{XSave, ProtectionKeys},
		Run: func(t *T) {
			const writeProtected = 0x55555558 // key 1; of key 0, that of all memory, nothing
			c := t.StartTraced(func(p Code) {
				p.Mov(asm.CX, asm.Imm(0))
				p.Bytes(0x0f, 0x01, 0xee) // rdpkru
				p.tell()
			})
			c.inject(xfeaturePKRU, func(b []byte) { binary.LittleEndian.PutUint32(b, writeProtected) })
			c.told(writeProtected)
		},
	},
	{
		ID: "R21", Title: "vector registers that are set through XSAVE's area reach the program", Arch: sysdeps.AMD64,
		Checks: "PTRACE_SETREGSET of NT_X86_XSTATE with random upper halves of ymm, of AVX-512 and AMX too where the processor has them: XSAVE of the program gives those",
		Relies: "vector registers",
		Needs:  []Need{XSave, AVX},
		Run:    injectsVectors,
	},
	{
		ID: "R22", Title: "the shadow stack's pointer can be read and set", Arch: sysdeps.AMD64, Since: Version{6, 6, 0},
		Checks: "NT_X86_SHSTK: it is there; one that is not aligned, or in the kernel's half: EINVAL; the same: the program goes on; a frame up: its return ends in SIGSEGV, SEGV_CPERR",
		Needs:  []Need{ShadowStack},
		Run: func(t *T) {
			for _, frames := range []uint64{0, 1} {
				c := t.StartTraced(shadowed)
				c.Cont(0)
				c.ExpectStop(unix.SIGUSR1)
				b, e := c.regset(ntShadow, 8)
				Equal(t, "PTRACE_GETREGSET", Errno(e), Errno(0))
				ssp := binary.LittleEndian.Uint64(b)
				t.True(ssp != 0 && ssp%8 == 0, "%#x is a pointer to words", ssp)
				set := func(v uint64) unix.Errno {
					var n int
					_, e := c.Request(unix.PTRACE_SETREGSET, ptrace.Value(ntShadow), ptrace.Vector(binary.LittleEndian.AppendUint64(nil, v), &n))
					return e
				}
				for _, wrong := range []uint64{ssp + 1, ssp | 1<<63} {
					Equal(t, "PTRACE_SETREGSET of what is none", Errno(set(wrong)), Errno(unix.EINVAL))
				}
				Equal(t, "PTRACE_SETREGSET", Errno(set(ssp+8*frames)), Errno(0))
				c.Cont(0)
				if frames == 0 {
					c.ExpectExit(7)
					continue
				}
				const controlProtection = 10 // SEGV_CPERR
				c.ExpectStop(unix.SIGSEGV)
				Equal(t, "si_code", c.Siginfo().Code(), controlProtection)
			}
		},
	},
	{
		ID: "R23", Title: "registers are not copied to and from wrong pointers", Arch: sysdeps.AMD64,
		Checks: "PTRACE_GETREGS, PTRACE_SETREGS, PTRACE_GETFPREGS and PTRACE_SETFPREGS with 0, 1, -1 and a kernel's address: EFAULT or EIO, and nothing is changed",
		Run: func(t *T) {
			c := t.StartTraced(func(p Code) { p.Exit(7) })
			before := c.Regs()
			for _, req := range []int{unix.PTRACE_GETREGS, unix.PTRACE_SETREGS, getFPRegs, setFPRegs} {
				for _, p := range []uint64{0, 1, math.MaxUint64, 0xffff888000000000} {
					if _, e := c.Request(req, none, ptrace.Value(p)); e != unix.EFAULT && e != unix.EIO {
						t.Fail("%s with %#x: expected EFAULT or EIO, saw %s", requestName(req), p, Errno(e))
					}
				}
			}
			Equal(t, "the registers", *c.Regs(), *before)
			c.Cont(0)
			c.ExpectExit(7)
		},
	},
	{
		ID: "R24", Title: "what SYSRET cannot restore is restored", Arch: sysdeps.AMD64,
		Checks: "at the exit of a call, other rcx and r11: the program sees them; a rip that is not canonical: SIGSEGV there; 32-bit code behind calls in a 64-bit program can use its stack",
		Needs:  []Need{IA32},
		Run: func(t *T) {
			c := t.startMarking(func(p Code) {
				p.Syscall("getpid")
				p.Store("rcx", asm.CX)
				p.Store("r11", asm.R11)
				p.tell()
				p.Syscall("getpid")
			})
			c.enter("getpid")
			c.leave("getpid")
			r := c.Regs()
			r.Set(sysdeps.RCX, 111)
			r.Set(sysdeps.R11, 222)
			c.SetRegs(r)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			Equal(t, "rcx", c.Word("rcx"), 111)
			Equal(t, "r11", c.Word("r11"), 222)

			const wrong = 1 << 47 // behind the last address, where SYSRET faults in the kernel
			c.enter("getpid")
			c.leave("getpid")
			r = c.Regs()
			r.SetPC(wrong)
			r.Set(sysdeps.RCX, wrong)
			c.SetRegs(r)
			c.Cont(0)
			c.ExpectStop(unix.SIGSEGV)
			Equal(t, "rip", c.Regs().PC(), wrong)

			two := []*Tracee{t.Start(visits32Bits), t.Start(visits32Bits)}
			for _, c := range two {
				c.ExpectExit(7)
			}
		},
	},
	{
		ID: "R25", Title: "32-bit tracers have requests of their own for FXSAVE's area",
		Checks: "PTRACE_GETFPXREGS and PTRACE_SETFPXREGS by a 32-bit tracer: xmm0 is what its tracee has put there, and becomes another; by a 64-bit one: EIO",
		Needs:  []Need{IA32},
		Run: func(t *T) {
			t.StartOn(sysdeps.I386, tracesXMM0).ExpectExit(0)
			c := t.StartTraced(func(p Code) {})
			for _, req := range []int{getFPXRegs, setFPXRegs} {
				c.Refused(unix.EIO, req, none, ptrace.Pointer(make([]byte, 512)))
			}
		},
	},
}

// wrongResets tells the kernels on which an area that is refused resets the registers:
// they copied it over those before they looked (xstateregs_set, arch/x86/kernel/fpu/regset.c).
var wrongResets = Before(Version{5, 14, 0})

const wrongResetsWhy = "before Linux 5.14 a wrong area reset the registers"

// Of arch_prctl(2).
const (
	archSetGS = 0x1001
	archSetFS = 0x1002
	archGetFS = 0x1003
)

// sameRegisters holds that requests for one register and for all agree.
func (c *Tracee) sameRegisters() {
	r := c.UserRegs()
	for reg := sysdeps.R15; reg <= sysdeps.GS; reg++ {
		if one, all := c.PeekUser(8*int(reg)), r.Get(reg); one != all {
			c.t.Fail("offset %d: PTRACE_PEEKUSER gives %#x, PTRACE_GETREGS %#x", 8*int(reg), one, all)
		}
	}
	Equal(c.t, "PTRACE_GETREGSET's", *c.Regs(), *r)
}

// largestSet is larger than any set of registers.
const largestSet = 16 << 10

// regset is PTRACE_GETREGSET into a buffer of a size.
func (c *Tracee) regset(set, size int) ([]byte, unix.Errno) {
	b := make([]byte, size)
	var n int
	_, e := c.Request(unix.PTRACE_GETREGSET, ptrace.Value(set), ptrace.Vector(b, &n))
	return b[:min(n, size)], e
}

// mxcsr is where an area of FXSAVE and XSAVE has that register.
const mxcsr = 24

// xstate returns XSAVE's area.
func (c *Tracee) xstate() []byte {
	b, e := c.regset(ntXState, largestSet)
	if e != 0 {
		c.t.Fail("PTRACE_GETREGSET(%s) of NT_X86_XSTATE: expected success, saw %s", c.Name, Errno(e))
	}
	return b
}

// wrongXState makes XSAVE's area one that XRSTOR refuses: compacted, and of no features.
func wrongXState(b []byte) []byte {
	const compaction = 520 // xcomp_bv, behind xstate_bv
	binary.LittleEndian.PutUint64(b[compaction:], math.MaxUint64)
	return b
}

// xsave returns the features that XSAVE saves, and the size of its area: XCR0, and CPUID
// leaf 13.
func (t *T) xsave() (features uint64, size int) {
	c := t.StartTraced(func(p Code) {
		p.Mov(asm.CX, asm.Imm(0))
		p.Bytes(0x0f, 0x01, 0xd0) // xgetbv
		p.Store("low", asm.AX)
		p.Store("high", asm.DX)
		p.Raise(unix.SIGUSR1)
	})
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR1)
	_, size = t.cpuid(xsaveLeaf, 0)
	return c.Word("high")<<32 | c.Word("low"), size
}

const xsaveLeaf = 13

// cpuid returns what a tracee is told in eax and ebx.
func (t *T) cpuid(leaf, subleaf int) (eax, ebx int) {
	c := t.StartTraced(func(p Code) {
		p.Mov(asm.AX, asm.Imm(leaf))
		p.Mov(asm.CX, asm.Imm(subleaf))
		p.Bytes(0x0f, 0xa2) // cpuid
		p.Store("eax", asm.AX)
		p.Store("ebx", asm.BX)
		p.Raise(unix.SIGUSR1)
	})
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR1)
	return int(c.Word("eax")), int(c.Word("ebx"))
}

// Features in XSAVE's area (Intel SDM volume 1, 13.1).
const (
	xfeatureAVX      = 2
	xfeatureOpmask   = 5
	xfeatureZMMHigh  = 6
	xfeatureHighZMM  = 7
	xfeaturePKRU     = 9
	xfeatureTileData = 18
)

// inject changes a feature's part of XSAVE's area, and returns where that is.
func (c *Tracee) inject(feature int, change func(part []byte)) (from, to int) {
	const inUse = 512 // xstate_bv
	size, from := c.t.cpuid(xsaveLeaf, feature)
	to = from + size
	b := c.xstate()
	if size == 0 || to > len(b) {
		c.t.Fail("feature %d from %d to %d is not in an area of %d bytes", feature, from, to, len(b))
	}
	change(b[from:to])
	binary.LittleEndian.PutUint64(b[inUse:], binary.LittleEndian.Uint64(b[inUse:])|1<<feature)
	var n int
	c.must(unix.PTRACE_SETREGSET, ptrace.Value(ntXState), ptrace.Vector(b, &n))
	return from, to
}

// injectsVectors is R21.
func injectsVectors(t *T) {
	present, _ := t.xsave()
	has := func(feature int) bool { return present>>feature&1 != 0 }
	c := t.StartTraced(func(p Code) {
		p.Space("area", largestSet)
		if has(xfeatureTileData) {
			p.usesTiles()
		}
		p.Raise(unix.SIGUSR2)
		p.Mov(asm.AX, asm.Imm(-1))
		p.Mov(asm.DX, asm.Imm(-1))
		p.Mov(asm.DI, asm.Of("area"))
		p.Bytes(0x0f, 0xae, 0x27) // xsave (%rdi)
		p.Raise(unix.SIGUSR1)
	})
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR2)
	wants := make(map[int][]byte) // by where they are
	for _, feature := range []int{xfeatureAVX, xfeatureOpmask, xfeatureZMMHigh, xfeatureHighZMM, xfeatureTileData} {
		if !has(feature) {
			continue
		}
		var want []byte
		at, _ := c.inject(feature, func(part []byte) {
			for i := range part {
				part[i] = byte(t.Rand.Uint32())
			}
			want = bytes.Clone(part)
		})
		wants[at] = want
	}
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR1)
	for at, want := range wants {
		got := make([]byte, len(want))
		t.need(c.readMemory(got, c.Addr("area")+sysdeps.Addr(at)), "read what the program saved")
		t.True(bytes.Equal(got, want), "the program saved at %d what was set", at)
	}
}

// usesTiles asks for the use of AMX (ARCH_REQ_XCOMP_PERM) and configures all tiles, so
// that the kernel makes room for them.
func (p Code) usesTiles() {
	const reqPermission, palette, tiles, rows, rowSize = 0x1023, 1, 8, 16, 64
	config := make([]byte, 64) // Intel SDM volume 2, LDTILECFG
	config[0] = palette
	for i := range tiles {
		binary.LittleEndian.PutUint16(config[16+2*i:], rowSize)
		config[48+i] = rows
	}
	p.Data("tiles", config)
	p.Syscall("arch_prctl", asm.Imm(reqPermission), asm.Imm(xfeatureTileData))
	p.Mov(asm.DI, asm.Of("tiles"))
	p.Bytes(0xc4, 0xe2, 0x78, 0x49, 0x07) // ldtilecfg (%rdi)
	p.Bytes(0xc4, 0xe2, 0x7b, 0x49, 0xc0) // tilezero %tmm0
}

// shadowed is a program with a shadow stack (ARCH_SHSTK_ENABLE of ARCH_SHSTK_SHSTK),
// which stops in a function that a function calls.
func shadowed(p Code) {
	p.Syscall("arch_prctl", asm.Imm(0x5001), asm.Imm(1))
	p.Call("outer")
	p.Exit(7)
	p.Label("outer")
	p.Call("inner")
	p.Ret()
	p.Label("inner")
	p.Raise(unix.SIGUSR1)
	p.Ret()
}

// Requests of 32-bit tracers (asm/ptrace-abi.h).
const (
	getFPXRegs = 18
	setFPXRegs = 19
)

// tracesXMM0 is a 32-bit tracer of a child, whose xmm0 it changes. Its exit status is the
// number of the step that failed, or 0.
func tracesXMM0(p Code) {
	const before, after, xmm0 = 41, 42, 160
	p.Space("area", 512)
	p.Words("loaded", asm.Imm(before))
	p.Space("status", 8)
	p.Fork(int(unix.SIGCHLD), "child")
	step := 0
	check := func(want asm.Imm, what asm.Operand) {
		step++
		good := p.Unnamed()
		p.Mov(asm.AX, what)
		p.Cmp(asm.AX, want)
		p.JumpIf(asm.Equal, good)
		p.Syscall("kill", asm.At("child.tid"), asm.Imm(unix.SIGKILL))
		p.Exit(step)
		p.Label(good)
	}
	request := func(req int, data asm.Operand) {
		p.Syscall("ptrace", asm.Imm(req), asm.At("child.tid"), asm.Imm(0), data)
		check(0, asm.AX)
	}
	wait := func(status asm.Imm) {
		p.Syscall("wait4", asm.At("child.tid"), asm.Of("status"), asm.Imm(unix.WALL), asm.Imm(0))
		check(status, asm.At("status"))
	}
	wait(asm.Imm(unix.SIGSTOP)<<8 | 0x7f)
	request(getFPXRegs, asm.Of("area"))
	check(before, asm.Mem{Label: "area", Off: xmm0})
	p.Mov(asm.Mem{Label: "area", Off: xmm0}, asm.Imm(after))
	request(setFPXRegs, asm.Of("area"))
	request(unix.PTRACE_CONT, asm.Imm(0))
	wait(after << 8)
	p.Exit(0)

	p.Label("child")
	p.Mov(asm.DI, asm.Of("loaded"))
	p.Bytes(0x66, 0x0f, 0x6e, 0x07) // movd (%edi),%xmm0
	p.TraceMe()
	p.Bytes(0x66, 0x0f, 0x7e, 0xc3) // movd %xmm0,%ebx
	p.Syscall("exit_group", asm.BX)
}

// visits32Bits is a program that goes to 32-bit code behind each of many calls in which
// it sleeps: SYSRET of AMD's processors leaves SS with attributes that the kernel has to
// mend.
func visits32Bits(p Code) {
	const often, code32, code64 = 2000, 0x23, 0x33
	p.Space("stack", stackSize)
	p.Words("left", asm.Imm(often))
	p.Words("soon", asm.Imm(0), asm.Imm(1)) // struct timespec
	p.Mov(asm.SP, asm.Addr{Label: "stack", Off: stackSize})
	p.Label("again")
	p.Syscall("nanosleep", asm.Of("soon"), asm.Imm(0))
	p.Push(asm.Imm(code32))
	p.Push(asm.Of("narrow"))
	p.Bytes(0x48, 0xcb) // lretq
	p.Label("narrow")   // pushes are the same here, but of 4 bytes
	p.Push(asm.Imm(code64))
	p.Push(asm.Of("wide"))
	p.Bytes(0xcb) // lret
	p.Label("wide")
	p.Sub(asm.At("left"), asm.Imm(1))
	p.JumpIf(asm.NotEqual, "again")
	p.Exit(7)
}

func probeXSave(t *T) {
	if _, e := t.StartTraced(func(Code) {}).regset(ntXState, largestSet); e != 0 {
		t.Skip("no XSAVE: %s", Errno(e))
	}
}

// setXMM0 puts a word into xmm0, by rax.
func (p Code) setXMM0(v int64) {
	p.Mov(asm.AX, asm.Imm(v))
	p.Bytes(0x66, 0x48, 0x0f, 0x6e, 0xc0) // movq %rax,%xmm0
}

// getXMM0 puts xmm0's lower word into rax.
func (p Code) getXMM0() { p.Bytes(0x66, 0x48, 0x0f, 0x7e, 0xc0) } // movq %xmm0,%rax

// cpusOf returns the processors of a set.
func cpusOf(set *unix.CPUSet) (cpus []int) {
	const most = 1024
	for i := range most {
		if set.IsSet(i) {
			cpus = append(cpus, i)
		}
	}
	return cpus
}

func factTwoCPUs(*Machine) string {
	var all unix.CPUSet
	if err := unix.SchedGetaffinity(0, &all); err != nil {
		return err.Error()
	}
	if all.Count() < 2 {
		return "there is one processor"
	}
	return ""
}

// lacksFlag says that the processor has not a feature, by the kernel's name of it.
func lacksFlag(name string) string {
	for f := range strings.FieldsSeq(field("/proc/cpuinfo", "flags")) {
		if f == name {
			return ""
		}
	}
	return "the processor has no " + name
}

// Requests for descriptors (asm/ptrace-abi.h), and the first descriptor that a 32-bit
// program of a 64-bit kernel has (GDT_ENTRY_TLS_MIN).
const (
	getThreadArea = 25
	setThreadArea = 26
	firstArea     = 12
	// areaFlags: of 32 bits, a limit in pages, and usable.
	areaFlags = 1 | 1<<4 | 1<<6
)

// area is struct user_desc (asm/ldt.h).
type area struct{ number, base, limit, flags uint32 }

func (a area) bytes() (b []byte) {
	for _, v := range []uint32{a.number, a.base, a.limit, a.flags} {
		b = binary.LittleEndian.AppendUint32(b, v)
	}
	return b
}

// threadArea is PTRACE_GET_THREAD_AREA.
func (c *Tracee) threadArea(n int) (a area) {
	b := make([]byte, 16)
	c.must(getThreadArea, ptrace.Value(n), ptrace.Pointer(b))
	for i, v := range []*uint32{&a.number, &a.base, &a.limit, &a.flags} {
		*v = binary.LittleEndian.Uint32(b[4*i:])
	}
	return a
}

// usesArea gives the thread a descriptor of the word "value NAME", and stores what it
// reads there in "saw NAME".
func (p Code) usesArea(name string, value int) {
	p.Words("value "+name, asm.Imm(value))
	desc := p.Unnamed()
	p.Words(desc, asm.Imm(firstArea), asm.Of("value "+name), asm.Imm(0xfffff), asm.Imm(areaFlags))
	p.Syscall("set_thread_area", asm.Of(desc))
	p.loadArea(firstArea)
	p.Store("saw "+name, asm.AX)
}

// loadArea makes gs a descriptor's selector, and reads through it.
func (p Code) loadArea(n int) {
	p.Mov(asm.AX, asm.Imm(n<<3|3))
	p.Bytes(0x8e, 0xe8)             // mov %eax,%gs
	p.Bytes(0x65, 0xa1, 0, 0, 0, 0) // mov %gs:0,%eax
}

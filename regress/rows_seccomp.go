package regress

import (
	"encoding/binary"
	"slices"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

var seccompRows = []Row{
	{
		ID: "K01", Title: "PTRACE_SECCOMP_GET_FILTER gives the filters of a thread", Since: Version{4, 4, 0}, Arch: sysdeps.AMD64,
		Checks: "of a thread with a filter: without a buffer the number of instructions, with one these; of a second filter: ENOENT; of a thread without: EINVAL",
		Needs:  []Need{Root, Unfiltered, Filters, Checkpoint},
		Run: func(t *T) {
			c := t.filteredAtStop(refuseCall)
			want := []unix.SockFilter{
				{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS},
				{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, Jf: 1, K: unix.SYS_GETPPID},
				{Code: unix.BPF_RET | unix.BPF_K, K: refuseCall.Action},
				{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW},
			}
			n := c.must(unix.PTRACE_SECCOMP_GET_FILTER, none, none)
			Equal(t, "instructions", int(n), len(want))
			program := make([]byte, 8*len(want)) // struct sock_filter
			c.must(unix.PTRACE_SECCOMP_GET_FILTER, none, ptrace.Pointer(program))
			for i, insn := range want {
				b := program[8*i:]
				got := unix.SockFilter{Code: binary.NativeEndian.Uint16(b), Jt: b[2], Jf: b[3], K: binary.NativeEndian.Uint32(b[4:])}
				Equal(t, "an instruction", got, insn)
			}
			c.Refused(unix.ENOENT, unix.PTRACE_SECCOMP_GET_FILTER, ptrace.Value(1), none)
			t.StartTraced(Code.Forever).Refused(unix.EINVAL, unix.PTRACE_SECCOMP_GET_FILTER, none, none)
		},
	},
	{
		ID: "K02", Title: "PTRACE_SECCOMP_GET_METADATA gives a filter's flags", Since: Version{4, 16, 0},
		Checks: "of a thread with a filter: 16 bytes, of which the flags are 0; of a second filter: ENOENT; of a thread without: EINVAL",
		Needs:  []Need{Root, Unfiltered, Filters, Checkpoint},
		Run: func(t *T) {
			metadata := func(filter uint64) ([]byte, ptrace.Arg, ptrace.Arg) {
				b := binary.NativeEndian.AppendUint64(nil, filter) // struct seccomp_metadata
				b = binary.NativeEndian.AppendUint64(b, ^uint64(0))
				return b, ptrace.Value(len(b)), ptrace.Pointer(b)
			}
			c := t.filteredAtStop(refuseCall)
			b, size, at := metadata(0)
			Equal(t, "size", c.must(unix.PTRACE_SECCOMP_GET_METADATA, size, at), 16)
			Equal(t, "flags", binary.NativeEndian.Uint64(b[8:]), 0)
			_, size, at = metadata(1)
			c.Refused(unix.ENOENT, unix.PTRACE_SECCOMP_GET_METADATA, size, at)
			_, size, at = metadata(0)
			t.StartTraced(Code.Forever).Refused(unix.EINVAL, unix.PTRACE_SECCOMP_GET_METADATA, size, at)
		},
	},
	{
		ID: "K03", Title: "PTRACE_GET_RSEQ_CONFIGURATION gives a thread's rseq area", Since: Version{5, 13, 0},
		Checks: "before rseq(2): address 0; behind it: 24 bytes with the address, the size 32, and the signature; with a buffer of 8 bytes the same result and the address",
		Needs:  []Need{Rseq},
		Run: func(t *T) {
			const (
				request   = 0x420f // PTRACE_GET_RSEQ_CONFIGURATION
				signature = 0x53053053
				size      = 32
			)
			c := t.StartTraced(func(p Code) {
				p.Space("area", size)
				p.Syscall("rseq", asm.Of("area"), asm.Imm(size), asm.Imm(0), asm.Imm(signature))
				p.Raise(unix.SIGUSR1)
			})
			conf := make([]byte, 24) // struct ptrace_rseq_configuration
			ask := func(b []byte) {
				Equal(t, "the result", c.must(request, ptrace.Value(len(b)), ptrace.Pointer(b)), 24)
			}
			ask(conf)
			Equal(t, "the address before", binary.NativeEndian.Uint64(conf), 0)
			c.Cont(0)
			c.ExpectStop(unix.SIGUSR1)
			ask(conf)
			area := c.Addr("area")
			Equal(t, "the address", sysdeps.Addr(binary.NativeEndian.Uint64(conf)), area)
			Equal(t, "the size", binary.NativeEndian.Uint32(conf[8:]), size)
			Equal(t, "the signature", binary.NativeEndian.Uint32(conf[12:]), signature)
			Equal(t, "the flags and what fills up", binary.NativeEndian.Uint64(conf[16:]), 0)
			short := make([]byte, 16)
			c.must(request, ptrace.Value(8), ptrace.Pointer(short))
			Equal(t, "the address, by a buffer of 8 bytes", sysdeps.Addr(binary.NativeEndian.Uint64(short)), area)
			Equal(t, "what lies behind these", binary.NativeEndian.Uint64(short[8:]), 0)
		},
	},
	{
		ID: "K04", Title: "a tracer reads and sets a thread's user dispatch of system calls", Since: Version{6, 4, 0},
		Checks: "PTRACE_GET_SYSCALL_USER_DISPATCH_CONFIG: off; PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG: another size or mode EINVAL; on, with a selector that blocks: reads back, and the next system call gives SIGSYS",
		Run: func(t *T) {
			const (
				set, get   = 0x4210, 0x4211
				on, block  = 1, 1 // PR_SYS_DISPATCH_ON, SYSCALL_DISPATCH_FILTER_BLOCK
				byDispatch = 2    // SYS_USER_DISPATCH, asm-generic/siginfo.h
			)
			c := t.StartTraced(func(p Code) {
				p.Data("selector", []byte{block})
				p.Syscall("getppid")
				p.Exit(0)
			})
			config := func(words ...uint64) (b []byte) { // struct ptrace_sud_config
				for _, w := range words {
					b = binary.NativeEndian.AppendUint64(b, w)
				}
				return b
			}
			read := func() []byte {
				b := config(7, 7, 7, 7)
				c.must(get, ptrace.Value(len(b)), ptrace.Pointer(b))
				return b
			}
			Equal(t, "the mode before", binary.NativeEndian.Uint64(read()), 0)
			selector := uint64(c.Addr("selector"))
			want := config(on, selector, 0x1000, 0x2000)
			for _, request := range []int{set, get} {
				for _, size := range []int{8, 40} {
					c.Refused(unix.EINVAL, request, ptrace.Value(size), ptrace.Pointer(make([]byte, 40)))
				}
			}
			wrong := config(77, selector, 0x1000, 0x2000)
			c.Refused(unix.EINVAL, set, ptrace.Value(len(wrong)), ptrace.Pointer(wrong))
			c.must(set, ptrace.Value(len(want)), ptrace.Pointer(want))
			t.True(slices.Equal(read(), want), "what was set can be read")
			c.Cont(0)
			c.ExpectStop(unix.SIGSYS)
			Equal(t, "the signal's code", c.Siginfo().Code(), byDispatch)
		},
	},
	{
		ID: "K05", Title: "PTRACE_O_SUSPEND_SECCOMP lifts a thread's filters", Since: Version{4, 3, 0},
		Checks: "a thread calls what its filter refuses, then with PTRACE_O_SUSPEND_SECCOMP, then without again: refused, works, refused",
		Needs:  []Need{Root, Unfiltered, Filters, Checkpoint},
		Run: func(t *T) {
			words := []string{"first", "second", "third"}
			c := t.StartTraced(func(p Code) {
				p.Filter(refuseCall)
				for _, word := range words {
					p.Syscall("getppid")
					p.Store(word, asm.AX)
					p.Raise(unix.SIGUSR1)
				}
			})
			results := []int{-refusal, unix.Getpid(), -refusal}
			for i, options := range []int{0, unix.PTRACE_O_SUSPEND_SECCOMP, 0} {
				c.SetOptions(options)
				c.Cont(0)
				c.ExpectStop(unix.SIGUSR1)
				Equal(t, "the "+words[i]+" result", int(c.Word(words[i])), results[i])
			}
		},
	},
}

const refusal = 77

// refuseCall has getppid fail.
var refuseCall = Rule{"getppid", unix.SECCOMP_RET_ERRNO | refusal}

// filteredAtStop starts a tracee that stands still under a filter.
func (t *T) filteredAtStop(rule Rule) *Tracee {
	c := t.StartTraced(func(p Code) {
		p.Filter(rule)
		p.Raise(unix.SIGUSR1)
	})
	c.Cont(0)
	c.ExpectStop(unix.SIGUSR1)
	return c
}

// probeRseq finds kernels without rseq(2): it refuses flags that it does not know.
func probeRseq(t *T) {
	c := t.Start(func(p Code) {
		p.Syscall("rseq", asm.Imm(0), asm.Imm(0), asm.Imm(-1), asm.Imm(0))
		p.exitNegated()
	})
	if st := c.Wait(); unix.Errno(st.ExitStatus()) != unix.EINVAL {
		t.Skip("no rseq: %s", Errno(unix.Errno(st.ExitStatus())))
	}
}

// probeCheckpoint finds kernels without CONFIG_CHECKPOINT_RESTORE, by a call that they have
// for the same (PR_SET_MM_MAP_SIZE, kernel/sys.c).
func probeCheckpoint(t *T) {
	c := t.Start(func(p Code) {
		p.Space("size", 8)
		p.Syscall("prctl", asm.Imm(unix.PR_SET_MM), asm.Imm(unix.PR_SET_MM_MAP_SIZE), asm.Of("size"), asm.Imm(0), asm.Imm(0))
		p.And(asm.AX, asm.Imm(0xff))
		p.Syscall("exit_group", asm.AX)
	})
	if st := c.Wait(); st.ExitStatus() != 0 {
		t.Skip("a kernel without CONFIG_CHECKPOINT_RESTORE")
	}
}

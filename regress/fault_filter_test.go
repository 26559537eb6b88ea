package regress

import (
	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// denial is a system call of tracees that gives an error, or 0 and is not made either.
type denial struct {
	call string
	e    unix.Errno
	// Where only is set, it is that call alone whose argument at has this value.
	only  bool
	at    int
	value uint32
}

// with returns the denial for calls with one argument alone.
func (d denial) with(at int, value uint32) denial {
	d.only, d.at, d.value = true, at, value
	return d
}

// denies makes a fault of what tracees themselves ask of the kernel.
func denies(ds ...denial) fault { return fault{filter: denying(ds)} }

// denying is the program of a filter (seccomp(2)) for the calls of both machines.
func denying(ds []denial) (program []unix.SockFilter) {
	const number, arch, arguments = 0, 4, 16 // of struct seccomp_data
	load := func(off uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: off}
	}
	// unless skips instructions.
	unless := func(v uint32, skip int) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: v, Jf: uint8(skip)}
	}
	result := func(v uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: v}
	}
	for _, m := range []struct {
		audit uint32
		arch  *sysdeps.Arch
	}{{auditAMD64, sysdeps.AMD64}, {unix.AUDIT_ARCH_I386, sysdeps.I386}} {
		var calls []unix.SockFilter
		for _, d := range ds {
			nr, ok := m.arch.Syscalls.Number(d.call)
			if !ok {
				continue
			}
			then := []unix.SockFilter{result(unix.SECCOMP_RET_ERRNO | uint32(d.e))}
			if d.only {
				then = append([]unix.SockFilter{load(uint32(arguments + 8*d.at)), unless(d.value, len(then))}, then...)
			}
			calls = append(calls, load(number), unless(uint32(nr), len(then)))
			calls = append(calls, then...)
		}
		calls = append(calls, result(unix.SECCOMP_RET_ALLOW))
		program = append(program, load(arch), unless(m.audit, len(calls)))
		program = append(program, calls...)
	}
	return append(program, result(unix.SECCOMP_RET_ALLOW))
}

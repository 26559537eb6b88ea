package display

import (
	"math/bits"
	"strconv"

	"sonde/sysdeps"
)

// What the kernel packs into one number, as strace takes it apart.

// appendSignalSet appends a set of so many signals, or those that it lacks where
// it has more than two thirds of them: [INT TERM], ~[KILL STOP].
func appendSignalSet(b []byte, set uint64, signals int) []byte {
	if bits.OnesCount64(set) > signals*2/3 {
		b = append(b, '~')
		set = ^set
	}
	b = append(b, '[')
	from := len(b)
	for n := 1; n <= signals; n++ {
		if set>>(n-1)&1 == 0 {
			continue
		}
		if len(b) > from {
			b = append(b, ' ')
		}
		b = appendSignal(b, n, false)
	}
	return append(b, ']')
}

// appendSignal appends a signal's name, with its SIG or without. Names of
// real-time signals are put together here, since sysdeps would allocate them.
func appendSignal(b []byte, n int, prefix bool) []byte {
	if prefix {
		b = append(b, "SIG"...)
	}
	if n > sysdeps.SIGRTMIN && n <= sysdeps.SIGRTMAX {
		return strconv.AppendInt(append(b, "RT_"...), int64(n-sysdeps.SIGRTMIN), 10)
	}
	return append(b, sysdeps.SignalName(n)[len("SIG"):]...)
}

// ptraceEvents are the stops of PTRACE_EVENT_* by number
// (include/uapi/linux/ptrace.h).
var ptraceEvents = map[uint32]string{
	1: "FORK", 2: "VFORK", 3: "CLONE", 4: "EXEC", 5: "VFORK_DONE", 6: "EXIT", 7: "SECCOMP", 128: "STOP",
}

// appendWaitStatus appends what wait(2) stores, by the macros of sys/wait.h that
// are true of it.
func appendWaitStatus(b []byte, s uint32) []byte {
	rest := s
	switch low := s & 0x7f; {
	case s&0xff == 0x7f:
		b = append(b, "{WIFSTOPPED(s) && WSTOPSIG(s) == "...)
		b = appendStatusSignal(b, s>>8&0x7f)
		if s&0x8000 != 0 { // PTRACE_O_TRACESYSGOOD
			b = append(b, " | 0x80"...)
		}
		rest &^= 0xffff
	case s == 0xffff:
		b = append(b, "{WIFCONTINUED(s)"...)
		rest = 0
	case low == 0:
		b = append(b, "{WIFEXITED(s) && WEXITSTATUS(s) == "...)
		b = strconv.AppendUint(b, uint64(s>>8&0xff), 10)
		rest &^= 0xff00
	default:
		b = append(b, "{WIFSIGNALED(s) && WTERMSIG(s) == "...)
		b = appendStatusSignal(b, low)
		if s&0x80 != 0 {
			b = append(b, " && WCOREDUMP(s)"...)
		}
		rest &^= 0xff
	}
	b = append(b, '}')
	if event := rest >> 16; event != 0 {
		b = appendStopEvent(append(b, '|'), event)
		b = append(b, "<<16"...)
	}
	if rest &= 0xffff; rest != 0 {
		b = appendHex(append(b, '|'), uint64(rest))
	}
	return b
}

// appendStatusSignal appends a signal of a wait status, which may be none.
func appendStatusSignal(b []byte, n uint32) []byte {
	if n == 0 || n > sysdeps.SIGRTMAX {
		return strconv.AppendUint(b, uint64(n), 10)
	}
	return appendSignal(b, int(n), true)
}

// appendDevice appends a device's number by its parts, which lie as makedev(3)
// puts them.
func appendDevice(b []byte, dev uint64) []byte {
	major := dev>>8&0xfff | dev>>32&^0xfff
	minor := dev&0xff | dev>>12&0xffffff00
	b = appendAlternate(append(b, "makedev("...), major)
	b = appendAlternate(append(b, ", "...), minor)
	return append(b, ')')
}

// appendRequest appends an ioctl's request by the parts that _IOC puts together
// (include/uapi/asm-generic/ioctl.h).
func appendRequest(b []byte, r uint32) []byte {
	b = append(b, "_IOC("...)
	b = append(b, [...]string{"_IOC_NONE", "_IOC_WRITE", "_IOC_READ", "_IOC_READ|_IOC_WRITE"}[r>>30]...)
	for _, part := range [...]uint32{r >> 8 & 0xff, r & 0xff, r >> 16 & 0x3fff} {
		b = appendAlternate(append(b, ", "...), uint64(part))
	}
	return append(b, ')')
}

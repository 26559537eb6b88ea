package proc

import (
	"fmt"

	"sonde/breakpoint"
)

// debugf tells which way was chosen, if anybody wants to know.
func (tr *Tracer) debugf(format string, args ...any) {
	if tr.Debug != nil {
		tr.Debug(fmt.Sprintf(format, args...))
	}
}

// debugCalls tells once how it is found out what system call a thread has stopped at.
func (tr *Tracer) debugCalls() {
	tr.callsTold = true
	if tr.noInfo {
		tr.debugf("system calls are read from registers: the kernel, older than Linux 5.3, has no PTRACE_GET_SYSCALL_INFO")
	} else {
		tr.debugf("system calls are told by PTRACE_GET_SYSCALL_INFO")
	}
}

// debugSlots tells where instructions under breakpoints run that are not emulated.
func (tr *Tracer) debugSlots(p *Process, err error) {
	if err != nil {
		tr.debugf("process %d: no memory can be mapped into it for slots (%v): instructions run in unused bytes of its code, or in place", p.PID, err)
		return
	}
	last := p.Space.injected[len(p.Space.injected)-1]
	tr.debugf("process %d: memory for slots is mapped into it at %v", p.PID, last.lo)
}

// debugStep tells of a breakpoint whose instruction takes a stop of all other threads.
func (tr *Tracer) debugStep(p *Process, b *breakpoint.Breakpoint) {
	tr.debugf("process %d: the instruction at %v is stepped in place, all other threads standing still", p.PID, b.Addr)
}

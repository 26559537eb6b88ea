package regress

import (
	"encoding/binary"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
)

// Rule is what a filter does with a system call: SECCOMP_RET_*, and its data.
type Rule struct {
	Call   string
	Action uint32
}

// Filter puts the thread under a filter of system calls, which allows those that have no
// rule. It looks at the numbers alone, so it is for programs of one machine.
func (p Code) Filter(rules ...Rule) {
	const number = 0 // of struct seccomp_data
	program := []unix.SockFilter{{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: number}}
	for _, r := range rules {
		nr, ok := p.Arch().Syscalls.Number(r.Call)
		if !ok {
			nr = -1 // the program's own use of it is told
		}
		program = append(
			program,
			unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: uint32(nr), Jf: 1},
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: r.Action},
		)
	}
	program = append(program, unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW})
	var code []byte
	for _, f := range program {
		code = binary.LittleEndian.AppendUint16(code, f.Code)
		code = append(code, f.Jt, f.Jf)
		code = binary.LittleEndian.AppendUint32(code, f.K)
	}
	filter, fprog := p.Unnamed(), p.Unnamed()
	p.Data(filter, code)
	p.Words(fprog, asm.Imm(len(program)), asm.Of(filter)) // struct sock_fprog
	p.Syscall("prctl", asm.Imm(unix.PR_SET_NO_NEW_PRIVS), asm.Imm(1), asm.Imm(0), asm.Imm(0), asm.Imm(0))
	p.Syscall("seccomp", asm.Imm(unix.SECCOMP_SET_MODE_FILTER), asm.Imm(0), asm.Of(fprog))
}

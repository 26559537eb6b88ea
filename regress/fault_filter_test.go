package regress

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"sonde/sysdeps/ptrace"
)

// filteredVar is set where the filter of a mutation is in force.
const filteredVar = "SONDE_REGRESS_FILTERED"

// refuseAll puts this process, and with it its tracees, under a filter that gives requests
// of ptrace an error. A thread can do that to itself alone, so another process takes the
// place of this one, and this one ends with it.
func refuseAll(refused map[int]unix.Errno) error {
	if os.Getenv(filteredVar) != "" {
		return nil
	}
	l, err := ptrace.Fork(&ptrace.Program{
		Path: "/proc/self/exe", Args: os.Args, Env: append(os.Environ(), filteredVar+"=1"),
		In: ptrace.Inherit(), Filter: refusing(refused),
	})
	if err != nil {
		return err
	}
	if err := l.Start(); err != nil {
		return err
	}
	if step, e := l.Failure(); e != 0 {
		return fmt.Errorf("step %d: %w", step, e)
	}
	var st unix.WaitStatus
	if _, err := unix.Wait4(l.PID, &st, 0, nil); err != nil {
		return err
	}
	os.Exit(st.ExitStatus())
	return nil
}

// refusing is the program of a filter that gives requests of ptrace an error.
func refusing(refused map[int]unix.Errno) []unix.SockFilter {
	const number, arch, argument = 0, 4, 16 // of struct seccomp_data
	jump := func(v uint32, otherwise uint8) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K, K: v, Jf: otherwise}
	}
	load := func(off uint32) unix.SockFilter {
		return unix.SockFilter{Code: unix.BPF_LD | unix.BPF_W | unix.BPF_ABS, K: off}
	}
	allow := unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ALLOW}
	program := []unix.SockFilter{
		load(arch), jump(auditAMD64, 2),
		load(number), jump(unix.SYS_PTRACE, 0),
		load(argument),
	}
	program[3].Jf = uint8(1 + 2*len(refused)) // to the last instruction
	program[1].Jf = 2 + program[3].Jf
	for req, e := range refused {
		program = append(program, jump(uint32(req), 1),
			unix.SockFilter{Code: unix.BPF_RET | unix.BPF_K, K: unix.SECCOMP_RET_ERRNO | uint32(e)})
	}
	return append(program, allow)
}

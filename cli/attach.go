package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/proc"
)

// ExplainAttach words why a process could not be attached to. Of a permission
// that is missing it names which one.
func ExplainAttach(pid int, err error) error { return ExplainRefusal("attach to", pid, err) }

// ExplainRefusal is ExplainAttach for something else than attaching that takes the same
// rights: "look at".
func ExplainRefusal(doing string, pid int, err error) error {
	if errors.Is(err, unix.EPERM) || errors.Is(err, unix.EACCES) {
		return fmt.Errorf("%s process %d: %w (%s)", doing, pid, unix.EPERM, whyNotPermitted(pid))
	}
	return fmt.Errorf("%s process %d: %w", doing, pid, err)
}

// capSysPtrace is the bit of CAP_SYS_PTRACE (linux/capability.h).
const capSysPtrace = 1 << 19

// whyNotPermitted goes through what ptrace(2), "Ptrace access mode checking",
// lists, in the kernel's order.
func whyNotPermitted(pid int) string {
	st, err := proc.ReadStatus(pid)
	if err != nil {
		return "its status cannot be read"
	}
	able := effectiveCapabilities()&capSysPtrace != 0
	switch {
	case st.TracerPID != 0:
		return fmt.Sprintf("process %d traces it already", st.TracerPID)
	case st.UID != os.Geteuid() && !able:
		return fmt.Sprintf("it runs as user %d and you are user %d; try as root, or with CAP_SYS_PTRACE", st.UID, os.Geteuid())
	case otherUserNamespace(pid):
		return "it runs in a user namespace in which you have no CAP_SYS_PTRACE; try from inside it, or from its parent as root"
	case !able && notDumpable(pid, st.UID):
		return "it has made itself not dumpable, as programs with secrets do and setuid ones are; try as root, or with CAP_SYS_PTRACE"
	}
	switch scope := yamaScope(); {
	case scope == 1 && !able:
		return "/proc/sys/kernel/yama/ptrace_scope is 1: only a process's ancestors may attach; try as root, or have the program launched by the tracer"
	case scope == 2 && !able:
		return "/proc/sys/kernel/yama/ptrace_scope is 2: attaching takes CAP_SYS_PTRACE; try as root"
	case scope == 3:
		return "/proc/sys/kernel/yama/ptrace_scope is 3: nobody may attach until the next boot"
	case !able:
		return "CAP_SYS_PTRACE is missing: it has capabilities that you have not; try as root"
	}
	return "a security module, or a seccomp filter around the tracer, forbids ptrace here"
}

func effectiveCapabilities() uint64 {
	text, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	for line := range bytes.Lines(text) {
		if v, ok := bytes.CutPrefix(line, []byte("CapEff:")); ok {
			caps, _ := strconv.ParseUint(string(bytes.TrimSpace(v)), 16, 64)
			return caps
		}
	}
	return 0
}

func otherUserNamespace(pid int) bool {
	own, err1 := os.Readlink("/proc/self/ns/user")
	its, err2 := os.Readlink("/proc/" + strconv.Itoa(pid) + "/ns/user")
	return err1 == nil && err2 == nil && own != its
}

// notDumpable tells by the owner of the process's files in /proc, which is root
// for a process that is not dumpable (proc(5)).
func notDumpable(pid, uid int) bool {
	var st unix.Stat_t
	err := unix.Stat("/proc/"+strconv.Itoa(pid)+"/mem", &st)
	return err == nil && int(st.Uid) != uid
}

// yamaScope returns Yama's ptrace_scope, 0 where there is no Yama.
func yamaScope() int {
	text, err := os.ReadFile("/proc/sys/kernel/yama/ptrace_scope")
	if err != nil {
		return 0
	}
	n, _ := strconv.Atoi(strings.TrimSpace(string(text)))
	return n
}

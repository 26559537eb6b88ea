package cli

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"slices"
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

// CapSysPtrace is the bit of CAP_SYS_PTRACE (linux/capability.h).
const CapSysPtrace = 1 << 19

// permission is what decides whether a process may be traced.
type permission struct {
	its, own       proc.Status
	tracer         string // its tracer's name
	capable        uint64 // capabilities that are in force here: CapEff
	otherNamespace bool   // of users
	notDumpable    bool
	scope          int    // Yama's ptrace_scope
	modules        string // the kernel's security modules, "capability,yama,apparmor"
}

// whyNotPermitted tells what forbids to trace a process, and the remedy.
func whyNotPermitted(pid int) string {
	var p permission
	var err error
	if p.its, err = proc.ReadStatus(pid); err != nil {
		return "its status cannot be read"
	}
	p.own, _ = proc.ReadStatus(os.Getpid())
	if p.its.TracerPID != 0 {
		p.tracer = proc.Traced(p.its.TracerPID).Name
	}
	p.capable = effectiveCapabilities()
	p.otherNamespace = otherUserNamespace(pid)
	p.notDumpable = notDumpable(pid, p.its.UID)
	p.scope = yamaScope()
	modules, _ := os.ReadFile("/sys/kernel/security/lsm") // which is not mounted everywhere
	p.modules = string(modules)
	return p.missing()
}

// missing goes through what ptrace(2), "Ptrace access mode checking", lists, in the
// kernel's order.
func (p *permission) missing() string {
	able := p.capable&CapSysPtrace != 0
	switch {
	case p.its.TracerPID != 0:
		return "already traced by " + nameOf(p.its.TracerPID, p.tracer)
	case !able && p.its.UID != p.own.UID:
		return fmt.Sprintf("it runs as user %d and you are user %d; try as root, or with CAP_SYS_PTRACE", p.its.UID, p.own.UID)
	case !able && p.its.RealUID != p.own.UID:
		return fmt.Sprintf("it was started by user %d and you are user %d; try as root, or with CAP_SYS_PTRACE", p.its.RealUID, p.own.UID)
	case !able && (p.its.GID != p.own.GID || p.its.RealGID != p.own.GID):
		return fmt.Sprintf("it runs with group %d, started with %d, and your group is %d; try as root, with CAP_SYS_PTRACE, or newgrp(1)", p.its.GID, p.its.RealGID, p.own.GID)
	case p.otherNamespace:
		return "it runs in a user namespace in which you have no CAP_SYS_PTRACE; try from inside it, or from its parent as root"
	case !able && p.notDumpable:
		return "it has made itself not dumpable, as programs with secrets do and setuid ones are; try as root, or with CAP_SYS_PTRACE"
	case p.scope == 1 && !able:
		return "/proc/sys/kernel/yama/ptrace_scope is 1: only a process's ancestors may attach; try as root, or have the program launched by the tracer"
	case p.scope == 2 && !able:
		return "/proc/sys/kernel/yama/ptrace_scope is 2: attaching takes CAP_SYS_PTRACE; try as root"
	case p.scope == 3:
		return "/proc/sys/kernel/yama/ptrace_scope is 3: nobody may attach until the next boot"
	case !able && p.its.Permitted&^p.own.Permitted != 0:
		return "CAP_SYS_PTRACE is missing: it has capabilities that you have not; try as root, in a container started with --cap-add=SYS_PTRACE"
	case p.own.Seccomp != 0:
		return "a seccomp filter around this program forbids it; a container allows it that is started with --cap-add=SYS_PTRACE, or with --security-opt seccomp=unconfined"
	}
	return "a security module of the kernel forbids it" + p.modulesNote()
}

// modulesNote names the security modules that may be meant: those that are always there
// are not.
func (p *permission) modulesNote() string {
	all := slices.DeleteFunc(strings.Split(strings.TrimSpace(p.modules), ","), func(m string) bool {
		return m == "" || m == "lockdown" || m == "capability" || m == "landlock" || m == "yama"
	})
	if len(all) == 0 {
		return ""
	}
	return ": one of " + strings.Join(all, ", ")
}

func nameOf(pid int, name string) string {
	if name == "" {
		return fmt.Sprintf("process %d", pid)
	}
	return fmt.Sprintf("process %d (%s)", pid, Printable(name))
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

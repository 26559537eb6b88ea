package regress

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/sys/unix"
)

// children returns the processes whose parent is one. It may miss some while others end
// (proc_pid_children(5)).
func children(parent int) (pids []int) {
	lists, _ := filepath.Glob(fmt.Sprintf("/proc/%d/task/[0-9]*/children", parent)) // the pattern is well-formed
	if len(lists) == 0 {
		return childrenByStat(parent)
	}
	for _, file := range lists { // of each thread
		for pid := range strings.FieldsSeq(text(file)) {
			if pid, err := strconv.Atoi(pid); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// childrenByStat is children for kernels without CONFIG_PROC_CHILDREN, which took that for
// part of CONFIG_CHECKPOINT_RESTORE before Linux 4.2. With hidepid=2 (proc(5)), it does not
// find those that this process may not trace.
func childrenByStat(parent int) (pids []int) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is well-formed
	for _, file := range stats {
		// pid (comm) state ppid
		stat := text(file)
		fields := strings.Fields(stat[strings.LastIndexByte(stat, ')')+1:])
		if len(fields) > 1 && fields[1] == strconv.Itoa(parent) {
			if pid, err := strconv.Atoi(filepath.Base(filepath.Dir(file))); err == nil {
				pids = append(pids, pid)
			}
		}
	}
	return pids
}

// text returns a file's content, or "" without it.
func text(name string) string {
	b, _ := os.ReadFile(name) // "" is what there is without
	return string(b)
}

// killChildren kills the children of a process, and theirs: one of them may hold another
// that would end, by tracing it.
func killChildren(parent int) {
	for _, pid := range children(parent) {
		killChildren(pid)
		_ = unix.Kill(pid, unix.SIGKILL) // it may be gone
	}
}

// endChildren ends all that this process, a reaper, has below it: when it has no children
// any more, nothing is left. What does not end in time hangs in the kernel.
func endChildren(patience time.Duration) {
	for until := time.Now().Add(patience); time.Now().Before(until); {
		killChildren(os.Getpid())
		for {
			pid, err := unix.Wait4(-1, nil, unix.WALL|unix.WNOHANG, nil)
			if errors.Is(err, unix.ECHILD) {
				return
			}
			if pid <= 0 {
				break
			}
		}
		time.Sleep(100 * time.Microsecond) // no descriptor tells of the end of any child
	}
}

// leftovers are the children that nobody has spared.
func (k *keeper) leftovers() []int {
	return slices.DeleteFunc(children(os.Getpid()), func(child int) bool { return k.spare[child] })
}

package testkit

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// sessionProcesses returns the processes of a session that have not ended,
// and those that any of them started in another session.
func sessionProcesses(session int) []int {
	return family(func(st stat) bool { return st.session == session })
}

// descendants returns a process, if it has not ended, and those that it and they
// have started.
func descendants(pid int) []int {
	return family(func(st stat) bool { return st.pid == pid })
}

// family returns the processes that are chosen and have not ended, and those that
// any of them started.
func family(chosen func(stat) bool) []int {
	stats, err := filepath.Glob("/proc/[0-9]*/stat")
	if err != nil {
		return nil
	}
	parents := make(map[int]int)
	ours := make(map[int]bool)
	for _, name := range stats {
		data, err := os.ReadFile(name)
		if err != nil {
			continue // it ended since
		}
		st, ok := parseStat(data)
		if !ok || st.state == 'Z' || st.state == 'X' {
			continue
		}
		parents[st.pid] = st.parent
		if chosen(st) {
			ours[st.pid] = true
		}
	}
	for grown := true; grown; {
		grown = false
		for pid, parent := range parents {
			if ours[parent] && !ours[pid] {
				ours[pid], grown = true, true
			}
		}
	}
	pids := make([]int, 0, len(ours))
	for pid := range ours {
		pids = append(pids, pid)
	}
	return pids
}

// stat is what is needed of /proc/PID/stat (proc(5)).
type stat struct {
	pid, parent, session int
	state                byte
}

// parseStat reads a stat line. The name, in parentheses, may hold anything.
func parseStat(line []byte) (stat, bool) {
	open, end := bytes.IndexByte(line, '('), bytes.LastIndexByte(line, ')')
	if open < 1 || end < open {
		return stat{}, false
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(line[:open])))
	if err != nil {
		return stat{}, false
	}
	st := stat{pid: pid}
	var group int
	if _, err := fmt.Sscanf(string(line[end+1:]), " %c %d %d %d", &st.state, &st.parent, &group, &st.session); err != nil {
		return stat{}, false
	}
	return st, true
}

// describeSession tells of every thread of a session's processes what it does: its
// state, where it sleeps in the kernel, who traces it, and which signals wait for it.
func describeSession(session int) string {
	var b strings.Builder
	for _, pid := range sessionProcesses(session) {
		tasks, err := filepath.Glob(fmt.Sprintf("/proc/%d/task/*", pid))
		if err != nil {
			continue
		}
		for _, task := range tasks {
			status, err := os.ReadFile(filepath.Join(task, "status"))
			if err != nil {
				continue // it ended since
			}
			fmt.Fprintf(&b, "%d/%s", pid, filepath.Base(task))
			for line := range strings.Lines(string(status)) {
				switch key, value, _ := strings.Cut(strings.TrimSpace(line), ":\t"); key {
				case "Name", "State", "TracerPid", "SigPnd", "ShdPnd", "SigBlk":
					fmt.Fprintf(&b, " %s=%s", key, value)
				}
			}
			wchan, _ := os.ReadFile(filepath.Join(task, "wchan")) // may be forbidden
			call, _ := os.ReadFile(filepath.Join(task, "syscall"))
			fmt.Fprintf(&b, " wchan=%s syscall=%s\n", wchan, bytes.TrimSpace(call))
		}
	}
	return b.String()
}

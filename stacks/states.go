package stacks

import (
	"bytes"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/proc"
)

// named is what /proc tells of a thread.
type named struct{ name, state string }

// words are the states of proc_pid_stat(5).
var words = map[byte]string{
	'R': "running", 'S': "sleeping", 'D': "waiting for a disk or the like", 'T': "stopped",
	't': "traced", 'Z': "ended", 'X': "ended", 'I': "idle",
}

// states reads the names and states of all threads, before they are stopped: then all
// are in the same one.
func states(pid int) map[int]named {
	tids, err := proc.Tasks(pid)
	if err != nil {
		return nil // Hold tells why
	}
	all := make(map[int]named, len(tids))
	// Not /proc/TID/stat, for each of which the kernel adds up the times of all threads.
	dir := "/proc/" + strconv.Itoa(pid) + "/task/"
	var line [1024]byte
	for _, tid := range tids {
		if n, ok := readLine(line[:], dir+strconv.Itoa(tid)+"/stat"); ok {
			if t, ok := parseState(line[:n]); ok {
				all[tid] = t
			}
		}
	}
	return all
}

// parseState reads TID (NAME) STATE, where the name may hold anything.
func parseState(p []byte) (named, bool) {
	open, shut := bytes.IndexByte(p, '('), bytes.LastIndex(p, []byte(") "))
	if open < 0 || shut < open || shut+2 >= len(p) {
		return named{}, false
	}
	return named{string(p[open+1 : shut]), words[p[shut+2]]}, true
}

// readLine reads what a file in /proc tells at once. There are as many as there are
// threads: package os asks for each whether it can be waited for.
func readLine(p []byte, path string) (n int, ok bool) {
	fd, err := unix.Open(path, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return 0, false
	}
	n, err = unix.Read(fd, p)
	unix.Close(fd)
	return n, err == nil
}

package snapshot

import (
	"os"
	"strconv"
	"syscall"

	"sonde/proc"
)

// Owner returns the user that may have what is read of a process: its own, if that user
// could read it as well. It is not so of a process that has made itself not dumpable, whose
// files in /proc are root's (proc(5)), nor of one that has changed its user.
func Owner(pid int) (uid, gid int, ok bool) {
	st, err := proc.ReadStatus(pid)
	if err != nil || st.UID != st.RealUID || st.GID != st.RealGID {
		return 0, 0, false
	}
	fi, err := os.Stat("/proc/" + strconv.Itoa(pid) + "/mem")
	if err != nil {
		return 0, 0, false
	}
	s, isStat := fi.Sys().(*syscall.Stat_t)
	return st.UID, st.GID, isStat && int(s.Uid) == st.UID
}

package trace

import (
	"encoding/binary"
	"fmt"
	"os"
	"strconv"
	"strings"
	"syscall"

	"golang.org/x/sys/unix"

	"sonde/proc"
)

// checkPrivileges tells of a program whose file gives it privileges that the
// kernel has withheld at its exec because its tracer lacks CAP_SYS_PTRACE
// (execve(2); cap_bprm_creds_from_file in security/commoncap.c), or because we have
// installed a filter.
func (s *Session) checkPrivileges(tid int) {
	exe := "/proc/" + strconv.Itoa(tid) + "/exe"
	fi, err := os.Stat(exe)
	if err != nil {
		return
	}
	caps := fileCapabilities(exe)
	if caps == 0 && fi.Mode()&(os.ModeSetuid|os.ModeSetgid) == 0 {
		return // as nearly all files
	}
	st, err := proc.ReadStatus(tid)
	if err != nil || st.NoNewPrivs && !s.filtered {
		return
	}
	lacking := lackingIDs(fi, &st)
	if caps&^st.Permitted != 0 {
		lacking = append(lacking, "capabilities")
	}
	if len(lacking) == 0 || capableOfTracing() && !st.NoNewPrivs || mountedWithoutSetuid(exe) {
		return
	}
	why := "the kernel withholds them from a program whose tracer lacks CAP_SYS_PTRACE; as root, sonde -u USER runs it with them"
	if st.NoNewPrivs {
		why = "--seccomp-bpf has the kernel withhold them (no_new_privs)"
	}
	s.warn(fmt.Errorf("%s runs without the privileges that its file gives it (%s): %s",
		exePath(tid), strings.Join(lacking, ", "), why))
}

// lackingIDs names the identities that a set-user-ID or set-group-ID file gives
// and a process does not have.
func lackingIDs(fi os.FileInfo, st *proc.Status) []string {
	var lacking []string
	sys, ok := fi.Sys().(*syscall.Stat_t)
	if !ok {
		return nil
	}
	if fi.Mode()&os.ModeSetuid != 0 && int(sys.Uid) != st.UID {
		lacking = append(lacking, fmt.Sprintf("setuid %d", sys.Uid))
	}
	// Without the group's x bit, setgid once meant mandatory locking.
	const groupExec = 0o010
	if fi.Mode()&os.ModeSetgid != 0 && fi.Mode()&groupExec != 0 && int(sys.Gid) != st.GID {
		lacking = append(lacking, fmt.Sprintf("setgid %d", sys.Gid))
	}
	return lacking
}

// fileCapabilities returns what a file permits (struct vfs_cap_data in
// linux/capability.h): the permitted and the inheritable half of each word.
func fileCapabilities(path string) uint64 {
	p := make([]byte, 24) // of revision 3, the longest
	n, err := unix.Getxattr(path, "security.capability", p)
	if err != nil || n < 20 {
		return 0
	}
	return uint64(binary.LittleEndian.Uint32(p[4:])) | uint64(binary.LittleEndian.Uint32(p[12:]))<<32
}

func capableOfTracing() bool {
	st, err := proc.ReadStatus(os.Getpid())
	return err == nil && st.Permitted&(1<<unix.CAP_SYS_PTRACE) != 0
}

// mountedWithoutSetuid tells of a file system whose files give no privileges.
func mountedWithoutSetuid(path string) bool {
	var fs unix.Statfs_t
	return unix.Statfs(path, &fs) == nil && fs.Flags&unix.ST_NOSUID != 0
}

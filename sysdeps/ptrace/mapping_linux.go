package ptrace

import (
	"fmt"
	"unsafe"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// mappingQuery is struct procmap_query (include/uapi/linux/fs.h).
type mappingQuery struct {
	size, flags, addr                           uint64
	start, end, access, pageSize, offset, inode uint64
	devMajor, devMinor, nameSize, buildIDSize   uint32
	name, buildID                               uint64
}

// procmapQuery is PROCMAP_QUERY: _IOWR('f', 17, struct procmap_query).
const procmapQuery = 3<<30 | uint(unsafe.Sizeof(mappingQuery{}))<<16 | 'f'<<8 | 17

// MappingAt returns the bounds of the mapping at an address: by PROCMAP_QUERY on a
// descriptor of /proc/PID/maps. The error is ENOENT where there is none, and ENOTTY where
// the kernel is older than Linux 6.11.
func MappingAt(fd int, a sysdeps.Addr) (lo, hi sysdeps.Addr, err error) {
	q := mappingQuery{size: uint64(unsafe.Sizeof(mappingQuery{})), addr: uint64(a)}
	if _, _, e := unix.Syscall(unix.SYS_IOCTL, uintptr(fd), uintptr(procmapQuery), uintptr(unsafe.Pointer(&q))); e != 0 {
		return 0, 0, fmt.Errorf("PROCMAP_QUERY: %w", e)
	}
	return sysdeps.Addr(q.start), sysdeps.Addr(q.end), nil
}

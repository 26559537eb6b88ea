package snapshot

import (
	"bytes"
	"debug/elf"
	"io/fs"
	"os"
	"regexp"
	"strconv"
	"strings"
	"syscall"

	"sonde/sysdeps"
)

// Choice is what memory goes into a core file.
type Choice struct {
	// All takes all that can be read.
	All bool
	// Names, unless nil, takes the mappings whose names it matches, and no others.
	Names *regexp.Regexp
}

// Bits of /proc/PID/coredump_filter (core(5)).
const (
	dumpAnonymous = 1 << iota
	dumpSharedAnonymous
	dumpPrivateFile
	dumpSharedFile
	dumpELFHeaders
	dumpPrivateHuge
	dumpSharedHuge

	defaultDump = dumpAnonymous | dumpSharedAnonymous | dumpELFHeaders | dumpPrivateHuge
)

// dumpFilter reads which of these a process has.
func dumpFilter(pid int) uint64 {
	text, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/coredump_filter")
	if err != nil {
		return defaultDump
	}
	v, err := strconv.ParseUint(strings.TrimSpace(string(text)), 16, 64)
	if err != nil {
		return defaultDump
	}
	return v
}

// dumped tells how many bytes of a mapping go into a core file.
func dumped(pid int, m *mapping, c *Choice, filter uint64, mem sysdeps.Memory) uint64 {
	size := uint64(m.Hi - m.Lo)
	switch {
	case c.Names != nil:
		if m.Readable && c.Names.MatchString(m.Path) {
			return size
		}
		return 0
	case c.All:
		if m.Readable && !m.device {
			return size
		}
		return 0
	case m.special():
		return size
	}
	return kernelDumps(pid, m, filter, mem)
}

// kernelDumps follows vma_dump_size in fs/coredump.c. That a mapping has anonymous
// pages stands for its anon_vma, which one has that was written to; mappings of DAX
// cannot be told from others.
func kernelDumps(pid int, m *mapping, filter uint64, mem sysdeps.Memory) uint64 {
	size := uint64(m.Hi - m.Lo)
	has := func(bit uint64) uint64 {
		if filter&bit != 0 {
			return size
		}
		return 0
	}
	switch {
	case m.dontDump, m.device && !m.huge:
		return 0
	case m.huge && m.shared:
		return has(dumpSharedHuge)
	case m.huge:
		return has(dumpPrivateHuge)
	case m.shared && m.deleted():
		return has(dumpSharedAnonymous)
	case m.shared:
		return has(dumpSharedFile)
	case m.anonymous && filter&dumpAnonymous != 0:
		return size
	case !m.file():
		return 0
	case filter&dumpPrivateFile != 0:
		return size
	case filter&dumpELFHeaders != 0 && m.Offset == 0 && m.Readable && (executable(pid, m) || startsELF(mem, m.Lo)):
		return sysdeps.PageSize
	}
	return 0
}

// executable tells whether somebody may execute the file that is mapped.
func executable(pid int, m *mapping) bool {
	proc := "/proc/" + strconv.Itoa(pid)
	lo, hi := strconv.FormatUint(uint64(m.Lo), 16), strconv.FormatUint(uint64(m.Hi), 16)
	fi, err := os.Stat(proc + "/map_files/" + lo + "-" + hi)
	if err != nil {
		// That takes CAP_CHECKPOINT_RESTORE. By its name it may be another file.
		if fi, err = os.Stat(proc + "/root" + m.Path); err != nil || inode(fi) != m.Inode {
			return false
		}
	}
	return fi.Mode()&0o111 != 0
}

func inode(fi fs.FileInfo) uint64 {
	if st, ok := fi.Sys().(*syscall.Stat_t); ok {
		return st.Ino
	}
	return 0
}

func startsELF(mem sysdeps.Memory, a sysdeps.Addr) bool {
	var p [len(elf.ELFMAG)]byte
	_, err := mem.ReadMemory(p[:], a)
	return err == nil && bytes.Equal(p[:], []byte(elf.ELFMAG))
}

package snapshot

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"sonde/proc"
)

// mapping is a mapping of a process, and what /proc/PID/smaps tells of its pages.
type mapping struct {
	proc.Mapping
	shared    bool
	resident  bool // any page is in memory, or in swap
	anonymous bool // has pages of its own, in memory or in swap
	dontDump  bool // VmFlags: dd
	device    bool // VmFlags: io
	huge      bool // VmFlags: ht
	wiped     bool // VmFlags: wf
	absent    bool // from a copy of the process
}

// readMappings reads the mappings of a process that stands still.
func readMappings(pid int) ([]mapping, error) {
	ms, err := proc.Maps(pid)
	if err != nil {
		return nil, err
	}
	all := make([]mapping, len(ms))
	for i := range ms {
		all[i].Mapping = ms[i]
	}
	return all, addDetails(pid, all)
}

// addDetails reads smaps, which has the lines of maps, each followed by lines
// "KEY: VALUE" (proc_pid_smaps(5)).
func addDetails(pid int, ms []mapping) error {
	f, err := os.Open("/proc/" + strconv.Itoa(pid) + "/smaps")
	if err != nil {
		return err
	}
	defer f.Close()
	next := 0
	lines := bufio.NewScanner(f)
	lines.Buffer(nil, 1<<20)
	for lines.Scan() {
		line := lines.Bytes()
		key, value, _ := bytes.Cut(line, []byte{':'})
		if len(line) == 0 || line[0] < 'A' || line[0] > 'Z' {
			if next >= len(ms) {
				return fmt.Errorf("read smaps of %d: more mappings than in maps", pid)
			}
			next++
			continue
		}
		if next == 0 {
			return fmt.Errorf("read smaps of %d: odd line %q", pid, line)
		}
		ms[next-1].detail(string(key), value)
	}
	return lines.Err()
}

// detail notes one line.
func (m *mapping) detail(key string, value []byte) {
	some := func() bool {
		v := bytes.TrimSpace(value)
		return len(v) > 0 && v[0] != '0'
	}
	switch key {
	case "Rss":
		m.resident = m.resident || some()
	case "Swap":
		m.resident = m.resident || some()
		m.anonymous = m.anonymous || some()
	case "Anonymous":
		m.anonymous = m.anonymous || some()
	case "VmFlags":
		for flag := range strings.FieldsSeq(string(value)) {
			switch flag {
			case "sh":
				m.shared = true
			case "dd":
				m.dontDump = true
			case "io":
				m.device = true
			case "ht":
				m.huge = true
			case "wf":
				m.wiped = true
			}
		}
	}
}

// file tells whether the mapping is of a file, as the kernel sees it: shared memory
// and anonymous inodes are files too.
func (m *mapping) file() bool { return m.Inode != 0 || strings.HasPrefix(m.Path, "/") }

// deleted tells whether that file has no name.
func (m *mapping) deleted() bool { return strings.HasSuffix(m.Path, " (deleted)") }

// special tells whether the kernel has put the mapping there: [vdso], [vvar],
// [vsyscall] and the like, but not [heap], [stack] and what a program has named.
func (m *mapping) special() bool {
	return strings.HasPrefix(m.Path, "[") && m.Path != "[heap]" && m.Path != "[stack]" &&
		!strings.HasPrefix(m.Path, "[anon")
}

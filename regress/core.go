package regress

import (
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
)

// coreFiles says why the machine makes no core files where a process stands, or "".
func coreFiles() string {
	switch pattern := line("/proc/sys/kernel/core_pattern"); {
	case pattern == "":
		return "core dumps have no name"
	case pattern[0] == '|', pattern[0] == '@':
		return "core dumps go to a program"
	case strings.Contains(pattern, "/"):
		return "core dumps go to " + pattern
	}
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return err.Error()
	}
	if limit.Max == 0 {
		return "core dumps are forbidden (RLIMIT_CORE)"
	}
	return ""
}

// withoutCores has the children of this process leave no core file, unless they say so.
func withoutCores() error {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_CORE, &limit); err != nil {
		return err
	}
	limit.Cur = 0
	return unix.Setrlimit(unix.RLIMIT_CORE, &limit)
}

// CoreDir makes a directory for core files, which is removed with the row,
// and skips the row where none can be made.
func (t *T) CoreDir() string {
	dir, err := os.MkdirTemp("", "fsystest-core-")
	if err != nil {
		t.Skip("no files can be made: %v", err)
	}
	t.cleanups = append(t.cleanups, func() { os.RemoveAll(dir) })
	return dir
}

// DumpCore has the process leave its core file in a directory, where the machine makes
// them (CoreFiles).
func (p Code) DumpCore(dir string) {
	name, limit := p.Unnamed(), p.Unnamed()
	p.String(name, dir)
	p.Syscall("chdir", asm.Of(name))
	p.Space(limit, 16) // struct rlimit64
	p.Syscall("prlimit64", asm.Imm(0), asm.Imm(unix.RLIMIT_CORE), asm.Imm(0), asm.Of(limit))
	for at := 0; at < 8; at += p.Arch().PtrSize {
		p.Mov(asm.AX, asm.Mem{Label: limit, Off: 8 + at})
		p.Mov(asm.Mem{Label: limit, Off: at}, asm.AX) // as much as may be
	}
	p.Syscall("prlimit64", asm.Imm(0), asm.Imm(unix.RLIMIT_CORE), asm.Of(limit), asm.Imm(0))
}

// NoDump makes the process one that leaves no core, whatever the machine does with them.
func (p Code) NoDump() {
	p.Syscall("prctl", asm.Imm(unix.PR_SET_DUMPABLE), asm.Imm(0), asm.Imm(0), asm.Imm(0), asm.Imm(0))
}

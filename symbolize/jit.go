package symbolize

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"sort"
	"strconv"
	"strings"
	"syscall"

	"sonde/sysdeps"
)

// jitMap is a list of functions that a JIT compiler has made: each a line of its
// address and size in hexadecimal, and its name
// (tools/perf/Documentation/jit-interface.txt of the kernel).
type jitMap struct {
	functions []jitFunction // by lo, and of the same lo in the order of the list
}

type jitFunction struct {
	lo, hi sysdeps.Addr
	line   int // its number: what was written later is of code that has taken the place
	name   string
}

// Bounds of a list. Those of large programs on V8 have some MB.
const (
	maxJITMap       = 64 << 20
	maxJITFunctions = 1 << 20
	// maxOverlapping bounds how many functions are looked at for an address: the list
	// may hold several generations of code.
	maxOverlapping = 256
)

// moduleJIT is the module of functions that are in no file.
const moduleJIT = "[jit]"

// jitted tells of code that is in no file.
func (s *Symbolizer) jitted(pc sysdeps.Addr) Place {
	if s.options.PID == 0 {
		return Place{}
	}
	if s.jit == nil {
		m, err := readJITMap(s.options.PID)
		if errors.Is(err, os.ErrNotExist) {
			m, err = readJITDump(s.options.PID)
		}
		if err != nil && !errors.Is(err, os.ErrNotExist) {
			s.damage = append(s.damage, err)
		}
		s.jit = &m
	}
	f := s.jit.at(pc)
	if f == nil {
		return Place{}
	}
	return Place{Function: s.name(f.name), Offset: uint64(pc - f.lo), Module: moduleJIT}
}

// at returns the function that has an address, the latest one; nil where there is none.
func (m *jitMap) at(pc sysdeps.Addr) (last *jitFunction) {
	end := sort.Search(len(m.functions), func(i int) bool { return m.functions[i].lo > pc })
	for i := end - 1; i >= max(0, end-maxOverlapping); i-- {
		if f := &m.functions[i]; pc < f.hi && (last == nil || f.line > last.line) {
			last = f
		}
	}
	return last
}

// readJITMap reads /tmp/perf-PID.map as the process sees it, with its number in the
// namespace that it is in. Links cannot lead out of the process's root, and a file
// of another user's is not believed.
func readJITMap(pid int) (jitMap, error) {
	dir := processDir(pid)
	root, err := os.OpenRoot(dir + "/root")
	if err != nil {
		return jitMap{}, err
	}
	defer root.Close()
	name := fmt.Sprintf("tmp/perf-%d.map", innermostPID("/proc/"+strconv.Itoa(pid), pid))
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0) // it may be a pipe
	if err != nil {
		return jitMap{}, err
	}
	defer f.Close()
	if err := trusted(f, dir); err != nil {
		return jitMap{}, fmt.Errorf("read /%s of process %d: %w", name, pid, err)
	}
	text, err := io.ReadAll(io.LimitReader(f, maxJITMap))
	return parseJITMap(text), err
}

// processDir is the directory in /proc that tells of a process: its own, or, where its
// first thread has ended before the others, that of one of those.
func processDir(pid int) string {
	dir := "/proc/" + strconv.Itoa(pid)
	if _, err := os.Readlink(dir + "/exe"); err == nil {
		return dir
	}
	tasks, _ := os.ReadDir(dir + "/task")
	for _, task := range tasks {
		if of := dir + "/task/" + task.Name(); task.Name() != strconv.Itoa(pid) {
			if _, err := os.Readlink(of + "/exe"); err == nil {
				return of
			}
		}
	}
	return dir
}

// innermostPID is the number that the process has for itself (NSpid in
// proc_pid_status(5)).
func innermostPID(dir string, pid int) int {
	status, _ := os.ReadFile(dir + "/status")
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "NSpid:"); ok {
			all := strings.Fields(rest)
			if len(all) == 0 {
				break
			}
			if n, err := strconv.Atoi(all[len(all)-1]); err == nil {
				return n
			}
		}
	}
	return pid
}

// trusted returns nil for a regular file of the process's user, or of root's.
func trusted(f *os.File, dir string) error {
	fi, err := f.Stat()
	if err != nil {
		return err
	}
	process, err := os.Stat(dir)
	if err != nil {
		return err
	}
	file, ok := fi.Sys().(*syscall.Stat_t)
	owner, ok2 := process.Sys().(*syscall.Stat_t)
	switch {
	case !fi.Mode().IsRegular() || !ok || !ok2:
		return errors.New("it is not a file")
	case file.Uid != owner.Uid && file.Uid != 0:
		return errors.New("it belongs to another user")
	}
	return nil
}

// parseJITMap reads the lines that are as they should be. The last one may be being
// written.
func parseJITMap(text []byte) jitMap {
	var m jitMap
	number := 0
	for line := range bytes.Lines(text) {
		number++
		line, whole := bytes.CutSuffix(line, []byte("\n"))
		start, rest, ok := bytes.Cut(line, []byte(" "))
		size, name, ok2 := bytes.Cut(rest, []byte(" "))
		if !whole || !ok || !ok2 || len(name) == 0 {
			continue
		}
		lo, err := hexadecimal(start)
		n, err2 := hexadecimal(size)
		if err != nil || err2 != nil || n == 0 || lo+n < lo {
			continue
		}
		if len(m.functions) == maxJITFunctions {
			break
		}
		m.functions = append(m.functions, jitFunction{sysdeps.Addr(lo), sysdeps.Addr(lo + n), number, string(name)})
	}
	m.sort()
	return m
}

// sort puts functions in the order that at goes by.
func (m *jitMap) sort() {
	slices.SortStableFunc(m.functions, func(a, b jitFunction) int { return cmp.Compare(a.lo, b.lo) })
}

// hexadecimal reads a number, before which some write 0x.
func hexadecimal(p []byte) (uint64, error) {
	return strconv.ParseUint(strings.TrimPrefix(string(p), "0x"), 16, 64)
}

package inspect

import (
	"errors"
	"os"
	"strconv"

	"sonde/cli"
	"sonde/corefile"
	"sonde/elfsym"
	"sonde/proc"
	"sonde/snapshot"
	"sonde/sysdeps"
)

// Head says what something is told of.
type Head struct {
	PID  int    `json:"pid,omitempty"` // of a core file as well, if it tells
	Core string `json:"core,omitempty"`
	File string `json:"file,omitempty"`
}

// Subject is a process, a core file, or another file.
type Subject struct {
	Head
	// Damage joins what is wrong with a core file; nil if nothing is.
	Damage error

	// task is the thread of a process whose files in /proc are read: those of its first
	// thread tell nothing when that has ended before others.
	task  int
	core  *corefile.File // nil if it is none
	exe   string         // of the core, that the user has named
	files *corefile.Files
	mem   sysdeps.Memory // of a process or core
	close func() error
}

// Open opens a target: where says where the files of a core are found, unless the target
// says it. The error says that there is no such process, or is that of opening the file.
func Open(t *cli.Target, where corefile.Places) (*Subject, error) {
	switch {
	case t.Core != "":
		if t.Exe != "" {
			where.Exe = t.Exe
		}
		return openCore(t.Core, where)
	case t.File != "":
		return &Subject{Head: Head{File: t.File}}, nil
	}
	return openProcess(t.PID)
}

func openCore(path string, where corefile.Places) (*Subject, error) {
	f, err := corefile.Open(path)
	if err != nil {
		return nil, err
	}
	s := &Subject{Head: Head{PID: f.Process.PID, Core: path}, Damage: f.Damage, exe: where.Exe, core: f, mem: f}
	s.files = f.Files(where)
	s.close = func() error { return errors.Join(s.files.Close(), f.Close()) }
	return s, nil
}

func openProcess(pid int) (*Subject, error) {
	if _, err := os.Stat(procDir(pid)); pid <= 0 || err != nil {
		return nil, proc.ErrNoProcess
	}
	s := &Subject{Head: Head{PID: pid}, task: pid}
	// Reading memory takes more rights than most that is told here: without them,
	// what is in memory is left out.
	mem, err := snapshot.OpenMemory(pid)
	if err != nil {
		s.mem = unreadable{err}
		return s, nil
	}
	s.mem, s.close, s.task = mem, mem.Close, mem.TID()
	return s, nil
}

func procDir(pid int) string { return "/proc/" + strconv.Itoa(pid) }

// Close ends the use of the subject.
func (s *Subject) Close() error {
	if s.close == nil {
		return nil
	}
	return s.close()
}

// unreadable is memory that may not be read.
type unreadable struct{ err error }

func (u unreadable) ReadMemory([]byte, sysdeps.Addr) (int, error) { return 0, u.err }

// images are the files that are mapped.
func (s *Subject) images() (*elfsym.Images, error) {
	if s.core != nil {
		return s.files.Images(), nil
	}
	mappings, err := s.mappings()
	if err != nil {
		return nil, err
	}
	where := &elfsym.DebugFinder{Root: procDir(s.task) + "/root"}
	return proc.Images(s.task, mappings, s.mem, &elfsym.Cache{Lazy: true}, where), nil
}

// errNoMemory says that there is nothing to tell of a process's memory.
var errNoMemory = errors.New("it has no memory: a kernel thread, or a process that has ended")

// mappings are those of a process.
func (s *Subject) mappings() ([]proc.Mapping, error) {
	ms, err := proc.Maps(s.task)
	if err == nil && len(ms) == 0 {
		err = errNoMemory
	}
	return ms, err
}

// maxText caps a string in memory: no path is longer (PATH_MAX).
const maxText = 4096

// text reads a string that ends with a zero byte out of memory.
func (s *Subject) text(a sysdeps.Addr) (string, bool) {
	var p [maxText]byte
	// What is not readable may begin right behind the string.
	n, _ := s.mem.ReadMemory(p[:], a)
	for i, c := range p[:n] {
		if c == 0 {
			return string(p[:i]), true
		}
	}
	return "", false
}

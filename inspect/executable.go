package inspect

import (
	"bufio"
	"debug/elf"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"sonde/cli"
	"sonde/corefile"
	"sonde/proc"
	"sonde/sysdeps"
)

// Why a path does not lead to the executable.
var (
	ErrDeleted  = errors.New("the executable has been deleted")
	ErrReplaced = errors.New("the executable has been replaced by another file")
	ErrHidden   = errors.New("the executable is not seen under its path: something is mounted over it, or its file system is not")
)

// Executable is what a process runs, or would.
type Executable struct {
	Head
	Path string `json:"path"` // of a script, that of the interpreter
	// Link is what leads to the executable of a process, wherever its path leads.
	Link string `json:"link,omitempty"`
	// StartedAs is the name that execve was given (AT_EXECFN), of a script the script's;
	// "" where that is not known.
	StartedAs string `json:"started_as,omitempty"`
	// Scripts are the files that lead to the interpreter, the first one first.
	Scripts []string `json:"scripts,omitempty"`
	// Gone says why Path does not lead to the executable; "" where it does.
	Gone string `json:"gone,omitempty"`
}

// Executable returns the executable. moved tells that its path leads elsewhere: ErrDeleted
// and the like.
func (s *Subject) Executable() (e *Executable, moved, err error) {
	e = &Executable{Head: s.Head}
	switch {
	case s.File != "":
		err = e.follow(s.File)
	case s.core != nil:
		moved, err = s.coreExecutable(e)
	default:
		moved, err = s.liveExecutable(e)
	}
	if err != nil {
		return nil, nil, err
	}
	if moved != nil {
		e.Gone = moved.Error()
	}
	return e, moved, nil
}

func (s *Subject) liveExecutable(e *Executable) (moved, err error) {
	e.Link = procDir(s.task) + "/exe"
	path, err := os.Readlink(e.Link)
	if errors.Is(err, fs.ErrNotExist) {
		if _, gone := os.Stat(procDir(s.task)); gone != nil {
			return nil, proc.ErrNoProcess
		}
		return nil, errors.New("it has no executable: a kernel thread, or a process that has ended")
	}
	if err != nil {
		return nil, err
	}
	e.StartedAs = s.execfn()
	e.Path, moved = s.lookFor(path)
	return moved, nil
}

// deletedMark is what the kernel puts behind the paths of files that have none any more
// (d_path in fs/d_path.c). A file's name may end so, too.
const deletedMark = " (deleted)"

// lookFor looks whether the path that the kernel has of an executable leads to it.
func (s *Subject) lookFor(path string) (string, error) {
	root := procDir(s.task) + "/root"
	running, err := os.Stat(procDir(s.task) + "/exe")
	if err != nil {
		return path, nil // it has ended meanwhile
	}
	if there, err := os.Stat(root + path); err == nil && os.SameFile(running, there) {
		return path, nil
	}
	name, deleted := strings.CutSuffix(path, deletedMark)
	if !deleted {
		return path, ErrHidden
	}
	if there, err := os.Stat(root + name); err == nil {
		if os.SameFile(running, there) {
			return name, nil // another of its names
		}
		return name, ErrReplaced
	}
	return name, ErrDeleted
}

// execfn is the string that AT_EXECFN leads to.
func (s *Subject) execfn() string {
	const execfn = 31
	contents, err := s.vector()
	if err != nil {
		return ""
	}
	for _, a := range contents.AuxEntries() {
		if a.Tag == execfn {
			text, _ := s.text(sysdeps.Addr(a.Value))
			return text
		}
	}
	return ""
}

func (s *Subject) coreExecutable(e *Executable) (moved, err error) {
	e.StartedAs = s.execfn()
	path := s.core.Program()
	if path == "" {
		if e.Path = s.exe; e.Path == "" {
			return nil, fmt.Errorf("the core file does not tell which file was run; the command line was %q", s.core.Process.Args)
		}
		return nil, nil
	}
	name, deleted := strings.CutSuffix(path, deletedMark)
	e.Path = name
	if s.exe != "" {
		e.Path = s.exe
	}
	switch err := s.files.Check(path); {
	case err == nil:
	case errors.Is(err, corefile.ErrOtherFile):
		moved = err
	case deleted:
		moved = ErrDeleted
		if s.files.Check(name) == nil {
			moved = ErrReplaced
		}
	default:
		moved = err
	}
	return moved, nil
}

// maxScripts is how many interpreters that are scripts themselves the kernel goes through
// (exec_binprm in fs/exec.c).
const maxScripts = 5

// follow goes from a file to the program that the kernel runs for it.
func (e *Executable) follow(file string) error {
	for range maxScripts + 1 {
		path, err := filepath.Abs(file)
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			return err
		}
		interpreter, err := interpreterOf(path)
		switch {
		case err != nil && len(e.Scripts) > 0:
			return fmt.Errorf("its interpreter %s: %w", path, err)
		case err != nil:
			return err
		}
		if interpreter == "" {
			e.Path = path
			return nil
		}
		e.Scripts = append(e.Scripts, path)
		file = interpreter
	}
	return fmt.Errorf("%s: more than %d interpreters that are scripts", file, maxScripts)
}

// maxScriptLine is how much of a script the kernel looks at (BINPRM_BUF_SIZE).
const maxScriptLine = 256

// interpreterOf reads the first line of a script, "#!PATH ARGUMENT"; "" of what is none.
func interpreterOf(path string) (string, error) {
	fi, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	if !fi.Mode().IsRegular() {
		return "", errors.New("not a file that could be run")
	}
	f, err := os.Open(path)
	if err != nil {
		return "", err
	}
	defer f.Close()
	line, err := bufio.NewReader(io.LimitReader(f, maxScriptLine)).ReadString('\n')
	if err != nil && err != io.EOF {
		return "", err
	}
	rest, script := strings.CutPrefix(line, "#!")
	switch {
	case script:
	case strings.HasPrefix(line, elf.ELFMAG):
		return "", nil
	default:
		return "", errors.New("neither a program nor a script")
	}
	words := strings.FieldsFunc(rest, func(r rune) bool { return r == ' ' || r == '\t' || r == '\n' })
	if len(words) == 0 {
		return "", errors.New("a script that names no interpreter")
	}
	return words[0], nil
}

// WriteText writes the path; with verbose, lines with the rest.
func (e *Executable) WriteText(w io.Writer, verbose bool) error {
	b := []byte(cli.Printable(e.Path) + "\n")
	add := func(what, text string) {
		if verbose && text != "" {
			b = fmt.Appendf(b, "\t%s: %s\n", what, cli.Printable(text))
		}
	}
	if e.PID != 0 {
		add("process", fmt.Sprint(e.PID))
	}
	add("core file", e.Core)
	add("link", e.Link)
	add("started as", e.StartedAs)
	for _, script := range e.Scripts {
		add("script", script)
	}
	add("gone", e.Gone)
	_, err := w.Write(b)
	return err
}

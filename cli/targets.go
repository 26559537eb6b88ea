package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
)

// Target is what a program is to tell of: a process, a core file and perhaps its
// executable, or another file.
type Target struct {
	PID       int
	Core, Exe string // Exe is "" where the core file is to say it
	File      string
}

// String is how messages call it.
func (t *Target) String() string {
	switch {
	case t.Core != "":
		return Printable(t.Core)
	case t.File != "":
		return Printable(t.File)
	}
	return strconv.Itoa(t.PID)
}

// Targets reads what stands behind the options: process ids, and core files, each of
// which may be followed by its executable. With files, others are targets too; one that
// has no slash in its name and is not here is looked for as the shell looks for commands.
func Targets(args []string, files bool) ([]Target, error) {
	var all []Target
	for _, arg := range args {
		if pid, err := strconv.Atoi(arg); err == nil {
			all = append(all, Target{PID: pid})
			continue
		}
		path := arg
		isCore, err := IsCore(path)
		if files && errors.Is(err, fs.ErrNotExist) && !strings.Contains(arg, "/") {
			if path, err = exec.LookPath(arg); err != nil {
				return nil, fmt.Errorf("%s is neither a process id, nor a file, nor a command in $PATH", Quote(arg))
			}
		}
		switch {
		case !files && errors.Is(err, fs.ErrNotExist):
			return nil, fmt.Errorf("%s is neither a process id nor a core file: there is no such file", Quote(arg))
		case err != nil:
			return nil, err
		}
		switch last := len(all) - 1; {
		case isCore:
			all = append(all, Target{Core: path})
		case last >= 0 && all[last].Core != "" && all[last].Exe == "":
			all[last].Exe = path
		case files:
			all = append(all, Target{File: path})
		default:
			return nil, fmt.Errorf("%s is neither a process id nor a core file", Quote(filepath.Clean(arg)))
		}
	}
	return all, nil
}

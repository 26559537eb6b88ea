package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/proc"
	"sonde/sysdeps/ptrace"
)

// program makes of the command line the program to be launched, or nil if there
// is none to be. status is the exit status that goes with the error.
func program(o *options) (prog *ptrace.Program, status int, err error) {
	if len(o.Command) == 0 {
		return nil, 0, nil
	}
	path, err := findCommand(o.Command[0], os.Getenv("PATH"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, exitNotFound, err
	}
	if err != nil {
		return nil, exitCannot, err
	}
	prog = &ptrace.Program{Path: path, Args: o.Command, Env: os.Environ(), In: ptrace.Inherit()}
	if o.User != "" {
		if prog.Cred, err = credential(o.User); err != nil {
			return nil, exitSetup, err
		}
	}
	return prog, 0, nil
}

// findCommand looks a command up as execvp(3) does: in the directories of PATH
// unless it has a slash. What is there but may not be executed is remembered,
// for the message.
func findCommand(name, path string) (string, error) {
	if strings.Contains(name, "/") {
		return name, executable(name)
	}
	var found error
	for _, dir := range filepath.SplitList(path) {
		if dir == "" {
			dir = "."
		}
		file := dir + "/" + name
		err := executable(file)
		if err == nil {
			return file, nil
		}
		if found == nil && !errors.Is(err, fs.ErrNotExist) {
			found = err
		}
	}
	if found != nil {
		return "", found
	}
	return "", fmt.Errorf("run %s: %w", name, errNoCommand{})
}

// errNoCommand says that no directory of PATH has a command.
type errNoCommand struct{}

func (errNoCommand) Error() string        { return "no such command in PATH" }
func (errNoCommand) Is(target error) bool { return target == fs.ErrNotExist }

// executable tells why a file cannot be run, as far as it can be seen.
func executable(path string) error {
	fi, err := os.Stat(path)
	switch {
	case err != nil:
		return fmt.Errorf("run %s: %w", path, errors.Unwrap(err))
	case fi.IsDir():
		return fmt.Errorf("run %s: it is a directory", path)
	case !fi.Mode().IsRegular():
		return fmt.Errorf("run %s: it is not a regular file", path)
	case unix.Access(path, unix.X_OK) != nil:
		return fmt.Errorf("run %s: %w: you may not execute it (chmod +x makes a program of a file)", path, fs.ErrPermission)
	}
	return nil
}

// credential looks up the user of -u, by name or number.
func credential(name string) (*ptrace.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("-u %s: %w: only root may run a program as another user", name, unix.EPERM)
	}
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.LookupId(name); err != nil {
			return nil, fmt.Errorf("-u %s: there is no such user", name)
		}
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("-u %s: groups: %w", name, err)
	}
	c := &ptrace.Credential{}
	if c.UID, err = id(u.Uid); err == nil {
		c.GID, err = id(u.Gid)
	}
	for _, g := range ids {
		n, e := id(g)
		err = errors.Join(err, e)
		c.Groups = append(c.Groups, n)
	}
	if err != nil {
		return nil, fmt.Errorf("-u %s: %w", name, err)
	}
	return c, nil
}

func id(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err
}

// launchStatus is the exit status that an error of the set-up asks for.
func launchStatus(err error) int {
	var le *proc.LaunchError
	switch {
	case !errors.As(err, &le) || le.Step != ptrace.StepExec:
		return exitSetup
	case errors.Is(le.Err, unix.ENOENT):
		return exitNotFound
	}
	return exitCannot
}

// explainExec says what the kernel's answer to an exec means.
func explainExec(err error) error {
	var le *proc.LaunchError
	if !errors.As(err, &le) || le.Step != ptrace.StepExec {
		return err
	}
	hint := ""
	switch {
	case errors.Is(le.Err, unix.ENOEXEC):
		hint = "it is neither a program for this machine nor a script that begins with #!"
	case errors.Is(le.Err, unix.ENOENT):
		hint = "the file is there, but its interpreter (after #!, or the dynamic linker that it names) is not"
	case errors.Is(le.Err, unix.EACCES):
		hint = "the file, its interpreter or its file system (mounted noexec?) may not be executed from"
	case errors.Is(le.Err, unix.EINVAL), errors.Is(le.Err, unix.ELIBBAD):
		hint = "the file is damaged"
	case errors.Is(le.Err, unix.ETXTBSY):
		hint = "somebody has it open for writing"
	default:
		return err
	}
	return fmt.Errorf("%w: %s", err, hint)
}

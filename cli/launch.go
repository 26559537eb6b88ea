package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Exit statuses of a tool's own, where it launches a program; all others are the
// program's.
const (
	ExitSetup    = 1
	ExitUsage    = 2
	ExitCannot   = 126 // found, but not executable
	ExitNotFound = 127
)

// FindProgram looks a command up as execvp(3) does: in the directories of PATH
// unless it has a slash. What is there but may not be executed is remembered,
// for the message.
func FindProgram(name, path string) (string, error) {
	if strings.Contains(name, "/") {
		return name, executable(name)
	}
	if name == "" { // else it would be a directory of PATH
		return "", fmt.Errorf(`run "": %w`, errNoCommand{})
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

// FindStatus is the exit status that an error of FindProgram asks for.
func FindStatus(err error) int {
	if errors.Is(err, fs.ErrNotExist) {
		return ExitNotFound
	}
	return ExitCannot
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

// LaunchStatus is the exit status that an error of the set-up asks for.
func LaunchStatus(err error) int {
	var le *proc.LaunchError
	switch {
	case !errors.As(err, &le) || le.Step != ptrace.StepExec:
		return ExitSetup
	case errors.Is(le.Err, unix.ENOENT):
		return ExitNotFound
	}
	return ExitCannot
}

// ExplainExec says what the kernel's answer to an exec means.
func ExplainExec(err error) error {
	var le *proc.LaunchError
	if !errors.As(err, &le) || le.Step != ptrace.StepExec {
		return err
	}
	hint := ""
	switch {
	case errors.Is(le.Err, unix.ENOEXEC):
		hint = whyUnrunnable(le.Path)
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

// WatchSignals takes over the signals that end a trace. Those that the tool was
// told to ignore stay ignored. With a program of its own, it is not stopped
// by the terminal itself, but when the program is.
func WatchSignals(launches bool) (<-chan sysdeps.Siginfo, error) {
	in := ptrace.Inherit()
	var watched []unix.Signal
	for _, sig := range []unix.Signal{unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM} {
		if in.Ignored&(1<<(sig-1)) == 0 {
			watched = append(watched, sig)
		}
	}
	if launches {
		for _, sig := range []unix.Signal{unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU} {
			if err := ptrace.IgnoreSignal(sig); err != nil {
				return nil, err
			}
		}
	}
	return ptrace.WatchSignals(watched...)
}

// PassSignals hands the signals that the tool gets to the tracing loop.
func PassSignals(signals <-chan sysdeps.Siginfo, tr *proc.Tracer) {
	for info := range signals {
		tr.Interrupt(info)
	}
}

// Leave makes a tool end as its program did, with a status or by a signal. By the same
// signal, if it was one, but without a core of its own. It returns the exit status of a
// signal that does not end a process.
func Leave(status, signal int) int {
	if signal == 0 {
		return status
	}
	_ = unix.Setrlimit(unix.RLIMIT_CORE, &unix.Rlimit{})
	ptrace.Die(unix.Signal(signal))
	return 128 + signal
}

package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// destination is where the trace goes, as -o says it. Without -o it is standard
// error.
type destination struct {
	path    string // of a file, or, for several, what their names begin with
	appends bool   // +FILE: what the file has stays
	command string // |COMMAND: a shell's command that reads it
}

// parseDestination reads the argument of -o. A file whose name begins with what
// has a meaning here is ./+FILE.
func parseDestination(s string) destination {
	if command, ok := strings.CutPrefix(s, "|"); ok {
		return destination{command: strings.TrimSpace(command)}
	}
	path, appends := strings.CutPrefix(s, "+")
	return destination{path: path, appends: appends}
}

// check refuses what cannot be opened whatever there is.
func (d destination) check(given string, separate bool) error {
	switch {
	case strings.HasPrefix(given, "|") && d.command == "":
		return fmt.Errorf("-o %q: a command is needed behind the |", given)
	case given != "" && d == (destination{appends: d.appends}):
		return fmt.Errorf("-o %q: the name of a file is needed behind the +", given)
	case separate && d.command != "":
		return errors.New("-ff cannot be used with -o '|COMMAND': a file is written for each thread; -f has them in one trace")
	case separate && d.path == "":
		return errors.New("-ff: what the files are called is needed: with -o FILE they are FILE.TID")
	}
	return nil
}

// output is a trace on its way.
type output struct {
	name    string    // for messages
	what    string    // likewise: the trace
	file    io.Writer // nil: each thread has its own
	own     *stream   // the same, if it is to be closed
	command *command  // that reads it, or nil
	to      destination
	hurry   *hurry
	failed  bool // that has been told
}

// openOutput opens what the trace goes to, or starts the command that reads it. Files
// of threads are opened when they are needed; that it can be done is checked.
func openOutput(d destination, separate bool) (out *output, err error) {
	out = &output{name: "standard error", what: "trace", to: d}
	if out.hurry, err = newHurry(); err != nil {
		return nil, err
	}
	stderr := errorStream(out.hurry)
	complaints = stderr
	switch {
	case separate:
		out.name = d.path
		err = checkDirectory(filepath.Dir(d.path))
	case d.command != "":
		out.name = "|" + d.command
		out.command, out.own, err = startCommand(d.command, out.hurry)
	case d.path != "":
		out.name = d.path
		out.own, err = openFile(d.path, d.appends, out.hurry)
	default:
		out.file = stderr
	}
	if err != nil {
		return nil, fmt.Errorf("-o: %w", err)
	}
	if out.own != nil {
		out.file = out.own
	}
	return out, nil
}

// checkDirectory tells before anything runs whether files can be made there.
func checkDirectory(dir string) error {
	fi, err := os.Stat(dir)
	switch {
	case err != nil:
		return err
	case !fi.IsDir():
		err = unix.ENOTDIR
	default:
		err = unix.Access(dir, unix.W_OK|unix.X_OK)
	}
	if err != nil {
		return &os.PathError{Op: "create files in", Path: dir, Err: err}
	}
	return nil
}

// thread opens the file of a thread, again if it has been open before.
func (out *output) thread(tid int, again bool) (io.WriteCloser, error) {
	return openFile(out.to.path+"."+strconv.Itoa(tid), out.to.appends || again, out.hurry)
}

// collects tells whether lines may come in big writes: not where they go to standard
// error, or to a terminal.
func (out *output) collects() bool { return out.own != nil && !out.own.terminal() }

// close ends the output, after what err tells of, and waits for the command that
// reads it. It returns why the trace is not whole, and has told that.
func (out *output) close(err error) error {
	if out.own != nil {
		err = errors.Join(err, out.own.Close())
	}
	if err != nil {
		out.fail(err)
	}
	if out.command != nil {
		out.command.wait(out.hurry)
	}
	return err
}

// fail tells once that the trace could not be written.
func (out *output) fail(err error) {
	if !out.failed {
		complain(fmt.Errorf("write the %s to %s: %w", out.what, out.name, err))
	}
	out.failed = true
}

// heed passes signals on that are to end the trace, and notes that they have come.
func (out *output) heed(signals <-chan sysdeps.Siginfo) <-chan sysdeps.Siginfo {
	passed := make(chan sysdeps.Siginfo)
	go func() {
		for info := range signals {
			out.hurry.signal()
			passed <- info
		}
		close(passed)
	}()
	return passed
}

// descriptorLimit returns how many descriptors Sonde may have.
func descriptorLimit() uint64 {
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return limit.Cur
}

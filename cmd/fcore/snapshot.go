package main

import (
	"errors"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/corefile"
	"sonde/snapshot"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// dumpCopy writes the core file of a process out of a copy of it, while the process
// goes on.
func dumpCopy(pid int, o *options) (d dumped, err error) {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	mem, err := snapshot.OpenMemory(pid)
	if err != nil {
		return d, refused(pid, err)
	}
	defer mem.Close()
	c, still, err := copyOf(pid, mem, o)
	d.still = still
	if err != nil {
		return d, notCopied(pid, err)
	}
	defer func() {
		o.shelter.Lock()
		defer o.shelter.Unlock()
		o.shelter.open = nil
		err = errors.Join(err, c.Close())
	}()
	var weak []snapshot.Weakness
	err = c.While(func() error {
		var contents *corefile.Contents
		if contents, weak, err = c.Contents(&o.choice); err != nil {
			return err
		}
		d.threads = len(contents.Threads)
		d.path, d.report, err = write(pid, contents, c.Memory, o)
		return err
	})
	if errors.Is(err, sysdeps.ErrGone) {
		return d, fmt.Errorf("the copy of process %d has ended before its core file was written", pid)
	} else if err != nil {
		return d, err
	}
	warnWeak(d.path, weak)
	return d, nil
}

// copyOf makes a copy of a process, and tells for how long the process stood still.
func copyOf(pid int, mem *snapshot.Memory, o *options) (c *snapshot.Copy, still time.Duration, err error) {
	o.shelter.Lock()
	defer o.shelter.Unlock()
	still, err = snapshot.Hold(pid, snapshot.Options{MaxStop: o.maxStop}, func(h *snapshot.Held) (err error) {
		warnStubborn(h)
		c, err = h.Copy(mem)
		return err
	})
	if c == nil {
		return nil, still, err
	}
	if err = errors.Join(err, c.LetGo()); err != nil {
		return nil, still, errors.Join(err, c.Close())
	}
	o.shelter.open = c
	return c, still, err
}

// notCopied words why there is no copy of a process.
func notCopied(pid int, err error) error {
	hint := ""
	switch {
	case errors.Is(err, snapshot.ErrSeccomp): // EPERM as well, but not of tracing
		hint = "try as root"
	case errors.Is(err, snapshot.ErrNewNamespace), errors.Is(err, snapshot.ErrSlowCopy):
	case errors.Is(err, unix.EAGAIN):
		hint = "its user, or its control group, may have no more processes"
	case errors.Is(err, unix.ENOMEM):
		hint = "there is no memory for a copy, or none that it may have"
	default:
		return refused(pid, err)
	}
	if hint != "" {
		hint += "; "
	}
	return fmt.Errorf("%w (%swithout --snapshot it stands still and is written all the same)", err, hint)
}

// shelter keeps the signals that end this program waiting while a process has registers
// that are not its own. Before they end it as they would have, the copy is closed.
type shelter struct {
	sync.Mutex
	open *snapshot.Copy
}

func newShelter() (*shelter, error) {
	signals, err := cli.WatchSignals(false)
	if err != nil {
		return nil, err
	}
	s := &shelter{}
	go func() {
		for info := range signals {
			s.Lock() // for good: nothing is to be said any more
			if s.open != nil {
				if err := s.open.Close(); err != nil {
					complain(err)
				}
			}
			ptrace.Die(unix.Signal(info.Signo()))
		}
	}()
	return s, nil
}

// warnWeak tells what a copy does not hold.
func warnWeak(path string, weak []snapshot.Weakness) {
	for _, w := range []struct {
		why  snapshot.Reason
		text string
	}{
		{snapshot.NotCopied, "children do not get these mappings, and the core file is without them"},
		{snapshot.Wiped, "children get these mappings empty, and in the core file they are zero"},
		{snapshot.InCommon, "these mappings are shared, and may have changed since the process went on"},
	} {
		if names := weakNames(weak, w.why); names != "" {
			complain(fmt.Errorf("%s: %s: %s", path, w.text, names))
		}
	}
}

// weakNames names mappings, but not hundreds.
func weakNames(weak []snapshot.Weakness, why snapshot.Reason) string {
	const most = 8
	var names []string
	more := 0
	for i := range weak {
		m := &weak[i].Mapping
		switch {
		case weak[i].Why != why:
		case len(names) == most:
			more++
		default:
			name := m.Path
			if name == "" {
				name = "without a name"
			}
			names = append(names, fmt.Sprintf("%v-%v (%s)", m.Lo, m.Hi, cli.Printable(name)))
		}
	}
	if more > 0 {
		names = append(names, fmt.Sprintf("and %d more", more))
	}
	return strings.Join(names, ", ")
}

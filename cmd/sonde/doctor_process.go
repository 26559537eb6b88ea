package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/corefile"
	"sonde/filter"
	"sonde/inspect"
	"sonde/proc"
	"sonde/snapshot"
	"sonde/symname"
)

// process tells of a running one whether it can be attached to, and what is known of it.
func (d *doctor) process(pid int) {
	about := fmt.Sprintf("process %d", pid)
	st, err := proc.ReadStatus(pid)
	if err != nil {
		d.bad(about, "there is no such process", "")
		return
	}
	if st.TGID != pid {
		d.note(about, fmt.Sprintf("it is a thread of process %d", st.TGID), "-p attaches to the whole process by either number")
	}
	exe, err := os.Readlink("/proc/" + strconv.Itoa(proc.LivingTask(pid)) + "/exe")
	if errors.Is(err, os.ErrNotExist) {
		d.bad(about, st.Name+" is a thread of the kernel, or has ended: there is nothing to attach to", "")
		return
	}
	name := exe
	if err != nil {
		name = st.Name
	}
	if st.TracerPID != 0 {
		d.bad(about, cli.ExplainAttach(pid, unix.EPERM).Error(), "")
		return
	}
	// Opening the memory takes the rights that attaching takes (proc(5)), and does nothing.
	mem, err := snapshot.OpenMemory(pid)
	if err != nil {
		d.bad(about, cli.ExplainAttach(pid, err).Error(), "")
		return
	}
	if err := mem.Close(); err != nil {
		d.note(about, err.Error(), "")
	}
	d.good(about, "%s can be attached to, with its %s", name, count(st.Threads, "thread"))
	d.modules(about, &cli.Target{PID: pid})
	listing, err := lister(filter.DefaultCalls()).Process(pid)
	d.listing(about, listing, err)
}

// modules tells for which of a target's modules there is debugging information.
func (d *doctor) modules(about string, t *cli.Target) {
	s, err := inspect.Open(t, corefile.Places{})
	if err != nil {
		d.note(about, err.Error(), "")
		return
	}
	defer s.Close()
	ms, err := s.Modules()
	if err != nil {
		d.note(about, err.Error(), "")
		return
	}
	var without []string
	for _, m := range ms.All {
		if m.Debug == "" && m.Name != "[vdso]" {
			without = append(without, filepath.Base(m.Name))
		}
	}
	if len(without) == 0 {
		d.good(about, "there is debugging information for all of it")
		return
	}
	d.note(about, fmt.Sprintf("no debugging information for %s: without it there are no lines, no names of functions that are not exported, and no values where no prototype is shipped", symname.Abridge(without, 5)),
		"packages NAME-dbgsym or NAME-dbg have it; fdebuginfo tells where it is looked for")
}

// count is a number of things.
func count(n int, of string) string {
	if n == 1 {
		return "1 " + of
	}
	return strconv.Itoa(n) + " " + of + "s"
}

package stacks

import (
	"os"
	"strconv"
	"strings"

	"sonde/elfsym"
	"sonde/proc"
	"sonde/snapshot"
	"sonde/sysdeps"
)

// Live returns the stacks of a process. The error is that of snapshot.Hold or of opening
// the memory.
func Live(pid int, o *Options) (*Process, error) {
	mem, err := snapshot.OpenMemory(pid)
	if err != nil {
		return nil, err
	}
	defer mem.Close()
	before := states(pid)
	var copied *snapshot.Stacks
	var threads []*snapshot.Thread
	still, err := snapshot.Hold(pid, snapshot.Options{MaxStop: o.MaxStop}, func(h *snapshot.Held) (err error) {
		threads = h.Threads
		copied, err = h.Stacks(mem)
		pid = h.PID
		return err
	})
	if err != nil {
		return nil, err
	}
	p := &Process{PID: pid, Still: still, Copied: copied.Copied}
	p.Program, _ = os.Readlink("/proc/" + strconv.Itoa(pid) + "/exe") // it may have ended
	finder := &elfsym.DebugFinder{Root: "/proc/" + strconv.Itoa(pid) + "/root"}
	names := o.symbolizer(pid)
	defer names.Close()
	w := walker{o: o, memory: copied, images: proc.Images(pid, copied.Mappings, mem, &elfsym.Cache{}, finder), names: names}
	for _, held := range threads {
		if !o.wants(held.TID) {
			continue
		}
		t := Thread{TID: held.TID, Name: before[held.TID].name, State: before[held.TID].state, Frames: []Frame{}}
		if held.Err != nil {
			t.Why = held.Err.Error()
		} else {
			if nr, in := held.Regs.Syscall(); in && t.State != "running" {
				t.Syscall = systemCall(held.Regs.Arch, nr)
			}
			w.walk(&held.Regs, &t)
		}
		p.Threads = append(p.Threads, t)
	}
	p.Damage = names.Damage()
	return p, nil
}

func systemCall(a *sysdeps.Arch, nr int64) string {
	if name := a.Syscalls.Name(nr); name != "" {
		return name
	}
	return "system call " + strconv.FormatInt(nr, 10)
}

// named is what /proc tells of a thread.
type named struct{ name, state string }

// words are the states of proc_pid_stat(5).
var words = map[byte]string{
	'R': "running", 'S': "sleeping", 'D': "waiting for a disk or the like", 'T': "stopped",
	't': "traced", 'Z': "ended", 'X': "ended", 'I': "idle",
}

// states reads the names and states of all threads, before they are stopped: then all
// are in the same one.
func states(pid int) map[int]named {
	tids, err := proc.Tasks(pid)
	if err != nil {
		return nil // Hold tells why
	}
	all := make(map[int]named, len(tids))
	for _, tid := range tids {
		text, err := os.ReadFile("/proc/" + strconv.Itoa(tid) + "/stat")
		if err != nil {
			continue
		}
		// TID (NAME) STATE, and the name may hold anything.
		s := string(text)
		open, shut := strings.IndexByte(s, '('), strings.LastIndex(s, ") ")
		if open > 0 && shut > open && len(s) > shut+2 {
			all[tid] = named{s[open+1 : shut], words[s[shut+2]]}
		}
	}
	return all
}

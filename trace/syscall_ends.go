package trace

import (
	"maps"
	"slices"

	"sonde/event"
	"sonde/filter"
	"sonde/proc"
)

// ends says how a system call ends, and of one that has failed with which error. One that was held till then is told of if that is
// wanted, and else forgotten. The result says whether the call has been told of.
func (s *Session) ends(in *inSyscall, how filter.Ending, errno int) bool {
	switch {
	case in == nil || in.of == nil:
		return false
	case !in.held:
		return true
	case !s.opt.Status.Wants(how, errno):
		s.forget(in)
		return false
	}
	in.held = false
	s.tellSyscall(in, in.record.Args())
	return true
}

// endAll says of all threads of a process, but for one, how their system calls end.
func (s *Session) endAll(p *process, but int, how filter.Ending) {
	for _, tid := range slices.Sorted(maps.Keys(p.syscalls)) {
		if tid != but {
			s.ends(p.syscalls[tid], how, 0)
		}
	}
}

// closingCalls are those by which a program closes descriptors, or has them become others.
var closingCalls = []string{"close", "close_range", "dup2", "dup3"}

// closed takes note of the descriptors that a system call has closed. dup2 and dup3 fail
// before they do.
func (s *Session) closed(th *proc.Thread, call *proc.Syscall) {
	c := s.syscallOf(call.Arch, call.Nr)
	if !c.closes {
		return
	}
	p := processOf(th)
	switch c.name {
	case "close": // whatever it returns (close(2), Dealing with error returns)
		p.plain.Remove(int32(call.Args[0]))
	case "close_range":
		p.plain.Clear()
	default:
		p.plain.Remove(int32(call.Args[1]))
	}
}

// unavailable tells of a system call that has ended, and its thread with it: what it
// returned nobody can be asked for.
func (s *Session) unavailable(in *inSyscall) {
	s.abandonSyscall(in, filter.Unavailable, event.Unknown)
}

// releaseSyscalls says of all threads of a process that is let go that how their system
// calls end is not told.
func (s *Session) releaseSyscalls(p *process) {
	for _, tid := range slices.Sorted(maps.Keys(p.syscalls)) {
		s.abandonSyscall(p.syscalls[tid], filter.Detached, event.Released)
	}
}

// abandonSyscall tells, if that is asked for, of a system call whose end is not seen.
func (s *Session) abandonSyscall(in *inSyscall, how filter.Ending, why event.Reason) {
	if !s.ends(in, how, 0) {
		return
	}
	head := in.head
	head.Time = s.now
	s.emit(&event.Abandoned{
		Head: head, Kind: event.System, ID: in.id, Module: syscallModule, Name: in.of.name,
		Depth: in.depth, Why: why,
	})
	s.forget(in)
}

// execEnds says of the threads of a process that an exec ends their system calls, but
// for the one that has made it and goes on as the leader: its execve has succeeded,
// and is told of before what it did.
func (s *Session) execEnds(th *proc.Thread, former int) {
	p := processOf(th)
	s.callsEnd(p, th.Process.PID, 0, filter.Unfinished)
	s.endAll(p, former, filter.Unfinished)
	in := p.syscalls[former]
	s.ends(in, filter.Successful, 0)
	p.syscalls = nil
	if in != nil {
		p.syscalls = map[int]*inSyscall{th.TID: in}
	}
}

package display

import "strconv"

// appendEnd appends what wait(2) stores as calls of a library show it, by the macro
// of sys/wait.h that is true of it: { WIFEXITED, 3 }, or the signal alone that has
// ended a process. What system(3) returns where there is no process is -1.
func appendEnd(b []byte, s uint32) []byte {
	switch low := s & 0x7f; {
	case s == 0xffffffff:
		return append(b, "-1"...)
	case s == 0xffff:
		return append(b, "WIFCONTINUED"...)
	case s&0xff == 0x7f:
		b = appendStatusSignal(append(b, "{ WIFSTOPPED, "...), s>>8&0x7f)
		if s&0x8000 != 0 { // PTRACE_O_TRACESYSGOOD
			b = append(b, "|0x80"...)
		}
		if event := s >> 16; event != 0 {
			b = appendStopEvent(append(b, ", "...), event)
		}
		return append(b, " }"...)
	case low == 0:
		b = strconv.AppendUint(append(b, "{ WIFEXITED, "...), uint64(s>>8), 10)
		return append(b, " }"...)
	case s&0x80 != 0:
		return append(appendStatusSignal(append(b, "{ "...), low), ", WCOREDUMP }"...)
	default:
		return appendStatusSignal(b, low)
	}
}

// appendStopEvent appends the event of ptrace(2) that has stopped a process.
func appendStopEvent(b []byte, event uint32) []byte {
	if name := ptraceEvents[event]; name != "" {
		return append(append(b, "PTRACE_EVENT_"...), name...)
	}
	return appendHex(b, uint64(event))
}

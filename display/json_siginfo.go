package display

import (
	"strconv"

	"sonde/sysdeps"
)

// appendJSONSiginfo appends a siginfo_t by its members that si_signo and si_code make
// valid, under their own names.
func appendJSONSiginfo(b []byte, si *sysdeps.Siginfo) []byte {
	b = appendJSONNamed(append(b, `{"si_signo":`...), int64(si.Signo()), sysdeps.SignalName(si.Signo()))
	b = appendJSONNamed(appendKey(b, "si_code"), int64(si.Code()), sysdeps.SigcodeName(si.Signo(), si.Code()))
	if n := si.Errno(); n != 0 {
		b = appendJSONNamed(appendKey(b, "si_errno"), int64(n), sysdeps.ErrnoName(n))
	}
	var list [maxSiginfoMembers]siginfoMember
	members := siginfoMembers(list[:0], si)
	for i := range members {
		b = appendJSONSiginfoMember(b, &members[i], si)
	}
	return append(b, '}')
}

func appendJSONSiginfoMember(b []byte, m *siginfoMember, si *sysdeps.Siginfo) []byte {
	b = appendKey(b, m.name)
	switch m.kind {
	case memberPointer:
		return appendJSONPointer(b, uint64(m.value))
	case memberSignal:
		if isSignal(m.value) {
			return appendJSONNamed(b, m.value, sysdeps.SignalName(int(m.value)))
		}
	case memberSyscall:
		return appendJSONNamed(b, m.value, siginfoSyscall(si))
	}
	return appendJSONInt(b, m.value)
}

// appendJSONNamed appends a number as an enum's value is: {"value":2,"names":["ENOENT"]}.
func appendJSONNamed(b []byte, n int64, name string) []byte {
	b = strconv.AppendInt(append(b, `{"value":`...), n, 10)
	b = append(b, `,"names":[`...)
	if name != "" {
		b = appendJSONString(b, name)
	}
	return append(b, "]}"...)
}

package filter

import (
	"fmt"
	"strconv"
	"strings"

	"sonde/sysdeps"
)

// Signals is a set of signals: the argument of --signals, in the grammar of
// strace's -e signal.
//
//	set  := {'!'} item {',' item}         '!' turns the whole set round
//	item := name | number | 'all' | 'none'
//
// A name is one of sysdeps.SignalByName, in capital letters or small ones. As
// there, SIGRTMIN is the kernel's first real-time signal, 32, and SIGRT_2 the
// one that C libraries call SIGRTMIN.
//
// The zero Signals is the empty set.
type Signals struct{ bits uint64 } // bit n-1 is signal n

// ParseSignals reads a set. The error is a *Error.
func ParseSignals(text string) (Signals, error) {
	set, err := parseSet(text)
	if err != nil {
		return Signals{}, err
	}
	var s Signals
	for _, it := range set.items {
		bits, msg := signalBits(it.text)
		if msg != "" {
			return Signals{}, set.fail(it, "%s", msg)
		}
		s.bits |= bits
	}
	if set.not {
		s.bits = ^s.bits
	}
	return s, nil
}

// Wants tells whether signal n, from 1 to sysdeps.SIGRTMAX, is in the set.
func (s Signals) Wants(n int) bool {
	return n >= 1 && n <= sysdeps.SIGRTMAX && s.bits>>(n-1)&1 != 0
}

// signalBits returns the signals of an item, or what is wrong with it.
func signalBits(text string) (bits uint64, msg string) {
	switch text {
	case "all":
		return ^uint64(0), ""
	case "none":
		return 0, ""
	}
	name := strings.ToUpper(text)
	n, ok := sysdeps.SignalByName(name)
	if !ok && isDigit(text[0]) {
		var err error
		if n, err = strconv.Atoi(text); err != nil || n < 1 || n > sysdeps.SIGRTMAX {
			return 0, fmt.Sprintf("%s is no signal: they go from 1 to %d", text, sysdeps.SIGRTMAX)
		}
		ok = true
	}
	if !ok {
		return 0, unknownSignal(text, strings.TrimPrefix(name, "SIG"))
	}
	return 1 << (n - 1), ""
}

// unknownSignal says that text is no signal, and what may have been meant. name
// is it in capital letters without its SIG.
func unknownSignal(text, name string) string {
	if above, ok := strings.CutPrefix(name, "RTMIN+"); ok {
		if n, err := strconv.ParseUint(above, 10, 6); err == nil && n+2 <= sysdeps.SIGRTMAX-sysdeps.SIGRTMIN {
			// NPTL has the kernel's first two for itself (nptl(7)).
			return fmt.Sprintf("%s depends on the C library: SIGRT_%d of glibc's, SIGRT_%d counted from the kernel's", text, n+2, n)
		}
	}
	names := func(yield func(string) bool) {
		for n := 1; n <= sysdeps.SIGRTMAX; n++ {
			if !yield(strings.TrimPrefix(sysdeps.SignalName(n), "SIG")) {
				return
			}
		}
	}
	return fmt.Sprintf("there is no signal %q%s", text, nearest(name, names))
}

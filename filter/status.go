package filter

import (
	"slices"
	"strings"
)

// Status is a set of the ways in which a system call may end: the argument of
// --status, in the grammar of strace's -e status.
//
//	set  := {'!'} item {',' item}     '!' turns the whole set round
//	item := 'successful' | 'failed' | 'unfinished' | 'unavailable' | 'detached' | 'all' | 'none'
type Status uint8

// The ways in which a call may end.
const (
	Successful  Status = 1 << iota // it returned without an error: -z
	Failed                         // it returned an error: -Z
	Unfinished                     // it did not return: the thread exited, or another one's execve ended it
	Unavailable                    // it returned, but what is not known
	Detached                       // the tracer let the thread go before it returned

	noStatus  Status = 0
	anyStatus        = Successful | Failed | Unfinished | Unavailable | Detached
)

// statusNames are the names of the bits, from the lowest on.
var statusNames = []string{"successful", "failed", "unfinished", "unavailable", "detached"}

// ParseStatus reads a set. The error is a *Error.
func ParseStatus(text string) (Status, error) {
	set, err := parseSet(text)
	if err != nil {
		return noStatus, err
	}
	s := noStatus
	for _, it := range set.items {
		switch bit := slices.Index(statusNames, it.text); {
		case bit >= 0:
			s |= 1 << bit
		case it.text == "all":
			s = anyStatus
		case it.text != "none":
			return noStatus, set.fail(it, "there is no status %q; they are %s", it.text, strings.Join(statusNames, ", "))
		}
	}
	if set.not {
		s = anyStatus &^ s
	}
	return s, nil
}

// All tells whether every way of ending is in the set.
func (s Status) All() bool { return s == anyStatus }

// Wants tells whether the set has one of the ways in it that end stands for.
func (s Status) Wants(end Status) bool { return s&end != 0 }

package filter

import (
	"slices"
	"strings"

	"sonde/sysdeps"
)

// Status is a set of the ways in which a call may end: the argument of --status, in the
// grammar of strace's -e status, and with errors by their names.
//
//	set  := {'!'} item {',' item}     '!' turns the whole set round
//	item := 'successful' | 'failed' | 'unfinished' | 'unavailable' | 'detached' | 'all' | 'none' | errno
//
// An errno is a name as ENOENT, in capital letters or small ones: the calls that have
// failed with that error.
type Status struct {
	ends   Ending
	errnos string // the numbers of the errors, ascending, a byte each
	not    bool   // what is neither in ends nor has one of the errnos is in the set
}

// Ending is a way in which a call may end, or several.
type Ending uint8

// The ways in which a call may end.
const (
	Successful  Ending = 1 << iota // it returned without an error: -z
	Failed                         // it returned an error: -Z
	Unfinished                     // it did not return: the thread exited, or another one's execve ended it
	Unavailable                    // it returned, but what is not known
	Detached                       // the tracer let the thread go before it returned

	anyEnding = Successful | Failed | Unfinished | Unavailable | Detached
)

// endingNames are the names of the bits, from the lowest on.
var endingNames = []string{"successful", "failed", "unfinished", "unavailable", "detached"}

// EndingNames returns what the ways in which calls end are called in a set.
func EndingNames() []string { return slices.Clone(endingNames) }

// ParseStatus reads a set. The error is a *Error.
func ParseStatus(text string) (Status, error) {
	set, err := parseSet(text)
	if err != nil {
		return Status{}, err
	}
	s := Status{not: set.not}
	var errnos []byte
	for _, it := range set.items {
		bit, n := slices.Index(endingNames, it.text), sysdeps.ErrnoByName(strings.ToUpper(it.text))
		switch {
		case bit >= 0:
			s.ends |= 1 << bit
		case n > 0:
			errnos = append(errnos, byte(n))
		case it.text == "all":
			s.ends = anyEnding
		case it.text != "none":
			return Status{}, set.fail(it, "there is no status %q; they are %s, and errors as ENOENT%s",
				it.text, strings.Join(endingNames, ", "), nearest(strings.ToUpper(it.text), sysdeps.ErrnoNames()))
		}
	}
	slices.Sort(errnos)
	s.errnos = string(slices.Compact(errnos))
	return s, nil
}

// All tells whether every way of ending is in the set.
func (s Status) All() bool {
	if s.not {
		return s.ends == 0 && s.errnos == ""
	}
	return s.ends == anyEnding
}

// Wants tells whether a call that ends so is in the set. Of one that has Failed, errno is
// the number of its error, or 0 where that is not known.
func (s Status) Wants(end Ending, errno int) bool {
	in := s.ends&end != 0 ||
		end == Failed && 0 < errno && errno < 256 && strings.IndexByte(s.errnos, byte(errno)) >= 0
	return in != s.not
}

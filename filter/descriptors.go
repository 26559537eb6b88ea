package filter

import "strconv"

// Descriptors is a set of file descriptors: the argument of --fds.
//
//	set  := {'!'} item {',' item}     '!' turns the whole set round
//	item := number | 'all' | 'none'
//
// The zero Descriptors is the empty set.
type Descriptors struct {
	not bool
	all bool
	fds map[int32]bool
}

// ParseDescriptors reads a set. The error is a *Error.
func ParseDescriptors(text string) (Descriptors, error) {
	set, err := parseSet(text)
	if err != nil {
		return Descriptors{}, err
	}
	d := Descriptors{not: set.not, fds: map[int32]bool{}}
	for _, it := range set.items {
		switch it.text {
		case "all":
			d.all = true
			continue
		case "none":
			continue
		}
		fd, err := strconv.ParseUint(it.text, 10, 31)
		if err != nil {
			return Descriptors{}, set.fail(it, "%q is no file descriptor", it.text)
		}
		d.fds[int32(fd)] = true
	}
	return d, nil
}

// Wants tells whether a descriptor is in the set. What is below 0 (AT_FDCWD) is
// none, and in no set.
func (d Descriptors) Wants(fd int32) bool {
	return fd >= 0 && d.not != (d.all || d.fds[fd])
}

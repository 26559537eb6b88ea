package ptrace

import (
	"os/signal"
	"sync"

	"golang.org/x/sys/unix"
)

// Inherited is what a program that is launched must get back: what this
// process had before the Go runtime installed its handlers and raised the
// limit of open files.
type Inherited struct {
	// Ignored and Blocked are signal sets; bit n-1 stands for signal n.
	Ignored, Blocked uint64
	// FilesSoft and FilesHard are RLIMIT_NOFILE.
	FilesSoft, FilesHard uint64
	// Closed is the set of the standard descriptors (bit n for n) that
	// were closed, and that the runtime has opened on /dev/null.
	Closed uint64
}

// KnowsEntry tells whether the assembly entry ran, so that Inherit is right in all.
func KnowsEntry() bool {
	_, ok := atEntry()
	return ok
}

// Inherit tells what this process was given. Without the assembly entry
// (programs linked with -ldflags '-E sonde_entry' have it) it is what the
// runtime lets one see: SIGHUP and SIGINT alone keep being ignored, and the
// limit of open files is the raised one.
var Inherit = sync.OnceValue(func() Inherited {
	if in, ok := atEntry(); ok {
		return in
	}
	var in Inherited
	for _, sig := range []unix.Signal{unix.SIGHUP, unix.SIGINT} {
		if signal.Ignored(sig) {
			in.Ignored |= 1 << (sig - 1)
		}
	}
	var lim unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &lim) == nil {
		in.FilesSoft, in.FilesHard = lim.Cur, lim.Max
	}
	return in
})

//go:build !amd64

package ptrace

import (
	"os"
	"os/signal"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// WatchSignals sends the number of each of the given signals that arrives to
// the channel. Who sent it is not known on this machine.
func WatchSignals(sigs ...unix.Signal) (<-chan sysdeps.Siginfo, error) {
	in, out := make(chan os.Signal, len(sigs)), make(chan sysdeps.Siginfo)
	for _, sig := range sigs {
		signal.Notify(in, sig)
	}
	go func() {
		for sig := range in {
			var info sysdeps.Siginfo
			info.SetSigno(int(sig.(unix.Signal)))
			out <- info
		}
	}()
	return out, nil
}

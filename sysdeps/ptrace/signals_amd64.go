package ptrace

import (
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
)

// notePipe is the descriptor that noteSignal writes to.
//
//lint:ignore U1000 the assembly reads it
var notePipe int

func noteSignalPC() uintptr
func noteReturnPC() uintptr

// WatchSignals takes the given signals over from the Go runtime and sends the
// siginfo of each that arrives to the channel.
func WatchSignals(sigs ...unix.Signal) (<-chan sysdeps.Siginfo, error) {
	var fds [2]int
	if err := unix.Pipe2(fds[:], unix.O_CLOEXEC|unix.O_NONBLOCK); err != nil {
		return nil, fmt.Errorf("pipe for signals: %w", err)
	}
	notePipe = fds[1]
	act := kernelSigaction{
		handler: noteSignalPC(), restorer: noteReturnPC(),
		flags: saSiginfo | saRestorer | saOnStack | saRestart,
	}
	for _, sig := range sigs {
		if err := setAction(sig, &act); err != nil {
			return nil, err
		}
	}
	r := os.NewFile(uintptr(fds[0]), "signals")
	ch := make(chan sysdeps.Siginfo)
	go func() {
		for {
			var info sysdeps.Siginfo
			// Writes of up to PIPE_BUF bytes are whole (pipe(7)).
			if _, err := r.Read(info[:]); err != nil {
				close(ch)
				return
			}
			ch <- info
		}
	}()
	return ch, nil
}

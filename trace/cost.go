package trace

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"sonde/event"
	"sonde/filter"
	"sonde/proc"
	"sonde/prototype"
	"sonde/sysdeps/ptrace"
)

// Cost is what tracing takes of a traced program's time.
type Cost struct {
	Within  time.Duration // of the time that a call is told to take
	Outside time.Duration // of that of what encloses the call
}

// costRounds is how often a call of each kind is made: enough for a median, and some
// milliseconds.
const costRounds = 100

// MeasureCost has a small program of its own make calls that do nothing, of the kinds
// that opt asks for, and returns the medians of what tracing them takes. The events go
// to sink, which is to be one as that of the trace itself, and is not closed. prepare is
// called with the Tracer before the program starts.
func MeasureCost(opt Options, sink event.Sink, prepare func(*proc.Tracer) error) (Cost, error) {
	fd, err := memoryFile("sonde-cost", x86CostProgram(costRounds))
	if err != nil {
		return Cost{}, fmt.Errorf("measure the cost of tracing: %w", err)
	}
	defer unix.Close(fd)
	if opt, err = costOptions(opt); err != nil {
		return Cost{}, fmt.Errorf("measure the cost of tracing: %w", err)
	}
	times := &callTimes{Sink: sink}
	path := fmt.Sprintf("/proc/self/fd/%d", fd)
	done := make(chan error)
	// The thread ends with its tracer: what prepare does to it, as Pin does, is gone.
	go func() {
		done <- proc.Run(func(tr *proc.Tracer) error {
			if err := prepare(tr); err != nil {
				return err
			}
			s := New(tr, opt, times)
			if err := s.Launch(&ptrace.Program{Path: path, Args: []string{path}, In: ptrace.Inherit()}); err != nil {
				return err
			}
			_, err := s.Run()
			return err
		})
	}()
	if err = <-done; err == nil && len(times.took) < costRounds {
		err = errors.New("its calls were not seen")
	}
	if err != nil {
		return Cost{}, fmt.Errorf("measure the cost of tracing: %w", err)
	}
	return times.cost(), nil
}

// costOptions are those that trace all of the kinds of calls that opt traces of the
// small program, and nothing else.
func costOptions(opt Options) (Options, error) {
	own := Options{
		Prototypes: opt.Prototypes, Strings: opt.Strings, Elements: opt.Elements, Whole: opt.Whole,
		Frames: opt.Frames, Lines: opt.Lines, Detail: opt.Detail, Start: time.Now(),
	}
	if own.Prototypes == nil {
		own.Prototypes = prototype.NewShelf(prototype.ShelfOptions{})
	}
	var err error
	if opt.wantsFunctions() {
		if own.Entries, err = filter.Parse(filter.Entries, []string{x86CostFunction + "@MAIN"}); err != nil {
			return own, err
		}
	}
	if opt.Syscalls != nil {
		own.Syscalls, err = filter.ParseSyscalls(x86CostSyscall)
	}
	return own, err
}

// memoryFile returns a file that is nowhere but in memory, and can be executed: since
// Linux 6.3 that may have to be said (vm.memfd_noexec), and before it cannot be.
func memoryFile(name string, content []byte) (fd int, err error) {
	fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC|unix.MFD_EXEC)
	if errors.Is(err, unix.EINVAL) {
		fd, err = unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	}
	if err != nil {
		return -1, fmt.Errorf("memfd_create: %w", err)
	}
	if _, err := unix.Write(fd, content); err != nil {
		unix.Close(fd)
		return -1, fmt.Errorf("write to memory: %w", err)
	}
	return fd, nil
}

// callTimes notes when calls are made, and how long they take, on the way to a sink.
type callTimes struct {
	event.Sink
	made, took []time.Duration
}

// Emit is event.Sink's.
func (c *callTimes) Emit(ev event.Event) error {
	switch ev := ev.(type) {
	case *event.Call:
		c.made = append(c.made, ev.Time)
	case *event.Return:
		c.took = append(c.took, ev.Elapsed)
	}
	return c.Sink.Emit(ev)
}

// cost is what calls take that do nothing, and the rest of the time from one to the
// next.
func (c *callTimes) cost() Cost {
	var apart []time.Duration
	for i := 1; i < len(c.made); i++ {
		apart = append(apart, c.made[i]-c.made[i-1])
	}
	within := medianTime(c.took)
	return Cost{Within: within, Outside: max(medianTime(apart)-within, 0)}
}

func medianTime(times []time.Duration) time.Duration {
	slices.Sort(times)
	return times[len(times)/2]
}

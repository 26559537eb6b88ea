package stacks

import (
	"errors"
	"os"
	"strconv"
	"syscall"

	"sonde/display"
	"sonde/elfsym"
	"sonde/proc"
	"sonde/sysdeps"
)

// Death is the end of a process by a signal.
type Death struct {
	// Process has one thread: the one that the signal was for. It has no frames where
	// the signal came without a stop, as SIGKILL does.
	Process
	Signal string `json:"signal"`
	// Siginfo is what came with it, in strace's form; "" where that is not known.
	Siginfo string `json:"siginfo,omitempty"`
	Dumped  bool   `json:"core_dumped"` // the kernel has written a core file
	// Registers are the thread's, by their names in the machine's order.
	Registers []Register `json:"registers,omitempty"`
}

// Register is a register with its value.
type Register struct {
	Name  string `json:"name"`
	Value uint64 `json:"value"`
}

// Catcher watches processes for the signals that end them.
type Catcher struct {
	Options Options
	// Report is told of each process that a signal has ended.
	Report func(d *Death)

	files elfsym.Cache
	// taken are the last fatal signals that processes were to get.
	taken map[*proc.Process]*Death
	tail  map[*proc.Process]int // their numbers
}

// End is how the launched program ended.
type End struct{ Status, Signal int }

// Run follows what the tracer traces until all of it has ended. Signals are what the
// tracer is to be told of from outside.
func (c *Catcher) Run(tr *proc.Tracer, launched *proc.Process) (End, error) {
	c.taken, c.tail = make(map[*proc.Process]*Death), make(map[*proc.Process]int)
	var end End
	var errs []error
	for th, stop := range tr.Stops() {
		switch stop := stop.(type) {
		case proc.Signal:
			if err := c.signal(th, stop.Number); err != nil && !errors.Is(err, sysdeps.ErrGone) {
				errs = append(errs, err)
			}
		case proc.Exited:
			if !stop.Process {
				break
			}
			if th.Process == launched {
				end = End{stop.Status, stop.Signal}
			}
			c.ended(th, stop)
		case proc.Interrupted:
			if launched == nil {
				return end, errors.Join(append(errs, tr.DetachAll())...)
			}
			pass(&stop.Info, launched)
		}
	}
	return end, errors.Join(errs...)
}

// pass hands a signal on to the launched program, but for those of the terminal, which
// it has got itself.
func pass(info *sysdeps.Siginfo, launched *proc.Process) {
	const kernel = 0x80 // SI_KERNEL
	if info.Code() != kernel {
		_ = syscall.Kill(launched.PID, syscall.Signal(info.Signo())) // it may have ended
	}
}

// signal looks at a signal before it is delivered: whether it is one that ends the
// process. A handler may still change its mind about others, and what it raises then
// comes here again.
func (c *Catcher) signal(th *proc.Thread, sig int) error {
	if !endsProcess(syscall.Signal(sig)) {
		return nil
	}
	st, err := proc.ReadStatus(th.TID)
	if err != nil {
		return err
	}
	if bit := uint64(1) << (sig - 1); (st.Caught|st.Ignored)&bit != 0 {
		return nil
	}
	d, err := c.take(th)
	if err != nil {
		return err
	}
	c.taken[th.Process], c.tail[th.Process] = d, sig
	return nil
}

// endsProcess tells what a signal does by default (signal(7)).
func endsProcess(sig syscall.Signal) bool {
	switch sig {
	case syscall.SIGCHLD, syscall.SIGURG, syscall.SIGWINCH, syscall.SIGCONT,
		syscall.SIGSTOP, syscall.SIGTSTP, syscall.SIGTTIN, syscall.SIGTTOU:
		return false
	}
	return true
}

// take takes the stack of a thread that stands still.
func (c *Catcher) take(th *proc.Thread) (*Death, error) {
	regs, err := th.Regs()
	if err != nil {
		return nil, err
	}
	mappings, err := proc.Maps(th.TID)
	if err != nil {
		return nil, err
	}
	pid := th.Process.PID
	d := &Death{Process: Process{PID: pid}, Registers: registers(regs)}
	d.Program, _ = os.Readlink("/proc/" + strconv.Itoa(th.TID) + "/exe")
	if info, err := th.Siginfo(); err == nil {
		d.Siginfo = display.Siginfo(&info)
	}
	t := Thread{TID: th.TID, Name: states(pid)[th.TID].name, Frames: []Frame{}}
	space := th.Process.Space
	finder := &elfsym.DebugFinder{Root: "/proc/" + strconv.Itoa(th.TID) + "/root"}
	names := c.Options.symbolizer(pid)
	defer names.Close()
	images := proc.Images(th.TID, mappings, space, &c.files, finder)
	langs := c.Options.languages(images, space)
	own := regs.Get(sysdeps.FSBase)
	langs.read(space, c.Options.Limit, func(pointer uint64) bool { return pointer == own })
	w := walker{o: &c.Options, memory: space, images: images, names: names, langs: langs}
	w.walk(regs, &t)
	d.Threads = []Thread{t}
	return d, nil
}

// ended reports a process that a signal has ended.
func (c *Catcher) ended(th *proc.Thread, stop proc.Exited) {
	p := th.Process
	d, sig := c.taken[p], c.tail[p]
	delete(c.taken, p)
	delete(c.tail, p)
	if stop.Signal == 0 {
		return
	}
	if d == nil || sig != stop.Signal {
		d = &Death{Process: Process{PID: p.PID, Threads: []Thread{}}}
	}
	d.Signal, d.Dumped = sysdeps.SignalName(stop.Signal), stop.Core
	c.Report(d)
}

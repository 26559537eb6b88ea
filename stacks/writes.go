package stacks

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"regexp"
	"strconv"

	"sonde/cli"
	"sonde/filter"
	"sonde/proc"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Write is text, that matches what is looked for, which a thread is about to write.
type Write struct {
	// Process has that thread alone, with its stack at the system call.
	Process
	Call string `json:"call"`
	FD   int32  `json:"fd"`
	File string `json:"file,omitempty"` // what FD leads to
	// Line is the line that Match is in, or the lines, as far as they are written yet and
	// not longer than some hundred bytes. Bytes that are not UTF-8 are U+FFFD in JSON.
	Line  string `json:"line"`
	Match string `json:"match"`
}

// WriteOptions are what is wanted of what processes write.
type WriteOptions struct {
	Options
	// Expression is what is looked for; ^ and $ in it are the ends of lines.
	Expression *regexp.Regexp
	// Descriptors are those that count.
	Descriptors filter.Descriptors
	// Seccomp has the kernel stop a launched program at the system calls alone that are
	// looked at, by a filter (ptrace.Program.Filter).
	Seccomp bool
	// Report is told of each Write.
	Report func(w *Write)
}

// Writes watches processes for text that they write.
type Writes struct {
	watch
	o      WriteOptions
	taker  *taker
	calls  map[*sysdeps.Arch]map[int64]writeCall
	reader writtenReader
	// of has what each process has written; it is made when that writes.
	of map[*proc.Process]*output
}

// output is what a process writes.
type output struct {
	*matcher
	// restarts are the calls that signals have broken off, and that are made anew.
	restarts map[int]proc.Syscall
}

// NewWrites returns a watcher of what tr traces, which has no tracees yet.
func NewWrites(tr *proc.Tracer, o WriteOptions) *Writes {
	tr.Syscalls = true
	w := &Writes{watch: watch{tr: tr}, o: o, taker: newTaker(&o.Options), of: make(map[*proc.Process]*output)}
	w.calls = map[*sysdeps.Arch]map[int64]writeCall{sysdeps.AMD64: writeCalls(sysdeps.AMD64), sysdeps.I386: writeCalls(sysdeps.I386)}
	return w
}

// Launch starts the program.
func (w *Writes) Launch(prog *ptrace.Program) error {
	if w.o.Seccomp {
		own := *prog
		f, err := w.filter()
		if err != nil {
			w.tr.Complain(fmt.Errorf("--seccomp-bpf: %w: all system calls stop the program", err))
		}
		own.Filter = f
		prog = &own
	}
	return w.watch.Launch(prog)
}

// Run follows what is traced until all of it has ended, and returns how the launched
// program has.
func (w *Writes) Run() (proc.Exited, error) {
	for th, stop := range w.tr.Stops() {
		var err error
		switch stop := stop.(type) {
		case proc.SyscallEnter:
			err = w.entered(th, stop.Syscall)
		case proc.SyscallExit:
			w.left(th, stop.Syscall)
		case proc.Execed:
			w.forget(th.Process)
		case proc.Exited:
			if out := w.of[th.Process]; out != nil {
				out.ended(th.TID)
				delete(out.restarts, th.TID)
			}
			if stop.Process {
				w.forget(th.Process)
			}
		}
		if e := w.handle(th, stop); err == nil {
			err = e
		}
		if err != nil && !errors.Is(err, sysdeps.ErrGone) {
			w.tr.Complain(err)
		}
	}
	return w.end, nil
}

func (w *Writes) forget(p *proc.Process) {
	delete(w.of, p)
	w.taker.forget(p)
}

// entered looks at a system call that begins.
func (w *Writes) entered(th *proc.Thread, call *proc.Syscall) error {
	nr, args := call.Nr, call.Args
	if part, ok := call.Arch.PartOf(nr, args, th.Process.Space); ok {
		nr, args = part.Nr, part.Args
	}
	how, ok := w.calls[call.Arch][nr]
	if !ok {
		return nil
	}
	out := w.of[th.Process]
	if how.closes() {
		if out != nil {
			out.closed(how.closed(&args))
		}
		return nil
	}
	fd := int32(args[0])
	if !w.o.Descriptors.Wants(fd) {
		return nil
	}
	if out == nil {
		out = &output{newMatcher(w.o.Expression), make(map[int]proc.Syscall)}
		w.of[th.Process] = out
	}
	last, again := out.restarts[th.TID]
	delete(out.restarts, th.TID)
	line, lo, hi, ok := out.begin(stream{th.TID, fd}, func(b []byte) []byte {
		return w.reader.read(b, how, call.Arch, &args, th.Process.Space)
	})
	if !ok || again && last.Nr == call.Nr && last.Args == call.Args && last.SP == call.SP {
		return nil
	}
	return w.report(th, how.name, fd, line, lo, hi)
}

// report tells of a match in a line.
func (w *Writes) report(th *proc.Thread, call string, fd int32, line []byte, lo, hi int) error {
	const around = 256 // bytes that are told before a match and behind it
	at, err := w.taker.take(th)
	if err != nil {
		return err
	}
	// The kernel puts a mark behind the names of files that are deleted; what cannot
	// be told is "".
	file, _ := os.Readlink("/proc/" + strconv.Itoa(th.TID) + "/fd/" + strconv.Itoa(int(fd)))
	end := min(hi, lo+4*around)
	w.o.Report(&Write{
		Process: at.process, Call: call, FD: fd, File: file,
		Line: string(line[max(0, lo-around):min(len(line), end+around)]), Match: string(line[lo:end]),
	})
	return nil
}

// left looks at a system call that ends.
func (w *Writes) left(th *proc.Thread, call *proc.Syscall) {
	out := w.of[th.Process]
	if out == nil || !call.Entered {
		return
	}
	nr := call.Nr
	if part, ok := call.Arch.PartOf(nr, call.Args, th.Process.Space); ok {
		nr = part.Nr
	}
	how, ok := w.calls[call.Arch][nr]
	switch {
	case !ok || how.closes():
	case !call.Failed:
		out.end(th.TID, how.written(call.Value))
	case call.Value < -511: // from ERESTARTSYS on: a signal has come (include/linux/errno.h)
		out.restarts[th.TID] = *call
	}
}

// JSON writes it in one line.
func (w *Write) JSON(to io.Writer) error { return json.NewEncoder(to).Encode(w) }

// Text writes it for people, with the stack.
func (w *Write) Text(to io.Writer, o TextOptions) error {
	b := fmt.Appendf(nil, "Process %d", w.PID)
	if w.Program != "" {
		b = append(append(b, ": "...), cli.Printable(w.Program)...)
	}
	t := &w.Threads[0]
	b = fmt.Appendf(b, "\nThread %d", t.TID)
	if t.Name != "" {
		b = fmt.Appendf(b, " %q", t.Name)
	}
	b = fmt.Appendf(b, " in %s to %d", w.Call, w.FD)
	if w.File != "" {
		b = append(append(b, ", "...), cli.Printable(w.File)...)
	}
	b = fmt.Appendf(b, ":\n%q\n", w.Line)
	b = o.appendFrames(b, t)
	_, err := to.Write(b)
	return err
}

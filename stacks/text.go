package stacks

import (
	"fmt"
	"io"
	"path"
	"strconv"
	"strings"

	"sonde/cli"
	"sonde/symbolize"
)

// TextOptions are how stacks are written.
type TextOptions struct {
	// Group writes a stack that several threads have once.
	Group bool
	// Paths writes the whole paths of source files.
	Paths bool
}

// textPiece is how many bytes are written at once, about.
const textPiece = 64 << 10

// Text writes stacks for people, in the form of gdb's backtraces.
func Text(w io.Writer, p *Process, o TextOptions) error {
	b := p.appendHead(nil)
	if p.Core != "" {
		b = append(b, " (core file "+cli.Printable(p.Core)+")"...)
	}
	if p.Sample > 0 {
		b = fmt.Appendf(b, ", sample %d at %s", p.Sample, p.Time.Format("15:04:05.000"))
	}
	b = append(b, '\n')
	for _, g := range groups(p.Threads, o.Group) {
		b = append(b, '\n')
		b = appendHeads(b, g)
		b = o.appendFrames(b, g[0])
		if len(b) >= textPiece {
			if _, err := w.Write(b); err != nil {
				return err
			}
			b = b[:0]
		}
	}
	_, err := w.Write(b)
	return err
}

// appendHead appends what the process is.
func (p *Process) appendHead(b []byte) []byte {
	b = fmt.Appendf(b, "Process %d", p.PID)
	if n := len(p.NSPIDs); n > 0 {
		b = fmt.Appendf(b, " (%d in its PID namespace)", p.NSPIDs[n-1])
	}
	switch {
	case p.Kernel:
		b = append(b, ": a thread of the kernel's"...)
	case p.Program != "":
		b = append(b, ": "+cli.Printable(p.Program)...)
	}
	if p.Nonblocking {
		b = append(b, ", not stopped"...)
	}
	return b
}

// groups puts threads with the same stack together, the largest group first, or each
// thread by itself.
func groups(ts []Thread, together bool) [][]*Thread {
	var all [][]*Thread
	at := make(map[string]int)
	for i := range ts {
		t := &ts[i]
		if together {
			key := stackKey(t)
			if n, ok := at[key]; ok {
				all[n] = append(all[n], t)
				continue
			}
			at[key] = len(all)
		}
		all = append(all, []*Thread{t})
	}
	if together {
		sortBySize(all)
	}
	return all
}

// stackKey is the same for the same stacks.
func stackKey(t *Thread) string {
	var b strings.Builder
	for i := range t.Frames {
		f := &t.Frames[i]
		b.WriteString(f.PC.String())
		if f.Language != "" {
			fmt.Fprintf(&b, " %s %s:%d", f.Function, f.File, f.Line)
		}
		b.WriteByte(' ')
		if f.Variables != nil {
			b.WriteString(f.variablesKey())
		}
	}
	fmt.Fprintf(&b, "%v %s %v", t.Cut, t.Why, t.Kernel)
	return b.String()
}

// maxHeads is how many threads of a group are told one by one.
const maxHeads = 8

// kind is what a stack of that kind is the stack of, in the plural.
func (t *Thread) kind() string {
	if t.TID == 0 && t.Goroutine != 0 {
		return "goroutines"
	}
	return "threads"
}

func appendHeads(b []byte, g []*Thread) []byte {
	if len(g) > 1 {
		b = fmt.Appendf(b, "%d %s:\n", len(g), g[0].kind())
	}
	for i, t := range g {
		if i == maxHeads {
			b = fmt.Appendf(b, "  and %d more\n", len(g)-i)
			break
		}
		if t.Stack != "" {
			b = append(append(b, "Stack "...), t.Stack+":\n"...)
			continue
		}
		if t.TID == 0 && t.Goroutine != 0 {
			b = fmt.Appendf(b, "Goroutine %d, %s:\n", t.Goroutine, cli.Printable(t.State))
			continue
		}
		b = fmt.Appendf(b, "Thread %d", t.TID)
		if t.NSTID != 0 {
			b = fmt.Appendf(b, " (%d in its PID namespace)", t.NSTID)
		}
		if t.Name != "" {
			b = fmt.Appendf(b, " %q", t.Name)
		}
		for _, what := range []string{t.Signal, t.State} {
			if what != "" {
				b = append(append(b, ", "...), what...)
			}
		}
		if t.Syscall != "" {
			b = append(append(b, " in "...), t.Syscall...)
			b = t.appendArgs(b)
		}
		if t.Wchan != "" {
			b = append(append(b, " (the kernel's "...), cli.Printable(t.Wchan)+")"...)
		}
		if t.Goroutine != 0 {
			b = fmt.Appendf(b, ", goroutine %d", t.Goroutine)
		}
		b = append(b, ":\n"...)
	}
	return b
}

// appendArgs appends the arguments of the system call, where they are known.
func (t *Thread) appendArgs(b []byte) []byte {
	if t.Args == nil {
		return b
	}
	b = append(b, '(')
	for i, v := range t.Args {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = fmt.Appendf(b, "%#x", v)
	}
	return append(b, ')')
}

func (o *TextOptions) appendFrames(b []byte, t *Thread) []byte {
	for _, where := range t.Kernel {
		b = append(append(b, "    "...), cli.Printable(where)+" in the kernel\n"...)
	}
	n := 0
	for i := range t.Frames {
		f := &t.Frames[i]
		// As in gdb's backtraces, those that a function is inlined into have no address
		// of their own.
		address := fmt.Sprintf("%#0*x in ", 2*t.PtrSize, uint64(f.PC))
		if f.Language != "" {
			address = ""
		}
		for j := range f.Inlined {
			call := &f.Inlined[j]
			b = fmt.Appendf(b, "#%-2d %s%s", n, address, nameOf(call.Function))
			b = append(appendParams(b, f.scope(j)), o.source(&call.Source)+" [inlined]\n"...)
			b = appendLocals(b, f.scope(j))
			n, address = n+1, ""
		}
		b = fmt.Appendf(b, "#%-2d %s%s", n, address, o.text(f))
		n++
		if f.Language != "" {
			b = append(append(b, " ["...), f.Language+"]"...)
		}
		if f.Guessed != "" {
			b = append(append(b, "  (a guess: "...), f.Guessed+")"...)
		}
		b = append(b, '\n')
		b = appendLocals(b, f.Variables)
	}
	if t.Cut {
		b = append(b, "...\n"...)
	}
	if t.Why != "" {
		b = append(append(b, "# "...), cli.Printable(t.Why)+"\n"...)
	}
	return b
}

// text is a frame without its number and address.
func (o *TextOptions) text(f *Frame) string {
	switch {
	case f.Signal:
		return "<signal handler called>"
	case f.Function != "" && f.File != "":
		return nameOf(f.Function) + string(appendParams(nil, f.Variables)) + o.source(&f.Source)
	case f.Function != "" && f.Module != "":
		return nameOf(f.Function) + string(appendParams(nil, f.Variables)) + " from " + cli.Printable(f.Module)
	case f.Module != "":
		return fmt.Sprintf("?? (%s+%#x)", cli.Printable(path.Base(f.Module)), f.ModuleOffset)
	}
	return nameOf(f.Function) + " ()"
}

func nameOf(function string) string {
	if function == "" {
		return "??"
	}
	return cli.Printable(function)
}

// source tells where in the source text a function is; it is "" where that is not known.
func (o *TextOptions) source(s *symbolize.Source) string {
	if s.File == "" {
		return ""
	}
	file := s.File
	if !o.Paths {
		file = path.Base(file)
	}
	if s.Line == 0 {
		return " at " + cli.Printable(file)
	}
	return " at " + cli.Printable(file) + ":" + strconv.Itoa(s.Line)
}

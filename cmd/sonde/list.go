package main

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"sonde/cli"
	"sonde/elfsym"
	"sonde/symname"
	"sonde/sysdeps"
	"sonde/trace"
)

// list prints what would be traced of files and processes, and returns the
// exit status: 1 where one cannot be read, or where nothing would be traced of
// any.
func list(o *options, what *trace.Options) int {
	var to io.Writer = os.Stdout
	w := &output{name: "standard output", what: "list"}
	if o.Output != "" {
		var err error
		if w, err = openOutput(parseDestination(o.Output), false); err != nil {
			complain(err)
			return cli.ExitSetup
		}
		to, w.what = w.file, "list"
	}
	l := &trace.Lister{
		Calls: what.Calls, Entries: what.Entries, Libraries: what.Libraries,
		Search: librarySearch(),
	}
	out := &listWriter{w: bufio.NewWriter(to), raw: o.Raw, several: len(o.PIDs)+len(o.Command) > 1}
	for _, pid := range o.PIDs {
		listing, err := l.Process(pid)
		out.program(strconv.Itoa(pid), listing, err)
	}
	for _, name := range o.Command {
		path, err := findFile(name)
		if err != nil {
			out.program(name, nil, err)
			continue
		}
		listing, err := l.File(path)
		out.program(path, listing, err)
	}
	if err := w.close(out.w.Flush()); err != nil || out.failed || out.lines == 0 {
		return cli.ExitSetup
	}
	return 0
}

// librarySearch finds libraries as the dynamic linker would for a program started here.
func librarySearch() elfsym.Search {
	return elfsym.Search{
		LibraryPath: os.Getenv("LD_LIBRARY_PATH"), Preload: os.Getenv("LD_PRELOAD"), HWCaps: trace.HostHWCaps(),
	}
}

// findFile returns the path of a command, or else of a file that is no command.
func findFile(name string) (string, error) {
	if strings.Contains(name, "/") {
		return name, nil
	}
	path, err := cli.FindProgram(name, os.Getenv("PATH"))
	if err == nil {
		return path, nil
	}
	if _, here := os.Stat(name); here == nil {
		return name, nil
	}
	return "", fmt.Errorf("list %s: %w in PATH, and no file by that name", name, fs.ErrNotExist)
}

// listWriter writes listings as lines:
//
//	[PROGRAM] ADDRESS KIND POINTER MODULE FUNCTION[@@VERSION] [NAME]
type listWriter struct {
	w       *bufio.Writer
	raw     bool // mangled names only
	several bool // programs: each line begins with the program's name
	lines   int
	failed  bool
}

// program writes what is listed of one program, and complains of what is not.
// Of several programs those are passed over in silence that there is nothing to
// say of: directories, scripts and data, and what the filters match nothing in.
func (lw *listWriter) program(name string, listing *trace.Listing, err error) {
	if listing == nil {
		if lw.several && (errors.Is(err, trace.ErrNoProgram) || errors.Is(err, elfsym.ErrMachine)) {
			return
		}
		lw.failed = true
		complain(err)
		return
	}
	if err != nil {
		complain(fmt.Errorf("%s: %w", name, err))
	}
	lw.places(name, listing.Places)
	if why := listing.Unmet(); why != nil && !lw.several {
		complain(why)
	}
}

func (lw *listWriter) places(program string, places []trace.Listed) {
	digits, width := 8, 0
	for i := range places {
		p := &places[i]
		width = max(width, len(p.Module))
		if p.Where() > 1<<32-1 {
			digits = 12
		}
	}
	if lw.several {
		program = cli.Printable(program) + "  "
	} else {
		program = ""
	}
	for i := range places {
		p := &places[i]
		lw.lines++
		pointer := "-"
		if p.Pointer != 0 {
			pointer = hex(p.Bias+sysdeps.Addr(p.Pointer), digits)
		}
		fmt.Fprintf(lw.w, "%s%s  %-6s  %-*s  %-*s  %s\n", program,
			hex(p.Where(), digits), p.Kind, digits+2, pointer, width, cli.Printable(p.Module), lw.function(p))
	}
}

func hex(a sysdeps.Addr, digits int) string { return fmt.Sprintf("0x%0*x", digits, uint64(a)) }

// function is a symbol with its version, as a filter has them, and what a
// mangled one stands for.
func (lw *listWriter) function(p *trace.Listed) string {
	text := cli.Printable(p.Symbol)
	if p.Version != "" {
		text += "@@" + cli.Printable(p.Version)
	}
	if lw.raw {
		return text
	}
	if name, ok := symname.Demangle(p.Symbol); ok {
		text += "  " + cli.Printable(symname.Brief(name.Full))
	}
	return text
}

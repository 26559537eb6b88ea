package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/display"
)

// colourMode is when the trace is in colours: --color.
type colourMode uint8

const (
	colourAuto colourMode = iota // on a terminal that has them
	colourAlways
	colourNever
)

// colourModes are the words for them.
var colourModes = []string{"auto", "always", "never"}

// Set is pflag.Value's.
func (m *colourMode) Set(s string) error {
	i := slices.Index(colourModes, s)
	if i < 0 {
		return errors.New("it takes auto, always or never")
	}
	*m = colourMode(i)
	return nil
}

func (m *colourMode) String() string { return colourModes[*m] }

// Type is pflag.Value's.
func (m *colourMode) Type() string { return "WHEN" }

// colours returns the colours of the trace, nil for none, and warns of a SONDE_COLORS that
// it does not understand.
func (o *options) colours(out io.Writer, env func(string) string, warn func(error)) *display.Colours {
	if o.Color == colourNever || o.Color == colourAuto && !coloursFit(out, env) {
		return nil
	}
	c, err := display.ParseColours(env("SONDE_COLORS"))
	if err != nil {
		warn(fmt.Errorf("SONDE_COLORS: %w", err))
	}
	return c
}

// coloursFit tells whether there is a terminal with colours, and a user who wants them
// (https://no-color.org).
func coloursFit(out io.Writer, env func(string) string) bool {
	if env("NO_COLOR") != "" {
		return false
	}
	_, terminal := columnsOf(fdOf(out))
	return terminal && hasColours(env("TERM"), env("COLORTERM"))
}

// colourTerminals are the TERMs that have eight colours and more. These patterns are those
// by which dircolors(1) knows them, but for the vt100: terminfo need not be there.
var colourTerminals = []string{
	"*color*", "*direct*", "[Ee]term*", "alacritty*", "ansi", "con[0-9]*x[0-9]*", "cons25", "contour*",
	"cygwin", "dtterm", "foot*", "ghostty*", "gnome*", "hurd", "iterm*", "jfbterm", "kitty*", "konsole*",
	"kterm", "linux*", "mintty*", "mlterm*", "putty*", "rio*", "rxvt*", "screen*", "st", "st-*",
	"terminator*", "terminology*", "tmux*", "vte*", "wezterm*", "xterm*",
}

// hasColours tells whether a terminal has eight colours or more. COLORTERM is what terminal
// emulators set beside a TERM that says less; a dumb one they know nothing of.
func hasColours(term, colorterm string) bool {
	switch {
	case term == "" || term == "dumb":
		return false
	case strings.HasSuffix(term, "-m") || strings.HasSuffix(term, "-mono"): // terminfo(5): monochrome
		return false
	case colorterm != "":
		return true
	}
	for _, pattern := range colourTerminals {
		if ok, err := path.Match(pattern, term); ok && err == nil {
			return true
		}
	}
	return false
}

// width returns what tells how many columns a line of the trace may have now, or nil for
// any number: COLUMNS goes before the terminal's own, which may change.
func (o *options) width(out io.Writer, env func(string) string) func() int {
	if !o.Fit {
		return nil
	}
	if n, err := cli.ParseInt(env("COLUMNS"), 1, maxColumns); err == nil {
		return func() int { return n }
	}
	fd := fdOf(out)
	if _, terminal := columnsOf(fd); !terminal {
		return nil
	}
	// SIGWINCH would come of the controlling terminal alone, and in the foreground. To ask
	// costs less than a tenth of what it costs to write a line to a terminal.
	return func() int {
		n, _ := columnsOf(fd)
		return n
	}
}

// maxColumns is the most that TIOCGWINSZ could tell (ioctl_tty(2)).
const maxColumns = 1<<16 - 1

// fdOf returns that of an output, or -1 if it has none.
func fdOf(out io.Writer) int {
	fd := -1
	switch out := out.(type) {
	case *stream:
		fd = out.fd
	case *os.File:
		if conn, err := out.SyscallConn(); err == nil {
			_ = conn.Control(func(p uintptr) { fd = int(p) }) // -1 of a file that is closed
		}
	}
	return fd
}

// columnsOf tells whether a descriptor is that of a terminal, and how many columns that
// has: 0 if it does not know.
func columnsOf(fd int) (columns int, terminal bool) {
	ws, err := unix.IoctlGetWinsize(fd, unix.TIOCGWINSZ)
	if err != nil {
		return 0, false
	}
	return int(ws.Col), true
}

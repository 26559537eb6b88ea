// Package display owns how events look: as lines of text that a person or a
// script reads, as JSON for other programs, and as a table of counts.
//
// A Text turns each event into at most one line, in the shape that ltrace's
// readers know, and joins a call and its return into one where nothing came
// between. It hands whole lines to a Writer, which collects them for files and
// passes them on at once to terminals and pipes.
//
// A Summary only counts: it has the calls that are under way as a tree, where each
// learns how much of its time is that of the calls within it, and for each function a
// histogram of how long its calls took.
//
// A JSON writes each event at once, as an object of all that it has: values as data
// (the files json*.go have the forms), and the text that a Text would show of them. The
// lines are described in doc/sonde-json.schema.json, and in sonde-json(5).
//
// Values are shown as ltrace shows them, with these departures: a float that %f
// would falsify has as many digits as it needs, and an exponent where it is very
// great or small; strings are escaped, so that they can be read back; numbers
// that have one byte are numbers; NULL is nil everywhere; what cannot be read is
// an address that says so; and failures have the name of their error.
//
// System calls stand among them as name@SYS(...), with values, results and
// interruptions spelt as strace spells them, whose readers know these: NULL,
// {tv_sec=1, tv_nsec=0}, [28 => 16], ~[KILL STOP]. The files strace*.go have it.
// What is left of a set of flags has no comment behind names, and a word of its
// own (0x40 /* O_??? */) where nothing has a name.
//
// Colours are put around the pieces of a line as these are written, and a line is
// cut to a terminal's width when it ends; of neither do the texts know.
//
// Emit runs on the ptrace thread. The one other goroutine is a Text's own: it
// shows a line that stays open, and lines that wait in the Writer, when the
// traced program is silent.
//
// All that comes out of the traced program or its files (strings, names) may
// be hostile to a terminal, and is escaped.
package display

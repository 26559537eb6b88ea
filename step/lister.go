package step

import (
	"fmt"
	"io"
	"path"
	"strings"
	"unicode"

	"sonde/elfsym"
	"sonde/insn"
	"sonde/proc"
	"sonde/symbolize"
	"sonde/sysdeps"
)

// lister writes instructions. What it has made of one it keeps, by address, as long as
// the same bytes stand there.
type lister struct {
	out   io.Writer
	files *elfsym.Cache
	where elfsym.DebugFinder
	of    map[*proc.Space]*listing
}

// listing is what has been listed of an address space.
type listing struct {
	images *elfsym.Images
	lines  map[sysdeps.Addr]line
}

// line is an instruction as it is shown.
type line struct {
	code [insn.X86MaxLen]byte // and what follows
	n    int                  // how much of code could be read
	size int                  // of the instruction
	text string               // behind the thread's id
}

// maxLines bounds what is kept of one address space.
const maxLines = 1 << 16

func newLister(out io.Writer) lister {
	return lister{out: out, files: new(elfsym.Cache), of: make(map[*proc.Space]*listing)}
}

// show writes n instructions from a thread's program counter on.
func (l *lister) show(th *proc.Thread, n int) error {
	regs, err := th.Regs()
	if err != nil {
		return err
	}
	mode := insn.Mode64
	if regs.Arch == sysdeps.I386 {
		mode = insn.Mode32
	}
	for at := regs.PC(); n > 0; n-- {
		ln, ok := l.line(th, at, mode)
		if !ok {
			// Nothing can be read there, which the program is about to find.
			_, err := fmt.Fprintf(l.out, "[%d]\t%#x\t(unreadable)\n", th.TID, uint64(at))
			return err
		}
		if _, err := fmt.Fprintf(l.out, "[%d]\t%s\n", th.TID, ln.text); err != nil {
			return err
		}
		at += sysdeps.Addr(ln.size)
	}
	return nil
}

func (l *lister) line(th *proc.Thread, at sysdeps.Addr, mode insn.Mode) (line, bool) {
	space := th.Process.Space
	var now line
	now.n, _ = space.ReadMemory(now.code[:], at)
	space.Table.Unpatch(now.code[:now.n], at)
	ls := l.of[space]
	if ls == nil {
		ls = &listing{lines: make(map[sysdeps.Addr]line)}
		l.of[space] = ls
	}
	known, ok := ls.lines[at]
	if ok && known.code == now.code && known.n == now.n {
		return known, true
	}
	if ok || ls.images == nil || !ls.images.Executable(at) {
		// Other code than there was: what is mapped where may have changed.
		if maps, err := proc.Maps(th.Process.LiveTID()); err == nil {
			ls.images = proc.Images(th.TID, maps, space, l.files, &l.where)
		}
	}
	text, size, err := insn.TextX86(now.code[:now.n], mode, uint64(at), ls.name)
	if err != nil {
		return line{}, false
	}
	now.size, now.text = size, fmt.Sprintf("%#x\t%s", uint64(at), text)
	now.text += ls.place(at)
	if len(ls.lines) == maxLines {
		clear(ls.lines)
	}
	ls.lines[at] = now
	return now, true
}

// place tells what an address is in: the function, or at least the file.
func (ls *listing) place(at sysdeps.Addr) string {
	if name, begin := ls.name(uint64(at)); name != "" {
		return fmt.Sprintf("\t# %s+%#x", name, uint64(at)-begin)
	}
	if ls.images != nil {
		if img, _ := ls.images.Find(at); img != nil {
			return fmt.Sprintf("\t# %s+%#x", printable(path.Base(img.Name)), img.Link(at))
		}
	}
	return ""
}

// name returns the function whose code is at an address, and where it begins.
func (ls *listing) name(a uint64) (string, uint64) {
	if ls.images == nil {
		return "", 0
	}
	name, start := symbolize.Code(ls.images, sysdeps.Addr(a), false)
	return printable(name), uint64(start)
}

// printable makes a name fit for a terminal.
func printable(name string) string {
	return strings.Map(func(r rune) rune {
		if !unicode.IsPrint(r) {
			return '?'
		}
		return r
	}, name)
}

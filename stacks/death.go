package stacks

import (
	"encoding/json"
	"fmt"
	"io"

	"sonde/cli"
)

// Text writes how a process has ended, for people: the signal, the registers, and the
// stack of the thread that got it.
func (d *Death) Text(w io.Writer, o TextOptions) error {
	b := fmt.Appendf(nil, "Process %d", d.PID)
	if d.Program != "" {
		b = append(append(b, ": "...), cli.Printable(d.Program)...)
	}
	b = append(b, '\n')
	if len(d.Threads) == 0 {
		b = fmt.Appendf(b, "killed by %s%s, which gives nobody the time to look at it\n", d.Signal, d.dumped())
		_, err := w.Write(b)
		return err
	}
	t := &d.Threads[0]
	b = fmt.Appendf(b, "Thread %d", t.TID)
	if t.Name != "" {
		b = fmt.Appendf(b, " %q", t.Name)
	}
	b = fmt.Appendf(b, " killed by %s%s %s\n", d.Signal, d.dumped(), d.Siginfo)
	if d.Fault != nil {
		b = append(b, "Address"...)
		if d.Fault.Address != nil {
			b = fmt.Appendf(b, " %#x", uint64(*d.Fault.Address))
		}
		b = append(append(b, ": "...), d.Fault.What+"\n"...)
	}
	b = d.appendRegisters(b)
	b = d.appendCode(b, t.PtrSize)
	b = o.appendFrames(b, t)
	if d.CoreFile != "" {
		b = fmt.Appendf(b, "Core file: %s\n", cli.Printable(d.CoreFile))
	}
	_, err := w.Write(b)
	return err
}

func (d *Death) dumped() string {
	if d.Dumped {
		return " (core dumped)"
	}
	return ""
}

// appendRegisters appends the registers, four to a line.
func (d *Death) appendRegisters(b []byte) []byte {
	const perLine = 4
	for i, r := range d.Registers {
		b = fmt.Appendf(b, "%6s %#-18x", r.Name, r.Value)
		if i%perLine == perLine-1 || i == len(d.Registers)-1 {
			for len(b) > 0 && b[len(b)-1] == ' ' {
				b = b[:len(b)-1]
			}
			b = append(b, '\n')
		}
	}
	return b
}

// JSON writes it in one line.
func (d *Death) JSON(w io.Writer) error { return json.NewEncoder(w).Encode(d) }

package main

import (
	"errors"
	"fmt"
	"io"
	"os"

	"sonde/cli"
	"sonde/corefile"
	"sonde/stacks"
)

// resolve names the stacks that fstack --raw has written into a file, or that come from
// standard input.
func (o *options) resolve(out *output) error {
	in, name := os.Stdin, "standard input"
	if o.symbolize != "-" {
		f, err := os.Open(o.symbolize)
		if err != nil {
			return err
		}
		defer f.Close()
		in, name = f, cli.Printable(o.symbolize)
	}
	r := stacks.NewRawReader(in)
	with := stacks.NewResolver(corefile.Places{Exe: o.exe, Sysroot: o.sysroot}, &o.Options)
	told := make(map[string]bool) // each sample says it of the same files
	for {
		p, err := r.Next()
		switch {
		case err == io.EOF:
			return nil
		case err != nil:
			err = fmt.Errorf("read %s: %w", name, err)
			if !errors.Is(err, stacks.ErrNotRaw) {
				return err
			}
			out.add(nil, err)
			continue
		}
		with.Resolve(p)
		for _, err := range p.Damage {
			if text := err.Error(); !told[text] {
				told[text] = true
				complain(err)
			}
		}
		p.Damage = nil
		out.add(p, nil)
	}
}

package stacks

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"

	"sonde/cli"
)

// Bounds of what is read: a line is a process, of which ten thousand threads have some
// 40 MB.
const (
	maxRawLine    = 256 << 20
	maxRawModules = 1 << 16
	maxRawParts   = 1 << 18
)

// ErrNotRaw says that a file is not what fstack --raw writes.
var ErrNotRaw = errors.New("not what fstack --raw writes")

// RawReader reads stacks without names. Nothing of what it reads is believed.
type RawReader struct {
	lines *bufio.Scanner
	line  int
}

// NewRawReader returns what reads them from r.
func NewRawReader(r io.Reader) *RawReader {
	s := bufio.NewScanner(r)
	s.Buffer(nil, maxRawLine)
	return &RawReader{lines: s}
}

// Next returns the next process, io.EOF behind the last one. An error that wraps ErrNotRaw
// is of one line; those behind it can be read.
func (r *RawReader) Next() (*Process, error) {
	if !r.lines.Scan() {
		if err := r.lines.Err(); err != nil {
			return nil, fmt.Errorf("line %d: %w", r.line+1, err)
		}
		return nil, io.EOF
	}
	r.line++
	p := new(Process)
	err := json.Unmarshal(r.lines.Bytes(), p)
	if err == nil {
		err = p.checkRaw()
	}
	if err != nil {
		return nil, fmt.Errorf("line %d: %w: %w", r.line, ErrNotRaw, err)
	}
	return p, nil
}

// checkRaw holds that a process makes sense, and that what is printed of it does no harm.
func (p *Process) checkRaw() error {
	switch {
	case p.Raw != rawVersion:
		return fmt.Errorf("its version is %d, and %d is known", p.Raw, rawVersion)
	case p.PtrSize != 0 && p.PtrSize != 4 && p.PtrSize != 8:
		return fmt.Errorf("addresses of %d bytes", p.PtrSize)
	case len(p.Modules) > maxRawModules:
		return fmt.Errorf("%d modules", len(p.Modules))
	}
	parts := 0
	for i := range p.Modules {
		m := &p.Modules[i]
		if len(m.Parts) == 0 {
			return fmt.Errorf("module %q is mapped nowhere", m.Path)
		}
		for _, part := range m.Parts {
			if part.Lo >= part.Hi {
				return fmt.Errorf("module %q: a mapping from %v to %v", m.Path, part.Lo, part.Hi)
			}
		}
		if parts += len(m.Parts); parts > maxRawParts {
			return fmt.Errorf("more than %d mappings", maxRawParts)
		}
	}
	for i := range p.Threads {
		t := &p.Threads[i]
		t.PtrSize = p.PtrSize
		for _, s := range []*string{&t.Stack, &t.State, &t.Syscall, &t.Signal} {
			*s = cli.Printable(*s)
		}
		for j := range t.Frames {
			f := &t.Frames[j]
			f.Variables, f.InlinedVariables = nil, nil // which are told with names alone
			f.Guessed, f.Language = cli.Printable(f.Guessed), cli.Printable(f.Language)
		}
	}
	return nil
}

package stacks

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"sonde/cli"
)

// Folder counts the different stacks of any number of processes, from the outermost frame
// on: what flame graphs are made of. The zero value is ready.
type Folder struct{ counts map[string]int }

// Add counts the stacks of a process.
func (c *Folder) Add(p *Process) {
	if c.counts == nil {
		c.counts = make(map[string]int)
	}
	for i := range p.Threads {
		c.counts[folded(p, &p.Threads[i])]++
	}
}

// Write writes each stack in a line, and how many threads had it.
func (c *Folder) Write(w io.Writer) error {
	var b []byte
	for _, stack := range slices.Sorted(maps.Keys(c.counts)) {
		b = fmt.Appendf(b, "%s %d\n", stack, c.counts[stack])
	}
	_, err := w.Write(b)
	return err
}

// folded puts the names together. Semicolons part them, and blanks the number.
func folded(p *Process, t *Thread) string {
	name := t.Name
	switch {
	case t.Stack != "":
		name = "stack " + t.Stack
	case t.TID == 0 && t.Goroutine != 0:
		name = "goroutine"
	case name == "":
		name = fmt.Sprintf("process %d", p.PID)
	}
	names := []string{clean(name)}
	if t.Cut || t.Why != "" {
		names = append(names, "...")
	}
	for i := range slices.Backward(t.Frames) {
		f := &t.Frames[i]
		switch {
		case f.Signal:
			names = append(names, "<signal handler called>")
		case f.Function != "":
			names = append(names, clean(f.Function))
		default:
			names = append(names, clean((&TextOptions{}).text(f)))
		}
		for _, call := range slices.Backward(f.Inlined) {
			names = append(names, clean(nameOf(call.Function)))
		}
	}
	return strings.Join(names, ";")
}

func clean(s string) string { return strings.ReplaceAll(cli.Printable(s), ";", ":") }

// JSON writes a process in one line.
func JSON(w io.Writer, p *Process) error { return json.NewEncoder(w).Encode(p) }

// sortBySize puts the largest groups first, and of equals the lowest TID.
func sortBySize(all [][]*Thread) {
	slices.SortStableFunc(all, func(a, b []*Thread) int {
		return cmp.Or(cmp.Compare(len(b), len(a)), cmp.Compare(a[0].TID, b[0].TID))
	})
}

package trace

import (
	"slices"
	"strings"
	"testing"

	"sonde/descriptor"
	"sonde/filter"
	"sonde/prototype"
	"sonde/sysdeps"
)

// TestChosenSyscalls holds which calls a filter has to stop at.
func TestChosenSyscalls(t *testing.T) {
	shelf := prototype.NewShelf(prototype.ShelfOptions{
		Env: func(string) string { return "" }, Installed: []string{},
		Report: func(err error) { t.Error(err) },
	})
	for _, c := range []struct {
		arch   *sysdeps.Arch
		set    string
		change func(*Options)
		rest   bool
		except string // by name, in alphabetical order
	}{
		{sysdeps.AMD64, "all", nil, true, ""},
		{sysdeps.AMD64, "none", nil, false, ""},
		{sysdeps.AMD64, "openat,read", nil, false, "openat read"},
		{sysdeps.AMD64, "!openat,read", nil, true, "openat read"},
		{sysdeps.AMD64, "open@32", nil, false, ""},
		{sysdeps.I386, "open@32", nil, false, "open"},
		{sysdeps.I386, "bind", nil, false, "bind socketcall"},
		{sysdeps.I386, "semop", nil, false, "ipc"},
		{sysdeps.I386, "!bind", nil, true, "bind"}, // other parts of socketcall are chosen
		{sysdeps.I386, "!%network", nil, true, strings.Join(i386Network(), " ")},
		{sysdeps.AMD64, "recvfrom", func(o *Options) { o.Detail = descriptor.Paths }, false, "recvfrom"},
		{sysdeps.AMD64, "recvfrom", func(o *Options) { o.Detail = descriptor.Ends }, false, "bind recvfrom"},
		{sysdeps.I386, "read", func(o *Options) { o.Detail = descriptor.Ends }, false, "bind read socketcall"},
		{sysdeps.AMD64, "!bind,getpid", func(o *Options) { o.Detail = descriptor.Ends }, true, "getpid"},
		{sysdeps.AMD64, "close,getpid,unlink,brk", func(o *Options) { o.Paths = []string{"/tmp"} }, false, "close unlink"},
	} {
		syscalls, err := filter.ParseSyscalls(c.set)
		if err != nil {
			t.Fatal(err)
		}
		s := &Session{opt: Options{Syscalls: syscalls, Prototypes: shelf}}
		if c.change != nil {
			c.change(&s.opt)
		}
		got := s.chosenSyscalls(c.arch)
		var names []string
		for _, nr := range got.Except {
			names = append(names, c.arch.Syscalls.Name(nr))
		}
		// It always stops at what has a program fill its memory itself.
		n := len(names)
		names = slices.DeleteFunc(names, func(name string) bool { return name == "userfaultfd" })
		if n > len(names) == got.Rest {
			t.Errorf("%s of %s: rest %v, except userfaultfd: %v", c.set, c.arch.Name, got.Rest, n > len(names))
		}
		slices.Sort(names)
		if except := strings.Join(slices.Compact(names), " "); got.Rest != c.rest || except != c.except {
			t.Errorf("%s of %s: rest %v, except %q, want %v, %q", c.set, c.arch.Name, got.Rest, except, c.rest, c.except)
		}
	}
}

// i386Network are the calls of %network that i386 has.
func i386Network() (names []string) {
	class, _ := sysdeps.SyscallClass("network")
	for _, name := range class {
		if _, ok := sysdeps.I386.Syscalls.Number(name); ok {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

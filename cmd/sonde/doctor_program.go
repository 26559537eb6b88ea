package main

import (
	"errors"
	"os"

	"sonde/cli"
	"sonde/elfsym"
	"sonde/filter"
	"sonde/trace"
)

// program tells of a program's file what would be traced of it.
func (d *doctor) program(name string) {
	path, err := cli.FindProgram(name, os.Getenv("PATH"))
	if err != nil {
		d.bad(name, err.Error(), "")
		return
	}
	if info, err := os.Stat(path); err == nil && info.Mode()&(os.ModeSetuid|os.ModeSetgid) != 0 {
		if os.Geteuid() == 0 {
			d.note(path, "it takes another user's rights when it is run, and has root's under sonde anyway", "-u USER runs it as USER, with its effect")
		} else {
			d.note(path, "it takes another user's rights when it is run, but not while it is traced (execve(2))", "run sonde as root with -u USER")
		}
	}
	listing, err := lister(filter.DefaultCalls()).File(path)
	switch {
	case listing != nil:
		d.modules(path, &cli.Target{File: path})
		d.listing(path, listing, err)
	case errors.Is(err, trace.ErrNoProgram):
		d.note(path, err.Error(), "sonde traces what runs it")
	case errors.Is(err, elfsym.ErrMachine):
		d.bad(path, err.Error(), "sonde traces programs for x86-64 and i386")
	default:
		d.bad(path, err.Error(), "")
	}
}

// lister tells which calls would be traced.
func lister(calls *filter.Filter) *trace.Lister {
	return &trace.Lister{Calls: calls, Search: librarySearch()}
}

// listing tells how many places would be traced of what a program is made of.
func (d *doctor) listing(about string, listing *trace.Listing, err error) {
	if listing == nil || err != nil {
		d.note(about, err.Error(), "")
	}
	if listing == nil {
		return
	}
	n := 0
	for i := range listing.Places {
		if listing.Places[i].Kind != trace.ViaData {
			n++
		}
	}
	if why := listing.Unmet(); why != nil {
		d.note(about, why.Error(), "")
	} else {
		d.good(about, "%s of it that call libraries would be traced (--list tells which; with -e '@*' those in its libraries, too)", count(n, "place"))
	}
}

package main

import (
	"errors"
	"fmt"
	"os"
	"os/user"
	"strconv"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/sysdeps/ptrace"
)

// program makes of the command line the program to be launched, or nil if there
// is none to be. status is the exit status that goes with the error.
func program(o *options) (prog *ptrace.Program, status int, err error) {
	if len(o.Command) == 0 {
		return nil, 0, nil
	}
	path, err := cli.FindProgram(o.Command[0], os.Getenv("PATH"))
	if err != nil {
		return nil, cli.FindStatus(err), err
	}
	prog = &ptrace.Program{Path: path, Args: o.Command, Env: os.Environ(), In: ptrace.Inherit()}
	if o.User != "" {
		if prog.Cred, err = credential(o.User); err != nil {
			return nil, cli.ExitSetup, err
		}
	}
	return prog, 0, nil
}

// credential looks up the user of -u, by name or number.
func credential(name string) (*ptrace.Credential, error) {
	if os.Geteuid() != 0 {
		return nil, fmt.Errorf("-u %s: %w: only root may run a program as another user", name, unix.EPERM)
	}
	u, err := user.Lookup(name)
	if err != nil {
		if u, err = user.LookupId(name); err != nil {
			return nil, fmt.Errorf("-u %s: there is no such user", name)
		}
	}
	ids, err := u.GroupIds()
	if err != nil {
		return nil, fmt.Errorf("-u %s: groups: %w", name, err)
	}
	c := &ptrace.Credential{}
	if c.UID, err = id(u.Uid); err == nil {
		c.GID, err = id(u.Gid)
	}
	for _, g := range ids {
		n, e := id(g)
		err = errors.Join(err, e)
		c.Groups = append(c.Groups, n)
	}
	if err != nil {
		return nil, fmt.Errorf("-u %s: %w", name, err)
	}
	return c, nil
}

func id(s string) (uint32, error) {
	n, err := strconv.ParseUint(s, 10, 32)
	return uint32(n), err
}

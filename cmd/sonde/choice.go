package main

import (
	"fmt"
	"path/filepath"
	"slices"
	"strings"

	"sonde/cli"
	"sonde/filter"
	"sonde/sysdeps"
	"sonde/trace"
)

// chooseEndings reads the options that choose calls by how they end.
func (o *options) chooseEndings(what *trace.Options) error {
	status := o.status()
	if len(status) == 0 {
		return nil
	}
	ends, err := parseSet("--status", status, filter.ParseStatus)
	if err == nil && !ends.All() {
		what.Status = &ends
	}
	return err
}

// chooseSyscalls reads the options that choose system calls.
func (o *options) chooseSyscalls(what *trace.Options) (err error) {
	if !o.System && !o.choosesSyscalls() {
		return nil
	}
	what.Seccomp = o.Seccomp
	calls := o.Syscalls
	if len(calls) == 0 {
		calls = []string{"all"}
	}
	if what.Syscalls, err = parseSet("--syscalls", calls, filter.ParseSyscalls); err != nil {
		return err
	}
	if len(o.FDs) > 0 {
		fds, err := parseSet("--fds", o.FDs, filter.ParseDescriptors)
		if err != nil {
			return err
		}
		what.Descriptors = &fds
	}
	what.Paths = spellings(o.Paths)
	return nil
}

// choosesSyscalls tells whether some system calls are asked for: by options that are about
// them alone, or by how calls end where no function has been asked for.
func (o *options) choosesSyscalls() bool {
	if len(o.Syscalls)+len(o.Paths)+len(o.FDs) > 0 {
		return true
	}
	return len(o.status()) > 0 && len(o.Calls)+len(o.Entries)+len(o.Libraries) == 0
}

// status returns the sets of --status, which -z and -Z are short for.
func (o *options) status() []string {
	switch {
	case o.Succeeded:
		return []string{"successful"}
	case o.Failed:
		return []string{"failed"}
	}
	return o.Status
}

// shownSignals reads --signals; nil is all.
func (o *options) shownSignals() (*filter.Signals, error) {
	if len(o.Signals) == 0 {
		return nil, nil
	}
	set, err := parseSet("--signals", o.Signals, filter.ParseSignals)
	return &set, err
}

// parseSet reads the sets that an option was given, which together are one.
func parseSet[T any](option string, sets []string, parse func(string) (T, error)) (T, error) {
	set, err := parse(strings.Join(sets, ","))
	if err != nil {
		err = fmt.Errorf("%s: %w", option, err)
	}
	return set, err
}

// spellings returns paths as they are and as the kernel has them, of which a program
// may use the one and its descriptors lead to the other.
func spellings(paths []string) []string {
	var all []string
	add := func(path string) {
		if !slices.Contains(all, path) {
			all = append(all, path)
		}
	}
	for _, path := range paths {
		add(path)
		whole, err := filepath.Abs(path)
		if err != nil {
			continue
		}
		if real, err := filepath.EvalSymlinks(whole); err == nil {
			whole = real
		}
		add(whole)
	}
	return all
}

// straceExpressions are what strace's -e takes before a '=' (strace(1)), and what
// stands for that here: where it ends in '=', with the set behind it.
var straceExpressions = []struct{ names, instead string }{
	{"trace t", "--syscalls="},
	{"signal signals s", "--signals="},
	{"status", "--status="},
	{"fds fd trace-fds", "--fds="},
	{"abbrev a verbose v", "-v for whole structures"},
	{"read reads r write writes w", "-s N for longer strings"},
	{"decode-fds decode-fd raw x inject fault quiet silent silence kvm decode-pids decode-pid namespace", ""},
}

// straceOptions are the long names of strace's that no name here is near to, and those that
// users would expect of letters.
var straceOptions = map[string]string{
	"follow": "-f", "pid": "-p", "system": "-S", "syscall": "--syscalls",
	"trace": "--syscalls", "trace-path": "-P", "trace-fds": "--fds", "successful-only": "-z", "failed-only": "-Z",
	"no-abbrev": "-v", "string-limit": "-s", "follow-forks": "-f", "attach": "-p", "user": "-u",
	"stack-traces": "-k",
}

// refuseStrace refuses what strace's users are used to: -e is a filter of calls of
// libraries here, none of whose names has the form.
func refuseStrace(exprs []string) error {
	for _, expr := range exprs {
		name, set, ok := strings.Cut(expr, "=")
		if !ok && sysdeps.ErrnoByName(expr) != 0 {
			return fmt.Errorf("-e %s: that is an error; calls that fail with it are chosen by --status=%s", expr, expr)
		}
		if !ok {
			if strings.HasPrefix(strings.TrimLeft(expr, "!"), "%") {
				return fmt.Errorf("-e %s: classes of system calls are chosen by --syscalls=%s", cli.Quote(expr), cli.Quote(expr))
			}
			continue
		}
		for _, e := range straceExpressions {
			if !slices.Contains(strings.Fields(e.names), name) {
				continue
			}
			switch {
			case e.instead == "":
				return fmt.Errorf("-e %s: that is strace's, and sonde has no equivalent (-e takes calls of libraries)", cli.Quote(expr))
			case strings.HasSuffix(e.instead, "="):
				return fmt.Errorf("-e %s: that is strace's; the equivalent is %s%s", cli.Quote(expr), e.instead, cli.Quote(set))
			}
			return fmt.Errorf("-e %s: that is strace's; the nearest is %s", cli.Quote(expr), e.instead)
		}
	}
	return nil
}

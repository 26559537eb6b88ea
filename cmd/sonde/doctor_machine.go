package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"time"

	"sonde/cli"
	"sonde/prototype"
	"sonde/regress"
	"sonde/symname"
)

// raceLoop is for how long each race is looked for: enough to find what always happens.
const raceLoop = 50 * time.Millisecond

// machine tells what this machine lets a tracer do.
func (d *doctor) machine() {
	ctx := context.Background()
	suite := &regress.Suite{Jobs: runtime.NumCPU(), Loop: raceLoop}
	m, err := regress.Look(ctx, suite)
	if err != nil {
		d.bad("machine", err.Error(), "")
		return
	}
	d.rights(m)
	d.abilities(m)
	d.prototypes()
	d.debugFiles()
	if m.Lacks[regress.Tracing] == "" {
		d.kernel(ctx, suite, m)
	}
}

// rights tells what may be traced.
func (d *doctor) rights(m *regress.Machine) {
	if why := m.Lacks[regress.Tracing]; why != "" {
		remedy := "try outside of what forbids it (a sandbox, a seccomp filter, a security module)"
		if m.Container != "" {
			remedy = "give the container the right: docker run --cap-add=SYS_PTRACE, and --security-opt seccomp=unconfined on kernels before 4.8"
		}
		if m.Tracer != 0 {
			remedy = fmt.Sprintf("run sonde where process %d, which traces it, does not", m.Tracer)
		}
		d.bad("tracing", "no program can be traced: "+why, remedy)
		return
	}
	d.good("tracing", "programs that sonde launches can be traced")
	caps, _ := strconv.ParseUint(m.Caps, 16, 64)
	able := caps&cli.CapSysPtrace != 0
	switch {
	case m.Yama == 3:
		d.bad("attaching", "Yama forbids it to everybody (kernel.yama.ptrace_scope is 3), until the machine is booted anew", "launch the program by sonde, if that is allowed")
	case able && m.UserNS:
		d.note("attaching", "processes of this user namespace alone can be attached to (-p)", "run sonde in the namespace that the others were started in")
	case able:
		d.good("attaching", "all processes can be attached to (-p)")
	case m.Yama == 2:
		d.bad("attaching", "Yama allows it to CAP_SYS_PTRACE alone (kernel.yama.ptrace_scope is 2)", "run sonde as root")
	case m.Yama == 1:
		d.note("attaching", "Yama allows it for one's own descendants alone (kernel.yama.ptrace_scope is 1)", "run sonde as root, or as root: sysctl kernel.yama.ptrace_scope=0")
	default:
		d.note("attaching", fmt.Sprintf("the processes of user %d can be attached to (-p), as far as they are dumpable; not those of others", m.UID), "run sonde as root for others")
	}
}

// optional are abilities of kernels that something of Sonde's does not work without.
var optional = []struct {
	need          regress.Need
	about, absent string
}{
	{regress.IA32, "32-bit programs", "32-bit programs do not run"},
	{regress.Filters, "seccomp filters", "--seccomp-bpf does not work"},
	{regress.SyscallInfo, "PTRACE_GET_SYSCALL_INFO", "what system calls are is read from registers and code"},
	{regress.ProcessVM, "process_vm_readv", "memory is read through /proc, more slowly"},
	{regress.TwoCPUs, "processors", "tracer and program share one processor, as with --pin"},
}

// abilities tells what works beside tracing as such.
func (d *doctor) abilities(m *regress.Machine) {
	if why := m.Lacks[regress.ForcedMem]; why != "" { // the one way to plant breakpoints
		d.bad("breakpoints", "calls of functions cannot be traced, as code cannot be written through /proc/PID/mem: "+why, "-L -S traces system calls")
	} else {
		d.good("breakpoints", "there")
	}
	for _, o := range optional {
		if why := m.Lacks[o.need]; why != "" {
			d.note(o.about, o.absent+": "+why, "")
		} else {
			d.good(o.about, "there")
		}
	}
}

// prototypes tells which files of the user's say what functions take, and what is wrong in
// them.
func (d *doctor) prototypes() {
	wrong := 0
	shelf := prototype.NewShelf(prototype.ShelfOptions{Demangle: demangled, Nearest: symname.Nearest, Report: func(err error) {
		wrong++
		d.bad("prototypes", err.Error(), "see sonde.conf(5); the declaration does not count")
	}})
	if shelf.Lookup("libc.so.6", "malloc", "") == nil {
		d.bad("prototypes", "nothing is known of malloc", "")
		return
	}
	if wrong == 0 {
		d.good("prototypes", "the files can be read")
	}
}

// debugFiles tells whether there are files of debugging information for installed programs.
func (d *doctor) debugFiles() {
	const dir = "/usr/lib/debug/.build-id"
	entries, err := os.ReadDir(dir)
	n := 0
	for _, e := range entries {
		files, _ := filepath.Glob(filepath.Join(dir, e.Name(), "*.debug"))
		n += len(files)
	}
	switch {
	case err != nil || n == 0:
		d.note("debugging information", "there is none below "+dir+": functions that no library exports have no names, and -kk no lines, in programs without their own",
			"install packages as libc6-dbg, or NAME-dbgsym (https://wiki.debian.org/AutomaticDebugPackages)")
	default:
		d.good("debugging information", "%d files below %s (fdebuginfo PROGRAM tells which are used)", n, dir)
	}
}

// kernel tries what Sonde relies on.
func (d *doctor) kernel(ctx context.Context, suite *regress.Suite, m *regress.Machine) {
	report := &regress.Report{Machine: m}
	held, skipped := 0, 0
	err := suite.Run(ctx, m, regress.Relied(), func(r regress.Result) bool {
		report.Results = append(report.Results, r)
		switch r.Verdict {
		case regress.Pass:
			held++
		case regress.Skip:
			skipped++
		case regress.Error:
			d.note("kernel", r.ID+" could not be tried: "+r.Reason, "")
		}
		return true
	})
	if err != nil {
		d.bad("kernel", "it cannot be tried: "+err.Error(), "")
		return
	}
	for _, c := range report.Consequences() {
		f := finding{Mark: problem, About: "kernel", Remedy: "fsystest -v " + c.ID + " shows the steps; another version of the kernel may help"}
		f.Text = fmt.Sprintf("it is not so that %s (%s: %s); what is not reliable then: %s", c.Title, c.ID, c.Reason, c.Relies)
		if c.Verdict == regress.XFail {
			f.Mark = note
		}
		d.tell(f)
	}
	what := ""
	if skipped > 0 {
		what = fmt.Sprintf("; %d cannot be tried here", skipped)
	}
	d.good("kernel", "Linux %s keeps %d promises that Sonde relies on%s", strings.TrimSpace(m.Release), held, what)
}

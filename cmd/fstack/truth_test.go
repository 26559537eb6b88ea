package main

import (
	"cmp"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"text/tabwriter"

	"sonde/internal/testkit"
	"sonde/stacks"
)

// truths are programs, the ways in which they are started, and the situations that they
// get into: each is a row of the table that TestTruth prints.
var truths = []struct {
	program    string // in testdata; a directory is a Go program
	flags      string
	way        string // of preparing; "" for none
	situations string // by commas
}{
	{"truth.c", "-O2", "", "syscall,handler,alternate,nested,fault,nil,overflow,deep,noreturn,sized,aligned,many,tail,callback,exit,longjmp,thread,vfork,framed,frameless,coroutine,plt 0,plt 1,plt 2,prologue 0,prologue 1,prologue 2,prologue 3,epilogue,pointer,vdso,vdso 5"},
	{"truth.c", "-O0", "", "syscall,alternate,nil,callback,thread,plt,prologue 2,epilogue"},
	{"truth.c", "-O3", "", "syscall,handler,sized,aligned,noreturn,epilogue"},
	{"truth.c", "-O2 -fomit-frame-pointer -fno-stack-protector", "", "many,deep,prologue 3,epilogue"},
	{"truth.c", "-O1 -fno-omit-frame-pointer", "", "alternate,nil,prologue 1,epilogue"},
	{"truth.c", "-O2 -no-pie", "", "syscall,handler,plt"},
	{"truth.c", "-O2 -static", "", "handler,nested,nil,thread,coroutine,vdso"},
	{"truth.c", "-O2 -static-pie", "", "alternate,callback,exit"},
	{"truth.c", "-O2 -m32", "", "syscall,handler,alternate,nested,fault,nil,overflow,sized,aligned,callback,thread,frameless,framed,coroutine,plt 0,plt 1,prologue 2,epilogue,vdso"},
	{"truth.c", "-O1 -m32 -static", "", "handler,nested,thread,prologue 1"},
	{"truth.c", "-O2 -Wl,-z,lazy -fcf-protection=none", "", "plt 0,plt 1,plt 2,plt 3,plt 4,plt 5,plt 12,plt 100"},
	{"truth.c", "-O2 -Wl,-z,lazy -fcf-protection=full", "", "plt 0,plt 1,plt 2,plt 3,plt 4,plt 5,plt 12,plt 100"},
	{"truth.c", "-O2 -fno-plt -Wl,-z,now", "", "plt 0,callback"},
	{"truth.c", "-O2 -mindirect-branch=thunk -fcf-protection=none", "", "nil,pointer 0,pointer 1,pointer 2,pointer 3"},
	{"truth.c", "-O1 -fsplit-stack", "", "deep,thread,handler"},
	{"truth.c", "-O2 -fsanitize=address", "", "callback,sized"},
	{"truth.c", "-O2 -pg", "", "many,epilogue"},
	{"truth.c", "-O2 -flto", "", "callback,deep"},
	{"truth.c", "-O2 -fuse-ld=gold", "", "nested,plt"},
	{"truth.c", "CC=clang -O2", "", "handler,nil,sized,aligned,tail,coroutine,plt,epilogue"},
	{"truth.c", "CC=clang -O2 -fuse-ld=lld", "", "alternate,plt 1"},
	{"truth.c", "CC=musl-gcc -O2 -DNO_UCONTEXT", "", "syscall,handler,nested,callback,thread,vdso"},
	{"truth.c", "CC=musl-gcc -O2 -DNO_UCONTEXT -static", "", "handler,thread"},
	{"truth.c", "-O2 -fno-asynchronous-unwind-tables", "", "syscall,handler,sized,aligned,noreturn,prologue 2,epilogue"},
	{"truth.c", "-O2", "without .eh_frame", "syscall,handler,nil,callback,deep,noreturn,prologue 2,epilogue"},
	{"truth.c", "-O1 -fno-omit-frame-pointer", "without .eh_frame", "handler,deep,sized"},
	{"truth.c", "-O2 -m32", "without .eh_frame", "syscall,handler,deep"},
	{"truth.c", "-O2", "stripped", "handler,callback"},
	{"truth.c", "-O2", "without section headers", "alternate,callback"},
	{"truth.c", "-O2", "stopped", "handler"},
	{"truth.c", "-O2", "deleted", "handler,callback"},
	{"truth.c", "-O2", "replaced", "handler,callback"},
	{"truth.c", "-O2", "in another mount namespace", "handler,callback"},
	{"truth.c", "-O2", "in another pid namespace", "handler,thread"},
	{"truth.c", "-O2", "in another root", "handler,callback"},
	{"truth.cc", "-O2", "", "virtual,lambda,terminate,cleanup,catch,static"},
	{"truth.cc", "-O0 -static", "", "virtual,cleanup"},
	{"truth.cc", "-O2 -m32", "", "terminate,cleanup"},
	{"truth.cc", "CC=clang -O2", "", "lambda,cleanup"},
	{"truth.rs", "CC=rustc -O", "", "trait,callback,panic"},
	{"truth.rs", "CC=rustc", "", "trait,panic"},
	{"truth_go", "CGO_ENABLED=0", "", "main,goroutine,defer,callback"},
	{"truth_go", "CGO_ENABLED=0 -ldflags=-s", "", "goroutine"},
	{"truth_go", "CGO_ENABLED=0 -buildmode=pie", "", "goroutine"},
	{"truth_go", "CGO_ENABLED=0 GOARCH=386", "", "goroutine"},
}

// TestTruth holds stacks against what programs know of their own: for each function the
// address that it returns to. It prints how eu-stack and gdb do.
func TestTruth(t *testing.T) {
	var table strings.Builder
	w := tabwriter.NewWriter(&table, 0, 0, 2, ' ', 0)
	fmt.Fprintln(w, "program\tsituation\tfstack\teu-stack\tgdb")
	rows := 0
	for _, p := range truths {
		for situation := range strings.SplitSeq(p.situations, ",") {
			name := strings.Join(strings.Fields(p.program+" "+p.flags+" "+p.way), " ")
			t.Run(name+" "+situation, func(t *testing.T) {
				s := startWitness(t, p.program, strings.Fields(p.flags), p.way, situation)
				ours := s.ours(t)
				fmt.Fprintf(w, "%s\t%s\t%s", name, situation, ours.told)
				for _, peer := range []func(*testing.T) verdict{s.euStack, s.gdb} {
					v := verdict{told: "not asked"}
					if !testing.Short() {
						v = peer(t)
					}
					if v.told == right && v.frames > ours.frames {
						v.told = "goes on beyond the end"
					}
					fmt.Fprintf(w, "\t%s", v.told)
				}
				fmt.Fprintln(w)
				rows++
			})
		}
	}
	w.Flush()
	t.Logf("%d rows\n%s", rows, table.String())
}

// witness is a program that waits and has told its stack.
type witness struct {
	pid, tid int
	truth    []fact
	named    bool // the functions of the program have names
}

// fact is a line of what a program tells (testdata/truth.h).
type fact struct {
	what, name string
	addr       uint64
}

// frame is one as a tool tells it. That of a signal may have no pc; nor has what gdb finds
// where a line begins, or inlined.
type frame struct {
	pc     uint64
	name   string
	signal bool
	vague  bool
}

// verdict is what comes of comparing.
type verdict struct {
	told   string // "right", or what is wrong
	frames int
}

const right = "right"

// startWitness builds and prepares a program, and starts it.
func startWitness(t *testing.T, program string, flags []string, way, name string) *witness {
	t.Helper()
	if name == "static" {
		t.Setenv("TRUTH_STATIC", "1")
	}
	path := ""
	if filepath.Ext(program) == "" {
		path = testkit.BuildGo(t, "testdata/"+program, flags...)
	} else {
		if filepath.Ext(program) != ".rs" {
			flags = append(flags, "-pthread")
		}
		path = testkit.Build(t, "testdata/"+program, flags...)
	}
	command, started := prepare(t, path, way)
	p := testkit.Start(t, "stdout", nil, command[0], append(command[1:], strings.Fields(name)...)...)
	s := &witness{pid: p.PID, named: way != "stripped" && way != "without section headers"}
	for {
		line, ok := p.Next(t)
		if !ok {
			t.Fatalf("the program ended after %q", p.Lines)
		}
		if line == "ready" {
			break
		}
		f := parseFact(t, line)
		if f.what == "tid" {
			s.tid = int(f.addr)
		} else {
			s.truth = append(s.truth, f)
		}
	}
	if len(s.truth) < 2 {
		t.Fatalf("the program says only %q", p.Lines)
	}
	started(s)
	return s
}

func parseFact(t *testing.T, line string) (f fact) {
	t.Helper()
	words := strings.Fields(line)
	f.what = words[0]
	if len(words) > 2 || f.what == "name" {
		f.name = words[1]
	}
	if f.what != "name" {
		var err error
		if f.addr, err = strconv.ParseUint(words[len(words)-1], 0, 64); err != nil {
			t.Fatal(err)
		}
	}
	return f
}

// prepare returns the command that starts a program in a way, and what is to be done when
// it has told its stack.
func prepare(t *testing.T, path, way string) (command []string, started func(s *witness)) {
	t.Helper()
	command, started = []string{path}, func(*witness) {}
	if way == "" {
		return command, started
	}
	dir := t.TempDir()
	mine := filepath.Join(dir, "truth")
	run := func(args ...string) {
		t.Helper()
		if out, err := exec.Command(args[0], args[1:]...).CombinedOutput(); err != nil {
			t.Fatalf("%q: %v: %s", args, err, out)
		}
	}
	root := func() {
		if os.Getuid() != 0 {
			t.Skip("namespaces and other roots want a privileged user")
		}
	}
	run("cp", path, mine)
	command[0] = mine
	switch way {
	case "without .eh_frame":
		run("objcopy", "-R", ".eh_frame", "-R", ".eh_frame_hdr", mine)
	case "stripped":
		run("strip", mine)
	case "without section headers":
		run("strip", mine)
		cutSections(t, mine)
	case "stopped":
		started = func(s *witness) {
			if err := syscall.Kill(s.pid, syscall.SIGSTOP); err != nil {
				t.Fatal(err)
			}
			testkit.Await(t, "the process stops", func() bool {
				all, err := testkit.Threads(s.pid)
				return err == nil && all[0].State == 'T'
			})
		}
	case "deleted":
		started = func(*witness) { run("rm", mine) }
	case "replaced":
		other := testkit.Build(t, "testdata/truth.c", "-O1", "-pthread", "-DOTHER")
		started = func(*witness) { run("cp", "--remove-destination", other, mine) }
	case "in another mount namespace":
		root()
		command = []string{"unshare", "--mount", "sh", "-c", `mount -t tmpfs none /mnt && cp "$0" /mnt/truth && exec /mnt/truth "$@"`, mine}
	case "in another pid namespace":
		root()
		command = append([]string{"unshare", "--pid", "--fork", "--mount-proc"}, mine)
		started = func(s *witness) {
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%[1]d/children", s.pid))
			if err != nil {
				t.Fatal(err)
			}
			inner := s.tid
			if s.pid, err = strconv.Atoi(strings.TrimSpace(string(text))); err != nil {
				t.Fatal(err)
			}
			s.tid = outerTID(t, s.pid, inner)
		}
	case "in another root":
		root()
		out, err := exec.Command("ldd", path).Output()
		if err != nil {
			t.Fatal(err)
		}
		for _, library := range regexp.MustCompile(`/\S+`).FindAllString(string(out), -1) {
			run("sh", "-c", `mkdir -p "$(dirname "$0$1")" && cp -L "$1" "$0$1"`, dir, library)
		}
		command = []string{"chroot", dir, "/truth"}
	default:
		t.Fatalf("%s: there is no such way", way)
	}
	return command, started
}

// cutSections makes a 64-bit file one without section headers.
func cutSections(t *testing.T, path string) {
	t.Helper()
	p, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	clear(p[40:48]) // e_shoff
	clear(p[60:64]) // e_shnum, e_shstrndx
	if err := os.WriteFile(path, p, 0o755); err != nil {
		t.Fatal(err)
	}
}

// outerTID returns the thread that has a TID in the namespace of its process.
func outerTID(t *testing.T, pid, inner int) int {
	t.Helper()
	all, err := testkit.Threads(pid)
	if err != nil {
		t.Fatal(err)
	}
	for _, th := range all {
		text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", th.TID))
		if err == nil && regexp.MustCompile(fmt.Sprintf(`(?m)^NSpid:.*\t%d$`, inner)).Match(text) {
			return th.TID
		}
	}
	t.Fatalf("process %d has no thread %d in its namespace", pid, inner)
	return 0
}

// judge holds frames against the truth.
func (s *witness) judge(frames []frame) verdict {
	v := verdict{told: right}
	for _, f := range frames {
		if !f.vague {
			v.frames++
		}
	}
	if what := s.wrong(frames); what != "" {
		v.told = what
	}
	return v
}

// wrong tells what is wrong with frames; "" for nothing.
func (s *witness) wrong(frames []frame) string {
	if len(frames) == 0 {
		return "no frames"
	}
	own := make(map[string]bool)
	for _, f := range s.truth {
		own[f.name] = f.name != ""
	}
	i, next := 0, false // where the walk is, and whether what comes must follow it
	for _, f := range s.truth {
		j := i
		switch {
		case f.what == "name":
			for j < len(frames) && base(frames[j].name) != f.name {
				j++
			}
		case next && f.what == "back":
			j++
		case f.what == "at": // the frame before is the signal's
			if j++; j < len(frames) && frames[j].vague {
				frames[j].pc = f.addr
			}
		case f.what == "call":
			// With -fsplit-stack, what goes over to another piece of stack returns there.
			for j < len(frames) && frames[j].name == "__morestack" {
				j++
			}
			j++
			fallthrough
		default:
			for j < len(frames) && !frames[j].at(f.addr) {
				j++
			}
		}
		if j >= len(frames) || f.what != "name" && !frames[j].at(f.addr) {
			return fmt.Sprintf("lost at %s", cmp.Or(f.name, f.what))
		}
		if f.what == "call" {
			if name := base(frames[j-1].name); s.named && name != f.name {
				return fmt.Sprintf("%s is called %s", f.name, cmp.Or(name, "nothing"))
			}
		}
		for _, skipped := range frames[i:max(j-1, i)] {
			if own[base(skipped.name)] {
				return fmt.Sprintf("%s comes too early", skipped.name)
			}
		}
		i, next = j, f.what == "back" || f.what == "at"
		if f.what == "name" {
			i++
		}
	}
	for _, f := range frames[min(i, len(frames)):] {
		if own[base(f.name)] {
			return fmt.Sprintf("%s comes once more", f.name)
		}
	}
	return ""
}

// at tells whether a frame is at an address, as far as the tool says.
func (f *frame) at(addr uint64) bool { return f.pc == addr || f.signal && f.pc == 0 }

var rustHash = regexp.MustCompile(`::h[0-9a-f]{16}$`)

// base returns a function's name without what C++, Rust and compilers put around it.
func base(name string) string {
	if strings.Contains(name, "operator()") {
		return "operator()"
	}
	name, _, _ = strings.Cut(rustHash.ReplaceAllString(name, ""), "(")
	if i := strings.LastIndex(name, "::"); i >= 0 {
		name = name[i+len("::"):]
	}
	if dot := strings.IndexByte(name, '.'); dot > 0 {
		name = name[:dot]
	}
	return name
}

// ours asks fstack, and fails the test unless it is right, to the end of the stack, and
// has not guessed.
func (s *witness) ours(t *testing.T) verdict {
	t.Helper()
	if s.tid == 0 {
		s.tid = s.pid
	}
	p := process(t, "-n", "all", strconv.Itoa(s.tid))
	i := slices.IndexFunc(p.Threads, func(th stacks.Thread) bool { return th.TID == s.tid })
	if i < 0 {
		t.Fatalf("there is no thread %d", s.tid)
	}
	th := &p.Threads[i]
	var frames []frame
	guessed := 0
	for _, f := range th.Frames {
		frames = append(frames, frame{pc: uint64(f.PC), name: f.Function, signal: f.Signal})
		if f.Guessed != "" {
			guessed++
		}
	}
	v := s.judge(frames)
	if v.told == right && th.Why != "" {
		v.told = "right, then " + th.Why
	}
	if v.told != right {
		text := run0(t, "fstack", "--print=-lines", "-n", "60", "--tid", strconv.Itoa(s.tid), strconv.Itoa(s.tid)).Stdout
		t.Errorf("%s:\n%s\nthe program says %.40v", v.told, text, s.truth)
	}
	if v.told == right && guessed > 0 {
		v.told = fmt.Sprintf("right (%d guessed)", guessed)
	}
	return v
}

// euStack asks eu-stack.
func (s *witness) euStack(t *testing.T) verdict {
	return s.peer(t, regexp.MustCompile(`^TID (\d+):|^#\d+ +(0x[0-9a-f]+)(?: - 1)? *(\S.*)?$`), "eu-stack", "-n", "0", "-p", strconv.Itoa(s.pidOf(t)))
}

// gdb asks gdb.
func (s *witness) gdb(t *testing.T) verdict {
	return s.peer(t, regexp.MustCompile(`^Thread .*\((?:LWP|process) (\d+)\)|^#\d+ +(?:(0x[0-9a-f]+) in )?(.*?) ?\(`), "gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off",
		"-iex", "set backtrace past-main on", "-ex", "thread apply all bt", "-p", strconv.Itoa(s.pidOf(t)))
}

// pidOf returns the process that the thread is in.
func (s *witness) pidOf(t *testing.T) int {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.tid))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?m)^Tgid:\t(\d+)$`).FindSubmatch(text)
	pid, err := strconv.Atoi(string(m[1]))
	if err != nil {
		t.Fatal(err)
	}
	return pid
}

// peer judges what another tool prints, by a regular expression of the thread that
// follows, or of an address and a name.
func (s *witness) peer(t *testing.T, line *regexp.Regexp, args ...string) verdict {
	t.Helper()
	if _, err := exec.LookPath(args[0]); err != nil {
		return verdict{told: "not installed"}
	}
	cmd := exec.Command(args[0], args[1:]...)
	var complaint strings.Builder
	cmd.Stderr = &complaint
	out, _ := cmd.Output() // what it complains about is part of the verdict
	var frames []frame
	tid := 0
	for text := range strings.Lines(string(out)) {
		m := line.FindStringSubmatch(strings.TrimSuffix(text, "\n"))
		switch {
		case strings.Contains(text, "<signal handler called>"):
			if tid == s.tid || tid == 0 {
				frames = append(frames, frame{signal: true})
			}
		case m == nil:
		case m[1] != "":
			tid, _ = strconv.Atoi(m[1])
		case tid == s.tid || tid == 0:
			f := frame{name: m[3]}
			f.pc, _ = strconv.ParseUint(m[2], 0, 64)
			f.vague = m[2] == ""
			frames = append(frames, f)
		}
	}
	v := s.judge(frames)
	if v.told != right {
		said := strings.TrimSpace(complaint.String())
		t.Logf("%s: %s\n%s%s", args[0], v.told, out, said)
	}
	return v
}

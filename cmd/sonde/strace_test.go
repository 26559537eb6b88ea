package main

import (
	"bytes"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sonde/internal/testkit"
)

// oracle is a program of the system that is traced by strace and by Sonde.
type oracle struct {
	name  string
	setup string   // a shell script that makes what the program works on
	run   []string // the program, in a directory that has nothing else
}

const text = `for i in 1 2 3 4 5 6 7 8; do echo "line $i of 8"; done >text; `

var oracles = []oracle{
	{"awk", text, []string{"awk", `{ n += $2 } END { print n }`, "text"}},
	{"base64", text, []string{"base64", "text"}},
	{"bash", text, []string{"bash", "-c", `x=$(cat text | wc -l); (exit 3); echo $x $?; kill -USR1 $$`}},
	{"bc", "echo '2^100' >sum", []string{"bc", "-q", "sum"}},
	{"cat", text, []string{"cat", "text", "none"}},
	{"cmp", text + "sed s/8/9/ text >other", []string{"cmp", "text", "other"}},
	{"cp", text + "mkdir a; cp text a", []string{"cp", "-a", "a", "b"}},
	{"curl", text, []string{"curl", "-s", "-o", "copy", "file:///etc/hostname"}},
	{"date", "", []string{"date", "-u", "-d", "@1000000000"}},
	{"dd", "", []string{"dd", "if=/dev/zero", "of=zeros", "bs=4k", "count=4", "status=none"}},
	{"df", "", []string{"df", "--output=fstype", "/"}},
	{"diff", text + "sed s/8/9/ text >other", []string{"diff", "-u", "text", "other"}},
	{"env", "", []string{"env", "A=1", "true"}},
	{"find", "mkdir -p a/b/c; touch a/b/x", []string{"find", ".", "-name", "x", "-size", "0"}},
	{"gcc", `echo 'int main(void) { return 0; }' >m.c`, []string{"gcc", "-c", "m.c"}},
	{"git", "git init -q .; " + text, []string{"git", "-c", "gc.auto=0", "add", "text"}},
	{"grep", text, []string{"grep", "-r", "line 3", "."}},
	{"gzip", text, []string{"gzip", "-n", "text"}},
	{"id", "", []string{"id"}},
	{"ln", text, []string{"ln", "-s", "text", "link"}},
	{"ls", text, []string{"ls", "-la", "/etc/ssl", "none"}},
	{"make", `printf 'all:\n\ttrue\n\techo a | cat\n' >Makefile`, []string{"make", "-s"}},
	{"objdump", "", []string{"objdump", "-h", "/bin/true"}},
	{"openssl", text, []string{"openssl", "dgst", "-sha256", "text"}},
	{"perl", text, []string{"perl", "-ne", `print if /3/; END { system "true" }`, "text"}},
	{"ps", "", []string{"ps", "-q", "1", "-o", "comm"}},
	{"python3", "", []string{"python3", "-c", "import threading, time; t = threading.Thread(target=time.sleep, args=(0.01,)); t.start(); t.join()"}},
	{"python3, sockets", "", []string{"python3", "-c", socketsOfPython}},
	{"sed", text, []string{"sed", "-i", "s/line/row/", "text"}},
	{"sort", text, []string{"sort", "-r", "-o", "sorted", "text"}},
	{"sqlite3", "", []string{"sqlite3", "db", "create table t(a); insert into t values (1); select * from t"}},
	{"ssh-keygen", "ssh-keygen -q -t ed25519 -N '' -f key", []string{"ssh-keygen", "-l", "-f", "key.pub"}},
	{"stat", text, []string{"stat", "-c", "%s %a", "text"}},
	{"tar", text + "mkdir a; cp text a", []string{"tar", "-cf", "a.tar", "a"}},
	{"timeout", "", []string{"timeout", "-s", "TERM", "0.05", "sleep", "10"}},
	{"touch", text, []string{"touch", "-d", "2001-01-01", "text"}},
	{"xargs", text, []string{"xargs", "-n", "8", "-a", "text", "echo"}},
	{"xz", text, []string{"xz", "-T1", "text"}},
}

// socketsOfPython is what few programs do in one go: sockets of several families,
// descriptors sent, and all ways to wait for them.
const socketsOfPython = `
import array, select, signal, socket, subprocess
a, b = socket.socketpair()
a.sendmsg([b"one", b"two"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", [0, 1]))])
e = select.epoll()
e.register(b.fileno(), select.EPOLLIN | select.EPOLLET)
e.poll(1)
select.select([b], [], [], 1)
p = select.poll(); p.register(b); p.poll(1)
b.recvmsg(100, socket.CMSG_SPACE(8))
for family, host in (socket.AF_INET, "127.0.0.1"), (socket.AF_INET6, "::1"):
    try:
        s = socket.socket(family, socket.SOCK_DGRAM)
        s.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        s.connect((host, 9)); s.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE); s.send(b"x")
    except OSError: pass
signal.signal(signal.SIGUSR1, lambda *_: None); signal.raise_signal(signal.SIGUSR1)
signal.setitimer(signal.ITIMER_REAL, 100, 1.5); signal.setitimer(signal.ITIMER_REAL, 0)
subprocess.run(["true"])
`

// agreementLost is how many points Sonde's agreement with strace may be below that of
// strace with itself, once the known differences are put aside.
const agreementLost = 1

// comparisons is how often a program is traced, at most, until the tracers agree: what
// threads do depends on who is quicker.
const comparisons = 3

// knownDifferences are what Sonde writes otherwise than strace, and why. What the two
// have written so is made the same, before they are compared again.
var knownDifferences = []struct {
	name, reason string
	line         *regexp.Regexp
	same         string
}{
	{"memory maps", "one page of Sonde's own is in them, and each run has its addresses", regexp.MustCompile(`^read\((\d+), (?:"[0-9a-f]{8,12}-[0-9a-f]{8,12} .*|"", \d+\) = 0)$`), "read($1, MAPS)"},
	{"masks of nodes", "better: strace pads each word with zeros, and an 0x counts as two of them", regexp.MustCompile(`^([gs]et_mempolicy\([^\[]*(?:\[MPOL_\w+\], )?)\[[^\]]*\]`), "$1[NODES]"},
	{"FICLONE", "gap: the number has two names, and one file system's own is shown", regexp.MustCompile(`BTRFS_IOC_CLONE or FICLONE|BTRFS_IOC_CLONE|FICLONE`), "FICLONE"},
}

// TestAgreesWithStrace traces programs of the system twice with strace and once with
// Sonde: Sonde's lines are to agree with strace's nearly as well as strace's do with
// one another.
func TestAgreesWithStrace(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("there is no strace to compare with")
	}
	sonde := testkit.Sonde(t)
	rows := make([]agreementRow, len(oracles))
	t.Run("programs", func(t *testing.T) {
		for i, o := range oracles {
			t.Run(o.name, func(t *testing.T) {
				t.Parallel()
				for range comparisons {
					if rows[i] = compareTracers(t, o, strace, sonde); rows[i].short() <= agreementLost {
						return
					}
				}
				row := rows[i]
				for _, d := range row.aside.Differences {
					t.Logf("thread %s:\n  Sonde  %s\n  strace %s", d.Thread, strings.Join(d.Got, "\n         "), strings.Join(d.Not, "\n         "))
				}
				t.Errorf("agrees with strace %.1f points less than strace with itself", row.short())
			})
		}
	})
	t.Log(agreementTable(rows))
}

// agreementRow is what comparing the tracers of one program has shown.
type agreementRow struct {
	name           string
	lines          int               // of Sonde
	itself, with   testkit.Agreement // of strace with itself, of Sonde with strace
	known, unknown map[string]int    // lines that differ, by class and by system call

	// The same, once the known differences are put aside.
	itselfAside, aside testkit.Agreement
}

func compareTracers(t *testing.T, o oracle, strace, sonde string) agreementRow {
	program, err := exec.LookPath(filepath.Join("/usr/bin", o.run[0]))
	if err != nil {
		t.Skipf("%s is not installed", o.run[0])
	}
	args := append([]string{program}, o.run[1:]...)
	dir := t.TempDir()
	first := traceSystem(t, o, dir, args, strace, "-f")
	second := traceSystem(t, o, dir, args, strace, "-f")
	ours := traceSystem(t, o, dir, args, sonde, "-f", "-L", "-S")
	for _, p := range ours.Problems {
		t.Errorf("not understood: %s", p)
	}
	row := agreementRow{name: o.name, known: map[string]int{}, unknown: map[string]int{}}
	for _, lines := range ours.Threads {
		row.lines += len(lines)
	}
	row.itself = testkit.Compare(first, second)
	row.with = closest(ours, first, second)
	for _, d := range row.with.Differences {
		for _, line := range slices.Concat(d.Got, d.Not) {
			if class, _ := putAside(line); class != "" {
				row.known[class]++
			}
		}
	}
	for _, tr := range []*testkit.SystemTrace{ours, first, second} {
		tr.Rewrite(func(line string) string {
			_, line = putAside(line)
			return line
		})
	}
	row.itselfAside, row.aside = testkit.Compare(first, second), closest(ours, first, second)
	for _, d := range row.aside.Differences {
		for _, line := range slices.Concat(d.Got, d.Not) {
			call, _, _ := strings.Cut(line, "(")
			row.unknown[call]++
		}
	}
	return row
}

// short is how many points Sonde agrees less with strace than strace with itself.
func (r agreementRow) short() float64 { return r.itselfAside.Percent() - r.aside.Percent() }

// closest compares Sonde's trace with that of strace's two which has gone as Sonde's
// did: programs of several threads do not go twice the same way.
func closest(ours, first, second *testkit.SystemTrace) testkit.Agreement {
	a, b := testkit.Compare(ours, first), testkit.Compare(ours, second)
	if b.Percent() > a.Percent() {
		return b
	}
	return a
}

// putAside takes the known differences out of a line, and returns the first of them.
func putAside(line string) (class, same string) {
	for _, known := range knownDifferences {
		if !known.line.MatchString(line) {
			continue
		}
		line = known.line.ReplaceAllString(line, known.same)
		if class == "" {
			class = known.name
		}
	}
	return class, line
}

// traceSystem runs a program under a tracer of system calls, in the same place and
// environment each time.
func traceSystem(t *testing.T, o oracle, dir string, program []string, tracer ...string) *testkit.SystemTrace {
	t.Helper()
	work, trace := filepath.Join(dir, "work"), filepath.Join(dir, "trace")
	if err := os.RemoveAll(work); err != nil {
		t.Fatal(err)
	}
	if err := os.Mkdir(work, 0o755); err != nil {
		t.Fatal(err)
	}
	clean := []string{"/usr/bin/env", "-i", "PATH=/usr/bin:/bin", "HOME=" + work, "LANG=C.UTF-8", "TZ=UTC"}
	// All files of one age: programs read it.
	script := o.setup + "\nfind . -exec touch -d @1000000000 {} +"
	setup := testkit.Command{Args: append(slices.Clip(clean), "/bin/sh", "-ec", script), Dir: work}.Run(t)
	checkExit(t, setup, 0)
	args := slices.Concat(clean, tracer, []string{"-o", trace}, program)
	r := testkit.Command{Args: args, Dir: work, Trace: trace, Deadline: time.Minute}.Run(t)
	data, err := os.ReadFile(trace)
	if err != nil {
		t.Fatalf("%v; %s", err, r.Describe())
	}
	tr, err := testkit.ParseSystemTrace(bytes.TrimSpace(data))
	if err != nil {
		t.Fatal(err)
	}
	return tr
}

// agreementTable shows the rows, and what the differences are.
func agreementTable(rows []agreementRow) string {
	var b strings.Builder
	known, unknown := map[string]int{}, map[string]int{}
	fmt.Fprintf(&b, "%-12s %7s %15s %7s %20s\n", "program", "lines", "strace, itself", "Sonde", "but for known ones")
	for _, r := range rows {
		if r.name == "" {
			continue
		}
		fmt.Fprintf(&b, "%-12s %7d %14.1f%% %6.1f%% %19.1f%%\n",
			r.name, r.lines, r.itself.Percent(), r.with.Percent(), r.aside.Percent())
		for class, n := range r.known {
			known[class] += n
		}
		for call, n := range r.unknown {
			unknown[call] += n
		}
	}
	b.WriteString("known differences, in lines of either:\n")
	for _, k := range knownDifferences {
		fmt.Fprintf(&b, "%7d %s (%s)\n", known[k.name], k.name, k.reason)
	}
	b.WriteString("others, most of them between any two runs:\n")
	for _, call := range slices.SortedFunc(maps.Keys(unknown), func(a, b string) int { return unknown[b] - unknown[a] }) {
		fmt.Fprintf(&b, "%7d %s\n", unknown[call], call)
	}
	return b.String()
}

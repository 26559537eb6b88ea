package testkit

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// SystemTrace is a trace of system calls, Sonde's or strace's, in a form in which
// those of several runs can be compared: what belongs together is in one line, and
// what differs between any two runs is masked.
type SystemTrace struct {
	// Threads has the lines of each thread, in order. A thread is called by the
	// calls that have made it: "0" is the first, "0.2" the second that it has made.
	Threads map[string][]string
	// Problems are lines that could not be understood.
	Problems []string

	names  map[string]string   // of threads by id
	births map[string]birth    // by the id of who was made
	made   map[string]int      // how many threads one has made, by its id
	open   map[string][]string // beginnings of lines that wait for their end, by id
}

var (
	// systemThread is the thread that -f puts before each line.
	systemThread = regexp.MustCompile(`^(\d+) +`)
	// systemResumed is the end of a call that others came between.
	systemResumed = regexp.MustCompile(`^<\.\.\. (\w+)(?:@SYS)? resumed> ?(.*)$`)
	// systemMade is a call that has made a thread.
	systemMade = regexp.MustCompile(`^(?:clone|clone3|fork|vfork)\(.* = (\d+)$`)
	// systemGap is the column of results and the blanks around it: the last such
	// place, since strings may look like one.
	systemGap = regexp.MustCompile(`^(.*\)) += +(\S.*)$`)
	// systemSuperseded is the end of a first thread that another takes the place of.
	systemSuperseded = regexp.MustCompile(`^\+\+\+ superseded by execve in pid (\d+) \+\+\+$`)
	// systemExited is how each of the two spells the end of a process.
	systemExited = regexp.MustCompile(`^\+\+\+ exited (?:with (\d+)|\(status (\d+)\)) \+\+\+$`)
)

// ReadSystemTrace reads the file of a trace as ParseSystemTrace does.
func ReadSystemTrace(file string) (*SystemTrace, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, fmt.Errorf("read a trace of system calls: %w", err)
	}
	return ParseSystemTrace(bytes.TrimSpace(text))
}

// ParseSystemTrace reads what "sonde -f -L -S -o FILE" or "strace -f -o FILE" has
// written.
func ParseSystemTrace(text []byte) (*SystemTrace, error) {
	tr := &SystemTrace{
		Threads: map[string][]string{},
		names:   map[string]string{}, births: map[string]birth{},
		made: map[string]int{}, open: map[string][]string{},
	}
	type joined struct{ tid, line string }
	var lines []joined
	in := bufio.NewScanner(bytes.NewReader(text))
	in.Buffer(nil, 1<<24)
	for in.Scan() {
		m := systemThread.FindStringSubmatch(in.Text())
		if m == nil {
			tr.Problems = append(tr.Problems, in.Text())
			continue
		}
		tid := m[1]
		if len(tr.names) == 0 {
			tr.names[tid] = "0"
		}
		for _, line := range tr.join(tid, in.Text()[len(m[0]):]) {
			lines = append(lines, joined{tid, line})
		}
	}
	if err := in.Err(); err != nil {
		return nil, fmt.Errorf("read a trace of system calls: %w", err)
	}
	for _, l := range lines {
		if m := systemMade.FindStringSubmatch(l.line); m != nil {
			tr.born(l.tid, m[1])
		}
	}
	for _, l := range lines {
		name := tr.name(l.tid)
		tr.Threads[name] = append(tr.Threads[name], tr.mask(l.line))
	}
	for tid, open := range tr.open {
		for _, line := range open {
			name := tr.name(tid)
			tr.Threads[name] = append(tr.Threads[name], tr.mask(line+") = ?"))
		}
	}
	return tr, nil
}

// birth tells which thread has made one, and how many it had made then.
type birth struct {
	maker string
	nth   int
}

// born notes that a thread was made. Its lines may stand before the one that says so.
func (tr *SystemTrace) born(maker, tid string) {
	if _, again := tr.births[tid]; again || maker == tid {
		return // the id of one that has ended
	}
	tr.made[maker]++
	tr.births[tid] = birth{maker, tr.made[maker]}
}

// name returns what a thread is called.
func (tr *SystemTrace) name(tid string) string {
	if name := tr.names[tid]; name != "" {
		return name
	}
	by, ok := tr.births[tid]
	if !ok { // nobody is seen to have made it
		tr.made[""]++
		by = birth{"", tr.made[""]}
		tr.names[tid] = strconv.Itoa(by.nth)
		return tr.names[tid]
	}
	tr.names[tid] = "?" // ids that are used again might make a ring
	tr.names[tid] = tr.name(by.maker) + "." + strconv.Itoa(by.nth)
	return tr.names[tid]
}

// join returns the whole lines that a line of a thread completes.
func (tr *SystemTrace) join(tid, line string) []string {
	switch {
	case line == "--- Called exec() ---": // Sonde's alone; the execve says as much
		return nil
	case strings.HasPrefix(line, "<... ??? resumed>"): // strace's, of a thread that is killed before it has made a call
		return nil
	case strings.HasPrefix(line, "<... "):
		m := systemResumed.FindStringSubmatch(line)
		open := tr.open[tid]
		if m == nil || len(open) == 0 || callOf(open[len(open)-1]) != m[1] {
			tr.Problems = append(tr.Problems, tid+" "+line)
			return nil
		}
		begun := open[len(open)-1]
		tr.open[tid] = open[:len(open)-1]
		end := m[2]
		if strings.HasPrefix(end, "=> ") { // what an argument has become
			end = " " + end
		}
		return []string{tidy(begun + end)}
	case strings.HasPrefix(line, "+++ "):
		if m := systemExited.FindStringSubmatch(line); m != nil {
			line = "+++ exited with " + m[1] + m[2] + " +++"
		}
		lines := append(tr.cutOff(tid), line)
		if m := systemSuperseded.FindStringSubmatch(line); m != nil { // whose execve returns here
			tr.open[tid] = tr.open[m[1]]
			delete(tr.open, m[1])
		}
		return lines
	}
	line = strings.Replace(line, "@SYS(", "(", 1)
	for _, cut := range []string{"<unfinished ...>", "<no return ...>"} {
		// strace says how a call ended that a thread's end has cut off, too.
		begun, ok := strings.CutSuffix(strings.TrimSuffix(strings.TrimRight(line, " "), ") = ?"), cut)
		if ok {
			tr.open[tid] = append(tr.open[tid], strings.TrimSuffix(begun, " "))
			return nil
		}
	}
	return []string{tidy(line)}
}

// cutOff ends the calls that a thread was in when it ended.
func (tr *SystemTrace) cutOff(tid string) []string {
	var lines []string
	for _, begun := range tr.open[tid] {
		lines = append(lines, tidy(begun+") = ?"))
	}
	delete(tr.open, tid)
	return lines
}

// callOf returns the call that a line begins with.
func callOf(line string) string {
	call, _, _ := strings.Cut(line, "(")
	return call
}

// tidy takes out the blanks that stand for a column.
func tidy(line string) string {
	if strings.HasPrefix(line, "---") || strings.HasPrefix(line, "+++") {
		return line
	}
	return systemGap.ReplaceAllString(line, "$1 = $2")
}

// systemMasks are what differs between any two runs of a program, and what stands there
// instead.
var systemMasks = []struct {
	what *regexp.Regexp
	mask string
}{
	// Addresses. Lengths, offsets and flags are shorter.
	{regexp.MustCompile(`0x[0-9a-f]{6,16}\b`), "ADDRESS"},
	{regexp.MustCompile(`\bu32=\d+, u64=\d{10,20}\b`), "u32=ADDRESS, u64=ADDRESS"}, // what epoll gives back: half of it is not set
	// Ports that the kernel has chosen.
	{regexp.MustCompile(`\b(sin6?_port)=htons\(\d{5}\)`), "$1=PORT"},
	{regexp.MustCompile(`(<(?:TCP|UDP)(?:v6)?:\[(?:[0-9.]+|\[[0-9a-f:]+\])):\d{5}`), "$1:PORT"},
	// The time, and what was used of it.
	{regexp.MustCompile(`\b(tv_n?u?sec|si_[us]time|tms_c?[us]time|st_[amc]time(?:_nsec)?|uptime|loads|freeram|f_bfree|f_bavail|f_ffree|bufferram|freehigh|freeswap|procs|totalram)=(?:\[[^\]]*\]|-?\d+)(?: /\* [^*]* \*/)?`), "$1=VARIES"},
	{regexp.MustCompile(`\b(ru_\w+)=\{[^}]*\}`), "$1=VARIES"},
	{regexp.MustCompile(`\b(ru_\w+)=\d+`), "$1=VARIES"},
	{regexp.MustCompile(`^(times\(.*\)) = -?\d+$`), "$1 = TIME"},
	{regexp.MustCompile(`^(time\(.*\)) = \d+(?: \(.*\))?$`), "$1 = TIME"},
	{regexp.MustCompile(` /\* \d{4}-\d\d-\d\d[^*]*\*/`), ""},
	{regexp.MustCompile(`\b(nlmsg_seq)=\d{10}\b`), "$1=TIME"}, // getaddrinfo(3) counts from the time
	// Names that mkstemp(3) and its like make up.
	{regexp.MustCompile(`(/cc|tmp_obj_|/sed)\w{6}\b`), "${1}XXXXXX"},
	// Random bytes.
	{regexp.MustCompile(`^getrandom\("(?:\\x[0-9a-f]{2})*"`), `getrandom("RANDOM"`},
	// The numbers that the kernel gives to System V's IPC, pipes and sockets.
	{regexp.MustCompile(`^((?:sem|msg|shm)get\(.*\)) = \d+$`), "$1 = ID"},
	{regexp.MustCompile(`^((?:sem|msg|shm)(?:op|timedop|ctl|snd|rcv|at)\()\d+`), "${1}ID"},
	{regexp.MustCompile(`<(pipe|socket|UNIX-\w+|TCP|UDP|TCPv6|UDPv6):\[\d+(?:->\d+)?`), "<$1:[INODE"},
	// What is mapped where, and how much there is to read of it.
	{regexp.MustCompile(`^read\((\d+(?:<[^>]*>)?), "[0-9a-f]{8,12}-[0-9a-f]{8,12} .*`), "read($1, MAPS)"},
	// The processes outside.
	{regexp.MustCompile(`^(getppid|getsid|getpgrp|getpgid)(\(.*\)) = \d+$`), "$1$2 = PID"},
}

// systemNumber is a number by itself, which may be a thread's.
var systemNumber = regexp.MustCompile(`\b\d{2,}\b`)

// mask takes out of a line what differs between any two runs.
func (tr *SystemTrace) mask(line string) string {
	for _, m := range systemMasks {
		line = m.what.ReplaceAllString(line, m.mask)
	}
	return systemNumber.ReplaceAllStringFunc(line, func(n string) string {
		_, made := tr.births[n]
		if _, seen := tr.names[n]; made || seen {
			return "THREAD " + tr.name(n)
		}
		return n
	})
}

// Drop takes out lines.
func (tr *SystemTrace) Drop(which func(line string) bool) {
	for thread, lines := range tr.Threads {
		tr.Threads[thread] = slices.DeleteFunc(lines, which)
	}
}

// Rewrite changes every line.
func (tr *SystemTrace) Rewrite(change func(string) string) {
	for _, lines := range tr.Threads {
		for i, line := range lines {
			lines[i] = change(line)
		}
	}
}

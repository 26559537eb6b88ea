package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// otherDecodings are what Sonde writes otherwise than strace for the programs in
// testdata/decode, and why: what strace has written is made Sonde's, or both the same.
var otherDecodings = []struct {
	reason string
	line   *regexp.Regexp
	same   string
}{
	{"ids of processes, and ports that are such", regexp.MustCompile(`(nlmsg_pid|nl_pid)=\d{3,}`), "$1=PID"},
	{"addresses", regexp.MustCompile(`0x[57f][0-9a-f]{9,11}`), "ADDRESS"},
	{"an interface's name goes by the namespace of networks that it is in", regexp.MustCompile(`if_nametoindex\("\w+"\)`), "INTERFACE"},
	{"the same", regexp.MustCompile(`((?:ifi_|ifa_|ndm_if|sll_if)index=|RTA_OIF\}, )\d+`), "${1}INTERFACE"},
}

// decodings are the programs, and how many of a hundred lines are at least strace's,
// to the letter: the others are named there.
var decodings = []struct {
	program string
	others  []otherLine
}{
	{"ipc", []otherLine{
		{"MSG_??? */, ADDRESS", "a command without a name: strace takes it for one of its last list"},
		{"mtext=", "the kernel has returned that there is no text"},
		{"SIGEV_NONE", "strace shows the signal that is not sent by its number"},
		{"QFMT_", "names that have less in common"},
		{"KEYCTL_CAPABILITIES", "no bytes: strace writes a list of none"},
	}},
	{"netlink", []otherLine{
		{"NLMSG_??? */", "strace knows the family of a socket that has a port alone"},
		{"IFLA_LINKINFO", "attributes within attributes are shown to the second level"},
		{"{ifa_family=AF_UNSPEC, ...}", "the short message has no more"},
		{"idiag_state", "attributes with structures are shown as bytes"},
		{"nlctrl", "strace does not decode what generic netlink says"},
		{`"\x10\x00\x00\x00\x01`, "too short for a message: text like any other"},
		{"nlmsg_len=2000", "an attribute that is cut off"},
	}},
}

// otherLine is part of a line of strace's that Sonde has otherwise.
type otherLine struct{ part, reason string }

// TestDecodesAsStrace has programs make system calls with arguments of every kind: what
// Sonde writes must be what strace does.
func TestDecodesAsStrace(t *testing.T) {
	strace, err := exec.LookPath("strace")
	if err != nil {
		t.Skip("there is no strace to compare with")
	}
	sonde := testkit.Sonde(t)
	for _, d := range decodings {
		for _, options := range [][]string{{"-v"}, {}} {
			t.Run(strings.Join(append([]string{d.program}, options...), " "), func(t *testing.T) {
				program := testkit.Build(t, "testdata/decode/"+d.program+".c", "-w")
				dir := t.TempDir()
				theirs := decoded(t, dir, program, append([]string{strace}, options...))
				ours := decoded(t, dir, program, append([]string{sonde, "-L", "-S"}, options...))
				if len(ours) != len(theirs) {
					t.Fatalf("%d lines, and %d of strace", len(ours), len(theirs))
				}
				for i := range ours {
					if ours[i] != theirs[i] && !otherwise(theirs[i], d.others) {
						t.Errorf("Sonde  %s\nstrace %s", ours[i], theirs[i])
					}
				}
			})
		}
	}
}

func otherwise(line string, others []otherLine) bool {
	for _, o := range others {
		if strings.Contains(line, o.part) {
			return true
		}
	}
	return false
}

// decoded returns the system calls of a program from its first getpid on.
func decoded(t *testing.T, dir, program string, tracer []string) []string {
	t.Helper()
	trace := filepath.Join(dir, "trace")
	args := append(tracer, "-o", trace, program)
	checkExit(t, testkit.Command{Args: args, Dir: dir, Trace: trace}.Run(t), 0)
	data, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(strings.ReplaceAll(string(data), "@SYS(", "("), "\ngetpid()")
	var lines []string
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "+++") {
			continue
		}
		line = regexp.MustCompile(`\) +=`).ReplaceAllString(strings.TrimSuffix(line, "\n"), ") =")
		for _, o := range otherDecodings {
			line = o.line.ReplaceAllString(line, o.same)
		}
		lines = append(lines, line)
	}
	return lines[1:]
}

package testkit

import (
	"fmt"
	"regexp"
	"strings"
)

// NormaliseTrace replaces what differs from run to run in the lines of a trace, or from
// machine to machine, by words that tell as much as a reader has to know:
//
//	addresses     ADDR1, ADDR2, ... each of them always the same
//	threads       PID1, PID2, ... in prefixes and in siginfo_t
//	users         UID
//	times         the form that they have: HH:MM:SS, S.uuuuuu
//	offsets       +OFFSET, in stacks
//	the C library libc.so.6(...), for any number of its frames one after the other
//	tables        # for what is no count, and no line of what tracing costs
//
// Results stay in their column: the padding before them makes up for words that are longer
// or shorter. So a line must not end near that column, where a thread's number of more or
// fewer digits makes it longer than that or not.
func NormaliseTrace(text string) string {
	n := normaliser{addresses: make(map[string]int), threads: make(map[string]int)}
	var b strings.Builder
	last := ""
	for line := range strings.Lines(text) {
		line = n.line(line)
		if line != last || !strings.HasPrefix(line, " > libc.so.6(...)") {
			b.WriteString(line)
		}
		last = line
	}
	return b.String()
}

type normaliser struct{ addresses, threads map[string]int }

var (
	linePID    = regexp.MustCompile(`^((?:\x1b\[[\d;]*m)?(?:\[pid )?)(\d+)(\]?(?:\x1b\[m)? )`)
	infoPID    = regexp.MustCompile(`(si_pid=)(\d+)()`)
	lineStamp  = regexp.MustCompile(`^((?:\[pid PID\d+\] |PID\d+ )?)( *\d+\.\d{6}|\d\d:\d\d:\d\d(?:\.\d{6})?) `)
	lineTime   = regexp.MustCompile(`<\d+\.\d{6}>`)
	address    = regexp.MustCompile(`0x[0-9a-f]{6,16}\b`)
	addressCut = regexp.MustCompile(`0x[0-9a-f]*\.\.\.`) // --fit
	infoField  = regexp.MustCompile(`(si_uid|si_utime|si_stime)=\d+(?: /\* [\d.]+ s \*/)?`)
	offset     = regexp.MustCompile(`\+0x[0-9a-f]+\)`)
	libcFrame  = regexp.MustCompile(`^ > .*/(libc\.so\.6|ld-linux[^(]*)\(.*`)
	tableRow   = regexp.MustCompile(`^ *\d+\.\d\d +\d+\.\d{6} +\d+( +\d+ +[\d-]+) +\d+\.\d{6}( .*\n)$`)
	tracerCost = regexp.MustCompile(`^Tracing takes .*\n$`)
	linePadded = regexp.MustCompile(`^(.*\)  +)(= .*)$`)
)

func (n *normaliser) line(line string) string {
	was := line
	if tracerCost.MatchString(line) {
		return ""
	}
	if m := tableRow.FindStringSubmatch(line); m != nil {
		return "  #.##    #.######           #" + m[1] + "    #.######" + m[2]
	}
	// A time first: like a thread's number it stands at the line's beginning.
	if !regexp.MustCompile(`^ *\d+[.:]`).MatchString(line) {
		line = n.number(linePID, line, n.threads, "PID")
	}
	line = n.number(infoPID, line, n.threads, "PID")
	line = lineStamp.ReplaceAllStringFunc(line, func(s string) string {
		m := lineStamp.FindStringSubmatch(s)
		return m[1] + stampForm(m[2]) + " "
	})
	line = lineTime.ReplaceAllString(line, "<S.uuuuuu>")
	line = libcFrame.ReplaceAllString(line, " > libc.so.6(...)")
	line = offset.ReplaceAllString(line, "+OFFSET)")
	line = address.ReplaceAllStringFunc(line, func(a string) string {
		return fmt.Sprintf("ADDR%d", index(n.addresses, a))
	})
	line = addressCut.ReplaceAllString(line, "ADDR...")
	line = infoField.ReplaceAllStringFunc(line, func(s string) string {
		name, _, _ := strings.Cut(s, "=")
		return name + "=" + strings.ToUpper(strings.TrimPrefix(name, "si_"))
	})
	return repad(was, line)
}

// number replaces the second group of a pattern by a word and which of its kind it is.
func (n *normaliser) number(re *regexp.Regexp, line string, seen map[string]int, word string) string {
	return re.ReplaceAllStringFunc(line, func(s string) string {
		m := re.FindStringSubmatch(s)
		return fmt.Sprintf("%s%s%d%s", m[1], word, index(seen, m[2]), m[3])
	})
}

func index(seen map[string]int, s string) int {
	if seen[s] == 0 {
		seen[s] = len(seen) + 1
	}
	return seen[s]
}

// stampForm returns the form of a time: its digits as letters.
func stampForm(s string) string {
	switch {
	case strings.HasPrefix(s, " "): // -r
		return "  S.uuuuuu"
	case strings.Contains(s, ":"):
		return "HH:MM:SS.uuuuuu"[:len(s)]
	}
	return "SSSSSSSSSS.uuuuuu"
}

// repad puts the result into the column that it had, where it was padded.
func repad(was, line string) string {
	before, after := linePadded.FindStringSubmatch(strings.TrimSuffix(was, "\n")), linePadded.FindStringSubmatch(strings.TrimSuffix(line, "\n"))
	if before == nil || after == nil {
		return line
	}
	column := len(before[1])
	left := strings.TrimRight(after[1], " ")
	return left + strings.Repeat(" ", max(1, column-len(left))) + after[2] + "\n"
}

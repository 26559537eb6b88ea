package main

import (
	"regexp"
	"strings"
	"testing"
)

var (
	// cutLine is a line that was ended before its call was, resumedLine the rest of one,
	// each with the thread that it may begin with.
	cutLine     = regexp.MustCompile(`^(\d+ +|\[pid +\d+\] )?(.*?) ?<unfinished \.\.\.>$`)
	resumedLine = regexp.MustCompile(`^(\d+ +|\[pid +\d+\] )?<\.\.\. (\S+) resumed> ?(.*)$`)
)

// wholeLines puts together what was cut in two because its call took long, and not because
// something else came between: on a busy machine any call may.
func wholeLines(trace string) string {
	var lines []string
	for line := range strings.SplitSeq(trace, "\n") {
		if n := len(lines); n > 0 {
			cut, rest := cutLine.FindStringSubmatch(lines[n-1]), resumedLine.FindStringSubmatch(line)
			if cut != nil && rest != nil && cut[1] == rest[1] && strings.Contains(cut[2], rest[2]+"(") {
				begun := strings.TrimSuffix(cut[2], " ")
				if !strings.HasPrefix(rest[3], ")") && !strings.HasSuffix(begun, "(") {
					begun = strings.TrimSuffix(begun, ",") + ", "
				}
				lines[n-1] = cut[1] + begun + rest[3]
				continue
			}
		}
		lines = append(lines, line)
	}
	return strings.Join(lines, "\n")
}

func TestWholeLines(t *testing.T) {
	for _, c := range []struct{ trace, want string }{
		{"f(1) = 2", "f(1) = 2"},
		{"f('a' <unfinished ...>\n<... f resumed> ) = 2\n", "f('a') = 2\n"},
		{"f( <unfinished ...>\n<... f resumed> \"x\") = 2", "f(\"x\") = 2"},
		{"f(1 <unfinished ...>\n<... f resumed> \"x\", 3) = 2", "f(1, \"x\", 3) = 2"},
		{"s@SYS(1,  <unfinished ...>\n<... s@SYS resumed>\"x\", 3) = 2", "s@SYS(1, \"x\", 3) = 2"},
		{"7 f(1 <unfinished ...>\n7 <... f resumed> ) = 2", "7 f(1) = 2"},
		{"7 f(1 <unfinished ...>\n8 <... f resumed> ) = 2", "7 f(1 <unfinished ...>\n8 <... f resumed> ) = 2"},
		{"f(1 <unfinished ...>\ng() = 1\n<... f resumed> ) = 2", "f(1 <unfinished ...>\ng() = 1\n<... f resumed> ) = 2"},
	} {
		if got := wholeLines(c.trace); got != c.want {
			t.Errorf("%q has become %q, want %q", c.trace, got, c.want)
		}
	}
}

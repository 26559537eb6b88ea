package testkit

import (
	"fmt"
	"strconv"
	"strings"
)

// LineKind says what a line of a trace tells.
type LineKind uint8

// The lines that there are.
const (
	CallLine       LineKind = iota // name(args) = result
	CallOpen                       // name(args <unfinished ...>
	CallNoReturn                   // name(args <no return ...>, or <detached ...>
	ReturnLine                     // <... name resumed> ...) = result
	AbandonedLine                  // <... name resumed> <no return ...>, or <detached ...>
	SignalLine                     // --- SIGX {...} ---
	StoppedLine                    // --- stopped by SIGX ---
	PassedLine                     // === name ===
	ExecLine                       // --- Called exec() ---
	LostLine                       // --- lost N events: why ---
	ExitedLine                     // +++ exited (status N) +++
	KilledLine                     // +++ killed by SIGX +++
	SupersededLine                 // +++ superseded by execve in pid N +++
)

// Line is a line of a trace, taken apart.
type Line struct {
	Kind   LineKind
	TID    int    // 0 where lines bear no thread
	Caller string // the module before "->", if any
	Name   string // the function, function@module where the call was seen at its entry; a signal's name
	Args   string // between the parentheses, of calls
	Result string // after the "=", without the time of -T
	Status int    // of an exit; of a loss the number of events; the thread that supersedes
	Text   string // the line as it stands
}

// ParseLine takes a line of Sonde's trace apart, with any of the prefixes that
// -f, -o, -t, -r, -i and -n give it.
func ParseLine(s string) (Line, error) {
	l := Line{Text: s}
	rest := l.cutPrefix(s)
	var ok bool
	switch {
	case strings.HasPrefix(rest, "--- "):
		ok = l.parseEvent(rest[len("--- "):])
	case strings.HasPrefix(rest, "=== "):
		l.Kind = PassedLine
		l.Name, ok = strings.CutSuffix(rest[len("=== "):], " ===")
	case strings.HasPrefix(rest, "+++ "):
		ok = l.parseEnd(rest[len("+++ "):])
	case strings.HasPrefix(rest, "<... "):
		ok = l.parseResumed(rest[len("<... "):])
	default:
		ok = l.parseCall(rest)
	}
	if !ok {
		return l, fmt.Errorf("not a line of a trace: %q", s)
	}
	return l, nil
}

// cutPrefix takes thread, time, address and indentation off.
func (l *Line) cutPrefix(s string) string {
	if rest, ok := strings.CutPrefix(s, "[pid "); ok {
		if id, rest, ok := strings.Cut(rest, "] "); ok {
			if tid, err := strconv.Atoi(strings.TrimLeft(id, " ")); err == nil {
				l.TID, s = tid, rest
			}
		}
	} else if id, rest, ok := strings.Cut(s, " "); ok {
		if tid, err := strconv.Atoi(id); err == nil {
			l.TID, s = tid, rest
		}
	}
	s = strings.TrimLeft(s, " ")
	if stamp, rest, ok := strings.Cut(s, " "); ok && stamp != "" && strings.Trim(stamp, "0123456789:.") == "" {
		s = rest
	}
	if strings.HasPrefix(s, "[0x") {
		if _, rest, ok := strings.Cut(s, "] "); ok {
			s = rest
		}
	}
	return strings.TrimLeft(s, " ")
}

func (l *Line) parseEvent(s string) bool {
	s, ok := strings.CutSuffix(s, " ---")
	switch {
	case !ok:
		return false
	case s == "Called exec()":
		l.Kind = ExecLine
	case strings.HasPrefix(s, "stopped by SIG"):
		l.Kind, l.Name = StoppedLine, strings.TrimPrefix(s, "stopped by ")
	case strings.HasPrefix(s, "lost "):
		l.Kind = LostLine
		_, err := fmt.Sscanf(s, "lost %d event", &l.Status)
		return err == nil
	case strings.HasPrefix(s, "SIG"):
		l.Kind = SignalLine
		l.Name, l.Args, ok = strings.Cut(s, " ")
	default:
		return false
	}
	return ok
}

func (l *Line) parseEnd(s string) bool {
	s, ok := strings.CutSuffix(s, " +++")
	if !ok {
		return false
	}
	if name, ok := strings.CutPrefix(s, "killed by "); ok {
		l.Kind, l.Name = KilledLine, strings.TrimSuffix(name, " (core dumped)")
		return strings.HasPrefix(l.Name, "SIG")
	}
	if former, ok := strings.CutPrefix(s, "superseded by execve in pid "); ok {
		var err error
		l.Kind = SupersededLine
		l.Status, err = strconv.Atoi(former)
		return err == nil
	}
	l.Kind = ExitedLine
	s, ok = strings.CutPrefix(s, "exited (status ")
	number, closed := strings.CutSuffix(s, ")")
	status, err := strconv.Atoi(number)
	l.Status = status
	return ok && closed && err == nil
}

func (l *Line) parseResumed(s string) bool {
	name, rest, ok := strings.Cut(s, " resumed>")
	rest = strings.TrimPrefix(rest, " ") // what a system call has put out follows at once
	if !ok || name == "" {
		return false
	}
	l.Name = name
	if rest == "<no return ...>" || rest == "<detached ...>" {
		l.Kind = AbandonedLine
		return true
	}
	l.Kind = ReturnLine
	return l.parseResult(rest)
}

func (l *Line) parseCall(s string) bool {
	name, rest, ok := cutName(s)
	if !ok || name == "" {
		return false
	}
	if caller, callee, ok := strings.Cut(name, "->"); ok {
		l.Caller, name = caller, callee
	}
	function, _, _ := strings.Cut(name, "@") // the module may be libstdc++.so.6
	if strings.ContainsAny(cutTypes(function), " <>+=\"") {
		return false
	}
	l.Name = name
	if args, ok := strings.CutSuffix(rest, " <unfinished ...>"); ok {
		l.Kind, l.Args = CallOpen, args
		return true
	}
	for _, end := range []string{" <no return ...>", " <detached ...>"} {
		if args, ok := strings.CutSuffix(rest, end); ok {
			l.Kind, l.Args = CallNoReturn, args
			return true
		}
	}
	l.Kind = CallLine
	return l.parseResult(rest)
}

// cutName cuts a call at the parenthesis that opens its arguments. Go's names
// may have some of their own: main.(*T[interface { M() }]).method(...).
func cutName(s string) (name, rest string, ok bool) {
	brackets, receiver := 0, false
	for i := range len(s) {
		switch s[i] {
		case '[':
			brackets++
		case ']':
			brackets--
		case '(':
			if brackets > 0 {
				continue
			}
			if i == 0 || s[i-1] != '.' {
				return s[:i], s[i+1:], !receiver
			}
			receiver = true
		case ')':
			receiver = receiver && brackets > 0
		}
	}
	return "", "", false
}

// cutTypes takes the type arguments out of a name: they may have spaces.
func cutTypes(name string) string {
	from, to := strings.IndexByte(name, '['), strings.LastIndexByte(name, ']')
	if from < 0 || to < from {
		return name
	}
	return name[:from] + name[to+1:]
}

// parseResult takes "args) = result <time>" apart. Strings and characters among the
// arguments may hold anything, but their quotes are escaped.
func (l *Line) parseResult(s string) bool {
	depth, quote := 1, byte(0)
	for i := 0; i < len(s); i++ {
		switch c := s[i]; {
		case quote != 0 && c == '\\':
			i++
		case quote != 0 && c == quote:
			quote = 0
		case quote != 0:
		case c == '"', c == '\'':
			quote = c
		case c == '(':
			depth++
		case c == ')':
			if depth--; depth > 0 {
				continue
			}
			l.Args = s[:i]
			result, ok := strings.CutPrefix(strings.TrimLeft(s[i+1:], " "), "= ")
			l.Result = cutElapsed(result)
			return ok && l.Result != ""
		}
	}
	return false
}

// cutElapsed takes the " <0.000123>" of -T off a result.
func cutElapsed(s string) string {
	i := strings.LastIndex(s, " <")
	if i < 0 || !strings.HasSuffix(s, ">") || strings.Trim(s[i+2:len(s)-1], "0123456789.") != "" {
		return s
	}
	return s[:i]
}

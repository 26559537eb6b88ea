package display

import (
	"strings"
	"time"

	"sonde/prototype"
)

// What is taken for a moment: less than a year after 1970 there are durations,
// and behind the year 9999 slips.
const (
	firstMoment = 365 * 24 * 3600
	endOfTime   = 253402300800
)

// moment appends the seconds since 1970, and what time that was, as strace does.
func (p *values) moment(b []byte, v *prototype.Value) []byte {
	n := v.Signed()
	if v.Type.Unsigned {
		n = int64(v.Word & wordMask(sizeOf(v)))
	}
	return p.appendMoment(appendNumber(b, v), n, 0, wholeSeconds)
}

// structMoment appends, behind a struct that begins with the seconds since 1970,
// what time that is.
func (p *values) structMoment(b []byte, v *prototype.Value) []byte {
	seconds, nanos, layout := instant(v)
	return p.appendMoment(b, seconds, nanos, layout)
}

// timespec appends a struct of seconds and parts of them, as C's timespec and timeval
// are, as the time that it is. It reports false, and appends nothing, where it
// is none, or has more to tell.
func (p *values) timespec(b []byte, v *prototype.Value) ([]byte, bool) {
	seconds, nanos, layout := instant(v)
	if layout == wholeSeconds || !isMoment(seconds, nanos) || shownFields(v) != 2 {
		return b, false
	}
	if nanos == 0 {
		layout = wholeSeconds
	}
	return time.Unix(seconds, nanos).In(p.zone).AppendFormat(b, layout), true
}

// shownFields counts the fields that are not hidden.
func shownFields(v *prototype.Value) (n int) {
	for i := range v.Elems {
		if !hidden(&v.Elems[i]) {
			n++
		}
	}
	return n
}

// The layouts of moments (package time).
const (
	wholeSeconds = "2006-01-02T15:04:05-0700"
	withMicros   = "2006-01-02T15:04:05.000000-0700"
	withNanos    = "2006-01-02T15:04:05.000000000-0700"
)

// instant returns the time that a struct begins with, and how to write it; 0 if
// there is none.
func instant(v *prototype.Value) (seconds, nanos int64, layout string) {
	if len(v.Elems) == 0 || v.Elems[0].State != prototype.Captured {
		return 0, 0, wholeSeconds
	}
	seconds = v.Elems[0].Signed()
	if len(v.Elems) > 1 && v.Elems[1].State == prototype.Captured {
		switch part := &v.Elems[1]; {
		case strings.HasSuffix(part.Name, "nsec"):
			return seconds, part.Signed(), withNanos
		case strings.HasSuffix(part.Name, "usec"):
			return seconds, part.Signed() * 1000, withMicros
		}
	}
	return seconds, 0, wholeSeconds
}

// isMoment tells of what may be a time: UTIME_NOW and UTIME_OMIT are no nanoseconds.
func isMoment(seconds, nanos int64) bool {
	return firstMoment <= seconds && seconds < endOfTime && 0 <= nanos && nanos < int64(time.Second)
}

func (p *values) appendMoment(b []byte, seconds, nanos int64, layout string) []byte {
	if !isMoment(seconds, nanos) {
		return b
	}
	b = append(b, " /* "...)
	b = time.Unix(seconds, nanos).In(p.zone).AppendFormat(b, layout)
	return append(b, " */"...)
}

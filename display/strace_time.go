package display

import (
	"strconv"
	"strings"
	"time"

	"sonde/prototype"
)

const (
	secondsLayout = "2006-01-02T15:04:05-0700"
	microsLayout  = "2006-01-02T15:04:05.000000-0700"
	nanosLayout   = "2006-01-02T15:04:05.000000000-0700"
)

// comment appends what time it is so long after 1970: " /* 2026-11-20T20:48:30+0000 */".
func (p *straceValues) comment(b []byte, seconds, nanos int64, layout string) []byte {
	return p.date(b, " /* ", " */", seconds, nanos, layout)
}

// date appends a moment between two strings, or nothing where there is none, as at
// 1970's very beginning. Parts of the second are shown where there are any.
func (p *straceValues) date(b []byte, before, behind string, seconds, nanos int64, layout string) []byte {
	if seconds == 0 && nanos == 0 || seconds < -endOfTime || seconds >= endOfTime || nanos < 0 || nanos >= int64(time.Second) {
		return b // UTIME_NOW and UTIME_OMIT are no nanoseconds either
	}
	if nanos == 0 {
		layout = secondsLayout
	}
	b = append(b, before...)
	b = time.Unix(seconds, nanos).In(p.zone).AppendFormat(b, layout)
	return append(b, behind...)
}

// structTime appends what time a struct is that begins with the seconds since
// 1970.
func (p *straceValues) structTime(b []byte, v *prototype.Value) []byte {
	if len(v.Elems) == 0 || v.Elems[0].State != prototype.Captured {
		return b
	}
	seconds := v.Elems[0].Signed()
	if len(v.Elems) > 1 {
		switch part := &v.Elems[1]; {
		case strings.HasSuffix(part.Name, "nsec"):
			return p.comment(b, seconds, part.Signed(), nanosLayout)
		case strings.HasSuffix(part.Name, "usec"):
			return p.comment(b, seconds, part.Signed()*1000, microsLayout)
		}
	}
	return p.comment(b, seconds, 0, secondsLayout)
}

// momentName returns the name that stands for a whole moment: UTIME_NOW and
// UTIME_OMIT in place of the nanoseconds make the seconds void (utimensat(2)).
func momentName(v *prototype.Value) string {
	if v.Type.Lens != prototype.Time || len(v.Elems) < 2 {
		return ""
	}
	part := &v.Elems[1]
	if part.State != prototype.Captured || part.Type == nil || part.Type.Names == nil || part.Type.Names.Set {
		return ""
	}
	return nameOf(part.Type.Names, part.Word, wordMask(sizeOf(part)))
}

// ticksPerSecond is the kernel's USER_HZ, which all machines but alpha and ia64 have so.
const ticksPerSecond = 100

// appendTicks appends how long so many ticks are, of some: " /* 0.05 s */".
func appendTicks(b []byte, n uint64) []byte {
	if n == 0 {
		return b
	}
	b = strconv.AppendUint(append(b, " /* "...), n/ticksPerSecond, 10)
	from := len(b) + 1
	b = padLeft(strconv.AppendUint(append(b, '.'), n%ticksPerSecond, 10), from, 2)
	return append(b, " s */"...)
}

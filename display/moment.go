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
	n := signed(v)
	if v.Type.Unsigned {
		n = int64(v.Word & wordMask(sizeOf(v)))
	}
	return p.appendMoment(appendNumber(b, v), n, 0, "2006-01-02T15:04:05-0700")
}

// structMoment appends what time a struct is that begins with the seconds since
// 1970, as timespec and timeval do.
func (p *values) structMoment(b []byte, v *prototype.Value) []byte {
	if len(v.Elems) == 0 || v.Elems[0].State != prototype.Captured {
		return b
	}
	seconds := signed(&v.Elems[0])
	if len(v.Elems) > 1 {
		switch part := &v.Elems[1]; {
		case strings.HasSuffix(part.Name, "nsec"):
			return p.appendMoment(b, seconds, signed(part), "2006-01-02T15:04:05.000000000-0700")
		case strings.HasSuffix(part.Name, "usec"):
			return p.appendMoment(b, seconds, signed(part)*1000, "2006-01-02T15:04:05.000000-0700")
		}
	}
	return p.appendMoment(b, seconds, 0, "2006-01-02T15:04:05-0700")
}

func (p *values) appendMoment(b []byte, seconds, nanos int64, layout string) []byte {
	if seconds < firstMoment || seconds >= endOfTime || nanos < 0 || nanos >= int64(time.Second) {
		return b // UTIME_NOW and UTIME_OMIT are no nanoseconds either
	}
	b = append(b, " /* "...)
	b = time.Unix(seconds, nanos).In(p.zone).AppendFormat(b, layout)
	return append(b, " */"...)
}

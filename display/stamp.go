package display

import (
	"strconv"
	"time"
)

// Stamp is the time at the beginning of each line.
type Stamp uint8

// The forms of a Stamp.
const (
	StampNone     Stamp = iota
	StampSeconds        // 15:04:05, ltrace's -t
	StampMicros         // 15:04:05.000000, -tt
	StampEpoch          // seconds since 1970 and microseconds, -ttt
	StampRelative       // since the previous line, -r
)

// appendStamp appends the form s of a line's time, at; last is the time of the line
// before.
func appendStamp(b []byte, s Stamp, start time.Time, last, at time.Duration) []byte {
	switch s {
	case StampSeconds:
		b = start.Add(at).AppendFormat(b, "15:04:05")
	case StampMicros:
		b = start.Add(at).AppendFormat(b, "15:04:05.000000")
	case StampEpoch:
		us := start.Add(at).UnixMicro()
		b = appendMicros(b, time.Duration(us)*time.Microsecond)
	case StampRelative:
		d := max(at-last, 0)
		for w := 100 * time.Second; w > max(d, time.Second); w /= 10 { // %3lu
			b = append(b, ' ')
		}
		b = appendMicros(b, d)
	}
	return b
}

// appendMicros appends d as seconds with six decimals, cut, not rounded.
func appendMicros(b []byte, d time.Duration) []byte {
	d = max(d, 0)
	b = strconv.AppendInt(b, int64(d/time.Second), 10)
	b = append(b, '.')
	us := int(d % time.Second / time.Microsecond)
	for scale := 100_000; scale > 0; scale /= 10 {
		b = append(b, byte('0'+us/scale%10))
	}
	return b
}

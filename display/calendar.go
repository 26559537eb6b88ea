package display

import (
	"strconv"

	"sonde/prototype"
)

// The fields of C's struct tm that make up a date and a time of day, in the order
// of the struct (ISO C 7.27.1).
const (
	tmSec = iota
	tmMin
	tmHour
	tmMday
	tmMon
	tmYear
	tmFields
)

// isCalendar tells of a struct that is a broken-down time, which C's struct tm
// is; those that are Time else begin with seconds since 1970.
func isCalendar(v *prototype.Value) bool {
	return v.Type.Lens == prototype.Time && len(v.Elems) >= tmFields && v.Elems[0].Name == "tm_sec"
}

// calendar appends a broken-down time as dates are written: 2026-11-20T20:48:30+0000.
// It need not be one that there is, as what mktime puts in order: 2026-11-45T20:48:75.
// It reports false, and appends nothing, where that would not say what the
// fields are.
func calendar(b []byte, v *prototype.Value) ([]byte, bool) {
	var n [tmFields]int64
	for i := range n {
		n[i] = v.Elems[i].Signed()
		if v.Elems[i].State != prototype.Captured || i != tmYear && (n[i] < 0 || n[i] > 98) {
			return b, false
		}
	}
	if n[tmYear] < -1900 || n[tmYear] > 9999-1900 {
		return b, false
	}
	b = appendPadded(b, n[tmYear]+1900, 4)
	b = appendPadded(append(b, '-'), n[tmMon]+1, 2)
	b = appendPadded(append(b, '-'), n[tmMday], 2)
	b = appendPadded(append(b, 'T'), n[tmHour], 2)
	b = appendPadded(append(b, ':'), n[tmMin], 2)
	b = appendPadded(append(b, ':'), n[tmSec], 2)
	return appendZone(b, v), true
}

// appendZone appends the distance from UTC, where a zone is set: what has none
// does not say where it is.
func appendZone(b []byte, v *prototype.Value) []byte {
	offset, zone := int64(0), false
	for i := tmFields; i < len(v.Elems); i++ {
		switch e := &v.Elems[i]; e.Name {
		case "tm_gmtoff":
			offset = e.Signed()
		case "tm_zone":
			zone = e.State == prototype.Captured && e.Word != 0
		}
	}
	const day = 24 * 3600
	if !zone || offset <= -day || offset >= day {
		return b
	}
	sign := byte('+')
	if offset < 0 {
		sign, offset = '-', -offset
	}
	b = appendPadded(append(b, sign), offset/3600, 2)
	b = appendPadded(b, offset/60%60, 2)
	if offset%60 != 0 { // local mean times had seconds
		b = appendPadded(b, offset%60, 2)
	}
	return b
}

func appendPadded(b []byte, n int64, digits int) []byte {
	from := len(b)
	return padLeft(strconv.AppendInt(b, n, 10), from, digits)
}

package display

import (
	"testing"

	"sonde/prototype"
)

// TestCalendar has broken-down times: dates where they can be written as such.
func TestCalendar(t *testing.T) {
	tm := func(sec, min, hour, mday, mon, year, offset int64, zone prototype.Value) prototype.Value {
		return tree(prototype.Struct, prototype.Time,
			named("tm_sec", num(tInt, sec)), named("tm_min", num(tInt, min)), named("tm_hour", num(tInt, hour)),
			named("tm_mday", num(tInt, mday)), named("tm_mon", num(tInt, mon)), named("tm_year", num(tInt, year)),
			named("tm_wday", num(tInt, 5)), named("tm_isdst", num(tInt, 0)),
			named("tm_gmtoff", num(tLong, offset)), named("tm_zone", zone))
	}
	zone, none := text(tString, "CET"), address(tString, 0, prototype.Captured)
	unreadable := tm(30, 48, 20, 20, 10, 126, 0, zone)
	unreadable.Elems[3].State = prototype.Unreadable
	checkShown(t, shown(), []showCase{
		{"local", tm(30, 48, 20, 20, 10, 126, 3600, zone), "2026-11-20T20:48:30+0100"},
		{"west", tm(0, 0, 0, 1, 0, 70, -12600, zone), "1970-01-01T00:00:00-0330"},
		{"local mean time", tm(0, 0, 0, 1, 0, -20, 3208, zone), "1880-01-01T00:00:00+005328"},
		{"no zone", tm(30, 48, 20, 20, 10, 126, 0, none), "2026-11-20T20:48:30"},
		{"a zone that cannot be", tm(30, 48, 20, 20, 10, 126, 1<<40, zone), "2026-11-20T20:48:30"},
		{"a zone that cannot be read", tm(30, 48, 20, 20, 10, 126, 0, address(tString, 1, prototype.Unreadable)), "2026-11-20T20:48:30"},
		{"leap second", tm(60, 59, 23, 31, 11, 116, 0, zone), "2016-12-31T23:59:60+0000"},
		{"to be put in order", tm(75, 48, 20, 45, 10, 126, 0, none), "2026-11-45T20:48:75"},
		{"zeros", tm(0, 0, 0, 0, 0, 0, 0, none), "1900-01-00T00:00:00"},
		{"first year", tm(0, 0, 0, 1, 0, -1900, 0, none), "0000-01-01T00:00:00"},
		{"before it", tm(0, 0, 0, 1, 0, -1901, 0, none), "{ tm_sec=0, tm_min=0, tm_hour=0, tm_mday=1, tm_mon=0, tm_year=-1901, tm_wday=5, tm_isdst=0, tm_gmtoff=0, tm_zone=nil }"},
		{"last year", tm(0, 0, 0, 1, 0, 8099, 0, none), "9999-01-01T00:00:00"},
		{"after it", tm(0, 0, 0, 1, 0, 8100, 0, none), "{ tm_sec=0, tm_min=0, tm_hour=0, tm_mday=1, tm_mon=0, tm_year=8100, tm_wday=5, tm_isdst=0, tm_gmtoff=0, tm_zone=nil }"},
		{"negative", tm(-1, 0, 0, 1, 0, 126, 0, zone), `{ tm_sec=-1, tm_min=0, tm_hour=0, tm_mday=1, tm_mon=0, tm_year=126, tm_wday=5, tm_isdst=0, tm_gmtoff=0, tm_zone="CET" }`},
		{"garbage", tm(0, 0, 1<<30, 1, 0, 126, 0, zone), `{ tm_sec=0, tm_min=0, tm_hour=1073741824, tm_mday=1, tm_mon=0, tm_year=126, tm_wday=5, tm_isdst=0, tm_gmtoff=0, tm_zone="CET" }`},
		{"not all there", unreadable, `{ tm_sec=30, tm_min=48, tm_hour=20, tm_mday=0x14 <unreadable>, tm_mon=10, tm_year=126, tm_wday=5, tm_isdst=0, tm_gmtoff=0, tm_zone="CET" }`},
	})
	p := shown()
	p.named = true
	checkShown(t, p, []showCase{
		{
			"with names", tm(30, 48, 20, 20, 10, 126, 0, none),
			"{ tm_sec=30, tm_min=48, tm_hour=20, tm_mday=20, tm_mon=10, tm_year=126, tm_wday=5, tm_isdst=0, tm_gmtoff=0, tm_zone=nil }" +
				" /* 2026-11-20T20:48:30 */",
		},
		{
			"garbage with names", tm(-1, 0, 0, 0, 0, 0, 0, none),
			"{ tm_sec=-1, tm_min=0, tm_hour=0, tm_mday=0, tm_mon=0, tm_year=0, tm_wday=5, tm_isdst=0, tm_gmtoff=0, tm_zone=nil }",
		},
	})
}

package filter

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"sonde/sysdeps"
)

// message is an error's text behind the place that it names; "" for none.
func message(err error) string {
	if err == nil {
		return ""
	}
	e := err.(*Error)
	return fmt.Sprintf("%d: %s", e.Off+1, e.Msg)
}

func TestSignals(t *testing.T) {
	for _, c := range []struct{ set, want, err string }{
		{"SIGTERM", "15", ""},
		{"term", "15", ""},
		{"Sigint,HUP", "1 2", ""},
		{"9,SIGSEGV,64", "9 11 64", ""},
		{"IOT,POLL,cld,io", "6 17 29", ""},
		{"SIGRTMIN,RT_2,rt_6,SIGRTMAX", "32 34 38 64", ""},
		{"none", "", ""},
		{"!all", "", ""},
		{"all,none,term", "ALL", ""},
		{"!none", "ALL", ""},
		{"!!term", "15", ""},
		{"!term", "ALL -15", ""},
		{"!32,!33", "", "5: '!' stands in front of the set and turns it round as a whole"},
		{"", "", "1: the set is empty (all and none are sets as well)"},
		{"0", "", "1: 0 is no signal: they go from 1 to 64"},
		{"1,65", "", "3: 65 is no signal: they go from 1 to 64"},
		{"99999999999999999999", "", "1: 99999999999999999999 is no signal: they go from 1 to 64"},
		{"SIG", "", `1: there is no signal "SIG"`},
		{"trem", "", `1: there is no signal "trem"; the nearest name is TERM`},
		{"SIGUSR", "", `1: there is no signal "SIGUSR"; the nearest names are USR1, USR2`},
		{"RT_33", "", `1: there is no signal "RT_33"; the nearest names are RT_13, RT_23, RT_3`},
		{"SIGRTMIN+3", "", "1: SIGRTMIN+3 depends on the C library: SIGRT_5 of glibc's, SIGRT_3 counted from the kernel's"},
		{"RTMIN+31", "", `1: there is no signal "RTMIN+31"; the nearest name is RTMIN`},
		{"?term", "", `1: there is no signal "?term"; the nearest name is TERM`},
	} {
		s, err := ParseSignals(c.set)
		if got := message(err); got != c.err {
			t.Errorf("%s: error %q, want %q", c.set, got, c.err)
		}
		var got, all []string
		for n := -1; n <= sysdeps.SIGRTMAX+1; n++ {
			if s.Wants(n) {
				got = append(got, fmt.Sprint(n))
			}
			if n >= 1 && n <= sysdeps.SIGRTMAX && !slices.Contains(strings.Fields(c.want), fmt.Sprint(-n)) {
				all = append(all, fmt.Sprint(n))
			}
		}
		want := c.want
		if strings.HasPrefix(want, "ALL") {
			want = strings.Join(all, " ")
		}
		if got := strings.Join(got, " "); got != want {
			t.Errorf("%s: %s, want %s", c.set, got, want)
		}
	}
}

func TestDescriptors(t *testing.T) {
	for _, c := range []struct{ set, want, err string }{ // out of -100 -1 0 1 2 3 2147483647
		{"0", "0", ""},
		{"1,2,2147483647", "1 2 2147483647", ""},
		{"!1,2", "0 3 2147483647", ""},
		{"!!3", "3", ""},
		{"all", "0 1 2 3 2147483647", ""},
		{"!all", "", ""},
		{"none", "", ""},
		{"!none", "0 1 2 3 2147483647", ""},
		{"none,,3,", "3", ""},
		{"", "", "1: the set is empty (all and none are sets as well)"},
		{"1,-1", "", `3: "-1" is no file descriptor`},
		{"2147483648", "", `1: "2147483648" is no file descriptor`},
		{"stdin", "", `1: "stdin" is no file descriptor`},
		{"0x1", "", `1: "0x1" is no file descriptor`},
		{"1 ,2", "", `1: "1 " is no file descriptor`},
		{"1,!2", "", "3: '!' stands in front of the set and turns it round as a whole"},
	} {
		d, err := ParseDescriptors(c.set)
		if got := message(err); got != c.err {
			t.Errorf("%s: error %q, want %q", c.set, got, c.err)
		}
		var got []string
		for _, fd := range []int32{-100, -1, 0, 1, 2, 3, 1<<31 - 1} {
			if d.Wants(fd) {
				got = append(got, fmt.Sprint(fd))
			}
		}
		if got := strings.Join(got, " "); got != c.want {
			t.Errorf("%s: %s, want %s", c.set, got, c.want)
		}
	}
}

func TestStatus(t *testing.T) {
	const names = "they are successful, failed, unfinished, unavailable, detached, and errors as ENOENT"
	for _, c := range []struct {
		set  string
		want Ending
		err  string
	}{
		{"successful", Successful, ""},
		{"failed", Failed, ""},
		{"unfinished,unavailable", Unfinished | Unavailable, ""},
		{"detached", Detached, ""},
		{"!successful", Failed | Unfinished | Unavailable | Detached, ""},
		{"!failed,detached", Successful | Unfinished | Unavailable, ""},
		{"successful,failed,unfinished,unavailable,detached", anyEnding, ""},
		{"all", anyEnding, ""},
		{"none", 0, ""},
		{"!none", anyEnding, ""},
		{"none,failed", Failed, ""},
		{"", 0, "1: the set is empty (all and none are sets as well)"},
		{"failed,ok", 0, `8: there is no status "ok"; ` + names},
		{"Failed", 0, `1: there is no status "Failed"; ` + names},
		{"0", 0, `1: there is no status "0"; ` + names},
		{"failed,!detached", 0, "8: '!' stands in front of the set and turns it round as a whole"},
	} {
		s, err := ParseStatus(c.set)
		var got Ending
		for end := Successful; end <= Detached; end <<= 1 {
			if s.Wants(end, 0) {
				got |= end
			}
		}
		if got != c.want || message(err) != c.err || s.All() != (c.want == anyEnding) {
			t.Errorf("%s: %b, all %v, %q, want %b, %q", c.set, got, s.All(), message(err), c.want, c.err)
		}
	}
}

// TestStatusErrors holds which errors are in sets that name some.
func TestStatusErrors(t *testing.T) {
	const enoent, eagain, unknown = 2, 11, 0
	for _, c := range []struct {
		set  string
		want string // what succeeds, fails with ENOENT, with EAGAIN, with an unknown error, with 512
	}{
		{"ENOENT", "-+---"},
		{"enoent,EWOULDBLOCK", "-++--"},
		{"EAGAIN,EAGAIN,successful", "+-+--"},
		{"!ENOENT", "+-+++"},
		{"failed,ENOENT", "-++++"},
		{"!failed,ENOENT", "+----"},
		{"EHWPOISON", "-----"},
	} {
		s, err := ParseStatus(c.set)
		if err != nil {
			t.Errorf("%s: %v", c.set, err)
			continue
		}
		got := ""
		for i, errno := range []int{0, enoent, eagain, unknown, 512} {
			end := Failed
			if i == 0 {
				end = Successful
			}
			if s.Wants(end, errno) {
				got += "+"
			} else {
				got += "-"
			}
		}
		if got != c.want || s.All() {
			t.Errorf("%s: %s, all %v, want %s", c.set, got, s.All(), c.want)
		}
	}
	if _, err := ParseStatus("ENOENTT"); !strings.Contains(message(err), "nearest names are ENOENT") {
		t.Errorf("ENOENTT: %v", err)
	}
}

// FuzzSets reads sets of signals, descriptors and statuses, and turns round
// what is one.
func FuzzSets(f *testing.F) {
	for _, set := range []string{"", "!", ",", "all", "!none", "term,!int", "SIGRT_6,rtmin+3,RTMIN+99", "0,1,64,65,2147483648", "!1,2,3", "successful,failed", "!detached", "enoent,!", "ENOENT,EAGAIN,failed", "\x00,\xff", "SIG_1"} {
		f.Add(set, 3)
	}
	f.Fuzz(func(t *testing.T, set string, n int) {
		checkRound(t, set, ParseSignals, func(s Signals) bool { return s.Wants(n&63 + 1) })
		checkRound(t, set, ParseDescriptors, func(d Descriptors) bool { return d.Wants(int32(n & 0x7fffffff)) })
		checkRound(t, set, ParseStatus, func(s Status) bool { return s.Wants(1<<(n&3), n&0x3ff) })
	})
}

// checkRound reads a set and the one that has a '!' in front, which must
// differ in what they want.
func checkRound[T any](t *testing.T, set string, parse func(string) (T, error), wants func(T) bool) {
	t.Helper()
	s, err := parse(set)
	round, errRound := parse("!" + set)
	checkFault(t, set, err)
	checkFault(t, "!"+set, errRound)
	if (err == nil) != (errRound == nil) {
		t.Fatalf("%q: %v; turned round: %v", set, err, errRound)
	}
	if err == nil && wants(s) == wants(round) {
		t.Errorf("%T: %q and what is not in it agree", s, set)
	}
}

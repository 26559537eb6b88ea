package testkit

import (
	"reflect"
	"strings"
	"testing"
)

func TestParseSystemTrace(t *testing.T) {
	for _, c := range []struct {
		name  string
		trace string
		want  map[string][]string
		wrong int // lines that are not understood
	}{
		{
			"the column of results",
			"70  close(3)                          = 0\n70 read@SYS(3, \") = 5\", 16)   = 5\n",
			map[string][]string{"0": {"close(3) = 0", `read(3, ") = 5", 16) = 5`}},
			0,
		},
		{
			"a call that others come between",
			"70  wait4(-1,  <unfinished ...>\n80 getpid() = 80\n70  <... wait4 resumed>NULL, 0, NULL) = 80\n",
			map[string][]string{"0": {"wait4(-1, NULL, 0, NULL) = THREAD 1"}, "1": {"getpid() = THREAD 1"}},
			0,
		},
		{
			"the same by Sonde",
			"70 wait4@SYS(-1,  <unfinished ...>\n80 getpid@SYS()   = 80\n70 <... wait4@SYS resumed>NULL, 0, NULL) = 80\n",
			map[string][]string{"0": {"wait4(-1, NULL, 0, NULL) = THREAD 1"}, "1": {"getpid() = THREAD 1"}},
			0,
		},
		{
			"an argument that has become another one",
			"70 clone3({flags=0}, 88) = 80\n70 clone3@SYS({flags=0} <unfinished ...>\n80 getpid() = 80\n70 <... clone3@SYS resumed> => {pidfd=[3]}, 88) = 90\n",
			map[string][]string{
				"0":   {"clone3({flags=0}, 88) = THREAD 0.1", "clone3({flags=0} => {pidfd=[3]}, 88) = THREAD 0.2"},
				"0.1": {"getpid() = THREAD 0.1"},
			},
			0,
		},
		{
			"threads by who has made them, though they are first to be heard of",
			"70 vfork( <unfinished ...>\n90 getpid() = 90\n70 <... vfork resumed>) = 90\n70 clone(0) = 80\n80 close(0) = 0\n",
			map[string][]string{
				"0":   {"vfork() = THREAD 0.1", "clone(0) = THREAD 0.2"},
				"0.1": {"getpid() = THREAD 0.1"}, "0.2": {"close(0) = 0"},
			},
			0,
		},
		{
			"ends, which the two spell differently",
			"70 exit_group(3) = ?\n70 +++ exited with 3 +++\n80 exit_group@SYS(3 <no return ...>\n80 +++ exited (status 3) +++\n",
			map[string][]string{
				"0": {"exit_group(3) = ?", "+++ exited with 3 +++"},
				"1": {"exit_group(3) = ?", "+++ exited with 3 +++"},
			},
			0,
		},
		{
			"a call that the end of its thread cuts off",
			"70 pause( <unfinished ...>) = ?\n70 +++ killed by SIGKILL +++\n80 pause(<unfinished ...>\n",
			map[string][]string{"0": {"pause() = ?", "+++ killed by SIGKILL +++"}, "1": {"pause() = ?"}},
			0,
		},
		{
			"an exec is no line of its own",
			"70 execve@SYS(\"a\" <no return ...>\n70 --- Called exec() ---\n70 <... execve@SYS resumed>) = 0\n",
			map[string][]string{"0": {`execve("a") = 0`}},
			0,
		},
		{
			"what varies, and what does not",
			"70 brk(0x55d3c0a01000) = 0x55d3c0a01000\n70 lseek(3, 0x7000, SEEK_SET) = 28672\n" +
				"70 getrandom(\"\\xac\\x01\"..., 40, 0) = 40\n70 futex({tv_sec=5, tv_nsec=70}) = 0\n" +
				"70 sendto(3, {nlmsg_seq=1795306636}) = 20\n70 sendto(3, {nlmsg_seq=12}) = 20\n" +
				"70 epoll_ctl(4, {u32=5, u64=5}) = 0\n70 epoll_ctl(4, {u32=3976200193, u64=139872398472301}) = 0\n",
			map[string][]string{"0": {
				"brk(ADDRESS) = ADDRESS", "lseek(3, 0x7000, SEEK_SET) = 28672",
				`getrandom("RANDOM"..., 40, 0) = 40`, "futex({tv_sec=VARIES, tv_nsec=VARIES}) = 0",
				"sendto(3, {nlmsg_seq=TIME}) = 20", "sendto(3, {nlmsg_seq=12}) = 20",
				"epoll_ctl(4, {u32=5, u64=5}) = 0", "epoll_ctl(4, {u32=ADDRESS, u64=ADDRESS}) = 0",
			}},
			0,
		},
		{"ends of calls that nobody has made", "70 <... read resumed>) = 0\nno thread\n", map[string][]string{}, 2},
		{"a thread that is killed where it begins", "70 <... ??? resumed>) = ?\n", map[string][]string{}, 0},
		{
			"threads that have made each other",
			"70 close(0) = 0\n80 fork() = 90\n90 fork() = 80\n",
			map[string][]string{"0": {"close(0) = 0"}, "?.1.1": {"fork() = THREAD ?.1"}, "?.1": {"fork() = THREAD ?.1.1"}},
			0,
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			tr, err := ParseSystemTrace([]byte(c.trace))
			if err != nil {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(tr.Threads, c.want) {
				t.Errorf("got  %q\nwant %q", tr.Threads, c.want)
			}
			if len(tr.Problems) != c.wrong {
				t.Errorf("not understood: %q, want %d", tr.Problems, c.wrong)
			}
		})
	}
}

func TestCompare(t *testing.T) {
	for _, c := range []struct {
		name      string
		got, want string
		percent   float64
		differ    []Difference
	}{
		{"the same", "a b c", "a b c", 100, nil},
		{"nothing", "", "", 0, nil},
		{"one missing", "a c", "a b c", 80, []Difference{{"0", nil, []string{"b"}}}},
		{"one instead of another", "a x c d", "a b c d", 75, []Difference{{"0", []string{"x"}, []string{"b"}}}},
		{"another order", "b a", "a b", 50, []Difference{{"0", []string{"b"}, nil}, {"0", nil, []string{"b"}}}},
		{"a thread that only one has", "", "a b", 0, []Difference{{"0", nil, []string{"a", "b"}}}},
	} {
		t.Run(c.name, func(t *testing.T) {
			trace := func(lines string) *SystemTrace {
				return &SystemTrace{Threads: map[string][]string{"0": strings.Fields(lines)}}
			}
			a := Compare(trace(c.got), trace(c.want))
			if a.Percent() != c.percent || !reflect.DeepEqual(a.Differences, c.differ) {
				t.Errorf("%.1f %%, differences %q\nwant %.1f %%, %q", a.Percent(), a.Differences, c.percent, c.differ)
			}
		})
	}
}

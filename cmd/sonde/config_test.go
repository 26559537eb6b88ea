package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestLtraceFiles puts a file that was written for ltrace into each of the places where
// ltrace's users have theirs: it serves their library, and hides nothing else.
func TestLtraceFiles(t *testing.T) {
	t.Parallel()
	library := testkit.Build(t, "testdata/conf_queue.c", "-shared", "-fPIC", "-Wl,-soname,libqueue.so.3")
	lib := t.TempDir()
	if err := os.Symlink(library, filepath.Join(lib, "libqueue.so.3")); err != nil {
		t.Fatal(err)
	}
	program := testkit.Build(t, "testdata/conf_queue.c", "-DPROGRAM", "-fno-builtin", "-O0", library)
	conf, err := os.ReadFile("testdata/conf_queue.conf")
	if err != nil {
		t.Fatal(err)
	}
	const want = `q_add({ 1, 2, 'q' }, BLUE) = 3
q_get(3, "val3", 20) = <void>
q_log(2, "%s=%d %5.2f", "k", 4, 2.500000) = 2
q_list({ 1, { 2, nil } }) = 1
q_list({ 1, { 2, recurse^ } }) = 1
q_sum([ 1, 2, 3, 4... ], 6) = 21
q_point({ 5, 6, 'z' }) = <void>
q_flags(<0-4>, 0755) = <0-4>
free(nil) = <void>
puts("done") = 5
`
	for _, c := range []struct {
		name     string
		file     string // in the home directory
		text     string
		options  []string
		old, new string // what the file changes of want
	}{
		{"-F, a file", "q.conf", string(conf), []string{"-F", "~/q.conf"}, "", ""},
		{"-F, a directory", "dir/libqueue.so.3.conf", string(conf), []string{"-F", "~/dir:~/none"}, "", ""},
		{"~/.ltrace.conf", ".ltrace.conf", string(conf), nil, "", ""},
		{"~/.config/ltrace", ".config/ltrace/libqueue.so.3.conf", string(conf), nil, "", ""},
		{"less of the SONAME", ".config/ltrace/libqueue.so.conf", string(conf), nil, "", ""},
		{"~/.ltrace", ".ltrace/libqueue.so.conf", string(conf), nil, "", ""},
		{
			"one line for libc", ".config/ltrace/libc.so.6.conf", "int puts(hide(addr));\n",
			[]string{"-F", "testdata/conf_queue.conf"},
			`puts("done")`, `puts()`,
		},
		{
			"an error costs its declaration", "q.conf", strings.Replace(string(conf), "int q_add(point*,", "int q_add(pint*,", 1),
			[]string{"-F", "~/q.conf"},
			"q_add({ 1, 2, 'q' }, BLUE)", "q_add(",
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			home := t.TempDir()
			file := filepath.Join(home, c.file)
			write(t, file, c.text)
			trace := filepath.Join(home, "trace")
			args := []string{testkit.Sonde(t), "-a", "1", "-o", trace, "-e", "@MAIN-_*"}
			for _, o := range c.options {
				args = append(args, strings.ReplaceAll(o, "~", home))
			}
			r := testkit.Command{
				Args: append(args, program), Trace: trace,
				Env: []string{"HOME=" + home, "XDG_CONFIG_HOME=", "XDG_CONFIG_DIRS=", "LD_LIBRARY_PATH=" + lib},
			}.Run(t)
			checkExit(t, r, 0)
			checkUsersTrace(t, trace, strings.Replace(want, c.old, c.new, 1))
			if strings.Contains(c.name, "error") != strings.Contains(r.Stderr, file+":7:11: ") || strings.Count(r.Stderr, "\n") > 1 {
				t.Errorf("complaints: %q", r.Stderr)
			}
		})
	}
}

// checkUsersTrace compares the calls in a trace. One that want does not tell to its end
// has its result behind arguments that nothing is known of.
func checkUsersTrace(t *testing.T, trace, want string) {
	t.Helper()
	text, err := os.ReadFile(trace)
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.ReplaceAll(string(text), "conf_queue->", ""), "\n")
	for i, line := range strings.Split(strings.TrimSuffix(want, "\n"), "\n") {
		switch begin, rest, open := strings.Cut(line, "( ="); {
		case i >= len(got):
			t.Fatalf("the trace ends before %q", line)
		case got[i] == line:
		case open && strings.HasPrefix(got[i], begin+"(0x") && strings.HasSuffix(got[i], rest):
		default:
			t.Errorf("got  %s\nwant %s", got[i], line)
		}
	}
}

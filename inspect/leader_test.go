package inspect

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestFirstThreadEnded looks at a process whose first thread has ended before the other:
// the files of that one in /proc have nothing.
func TestFirstThreadEnded(t *testing.T) {
	program := testkit.Build(t, "../cmd/fcatch/testdata/die.c", "-O1", "-pthread")
	p := testkit.Start(t, "stdout", nil, program, "never", "alone")
	other := 0
	testkit.Await(t, "its first thread has ended", func() bool {
		threads, err := testkit.Threads(p.PID)
		ended := false
		for _, th := range threads {
			if th.TID == p.PID {
				ended = th.State == 'Z'
			} else {
				other = th.TID
			}
		}
		text, _ := os.ReadFile(fmt.Sprintf("/proc/%d/syscall", other))
		return err == nil && ended && strings.HasPrefix(string(text), "34 ") // pause
	})
	pid := strconv.Itoa(p.PID)
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", other))
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(string(maps), " \n", "\n")
	if got := run(t, "fmaps", pid); got != want {
		t.Errorf("fmaps:\n%s\nwant\n%s", got, want)
	}
	for tool, want := range map[string]string{"fexe": program + "\n", "fauxv": "AT_ENTRY", "fdebuginfo": program} {
		if got := run(t, tool, pid); !strings.Contains(got, want) {
			t.Errorf("%s: %q, want %q", tool, got, want)
		}
	}
}

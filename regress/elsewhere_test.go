package regress

import (
	"fmt"
	"os"
	"testing"

	"golang.org/x/sys/unix"
)

// TestElsewhereEnds holds that the thread of Elsewhere ends, which the first one of a
// process would not.
func TestElsewhereEnds(t *testing.T) {
	row := &T{report: func(string) {}}
	for range 200 {
		var tid int
		row.Elsewhere(func() { tid = unix.Gettid() })
		if tid == os.Getpid() {
			t.Fatal("the first thread was taken")
		}
		row.Await("the thread has ended", func() bool {
			_, err := os.Stat(fmt.Sprintf("/proc/self/task/%d", tid))
			return err != nil
		})
	}
}

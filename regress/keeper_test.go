package regress

import (
	"errors"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// TestKeeperKilled holds that the end of the keeper is told, and that rows end with it.
func TestKeeperKilled(t *testing.T) {
	needTracing(t)
	t.Setenv("TMPDIR", t.TempDir()) // nobody removes the files of a keeper that is killed
	for _, sig := range []unix.Signal{unix.SIGKILL, unix.SIGTERM} {
		rows := []*Row{madeUpRow(t, "skips"), madeUpRow(t, "waits"), madeUpRow(t, "leaves"), madeUpRow(t, "awaits")}
		killed := 0
		err := (&Suite{Jobs: 3}).Run(t.Context(), look(t), rows, func(r Result) bool {
			if r.ID != "leaves" {
				return true // "waits" and "awaits" take their limits
			}
			for _, keeper := range children(os.Getpid()) {
				killed++
				if err := unix.Kill(keeper, sig); err != nil {
					t.Error(err)
				}
			}
			return true
		})
		if killed != 1 || err == nil || !strings.Contains(err.Error(), "the keeper of the rows ended early") {
			t.Errorf("%v: %d keepers, %v", sig, killed, err)
		}
		for until := time.Now().Add(10 * time.Second); time.Now().Before(until); time.Sleep(time.Millisecond) {
			if _, err := unix.Wait4(-1, nil, unix.WALL|unix.WNOHANG, nil); errors.Is(err, unix.ECHILD) {
				break
			}
		}
		checkAlone(t)
	}
}

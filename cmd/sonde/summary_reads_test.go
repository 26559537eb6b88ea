package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// TestSummaryReadsNoArguments holds that counting reads nothing of a call but the word
// that it returns to, where a trace reads what its argument points to as well.
func TestSummaryReadsNoArguments(t *testing.T) {
	strace := testkit.Need(t, "strace")
	program := testkit.Build(t, "testdata/attach_counted.c", "-O1", "-fno-builtin")
	const calls, word = 300, 8
	for option, wordAlone := range map[string]bool{"-c": true, "-tt": false} {
		target := testkit.StartTarget(t, nil, program)
		tool, refused := attach(t, target.PID, option, "-e", "atoi", "-o", "/dev/null")
		if refused {
			tool.Wait(t)
			t.Fatalf("refused: %q", tool.Lines)
		}
		target.Type(t, "1\n") // what is done once is done
		target.Next(t)
		log := filepath.Join(t.TempDir(), "log")
		watcher := testkit.Start(t, "stderr", nil, strace, "-f", "-e", "trace=process_vm_readv,pread64", "-o", log, "-p", strconv.Itoa(tool.PID))
		testkit.Await(t, "strace watches", func() bool { return tracedBy(tool.PID, watcher.PID) })
		target.Type(t, fmt.Sprintf("%d\n", calls))
		if line, ok := target.Next(t); !ok || line != "done" {
			t.Fatalf("the program said %q", line)
		}
		watcher.Signal(t, syscall.SIGINT)
		watcher.Wait(t)
		text, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		reads := regexp.MustCompile(`(?m)(?:process_vm_readv|pread64).* = (\d+)$`).FindAllSubmatch(text, -1)
		more := 0
		for _, m := range reads {
			if n, _ := strconv.Atoi(string(m[1])); n > word {
				more++
			}
		}
		if len(reads) < calls || len(reads) > calls+calls/10 || wordAlone && more > calls/10 || !wordAlone && more < calls {
			t.Errorf("%s: %d reads for %d calls, %d of them of more than a word", option, len(reads), calls, more)
		}
		detach(t, tool, syscall.SIGINT)
		target.EndTarget(t)
	}
}

package main

import (
	"fmt"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// TestRustErrors holds that an io::Error tells what went wrong: the system's error
// by its name.
func TestRustErrors(t *testing.T) {
	t.Parallel()
	const want = `
rust_errors::fail(0) = Ok(7)
rust_errors::fail(1) = Err(ENOENT)
rust_errors::fail(2) = Err(EAGAIN)
rust_errors::fail(3) = Err(0)
rust_errors::fail(4) = Err(N)`
	program := testkit.Build(t, "testdata/rust_errors.rs", "CC=rustc", "-Cdebuginfo=2", "-Copt-level=1")
	r := runTraced(t, "-L -x *fail*@MAIN", program)
	checkExit(t, r.Result, 0)
	var got strings.Builder
	testkit.ReadTrace(t, r.file, 0, func(l testkit.Line) {
		if l.Kind == testkit.CallLine {
			fmt.Fprintf(&got, "\n%s(%s) = %s", l.Name, l.Args, l.Result)
		}
	})
	if text := goNumbers.ReplaceAllString(got.String(), "N"); text != want {
		t.Errorf("calls:%s\nwant:%s", text, want)
	}
}

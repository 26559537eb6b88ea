package testkit

import (
	"os"
	"os/exec"
	"testing"
)

// complete is set in the environment where tools/packages.sh has seen to all that the
// tests need: what is not found then is missing in that list.
const complete = "SONDE_PACKAGES"

// Need returns the path of a command that a test runs, or compares with. Where it is not
// installed the test is skipped, as Lacks says.
func Need(t testing.TB, command string) string {
	t.Helper()
	path, err := exec.LookPath(command)
	if err != nil {
		Lacks(t, "%s is not installed", command)
	}
	return path
}

// Lacks ends a test for want of something that a package would bring: it is skipped, or
// fails where the packages are said to be installed.
func Lacks(t testing.TB, format string, args ...any) {
	t.Helper()
	if os.Getenv(complete) != "" {
		t.Fatalf("tools/packages.sh leaves this out: "+format, args...)
	}
	t.Skipf(format, args...)
}

package regress

import (
	"os"
	"testing"

	"sonde/sysdeps/ptrace"
)

func TestMain(m *testing.M) {
	Serve(ptrace.Direct{}, madeUp...)
	os.Exit(m.Run())
}

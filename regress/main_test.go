package regress

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	k, err := kernelInUse()
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	Serve(k, madeUp...)
	os.Exit(m.Run())
}

package main

import (
	"testing"

	"sonde/internal/testkit"
)

// TestManual holds the manual page against the program.
func TestManual(t *testing.T) { testkit.CheckManual(t, "../../man/fsystest.1", "fsystest") }

package stacks

import (
	"testing"

	"sonde/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

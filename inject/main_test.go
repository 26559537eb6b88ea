package inject

import (
	"testing"

	"sonde/internal/testkit"
)

func TestMain(m *testing.M) { testkit.Main(m) }

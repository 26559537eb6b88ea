package main

import (
	"slices"
	"testing"
)

// TestNewest holds the order of packages' names: numbers count as numbers.
func TestNewest(t *testing.T) {
	names := []string{
		"linux-image-6.1.0-9-cloud-amd64",
		"linux-image-6.1.0-50-cloud-amd64",
		"linux-image-6.12.9+deb13-cloud-amd64",
		"linux-image-6.12.90+deb12-cloud-amd64",
		"linux-image-6.12.90+deb12.1-cloud-amd64",
		"linux-image-6.12.90+deb13-cloud-amd64",
		"linux-image-6.12.107+deb12-cloud-amd64",
	}
	for i, first := range names {
		for j, second := range names {
			if got, want := sign(compareNumbers(first, second)), sign(i-j); got != want {
				t.Errorf("%s, %s: %d, want %d", first, second, got, want)
			}
		}
	}
	if got := slices.MaxFunc(names, compareNumbers); got != names[len(names)-1] {
		t.Errorf("the newest: %s", got)
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

package main

import (
	"context"
	"fmt"
	"os"
	"os/exec"
)

// build builds the guest's programs into a directory: nothing but them is there, so they
// need no library.
func build(ctx context.Context, dir string) (string, error) {
	cmd := exec.CommandContext(ctx, "go", "build", "-ldflags=-E sonde_entry -s -w", "-o", dir+"/", "./cmd/fsystest", "./regress/kernels")
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0", "GOOS=linux", "GOARCH=amd64")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build the guest's programs: %w\n%s", err, out)
	}
	return dir, nil
}

package main

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// target is a program that runs while tools look at it.
type target struct {
	cmd   *exec.Cmd
	stdin io.WriteCloser
	out   *bufio.Reader
}

// startTarget starts the program in front of the separator, and waits until it is ready.
// tool is the command behind it, with the program's process id in its place.
func startTarget(argv []string) (t *target, tool []string, err error) {
	i := slices.Index(argv, held)
	if i < 1 {
		return nil, nil, fmt.Errorf("%s: no tool to look at it", strings.Join(argv, " "))
	}
	t = &target{cmd: exec.Command(argv[0], argv[1:i]...)}
	if t.stdin, err = t.cmd.StdinPipe(); err != nil {
		return nil, nil, err
	}
	stdout, err := t.cmd.StdoutPipe()
	if err != nil {
		return nil, nil, err
	}
	if err := t.cmd.Start(); err != nil {
		return nil, nil, err
	}
	t.out = bufio.NewReader(stdout)
	if line, err := t.out.ReadString('\n'); line != "ready\n" {
		return nil, nil, errors.Join(fmt.Errorf("%s: said %q: %w", argv[0], line, err), t.end())
	}
	for _, arg := range argv[i+1:] {
		if arg == pidWord {
			arg = strconv.Itoa(t.cmd.Process.Pid)
		}
		tool = append(tool, arg)
	}
	return t, tool, nil
}

// end ends the program.
func (t *target) end() error {
	t.stdin.Close()
	return t.cmd.Wait()
}

// longest asks the program for the longest time for which it did not run since it was
// asked last, in milliseconds.
func (t *target) longest() (float64, error) {
	if _, err := io.WriteString(t.stdin, "\n"); err != nil {
		return 0, err
	}
	line, err := t.out.ReadString('\n')
	if err != nil {
		return 0, err
	}
	return strconv.ParseFloat(strings.TrimSpace(line), 64)
}

// onTarget starts the program, has look done with the tool, and ends the program.
func onTarget(argv []string, look func(t *target, tool []string) (float64, error)) (v float64, err error) {
	t, tool, err := startTarget(argv)
	if err != nil {
		return 0, err
	}
	defer func() { err = errors.Join(err, t.end()) }()
	return look(t, tool)
}

// answers returns what runs a tool so many times, and returns the milliseconds of
// processor time that the median run took, its start included. What it prints goes
// nowhere. Of runs that end within milliseconds the time by the clock tells more of what
// else the machine does.
func answers(times int) func(argv []string) (float64, error) {
	return func(argv []string) (float64, error) {
		return onTarget(argv, func(_ *target, tool []string) (float64, error) {
			all := make([]float64, times)
			for i := range all {
				used, err := quietly(tool)
				if err != nil {
					return 0, err
				}
				all[i] = used.Seconds() * 1e3
			}
			return median(all), nil
		})
	}
}

// quietly runs a command whose output goes nowhere, and returns the processor time that
// it has taken.
func quietly(argv []string) (used time.Duration, err error) {
	var stderr bytes.Buffer
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = &stderr
	if err := cmd.Run(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, stderr.Bytes())
	}
	return cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime(), nil
}

// standsStill runs a tool and returns for how many milliseconds the program did not run.
func standsStill(argv []string) (float64, error) {
	return onTarget(argv, func(t *target, tool []string) (float64, error) {
		defer removeCores(tool)
		if _, err := t.longest(); err != nil {
			return 0, err
		}
		if _, err := quietly(tool); err != nil {
			return 0, err
		}
		return t.longest()
	})
}

// coreSize runs a tool that writes a core file, and returns how many MiB that takes on
// the disk.
func coreSize(argv []string) (float64, error) {
	return onTarget(argv, func(_ *target, tool []string) (float64, error) {
		defer removeCores(tool)
		if _, err := quietly(tool); err != nil {
			return 0, err
		}
		size := int64(0)
		for _, name := range cores(tool) {
			var st syscall.Stat_t
			if err := syscall.Stat(name, &st); err != nil {
				return 0, err
			}
			size += 512 * st.Blocks
		}
		if size == 0 {
			return 0, fmt.Errorf("%s: no core file", strings.Join(tool, " "))
		}
		return float64(size) / (1 << 20), nil
	})
}

// cores returns the files that a command has written where its -o says.
func cores(tool []string) []string {
	i := slices.Index(tool, "-o")
	if i < 0 || i+1 >= len(tool) {
		return nil
	}
	found, _ := filepath.Glob(tool[i+1] + ".*") // the pattern is good
	return found
}

func removeCores(tool []string) {
	for _, name := range cores(tool) {
		os.Remove(name)
	}
}

// operation is the figure in a line of a Go benchmark.
var operation = regexp.MustCompile(`([0-9.]+) ns/op`)

// eitherTime reads the nanoseconds of a Go benchmark, or of a program that measures its
// own calls.
func eitherTime(argv []string) (float64, error) {
	if argv[0] == "go" {
		return perOperation(argv)
	}
	return ownTime(argv)
}

// perOperation runs a Go benchmark and returns its nanoseconds.
func perOperation(argv []string) (float64, error) {
	out, err := exec.Command(argv[0], argv[1:]...).CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	m := operation.FindSubmatch(out)
	if m == nil {
		return 0, fmt.Errorf("%s: no benchmark\n%s", strings.Join(argv, " "), out)
	}
	return strconv.ParseFloat(string(m[1]), 64)
}

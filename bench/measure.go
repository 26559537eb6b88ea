package main

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// result is a row measured: the medians of both sides.
type result struct {
	row
	sonde, other float64
}

func (r result) ratio() float64 { return r.sonde / r.other }

// measure runs both sides in turn.
func measure(r row, tl tools, runs int) (result, error) {
	program, err := r.program(tl)
	if err != nil {
		return result{}, err
	}
	ours := r.sonde(tl, program)
	theirs := r.other(tl, program)
	var a, b []float64
	for range runs {
		x, err := r.read(ours)
		if err != nil {
			return result{}, err
		}
		y, err := r.read(theirs)
		if err != nil {
			return result{}, err
		}
		a, b = append(a, x), append(b, y)
	}
	return result{row: r, sonde: median(a), other: median(b)}, nil
}

func median(v []float64) float64 {
	slices.Sort(v)
	if n := len(v); n%2 == 0 {
		return (v[n/2-1] + v[n/2]) / 2
	}
	return v[len(v)/2]
}

// ownTime runs a command whose program prints its own nanoseconds per call.
func ownTime(argv []string) (float64, error) {
	var stderr bytes.Buffer
	cmd := exec.Command(argv[0], argv[1:]...)
	cmd.Stderr = &stderr
	out, err := cmd.Output()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, stderr.Bytes())
	}
	return strconv.ParseFloat(strings.TrimSpace(string(out)), 64)
}

// wallTime runs a command and returns its milliseconds from start to end.
func wallTime(argv []string) (float64, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	start := time.Now()
	out, err := cmd.CombinedOutput()
	if err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	return time.Since(start).Seconds() * 1e3, nil
}

// perThread runs a command whose last argument is a number of threads, and returns the
// microseconds of processor time that each of them takes, in the tracer and by itself.
func perThread(argv []string) (float64, error) {
	n, err := strconv.Atoi(argv[len(argv)-1])
	if err != nil {
		return 0, fmt.Errorf("%s: how many threads? %w", strings.Join(argv, " "), err)
	}
	used, err := quietly(argv)
	return used.Seconds() * 1e6 / float64(n), err
}

// processorTime runs a command and returns the milliseconds that it and its programs had
// of the processors.
func processorTime(argv []string) (float64, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	return (cmd.ProcessState.UserTime() + cmd.ProcessState.SystemTime()).Seconds() * 1e3, nil
}

// timePerLine runs a tracer as wallTime does, but with the trace to a file, and
// returns the nanoseconds for each call that the trace holds.
func timePerLine(argv []string) (float64, error) {
	trace, err := os.CreateTemp("", "sonde-bench-trace-")
	if err != nil {
		return 0, err
	}
	defer os.Remove(trace.Name())
	defer trace.Close()
	argv = slices.Clone(argv)
	i := slices.Index(argv, os.DevNull)
	if i < 0 {
		return 0, fmt.Errorf("%s: no output to be put into a file", strings.Join(argv, " "))
	}
	argv[i] = trace.Name()
	ms, err := wallTime(argv)
	if err != nil {
		return 0, err
	}
	calls := 0
	lines := bufio.NewScanner(trace)
	for lines.Scan() {
		if !bytes.Contains(lines.Bytes(), []byte(" resumed> ")) { // the end of a call that has a line
			calls++
		}
	}
	if err := lines.Err(); err != nil {
		return 0, err
	}
	if calls == 0 {
		return 0, fmt.Errorf("%s: nothing traced", strings.Join(argv, " "))
	}
	return ms * 1e6 / float64(calls), nil
}

// largestSet runs a tracer and returns the MiB of the largest resident set that it or a
// program of its had.
func largestSet(argv []string) (float64, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	if out, err := cmd.CombinedOutput(); err != nil {
		return 0, fmt.Errorf("%s: %w\n%s", strings.Join(argv, " "), err, out)
	}
	used, ok := cmd.ProcessState.SysUsage().(*syscall.Rusage)
	if !ok {
		return 0, fmt.Errorf("%s: its use of memory is not known", argv[0])
	}
	return float64(used.Maxrss) / 1024, nil // KiB (getrusage(2))
}

// peakMemory runs a command until its program says "ready" and returns the largest
// resident set so far, in MiB, of the command itself: not of the program, which
// its resource usage would include.
func peakMemory(argv []string) (float64, error) {
	cmd := exec.Command(argv[0], argv[1:]...)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		return 0, err
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		return 0, err
	}
	if err := cmd.Start(); err != nil {
		return 0, err
	}
	line, _ := bufio.NewReader(stdout).ReadString('\n')
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", cmd.Process.Pid))
	stdin.Close()
	if end := cmd.Wait(); end != nil || line != "ready\n" {
		return 0, fmt.Errorf("%s: said %q and ended with %v", strings.Join(argv, " "), line, cmd.ProcessState)
	}
	if err != nil {
		return 0, err
	}
	_, after, _ := strings.Cut(string(status), "VmHWM:")
	fields := strings.Fields(after)
	if len(fields) == 0 {
		return 0, fmt.Errorf("no VmHWM in the status of %s", argv[0])
	}
	kib, err := strconv.ParseFloat(fields[0], 64)
	return kib / 1024, err
}

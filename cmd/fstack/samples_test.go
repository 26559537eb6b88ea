package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"sonde/internal/testkit"
	"sonde/stacks"
)

// TestSamples looks at a process several times, in each form.
func TestSamples(t *testing.T) {
	p, _ := start(t)
	pid := strconv.Itoa(p.PID)
	args := []string{"--samples", "3", "--interval", "1ms", pid}
	text := run0(t, "fstack", args...).Stdout
	if n := len(regexp.MustCompile(`(?m)^Process \d+: \S+, sample [123] at \d\d:\d\d:\d\d\.\d{3}$`).FindAllString(text, -1)); n != 3 || strings.Count(text, "\nThread ") != 12 {
		t.Errorf("%d headings in\n%s", n, text)
	}
	grouped := run0(t, "fstack", append([]string{"--group"}, args...)...).Stdout
	if !regexp.MustCompile(`^Process \d+: \S+, 3 samples in \S+\n\n9 times:\n(Thread \d+ "threads", 3 times\n){3}#0 `).MatchString(grouped) || !strings.Contains(grouped, "\n3 times:\nThread "+pid) {
		t.Errorf("grouped:\n%s", grouped)
	}
	folded := run0(t, "fstack", append([]string{"--folded"}, args...)...).Stdout
	if !regexp.MustCompile(`(?m)^threads;.*;sleeper;.*pause 9$`).MatchString(folded) {
		t.Errorf("folded:\n%s", folded)
	}
	r := run0(t, "fstack", append([]string{"--json", "-v"}, args...)...)
	if strings.Count(r.Stderr, "stood still for") != 3 || !regexp.MustCompile(`stood still 3 times, for \S+ as the median and \S+ at the most\n$`).MatchString(r.Stderr) {
		t.Errorf("-v: %s", r.Describe())
	}
	var last time.Time
	lines := json.NewDecoder(strings.NewReader(r.Stdout))
	for n := 1; ; n++ {
		var got stacks.Process
		if err := lines.Decode(&got); err == io.EOF && n == 4 {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if got.Sample != n || !got.Time.After(last) || len(got.Threads) != 4 {
			t.Errorf("sample %d: %+v", n, got)
		}
		last = got.Time
	}
}

// sampling starts fstack for a million samples, and returns what it prints, and what it
// says of the first one.
func sampling(t *testing.T, args ...string) (cmd *exec.Cmd, stdout *bytes.Buffer, said *bufio.Reader) {
	t.Helper()
	testkit.HeedSignals()
	cmd = exec.Command(testkit.Tool(t, "fstack"), append([]string{"-v", "--samples", "1000000", "--interval", "1ms"}, args...)...)
	stdout = new(bytes.Buffer)
	cmd.Stdout = stdout
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	said = bufio.NewReader(stderr)
	if line, err := said.ReadString('\n'); err != nil || !strings.Contains(line, "stood still for") {
		t.Fatalf("it says %q, %v", line, err)
	}
	return cmd, stdout, said
}

// TestSamplesEnd ends sampling by an interrupt, which prints what there is, and by the end
// of the process, which is told once.
func TestSamplesEnd(t *testing.T) {
	p, _ := start(t)
	cmd, stdout, said := sampling(t, "--folded", strconv.Itoa(p.PID))
	if err := cmd.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	_, _ = io.Copy(io.Discard, said)
	if err := cmd.Wait(); err != nil || !strings.Contains(stdout.String(), ";sleeper;") {
		t.Errorf("interrupted: %v\n%s", err, stdout)
	}
	testkit.CheckRunning(t, p.PID)

	cmd, stdout, said = sampling(t, "--group", strconv.Itoa(p.PID))
	p.Signal(t, 9)
	p.Wait(t)
	rest, _ := io.ReadAll(said)
	if err := cmd.Wait(); err != nil || bytes.Count(rest, []byte("has ended, after ")) != 1 || !strings.Contains(stdout.String(), "in sleeper ()") {
		t.Errorf("ended: %v\n%s\n%s", err, rest, stdout)
	}
}

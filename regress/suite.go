package regress

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Suite runs rows, each in a process of its own. The zero value runs them one by one with
// the usual limits.
type Suite struct {
	Jobs int // at a time; 0 means 1
	// Limit is how long a row may take, Loop how long one that looks for a race goes on,
	// and Quiet for how long nothing is to come where nothing may. 0 means the usual.
	Limit, Loop, Quiet time.Duration
	Seed               uint64
	// Env are more variables for the rows' processes.
	Env []string

	mu     sync.Mutex
	active map[int]bool // processes of rows
}

// The usual limits.
const (
	DefaultLimit = 10 * time.Second
	DefaultLoop  = time.Second
	DefaultQuiet = 100 * time.Millisecond
)

// Run runs rows on a machine, and hands over each result as it comes. It ends early when
// ctx does, or when report is false.
func (s *Suite) Run(ctx context.Context, m *Machine, rows []*Row, report func(Result) bool) error {
	// What a row's process leaves behind when it is killed comes to this one.
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become the reaper of rows: %w", err)
	}
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	todo, done := make(chan *Row), make(chan Result)
	var workers sync.WaitGroup
	for range max(s.Jobs, 1) {
		workers.Go(func() {
			for row := range todo {
				done <- s.one(ctx, m, row)
			}
		})
	}
	go func() {
		defer func() {
			close(todo)
			workers.Wait()
			close(done)
		}()
		for _, row := range rows {
			select {
			case todo <- row:
			case <-ctx.Done():
				return
			}
		}
	}()
	for r := range done {
		if ctx.Err() == nil && !report(r) {
			stop()
		}
	}
	return nil
}

// one runs a row unless the machine lacks what it needs.
func (s *Suite) one(ctx context.Context, m *Machine, row *Row) Result {
	if row.Arch != nil && !m.runs(row.Arch) {
		return Result{ID: row.ID, Verdict: Skip, Reason: "for " + row.Arch.Name}
	}
	for _, need := range row.Needs {
		if why := m.Lacks[need]; why != "" {
			return Result{ID: row.ID, Verdict: Skip, Reason: why}
		}
	}
	began := time.Now()
	r, err := s.process(ctx, m, row)
	if err != nil {
		r.Verdict, r.Reason = Error, err.Error()
	}
	r.ID, r.Took = row.ID, time.Since(began)
	r.judge(row.expected(m))
	return r
}

// process runs a row in a process, and clears up behind it.
func (s *Suite) process(ctx context.Context, m *Machine, row *Row) (r Result, err error) {
	o := order{ID: row.ID, Machine: m, Seed: s.Seed, Limit: s.Limit, Loop: s.Loop, Quiet: s.Quiet}
	for value, usual := range map[*time.Duration]time.Duration{&o.Limit: DefaultLimit, &o.Loop: DefaultLoop, &o.Quiet: DefaultQuiet} {
		if *value == 0 {
			*value = usual
		}
	}
	text, err := json.Marshal(o)
	if err != nil {
		return r, err
	}
	from, to, err := os.Pipe()
	if err != nil {
		return r, err
	}
	defer from.Close()
	var stderr strings.Builder
	// Late enough that the row's own watchdog comes first.
	ctx, cancel := context.WithTimeout(ctx, o.Limit+o.Loop+5*time.Second)
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = append(append(os.Environ(), s.Env...), orderVar+"="+string(text))
	cmd.ExtraFiles = []*os.File{to}
	cmd.Stderr = &stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	cmd.WaitDelay = 5 * time.Second // for what holds its files open
	err = s.start(cmd)
	to.Close()
	if err != nil {
		return r, fmt.Errorf("start a process for the row: %w", err)
	}
	// A process that cannot be killed keeps the pipe open, and is told as what it is.
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(cmd.WaitDelay, func() { from.Close() })
	})
	defer stop()
	r, readErr := readReports(from)
	if readErr != nil {
		cmd.Cancel()
	}
	err = cmd.Wait()
	s.ended(cmd.Process.Pid)
	switch {
	case r.Verdict != "":
		return r, nil
	case ctx.Err() != nil:
		return r, errors.New("did not end in time, and had to be killed")
	case err != nil:
		return r, fmt.Errorf("ended without a verdict: %w; %s", err, strings.Join(strings.Fields(stderr.String()), " "))
	}
	return r, errors.Join(errors.New("ended without a verdict"), readErr)
}

// start starts a row's process, and notes it before anybody can take it for what a row
// has left behind.
func (s *Suite) start(cmd *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	if s.active == nil {
		s.active = make(map[int]bool)
	}
	s.active[cmd.Process.Pid] = true
	return nil
}

// ended notes the end of a row's process, and ends what it has left behind. Nothing but
// rows' processes, and what they leave, are children of this one.
func (s *Suite) ended(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.active, pid)
	for left := true; left; {
		left = false
		for _, child := range children(os.Getpid()) {
			if s.active[child] {
				continue
			}
			_ = unix.Kill(child, unix.SIGKILL) // it may be gone
			// It may hang in the kernel for good: that is not waited for.
			if got, err := unix.Wait4(child, nil, unix.WALL|unix.WNOHANG, nil); err == nil && got == child {
				left = true // and its children are ours now
			}
		}
	}
}

// readReports reads what a row's process tells.
func readReports(from io.Reader) (r Result, err error) {
	lines := bufio.NewScanner(from)
	for lines.Scan() {
		var m message
		if err := json.Unmarshal(lines.Bytes(), &m); err != nil {
			return r, fmt.Errorf("read a report: %w", err)
		}
		if m.Step != "" {
			r.Steps = append(r.Steps, m.Step)
		}
		if m.Verdict != "" {
			r.Verdict, r.Reason = m.Verdict, m.Reason
		}
	}
	return r, lines.Err()
}

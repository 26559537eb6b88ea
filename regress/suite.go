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
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Suite runs rows, each in a process of its own. The zero value runs them one by one with
// the usual limits.
//
// While it does, the program that it is part of starts no other processes: children that
// come then are taken for what rows have left behind, and killed.
type Suite struct {
	Jobs int // at a time; 0 means 1
	// Limit is how long a row may take, Loop how long one that looks for a race goes on,
	// and Quiet for how long nothing is to come where nothing may. 0 means the usual.
	Limit, Loop, Quiet time.Duration
	Seed               uint64
	// Env are more variables for the rows' processes.
	Env []string

	grace time.Duration // for processes to end; 0 means the usual

	mu    sync.Mutex
	spare map[int]bool // children that are not, or not any more, to be ended
}

// The usual limits.
const (
	DefaultLimit = 10 * time.Second
	DefaultLoop  = time.Second
	DefaultQuiet = 100 * time.Millisecond

	defaultGrace = 5 * time.Second
)

// Run runs rows on a machine, and hands over each result as it comes. It ends early when
// ctx does, or when report is false.
func (s *Suite) Run(ctx context.Context, m *Machine, rows []*Row, report func(Result) bool) error {
	if err := s.adopt(); err != nil {
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
	for _, need := range append([]Need{Tracing}, row.Needs...) {
		if why := m.Lacks[need]; why != "" {
			return Result{ID: row.ID, Verdict: Skip, Reason: why}
		}
	}
	began := time.Now()
	r, err := s.process(ctx, m, row)
	switch {
	case exhausted(err):
		r.Verdict, r.Reason = Skip, "the machine has no room for it: "+err.Error()
	case err != nil:
		r.Verdict, r.Reason = Error, err.Error()
	}
	r.ID, r.Took = row.ID, time.Since(began)
	r.judge(row.expected(m))
	return r
}

// exhausted tells whether an error means that there are no more files, processes or memory
// to be had.
func exhausted(err error) bool {
	return slices.ContainsFunc([]error{unix.EMFILE, unix.ENFILE, unix.EAGAIN, unix.ENOMEM}, func(e error) bool { return errors.Is(err, e) })
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
	stderr, err := memory("stderr")
	if err != nil {
		to.Close()
		return r, err
	}
	defer stderr.Close()
	// Late enough that the row's own watchdog comes first.
	ctx, cancel := context.WithTimeout(ctx, o.limit(row)+s.patience())
	defer cancel()
	cmd := exec.CommandContext(ctx, "/proc/self/exe")
	cmd.Env = append(append(os.Environ(), s.Env...), orderVar+"="+string(text))
	cmd.ExtraFiles = []*os.File{to}
	cmd.Stderr = stderr
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	err = s.start(cmd)
	to.Close()
	if err != nil {
		return r, fmt.Errorf("start a process for the row: %w", err)
	}
	r, err = s.watch(ctx, cmd, from)
	switch {
	case r.Verdict != "":
		return r, nil
	case errors.Is(err, errStuck):
		return r, err
	case ctx.Err() != nil:
		return r, errors.New("did not end in time, and had to be killed")
	}
	said := make([]byte, 4096)
	n, _ := stderr.ReadAt(said, 0) // what there is
	return r, fmt.Errorf("ended without a verdict: %w; %s", err, strings.Join(strings.Fields(string(said[:n])), " "))
}

// errStuck says that SIGKILL does not end a process: it hangs in the kernel.
var errStuck = errors.New("hangs in the kernel, and cannot be killed")

// errSilent says that a process has ended as it should, but for its verdict.
var errSilent = errors.New("exit status 0")

// watch reads what a row's process tells, and waits for its end, though not for good.
func (s *Suite) watch(ctx context.Context, cmd *exec.Cmd, from *os.File) (r Result, err error) {
	type told struct {
		result Result
		err    error
	}
	read, ended := make(chan told, 1), make(chan error, 1)
	go func() {
		r, err := readReports(from)
		if err != nil {
			_ = cmd.Cancel() // it may have ended
		}
		read <- told{r, err}
		ended <- errors.Join(err, cmd.Wait())
	}()
	gone := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		time.AfterFunc(s.patience(), func() { close(gone) })
	})
	defer stop()
	select {
	case err = <-ended:
		s.ended(cmd.Process.Pid)
		r = (<-read).result
		if err == nil {
			err = errSilent
		}
		return r, err
	case <-gone:
	}
	from.Close() // which ends the reading
	r = (<-read).result
	return r, fmt.Errorf("process %d %w", cmd.Process.Pid, errStuck)
}

// patience is how long a process has to end.
func (s *Suite) patience() time.Duration {
	if s.grace == 0 {
		return defaultGrace
	}
	return s.grace
}

// memory returns a file without a name. A pipe would have to be read until all that a row
// has started has ended.
func memory(name string) (*os.File, error) {
	fd, err := unix.MemfdCreate(name, unix.MFD_CLOEXEC)
	if err != nil {
		return nil, fmt.Errorf("memfd_create: %w", err)
	}
	return os.NewFile(uintptr(fd), name), nil
}

// adopt makes this process the one that gets what rows' processes leave behind when they
// are killed, which it stays.
func (s *Suite) adopt() error {
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.spare = make(map[int]bool)
	for _, child := range children(os.Getpid()) {
		s.spare[child] = true
	}
	return nil
}

// start starts a row's process, and notes it before anybody can take it for what a row
// has left behind.
func (s *Suite) start(cmd *exec.Cmd) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	s.spare[cmd.Process.Pid] = true
	return nil
}

// ended notes the end of a row's process, and ends what it has left behind. What does not
// end is left alone from then on.
func (s *Suite) ended(pid int) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.spare, pid)
	for until := time.Now().Add(s.patience()); ; {
		left := slices.DeleteFunc(children(os.Getpid()), func(child int) bool { return s.spare[child] })
		if len(left) == 0 {
			return
		}
		late := time.Now().After(until)
		for _, child := range left {
			_ = unix.Kill(child, unix.SIGKILL) // it may be gone
			got, _ := unix.Wait4(child, nil, unix.WALL|unix.WNOHANG, nil)
			s.spare[child] = late && got != child
		}
		time.Sleep(100 * time.Microsecond) // no descriptor tells of the end of any child
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

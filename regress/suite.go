package regress

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"syscall"
	"time"
)

// Suite runs rows, each in a process of its own. The zero value runs them one by one with
// the usual limits.
//
// The rows' processes are descendants of a keeper, a process of the suite's own, and do
// not outlive it; nor does it outlive the run, or the program. So a program may have other
// children, before and meanwhile. All that it has to do is to call Serve at its beginning.
type Suite struct {
	Jobs int // at a time; 0 means 1
	// Limit is how long a row may take, Loop how long one that looks for a race goes on,
	// and Quiet for how long nothing is to come where nothing may. 0 means the usual.
	Limit, Loop, Quiet time.Duration
	Seed               uint64
	// Env are more variables for the rows' processes.
	Env []string

	grace time.Duration // for processes to end; 0 means the usual
}

// The usual limits.
const (
	DefaultLimit = 10 * time.Second
	DefaultLoop  = time.Second
	DefaultQuiet = 100 * time.Millisecond

	defaultGrace = 5 * time.Second
)

// Run runs rows on a machine, and hands over each result as it comes, in no order. It ends
// early when ctx does, or when report is false. When it returns, all that rows have started
// has ended, but for what hangs in the kernel.
func (s *Suite) Run(ctx context.Context, m *Machine, rows []*Row, report func(Result) bool) error {
	ctx, stop := context.WithCancel(ctx)
	defer stop()
	left := make(map[string]int) // results to come
	tell := func(r Result) {
		left[r.ID]--
		if ctx.Err() == nil && !report(r) {
			stop()
		}
	}
	var able []*Row
	for _, row := range rows {
		left[row.ID]++
		if why := m.lacks(row); why != "" {
			tell(Result{ID: row.ID, Verdict: Skip, Reason: why})
			continue
		}
		able = append(able, row)
	}
	if len(able) == 0 || ctx.Err() != nil {
		return nil
	}
	err := s.keep(ctx, s.keeping(m, able), tell)
	if !exhausted(err) {
		return err
	}
	for _, row := range able {
		if left[row.ID] > 0 {
			tell(Result{ID: row.ID, Verdict: Skip, Reason: shortage(err)})
		}
	}
	return nil
}

// keeping is what the keeper is to be told.
func (s *Suite) keeping(m *Machine, rows []*Row) *keeping {
	k := &keeping{Machine: m, Jobs: max(s.Jobs, 1), Seed: s.Seed, Limit: s.Limit, Loop: s.Loop, Quiet: s.Quiet, Grace: s.grace}
	for _, row := range rows {
		k.Rows = append(k.Rows, row.ID)
	}
	for value, usual := range map[*time.Duration]time.Duration{
		&k.Limit: DefaultLimit, &k.Loop: DefaultLoop, &k.Quiet: DefaultQuiet, &k.Grace: defaultGrace,
	} {
		if *value == 0 {
			*value = usual
		}
	}
	return k
}

// keep runs a keeper, and hands over what it tells, until it has ended. That it does when
// ctx ends: the pipe that it has its orders from is closed then, as at the end of this
// process.
func (s *Suite) keep(ctx context.Context, told *keeping, report func(Result)) error {
	text, err := json.Marshal(told)
	if err != nil {
		return err
	}
	from, to, err := os.Pipe()
	if err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	defer from.Close()
	cmd := itself(append(s.Env, keeperVar+"=1"))
	said := lastWords(cmd)
	defer said.Close()
	cmd.ExtraFiles = []*os.File{to}
	orders, err := cmd.StdinPipe()
	if err == nil {
		err = cmd.Start()
	}
	to.Close()
	if err != nil {
		return fmt.Errorf("start the keeper of the rows: %w", err)
	}
	// What cannot be written is told by the keeper's end.
	_, _ = orders.Write(append(text, '\n'))
	dismiss := context.AfterFunc(ctx, func() { orders.Close() })
	defer dismiss()
	done, read := readKept(from, report)
	if read != nil {
		orders.Close()
		_, _ = io.Copy(io.Discard, from) // so that it can end
	}
	err = errors.Join(read, cmd.Wait())
	if ctx.Err() != nil || done && err == nil {
		return nil
	}
	return fmt.Errorf("the keeper of the rows ended early: %w", ending(err, said))
}

// readKept reads what the keeper tells, and whether that is all.
func readKept(from io.Reader, report func(Result)) (done bool, err error) {
	for d := json.NewDecoder(from); ; {
		var k kept
		switch err := d.Decode(&k); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
			return done, nil
		case err != nil:
			return done, fmt.Errorf("read a result: %w", err)
		}
		if k.Result != nil {
			report(*k.Result)
		}
		done = done || k.Done
	}
}

// itself is this program once more, out of reach of what is sent to the terminal's
// processes, and with more in its environment.
func itself(env []string) *exec.Cmd {
	cmd := exec.Command("/proc/self/exe")
	cmd.Env = append(os.Environ(), env...)
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	return cmd
}

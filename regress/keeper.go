package regress

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"runtime"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// keeperVar is the variable of the environment that makes a process the keeper of rows.
const keeperVar = "SONDE_REGRESS_KEEPER"

// keeping is what a keeper is told, on its standard input.
type keeping struct {
	Machine                   *Machine
	Rows                      []string
	Jobs                      int
	Limit, Loop, Quiet, Grace time.Duration
	Seed                      uint64
}

// kept is what it tells of it: a result, or that there are no more.
type kept struct {
	Result *Result `json:",omitempty"`
	Done   bool    `json:",omitempty"`
}

// keeper starts rows' processes. It has no other children, and is the one that gets
// whatever those leave behind, so that it can end all of it: after each row, and at the
// end of the run, which comes at the latest with that of the process that wants it.
type keeper struct {
	keeping
	find  func(id string) *Row
	out   *json.Encoder
	alive *os.File // a pipe that rows read from, in vain, until the keeper has ended

	mu    sync.Mutex
	spare map[int]bool // children that are not, or not any more, to be ended
}

// keepRows is the life of a keeper.
func keepRows(find func(id string) *Row) error {
	in := bufio.NewReader(os.Stdin)
	text, err := in.ReadBytes('\n')
	if err != nil {
		return fmt.Errorf("read what to run: %w", err)
	}
	out := os.NewFile(reports, "reports")
	unix.CloseOnExec(reports)
	k := &keeper{find: find, out: json.NewEncoder(out), spare: make(map[int]bool)}
	if err := json.Unmarshal(text, &k.keeping); err != nil {
		return fmt.Errorf("read what to run: %w", err)
	}
	if err := unix.Prctl(unix.PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0); err != nil {
		return fmt.Errorf("become the reaper of rows: %w", err)
	}
	var end *os.File
	if k.alive, end, err = os.Pipe(); err != nil {
		return fmt.Errorf("make a pipe: %w", err)
	}
	defer end.Close()
	// Those that are sent to this process alone; it is not the terminal's.
	ctx, stop := signal.NotifyContext(context.Background(), unix.SIGHUP, unix.SIGINT, unix.SIGQUIT, unix.SIGTERM)
	defer stop()
	go func() {
		_, _ = io.Copy(io.Discard, in) // its end is all that comes
		stop()
	}()
	// Each row that runs wants a thread for its start or its end.
	reserveThreads(2*min(k.Jobs, len(k.Rows)) + 8)
	remove := k.makeTemp()
	err = k.run(ctx)
	endChildren(k.Grace)
	remove()
	if err = cmp.Or(err, ctx.Err()); err != nil {
		return err
	}
	return k.out.Encode(kept{Done: true})
}

// makeTemp makes a directory for the files of the rows, some of which are other users', and
// returns what removes it. Where it cannot be made, rows see for themselves.
func (k *keeper) makeTemp() (remove func()) {
	dir, err := os.MkdirTemp("", "fsystest-")
	if err != nil {
		return func() {}
	}
	remove = func() { _ = os.RemoveAll(dir) } // nobody is there to be told
	if os.Chmod(dir, 0o777|os.ModeSticky) == nil {
		os.Setenv("TMPDIR", dir)
	}
	return remove
}

// reserveThreads has the runtime make threads, which it keeps. One that it cannot make
// later, when there are tracees, would be its end, and nobody would end them.
func reserveThreads(n int) {
	var all, here sync.WaitGroup
	all.Add(n)
	for range n {
		here.Go(func() {
			runtime.LockOSThread()
			all.Done()
			all.Wait()
			runtime.UnlockOSThread()
		})
	}
	here.Wait()
}

// run runs the rows.
func (k *keeper) run(ctx context.Context) error {
	todo, done := make(chan *Row), make(chan Result)
	var workers sync.WaitGroup
	for range min(k.Jobs, len(k.Rows)) {
		workers.Go(func() {
			for row := range todo {
				done <- k.one(ctx, row)
			}
		})
	}
	go func() {
		defer func() {
			close(todo)
			workers.Wait()
			close(done)
		}()
		for _, id := range k.Rows {
			row := k.find(id)
			if row == nil {
				done <- Result{ID: id, Verdict: Error, Reason: "there is no such row"}
				continue
			}
			select {
			case todo <- row:
			case <-ctx.Done():
				return
			}
		}
	}()
	var err error
	for r := range done {
		if err == nil && ctx.Err() == nil {
			err = k.out.Encode(kept{Result: &r})
		}
	}
	return err
}

// one runs a row.
func (k *keeper) one(ctx context.Context, row *Row) Result {
	began := time.Now()
	r, err := k.process(ctx, row)
	switch {
	case exhausted(err):
		r.Verdict, r.Reason = Skip, shortage(err)
	case err != nil:
		r.Verdict, r.Reason = Error, err.Error()
	}
	r.ID, r.Took = row.ID, time.Since(began)
	r.judge(row, k.Machine)
	return r
}

// process runs a row in a process, and clears up behind it.
func (k *keeper) process(ctx context.Context, row *Row) (r Result, err error) {
	o := order{ID: row.ID, Machine: k.Machine, Seed: k.Seed, Limit: k.Limit, Loop: k.Loop, Quiet: k.Quiet}
	text, err := json.Marshal(o)
	if err != nil {
		return r, err
	}
	from, to, err := os.Pipe()
	if err != nil {
		return r, fmt.Errorf("make a pipe: %w", err)
	}
	defer from.Close()
	// Late enough that the row's own watchdog comes first.
	ctx, cancel := context.WithTimeout(ctx, o.limit(row)+k.Grace)
	defer cancel()
	cmd := itself([]string{orderVar + "=" + string(text)})
	said := lastWords(cmd)
	defer said.Close()
	cmd.ExtraFiles = []*os.File{to}
	cmd.Stdin = k.alive
	err = k.start(cmd)
	if errors.Is(err, unix.EBADF) { // it is about a number that is too high (dup(2))
		err = unix.EMFILE
	}
	to.Close()
	if err != nil {
		return r, fmt.Errorf("start a process for the row: %w", err)
	}
	r, err = k.watch(ctx, cmd, from)
	switch {
	case r.Verdict != "":
		return r, nil
	case errors.Is(err, errStuck):
		return r, err
	case ctx.Err() != nil:
		return r, errors.New("did not end in time, and had to be killed")
	}
	return r, fmt.Errorf("ended without a verdict: %w", ending(err, said))
}

// errStuck says that SIGKILL does not end a process: it hangs in the kernel.
var errStuck = errors.New("hangs in the kernel, and cannot be killed")

// watch reads what a row's process tells, and waits for its end, though not for good.
func (k *keeper) watch(ctx context.Context, cmd *exec.Cmd, from *os.File) (r Result, err error) {
	type told struct {
		result Result
		err    error
	}
	kill := func() { _ = cmd.Process.Kill() } // it may have ended
	read, ended := make(chan told, 1), make(chan error, 1)
	go func() {
		r, err := readReports(from)
		if err != nil {
			kill()
		}
		read <- told{r, err}
		ended <- errors.Join(err, cmd.Wait())
	}()
	gone := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		kill()
		time.AfterFunc(k.Grace, func() { close(gone) })
	})
	defer stop()
	select {
	case err = <-ended:
		k.ended(cmd.Process.Pid)
		return (<-read).result, err
	case <-gone:
	}
	from.Close() // which ends the reading
	r = (<-read).result
	return r, fmt.Errorf("process %d %w", cmd.Process.Pid, errStuck)
}

// start starts a row's process, and notes it before anybody can take it for what a row
// has left behind.
func (k *keeper) start(cmd *exec.Cmd) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	if err := cmd.Start(); err != nil {
		return err
	}
	k.spare[cmd.Process.Pid] = true
	return nil
}

// ended notes the end of a row's process, and ends what it has left behind. What does not
// end is left alone from then on.
func (k *keeper) ended(pid int) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.spare, pid)
	for until := time.Now().Add(k.Grace); ; {
		left := k.leftovers()
		if len(left) == 0 {
			return
		}
		late := time.Now().After(until)
		for _, child := range left {
			_ = unix.Kill(child, unix.SIGKILL) // it may be gone
			got, _ := unix.Wait4(child, nil, unix.WALL|unix.WNOHANG, nil)
			k.spare[child] = late && got != child
		}
		time.Sleep(100 * time.Microsecond) // no descriptor tells of the end of any child
	}
}

// readReports reads what a row's process tells.
func readReports(from io.Reader) (r Result, err error) {
	for d := json.NewDecoder(from); ; {
		var m message
		switch err := d.Decode(&m); {
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // killed
			return r, nil
		case err != nil:
			return r, fmt.Errorf("read a report: %w", err)
		}
		if m.Step != "" {
			r.Steps = append(r.Steps, m.Step)
		}
		// One that comes behind that of the row's watchdog is what the row saw when its
		// tracees were killed.
		if m.Verdict != "" && r.Verdict == "" {
			r.Verdict, r.Reason = m.Verdict, m.Reason
		}
	}
}

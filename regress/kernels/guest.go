package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"strconv"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"sonde/regress"
)

// guest is what the first process of the machine does. It does not return: the machine is
// off then.
func guest() {
	err := prepare()
	if err == nil {
		err = passes()
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "init: %v\n", err) // the console
	}
	unix.Sync()
	fmt.Fprintf(os.Stderr, "init: %v\n", unix.Reboot(unix.LINUX_REBOOT_CMD_POWER_OFF))
	for { // a first process that ends is a panic, which hides what has gone wrong
		time.Sleep(time.Hour)
	}
}

// prepare makes what programs expect of a machine.
func prepare() error {
	for _, m := range []struct {
		kind, at, options string
		flags             uintptr
	}{
		{"proc", "/proc", "", 0},
		{"sysfs", "/sys", "", 0},
		{"securityfs", "/sys/kernel/security", "", 0},
		{"devtmpfs", "/dev", "", 0},
		{"tmpfs", "/dev/shm", "mode=1777", unix.MS_NODEV},
		// With set-user-ID programs, which rows make there.
		{"tmpfs", "/tmp", "mode=1777", unix.MS_NODEV},
	} {
		if err := os.MkdirAll(m.at, 0o755); err != nil {
			return err
		}
		err := unix.Mount(m.kind, m.at, m.kind, m.flags, m.options)
		if err != nil && !(m.kind == "securityfs" && errors.Is(err, unix.ENODEV)) { // a kernel without such modules
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	for from, to := range map[string]string{"/dev/fd": "/proc/self/fd", "/dev/stdin": "/proc/self/fd/0"} {
		if err := os.Symlink(to, from); err != nil {
			return err
		}
	}
	return errors.Join(
		sysctl("kernel/core_pattern", "core"),
		sysctl("kernel/printk", "1"), // the kernel's messages on the console: emergencies
		unix.Sethostname([]byte("guest")),
	)
}

func sysctl(name, value string) error {
	return os.WriteFile("/proc/sys/"+name, []byte(value), 0)
}

// passes runs what the plan has, and tells what has come of it.
func passes() error {
	text, err := os.ReadFile(planFile)
	if err != nil {
		return err
	}
	var p plan
	if err := json.Unmarshal(text, &p); err != nil {
		return fmt.Errorf("%s: %w", planFile, err)
	}
	port, err := os.OpenFile(results, os.O_WRONLY|unix.O_NOCTTY, 0)
	if err != nil {
		return err
	}
	told := json.NewEncoder(port)
	for _, p := range p.Passes {
		fmt.Fprintf(os.Stderr, "init: %s\n", p.Name)
		began := time.Now()
		o := outcome{Pass: p.Name}
		if o.Report, err = p.run(); err != nil {
			o.Err = err.Error()
		}
		o.Took = time.Since(began)
		if err := told.Encode(&o); err != nil {
			return fmt.Errorf("%s: %w", results, err)
		}
	}
	return port.Close() // which waits until all is out (tty_port_close)
}

// run runs fsystest as a pass wants it.
func (p *pass) run() (*regress.Report, error) {
	err := sysctl("kernel/yama/ptrace_scope", strconv.Itoa(p.Yama))
	if err != nil && !(p.Yama == 0 && errors.Is(err, fs.ErrNotExist)) {
		return nil, err
	}
	r, err := p.fsystest(p.Args...)
	if err != nil {
		return nil, err
	}
	if err := p.again(r); err != nil {
		return nil, err
	}
	trim(r)
	return r, nil
}

// again runs what failed by taking too long once more, alone and with more time: the
// emulated machine is slow, and its host may be busy.
func (p *pass) again(r *regress.Report) error {
	args := []string{"--jobs=1", "--time=6"}
	at := make(map[string]int)
	for i, res := range r.Results {
		if res.Verdict.Bad() && res.Took >= regress.DefaultLimit {
			args = append(args, "--run="+res.ID)
			at[res.ID] = i
		}
	}
	if len(at) == 0 {
		return nil
	}
	more, err := p.fsystest(args...)
	if err != nil {
		return err
	}
	for _, res := range more.Results {
		if i, ok := at[res.ID]; ok {
			r.Results[i] = res
		}
	}
	return nil
}

// fsystest runs it as the pass's user.
func (p *pass) fsystest(args ...string) (*regress.Report, error) {
	cmd := exec.Command("/fsystest", append([]string{"--json"}, args...)...)
	cmd.Dir = "/tmp"
	cmd.Env = []string{"PATH=/", "HOME=/tmp", "TMPDIR=/tmp"}
	var out, complaints bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaints
	if p.UID != 0 {
		cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: p.UID, Gid: p.UID}}
	}
	// Its status says no more than the verdicts do; one that died leaves no report.
	err := cmd.Run()
	r, unreadable := regress.ReadReport(&out)
	if unreadable != nil {
		return nil, fmt.Errorf("fsystest %v: %w; %s", args, errors.Join(err, unreadable), complaints.String())
	}
	return r, nil
}

// trim leaves out the steps of what need not be looked at, and the middle of the others:
// those that look for races take tens of thousands.
func trim(r *regress.Report) {
	const most = 40
	for i := range r.Results {
		res := &r.Results[i]
		switch n := len(res.Steps); {
		case !res.Verdict.Bad():
			res.Steps = nil
		case n > most:
			res.Steps = append(append(res.Steps[:most/2:most/2], "..."), res.Steps[n-most/2:]...)
		}
	}
}

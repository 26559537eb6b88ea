package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
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
	select {} // a first process that ends is a panic, which hides what has gone wrong
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
		if err := unix.Mount(m.kind, m.at, m.kind, m.flags, m.options); err != nil {
			return fmt.Errorf("mount %s: %w", m.at, err)
		}
	}
	for from, to := range map[string]string{"/dev/fd": "/proc/self/fd", "/dev/stdin": "/proc/self/fd/0"} {
		if err := os.Symlink(to, from); err != nil {
			return err
		}
	}
	return errors.Join(sysctl(map[string]string{
		"kernel/core_pattern": "core",
		"kernel/printk":       "1", // the kernel's messages on the console: emergencies
	}), unix.Sethostname([]byte("guest")))
}

func sysctl(values map[string]string) error {
	for name, value := range values {
		if err := os.WriteFile(filepath.Join("/proc/sys", name), []byte(value), 0); err != nil {
			return err
		}
	}
	return nil
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
	if err := sysctl(p.Sysctl); err != nil {
		return nil, err
	}
	cmd := exec.Command("/fsystest", append([]string{"--json"}, p.Args...)...)
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
		return nil, fmt.Errorf("fsystest %v: %w; %s", p.Args, errors.Join(err, unreadable), complaints.String())
	}
	trim(r)
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

package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"

	"sonde/regress"
)

// boot boots a kernel, and returns what came of its passes, also with an error.
func (o *options) boot(ctx context.Context, dir, image, programs string, k *kernel, b *boot) ([]*outcome, error) {
	p := &plan{Passes: b.passes}
	if len(o.args) > 0 {
		p.Passes = slices.Clone(b.passes)
		for i := range p.Passes {
			p.Passes[i].Args = o.args
		}
	}
	initramfs := filepath.Join(dir, "initramfs")
	if err := writeInitramfs(initramfs, programs, p); err != nil {
		return nil, fmt.Errorf("the first file system: %w", err)
	}
	console, port := filepath.Join(dir, "console"), filepath.Join(dir, "results")
	for _, old := range []string{console, port} {
		if err := os.Remove(old); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	if o.reports != "" {
		console = filepath.Join(o.reports, k.name+"-"+b.name+".console")
	}
	err := emulate(ctx, o, image, initramfs, console, port, b.parameters)
	outcomes, unreadable := readOutcomes(port)
	if err = errors.Join(err, unreadable); err == nil && len(outcomes) < len(p.Passes) {
		err = fmt.Errorf("%d of %d passes were run", len(outcomes), len(p.Passes))
	}
	if err != nil {
		return outcomes, fmt.Errorf("%w; the console's last lines:\n%s", err, lastLines(console))
	}
	return outcomes, nil
}

// emulate runs the machine until it is switched off, or has been on for too long.
func emulate(ctx context.Context, o *options, image, initramfs, console, port, parameters string) error {
	ctx, cancel := context.WithTimeout(ctx, o.limit)
	defer cancel()
	cmd := exec.CommandContext(ctx, "qemu-system-x86_64",
		"-accel", "tcg,thread=multi",
		// All that can be emulated, but for what is not right in QEMU 7.2: a far return in
		// user mode reads its stack as the kernel does (target/i386/tcg/seg_helper.c),
		// which SMAP refuses; an interrupt behind cmpxchg16b may save flags that are an
		// address, and the return from it panics.
		"-cpu", "max,smap=off,cx16=off", "-smp", "2", "-m", "1024",
		"-nodefaults", "-display", "none", "-no-reboot",
		"-serial", "file:"+console, "-serial", "file:"+port,
		"-kernel", image, "-initrd", initramfs,
		// A panic ends the machine at once; a timer that comes late, since the host is busy,
		// is none.
		"-append", strings.TrimSpace("console=ttyS0 panic=-1 loglevel=4 no_timer_check "+parameters))
	cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	out, err := cmd.CombinedOutput()
	switch {
	case ctx.Err() != nil:
		return fmt.Errorf("the machine was not off within %v: %w", o.limit, ctx.Err())
	case err != nil:
		return fmt.Errorf("qemu-system-x86_64: %w: %s", err, bytes.TrimSpace(out))
	}
	return nil
}

// readOutcomes reads what the guest has written.
func readOutcomes(name string) ([]*outcome, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var all []*outcome
	for d := json.NewDecoder(f); ; {
		o := new(outcome)
		switch err := d.Decode(o); {
		case errors.Is(err, io.EOF):
			return all, nil
		case err != nil:
			return all, fmt.Errorf("read the results: %w", err)
		case o.Report == nil || o.Report.Machine == nil || o.Report.Schema != regress.Schema:
			return all, fmt.Errorf("pass %s: no report: %s", o.Pass, o.Err)
		}
		all = append(all, o)
	}
}

// lastLines returns the end of a console.
func lastLines(name string) string {
	const most = 25
	b, err := os.ReadFile(name)
	if err != nil {
		return err.Error()
	}
	lines := strings.Split(strings.TrimSpace(strings.ReplaceAll(string(b), "\r", "")), "\n")
	return strings.Join(lines[max(0, len(lines)-most):], "\n")
}

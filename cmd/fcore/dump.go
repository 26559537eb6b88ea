package main

import (
	"errors"
	"fmt"
	"os"
	"runtime"
	"sync"
	"time"

	"github.com/klauspost/compress/zstd"
	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/corefile"
	"sonde/snapshot"
)

// dumped is a core file that has been written.
type dumped struct {
	path    string
	threads int
	report  corefile.Report
	still   time.Duration // for which the process stood still
}

// dump writes the core file of a process, and tells about it.
func dump(pid int, o *options) error {
	how := dumpHeld
	if o.snapshot {
		how = dumpCopy
	}
	d, err := how(pid, o)
	if err != nil {
		return err
	}
	if d.report.Unreadable > 0 {
		complain(fmt.Errorf("%s: %d bytes could not be read, and are zero: %w", d.path, d.report.Unreadable, d.report.Missing))
	}
	if o.verbose {
		fmt.Fprintf(cli.File(unix.Stderr), "fcore: %s: %d threads, %s of memory that is not zero; process %d stood still for %v\n",
			d.path, d.threads, size(d.report.Copied), pid, d.still.Round(10*time.Microsecond))
	}
	return nil
}

// dumpHeld writes the core file of a process while it stands still.
func dumpHeld(pid int, o *options) (d dumped, err error) {
	mem, err := snapshot.OpenMemory(pid)
	if err != nil {
		return d, refused(pid, err)
	}
	defer mem.Close()
	d.still, err = snapshot.Hold(pid, snapshot.Options{MaxStop: o.maxStop, OwnThread: true, AllHurry: true}, func(h *snapshot.Held) error {
		warnStubborn(h)
		contents, err := h.Contents(&o.choice, mem)
		if err != nil {
			return err
		}
		d.threads = len(contents.Threads)
		d.path, d.report, err = write(pid, contents, mem, o)
		return err
	})
	if err != nil {
		return d, refused(pid, err)
	}
	return d, nil
}

// warnStubborn tells which threads are not in the core file.
func warnStubborn(h *snapshot.Held) {
	for _, t := range h.Threads {
		if errors.Is(t.Err, snapshot.ErrStubborn) {
			complain(fmt.Errorf("thread %d: %w: the core file is without its registers", t.TID, t.Err))
		}
	}
}

// write writes in the way that the options say, and returns where to.
func write(pid int, c *corefile.Contents, mem *snapshot.Memory, o *options) (string, corefile.Report, error) {
	how := corefile.Options{Workers: runtime.NumCPU(), Progress: progress()}
	if o.output == "-" {
		r, err := stream(os.Stdout, c, mem, o.compress, how)
		return "standard output", r, err
	}
	path := fmt.Sprintf("%s.%d", o.output, pid)
	if o.compress {
		path += ".zst"
	}
	var r corefile.Report
	err := corefile.WriteFile(path, func(f *os.File) (err error) {
		if uid, gid, ok := snapshot.Owner(pid); ok && uid != os.Geteuid() {
			_ = f.Chown(uid, gid) // where that cannot be, it stays ours
		}
		if o.compress {
			r, err = stream(f, c, mem, true, how)
		} else {
			r, err = corefile.Write(f, c, mem, how)
		}
		return err
	})
	return path, r, err
}

// stream writes to what cannot be written to anywhere else than at its end.
func stream(f *os.File, c *corefile.Contents, mem *snapshot.Memory, compress bool, how corefile.Options) (corefile.Report, error) {
	if !compress {
		return corefile.Stream(f, c, mem, how)
	}
	w, err := zstd.NewWriter(f, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderConcurrency(runtime.NumCPU()))
	if err != nil {
		return corefile.Report{}, err
	}
	r, err := corefile.Stream(w, c, mem, how)
	return r, errors.Join(err, w.Close())
}

// progress returns what shows, on a terminal, how much has been written: from a second
// on, and no oftener than can be read.
func progress() func(done, total uint64) {
	if _, err := unix.IoctlGetTermios(unix.Stderr, unix.TCGETS); err != nil {
		return nil
	}
	var mu sync.Mutex
	next := time.Now().Add(time.Second)
	shown := false
	return func(done, total uint64) {
		mu.Lock()
		defer mu.Unlock()
		if now := time.Now(); done < total && now.After(next) {
			next, shown = now.Add(100*time.Millisecond), true
			fmt.Fprintf(cli.File(unix.Stderr), "\rfcore: %3d %% of %s", 100*done/total, size(total))
		} else if done == total && shown {
			fmt.Fprintf(cli.File(unix.Stderr), "\r\x1b[K")
		}
	}
}

// size words a number of bytes.
func size(n uint64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d bytes", n)
	}
	f, i := float64(n)/unit, 0
	for ; f >= unit && i < 5; i++ {
		f /= unit
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGTPE"[i])
}

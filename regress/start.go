package regress

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"sonde/regress/asm"
	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// Start starts a program as a child, which nobody traces yet.
func (t *T) Start(describe func(p Code)) *Tracee { return t.StartOn(sysdeps.AMD64, describe) }

// StartOn is Start of a program for a machine.
func (t *T) StartOn(arch *sysdeps.Arch, describe func(p Code)) *Tracee {
	return t.Exec(t.Assemble(arch, describe), nil)
}

// StartTraced starts a program that makes itself the row's tracee at its beginning, and
// returns it at its SIGSTOP.
func (t *T) StartTraced(describe func(p Code)) *Tracee {
	c := t.Start(func(p Code) {
		p.TraceMe()
		describe(p)
	})
	c.ExpectStop(unix.SIGSTOP)
	return c
}

// Assemble makes a program.
func (t *T) Assemble(arch *sysdeps.Arch, describe func(p Code)) *asm.Image {
	p := Code{asm.New(arch), new(bool)}
	describe(p)
	p.tellNoRoom()
	im, err := p.Assemble()
	t.need(err, "the tracee's program")
	return im
}

// Exec starts a program as a child, as another user if cred is set.
func (t *T) Exec(im *asm.Image, cred *ptrace.Credential) *Tracee {
	path, err := t.file(im)
	t.need(err, "write the tracee's program")
	in := ptrace.Inherit()
	in.Ignored, in.Blocked = 0, 0 // whatever the suite was started with
	l, err := t.kernel.Fork(&ptrace.Program{Path: path, Args: []string{"tracee"}, Cred: cred, In: in})
	t.need(err, "start the tracee")
	c := t.started(&Tracee{t: t, TID: l.PID, Name: "C", image: im, pid: l.PID})
	t.need(l.Start(), "start the tracee")
	if step, e := l.Failure(); e != 0 {
		t.Error("start the tracee: step %d: %s", step, Errno(e))
	}
	t.step("started C, process %d", l.PID)
	return c
}

// file writes a program to where it can be executed from, by tracees too: memory, which
// they inherit, or a file where the kernel forbids that (vm.memfd_noexec).
func (t *T) file(im *asm.Image) (string, error) {
	fd, err := unix.MemfdCreate("tracee", 0)
	if err != nil {
		return t.Temp("tracee", im.ELF, 0o755)
	}
	if _, err := unix.Write(fd, im.ELF); err != nil {
		return "", fmt.Errorf("write to memory: %w", err)
	}
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return "", err
	}
	if st.Mode&0o111 == 0 {
		unix.Close(fd)
		return t.Temp("tracee", im.ELF, 0o755)
	}
	return "/proc/self/fd/" + strconv.Itoa(fd), nil
}

// File makes an empty file that tracees inherit, by the same number.
func (t *T) File(name string) (fd int) {
	fd, err := unix.MemfdCreate(name, 0)
	if err == nil {
		return fd
	}
	path, err := t.Temp(name, nil, 0o600)
	t.need(err, "make a file")
	fd, err = unix.Open(path, unix.O_RDWR, 0)
	t.need(err, "open the file")
	return fd
}

// Temp writes a file that is removed with the row, and skips the row where none can be
// made.
func (t *T) Temp(name string, content []byte, mode fs.FileMode) (string, error) {
	f, err := os.CreateTemp("", "fsystest-"+name+"-")
	if err != nil {
		t.Skip("no files can be made: %v", err)
	}
	t.cleanups = append(t.cleanups, func() { os.Remove(f.Name()) })
	_, err = f.Write(content)
	return f.Name(), errors.Join(err, f.Chmod(mode), f.Close())
}

// readFile reads a file that the kernel makes.
func (t *T) readFile(name string) ([]byte, error) {
	f, err := t.kernel.Open(name, os.O_RDONLY)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return io.ReadAll(f)
}

// Proc returns a file of the thread in /proc, without the white space at its end; "" if
// it cannot be read.
func (c *Tracee) Proc(name string) string {
	b, _ := c.t.readFile(fmt.Sprintf("/proc/%d/task/%d/%s", c.pid, c.TID, name)) // "" is what it is without
	return strings.TrimRight(string(b), "\n ")
}

// State returns the letter of the thread's state (proc_pid_stat(5)), or 0 if it is gone.
func (c *Tracee) State() byte {
	stat := c.Proc("stat")
	if _, rest, ok := strings.Cut(stat[max(0, strings.LastIndexByte(stat, ')')):], ") "); ok && rest != "" {
		return rest[0]
	}
	return 0
}

// AwaitState waits for a state.
func (c *Tracee) AwaitState(state byte) {
	c.t.Await(fmt.Sprintf("%s is in state %c", c.Name, state), func() bool { return c.State() == state })
}

// Tracer returns the TracerPid of the thread (proc_pid_status(5)).
func (c *Tracee) Tracer() int {
	n, err := strconv.Atoi(c.status("TracerPid"))
	c.t.need(err, "TracerPid of %s", c.Name)
	return n
}

// readMemory reads the tracee's memory, whether it is stopped or traced or not.
func (c *Tracee) readMemory(b []byte, a sysdeps.Addr) error {
	return c.memory(os.O_RDONLY, func(f *os.File) error {
		_, err := f.ReadAt(b, int64(a))
		return err
	})
}

func (c *Tracee) writeMemory(b []byte, a sysdeps.Addr) error {
	return c.memory(os.O_WRONLY, func(f *os.File) error {
		_, err := f.WriteAt(b, int64(a))
		return err
	})
}

// memory opens it by the thread: a process's first one has none once it has ended.
func (c *Tracee) memory(flag int, use func(*os.File) error) error {
	f, err := c.t.kernel.Open(fmt.Sprintf("/proc/%d/task/%d/mem", c.pid, c.TID), flag)
	if err != nil {
		return err
	}
	defer f.Close()
	return use(f)
}

package regress

import (
	"encoding/binary"
	"errors"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"

	"sonde/sysdeps"
	"sonde/sysdeps/ptrace"
)

// fault is what is wrong with a kernel: how it does one call otherwise than the kernel
// below it. Calls that are nil are right.
type fault struct {
	ptrace func(k ptrace.Kernel, r request) (uintptr, unix.Errno)
	wait4  func(k ptrace.Kernel, pid, options int) (int, unix.WaitStatus, unix.Errno)
	waitid func(k ptrace.Kernel, idType, id, options int) (sysdeps.Siginfo, unix.Errno)
	readVM func(n int, err error) (int, error) // what becomes of the result
	open   func(k ptrace.Kernel, name string, flags int) (*os.File, error)
	// filter is put over tracees.
	filter []unix.SockFilter
}

// request is what Kernel.Ptrace is asked.
type request struct {
	req, tid   int
	addr, data ptrace.Arg
}

func (r request) of(k ptrace.Kernel) (uintptr, unix.Errno) {
	return k.Ptrace(r.req, r.tid, r.addr, r.data)
}

// faulty is a kernel with a fault.
type faulty struct {
	ptrace.Kernel
	fault
}

func (k *faulty) Ptrace(req, tid int, addr, data ptrace.Arg) (uintptr, unix.Errno) {
	if k.ptrace == nil {
		return k.Kernel.Ptrace(req, tid, addr, data)
	}
	return k.ptrace(k.Kernel, request{req, tid, addr, data})
}

func (k *faulty) Wait4(pid, options int) (int, unix.WaitStatus, unix.Errno) {
	if k.wait4 == nil {
		return k.Kernel.Wait4(pid, options)
	}
	return k.wait4(k.Kernel, pid, options)
}

func (k *faulty) Waitid(idType, id, options int) (sysdeps.Siginfo, unix.Errno) {
	if k.waitid == nil {
		return k.Kernel.Waitid(idType, id, options)
	}
	return k.waitid(k.Kernel, idType, id, options)
}

func (k *faulty) ReadVM(pid int, local []unix.Iovec, remote []unix.RemoteIovec, flags uint) (int, error) {
	n, err := k.Kernel.ReadVM(pid, local, remote, flags)
	if k.readVM == nil {
		return n, err
	}
	return k.readVM(n, err)
}

func (k *faulty) Open(name string, flags int) (*os.File, error) {
	if k.open == nil {
		return k.Kernel.Open(name, flags)
	}
	return k.open(k.Kernel, name, flags)
}

func (k *faulty) Fork(p *ptrace.Program) (*ptrace.Launch, error) {
	filtered := *p
	filtered.Filter = k.filter
	return k.Kernel.Fork(&filtered)
}

// ofRequests makes a fault of some requests.
func ofRequests(reqs []int, f func(k ptrace.Kernel, r request) (uintptr, unix.Errno)) fault {
	return fault{ptrace: func(k ptrace.Kernel, r request) (uintptr, unix.Errno) {
		if !slices.Contains(reqs, r.req) {
			return r.of(k)
		}
		return f(k, r)
	}}
}

// pretends says that a request was done, and does nothing.
func pretends(reqs ...int) fault {
	return ofRequests(reqs, func(ptrace.Kernel, request) (uintptr, unix.Errno) { return 0, 0 })
}

// refuses does nothing, and says so.
func refuses(req int, e unix.Errno) fault {
	return ofRequests([]int{req}, func(ptrace.Kernel, request) (uintptr, unix.Errno) { return ^uintptr(0), e })
}

// says gives one error as another, or as success if that is 0.
func says(req int, is, told unix.Errno) fault {
	return ofRequests([]int{req}, func(k ptrace.Kernel, r request) (uintptr, unix.Errno) {
		got, e := r.of(k)
		if e != is {
			return got, e
		}
		if told == 0 {
			return 0, 0
		}
		return got, told
	})
}

// mistakes does another request than it was asked for.
func mistakes(req, other int) fault {
	return ofRequests([]int{req}, func(k ptrace.Kernel, r request) (uintptr, unix.Errno) {
		r.req = other
		return r.of(k)
	})
}

// takes reads the number that a request has as its data as another one.
func takes(f func(data uint64) uint64, reqs ...int) fault {
	return ofRequests(reqs, func(k ptrace.Kernel, r request) (uintptr, unix.Errno) {
		r.data = ptrace.Value(f(r.data.Number()))
		return r.of(k)
	})
}

const oldSetOptions = 21 // PTRACE_OLDSETOPTIONS, asm/ptrace-abi.h

// forgets drops an option.
func forgets(option int) fault {
	return takes(func(data uint64) uint64 { return data &^ uint64(option) }, unix.PTRACE_SEIZE, unix.PTRACE_SETOPTIONS, oldSetOptions)
}

// losesSignals resumes without the signal that it is given, but for SIGKILL.
func losesSignals(reqs ...int) fault {
	return takes(func(uint64) uint64 { return 0 }, reqs...)
}

// spoils changes what a request has put into memory.
func spoils(f func(mem []byte), reqs ...int) fault {
	return ofRequests(reqs, func(k ptrace.Kernel, r request) (uintptr, unix.Errno) {
		got, e := r.of(k)
		if e == 0 {
			f(r.data.Memory())
		}
		return got, e
	})
}

// adds adds to the word at an offset of what a request has put into memory.
func adds(off int, n uint64, reqs ...int) fault {
	return spoils(func(mem []byte) {
		if off+8 <= len(mem) {
			binary.NativeEndian.PutUint64(mem[off:], binary.NativeEndian.Uint64(mem[off:])+n)
		}
	}, reqs...)
}

// clears sets bytes of what a request has put into memory to 0.
func clears(off, n int, reqs ...int) fault {
	return spoils(func(mem []byte) {
		if off+n <= len(mem) {
			clear(mem[off : off+n])
		}
	}, reqs...)
}

// alters changes what wait4 reports.
func alters(f func(st unix.WaitStatus) unix.WaitStatus) fault {
	return fault{wait4: func(k ptrace.Kernel, pid, options int) (int, unix.WaitStatus, unix.Errno) {
		got, st, e := k.Wait4(pid, options)
		if e != 0 || got == 0 {
			return got, st, e
		}
		return got, f(st), 0
	}}
}

// withholds takes reports of one kind, and lets the thread go on, so that nobody knows.
func withholds(f func(st Status) bool) fault {
	return fault{wait4: func(k ptrace.Kernel, pid, options int) (int, unix.WaitStatus, unix.Errno) {
		for {
			got, st, e := k.Wait4(pid, options)
			if e != 0 || got == 0 || !f(Status{st}) {
				return got, st, e
			}
			if st.Stopped() {
				k.Ptrace(unix.PTRACE_CONT, got, none, none)
			}
		}
	}}
}

// repeats reports each stop a second time where there is nothing to report.
func repeats() fault {
	var mu sync.Mutex
	last := make(map[int]unix.WaitStatus)
	return fault{wait4: func(k ptrace.Kernel, pid, options int) (int, unix.WaitStatus, unix.Errno) {
		got, st, e := k.Wait4(pid, options)
		mu.Lock()
		defer mu.Unlock()
		if e == 0 && got == 0 {
			if st, ok := last[pid]; ok {
				delete(last, pid)
				return pid, st, 0
			}
		}
		if e == 0 && st.Stopped() {
			last[got] = st
		}
		return got, st, e
	}}
}

// ignores takes options of wait4 and waitid off.
func ignores(options int) fault {
	return fault{
		wait4: func(k ptrace.Kernel, pid, o int) (int, unix.WaitStatus, unix.Errno) { return k.Wait4(pid, o&^options) },
		waitid: func(k ptrace.Kernel, idType, id, o int) (sysdeps.Siginfo, unix.Errno) {
			return k.Waitid(idType, id, o&^options)
		},
	}
}

// spoilsInfo changes what waitid tells.
func spoilsInfo(off int, v uint32) fault {
	return fault{waitid: func(k ptrace.Kernel, idType, id, o int) (sysdeps.Siginfo, unix.Errno) {
		info, e := k.Waitid(idType, id, o)
		if info.Signo() != 0 {
			binary.NativeEndian.PutUint32(info[off:], v)
		}
		return info, e
	}}
}

// reads gives one error of process_vm_readv as success.
func reads(e unix.Errno) fault {
	return fault{readVM: func(n int, err error) (int, error) {
		if errors.Is(err, e) {
			return 0, nil
		}
		return n, err
	}}
}

// rewrites changes the content of files whose name matches a pattern.
func rewrites(pattern string, f func(content string) string) fault {
	return fault{open: func(k ptrace.Kernel, name string, flags int) (*os.File, error) {
		file, err := k.Open(name, flags)
		if matched, _ := path.Match(pattern, name); err != nil || !matched { // the pattern is well-formed
			return file, err
		}
		defer file.Close()
		content, err := io.ReadAll(file)
		if err != nil {
			return nil, err
		}
		fd, err := unix.MemfdCreate("rewritten", unix.MFD_CLOEXEC)
		if err != nil {
			return nil, err
		}
		other := os.NewFile(uintptr(fd), name)
		_, err = other.WriteAt([]byte(f(string(content))), 0)
		return other, err
	}}
}

// replaces is rewrites of all that stands for something.
func replaces(pattern, old, with string) fault {
	return rewrites(pattern, func(content string) string { return strings.ReplaceAll(content, old, with) })
}

// gives opens another file for those whose name matches a pattern, whatever comes of these.
func gives(pattern, other string) fault {
	return fault{open: func(k ptrace.Kernel, name string, flags int) (*os.File, error) {
		if matched, _ := path.Match(pattern, name); matched { // the pattern is well-formed
			name, flags = other, os.O_RDONLY
		}
		return k.Open(name, flags)
	}}
}

// hides refuses to open files whose name matches a pattern.
func hides(pattern string, e unix.Errno) fault {
	return fault{open: func(k ptrace.Kernel, name string, flags int) (*os.File, error) {
		if matched, _ := path.Match(pattern, name); matched { // the pattern is well-formed
			return nil, &fs.PathError{Op: "open", Path: name, Err: e}
		}
		return k.Open(name, flags)
	}}
}

// dawdles does all right, but late.
func dawdles(d time.Duration) fault {
	return fault{
		ptrace: func(k ptrace.Kernel, r request) (uintptr, unix.Errno) {
			time.Sleep(d)
			return r.of(k)
		},
		wait4: func(k ptrace.Kernel, pid, options int) (int, unix.WaitStatus, unix.Errno) {
			time.Sleep(d)
			return k.Wait4(pid, options)
		},
	}
}

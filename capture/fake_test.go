package capture

import (
	"encoding/binary"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"testing"

	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// fake is a process of the test's: pages that are there, and registers.
type fake struct {
	arch      *sysdeps.Arch
	pages     map[sysdeps.Addr][]byte
	next      sysdeps.Addr // where the next thing is put
	regs      sysdeps.Regs
	vecs      *sysdeps.Vectors
	errno     int
	netlink   int    // the family of every descriptor
	submitted []byte // in every ring
	held      map[sysdeps.Addr]*prototype.Type
	reads     int
}

const (
	fakeStack = 0x7ffd0000
	fakeHeap  = 0x60000000
	fakeRet   = 0x401234
	fakeGone  = 0xdead0000 // nothing is there
)

func newFake(arch *sysdeps.Arch) *fake {
	f := &fake{arch: arch, pages: make(map[sysdeps.Addr][]byte), next: fakeHeap}
	f.regs.Arch = arch
	f.regs.SetSP(fakeStack)
	f.word(fakeStack, fakeRet)
	return f
}

func (f *fake) thread() *Thread { return &Thread{Memory: f, Regs: &f.regs, Info: f} }

// ReadMemory is sysdeps.Memory's.
func (f *fake) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	f.reads++
	for n := 0; n < len(p); {
		at := a + sysdeps.Addr(n)
		page := f.pages[at.PageDown()]
		if page == nil {
			return n, errors.New("nothing there")
		}
		n += copy(p[n:], page[at-at.PageDown():])
	}
	return len(p), nil
}

// write puts bytes at an address, on pages that are there from then on.
func (f *fake) write(a sysdeps.Addr, p []byte) {
	for len(p) > 0 {
		page := f.pages[a.PageDown()]
		if page == nil {
			page = make([]byte, sysdeps.PageSize)
			f.pages[a.PageDown()] = page
		}
		n := copy(page[a-a.PageDown():], p)
		p, a = p[n:], a+sysdeps.Addr(n)
	}
}

func (f *fake) word(a sysdeps.Addr, w uint64) {
	var p [8]byte
	f.write(a, f.arch.PutWord(p[:], w))
}

// put stores values one behind the other and returns where they begin: numbers of
// their size, int as a word of the machine, strings with a NUL.
func (f *fake) put(values ...any) sysdeps.Addr {
	var p []byte
	for _, v := range values {
		switch v := v.(type) {
		case int:
			var w [8]byte
			p = append(p, f.arch.PutWord(w[:], uint64(v))...)
		case sysdeps.Addr:
			var w [8]byte
			p = append(p, f.arch.PutWord(w[:], uint64(v))...)
		case string:
			p = append(append(p, v...), 0)
		default:
			var err error
			if p, err = binary.Append(p, binary.LittleEndian, v); err != nil {
				panic(err)
			}
		}
	}
	return f.putBytes(p)
}

func (f *fake) putBytes(p []byte) sysdeps.Addr {
	a := f.next
	f.write(a, p)
	f.next = (a + sysdeps.Addr(len(p)) + 15) &^ 15
	return a
}

// putAtEnd stores bytes so that nothing readable follows.
func (f *fake) putAtEnd(p []byte) sysdeps.Addr {
	f.next = f.next.PageUp() + 16*sysdeps.PageSize
	a := f.next - sysdeps.Addr(len(p))
	f.write(a, p)
	f.next += 16 * sysdeps.PageSize
	return a
}

// pass makes words the integer arguments of a call.
func (f *fake) pass(words ...uint64) {
	regs := abi.SysV(f.arch).Args
	for i, w := range words {
		if i < len(regs) {
			f.regs.Set(regs[i], w)
		} else {
			f.word(fakeStack+sysdeps.Addr((1+i-len(regs))*f.arch.PtrSize), w)
		}
	}
}

func (f *fake) Vectors() (*sysdeps.Vectors, error) {
	if f.vecs == nil {
		return nil, errors.New("no vector registers")
	}
	return f.vecs, nil
}

func (f *fake) Errno() (int, bool) { return f.errno, true }

func (f *fake) Symbol(a sysdeps.Addr) string {
	if a == fakeRet {
		return "main"
	}
	return ""
}

func (f *fake) Stream(a sysdeps.Addr) string {
	if a == fakeStdout {
		return "stdout"
	}
	return ""
}

// GoHeld knows descriptors; where tables have them, the tests say.
func (f *fake) GoHeld(first sysdeps.Addr, _ bool) *prototype.Type { return f.held[first] }

func (f *fake) Netlink(int32) int { return f.netlink }

func (f *fake) NetDevice(uint32) []byte { return nil }

func (f *fake) Submissions(_ int32, n uint32) []byte {
	return f.submitted[:min(int(n)*sqeSize, len(f.submitted))]
}

func (f *fake) Descriptor(fd int32) []byte {
	switch fd {
	case 3:
		return []byte("</etc/passwd>")
	case -100:
		return []byte("</tmp>")
	}
	return nil
}

// fakeStdout is where the fake process has its standard output's FILE.
const fakeStdout = 0x7e00

// show writes a value in one line, as much of it as matters to a reader.
func show(v *prototype.Value) string {
	var b strings.Builder
	if v.Name != "" {
		b.WriteString(v.Name + "=")
	}
	b.WriteString(showUnnamed(v))
	if v.Was != nil {
		b.WriteString(" was " + showUnnamed(v.Was))
	}
	return b.String()
}

func showUnnamed(v *prototype.Value) string {
	more := ""
	if v.More {
		more = "..."
	}
	switch v.State {
	case prototype.Later:
		return "later"
	case prototype.NotFollowed:
		return fmt.Sprintf("@%#x", v.Word)
	case prototype.Unreadable:
		return fmt.Sprintf("unreadable %#x", v.Word)
	case prototype.Recursive:
		return "recurse" + strings.Repeat("^", int(v.Count))
	case prototype.TooDeep:
		return "deep"
	}
	if v.Text != nil {
		return strconv.Quote(string(v.Text)) + more
	}
	if v.Type == nil {
		return fmt.Sprintf("%#x", v.Word)
	}
	switch v.Type.Kind {
	case prototype.Void:
		return "void"
	case prototype.Int:
		if v.Type.Lens == prototype.Char {
			return fmt.Sprintf("%q", rune(v.Word))
		}
		n, _ := integer(v)
		if v.High != 0 {
			return fmt.Sprintf("%#x:%#x", v.High, v.Word)
		}
		return strconv.FormatInt(n, 10)
	case prototype.Float:
		if v.High != 0 {
			return fmt.Sprintf("%#x:%#x", v.High, v.Word)
		}
		return fmt.Sprintf("%#x", v.Word)
	case prototype.Pointer:
		switch {
		case v.Word == 0:
			return "nil"
		case len(v.Elems) == 0:
			return fmt.Sprintf("%#x", v.Word)
		}
		return "&" + showUnnamed(&v.Elems[0])
	case prototype.Array, prototype.Complex, prototype.Vector:
		shown := "[" + showAll(v.Elems) + "]" + more
		if v.Type.Lens == prototype.Sized {
			return strconv.FormatUint(v.Count, 10) + ":" + shown
		}
		return shown
	}
	return "{" + showAll(v.Elems) + "}"
}

func showAll(vs []prototype.Value) string {
	var all []string
	for i := range vs {
		all = append(all, show(&vs[i]))
	}
	return strings.Join(all, ", ")
}

// call captures one call and returns its arguments as text.
func (f *fake) call(t *testing.T, r *Reader, p *Plan) string {
	t.Helper()
	ret, err := r.Call(f.thread(), p, fakeStack, 0)
	if err != nil || ret != fakeRet {
		t.Fatalf("%v, %v", ret, err)
	}
	return showAll(r.Args())
}

package trace

import (
	"errors"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sys/unix"

	"sonde/proc"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
	"sonde/sysdeps/ptrace"
)

const (
	maxArgs    = 9  // without a prototype: as many as registers hold, in Go
	stackArgs  = 6  // where no argument is in a register
	firstChunk = 64 // bytes read of a string at once, before it is known to be one
	textChunk  = sysdeps.PageSize
)

// capture reads what a call needs of its process's memory in one request: the
// return address, and the beginning of all that may be a string.
type capture struct {
	limit  int // bytes of a string
	gather ptrace.Gather
	arch   *sysdeps.Arch
	slot   sysdeps.Addr              // where the return address lies
	after  sysdeps.Addr              // it, where it is not there yet; else 0
	top    [8]byte                   // the word there
	stack  [(1 + stackArgs) * 8]byte // that word and the arguments behind it
	vals   [maxArgs]prototype.Value
	n      int
	text   [maxArgs][]byte
	ask    [maxArgs + 1]int // which argument each piece is for, or askTop
	asked  int
	bad    badPages
	// exact are the lengths of Go's strings, in bytes; 0 where a text ends
	// with a NUL.
	exact [maxArgs]uint64
}

// askTop marks the piece that is the return address.
const askTop = -1

// begin starts on a call whose return address lies at slot. after is that address
// where the instruction that puts it there is still to come, else 0.
func (c *capture) begin(arch *sysdeps.Arch, slot, after sysdeps.Addr) {
	c.arch, c.slot, c.after = arch, slot, after
	c.gather.Reset()
	c.n, c.asked = 0, 0
	if after == 0 {
		c.gather.Add(c.top[:arch.PtrSize], slot)
		c.ask[0], c.asked = askTop, 1
	}
}

// args notes the integer arguments of a function that is entered, and what they
// may point to. Of the stack it reads only where no argument is in a register.
func (c *capture) args(m sysdeps.Memory, r *sysdeps.Regs, conv *abi.Convention) {
	for _, reg := range conv.Args {
		c.arg(r.Get(reg))
	}
	if len(conv.Args) == 0 {
		c.argsOnStack(m, conv)
	}
}

// argsOnStack reads the arguments, and with them the return address where it is
// there already: it need not be asked for any more.
func (c *capture) argsOnStack(m sysdeps.Memory, conv *abi.Convention) {
	size, from := c.arch.PtrSize, 0
	if c.after != 0 {
		from = conv.StackArgs
	}
	n, _ := m.ReadMemory(c.stack[from:conv.StackArgs+stackArgs*size], c.slot+sysdeps.Addr(from))
	if n += from; n < conv.StackArgs {
		return
	}
	if c.after == 0 {
		copy(c.top[:], c.stack[:size])
		c.gather.Reset()
		c.asked = 0
	}
	for words := c.stack[conv.StackArgs:n]; len(words) >= size; words = words[size:] {
		c.arg(c.arch.Word(words))
	}
}

// arg notes the next argument.
func (c *capture) arg(v uint64) {
	c.vals[c.n] = prototype.Value{Word: v, Size: uint8(c.arch.PtrSize)}
	c.exact[c.n] = 0
	if a := sysdeps.Addr(v); c.limit > 0 && mayPoint(a) && !c.bad.has(a) {
		buf := c.text[c.n][:0]
		if cap(buf) < firstChunk {
			buf = make([]byte, 0, firstChunk)
		}
		buf = buf[:min(firstChunk, int(a.PageDown()+sysdeps.PageSize-a), c.limit+1)]
		c.text[c.n] = buf
		c.gather.Add(buf, a)
		c.ask[c.asked] = c.n
		c.asked++
	}
	c.n++
}

// mayPoint tells whether a value lies where user space has memory: above the
// pages that are never mapped, below the kernel's half.
func mayPoint(a sysdeps.Addr) bool { return a >= 1<<16 && a < 1<<47 }

// read makes the request and returns the return address. Strings that cannot be
// read, or do not read as text, stay numbers.
func (c *capture) read(th *proc.Thread) (ret sysdeps.Addr, err error) {
	done, err := 0, error(nil)
	if c.asked > 0 {
		done, err = c.gather.Read(th.TID, 0)
	}
	if done == 0 && (errors.Is(err, unix.EPERM) || errors.Is(err, unix.ENOSYS)) {
		return c.readSlowly(th)
	}
	if errors.Is(err, sysdeps.ErrGone) {
		return 0, err
	}
	for done < c.asked { // piece `done` cannot be read
		i := c.ask[done]
		if i == askTop {
			if err == nil {
				err = &sysdeps.OpError{Op: "read stack", TID: th.TID, Err: unix.EFAULT}
			}
			return 0, err
		}
		c.bad.add(sysdeps.Addr(c.vals[i].Word))
		c.text[i] = c.text[i][:0]
		if done++; done < c.asked {
			if done, err = c.gather.Read(th.TID, done); errors.Is(err, sysdeps.ErrGone) {
				return 0, err
			}
		}
	}
	for k := range c.asked {
		c.finish(th, c.ask[k])
	}
	return c.ret(), nil
}

// ret returns the return address.
func (c *capture) ret() sysdeps.Addr {
	if c.after != 0 {
		return c.after
	}
	return sysdeps.Addr(c.arch.Word(c.top[:]))
}

// readSlowly does without process_vm_readv, which a security module may forbid.
func (c *capture) readSlowly(th *proc.Thread) (sysdeps.Addr, error) {
	space := th.Process.Space
	for k := range c.asked {
		i := c.ask[k]
		if i == askTop {
			if _, err := space.ReadMemory(c.top[:c.arch.PtrSize], c.slot); err != nil {
				return 0, err
			}
			continue
		}
		n, _ := space.ReadMemory(c.text[i], sysdeps.Addr(c.vals[i].Word))
		c.text[i] = c.text[i][:n]
		c.finish(th, i)
	}
	return c.ret(), nil
}

// finish reads the rest of a string, while it reads as text, and keeps it.
func (c *capture) finish(th *proc.Thread, i int) {
	if i == askTop || len(c.text[i]) == 0 {
		return
	}
	if c.exact[i] > 0 {
		c.finishGo(th, i)
		return
	}
	v, buf := &c.vals[i], c.text[i]
	end, ok := textEnd(buf)
	for ok && end < 0 && len(buf) <= c.limit {
		have := len(buf)
		a := sysdeps.Addr(v.Word) + sysdeps.Addr(have)
		want := min(c.limit+1-have, textChunk-int(a-a.PageDown()))
		buf = append(buf, make([]byte, want)...)
		n, err := th.Process.Space.ReadMemory(buf[have:], a)
		buf = buf[:have+n]
		c.text[i] = buf
		if err != nil {
			break // it runs into memory that is not there: what is there is shown
		}
		end, ok = textEnd(buf)
	}
	if end < 0 {
		end = wholeRunes(buf[:min(len(buf), c.limit)])
		v.More = true
	}
	if !ok || end == 0 || !isText(buf[:end]) {
		v.More = false
		return
	}
	v.Text = buf[:end]
}

// wholeRunes returns the length of p without the beginning of a UTF-8 character
// at its end.
func wholeRunes(p []byte) int {
	for i := len(p) - 1; i >= max(0, len(p)-utf8.UTFMax+1); i-- {
		if utf8.RuneStart(p[i]) {
			if !utf8.FullRune(p[i:]) {
				return i
			}
			break
		}
	}
	return len(p)
}

// textEnd looks for the NUL of a string. ok is false as soon as something
// stands before it that no text has.
func textEnd(p []byte) (end int, ok bool) {
	for i, b := range p {
		switch {
		case b == 0:
			return i, true
		case b < ' ' && b != '\t' && b != '\n' && b != '\r', b == 0x7f:
			return -1, false
		}
	}
	return -1, true
}

// isText tells whether all of p can be read by a person.
func isText(p []byte) bool {
	for len(p) > 0 {
		if p[0] < utf8.RuneSelf {
			p = p[1:] // textEnd has looked at it
			continue
		}
		r, n := utf8.DecodeRune(p)
		if r == utf8.RuneError && n <= 1 || !unicode.IsPrint(r) {
			return false
		}
		p = p[n:]
	}
	return true
}

// values returns the captured arguments, valid until the next begin.
func (c *capture) values() []prototype.Value { return c.vals[:c.n] }

// badPages remembers where nothing could be read, so that a register's old
// contents do not cost a request at every call. It forgets often, since memory
// comes and goes.
type badPages struct {
	page [16]sysdeps.Addr
	uses int
}

func (b *badPages) slot(a sysdeps.Addr) *sysdeps.Addr {
	return &b.page[a/sysdeps.PageSize%sysdeps.Addr(len(b.page))]
}

func (b *badPages) has(a sysdeps.Addr) bool {
	if b.uses++; b.uses >= 1024 {
		*b = badPages{}
	}
	return *b.slot(a) == a.PageDown()
}

func (b *badPages) add(a sysdeps.Addr) { *b.slot(a) = a.PageDown() }

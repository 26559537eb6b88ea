package trace

import (
	"sonde/elfsym"
	"sonde/proc"
	"sonde/prototype"
	"sonde/sysdeps"
	"sonde/sysdeps/abi"
)

// goArgs notes the arguments that a Go function has in integer registers, one
// for each letter of what elfsym.GoFunc.Args says, and the strings among them.
func (c *capture) goArgs(r *sysdeps.Regs, args string) {
	regs := abi.GoAMD64.Args
	for i := range min(len(args), len(regs)) {
		v := r.Get(regs[i])
		switch args[i] {
		case elfsym.GoHidden:
			continue
		case elfsym.GoByte:
			v = uint64(uint8(v))
		case elfsym.GoShort:
			v = uint64(uint16(v))
		case elfsym.GoLong:
			v = uint64(uint32(v))
		}
		c.vals[c.n], c.exact[c.n] = prototype.Value{Word: v}, 0
		if (args[i] == elfsym.GoPair || args[i] == elfsym.GoSlice) && i+1 < len(regs) {
			c.goString(sysdeps.Addr(v), r.Get(regs[i+1]))
		}
		c.n++
	}
}

// goString asks for the text that the argument at hand may point to.
func (c *capture) goString(a sysdeps.Addr, length uint64) {
	if c.limit == 0 || length == 0 || length >= 1<<47 || !mayPoint(a) || c.bad.has(a) {
		return
	}
	c.exact[c.n] = length
	buf := c.text[c.n][:0]
	if cap(buf) < firstChunk {
		buf = make([]byte, 0, firstChunk)
	}
	buf = buf[:min(firstChunk, int(a.PageDown()+sysdeps.PageSize-a), int(min(length, uint64(c.limit))))]
	c.text[c.n] = buf
	c.gather.Add(buf, a)
	c.ask[c.asked] = c.n
	c.asked++
}

// finishGo reads the rest of a Go string, which ends where its length says.
func (c *capture) finishGo(th *proc.Thread, i int) {
	v, buf := &c.vals[i], c.text[i]
	want := int(min(c.exact[i], uint64(c.limit)))
	if !goText(buf) {
		return
	}
	if have := len(buf); have < want {
		buf = append(buf, make([]byte, want-have)...)
		n, _ := th.Process.Space.ReadMemory(buf[have:], sysdeps.Addr(v.Word)+sysdeps.Addr(have))
		buf = buf[:have+n]
		c.text[i] = buf
		if n < want-have || !goText(buf) {
			return // no string: those are there to their end
		}
	}
	v.More = uint64(len(buf)) < c.exact[i]
	if v.More {
		buf = buf[:wholeRunes(buf)]
	}
	if len(buf) == 0 || !isText(buf) {
		v.More = false
		return
	}
	v.Text = buf
}

// goText tells whether bytes may be text: NUL is a byte like others in Go, but
// none of text.
func goText(p []byte) bool {
	end, ok := textEnd(p)
	return ok && end < 0
}

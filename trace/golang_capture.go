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
		v := prototype.Value{Word: r.Get(regs[i])}
		c.vals[i], c.exact[i] = v, 0
		c.n++
		if args[i] != elfsym.GoPair && args[i] != elfsym.GoSlice || i+1 == len(regs) || c.limit == 0 {
			continue
		}
		a, n := sysdeps.Addr(v.Word), r.Get(regs[i+1])
		if !mayPoint(a) || n == 0 || n >= 1<<47 || c.bad.has(a) {
			continue
		}
		c.exact[i] = n
		buf := c.text[i][:0]
		if cap(buf) < firstChunk {
			buf = make([]byte, 0, firstChunk)
		}
		buf = buf[:min(firstChunk, int(a.PageDown()+sysdeps.PageSize-a), int(min(n, uint64(c.limit))))]
		c.text[i] = buf
		c.gather.Add(buf, a)
		c.ask[c.asked] = i
		c.asked++
	}
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

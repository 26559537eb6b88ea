package elfsym

import (
	"encoding/binary"
	"strings"
)

// The letters of GoFunc.Args: one for each word of the arguments.
const (
	GoWord   = 'w' // a value of its own, of eight bytes
	GoByte   = '1' // one of one byte: the rest of its register may hold anything
	GoShort  = '2' // two bytes
	GoLong   = '4' // four bytes
	GoPair   = 'p' // the first of two words: a string, an interface, a structure
	GoSlice  = 's' // the first of three: a slice, a structure
	GoRest   = '-' // a further one of these
	GoHidden = 'd' // the dictionary of a generic function, which no source names
)

// GoFar is in GoFunc.Offsets for a word whose offset is too large for tables, or unknown.
const GoFar = 0xff

// goArgReader reads the descriptions of arguments that Go's tracebacks print
// them by (FUNCDATA_ArgInfo; EmitArgInfo in cmd/compile/internal/ssagen). They
// have no types: what is in a floating-point register looks like a word.
type goArgReader struct {
	at   []uint32 // where each function's is, or goFuncDataAbsent
	data []byte   // from go:func.* on, which all of them lie in
	same map[string]string
	buf  []byte
	offs []byte // of the words in buf
}

// fill sets the arguments of functions whose descriptions lie from an address
// on. What is not there leaves them unknown.
func (r *goArgReader) fill(s *source, addr uint64, funcs []GoFunc) {
	last := uint64(0)
	for _, at := range r.at {
		if at != goFuncDataAbsent {
			last = max(last, uint64(at))
		}
	}
	off, n, ok := s.find(addr)
	if !ok || last >= n {
		return
	}
	data, err := s.bytes(off, min(n, last+goArgsMaxLen), "the arguments of Go's functions")
	if err != nil {
		return
	}
	r.data, r.same = data, make(map[string]string)
	for i := range funcs {
		if r.at[i] != goFuncDataAbsent {
			both := r.args(r.at[i], strings.Contains(funcs[i].Name, "["))
			funcs[i].Args, funcs[i].Offsets = both[:len(both)/2], both[len(both)/2:]
		}
	}
}

// The numbers that a description is made of (internal/abi/symtab.go): offsets
// with sizes, and these.
const (
	goArgsEnd        = 0xff
	goArgsOpen       = 0xfe // an aggregate begins
	goArgsClose      = 0xfd
	goArgsMore       = 0xfc // ...
	goArgsFar        = 0xfb // one whose offset is too large
	goArgsMaxLen     = 66   // TraceArgsMaxLen
	goArgsMaxWords   = 10   // TraceArgsLimit
	goFuncDataArgs   = 5    // FUNCDATA_ArgInfo
	goFuncDataAbsent = 1<<32 - 1
)

// args returns the letters for a description, and behind them as many offsets; "" where
// there is none.
func (r *goArgReader) args(off uint32, generic bool) string {
	if uint64(off) >= uint64(len(r.data)) {
		return ""
	}
	p := r.data[off:]
	p = p[:min(len(p), goArgsMaxLen)]
	r.buf, r.offs = r.buf[:0], r.offs[:0]
	if generic {
		r.buf, r.offs = append(r.buf, GoHidden), append(r.offs, GoFar)
	}
	open, sizes := 0, -1 // where the innermost aggregate begins, its words so far; -1 if it holds others
	for len(p) > 0 && len(r.buf) <= goArgsMaxWords {
		b := p[0]
		p = p[1:]
		switch b {
		case goArgsEnd, goArgsMore:
			return r.intern()
		case goArgsOpen:
			open, sizes = len(r.buf), 0
		case goArgsClose:
			if sizes == 2 || sizes == 3 {
				r.group(open, sizes)
			}
			sizes = -1
		case goArgsFar:
			r.buf, r.offs, sizes = append(r.buf, GoWord), append(r.offs, GoFar), -1
		default:
			if len(p) == 0 {
				return ""
			}
			letter := byte(GoWord)
			switch p[0] {
			case 1, 2, 4:
				letter = '0' + p[0]
				sizes = -1
			default:
				if sizes >= 0 {
					sizes++
				}
			}
			p = p[1:]
			r.buf, r.offs = append(r.buf, letter), append(r.offs, b)
		}
	}
	return r.intern()
}

// group marks the words of an aggregate.
func (r *goArgReader) group(at, n int) {
	if at+n != len(r.buf) {
		return
	}
	r.buf[at] = GoPair
	if n == 3 {
		r.buf[at] = GoSlice
	}
	for i := at + 1; i < at+n; i++ {
		r.buf[i] = GoRest
	}
}

// intern keeps one copy of each, since there are few.
func (r *goArgReader) intern() string {
	r.buf = append(r.buf, r.offs...)
	s, ok := r.same[string(r.buf)]
	if !ok {
		s = string(r.buf)
		r.same[s] = s
	}
	return s
}

// goArgsOffset returns where the description of a function's arguments is, from
// moduledata.gofunc on. d is its _func, flags the offset of FuncFlag in it, by
// which the version of the format shows.
func goArgsOffset(d []byte, flags int) uint32 {
	le := binary.LittleEndian
	npcdata, nfuncdata := le.Uint32(d[goFuncPCData:]), d[flags+2]
	at := uint64(flags+3) + 4*(uint64(npcdata)+goFuncDataArgs)
	if nfuncdata <= goFuncDataArgs || at+4 > uint64(len(d)) {
		return goFuncDataAbsent
	}
	return le.Uint32(d[at:])
}

package capture

import (
	"bytes"

	"sonde/prototype"
	"sonde/sysdeps"
)

// Objects of CPython's are shown as what they stand for, where their types tell: flags
// of a type say which of the built-in ones it is derived from, and so what its objects
// begin with. That is the same from CPython 3.8 to 3.13, counted in words (Include/object.h,
// Include/cpython), but for str and int, which 3.12 has changed; there built-in types
// have a flag that none had before. Whatever is not as it should be leaves the name of
// the type: a function may well be about to make the object.

// pythonObject is an object that is being looked at.
type pythonObject struct {
	v, ptr *prototype.Value // what the pointer leads to, and the pointer
	a      sysdeps.Addr
	in     int    // the innermost struct around the pointer
	head   []byte // its first bytes
	typ    []byte // those of its type
	typeAt sysdeps.Addr
	text   pythonText // of a str or bytes
	count  int64      // items, or characters
}

// What is where, in words: in objects, and in types (PyTypeObject).
const (
	pyType   = 1
	pySize   = 2 // ob_size, length of a str, lv_tag of an int since 3.12
	pyDouble = 2
	pyDigits = 3
	pyItems  = 3 // of a tuple; of a list where they are
	pyBytes  = 4
	pyState  = 4 // what text a str has
	pyWords  = 10

	pyName      = 3
	pyBasicSize = 4
	pyItemSize  = 5
	pyFlags     = 21
	pyBase      = 32
	pyTypeWords = 33
)

// The flags of types.
const (
	pyStatic   = 1 << 1 // a built-in type, since 3.12
	pyHeap     = 1 << 9
	pyBasetype = 1 << 10
	pyInt      = 1 << 24
	pyList     = 1 << 25
	pyTuple    = 1 << 26
	pyBytesOf  = 1 << 27
	pyStr      = 1 << 28
	pyOf       = 0xff << 24 // those before, and dict, exceptions and types
)

const (
	pythonHead   = 128 // bytes that are read of an object at first, many a text among them
	pythonName   = 16  // of a type's name: the longest that matters is NoneType
	maxPyClasses = 16  // that are between a class and the type that it is derived from
)

// followPython asks for the object of CPython's that a pointer leads to.
func (r *Reader) followPython(v *prototype.Value, a sysdeps.Addr, in int) {
	elems := r.values(1)
	size := max(min(pythonHead, int(a.PageDown()+sysdeps.PageSize-a)), pyWords*r.plan.model.Word)
	if elems == nil || !r.ask(piece{job: jobPython, v: &elems[0], ptr: v, a: a, buf: r.bytes(size), at: len(r.python)}) {
		v.State = prototype.TooDeep
		return
	}
	v.Elems = elems
	r.python = append(r.python, pythonObject{v: &elems[0], ptr: v, a: a, in: in})
}

// askPython asks for more of the i-th object, or of its type.
func (r *Reader) askPython(i int, job job, a sysdeps.Addr, size int) {
	o := &r.python[i]
	if !r.ask(piece{job: job, v: o.v, ptr: o.ptr, a: a, buf: r.bytes(size), at: i}) {
		o.ptr.State, o.ptr.Elems = prototype.TooDeep, nil
	}
}

// pythonArrived goes on with what has been read of an object.
func (r *Reader) pythonArrived(p *piece) {
	o := &r.python[p.at]
	switch p.job {
	case jobPython:
		w, ok := r.pythonWord(p.buf, pyType)
		if !ok {
			p.unreadable()
			return
		}
		o.head, o.typeAt = p.buf, sysdeps.Addr(w)
		r.askPython(p.at, jobPythonType, o.typeAt, pyTypeWords*r.plan.model.Word)
	case jobPythonType:
		if len(p.buf) < pyTypeWords*r.plan.model.Word {
			o.v.Type, o.v.Word, o.v.State = pythonType, uint64(o.typeAt), prototype.Unreadable
			return
		}
		o.typ = p.buf
		r.pythonOf(p.at)
	case jobPythonBase:
		r.pythonBase(p)
	case jobPythonName:
		r.pythonNamed(p.at, p.buf)
	case jobPythonText:
		if len(p.buf) < o.text.unit {
			o.v.Type, o.v.Word, o.v.State = o.text.shown, uint64(p.a), prototype.Unreadable
			return
		}
		r.pythonText(o, p.buf)
	case jobPythonItems:
		r.pythonItems(p.at, p.buf, p.a)
	}
}

// pythonType is a pointer to the type of an object.
var pythonType = &prototype.Type{Kind: prototype.Pointer, Elem: prototype.PyType}

// pythonWord returns a word of what has been read; ok is false if it is not there.
func (r *Reader) pythonWord(p []byte, n int) (w uint64, ok bool) {
	size := r.plan.model.Word
	if p = from(p, n*size); len(p) < size {
		return 0, false
	}
	return number(p[:size]), true
}

// pythonOf finds out what an object is by its type.
func (r *Reader) pythonOf(i int) {
	o := &r.python[i]
	flags, _ := r.pythonWord(o.typ, pyFlags)
	basic, _ := r.pythonWord(o.typ, pyBasicSize)
	bare := uint64(2 * r.plan.model.Word)
	size, _ := r.pythonWord(o.head, pySize)
	o.count = signed(size, r.plan.model.Word)
	switch of := flags & pyOf; {
	case of == pyInt && flags&(pyHeap|pyBasetype) == 0, // bool: nothing is derived from it
		of == 0 && flags&(pyHeap|pyBasetype) == 0 && basic == bare, // None, perhaps
		of == 0 && flags&pyHeap == 0 && basic == bare+8:            // float, perhaps
		name, _ := r.pythonWord(o.typ, pyName)
		r.askPython(i, jobPythonName, sysdeps.Addr(name), pythonName)
	case (of == pyInt || of == pyStr) && flags&pyHeap != 0:
		r.askBase(i, o.typ, maxPyClasses)
	case of == pyInt:
		r.pythonInt(o, flags&pyStatic != 0)
	case of == pyStr:
		r.pythonStr(i, flags&pyStatic != 0)
	case of == pyBytesOf:
		r.askPythonText(i, pythonText{unit: 1, shown: prototype.PyBytes}, pyBytes*r.plan.model.Word)
	case of == pyTuple || of == pyList:
		r.pythonSequence(i, of == pyList)
	default:
		r.pythonTypeName(o)
	}
}

// pythonTypeName leaves it at the type.
func (r *Reader) pythonTypeName(o *pythonObject) {
	r.decode(o.v, prototype.PyType, o.typ, o.typeAt, noFrame, 0)
}

// askBase asks for the class that one is derived from, n more at most: which layout a str
// or int has is told by the built-in type alone.
func (r *Reader) askBase(i int, class []byte, n int64) {
	base, _ := r.pythonWord(class, pyBase)
	if n == 0 || base == 0 {
		r.pythonTypeName(&r.python[i])
		return
	}
	r.askPython(i, jobPythonBase, sysdeps.Addr(base), pyTypeWords*r.plan.model.Word)
	if last := len(r.next) - 1; last >= 0 && r.next[last].job == jobPythonBase {
		r.next[last].n = n - 1
	}
}

// pythonBase takes what the class of a str or int is derived from.
func (r *Reader) pythonBase(p *piece) {
	o := &r.python[p.at]
	flags, ok := r.pythonWord(p.buf, pyFlags)
	switch of := flags & pyOf; {
	case !ok || of != pyInt && of != pyStr:
		r.pythonTypeName(o)
	case flags&pyHeap != 0:
		r.askBase(p.at, p.buf, p.n)
	case of == pyInt:
		r.pythonInt(o, flags&pyStatic != 0)
	default:
		r.pythonStr(p.at, flags&pyStatic != 0)
	}
}

// pythonNamed takes an object that a name tells of, which only built-in types have.
func (r *Reader) pythonNamed(i int, name []byte) {
	o := &r.python[i]
	if end := bytes.IndexByte(name, 0); end >= 0 {
		name = name[:end]
	}
	flags, _ := r.pythonWord(o.typ, pyFlags)
	switch of := flags & pyOf; {
	case of == pyInt && string(name) == "bool":
		if r.pythonInt(o, flags&pyStatic != 0); o.v.Type == prototype.PyInt && o.v.Word <= 1 {
			o.v.Type = prototype.PyBool
		}
	case of == pyInt:
		r.pythonInt(o, flags&pyStatic != 0)
	case string(name) == "NoneType":
		o.v.Type, o.v.Size = prototype.PyNone, 8
	case string(name) == "float":
		r.decode(o.v, prototype.PyFloat, from(o.head, pyDouble*r.plan.model.Word), at(o.a, pyDouble*r.plan.model.Word), noFrame, 0)
	default:
		r.pythonTypeName(o)
	}
}

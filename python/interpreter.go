package python

import (
	"encoding/binary"
	"fmt"
	"path"
	"strings"

	"sonde/elfsym"
	"sonde/sysdeps"
)

// Interpreter is a CPython that a process runs.
type Interpreter struct {
	Version string // "3.11.2"

	layout   *layout
	runtime  sysdeps.Addr // _PyRuntime
	codeType sysdeps.Addr // PyCode_Type
	strType  sysdeps.Addr // PyUnicode_Type
	byteType sysdeps.Addr // PyBytes_Type
}

// Find finds the interpreter among the files that are mapped: the program itself, or a
// library with python in its name. It is nil where there is none. The error tells why
// nothing can be told of one that is there. Only what does not change is read.
func Find(im *elfsym.Images, mem sysdeps.Memory) (*Interpreter, error) {
	for i, img := range im.All() {
		if i > 0 && !strings.Contains(path.Base(img.Name), "python") {
			continue
		}
		f, _, err := img.File()
		if err != nil || f.Arch != sysdeps.AMD64 {
			continue
		}
		at := func(name string) sysdeps.Addr {
			if addr, _, ok := f.Variable(name); ok {
				return img.Bias() + sysdeps.Addr(addr)
			}
			return 0
		}
		runtime, version := at("_PyRuntime"), at("Py_Version")
		if runtime == 0 || version == 0 { // Py_Version is there since 3.11
			continue
		}
		in := &Interpreter{runtime: runtime, codeType: at("PyCode_Type"), strType: at("PyUnicode_Type"), byteType: at("PyBytes_Type")}
		if err := in.learn(mem, version); err != nil {
			return nil, fmt.Errorf("read Python functions of %s: %w", img.Name, err)
		}
		return in, nil
	}
	return nil, nil
}

// learn finds out which version it is, and where that has what.
func (in *Interpreter) learn(mem sysdeps.Memory, version sysdeps.Addr) error {
	var p [4]byte
	if n, err := mem.ReadMemory(p[:], version); n < len(p) {
		return err
	}
	v := binary.LittleEndian.Uint32(p[:]) // PY_VERSION_HEX: 0x030b02f0 is 3.11.2
	major, minor := v>>24, int(v>>16&0xff)
	in.Version = fmt.Sprintf("%d.%d.%d", major, minor, v>>8&0xff)
	if l, ok := layouts[minor]; ok && major == 3 {
		in.layout = &l
		return nil
	}
	if major != 3 || minor != 13 {
		return fmt.Errorf("CPython %s is not known", in.Version)
	}
	l, err := told(mem, in.runtime, v)
	in.layout = l
	return err
}

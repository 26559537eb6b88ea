package python

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"sonde/sysdeps"
)

// layout is where a version of CPython for 64-bit machines has what in its structures,
// in bytes.
type layout struct {
	interpreters uint64 // in _PyRuntimeState: the first interpreter

	interpreterNext, threads uint64 // in PyInterpreterState

	// In PyThreadState. frame leads to the innermost frame, or to a _PyCFrame.
	threadNext, threadInterpreter, threadID, frame uint64

	// In _PyCFrame, on the C stack: hasCFrame says that there is one, and cframePrevious
	// leads to that of the activation before.
	hasCFrame                    bool
	cframeFrame, cframePrevious  uint64
	code, previous, instr, owner uint64 // in _PyInterpreterFrame
	// entry is a byte that tells the first frame of an activation, in CPython 3.11.
	// Later versions put a frame of their own before it, with a higher owner.
	entry uint64

	// In PyCodeObject.
	filename, name, qualname, lineTable, firstLine, instructions uint64

	// ascii and compact are the sizes of the structures that the text of a str stands
	// behind: PyASCIIObject and PyCompactUnicodeObject.
	ascii, compact uint64
}

// What has been the same in all versions.
const (
	objectType = 8  // in PyObject
	varSize    = 16 // in PyVarObject: the number of items
	strLength  = 16 // in PyASCIIObject
	strState   = 32
	bytesText  = 32 // in PyBytesObject
	// cstackOwner is the least owner of frames that run no Python function
	// (FRAME_OWNED_BY_CSTACK in pycore_frame.h, from 3.12 on).
	cstackOwner = 3
	instrSize   = 2 // _Py_CODEUNIT
)

// layouts are those of versions that do not tell of themselves, by minor version
// (Include/cpython and Include/internal in CPython; TestLayouts holds them against
// headers that are installed).
var layouts = map[int]layout{
	11: {
		interpreters: 40, interpreterNext: 0, threads: 16,
		threadNext: 8, threadInterpreter: 16, threadID: 152, frame: 56,
		hasCFrame: true, cframeFrame: 8, cframePrevious: 16,
		code: 32, previous: 48, instr: 56, owner: 69, entry: 68,
		filename: 112, name: 120, qualname: 128, lineTable: 136, firstLine: 72, instructions: 184,
		ascii: 48, compact: 72,
	},
	12: {
		interpreters: 40, interpreterNext: 0, threads: 72,
		threadNext: 8, threadInterpreter: 16, threadID: 136, frame: 56,
		hasCFrame: true, cframeFrame: 0, cframePrevious: 8,
		code: 0, previous: 8, instr: 56, owner: 70,
		filename: 112, name: 120, qualname: 128, lineTable: 136, firstLine: 68, instructions: 192,
		ascii: 40, compact: 56,
	},
}

// Where struct _Py_DebugOffsets of CPython 3.13 has what, in words of 64 bits
// (Include/internal/pycore_runtime.h). It stands at the beginning of _PyRuntimeState.
const (
	debugCookie       = 0
	debugVersion      = 1
	debugFreeThreaded = 2
	debugInterpreters = 5
	debugNext         = 8
	debugThreads      = 9
	debugThreadNext   = 21
	debugThreadInterp = 22
	debugFrame        = 23
	debugThreadID     = 24
	debugPrevious     = 29
	debugCode         = 30
	debugInstr        = 31
	debugOwner        = 33
	debugFilename     = 35
	debugName         = 36
	debugQualname     = 37
	debugLineTable    = 38
	debugFirstLine    = 39
	debugInstructions = 43
	debugWords        = 44
)

// maxOffset bounds what a structure may say of itself: PyInterpreterState has some
// 400 KB.
const maxOffset = 1 << 20

// told reads the layout that CPython 3.13 tells of.
func told(mem sysdeps.Memory, runtime sysdeps.Addr, version uint32) (*layout, error) {
	p := make([]byte, 8*debugWords)
	if n, err := mem.ReadMemory(p, runtime); n < len(p) {
		return nil, err
	}
	word := func(i int) uint64 { return binary.LittleEndian.Uint64(p[8*i:]) }
	switch {
	case !bytes.Equal(p[:8], []byte("xdebugpy")):
		return nil, fmt.Errorf("%v does not hold the offsets that CPython tells of", runtime)
	case word(debugVersion) != uint64(version):
		return nil, fmt.Errorf("the offsets at %v are of another version", runtime)
	case word(debugFreeThreaded) != 0:
		return nil, fmt.Errorf("it is built without the global interpreter lock")
	}
	for i := debugFreeThreaded + 1; i < debugWords; i++ {
		if word(i) > maxOffset {
			return nil, fmt.Errorf("the offsets at %v are beyond all bounds", runtime)
		}
	}
	return &layout{
		interpreters: word(debugInterpreters), interpreterNext: word(debugNext), threads: word(debugThreads),
		threadNext: word(debugThreadNext), threadInterpreter: word(debugThreadInterp), threadID: word(debugThreadID), frame: word(debugFrame),
		code: word(debugCode), previous: word(debugPrevious), instr: word(debugInstr), owner: word(debugOwner),
		filename: word(debugFilename), name: word(debugName), qualname: word(debugQualname),
		lineTable: word(debugLineTable), firstLine: word(debugFirstLine), instructions: word(debugInstructions),
		ascii: 40, compact: 56,
	}, nil
}

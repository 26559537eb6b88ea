package elfsym

import (
	"encoding/binary"
	"math"
	"runtime/debug"
)

// GoPlace is a place in the source of a Go function.
type GoPlace struct {
	Function string // without what tells its calling convention
	File     string // its path, as the compiler had it
	Line     int
}

// goLines are the parts of a module's table that tell of the source.
type goLines struct {
	units []byte // cutab: for each file of each compilation unit, where its name is
	files []byte // filetab: the names
	data  []byte // go:func.*, in which inlined calls are
}

// Offsets in struct _func (runtime/runtime2.go) and of struct inlinedCall
// (runtime/symtabinl.go), and indices (internal/abi/symtab.go), since Go 1.20.
const (
	goFuncPCFile   = 20
	goFuncPCLine   = 24
	goFuncUnit     = 32
	goFuncNumber   = 43 // of the tables behind PCData
	goPCDataInline = 2  // PCDATA_InlTreeIndex
	goDataInline   = 3  // FUNCDATA_InlTree
	goInlined      = 16 // the size of an inlinedCall
	goInlinedName  = 4
	goInlinedPC    = 8
	// maxGoInlined bounds how many functions are inlined into each other at one place.
	maxGoInlined = 256
)

// Places returns where the code at a link-time address is in the source: the innermost
// function first that is inlined there, and last the one whose code it is. There are none
// where nothing tells, as in programs before Go 1.20.
func (g *GoFrames) Places(addr uint64) (places []GoPlace) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true))
	defer func() {
		if recover() != nil { // the file has changed
			places = nil
		}
	}()
	for i := range g.modules {
		t := &g.modules[i]
		if addr >= t.text && addr < t.last && t.flag == goFuncFlag20 {
			return t.places(addr)
		}
	}
	return nil
}

// places is the same in one module.
func (t *goFrameTable) places(addr uint64) (places []GoPlace) {
	fn, entry := t.function(addr)
	if fn == nil {
		return nil
	}
	for range maxGoInlined {
		file, line, ok := t.line(fn, entry, addr)
		if !ok {
			return nil
		}
		name, from, inlined := t.inlined(fn, entry, addr)
		if !inlined {
			return append(places, GoPlace{t.name(uint64(binary.LittleEndian.Uint32(fn[goFuncName:]))), file, line})
		}
		places = append(places, GoPlace{name, file, line})
		if from == addr {
			break // it would be inlined into itself
		}
		addr = from
	}
	return nil
}

// line returns the file and the line of an address in a function.
func (t *goFrameTable) line(fn []byte, entry, addr uint64) (file string, line int, ok bool) {
	le := binary.LittleEndian
	line, ok = t.value(uint64(le.Uint32(fn[goFuncPCLine:])), entry, addr)
	nr, known := t.value(uint64(le.Uint32(fn[goFuncPCFile:])), entry, addr)
	at := 4 * (uint64(le.Uint32(fn[goFuncUnit:])) + uint64(nr))
	if !ok || !known || at+4 > uint64(len(t.lines.units)) {
		return "", 0, false
	}
	name := goText(t.lines.files, uint64(le.Uint32(t.lines.units[at:])))
	return name, line, name != ""
}

// inlined returns the innermost function that is inlined at an address, and an address that
// is where its call was.
func (t *goFrameTable) inlined(fn []byte, entry, addr uint64) (name string, from uint64, ok bool) {
	le := binary.LittleEndian
	tables, more := uint64(le.Uint32(fn[goFuncPCData:])), uint64(fn[goFuncNumber])
	if tables <= goPCDataInline || more <= goDataInline || uint64(len(fn)) < goFuncFixed+4*(tables+more) {
		return "", 0, false
	}
	i, ok := t.value(uint64(le.Uint32(fn[goFuncFixed+4*goPCDataInline:])), entry, addr)
	tree := uint64(le.Uint32(fn[goFuncFixed+4*(tables+goDataInline):]))
	at := tree + goInlined*uint64(i)
	if !ok || tree == goFuncDataAbsent || at+goInlined > uint64(len(t.lines.data)) {
		return "", 0, false
	}
	call := t.lines.data[at:]
	nameAt := uint64(le.Uint32(call[goInlinedName:]))
	if nameAt == 0 || nameAt >= uint64(len(t.names)) || t.names[nameAt-1] != 0 { // it is no inlinedCall
		return "", 0, false
	}
	return t.name(nameAt), entry + uint64(le.Uint32(call[goInlinedPC:])), true
}

// goLines returns the parts of a module's table that tell of the source: none where they are
// not in the file.
func (s *source) goLines(whole []byte, m *goModule) (l goLines) {
	part := func(addr, end uint64) []byte {
		off, n, ok := s.find(addr)
		if !ok || end <= addr || off > s.size {
			return nil
		}
		n = min(n, end-addr, s.size-off)
		return whole[off:][:n:n]
	}
	l.units = part(m.table.units, m.table.files)
	l.files = part(m.table.files, m.table.values)
	l.data = part(m.data, math.MaxUint64)
	return l
}

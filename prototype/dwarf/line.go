package dwarf

import (
	"cmp"
	"debug/dwarf"
	"path"
	"slices"

	"sonde/fields"
)

// lineTable is the rows of a unit's line table, as far as code is looked up in it
// (DWARF 5, 6.2).
type lineTable struct {
	files []lineFile
	rows  []lineRow // by addr
	first int       // the number of the first file
}

// lineFile is a source file. Its name is made up when it is asked for.
type lineFile struct {
	name, dir, compDir string
}

func (f *lineFile) path() string {
	if f.name == "" || path.IsAbs(f.name) {
		return f.name
	}
	dir := f.dir
	if !path.IsAbs(dir) {
		dir = path.Join(f.compDir, dir)
	}
	return path.Join(dir, f.name)
}

// lineRow is what holds from an address up to that of the next row.
type lineRow struct {
	addr   uint64
	file   uint32
	line   uint32
	column uint32
	end    bool // no code is there
}

// Bounds of a line table: its rows, its files and its directories; and of the rows
// that are kept of all tables. A web browser's largest unit has some hundred thousand
// rows.
const (
	maxLineRows  = 1 << 21
	maxLineFiles = 1 << 16
	maxKeptRows  = 1 << 23
)

// Opcodes of line programs (DWARF 5, 7.22).
const (
	lineExtended        = 0x00
	lineCopy            = 0x01
	lineAdvancePC       = 0x02
	lineAdvanceLine     = 0x03
	lineSetFile         = 0x04
	lineSetColumn       = 0x05
	lineConstAddPC      = 0x08
	lineFixedAdvancePC  = 0x09
	lineEndSequence     = 0x01
	lineSetAddress      = 0x02
	lineContentPath     = 0x1
	lineContentDirIndex = 0x2
)

// lines returns the unit's line table; an empty one if there is none.
func (u *unit) lines() *lineTable {
	d := u.f.d
	if t := d.lines[u]; t != nil {
		return t
	}
	t := new(lineTable)
	root := u.root()
	if v := root.val(dwarf.AttrStmtList); v.form != 0 {
		p := lineProgram{u: u, compDir: root.text(dwarf.AttrCompDir), b: fields.At(u.f.line, v.n)}
		if !p.read() {
			d.damaged("a line table", u.off)
		}
		t = &p.table
	}
	if d.rows += len(t.rows); d.lines == nil || d.rows > maxKeptRows {
		d.lines, d.rows = make(map[*unit]*lineTable), len(t.rows)
	}
	d.lines[u] = t
	return t
}

// lineProgram is a line program while it is read.
type lineProgram struct {
	u       *unit
	b       fields.Reader
	compDir string
	table   lineTable

	version    uint16
	is64       bool
	minLength  uint64
	opsPerInsn uint64
	lineBase   int
	lineRange  int
	opcodeBase int
	operands   []byte // how many each standard opcode has
	dirs       []string
	row        lineRow
	start      int // of the sequence at hand
}

// read reads the whole program. It reports whether it is good.
func (p *lineProgram) read() bool {
	length, is64 := p.b.Length()
	p.is64 = is64
	p.b.Limit(length)
	if p.version = p.b.U16(); p.version < 2 || p.version > 5 {
		return false
	}
	if p.version == 5 {
		p.b.Skip(2) // sizes of addresses and segment selectors
	}
	headerLength := p.b.Word(is64)
	program := p.b
	program.Skip(headerLength)
	p.minLength, p.opsPerInsn = uint64(p.b.U8()), 1
	if p.version >= 4 {
		p.opsPerInsn = max(1, uint64(p.b.U8()))
	}
	p.b.Skip(1) // whether rows begin statements
	p.lineBase, p.lineRange, p.opcodeBase = int(int8(p.b.U8())), int(p.b.U8()), int(p.b.U8())
	if p.lineRange == 0 || p.opcodeBase == 0 {
		return false
	}
	p.operands = p.b.Bytes(uint64(p.opcodeBase - 1))
	if p.version == 5 {
		p.dirs = p.entries(func(name string, _ uint64) {})
		p.entries(func(name string, dir uint64) { p.addFile(name, dir) })
	} else {
		p.oldEntries()
	}
	if p.b.Bad() || program.Bad() {
		return false
	}
	p.b = program
	p.run()
	slices.SortStableFunc(p.table.rows, func(a, b lineRow) int {
		if c := cmp.Compare(a.addr, b.addr); c != 0 || a.end == b.end {
			return c
		} else if a.end { // one sequence ends where another begins
			return -1
		}
		return 1
	})
	return !p.b.Bad()
}

// oldEntries reads the directories and files up to DWARF 4.
func (p *lineProgram) oldEntries() {
	p.dirs = []string{p.compDir}
	for !p.b.Bad() && len(p.dirs) < maxLineFiles {
		dir := string(p.b.Text(maxName))
		if dir == "" {
			break
		}
		p.dirs = append(p.dirs, dir)
	}
	p.table.first = 1
	for !p.b.Bad() {
		name := string(p.b.Text(maxName))
		if name == "" {
			return
		}
		dir := p.b.ULEB()
		p.b.ULEB() // times and sizes
		p.b.ULEB()
		p.addFile(name, dir)
	}
}

func (p *lineProgram) addFile(name string, dir uint64) {
	if len(p.table.files) >= maxLineFiles {
		p.b.Fail()
		return
	}
	f := lineFile{name: name, compDir: p.compDir}
	if dir < uint64(len(p.dirs)) {
		f.dir = p.dirs[dir]
	}
	p.table.files = append(p.table.files, f)
}

// entries reads the directories, or the files, of DWARF 5: first how each is written,
// then what they are.
func (p *lineProgram) entries(yield func(name string, dir uint64)) (names []string) {
	type format struct {
		content uint64
		form    form
	}
	formats := make([]format, p.b.U8())
	for i := range formats {
		formats[i] = format{p.b.ULEB(), form(p.b.ULEB())}
	}
	n := p.b.ULEB()
	s := p.u.shape
	s.version, s.is64 = p.version, p.is64
	for range n {
		if p.b.Bad() || len(names) >= maxLineFiles || !p.u.f.d.spend(1) {
			p.b.Fail()
			return names
		}
		name, dir := "", uint64(0)
		for _, f := range formats {
			v := readForm(&p.b, &spec{form: f.form}, s)
			switch f.content {
			case lineContentPath:
				name = p.text(v)
			case lineContentDirIndex:
				dir = v.n
			}
		}
		names = append(names, name)
		yield(name, dir)
	}
	return names
}

// text returns a string in the header.
func (p *lineProgram) text(v value) string {
	switch v.form {
	case formString:
		return string(v.p)
	case formLineStrp:
		b := fields.At(p.u.f.lineStr, v.n)
		return string(b.Text(maxName))
	case formStrp:
		b := fields.At(p.u.f.str, v.n)
		return string(b.Text(maxName))
	}
	return ""
}

// run executes the program, whose rows are appended to the table.
func (p *lineProgram) run() {
	p.reset()
	for p.b.Left() > 0 && p.u.f.d.spend(1) {
		op := int(p.b.U8())
		switch {
		case op >= p.opcodeBase:
			special := op - p.opcodeBase
			p.advance(uint64(special / p.lineRange))
			p.row.line += uint32(p.lineBase + special%p.lineRange)
			p.emit(false)
		case op == lineExtended:
			p.extended()
		default:
			p.standard(op)
		}
	}
}

func (p *lineProgram) reset() {
	p.row = lineRow{file: 1, line: 1}
	p.start = len(p.table.rows)
}

func (p *lineProgram) advance(ops uint64) { p.row.addr += p.minLength * (ops / p.opsPerInsn) }

// emit appends a row, unless the table is full. What the linker has dropped is left
// at addresses near 0.
func (p *lineProgram) emit(end bool) {
	if len(p.table.rows) >= maxLineRows {
		p.b.Fail()
		return
	}
	row := p.row
	row.end = end
	p.table.rows = append(p.table.rows, row)
}

func (p *lineProgram) extended() {
	n := p.b.ULEB()
	op := p.b
	op.Limit(n)
	if p.b.Skip(n); p.b.Bad() || n == 0 {
		return
	}
	switch op.U8() {
	case lineEndSequence:
		p.emit(true)
		if rows := p.table.rows[p.start:]; rows[0].addr == 0 {
			p.table.rows = p.table.rows[:p.start]
		}
		p.reset()
	case lineSetAddress:
		if p.row.addr = op.Uint(op.Left()); op.Bad() {
			p.b.Fail()
		}
	}
}

func (p *lineProgram) standard(op int) {
	switch op {
	case lineCopy:
		p.emit(false)
	case lineAdvancePC:
		p.advance(p.b.ULEB())
	case lineAdvanceLine:
		p.row.line += uint32(p.b.SLEB())
	case lineSetFile:
		p.row.file = uint32(p.b.ULEB())
	case lineSetColumn:
		p.row.column = uint32(p.b.ULEB())
	case lineConstAddPC:
		p.advance(uint64((255 - p.opcodeBase) / p.lineRange))
	case lineFixedAdvancePC:
		p.row.addr += uint64(p.b.U16())
	default:
		if op-1 < len(p.operands) {
			for range p.operands[op-1] {
				p.b.ULEB()
			}
		}
	}
}

// at returns the row for an address. Of several rows at one address the last one
// holds.
func (t *lineTable) at(addr uint64) (row lineRow, ok bool) {
	i, _ := slices.BinarySearchFunc(t.rows, addr, func(r lineRow, addr uint64) int {
		if r.addr <= addr {
			return -1
		}
		return 1
	})
	if i == 0 || t.rows[i-1].end {
		return row, false
	}
	return t.rows[i-1], true
}

// file returns the path of a source file by its number.
func (t *lineTable) file(n uint64) string {
	i := n - uint64(t.first)
	if i >= uint64(len(t.files)) {
		return ""
	}
	return t.files[i].path()
}

package elfsym

import (
	"cmp"
	"debug/dwarf"
	"errors"
	"fmt"
	"io"
	"path"
	"runtime/debug"
	"slices"
	"strings"
)

// LineError is a source line that has no code.
type LineError struct {
	File    string // as it was asked for
	Line    int
	Nearest int // the nearest line of that file which has code; 0 if there is no such file
}

// Error names the line, and the nearest one that has code.
func (e *LineError) Error() string {
	if e.Nearest == 0 {
		return fmt.Sprintf("%s:%d: no code is from a file of that name", e.File, e.Line)
	}
	return fmt.Sprintf("%s:%d has no code; the nearest line that has is %d", e.File, e.Line, e.Nearest)
}

// Line returns the link-time addresses, ascending, at which the code of a
// source line begins: one for each function that has code of it, and for each
// inlined copy of such a function. Where the compiler has split a function, the
// part that begins at its entry goes before the one that is rarely run.
//
// name is the source file's, or the last parts of its path; all files that
// it fits count. path is where the file can be read now, and where says where
// debug files are looked for, as with Functions.
//
// The error wraps a *LineError if there is no code of that line, and ErrNoDebugInfo
// if there is no debugging information at all. Of code that was compiled with
// -gsplit-dwarf, copies that were inlined into one function count once.
func (f *File) Line(path string, where *DebugFinder, name string, line int) ([]uint64, error) {
	info, err := f.DebugInfo(path, where)
	if err != nil {
		return nil, fmt.Errorf("read the lines of %s: %w", path, err)
	}
	defer info.Close()
	l := lineSearch{file: f, name: name, line: line, budget: maxLineWork}
	l.function = func(addr uint64) uint64 {
		fs, _ := f.Functions(path, where) // what cannot be read tells of no function
		sym, _ := fs.At(addr)
		return sym.Value
	}
	addrs, err := l.find(info)
	if err != nil {
		return nil, fmt.Errorf("read the lines of %s: %w", path, err)
	}
	return addrs, nil
}

// maxLineWork caps what a search looks at: rows of line tables, entries of
// debugging information, their attributes and their ranges. A web browser has
// some hundred million.
const maxLineWork = 1 << 28

// lineSearch is one search for the code of a line.
type lineSearch struct {
	file     *File
	name     string
	line     int
	function func(addr uint64) uint64 // the function at an address, by the symbols

	data    *dwarf.Data
	rows    []lineRow
	known   bool // there is a file of that name
	nearest int
	budget  int
}

// lineRow is where a statement of the line begins.
type lineRow struct {
	addr     uint64
	rare     bool   // in a part of its function that the entry is not in
	instance uint64 // which function, or inlined copy of one
}

var errLineWork = errors.New("debugging information without end")

// find returns the addresses. What debug/dwarf does with damaged input is no
// matter of its own: it panics here and there.
func (l *lineSearch) find(info *DebugInfo) (addrs []uint64, err error) {
	defer debug.SetPanicOnFault(debug.SetPanicOnFault(true)) // the file may be cut short while it is mapped
	defer func() {
		if r := recover(); r != nil {
			addrs, err = nil, fmt.Errorf("debugging information that is damaged: %v", r)
		}
	}()
	units, err := l.load(info)
	if err != nil {
		return nil, err
	}
	tables, err := l.lineTables(units)
	if err != nil {
		return nil, err
	}
	for _, t := range tables {
		if err := l.searchTable(t); err != nil {
			return nil, err
		}
	}
	if len(l.rows) == 0 {
		e := &LineError{File: l.name, Line: l.line}
		if l.known {
			e.Nearest = l.nearest
		}
		return nil, e
	}
	return l.choose(), nil
}

// spend takes work off the budget, and reports whether there was enough.
func (l *lineSearch) spend(n int) error {
	if l.budget -= n; l.budget < 0 {
		return errLineWork
	}
	return nil
}

// lineTable is a line table, and the entries of the units that it belongs to.
type lineTable struct {
	units []*dwarf.Entry
}

// lineTables returns the line tables of all units in their order, each once.
func (l *lineSearch) lineTables(units []dwarf.Offset) ([]*lineTable, error) {
	var tables []*lineTable
	known := make(map[int64]*lineTable)
	r := l.data.Reader()
	for _, off := range units {
		r.Seek(off)
		unit, err := r.Next()
		if err != nil {
			return nil, err
		}
		if unit == nil || unit.Tag != dwarf.TagCompileUnit && unit.Tag != dwarf.TagSkeletonUnit {
			continue
		}
		at, ok := unit.Val(dwarf.AttrStmtList).(int64)
		if !ok {
			continue
		}
		t := known[at]
		if t == nil {
			t = &lineTable{}
			known[at] = t
			tables = append(tables, t)
		}
		t.units = append(t.units, unit)
	}
	return tables, nil
}

// searchTable appends the rows of the line in one table, and finds out what
// functions they are in.
func (l *lineSearch) searchTable(t *lineTable) error {
	r, err := l.data.LineReader(t.units[0])
	if err != nil || r == nil {
		return err
	}
	files := make(map[*dwarf.LineFile]bool)
	for _, file := range r.Files() {
		if err := l.spend(1); err != nil {
			return err
		}
		if file != nil && sourceMatches(file.Name, l.name) {
			files[file] = true
		}
	}
	if len(files) == 0 {
		return nil
	}
	first := len(l.rows)
	if err := l.readRows(r, files); err != nil {
		return err
	}
	rows := l.rows[first:]
	if len(rows) == 0 {
		return nil
	}
	slices.SortFunc(rows, func(a, b lineRow) int { return cmp.Compare(a.addr, b.addr) })
	for _, unit := range t.units {
		if err := l.place(unit, rows); err != nil {
			return err
		}
	}
	return nil
}

// sourceMatches reports whether a source file's path ends with the parts of
// name.
func sourceMatches(file, name string) bool {
	file, name = path.Clean(file), path.Clean(name)
	return file == name || strings.HasSuffix(file, "/"+name)
}

// readRows appends the rows of the line that begin a statement.
func (l *lineSearch) readRows(r *dwarf.LineReader, files map[*dwarf.LineFile]bool) error {
	s := source{segs: l.file.segments}
	var row dwarf.LineEntry
	for {
		err := r.Next(&row)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		if err := l.spend(1); err != nil {
			return err
		}
		// What the linker has dropped is left with addresses near 0, or none.
		if row.EndSequence || !row.IsStmt || row.Line == 0 || !files[row.File] || s.executable(row.Address, 1) == 0 {
			continue
		}
		l.known = true
		if row.Line == l.line {
			l.rows = append(l.rows, lineRow{addr: row.Address})
		} else if old := distance(l.nearest, l.line); l.nearest == 0 || distance(row.Line, l.line) < old ||
			distance(row.Line, l.line) == old && row.Line > l.nearest {
			l.nearest = row.Line
		}
	}
}

func distance(a, b int) int { return max(a-b, b-a) }

// place says of each row what function it is in: the innermost one, inlined or
// not, that the unit tells of.
func (l *lineSearch) place(unit *dwarf.Entry, rows []lineRow) error {
	if !unit.Children {
		return nil
	}
	r := l.data.Reader()
	r.Seek(unit.Offset)
	if _, err := r.Next(); err != nil {
		return err
	}
	var entry [2]uint64 // the part of the function at hand that has its entry
	for depth := 1; depth > 0; {
		e, err := r.Next()
		if err != nil {
			return err
		}
		if e == nil {
			return nil
		}
		if err := l.spend(1 + len(e.Field)); err != nil {
			return err
		}
		switch e.Tag {
		case 0:
			depth--
			continue
		case dwarf.TagSubprogram, dwarf.TagInlinedSubroutine:
			ranges, err := l.data.Ranges(e)
			if err != nil {
				return err
			}
			if err := l.spend(len(ranges)); err != nil {
				return err
			}
			if e.Tag == dwarf.TagSubprogram && len(ranges) > 0 {
				entry = entryRange(e, ranges)
			}
			claim(rows, ranges, entry, uint64(e.Offset))
		}
		if e.Children {
			depth++
		}
	}
	return nil
}

// entryRange returns the range that a function is entered in: that of its
// DW_AT_entry_pc or DW_AT_low_pc, else the first (DWARF 5, 2.18).
func entryRange(e *dwarf.Entry, ranges [][2]uint64) [2]uint64 {
	for _, attr := range []dwarf.Attr{dwarf.AttrEntrypc, dwarf.AttrLowpc} {
		pc, ok := e.Val(attr).(uint64)
		if !ok {
			continue
		}
		for _, r := range ranges {
			if r[0] <= pc && pc < r[1] {
				return r
			}
		}
	}
	return ranges[0]
}

// claim says of the rows within ranges that they are of that instance.
func claim(rows []lineRow, ranges [][2]uint64, entry [2]uint64, instance uint64) {
	for _, r := range ranges {
		i, _ := slices.BinarySearchFunc(rows, r[0], func(row lineRow, addr uint64) int { return cmp.Compare(row.addr, addr) })
		for ; i < len(rows) && rows[i].addr < r[1]; i++ {
			rows[i].instance = instance
			rows[i].rare = rows[i].addr < entry[0] || rows[i].addr >= entry[1]
		}
	}
}

// choose returns one address for each instance. That the row may have no
// instruction of its own, since another one follows at the same address, is no
// matter: the statement begins there (DWARF 5, 6.2.2, is_stmt). Rows that debugging information
// has in no function, as in assembly, are told apart by symbols.
func (l *lineSearch) choose() []uint64 {
	type key struct {
		instance, function uint64
	}
	best := make(map[key]*lineRow)
	for i := range l.rows {
		row := &l.rows[i]
		k := key{instance: row.instance}
		if row.instance == 0 {
			k.function = l.function(row.addr)
		}
		if old := best[k]; old == nil || row.better(old) {
			best[k] = row
		}
	}
	var addrs []uint64
	for _, row := range best {
		addrs = append(addrs, row.addr)
	}
	slices.Sort(addrs)
	return slices.Compact(addrs)
}

func (row *lineRow) better(old *lineRow) bool {
	if row.rare != old.rare {
		return old.rare
	}
	return row.addr < old.addr
}

package python

import (
	"encoding/binary"
	"encoding/hex"
	"fmt"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

func TestMain(m *testing.M) { testkit.Main(m) }

// TestLayouts compares with the headers of the interpreters whose headers are installed.
func TestLayouts(t *testing.T) {
	checked := 0
	for _, py := range testkit.Pythons(t) {
		out, err := exec.Command(py.Path, "-c", "import sysconfig; print(sysconfig.get_paths()['include'])").Output()
		if err != nil {
			t.Fatal(err)
		}
		include := strings.TrimSpace(string(out))
		if exec.Command("test", "-e", include+"/internal/pycore_frame.h").Run() != nil {
			continue
		}
		checked++
		program := testkit.Build(t, "testdata/offsets.c", "-w", "-I"+include, "-I"+include+"/internal")
		got := strings.TrimSpace(testkit.Run(t, program).Stdout)
		l := layouts[py.Minor]
		var want []uint64
		if py.Minor == 13 {
			f := strings.Fields(got)
			l = layout{ascii: 40, compact: 56}
			for i, to := range []*uint64{
				&l.interpreters, &l.interpreterNext, &l.threads, &l.threadNext, &l.threadInterpreter, &l.threadID, &l.previous, &l.owner,
				&l.frame, nil, nil, &l.code, &l.instr, nil, &l.filename, &l.name, &l.qualname, &l.lineTable, &l.firstLine, &l.instructions,
			} {
				if to != nil { // it tells these itself
					*to, _ = strconv.ParseUint(f[i], 10, 64)
				}
			}
		}
		want = []uint64{
			l.interpreters, l.interpreterNext, l.threads, l.threadNext, l.threadInterpreter, l.threadID, l.previous, l.owner,
			l.frame, l.cframeFrame, l.cframePrevious, l.code, l.instr, l.entry,
			l.filename, l.name, l.qualname, l.lineTable, l.firstLine, l.instructions, l.ascii, l.compact,
			objectType, varSize, strLength, strState, bytesText,
		}
		if py.Minor == 13 {
			want = append(want, debugCookie, debugVersion, debugFreeThreaded, debugInterpreters, debugNext, debugThreads,
				debugThreadNext, debugThreadInterp, debugFrame, debugThreadID, debugPrevious, debugCode, debugInstr, debugOwner,
				debugFilename, debugName, debugQualname, debugLineTable, debugFirstLine, debugInstructions)
		}
		if w := strings.Trim(fmt.Sprint(want), "[]"); got != w {
			t.Errorf("CPython 3.%d:\n%s, in the headers\n%s", py.Minor, w, got)
		}
	}
	if checked == 0 {
		testkit.Lacks(t, "no headers of CPython are installed")
	}
}

// TestLines compares with the lines that interpreters tell of all instructions of some
// modules.
func TestLines(t *testing.T) {
	for _, py := range testkit.Pythons(t) {
		out := testkit.Run(t, py.Path, "testdata/lines.py").Stdout
		codes := 0
		for line := range strings.Lines(out) {
			f := strings.Fields(line)
			first, _ := strconv.Atoi(f[0])
			table, err := hex.DecodeString(f[1])
			if err != nil || len(f) != 3 {
				t.Fatalf("%q: %v", line, err)
			}
			codes++
			wanted := strings.Split(f[2], ",")
			for i, want := range wanted {
				got, err := lineAt(table, first, uint64(2*i))
				if strconv.Itoa(got) != want || err != nil {
					t.Fatalf("3.%d: instruction %d of the code at line %d: line %d, %v; want %s", py.Minor, i, first, got, err, want)
				}
			}
			if got, err := lineAt(table, first, uint64(2*len(wanted))); err == nil {
				t.Errorf("3.%d: there is line %d behind the code at line %d", py.Minor, got, first)
			}
		}
		if codes < 300 {
			t.Errorf("3.%d: %d code objects: %.300s", py.Minor, codes, out)
		}
	}
}

// TestLineTables reads tables that no compiler writes.
func TestLineTables(t *testing.T) {
	for _, c := range []struct {
		table string
		off   uint64
		want  int
		err   bool
	}{
		{"d800", 0, 11, false},             // one line on, one instruction
		{"d800", 2, 0, true},               // behind it
		{"", 0, 0, true},                   // nothing
		{"00", 0, 0, true},                 // no head of an entry
		{"e8", 0, 0, true},                 // without its number
		{"e840", 0, 0, true},               // that goes on
		{"e8404040404040", 0, 0, true},     // and on
		{"e803", 0, 9, false},              // one line back
		{"e87f7f7f7f7f3f", 0, 0, true},     // beyond all files
		{"f8e802", 0, 0, false},            // on no line
		{"f8e802", 2, 11, false},           // and then on one
		{"e80d", 0, 4, false},              // before the first
		{"e81f", 0, 0, false},              // before all lines
		{"8000d00000000000", 2, 10, false}, // columns of any number
	} {
		table := testkit.Hex(t, c.table)
		if got, err := lineAt(table, 10, c.off); got != c.want || (err != nil) != c.err {
			t.Errorf("%s, %d: line %d, %v; want %d", c.table, c.off, got, err, c.want)
		}
	}
}

func FuzzLines(f *testing.F) {
	f.Add([]byte{0xd8, 0, 0xe8, 3, 0xf8}, 10, uint64(2))
	f.Add([]byte{0xf0, 0x42, 1, 1, 4, 9, 0x80, 7}, 1, uint64(16))
	f.Fuzz(func(t *testing.T, table []byte, first int, off uint64) {
		if line, err := lineAt(table, int(int32(first)), off); line < 0 || err != nil && line != 0 {
			t.Errorf("line %d, %v", line, err)
		}
	})
}

// image is memory that begins at an address.
type image struct {
	lo sysdeps.Addr
	p  []byte
}

func (m *image) ReadMemory(p []byte, a sysdeps.Addr) (int, error) {
	if a < m.lo || a-m.lo >= sysdeps.Addr(len(m.p)) {
		return 0, sysdeps.ErrGone
	}
	n := copy(p, m.p[a-m.lo:])
	if n < len(p) {
		return n, sysdeps.ErrGone
	}
	return n, nil
}

// Where program puts things.
const (
	imageLo    = 0x10000
	runtimeAt  = imageLo
	interpAt   = imageLo + 0x100
	threadAt   = imageLo + 0x200
	frameAt    = imageLo + 0x400
	codeAt     = imageLo + 0x500
	nameAt     = imageLo + 0x600
	fileAt     = imageLo + 0x680
	tableAt    = imageLo + 0x700
	stackAt    = imageLo + 0x800 // the records of activations
	codeType   = imageLo + 0x900
	strType    = imageLo + 0x910
	byteType   = imageLo + 0x920
	imageSize  = 0x1000
	firstLine  = 7
	threadSelf = 0x7f00
)

// program makes memory in which a thread of CPython 3.11 runs the function f() of a file
// "x.py", in its second instruction.
func program() *image {
	m := &image{imageLo, make([]byte, imageSize)}
	l := layouts[11]
	put := func(at, v uint64) { binary.LittleEndian.PutUint64(m.p[at-imageLo:], v) }
	put(runtimeAt+l.interpreters, interpAt)
	put(interpAt+l.threads, threadAt)
	put(threadAt+l.threadInterpreter, interpAt)
	put(threadAt+l.threadID, threadSelf)
	put(threadAt+l.frame, stackAt)
	put(stackAt+l.cframeFrame, frameAt)
	put(stackAt+l.cframePrevious, threadAt+0x100) // the root's has no more
	put(frameAt+l.code, codeAt)
	put(frameAt+l.instr, codeAt+l.instructions+2)
	m.p[frameAt+l.entry-imageLo] = 1
	put(codeAt+objectType, codeType)
	put(codeAt+varSize, 4)
	put(codeAt+l.firstLine, firstLine)
	put(codeAt+l.filename, fileAt)
	put(codeAt+l.name, nameAt)
	put(codeAt+l.qualname, nameAt)
	put(codeAt+l.lineTable, tableAt)
	for at, text := range map[uint64]string{nameAt: "f", fileAt: "x.py"} {
		put(at+objectType, strType)
		put(at+strLength, uint64(len(text)))
		put(at+strState, stateCompact|stateASCII|1<<stateKind)
		copy(m.p[at+l.ascii-imageLo:], text)
	}
	put(tableAt+objectType, byteType)
	put(tableAt+varSize, 4)
	copy(m.p[tableAt+bytesText-imageLo:], "\xd8\x00\xda\x00") // a line on, an instruction; a line on, three
	return m
}

func read(m sysdeps.Memory, limit int) ([]Thread, error) {
	l := layouts[11]
	in := &Interpreter{Version: "3.11.2", layout: &l, runtime: runtimeAt, codeType: codeType, strType: strType, byteType: byteType}
	return in.Threads(m, limit, nil)
}

func TestThreads(t *testing.T) {
	got, err := read(program(), 0)
	want := "[{ID:32512 Activations:[{At:0x10800 Frames:[{Function:f File:x.py Line:9}]}] Err:<nil>}]"
	if fmt.Sprintf("%+v", got) != want || err != nil {
		t.Errorf("%+v, %v; want %s", got, err, want)
	}
}

// TestDamaged changes one word after the other: there are no frames then, or the same,
// or it is told what is wrong.
func TestDamaged(t *testing.T) {
	l := layouts[11]
	for _, c := range []struct {
		what   string
		at, to uint64
		want   string // in an error
	}{
		{"another layout of threads", threadAt + l.threadInterpreter, 1, "is of no interpreter"},
		{"threads nowhere", interpAt + l.threads, 0xffff0000, "cannot be read"},
		{"a loop of threads", threadAt + l.threadNext, threadAt, ""},
		{"a loop of activations", stackAt + l.cframePrevious, stackAt, ""},
		{"a frame nowhere", stackAt + l.cframeFrame, 0xfffffffffffffff8, "is not of type code"},
		{"no code", codeAt + objectType, strType, "is not of type code"},
		{"code of no size", codeAt + varSize, 0, "code of 0 bytes"},
		{"code of a huge size", codeAt + varSize, 1 << 62, "code of"},
		{"a place outside of it", frameAt + l.instr, codeAt, "is not in its code"},
		{"no table", codeAt + l.lineTable, fileAt, "is not of type bytes"},
		{"a huge table", tableAt + varSize, 1 << 40, "a table of lines of"},
		{"a table without an end", tableAt + bytesText, 0, "makes no sense"},
		{"a name of another form", nameAt + strState, 0, "has a form that is not known"},
		{"a name that is none", nameAt + objectType, codeType, "is not of type str"},
		{"a name without an end", nameAt + strLength, 1 << 50, "cannot be read"},
	} {
		m := program()
		binary.LittleEndian.PutUint64(m.p[c.at-imageLo:], c.to)
		got, err := read(m, 0)
		if len(got) > 0 && err == nil {
			err = got[0].Err
		}
		if c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: %+v, %v; want %q", c.what, got, err, c.want)
		}
		if c.want != "" && slices.ContainsFunc(got, func(th Thread) bool {
			return slices.ContainsFunc(th.Activations, func(a Activation) bool { return len(a.Frames) > 0 })
		}) {
			t.Errorf("%s: there are functions: %+v", c.what, got)
		}
	}
}

func FuzzThreads(f *testing.F) {
	f.Add(uint16(threadAt-imageLo), uint64(threadAt))
	f.Add(uint16(frameAt-imageLo+48), uint64(frameAt))
	f.Fuzz(func(t *testing.T, at uint16, v uint64) {
		m := program()
		binary.LittleEndian.PutUint64(m.p[at%(imageSize-8):], v)
		got, _ := read(m, 64)
		for _, th := range got {
			frames := 0
			for _, a := range th.Activations {
				frames += len(a.Frames)
			}
			if frames > 64 {
				t.Errorf("%d frames", frames)
			}
		}
	})
}

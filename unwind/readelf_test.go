package unwind

import (
	"bufio"
	"fmt"
	"os/exec"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"testing"

	"sonde/elfsym"
	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// readelfRow is a row of "readelf --debug-dump=frames-interp": its place, how the CFA
// is made up ("rsp+8", "exp"), and where the return address is ("c-8", "u", "exp").
type readelfRow struct {
	pc      uint64
	cfa, ra string
}

var (
	readelfFDE = regexp.MustCompile(`^[0-9a-f]+ [0-9a-f]+ [0-9a-f]+ FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)`)
	readelfLOC = regexp.MustCompile(`^([0-9a-f]{8,16}) (\S+)\s.*?(\S+)\s*$`)
)

// readelfRows returns the rows of a file's .eh_frame or .debug_frame.
func readelfRows(t *testing.T, path, section string) (rows []readelfRow) {
	t.Helper()
	cmd := exec.Command("readelf", "--wide", "--debug-dump=frames-interp", path)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Wait()
	in, end := false, uint64(0)
	for lines := bufio.NewScanner(out); lines.Scan(); {
		line := lines.Text()
		switch {
		case strings.HasPrefix(line, "Contents of the "):
			in = strings.Contains(line, section)
		case readelfFDE.MatchString(line):
			if end = 0; in {
				if end, err = strconv.ParseUint(readelfFDE.FindStringSubmatch(line)[2], 16, 64); err != nil {
					t.Fatal(err)
				}
			}
		case strings.Contains(line, " CIE "):
			end = 0
		default:
			if m := readelfLOC.FindStringSubmatch(line); m != nil && end != 0 && m[2] != "ZERO" {
				pc, err := strconv.ParseUint(m[1], 16, 64)
				if err != nil {
					t.Fatal(err)
				}
				if pc < end { // else it is of no instruction
					rows = append(rows, readelfRow{pc, m[2], m[3]})
				}
			}
		}
	}
	return rows
}

// Names of registers as readelf has them, by their DWARF numbers.
var readelfNames = map[*sysdeps.Arch][]string{
	sysdeps.AMD64: {"rax", "rdx", "rcx", "rbx", "rsi", "rdi", "rbp", "rsp", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "ra"},
	sysdeps.I386:  {"eax", "ecx", "edx", "ebx", "esp", "ebp", "esi", "edi", "ra"},
}

// spell writes a row as readelf does.
func spell(arch *sysdeps.Arch, r *row) (cfa, ra string) {
	cfa, ra = "exp", "u"
	if r.cfa.kind == ruleValue {
		cfa = fmt.Sprintf("%s%+d", readelfNames[arch][r.cfa.base], r.cfa.val)
	}
	for _, to := range r.rules[:r.n] {
		if to.reg != r.ra {
			continue
		}
		switch {
		case to.kind == ruleOffset:
			ra = fmt.Sprintf("c%+d", to.val)
		case to.kind == ruleValue && to.base != baseCFA:
			ra = fmt.Sprintf("(%s)", readelfNames[arch][to.base])
		default:
			ra = "exp"
		}
	}
	return cfa, ra
}

// Rows are those that readelf finds, for all places of large libraries, by the table
// of .eh_frame_hdr as well as without.
func TestRowsAgainstReadelf(t *testing.T) {
	if testing.Short() {
		t.Skip("readelf takes seconds")
	}
	source := "../proc/testdata/callers.c"
	paths := map[string]string{
		"64":           testkit.Build(t, source, "-O2"),
		"64 O0":        testkit.Build(t, source, "-O0", "-static"),
		"32":           testkit.Build(t, source, "-O2", "-m32"),
		"32 static":    testkit.Build(t, source, "-O2", "-m32", "-static"),
		"libc":         "/lib/x86_64-linux-gnu/libc.so.6",
		"clang static": testkit.Build(t, source, "CC=clang", "-O2", "-static"),
	}
	for name, path := range paths {
		t.Run(name, func(t *testing.T) {
			f, err := elfsym.Open(path)
			if err != nil {
				t.Skip(err) // a library of another distribution
			}
			info, err := f.UnwindInfo(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			listed := section{arch: f.Arch, eh: true, addr: info.Frame.Addr, data: info.Frame.Data}
			searched := listed
			var ok bool
			if searched.header, ok = newSearchTable(f.Arch, info.Index.Addr, info.Index.Data); !ok && len(info.Index.Data) > 0 {
				t.Error("no table to search")
			}
			rows := readelfRows(t, path, ".eh_frame")
			compareRows(t, f.Arch, rows, CFI, &listed, &searched)
			runtime.KeepAlive(info) // with which the bytes go
			t.Logf("%d rows", len(rows))
			if len(rows) < 20 {
				t.Error("readelf has too few rows")
			}
		})
	}
}

// compareRows holds the rows of sections against readelf's.
func compareRows(t *testing.T, arch *sysdeps.Arch, rows []readelfRow, how How, sections ...*section) {
	t.Helper()
	wrong := 0
	for _, want := range rows {
		for _, s := range sections {
			cfa, ra := "none", "none"
			if fde, ok := s.find(want.pc); ok {
				if r := s.row(&fde, want.pc, how); r != nil {
					cfa, ra = spell(arch, r)
				}
			}
			// readelf says vexp and exp, and numbers registers: r1 (rdx).
			if cfa != want.cfa && want.cfa != "vexp" || ra != want.ra && !strings.HasSuffix(want.ra, "exp") {
				if wrong++; wrong < 10 {
					t.Errorf("%#x: CFA %s, return address %s; readelf has %s, %s", want.pc, cfa, ra, want.cfa, want.ra)
				}
			}
		}
	}
}

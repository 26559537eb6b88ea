package dwarf

import (
	"debug/elf"
	"fmt"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"sonde/elfsym"
	"sonde/internal/testkit"
)

var discriminator = regexp.MustCompile(` \(discriminator \d+\)$`)

// addr2line asks binutils for the places of addresses, each "function file:line".
func addr2line(t *testing.T, path string, addrs []uint64) [][]string {
	t.Helper()
	var in strings.Builder
	for _, a := range addrs {
		fmt.Fprintf(&in, "%#x\n", a)
	}
	cmd := exec.Command("addr2line", "-a", "-f", "-i", "-e", path)
	cmd.Stdin = strings.NewReader(in.String())
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	var places [][]string
	function := ""
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSuffix(line, "\n")
		switch {
		case strings.HasPrefix(line, "0x") && !strings.Contains(line, ":"):
			places, function = append(places, nil), ""
		case function == "":
			function = line
		default:
			last := len(places) - 1
			file, number, _ := strings.Cut(discriminator.ReplaceAllString(line, ""), ":")
			places[last] = append(places[last], function+" "+filepath.Clean(file)+":"+number)
			function = ""
		}
	}
	return places
}

// lineNumbers returns the numbers of lines.
func lineNumbers(places []string) (numbers []string) {
	for _, p := range places {
		numbers = append(numbers, p[strings.LastIndexByte(p, ':')+1:])
	}
	return numbers
}

// TestPlaces compares with addr2line, for addresses all over the code.
func TestPlaces(t *testing.T) {
	testkit.Need(t, "addr2line")
	tests := [][]string{
		{"../../proc/testdata/callers.c", "-O2", "-g"},
		{"../../proc/testdata/callers.c", "-O0", "-g", "-gdwarf-4"},
		{"../../proc/testdata/callers.c", "-O3", "-g", "-gdwarf-3", "-m32"},
		{"../../proc/testdata/callers.c", "-O2", "-g", "-gz", "-ffunction-sections"},
		{"../../proc/testdata/callers.c", "CC=clang", "-O2", "-g"},
		{"testdata/places.cc", "-O2", "-g"},
	}
	for _, test := range tests {
		t.Run(strings.Join(test[1:], " ")+" "+filepath.Base(test[0]), func(t *testing.T) {
			path := testkit.Build(t, test[0], test[1:]...)
			f, err := elfsym.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			d, err := Open(f, path, nil)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			file, err := elf.Open(path)
			if err != nil {
				t.Fatal(err)
			}
			defer file.Close()
			var addrs []uint64
			text := file.Section(".text")
			for a := text.Addr; a < text.Addr+text.Size; a++ {
				addrs = append(addrs, a)
			}
			wrong, known, inlined := 0, 0, 0
			for i, want := range addr2line(t, path, addrs) {
				places, err := d.Places(addrs[i])
				if err != nil {
					t.Fatal(err)
				}
				var got []string
				for j, p := range places {
					line := "?"
					if p.Line != 0 {
						line = fmt.Sprint(p.Line)
					}
					got = append(got, fmt.Sprintf("%s %s:%s", p.Function, p.File, line))
					if p.Inlined != (j < len(places)-1) {
						t.Errorf("%#x: %+v", addrs[i], places)
					}
				}
				switch {
				case len(got) == 0 && strings.Contains(want[0], ":?"): // by symbols alone
					continue
				case len(got) == 1 && places[0].Function == "": // padding, which addr2line takes for the function before
					continue
				case filepath.Ext(test[0]) == ".cc": // of inlined ones, binutils 2.40 takes the names of others, and files
					got, want = lineNumbers(got), lineNumbers(want)
				}
				known++
				inlined += min(1, max(0, len(got)-1))
				if strings.Join(got, "; ") != strings.Join(want, "; ") {
					if wrong++; wrong <= 10 {
						t.Errorf("%#x: %v; addr2line has %v", addrs[i], got, want)
					}
				}
			}
			t.Logf("%d addresses known, %d of inlined functions, %d differ", known, inlined, wrong)
			if known < 100 {
				t.Error("too few places are known")
			}
		})
	}
}

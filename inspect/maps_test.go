package inspect

import (
	"fmt"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// TestMaps compares maps with /proc/PID/maps: of a process, and of its core file as far as
// that tells.
func TestMaps(t *testing.T) {
	for _, machine := range machines {
		t.Run(machine, func(t *testing.T) {
			p, _ := start(t, machine)
			text, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", p.PID))
			if err != nil {
				t.Fatal(err)
			}
			want := regexp.MustCompile(`(?m) +$`).ReplaceAllString(string(text), "")
			if got := run(t, "fmaps", strconv.Itoa(p.PID)); got != want {
				t.Errorf("of the process\n%s\nwant\n%s", got, want)
			}
			core := run(t, "fmaps", dump(t, p.PID))
			if got, want := known(core), known(want); !slices.Equal(got, want) {
				t.Errorf("of the core file\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
			}
		})
	}
}

// known is, of a map, what a core file tells: no mappings that it has not, whether
// memory is shared, or what memory the kernel uses for what but the stack and the vDSO.
func known(text string) (lines []string) {
	for line := range strings.Lines(text) {
		f := strings.Fields(line)
		if strings.HasPrefix(line, "ffffffffff600000") {
			continue // [vsyscall]
		}
		path := ""
		if len(f) > 5 && (f[5][0] == '/' || f[5] == "[stack]" || f[5] == "[vdso]") {
			path = f[5]
		}
		lines = append(lines, strings.Join([]string{f[0], f[1][:3], f[2], path}, " "))
	}
	return lines
}

// TestFileMaps compares the map of a file with readelf's loadable segments.
func TestFileMaps(t *testing.T) {
	for _, machine := range machines {
		_, program := start(t, machine)
		out, err := exec.Command("readelf", "-lW", program).Output()
		if err != nil {
			t.Fatal(err)
		}
		var want []string
		for _, m := range regexp.MustCompile(`(?m)^ +LOAD +0x(\w+) 0x(\w+) 0x\w+ 0x\w+ 0x(\w+) (...) `).FindAllStringSubmatch(string(out), -1) {
			var n [3]uint64
			for i := range n {
				n[i], _ = strconv.ParseUint(m[i+1], 16, 64)
			}
			flags := strings.NewReplacer("R", "r", "W", "w", "E", "x", " ", "-").Replace(m[4])
			want = append(want, fmt.Sprintf("%08x-%08x %sp %08x", n[1], n[1]+n[2], flags, n[0]))
		}
		got := strings.Split(strings.TrimSpace(run(t, "fmaps", program)), "\n")
		if len(want) < 3 || len(got) != len(want) {
			t.Fatalf("%s: %d segments, want %d", machine, len(got), len(want))
		}
		for i := range got {
			if !strings.HasPrefix(got[i], want[i]+" ") || !strings.HasSuffix(got[i], " "+program) {
				t.Errorf("%s: %q, want %q", machine, got[i], want[i])
			}
		}
	}
}

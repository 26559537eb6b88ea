package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"testing"

	"sonde/corefile"
	"sonde/sysdeps"
)

// TestGcore reads the core file that gdb's gcore writes, with its notes at the end, not
// aligned, and a siginfo of each thread: it says of threads and memory what fcore's says.
func TestGcore(t *testing.T) {
	for _, flag := range []string{"-m64", "-m32"} {
		t.Run(flag, func(t *testing.T) {
			p, _ := start(t, flag)
			dir, pid := t.TempDir(), strconv.Itoa(p.PID)
			checkStatus(t, fcore(t, dir, pid), 0)
			gdbs := filepath.Join(dir, "gdb."+pid)
			out, err := exec.Command("gdb", "-nx", "-batch", "-iex", "set debuginfod enabled off", "-p", pid, "-ex", "gcore "+gdbs).CombinedOutput()
			if err != nil {
				t.Fatalf("gdb: %v\n%s", err, out)
			}
			checkStatus(t, fcore(t, dir, gdbs), 0)
			want, got := openCore(t, filepath.Join(dir, "core."+pid)), openCore(t, gdbs)
			byTID := make(map[int]*corefile.Thread)
			for i := range got.Threads {
				byTID[got.Threads[i].TID] = &got.Threads[i]
			}
			for i := range want.Threads {
				w := &want.Threads[i]
				if g := byTID[w.TID]; g == nil || g.Regs != w.Regs || g.Siginfo == nil {
					t.Errorf("thread %d: %+v\nwant %+v", w.TID, g, w)
				}
			}
			if !slices.Equal(got.AuxEntries(), want.AuxEntries()) || fmt.Sprint(got.Mapped) != fmt.Sprint(want.Mapped) {
				t.Errorf("auxv %v, files %v\nwant %v, %v", got.AuxEntries(), got.Mapped, want.AuxEntries(), want.Mapped)
			}
			comparePages(t, got, want)
		})
	}
}

func openCore(t *testing.T, path string) *corefile.File {
	t.Helper()
	f, err := corefile.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// comparePages compares the pages that both core files have.
func comparePages(t *testing.T, got, want *corefile.File) {
	t.Helper()
	both := 0
	for _, s := range want.Segments {
		for a := s.Lo; a < s.Lo+sysdeps.Addr(s.Dumped); a += sysdeps.PageSize {
			var g, w [sysdeps.PageSize]byte
			_, gerr := got.ReadMemory(g[:], a)
			_, werr := want.ReadMemory(w[:], a)
			if gerr != nil || werr != nil {
				continue
			}
			if both++; g != w {
				t.Errorf("page %v differs", a)
			}
		}
	}
	if both < 20 {
		t.Errorf("they have %d pages in common", both)
	}
}

package elfsym

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"sonde/internal/testkit"
)

// class is how the function of a pointer is called, as far as the file tells.
type class int

const (
	calledBySlot class = iota // through the linkage table
	calledBySite              // by a call or jump of its own
	loaded                    // the pointer is read: only the function itself sees the call
	doubted                   // it may be read: the same
	inData                    // an address in the program's own data: the same
	unused                    // no instruction reads it: its slot or site was missed
	classes
)

var classNames = [classes]string{"by slot", "by site", "loaded", "doubtful", "in data", "unused"}

// classify tells how each pointer of a file is used, the most direct way first.
func classify(f *File, u *Uses) map[uint64]class {
	is := make(map[uint64]class)
	for _, p := range f.Pointers() {
		is[p.Addr] = unused
		// A variable may be set to an IFUNC of the file itself: in glibc's
		// dynamic linker, one is.
		if p.Kind == Address || p.Kind == IRelative {
			is[p.Addr] = inData
		}
	}
	set := func(addr uint64, c class) {
		if old, ok := is[addr]; ok {
			is[addr] = min(c, old)
		}
	}
	for _, s := range f.PLT() {
		set(s.GOT, calledBySlot)
	}
	bySite := map[SiteKind]class{SiteCall: calledBySite, SiteJump: calledBySite, SiteLoad: loaded, SiteDoubtful: doubted}
	for _, s := range u.Sites {
		set(s.Pointer, bySite[s.Kind])
	}
	return is
}

// tally classifies the pointers of one file, which must be those that readelf
// knows of, and adds their numbers to total.
func tally(t *testing.T, path string, total *[classes]int) {
	t.Helper()
	f, err := Open(path)
	if err != nil {
		return // TestPLTOfSystem tells
	}
	is := classify(f, mustUses(t, f))
	relocs := testkit.FunctionRelocations(t, path)
	for _, r := range relocs {
		c, ok := is[r.Addr]
		switch {
		case !ok:
			t.Errorf("%s: no pointer for %+v", path, r)
		case c == unused || c == doubted || r.Type == "JUMP_SLOT" && c != calledBySlot:
			t.Errorf("%s: %+v is %s", path, r, classNames[c])
		}
		total[c]++
	}
	if len(relocs) != len(is) {
		t.Errorf("%s: %d pointers, %d relocations of functions", path, len(is), len(relocs))
	}
}

func report(t *testing.T, total [classes]int) {
	t.Helper()
	for c, n := range total {
		t.Logf("%s: %d", classNames[c], n)
	}
}

// TestClasses accounts for each relocation of a function in each dynamic program
// of the system. What is left, loaded or in data, is called by an instruction
// that has the address from elsewhere.
func TestClasses(t *testing.T) {
	t.Parallel()
	names, err := filepath.Glob("/usr/bin/*")
	if err != nil {
		t.Fatal(err)
	}
	var total [classes]int
	seen := make(map[string]bool)
	for _, path := range names {
		real, err := filepath.EvalSymlinks(path)
		if err == nil && !seen[real] && isELF(real) {
			tally(t, real, &total)
		}
		seen[real] = true
	}
	if total[calledBySlot] == 0 || total[loaded] == 0 {
		t.Errorf("no programs to speak of")
	}
	report(t, total)
}

// TestClassesOfRust does the same to what the Rust compiler makes, which calls
// all libraries without a linkage table.
func TestClassesOfRust(t *testing.T) {
	t.Parallel()
	rustc := testkit.Need(t, "rustc")
	dir := t.TempDir()
	source, program := filepath.Join(dir, "hello.rs"), filepath.Join(dir, "hello")
	if err := os.WriteFile(source, []byte("fn main() { println!(\"hello\"); }\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(rustc, "-O", "-o", program, source).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	var total [classes]int
	tally(t, program, &total)
	if total[calledBySite] < 10 || total[loaded] == 0 {
		t.Errorf("%d called by a site, %d loaded", total[calledBySite], total[loaded])
	}
	report(t, total)
	compareSites(t, program)
}

// BenchmarkSites compares the time to find the sites in the largest library of
// the system with that of objdump to decode it.
func BenchmarkSites(b *testing.B) {
	path, size := "", int64(0)
	for _, name := range systemFiles(b) {
		if fi, err := os.Stat(name); err == nil && fi.Size() > size {
			path, size = name, fi.Size()
		}
	}
	f := mustOpen(b, path)
	fh, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	defer fh.Close()
	b.SetBytes(size)
	for b.Loop() {
		if _, err := f.scan(fh, size); err != nil {
			b.Fatal(err)
		}
	}
	ours := b.Elapsed() / time.Duration(b.N)
	b.StopTimer()
	start := time.Now()
	cmd := exec.Command("objdump", "-d", path)
	if err := cmd.Run(); err != nil {
		b.Fatal(err)
	}
	b.ReportMetric(float64(ours)/float64(time.Since(start)), "of-objdump")
	b.ReportMetric(float64(size)/(1<<20), "MB")
}

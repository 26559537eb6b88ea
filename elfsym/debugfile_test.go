package elfsym

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"sonde/internal/testkit"
)

// stripped is a program without symbols in a directory of its own, and its
// debug file.
type stripped struct {
	dir, program, debug string
	all                 []string // its functions, as listed has them
}

// strip makes a stripped program out of functions.c. Its debug file lies in a
// directory where nobody looks.
func strip(t *testing.T, flags ...string) *stripped {
	t.Helper()
	built := testkit.Build(t, "testdata/functions.c", append([]string{"-O2", "-g"}, flags...)...)
	dir, err := filepath.EvalSymlinks(t.TempDir())
	if err != nil {
		t.Fatal(err)
	}
	p := &stripped{dir: dir, program: filepath.Join(dir, "usr/bin/program"), debug: filepath.Join(dir, "elsewhere/program.debug")}
	for _, path := range []string{p.program, p.debug} {
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	run(t, "objcopy", "--only-keep-debug", built, p.debug)
	run(t, "objcopy", "--strip-all", built, p.program)
	p.all = readelfFunctions(t, built)
	return p
}

// link gives the program a .gnu_debuglink to its debug file.
func (p *stripped) link(t *testing.T) {
	t.Helper()
	run(t, "objcopy", "--add-gnu-debuglink="+p.debug, p.program)
}

// install puts a copy of the debug file, or of another file, at a path below
// the program's directory.
func (p *stripped) install(t *testing.T, file, path string) {
	t.Helper()
	path = filepath.Join(p.dir, path)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, readFile(t, file), 0o644); err != nil {
		t.Fatal(err)
	}
}

const buildID = "-Wl,--build-id=0xabcdef0123"

func TestDebugFiles(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name string
		id   bool // the program has a build-id
		link bool // the program has a .gnu_debuglink
		at   string
		root bool // paths are those of another root
		ok   bool
	}{
		{name: "build-id", id: true, at: "usr/lib/debug/.build-id/ab/cdef0123.debug", ok: true},
		{name: "build-id under a root", id: true, at: "usr/lib/debug/.build-id/ab/cdef0123.debug", root: true, ok: true},
		{name: "beside", link: true, at: "usr/bin/program.debug", ok: true},
		{name: "beside, with build-id", id: true, link: true, at: "usr/bin/program.debug", ok: true},
		{name: "beside under a root", link: true, at: "usr/bin/program.debug", root: true, ok: true},
		{name: "in .debug", link: true, at: "usr/bin/.debug/program.debug", ok: true},
		{name: "in the tree", link: true, at: "usr/lib/debug/DIR/usr/bin/program.debug", ok: true},
		{name: "in the tree under a root", link: true, at: "usr/lib/debug/usr/bin/program.debug", root: true, ok: true},
		{name: "no link", at: "usr/bin/program.debug"},
		{name: "no build-id", at: "usr/lib/debug/.build-id/ab/cdef0123.debug"},
		{name: "elsewhere", id: true, link: true, at: "usr/program.debug"},
	} {
		flag := "-Wl,--build-id=none"
		if test.id {
			flag = buildID
		}
		p := strip(t, flag)
		if test.link {
			p.link(t)
		}
		p.install(t, p.debug, strings.Replace(test.at, "DIR", p.dir, 1))
		where := &DebugFinder{Dirs: []string{p.dir + "/usr/lib/debug"}}
		if test.root {
			where = &DebugFinder{Root: p.dir}
		}
		got := listed(functionsOf(t, p.program, where))
		if test.ok {
			compareLines(t, test.name, got, p.all)
		} else if len(got) >= len(p.all) {
			t.Errorf("%s: %d functions found", test.name, len(got))
		}
		if got := functionsOf(t, p.program, nil); got.Len() >= len(p.all) {
			t.Errorf("%s: %d functions found without a finder", test.name, got.Len())
		}
	}
}

// TestDebugFilesLater finds the functions of a debug file for who wants them, after
// somebody has asked for those of the file alone.
func TestDebugFilesLater(t *testing.T) {
	t.Parallel()
	p := strip(t, buildID)
	p.install(t, p.debug, "usr/lib/debug/.build-id/ab/cdef0123.debug")
	f := mustOpen(t, p.program)
	without, err := f.Functions(p.program, nil)
	if err != nil || without.Len() >= len(p.all) {
		t.Errorf("%d functions without a finder, error %v", without.Len(), err)
	}
	for range 2 {
		with, err := f.Functions(p.program, &DebugFinder{Root: p.dir})
		if err != nil || with.Len() != len(p.all) {
			t.Errorf("%d functions, error %v, want %d", with.Len(), err, len(p.all))
		}
		if again, err := f.Functions(p.program, nil); again != with || err != nil {
			t.Errorf("they are read again, error %v", err)
		}
	}
}

// TestDebugFileLinks follows symbolic links as the program sees them.
func TestDebugFileLinks(t *testing.T) {
	t.Parallel()
	p := strip(t, buildID)
	p.install(t, p.debug, "store/program.debug")
	link := filepath.Join(p.dir, "usr/lib/debug/.build-id/ab/cdef0123.debug")
	if err := os.MkdirAll(filepath.Dir(link), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink("/../../store/program.debug", link); err != nil {
		t.Fatal(err)
	}
	compareLines(t, "an absolute link", listed(functionsOf(t, p.program, &DebugFinder{Root: p.dir})), p.all)
	if fs := functionsOf(t, p.program, &DebugFinder{Dirs: []string{p.dir + "/usr/lib/debug"}}); fs.Len() >= len(p.all) {
		t.Errorf("%d functions, through a link into another root", fs.Len())
	}
}

// TestWrongDebugFiles puts in the place of debug files what is none: it is
// refused, and the error tells why.
func TestWrongDebugFiles(t *testing.T) {
	t.Parallel()
	const idPath = "usr/lib/debug/.build-id/ab/cdef0123.debug"
	make := func(name string) func(t *testing.T, p *stripped, path string) {
		return func(t *testing.T, p *stripped, path string) { p.install(t, name, path) }
	}
	other := strip(t, "-Wl,--build-id=0xabcdef0124")
	wide := testkit.Build(t, "testdata/functions.c", "-m32", buildID)
	for _, test := range []struct {
		name string
		put  func(t *testing.T, p *stripped, path string)
		says string // "" for no error
	}{
		{"another build", make(other.debug), "debug file of another build"},
		{"another machine", make(wide), "debug file of another build"},
		{"text", make("testdata/functions.c"), "not an ELF file"},
		{"itself", func(t *testing.T, p *stripped, path string) {
			if err := os.Link(p.program, filepath.Join(p.dir, path)); err != nil {
				t.Fatal(err)
			}
		}, ""},
		{"a link in a circle", func(t *testing.T, p *stripped, path string) {
			if err := os.Symlink(filepath.Base(path), filepath.Join(p.dir, path)); err != nil {
				t.Fatal(err)
			}
		}, "too many levels of symbolic links"},
		{"a directory", func(t *testing.T, p *stripped, path string) {
			if err := os.Mkdir(filepath.Join(p.dir, path), 0o755); err != nil {
				t.Fatal(err)
			}
		}, "not an ELF file"},
		{"a pipe", func(t *testing.T, p *stripped, path string) {
			if err := syscall.Mkfifo(filepath.Join(p.dir, path), 0o644); err != nil {
				t.Fatal(err)
			}
		}, "not an ELF file"},
		{"a device", func(t *testing.T, p *stripped, path string) {
			if err := os.Symlink("/dev/zero", filepath.Join(p.dir, path)); err != nil {
				t.Fatal(err)
			}
		}, "not an ELF file"},
		{"cut off", func(t *testing.T, p *stripped, path string) {
			p.install(t, p.debug, path)
			if err := os.Truncate(filepath.Join(p.dir, path), 4000); err != nil {
				t.Fatal(err)
			}
		}, "damaged or cut off"},
	} {
		for _, at := range []string{idPath, "usr/bin/program.debug"} {
			p := strip(t, buildID)
			p.link(t)
			if err := os.MkdirAll(filepath.Dir(filepath.Join(p.dir, at)), 0o755); err != nil {
				t.Fatal(err)
			}
			test.put(t, p, at)
			fs, err := mustOpen(t, p.program).Functions(p.program, &DebugFinder{Dirs: []string{p.dir + "/usr/lib/debug"}})
			if test.says == "" && err != nil || !strings.Contains(fmt.Sprint(err), test.says) {
				t.Errorf("%s at %s: error %v, want %q", test.name, at, err, test.says)
			}
			if fs.Len() >= len(p.all) {
				t.Errorf("%s at %s: %d functions", test.name, at, fs.Len())
			}
		}
	}
}

// TestDebugLinkChecksum changes the debug file of a program without a build-id:
// the checksum in the link does not agree any more.
func TestDebugLinkChecksum(t *testing.T) {
	t.Parallel()
	p := strip(t, "-Wl,--build-id=none")
	p.link(t)
	changed := readFile(t, p.debug)
	changed[len(changed)-1] ^= 1
	if err := os.WriteFile(p.debug, changed, 0o644); err != nil {
		t.Fatal(err)
	}
	p.install(t, p.debug, "usr/bin/program.debug")
	fs, err := mustOpen(t, p.program).Functions(p.program, &DebugFinder{})
	if !errors.Is(err, errOtherBuild) || fs.Len() >= len(p.all) {
		t.Errorf("%d functions, error %v", fs.Len(), err)
	}
}

func TestDebugLink(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		section string
		name    string // "" for an error
	}{
		{"a.debug\x00\x01\x02\x03\x04", "a.debug"},
		{"ab.debug\x00\x00\x00\x00\x01\x02\x03\x04", "ab.debug"},
		{"a.debug\x00\x01\x02\x03", ""},
		{"../../../a.debug\x00\x00\x00\x00\x01\x02\x03\x04", ""},
		{"..\x00\x00\x01\x02\x03\x04", ""},
		{"\x00\x00\x00\x00\x01\x02\x03\x04", ""},
		{"no end", ""},
		{"", ""},
	} {
		im := &image{source: &source{r: strings.NewReader(test.section), size: uint64(len(test.section))}}
		im.sections = []namedSection{{".gnu_debuglink", sectionHeader{size: uint64(len(test.section))}}}
		link, err := readDebugLink(im)
		switch {
		case (test.name == "") != (err != nil):
			t.Errorf("%q: error %v", test.section, err)
		case err == nil && (link.name != test.name || link.crc != 0x04030201):
			t.Errorf("%q: %+v", test.section, link)
		}
	}
}

// TestAltLink reads a program whose debugging information dwz has moved to a
// third file: its functions are in the debug file as before.
func TestAltLink(t *testing.T) {
	t.Parallel()
	a, b := strip(t, buildID), strip(t, buildID, "-O1")
	run(t, "dwz", "-m", filepath.Join(a.dir, "common.debug"), a.debug, b.debug)
	a.install(t, a.debug, "usr/lib/debug/.build-id/ab/cdef0123.debug")
	where := &DebugFinder{Dirs: []string{a.dir + "/usr/lib/debug"}}
	compareLines(t, "dwz", listed(functionsOf(t, a.program, where)), a.all)
}

// miniDebugInfo makes .gnu_debugdata as distributions do, and returns the
// stripped program that has it.
func miniDebugInfo(t testing.TB, built string, xz ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	// nm's lines are NAME TYPE VALUE SIZE.
	dynamic := strings.Fields(run(t, "nm", "-D", "--format=just-symbols", "--defined-only", built))
	var keep []string
	for line := range strings.Lines(run(t, "nm", "--format=posix", "--defined-only", built)) {
		if field := strings.Fields(line); strings.Contains("Tti", field[1]) && !slices.Contains(dynamic, field[0]) {
			keep = append(keep, field[0])
		}
	}
	if err := os.WriteFile(at("keep"), []byte(strings.Join(keep, "\n")+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "objcopy", "--only-keep-debug", built, at("debug"))
	run(t, "objcopy", "-S", "--remove-section", ".comment", "--keep-symbols="+at("keep"), at("debug"), at("mini"))
	run(t, "objcopy", "--strip-all", built, at("program"))
	run(t, "xz", append(xz, at("mini"))...)
	run(t, "objcopy", "--add-section", miniDebug+"="+at("mini.xz"), at("program"))
	return readFile(t, at("program"))
}

func TestMiniDebugInfo(t *testing.T) {
	t.Parallel()
	built := testkit.Build(t, "testdata/functions.c", "-O2", "-rdynamic")
	all := readelfFunctions(t, built)
	for _, flags := range [][]string{
		nil,
		{"-9", "--check=none"},
		{"--check=crc32"},
		{"--check=sha256"},
		{"--block-size=4096", "-T2"},
		{"--lzma2=dict=4KiB,lc=0,lp=2"},
	} {
		fs, err := parseFunctions(t, miniDebugInfo(t, built, flags...))
		if err != nil {
			t.Errorf("xz %q: %v", flags, err)
		}
		compareLines(t, fmt.Sprintf("xz %q", flags), listed(fs), all)
	}
}

// xz compresses p with the tool.
func xzip(t testing.TB, p []byte, flags ...string) []byte {
	t.Helper()
	path := filepath.Join(t.TempDir(), "data")
	if err := os.WriteFile(path, p, 0o644); err != nil {
		t.Fatal(err)
	}
	run(t, "xz", append(flags, path)...)
	return readFile(t, path+".xz")
}

func TestUnxz(t *testing.T) {
	t.Parallel()
	text := bytes.Repeat([]byte("symbols and more symbols\n"), 2000)
	good := xzip(t, text)
	if p, err := unxz(good, len(text)); err != nil || !bytes.Equal(p, text) {
		t.Fatalf("%d bytes, error %v", len(p), err)
	}
	if p, err := unxz(xzip(t, nil), 0); err != nil || len(p) != 0 {
		t.Errorf("nothing: %d bytes, error %v", len(p), err)
	}
	bomb := xzip(t, make([]byte, 64<<20))
	hugeDict := bytes.Clone(good)
	hugeDict[xzHeaderSize+4] = 40 // 4 GB
	fixHeader(hugeDict)
	for _, test := range []struct {
		name string
		data []byte
		says string
	}{
		{"a bomb", bomb, "more than the limit of 1048576 bytes"},
		{"empty", nil, "no xz data"},
		{"not xz", text, "no xz data"},
		{"cut off", good[:len(good)/2], "EOF"},
		{"cut off in the header", good[:xzHeaderSize+3], "cut off"},
		{"x86 filter", xzip(t, text, "--x86", "--lzma2"), "compressed in an unknown way"},
	} {
		p, err := unxz(test.data, 1<<20)
		if p != nil || err == nil || !strings.Contains(err.Error(), test.says) {
			t.Errorf("%s: %d bytes, error %v, want %q", test.name, len(p), err, test.says)
		}
	}
	// A dictionary is made no larger than what it can be used for.
	if p, err := unxz(hugeDict, len(text)); err != nil || !bytes.Equal(p, text) {
		t.Errorf("a dictionary of 4 GB: %d bytes, error %v", len(p), err)
	}
}

// fixHeader corrects the checksum of the first block header.
func fixHeader(p []byte) {
	b := p[xzHeaderSize:]
	n := 4 * int(b[0])
	binary.LittleEndian.PutUint32(b[n:], crc32.ChecksumIEEE(b[:n]))
}

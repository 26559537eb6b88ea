package elfsym

import (
	"debug/elf"
	"encoding/binary"
	"errors"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// linkages are the ways to link that decide what a linkage table looks like.
var linkages = []string{
	"",
	"-no-pie",
	"-Wl,-z,now",
	"-no-pie -Wl,-z,now",
	"-Wl,-z,lazy",
	"-fcf-protection=full -Wl,-z,ibtplt",
	"-fcf-protection=full -Wl,-z,ibtplt,-z,lazy",
	"-fcf-protection=full -Wl,-z,ibtplt,-z,now",
	"-no-pie -fcf-protection=full -Wl,-z,ibtplt,-z,now",
	"-Wl,-z,noseparate-code",
	"-Wl,-z,pack-relative-relocs",
	"-Wl,--hash-style=sysv",
	"-Wl,--hash-style=gnu",
	"-O2",
	"-O2 -fno-plt",
	"-s",
	"-static-pie",
	"-static",
	"-shared -fPIC",
	"-shared -fPIC -Wl,-z,now",
	"-fuse-ld=gold",
	"-fuse-ld=gold -no-pie",
	"-fuse-ld=gold -Wl,-z,now",
	"-fuse-ld=gold -shared -fPIC",
	"-fuse-ld=lld",
	"-fuse-ld=lld -no-pie",
	"-fuse-ld=lld -Wl,-z,now",
	"-fuse-ld=lld -fcf-protection=full -Wl,-z,force-ibt",
	"-fuse-ld=lld -fcf-protection=full -Wl,-z,force-ibt,-z,now",
	"-fuse-ld=lld -Wl,-z,retpolineplt",
	"-fuse-ld=lld -Wl,-z,retpolineplt,-z,now",
	"-fuse-ld=lld -Wl,--pack-dyn-relocs=relr",
	"-fuse-ld=lld -Wl,--hash-style=sysv",
	"-fuse-ld=lld -shared -fPIC",
	"-fuse-ld=mold",
	"-fuse-ld=mold -no-pie",
	"-fuse-ld=mold -Wl,-z,now",
	"-fuse-ld=mold -shared -fPIC",
	"-fuse-ld=mold -Wl,--pack-dyn-relocs=relr",
}

// linkages32 are those of 32-bit code: %ebx as the base of slots makes a second
// form of each.
var linkages32 = []string{
	"-m32",
	"-m32 -no-pie",
	"-m32 -Wl,-z,now",
	"-m32 -no-pie -Wl,-z,now",
	"-m32 -Wl,-z,lazy",
	"-m32 -fcf-protection=full -Wl,-z,ibtplt",
	"-m32 -fcf-protection=full -Wl,-z,ibtplt,-z,now",
	"-m32 -no-pie -fcf-protection=full -Wl,-z,ibtplt,-z,lazy",
	"-m32 -no-pie -fcf-protection=full -Wl,-z,ibtplt,-z,now",
	"-m32 -Wl,-z,noseparate-code",
	"-m32 -Wl,-z,pack-relative-relocs",
	"-m32 -Wl,--hash-style=sysv",
	"-m32 -O2",
	"-m32 -O2 -fno-plt",
	"-m32 -O2 -fno-plt -no-pie",
	"-m32 -s",
	"-m32 -static-pie",
	"-m32 -static",
	"-m32 -shared -fPIC",
	"-m32 -shared -fPIC -Wl,-z,now",
	"-m32 -fuse-ld=gold",
	"-m32 -fuse-ld=gold -no-pie",
	"-m32 -fuse-ld=gold -Wl,-z,now",
	"-m32 -fuse-ld=gold -shared -fPIC",
	"-m32 -fuse-ld=lld",
	"-m32 -fuse-ld=lld -no-pie",
	"-m32 -fuse-ld=lld -Wl,-z,now",
	"-m32 -fuse-ld=lld -no-pie -Wl,-z,now",
	"-m32 -fuse-ld=lld -fcf-protection=full -Wl,-z,force-ibt",
	"-m32 -fuse-ld=lld -no-pie -fcf-protection=full -Wl,-z,force-ibt,-z,now",
	"-m32 -fuse-ld=lld -Wl,-z,retpolineplt",
	"-m32 -fuse-ld=lld -no-pie -Wl,-z,retpolineplt,-z,now",
	"-m32 -fuse-ld=lld -shared -fPIC",
	"-m32 -fuse-ld=mold",
	"-m32 -fuse-ld=mold -no-pie",
	"-m32 -fuse-ld=mold -Wl,-z,now",
	"-m32 -fuse-ld=mold -no-pie -Wl,-z,now",
	"-m32 -fuse-ld=mold -shared -fPIC",
}

// viaPLT are the functions that plt.c calls through slots.
var viaPLT = []string{"abort", "atoi", "free", "getenv", "malloc", "puts"}

func TestPLTOfLinkers(t *testing.T) {
	t.Parallel()
	for _, flags := range slices.Concat(linkages, linkages32) {
		t.Run(flags, func(t *testing.T) {
			t.Parallel()
			args := append([]string{"-O1", "-fno-builtin"}, strings.Fields(flags)...)
			path := testkit.Build(t, "testdata/plt.c", args...)
			f := mustOpen(t, path)
			checkSlots(t, path, f.PLT())

			want := viaPLT
			if strings.Contains(flags, "-static") || strings.Contains(flags, "-fno-plt") {
				want = nil
			}
			var got []string
			for _, s := range f.PLT() {
				if !strings.HasPrefix(s.Symbol, "__") { // what crt*.o calls
					got = append(got, s.Symbol)
				}
			}
			slices.Sort(got)
			if strings.HasPrefix(flags, "-shared") || strings.Contains(flags, " -shared") {
				// A library can have its own functions replaced: they have slots.
				got = slices.DeleteFunc(got, func(s string) bool { return s == "work" || s == "tail" || s == "address_of" })
			}
			if !slices.Equal(got, want) {
				t.Errorf("slots of %q, want %q", got, want)
			}

			p := readFile(t, path)
			for name, damaged := range map[string][]byte{
				"none":     withoutSections(p),
				"past EOF": withSectionsAt(p, uint64(len(p))+1),
				"wrong":    withSectionsAt(p, 64),
			} {
				if g := mustParse(t, damaged); !slices.Equal(g.PLT(), f.PLT()) {
					t.Errorf("section headers %s: slots %+v\nwant %+v", name, g.PLT(), f.PLT())
				}
			}
		})
	}
}

// withSectionsAt returns the file with its section headers said to be at off.
func withSectionsAt(p []byte, off uint64) []byte {
	p = slices.Clone(p)
	if elf.Class(p[elf.EI_CLASS]) == elf.ELFCLASS32 {
		binary.LittleEndian.PutUint32(p[shoff32:], uint32(off))
	} else {
		binary.LittleEndian.PutUint64(p[shoff:], off)
	}
	return p
}

// checkSlots holds slots against what binutils say: readelf of the pointer,
// objdump of where calls go.
func checkSlots(t *testing.T, path string, slots []Slot) {
	t.Helper()
	if !slices.IsSortedFunc(slots, func(a, b Slot) int {
		if a.Addr < b.Addr {
			return -1
		}
		return 1 // the same address twice is unsorted too
	}) {
		t.Errorf("not sorted, or not distinct: %+v", slots)
	}
	relocs := readelfRelocs(t, path)
	at := make(map[uint64]bool)
	for _, s := range slots {
		at[s.Addr] = true
		name := s.Symbol
		if s.Version != "" {
			name += "@" + s.Version
		}
		if got := relocs[s.GOT]; got != name {
			t.Errorf("slot at %#x through %#x is %s, readelf says %q", s.Addr, s.GOT, name, got)
		}
	}
	called := callsIntoPLT(t, path)
	for target := range called {
		if !at[target] {
			t.Errorf("the program calls %#x in a linkage table, which is no slot", target)
		}
	}
	for addr := range at {
		if !called[addr] {
			t.Errorf("slot at %#x, which nothing calls", addr)
		}
	}
}

var relocLine = regexp.MustCompile(`(?m)^([0-9a-f]+) +[0-9a-f]+ R_(?:X86_64|386)_(?:JUMP_SLOT|GLOB_DAT) +[0-9a-f]+ +(\S+)`)

// readelfRelocs returns name@version by the address of the pointer.
func readelfRelocs(t *testing.T, path string) map[uint64]string {
	t.Helper()
	relocs := make(map[uint64]string)
	for _, m := range relocLine.FindAllStringSubmatch(run(t, "readelf", "-rW", path), -1) {
		addr, err := strconv.ParseUint(m[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		relocs[addr] = strings.Replace(m[2], "@@", "@", 1)
	}
	return relocs
}

var callLine = regexp.MustCompile(`(?m)^ +[0-9a-f]+:\t(?:[0-9a-f]{2} )+ *\t(?:bnd )?(?:call|jmp|lea .*#) +([0-9a-f]+)`)

// callsIntoPLT returns the places in linkage tables that code outside of them
// calls.
func callsIntoPLT(t *testing.T, path string) map[uint64]bool {
	t.Helper()
	e, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if sec := e.Section(".dynsym"); sec == nil || sec.Size == sec.Entsize {
		return nil // static: calls of IFUNCs that have no name
	}
	targets := make(map[uint64]bool)
	for _, m := range callLine.FindAllStringSubmatch(run(t, "objdump", "-d", "-j", ".text", path), -1) {
		addr, err := strconv.ParseUint(m[1], 16, 64)
		if err != nil {
			t.Fatal(err)
		}
		for _, sec := range e.Sections {
			if strings.HasPrefix(sec.Name, ".plt") && addr >= sec.Addr && addr-sec.Addr < sec.Size {
				targets[addr] = true
			}
		}
	}
	return targets
}

// TestPLTOfSystem holds every program and library of the system against
// debug/elf: for each JUMP_SLOT one slot with its name and version, the same
// with section headers and without.
func TestPLTOfSystem(t *testing.T) {
	t.Parallel()
	for _, path := range systemFiles(t) {
		f, err := Open(path)
		if err != nil {
			if !errors.Is(err, ErrMachine) && !isObject(path) {
				t.Error(err)
			}
			continue
		}
		checkJumpSlots(t, path, f.PLT())
		if g := mustParse(t, withoutSections(readFile(t, path))); !slices.Equal(f.PLT(), g.PLT()) {
			t.Errorf("%s: %d slots, without section headers %d", path, len(f.PLT()), len(g.PLT()))
		}
	}
}

// isObject reports whether a file is neither a program nor a library. The
// profiling variants of crt1.o are where libraries are.
func isObject(path string) bool {
	e, err := elf.Open(path)
	if err != nil {
		return false
	}
	defer e.Close()
	return e.Type != elf.ET_EXEC && e.Type != elf.ET_DYN
}

func checkJumpSlots(t *testing.T, path string, slots []Slot) {
	t.Helper()
	e, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	is64 := e.Class == elf.ELFCLASS64
	name, size, typ := ".rela.plt", relaSize, uint32(elf.R_X86_64_JMP_SLOT)
	if !is64 {
		name, size, typ = ".rel.plt", relSize, uint32(elf.R_386_JMP_SLOT)
	}
	sec := e.Section(name)
	if sec == nil {
		return
	}
	table, err := sec.Data()
	if err != nil {
		t.Fatal(err)
	}
	byGOT := make(map[uint64]Slot)
	for _, s := range slots {
		byGOT[s.GOT] = s
	}
	symbols, err := e.DynamicSymbols()
	if err != nil && !errors.Is(err, elf.ErrNoSymbols) {
		t.Fatal(err)
	}
	for ; len(table) >= size; table = table[size:] {
		r, got := decodeReloc(table, is64)
		if got != typ {
			continue
		}
		sym := symbols[r.symbol-1] // debug/elf leaves symbol 0 out
		s := byGOT[r.got]
		if s.Symbol != sym.Name || s.Version != sym.Version {
			t.Errorf("%s: slot %+v, want %s@%s", path, s, sym.Name, sym.Version)
		}
	}
}

func TestPLTOfIFUNC(t *testing.T) {
	t.Parallel()
	path := testkit.Build(t, "testdata/exports.c", "-shared", "-fPIC", "-O1", "-Wl,--version-script=testdata/versions.map")
	var names []string
	for _, s := range mustOpen(t, path).PLT() {
		names = append(names, s.Symbol)
	}
	slices.Sort(names)
	// hidden() has a slot as well, but no name.
	if want := []string{"__cxa_finalize", "elsewhere", "indirect"}; !slices.Equal(names, want) {
		t.Errorf("slots %q, want %q", names, want)
	}
}

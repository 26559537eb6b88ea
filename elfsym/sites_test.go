package elfsym

import (
	"bytes"
	"debug/elf"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

func mustUses(t testing.TB, f *File) *Uses {
	t.Helper()
	u, err := f.Uses(f.Path)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// TestSitesOfSystem holds the sites of programs and libraries against objdump,
// which decodes everything.
func TestSitesOfSystem(t *testing.T) {
	t.Parallel()
	for _, name := range []string{
		"/usr/bin/gdb", "/usr/bin/git", "/usr/bin/python3", "/usr/bin/bash", "/usr/bin/ls", "/usr/bin/ssh", "/usr/bin/curl",
		"/usr/lib/x86_64-linux-gnu/libc.so.6", "/usr/lib/x86_64-linux-gnu/libcrypto.so.3",
		"/usr/lib/x86_64-linux-gnu/libstdc++.so.6", "/usr/lib32/libstdc++.so.6", "/usr/lib32/libm.so.6",
	} {
		if _, err := os.Stat(name); err == nil { // each where it is installed
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				compareSites(t, name)
			})
		}
	}
}

func TestSitesOfLinkers(t *testing.T) {
	t.Parallel()
	linkers := []string{"", "-fuse-ld=gold", "-fuse-ld=lld", "-fuse-ld=mold"}
	for _, machine := range []string{"", "-m32"} {
		for _, linker := range linkers {
			for _, flags := range []string{"-shared -fPIC", "-shared -fPIC -fno-plt", "-shared -fPIC -O2 -fno-plt -fcf-protection=full -Wl,-z,now", "-shared -fPIC -s -fno-plt"} {
				flags = strings.Join([]string{flags, linker, machine}, " ")
				t.Run(flags, func(t *testing.T) {
					t.Parallel()
					compareSites(t, buildIn(t, "sites.c", flags))
				})
			}
		}
		for _, flags := range []string{"-fno-plt", "-fno-plt -no-pie", "-O2 -fno-plt", "-static-pie", "-static", "-fno-plt -s"} {
			flags += " " + machine
			t.Run(flags, func(t *testing.T) {
				t.Parallel()
				compareSites(t, buildIn(t, "plt.c", flags))
			})
		}
	}
}

// compareSites holds calls, jumps and loads through pointers against objdump.
func compareSites(t *testing.T, path string) {
	t.Helper()
	f := mustOpen(t, path)
	u := mustUses(t, f)
	o := newSiteOracle(t, f, u)
	doubtful := 0
	got := make(map[uint64]Site)
	for _, s := range u.Sites {
		got[s.Addr] = s
		want, ok := o.sites[s.Addr]
		switch {
		case !ok:
			t.Errorf("%s: not in objdump: %+x", path, s)
		case s.Kind == SiteDoubtful:
			doubtful++
		case want != s:
			t.Errorf("%s: %+x, in objdump %+x", path, s, want)
		}
	}
	for _, s := range o.sites {
		if _, ok := got[s.Addr]; !ok && !o.local[s.Addr] {
			t.Errorf("%s: only in objdump: %+x", path, s)
		}
	}
	// In 32-bit code, the parts of functions that gcc has put elsewhere are
	// entered with the base in a register already, and others keep it on the stack.
	if doubtful > 0 && (f.Arch != sysdeps.I386 || doubtful*3 > len(u.Sites)) {
		t.Errorf("%s: %d of %d sites are doubtful", path, doubtful, len(u.Sites))
	}
}

// siteOracle is what objdump, which decodes everything, knows of the uses of a
// file's pointers.
type siteOracle struct {
	t     *testing.T
	sites map[uint64]Site
	local map[uint64]bool // those that more likely read a local variable

	pointers map[uint64]bool
	based    map[uint64]bool // those that 32-bit code has in registers' reach
	base     uint32          // _GLOBAL_OFFSET_TABLE_, in 32-bit code
}

func newSiteOracle(t *testing.T, f *File, u *Uses) *siteOracle {
	o := &siteOracle{
		t: t, sites: make(map[uint64]Site), local: make(map[uint64]bool),
		pointers: make(map[uint64]bool), based: make(map[uint64]bool),
	}
	for _, p := range f.Pointers() {
		o.pointers[p.Addr] = true
		o.based[p.Addr] = f.Arch == sysdeps.I386 && p.Kind != JumpSlot
	}
	relative := make(map[uint64]bool)
	for _, p := range u.Relative {
		o.pointers[p.Addr], relative[p.Addr] = true, true
	}
	if f.Arch == sysdeps.I386 {
		o.base = gotBase(t, f.Path)
	}
	testkit.DisassembleAll(t, f.Path, func(addr uint64, code, text string) {
		if !strings.Contains(text, "0x") && !strings.Contains(text, "%rip") {
			return
		}
		s := Site{Addr: addr}
		if o.read(&s, code, text) && o.pointers[s.Pointer] && !f.inSlot(s) && !(relative[s.Pointer] && s.Kind == SiteLoad) {
			o.sites[s.Addr] = s
		}
	})
	return o
}

// gotBase returns what 32-bit code takes for the address of its global offset
// table: DT_PLTGOT, or with mold the start of .got.
func gotBase(t *testing.T, path string) uint32 {
	e, err := elf.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer e.Close()
	if sec := e.Section(".comment"); sec != nil {
		if comment, err := sec.Data(); err == nil && bytes.Contains(comment, []byte("mold")) {
			return uint32(e.Section(".got").Addr)
		}
	}
	if v, err := e.DynValue(elf.DT_PLTGOT); err == nil && len(v) > 0 {
		return uint32(v[0])
	}
	return uint32(e.Section(".got.plt").Addr)
}

var (
	// ripOperand counts from the program counter, absOperand is an address,
	// baseOperand is at a distance from a register.
	ripOperand  = regexp.MustCompile(`\(%[re]ip\).*# ([0-9a-f]+)`)
	absOperand  = regexp.MustCompile(`(?:^|[*,])(?:ds:)?0x([0-9a-f]+)(?:,|$)`)
	baseOperand = regexp.MustCompile(`(?:^|[*,])(-?)0x([0-9a-f]+)\(%(e..)\)`)
	prefixes    = regexp.MustCompile(`^(?:(?:bnd|notrack|addr32|data16|repz|repnz|cs|ds|lock|rex(?:\.[WRXB]+)?) )*`)
)

// read sets the pointer and the kind of a site by a line of objdump.
func (o *siteOracle) read(s *Site, raw, text string) bool {
	text = text[len(prefixes.FindString(text)):]
	op, operands, _ := strings.Cut(text, " ")
	operands = strings.TrimSpace(operands)
	if strings.HasPrefix(op, "lea") {
		return false
	}
	if m := ripOperand.FindStringSubmatch(operands); m != nil {
		s.Pointer = mustUint(o.t, m[1], 16)
	} else if m := absOperand.FindStringSubmatch(operands); m != nil {
		s.Pointer = mustUint(o.t, m[1], 16)
	} else if m := baseOperand.FindStringSubmatch(operands); m != nil {
		disp := uint32(mustUint(o.t, m[2], 16))
		if m[1] != "" {
			disp = -disp
		}
		s.Pointer = uint64(o.base + disp)
		field := fmt.Sprintf("%02x %02x %02x %02x ", byte(disp), byte(disp>>8), byte(disp>>16), byte(disp>>24))
		if !o.based[s.Pointer] || !strings.Contains(raw, field) {
			return false
		}
		o.local[s.Addr] = m[3] == "ebp" || m[3] == "esp"
	} else {
		return false
	}
	list, _, _ := strings.Cut(operands, " ")
	last := list[strings.LastIndex(list, ",")+1:]
	writes := last != list && !strings.HasPrefix(last, "%")
	switch {
	case strings.HasPrefix(op, "call"):
		s.Kind = SiteCall
	case strings.HasPrefix(op, "jmp"):
		s.Kind = SiteJump
	case strings.HasPrefix(op, "nop"), strings.HasPrefix(op, "set"), strings.HasPrefix(op, "prefetch"):
		return false
	default:
		s.Kind = SiteLoad
		return !(writes && strings.HasPrefix(op, "mov"))
	}
	return true
}

func mustUint(t testing.TB, s string, base int) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(s, base, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// TestSitesAmongDecoys finds calls with prefixes and all kinds of reading, and
// passes over what is in the middle of an instruction, or writes.
func TestSitesAmongDecoys(t *testing.T) {
	t.Parallel()
	want := []string{
		"with_bnd call", "with_addr32 call", "with_rex call", "with_notrack jump", "reads load", "compares load",
		"compares_more load", "tests load", "pushes load", "vector load", "calls call",
	}
	for _, flags := range []string{"", "-s", "-fuse-ld=lld", "-fuse-ld=mold"} {
		path := buildIn(t, "decoys.c", "-shared -nostdlib "+flags)
		for name, p := range map[string][]byte{"": readFile(t, path), ", no section headers": withoutSections(readFile(t, path))} {
			f := mustParse(t, p)
			u, err := f.scan(bytes.NewReader(p), int64(len(p)))
			if err != nil {
				t.Fatal(err)
			}
			names := make(map[uint64]string)
			for _, q := range f.Pointers() {
				names[q.Addr] = q.Symbol
			}
			var got []string
			for _, s := range u.Sites {
				got = append(got, names[s.Pointer]+" "+s.Kind.String())
			}
			if !slices.Equal(got, want) {
				t.Errorf("%s%s: %q, want %q", flags, name, got, want)
			}
		}
		compareSites(t, path)
	}
}

package golang

import (
	"debug/dwarf"
	"debug/elf"
	"encoding/binary"
	"path"
	"reflect"
	"regexp"
	"strings"
	"testing"

	"sonde/internal/testkit"
	"sonde/sysdeps"
)

// TestReadType reads all descriptors of a program's file, and holds them against its
// debugging information, which has names with the whole paths of packages.
func TestReadType(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		arch *sysdeps.Arch
		env  string
	}{{sysdeps.AMD64, "GOARCH=amd64"}, {sysdeps.I386, "GOARCH=386"}} {
		f, err := elf.Open(testkit.BuildGo(t, "../cmd/fstack/testdata/goroutines", "CGO_ENABLED=0", c.env))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		section := f.Section(".rodata")
		data, err := section.Data()
		if err != nil {
			t.Fatal(err)
		}
		mem := &image{sysdeps.Addr(section.Addr), data}
		n := 0
		for at, want := range describedTypes(t, f) {
			got, err := ReadType(mem, c.arch, mem.lo+sysdeps.Addr(at), mem.lo)
			if err != nil || got.Kind != want.Kind || want.Size > 0 && got.Size != want.Size || got.Name != want.Name {
				t.Errorf("%s: %+v, want %+v, %v", c.env, got, want, err)
			}
			n++
		}
		if n < 100 {
			t.Errorf("%s: %d types", c.env, n)
		}
	}
}

// describedTypes returns the types that have descriptors by how far these are behind the
// first one. Those whose debugging information names otherwise than the language does are left out.
func describedTypes(t *testing.T, f *elf.File) map[uint64]Type {
	t.Helper()
	d, err := f.DWARF()
	if err != nil {
		t.Fatal(err)
	}
	const kind, descriptor = 0x2900, 0x2904
	long := regexp.MustCompile(`[\w./-]+/[\w.-]+`)
	all := make(map[uint64]Type)
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return all
		}
		at, _ := e.Val(descriptor).(uint64)
		name, _ := e.Val(dwarf.AttrName).(string)
		number, ok := e.Val(kind).(int64)
		if at == 0 || !ok || strings.ContainsAny(name, "\"·[{") || strings.HasPrefix(name, "noalg.") || strings.HasPrefix(name, "go.shape.") {
			continue
		}
		size, _ := e.Val(dwarf.AttrByteSize).(int64)
		all[at] = Type{reflect.Kind(number), uint64(size), long.ReplaceAllStringFunc(name, path.Base)}
	}
}

// TestReadTypeDamaged holds that what is no descriptor is none.
func TestReadTypeDamaged(t *testing.T) {
	const at, types = imageLo + 0x100, imageLo + 0x200
	good := func() *image {
		m := &image{imageLo, make([]byte, 0x1000)}
		p := m.p[0x100:]
		binary.LittleEndian.PutUint64(p, 16)
		p[20], p[23] = extraStar, byte(reflect.Struct)|1<<5
		binary.LittleEndian.PutUint32(p[40:], 0x10)
		copy(m.p[0x210:], "\x01\x06*a.Bcd")
		return m
	}
	if got, err := ReadType(good(), sysdeps.AMD64, at, types); err != nil || got != (Type{reflect.Struct, 16, "a.Bcd"}) {
		t.Errorf("%+v, %v", got, err)
	}
	for _, c := range []struct {
		what   string
		damage func(m *image)
	}{
		{"no kind", func(m *image) { m.p[0x100+23] = 0 }},
		{"a kind that is none", func(m *image) { m.p[0x100+23] = 31 }},
		{"no name", func(m *image) { m.p[0x211] = 0 }},
		{"a name elsewhere", func(m *image) { binary.LittleEndian.PutUint32(m.p[0x100+40:], 1<<30) }},
		{"a name before all", func(m *image) { binary.LittleEndian.PutUint32(m.p[0x100+40:], 1<<31) }},
		{"a name that is too long", func(m *image) { m.p[0x211], m.p[0x212] = 0xff, 0x7f }},
		{"a name that is cut off", func(m *image) { m.p = m.p[:0x214] }},
		{"a name of control characters", func(m *image) { m.p[0x213] = 0x1b }},
		{"a name that is no text", func(m *image) { m.p[0x213] = 0xff }},
		{"cut off", func(m *image) { m.p = m.p[:0x110] }},
	} {
		m := good()
		c.damage(m)
		if got, err := ReadType(m, sysdeps.AMD64, at, types); err == nil || got != (Type{}) {
			t.Errorf("%s: %+v, %v", c.what, got, err)
		}
	}
}

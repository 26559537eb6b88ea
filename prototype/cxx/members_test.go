package cxx

import (
	"debug/dwarf"
	"debug/elf"
	"testing"

	"sonde/internal/testkit"
)

// TestMembers holds what is said of the members of the standard library's class
// templates against what a compiler says: whether they have a this, and whether
// their results are returned in memory. clang says of a class how it is passed.
func TestMembers(t *testing.T) {
	for _, library := range []string{"libstdc++", "libc++"} {
		t.Run(library, func(t *testing.T) {
			object := testkit.Build(t, "testdata/members.cc", "CC=clang", "-std=c++17", "-stdlib="+library, "-g", "-c", "-gdwarf-5")
			f, err := elf.Open(object)
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			d, err := f.DWARF()
			if err != nil {
				t.Fatal(err)
			}
			checked := 0
			for symbol, fn := range subprograms(t, d) {
				p, ok := Prototype(symbol)
				if !ok {
					continue
				}
				checked++
				this := len(p.Params) > 0 && p.Params[0].Name == "this"
				if this != fn.this {
					t.Errorf("%s: this is %v, want %v", p, this, fn.this)
				}
				if memory := inMemory(t, d, fn.result); p.Result != nil && memory != p.Result.Indirect {
					t.Errorf("%s: result in memory is %v, want %v", p, p.Result.Indirect, memory)
				}
			}
			if t.Logf("%d functions", checked); checked < 500 {
				t.Errorf("%d functions are known", checked)
			}
		})
	}
}

type subprogram struct {
	this   bool
	result dwarf.Offset // 0: void
}

// subprograms returns the functions that debugging information tells of, by symbol.
func subprograms(t *testing.T, d *dwarf.Data) map[string]*subprogram {
	t.Helper()
	found := make(map[string]*subprogram)
	var last *subprogram
	for r := d.Reader(); ; {
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if e == nil {
			return found
		}
		switch e.Tag {
		case dwarf.TagSubprogram:
			last = nil
			symbol, ok := e.Val(dwarf.AttrLinkageName).(string)
			if !ok {
				break
			}
			if last = found[symbol]; last == nil {
				last = &subprogram{}
				found[symbol] = last
			}
			if result, ok := e.Val(dwarf.AttrType).(dwarf.Offset); ok {
				last.result = result
			}
		case dwarf.TagFormalParameter:
			if artificial, _ := e.Val(dwarf.AttrArtificial).(bool); artificial && last != nil {
				last.this = true
			}
		}
	}
}

// inMemory tells whether a type is a class that is returned in memory.
func inMemory(t *testing.T, d *dwarf.Data, at dwarf.Offset) bool {
	t.Helper()
	for at != 0 {
		r := d.Reader()
		r.Seek(at)
		e, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		switch e.Tag {
		case dwarf.TagTypedef, dwarf.TagConstType, dwarf.TagTemplateAlias:
			at, _ = e.Val(dwarf.AttrType).(dwarf.Offset)
			continue
		case dwarf.TagClassType, dwarf.TagStructType, dwarf.TagUnionType:
			const byReference = 4 // DW_CC_pass_by_reference
			size, _ := e.Val(dwarf.AttrByteSize).(int64)
			how, _ := e.Val(dwarf.AttrCalling).(int64)
			return how == byReference || size > 16
		}
		return false
	}
	return false
}

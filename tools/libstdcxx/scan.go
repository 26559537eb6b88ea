package main

import (
	"debug/dwarf"
	"fmt"
	"strings"
)

// information is what is kept of one library's debugging information.
type information struct {
	data     *dwarf.Data
	exported map[string]bool
	names    map[dwarf.Offset]string // of classes, enums and typedefs, with their scopes
	classes  map[string]*class       // by name
	found    map[string]*function    // by symbol
}

// function is an exported one.
type function struct {
	result   dwarf.Offset // 0: void
	member   bool         // it has a this
	noReturn bool
	vtt      bool // it takes a table of virtual bases
}

// class is one that is defined, in whichever unit.
type class struct {
	size       int64
	notTrivial bool           // for calls: Itanium C++ ABI 3.1.1
	convention int64          // clang says so itself: DW_CC_pass_by_reference or DW_CC_pass_by_value; else 0
	parts      []dwarf.Offset // the types of bases and members
}

// scope is one of the entries around the one that is read.
type scope struct {
	name string
	tag  dwarf.Tag
	c    *class
	fn   *function
}

// scan reads every entry once.
func (in *information) scan() error {
	r := in.data.Reader()
	var around []scope
	origins := map[dwarf.Offset]bool{} // parameters called __vtt_parm
	for {
		e, err := r.Next()
		if err != nil {
			return err
		}
		if e == nil {
			return nil
		}
		if e.Tag == 0 {
			if len(around) > 0 {
				around = around[:len(around)-1]
			}
			continue
		}
		s := in.entry(e, around, origins)
		if e.Children {
			around = append(around, s)
		}
	}
}

// entry keeps what is wanted of an entry, and returns it as what is around the
// next ones.
func (in *information) entry(e *dwarf.Entry, around []scope, vtts map[dwarf.Offset]bool) scope {
	name, _ := e.Val(dwarf.AttrName).(string)
	s := scope{tag: e.Tag, name: name}
	var outer scope
	if len(around) > 0 {
		outer = around[len(around)-1]
	}
	if outer.name != "" && outer.tag != dwarf.TagCompileUnit && name != "" {
		s.name = outer.name + "::" + name
	}
	switch e.Tag {
	case dwarf.TagNamespace:
		if name == "" {
			s.name = "(anonymous namespace)"
		}
	case dwarf.TagClassType, dwarf.TagStructType, dwarf.TagUnionType:
		if name == "" {
			s.name = fmt.Sprintf("%s::#%x", outer.name, e.Offset)
		}
		in.names[e.Offset] = s.name
		if size, ok := e.Val(dwarf.AttrByteSize).(int64); ok {
			s.c = &class{size: size}
			s.c.convention, _ = e.Val(dwarf.AttrCalling).(int64)
			in.classes[s.name] = s.c
		}
	case dwarf.TagEnumerationType, dwarf.TagTypedef:
		in.names[e.Offset] = s.name
	case dwarf.TagInheritance, dwarf.TagMember:
		if outer.c == nil {
			break
		}
		if t, ok := e.Val(dwarf.AttrType).(dwarf.Offset); ok && e.Val(dwarf.AttrExternal) == nil {
			outer.c.parts = append(outer.c.parts, t)
		}
		if e.Val(dwarf.AttrVirtuality) != nil {
			outer.c.notTrivial = true
		}
	case dwarf.TagVariable:
		in.resultOf(e, name)
	case dwarf.TagSubprogram:
		s.fn = in.subprogram(e)
		if outer.c != nil {
			outer.c.notTrivial = outer.c.notTrivial || in.special(e, name, outer.name)
		}
	case dwarf.TagFormalParameter:
		if name == "__vtt_parm" {
			vtts[e.Offset] = true
		}
		origin, _ := e.Val(dwarf.AttrAbstractOrigin).(dwarf.Offset)
		if outer.fn != nil && (name == "__vtt_parm" || vtts[origin]) {
			outer.fn.vtt = true
		}
		if artificial, _ := e.Val(dwarf.AttrArtificial).(bool); outer.fn != nil && artificial { // clang's this has no name in a class
			outer.fn.member = true
		}
	}
	return s
}

// resultOf takes the result of a function, which is no member, from a variable that is
// called by it.
func (in *information) resultOf(e *dwarf.Entry, name string) {
	symbol, ok := strings.CutPrefix(name, resultOf)
	t, _ := e.Val(dwarf.AttrType).(dwarf.Offset)
	if !ok || !in.exported[symbol] || in.found[symbol] != nil {
		return
	}
	to := in.entryAt(t)
	if to == nil || to.Tag != dwarf.TagPointerType {
		return
	}
	t, _ = to.Val(dwarf.AttrType).(dwarf.Offset)
	if to = in.entryAt(t); to == nil || to.Tag != dwarf.TagSubroutineType {
		return
	}
	t, _ = to.Val(dwarf.AttrType).(dwarf.Offset)
	in.found[symbol] = &function{result: t, noReturn: strings.Contains(symbol, "__throw_")}
}

// subprogram keeps an exported function; nil for another, or one that is known.
func (in *information) subprogram(e *dwarf.Entry) *function {
	symbol, _ := e.Val(dwarf.AttrLinkageName).(string)
	if !in.exported[symbol] {
		return nil
	}
	fn := in.found[symbol]
	if fn == nil {
		fn = &function{}
		in.found[symbol] = fn
	}
	if t, ok := e.Val(dwarf.AttrType).(dwarf.Offset); ok {
		fn.result = t
	}
	fn.member = fn.member || e.Val(dwarf.AttrObjectPointer) != nil
	if no, _ := e.Val(dwarf.AttrNoreturn).(bool); no {
		fn.noReturn = true
	}
	return fn
}

// special tells whether a member function makes its class one that is not trivial
// for calls: a destructor, or a copy or move constructor, that is not defaulted
// where it is declared; or a virtual function, since the constructors that copy
// such a class are not trivial.
func (in *information) special(e *dwarf.Entry, name, class string) bool {
	if e.Val(dwarf.AttrVirtuality) != nil {
		return true
	}
	const inClass = 1 // DW_DEFAULTED_in_class
	if how, ok := e.Val(dwarf.AttrDefaulted).(int64); ok && how == inClass {
		return false
	}
	if deleted, _ := e.Val(dwarf.AttrDeleted).(bool); deleted {
		return false
	}
	if strings.HasPrefix(name, "~") {
		return true
	}
	return name != "" && name == base(class) && in.copies(e, class)
}

// base returns a class's name without its scope and template arguments.
func base(class string) string {
	name, _, _ := strings.Cut(class, "<")
	return name[strings.LastIndexByte(name, ':')+1:]
}

// copies tells whether a constructor takes a reference to its own class, and no
// more.
func (in *information) copies(e *dwarf.Entry, class string) bool {
	if !e.Children {
		return false
	}
	r := in.data.Reader()
	r.Seek(e.Offset)
	r.Next()
	var params []string
	for {
		p, err := r.Next()
		if err != nil || p == nil || p.Tag == 0 {
			break
		}
		if artificial, _ := p.Val(dwarf.AttrArtificial).(bool); p.Tag == dwarf.TagFormalParameter && !artificial {
			t, _ := p.Val(dwarf.AttrType).(dwarf.Offset)
			params = append(params, in.typeName(t))
		}
		if p.Children {
			r.SkipChildren()
		}
	}
	if len(params) != 1 || !strings.HasSuffix(params[0], "&") {
		return false
	}
	of := strings.TrimSuffix(strings.TrimRight(params[0], "&"), " const")
	return of == class
}

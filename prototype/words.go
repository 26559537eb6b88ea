package prototype

import "sync"

// word returns the type that a single word of the language stands for; nil if
// it is none. A typedef of that name comes before those that ltrace lacks.
func word(name string) *Type {
	if t := ltraceWords()[name]; t != nil {
		return t
	}
	return ownWords()[name]
}

var (
	character8  = &Type{Kind: Int, Size: 1, Lens: Char}
	character16 = &Type{Kind: Int, Size: 2, Unsigned: true, Lens: Char}
	character32 = &Type{Kind: Int, Size: 4, Unsigned: true, Lens: Char}
	wideChar    = &Type{Kind: Int, Size: 4, Lens: Char} // wchar_t, on Linux
	void        = &Type{Kind: Void}
	anyPointer  = &Type{Kind: Pointer}
	plainInt    = &Type{Kind: Int, Size: 4}
)

// ltraceWords are the types that ltrace's files may name without declaring them. Like the
// others here they are made when they are asked for: not every program reads prototypes.
var ltraceWords = sync.OnceValue(func() map[string]*Type {
	return map[string]*Type{
		"void":   void,
		"char":   character8,
		"short":  {Kind: Int, Size: 2},
		"ushort": {Kind: Int, Size: 2, Unsigned: true},
		"int":    plainInt,
		"itn":    plainInt, // a slip that ltrace takes
		"uint":   {Kind: Int, Size: 4, Unsigned: true},
		"long":   {Kind: Int},
		"ulong":  {Kind: Int, Unsigned: true},
		"llong":  {Kind: Int, Size: 8},
		"ullong": {Kind: Int, Size: 8, Unsigned: true},
		"float":  {Kind: Float, Size: 4},
		"double": {Kind: Float, Size: 8},
		"string": textPointer(character8, nil, true),
		"format": formatPointer(Printf, character8),
		"oct":    {Kind: Int, Size: 4, Lens: Oct},
		"octal":  {Kind: Int, Size: 4, Lens: Oct},
	}
})

// ownWords are further ones. ltrace's files may well have a typedef of such a name.
var ownWords = sync.OnceValue(func() map[string]*Type {
	return map[string]*Type{
		"addr":       anyPointer,
		"file":       anyPointer,
		"int8":       {Kind: Int, Size: 1},
		"schar":      {Kind: Int, Size: 1},
		"uint8":      {Kind: Int, Size: 1, Unsigned: true},
		"uchar":      {Kind: Int, Size: 1, Unsigned: true},
		"int16":      {Kind: Int, Size: 2},
		"uint16":     {Kind: Int, Size: 2, Unsigned: true},
		"int32":      plainInt,
		"uint32":     {Kind: Int, Size: 4, Unsigned: true},
		"int64":      {Kind: Int, Size: 8},
		"uint64":     {Kind: Int, Size: 8, Unsigned: true},
		"int128":     {Kind: Int, Size: 16},
		"uint128":    {Kind: Int, Size: 16, Unsigned: true},
		"bool":       {Kind: Int, Size: 1, Unsigned: true, Lens: Boolean},
		"wchar":      wideChar,
		"char16":     character16,
		"char32":     character32,
		"longdouble": {Kind: Float, Size: LongDouble},
		"float128":   {Kind: Float, Size: 16},
		"errno":      {Kind: Int, Size: 4, Lens: Errno},
		"negerrno":   {Kind: Int, Size: 4, Lens: NegErrno},
		"fd":         {Kind: Int, Size: 4, Lens: Descriptor},
		"time":       {Kind: Int, Lens: Time},
		"path":       {Kind: Pointer, Lens: Text, Elem: &Type{Kind: Array, Elem: character8, Zero: true, Whole: true}, Name: "path"},
		"fn":         {Kind: Pointer, Lens: Symbol},
		"FILE":       {Kind: Struct, Name: "FILE"},
		"va_list":    {Kind: VaList},
		"wstring":    textPointer(wideChar, nil, true),
		"string16":   textPointer(character16, nil, true),
		"string32":   textPointer(character32, nil, true),
		"wformat":    formatPointer(Printf, wideChar),
		"scanf":      formatPointer(Scanf, character8),
		"wscanf":     formatPointer(Scanf, wideChar),
		"pyparse":    formatPointer(PyParse, character8),
		"pybuild":    formatPointer(PyBuild, character8),
		"pyformat":   formatPointer(PyPrintf, character8),
		"typename":   formatPointer(TypeName, character8),
		"struct":     {Kind: Struct},
		"union":      {Kind: Union},
	}
})

// textPointer is a pointer to characters, of which there are as many as length
// says, or with zero fewer, if one of them is 0.
func textPointer(char *Type, length *Expr, zero bool) *Type {
	return &Type{Kind: Pointer, Lens: Text, Elem: &Type{Kind: Array, Elem: char, Len: length, Zero: zero}}
}

func formatPointer(lens Lens, char *Type) *Type {
	t := textPointer(char, nil, true)
	t.Lens = lens
	return t
}

// lensTable has the words that say how the type in parentheses behind them is shown. A
// type is printed with the first one of its lens.
var lensTable = [...]struct {
	lens  Lens
	words []string
}{
	{Plain, []string{"plain"}},
	{Hex, []string{"hex"}},
	{Oct, []string{"oct", "octal"}},
	{Bin, []string{"bin"}},
	{Boolean, []string{"bool"}},
	{Bitvec, []string{"bitvec"}},
	{Char, []string{"wchar"}},
	{Byte, []string{"char"}},
	{Guess, []string{"guess"}},
	{Hide, []string{"hide"}},
	{Text, []string{"string", "text"}},
	{Address, []string{"address"}},
	{Symbol, []string{"symbol"}},
	{Bare, []string{"bare"}},
	{Listed, []string{"listed"}},
	{Decimal, []string{"dec"}},
	{Sized, []string{"sized"}},
	{Descriptor, []string{"fd"}},
	{Stream, []string{"FILE"}},
	{Time, []string{"time"}},
	{Errno, []string{"errno"}},
	{NegErrno, []string{"negerrno"}},
	{Printf, []string{"format"}},
	{Scanf, []string{"scanf"}},
	{PyParse, []string{"pyparse"}},
	{PyBuild, []string{"pybuild"}},
	{PyPrintf, []string{"pyformat"}},
	{TypeName, []string{"typename"}},
	{Network, []string{"network"}},
	{Inet, []string{"inet"}},
	{WaitStatus, []string{"wstatus"}},
	{SignalSet, []string{"sigset"}},
	{Device, []string{"device"}},
	{NetDevice, []string{"netdev"}},
	{Request, []string{"request"}},
	{SocketName, []string{"sunpath"}},
	{LinkAddress, []string{"lladdr"}},
	{Submitted, []string{"submitted"}},
	{Detail, []string{"detail"}},
	{Kilo, []string{"kilo"}},
	{Pages, []string{"pages"}},
	{Ticks, []string{"ticks"}},
	{Results, []string{"results"}},
	{Interface, []string{"interface"}},
	{Channel, []string{"channel"}},
	{Variant, []string{"variant"}},
	{Aside, []string{"aside"}},
	{Thrown, []string{"exception"}},
}

// lenses are the lenses by their words.
var lenses = func() map[string]Lens {
	all := make(map[string]Lens, 2*len(lensTable))
	for _, row := range lensTable {
		for _, word := range row.words {
			all[word] = row.lens
		}
	}
	return all
}()

// word is what a type is printed with that has the lens; "" for one that has no word.
func (l Lens) word() string {
	for _, row := range lensTable {
		if row.lens == l {
			return row.words[0]
		}
	}
	return ""
}

// under returns t as a lens shows it. The lenses that are for numbers go through
// pointers and arrays to what these hold.
func (t *Type) under(lens Lens, word string) *Type {
	switch lens {
	case Text:
		return t.asText(word == "text")
	case Bitvec:
		if t.Kind == Pointer && t.Elem != nil && !t.Elem.open {
			return pointerAt(t.Elem.under(lens, word))
		}
	case Hex, Oct, Bin, Boolean, Guess, Errno, NegErrno, Descriptor, Time, Byte, Char, Network, Inet,
		WaitStatus, SignalSet, Device, NetDevice, Request, Kilo, Pages, Ticks, Decimal:
		switch {
		case t.Kind == Pointer && t.Elem != nil && !t.Elem.open && (t.Elem.Kind != Struct && t.Elem.Kind != Union || lens == Time):
			return pointerAt(t.Elem.under(lens, word))
		case t.Kind == Pointer && t.Elem == nil: // the number that it is
			return (&Type{Kind: Int, Unsigned: true}).under(lens, word)
		case t.Kind == Array:
			return arrayOf(t.Elem.under(lens, word), t.Len, t.Zero)
		}
	}
	if lens == Byte && t.Kind == Int && (t.Size == 1 || t.Size == 2 || t.Unsigned) {
		lens = Char // not even EOF fits in, or a negative number
	}
	if t.Lens == lens {
		return t
	}
	c := *t
	c.Lens, c.Name, c.layouts = lens, "", [models]*Layout{}
	return &c
}

// asText is t as a string, if it can be one: pointers to numbers, or arrays of
// them, with pointers or without.
func (t *Type) asText(zero bool) *Type {
	switch {
	case t.Kind == Array:
		a := *t
		a.Lens, a.Name, a.layouts = Text, "", [models]*Layout{}
		a.Elem = asCharacter(a.Elem)
		a.Zero = a.Zero || zero
		return &a
	case t.Kind == Pointer && t.Elem != nil && t.Elem.Kind == Array:
		return textPointer(asCharacter(t.Elem.Elem), t.Elem.Len, t.Elem.Zero || zero)
	case t.Kind == Pointer && t.Elem != nil && t.Elem.Kind == Int:
		return textPointer(asCharacter(t.Elem), nil, true)
	case t.Kind == Pointer && t.Elem == nil:
		return textPointer(character8, nil, true)
	}
	c := *t
	c.Lens, c.Name = Text, ""
	return &c
}

// asCharacter is what a string has for an integer.
func asCharacter(t *Type) *Type {
	if t.Kind != Int || t.Lens != Plain || t.Names != nil || t.Unit != "" {
		return t
	}
	switch {
	case t.Size == 1:
		return character8
	case t.Size == 2:
		return character16
	case t.Size == 4 && t.Unsigned:
		return character32
	case t.Size == 4:
		return wideChar
	}
	return t
}

// texts tells whether an array of t is text.
func (t *Type) texts() bool { return t.Kind == Int && t.Lens == Char && t.Names == nil }

// arrayOf is an array, one of characters being a text.
func arrayOf(elem *Type, length *Expr, zero bool) *Type {
	a := &Type{Kind: Array, Elem: elem, Len: length, Zero: zero}
	if elem.texts() {
		a.Lens = Text
	}
	return a
}

// pointerAt is a pointer to t as the language means it: one to a text is a text
// itself, one to FILE a stream.
func pointerAt(t *Type) *Type {
	switch {
	case t.Kind == Void && !t.open:
		return anyPointer
	case t.Kind == Array && t.Lens == Text:
		return textPointer(t.Elem, t.Len, t.Zero)
	case t.Kind == Struct && !t.Complete && t.Name == "FILE":
		return &Type{Kind: Pointer, Elem: t, Lens: Stream}
	}
	return &Type{Kind: Pointer, Elem: t}
}

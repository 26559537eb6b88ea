package display

import (
	"strconv"
	"strings"

	"sonde/prototype"
)

// integer appends an Int by its names or its lens.
func (p *straceValues) integer(b []byte, v *prototype.Value) []byte {
	switch names := v.Type.Names; {
	case names == nil, v.Type.Lens == prototype.SignalSet:
		return p.number(b, v)
	case !names.Set:
		return p.enum(b, v)
	case v.Type.Lens == prototype.Oct:
		return p.mode(b, v)
	}
	return p.flags(b, v)
}

// number appends an Int that has no name.
func (p *straceValues) number(b []byte, v *prototype.Value) []byte {
	word := v.Word & wordMask(sizeOf(v))
	switch v.Type.Lens {
	case prototype.Oct:
		return appendOctal(b, word)
	case prototype.Symbol:
		return appendPointerTo(b, word)
	case prototype.Bitvec:
		return appendBitWord(b, word)
	case prototype.Time:
		return appendNumber(b, v) // what time that is goes by the field's name
	case prototype.Network:
		return appendNetworkCall(b, v)
	case prototype.Inet:
		if sizeOf(v) == 16 {
			return appendInet6(b, &prototype.Value{Type: v.Type, Word: v.Word, High: v.High, Size: v.Size})
		}
		b = appendInet(append(b, `inet_addr("`...), v)
		return append(b, `")`...)
	case prototype.Kilo:
		return appendKilo(b, word)
	case prototype.Pages:
		return appendAlternate(b, word*4096) // mmap2(2): whatever the size of a page
	case prototype.Device:
		return appendDevice(b, word)
	case prototype.WaitStatus:
		return appendWaitStatus(b, uint32(word))
	case prototype.Ticks:
		return appendTicks(appendNumber(b, v), word)
	case prototype.Decimal:
		return appendNumber(b, v)
	case prototype.NetDevice:
		return p.netDevice(b, v)
	case prototype.Descriptor:
		if p.half == answered { // what it leads to has been said
			return appendNumber(b, v)
		}
	case prototype.Submitted:
		return p.submitted(appendNumber(b, v), v)
	}
	return p.values.unnamed(b, v)
}

// submitted appends what entries a number of them are, which strace does not know.
func (p *straceValues) submitted(b []byte, v *prototype.Value) []byte {
	if len(v.Elems) == 0 {
		return b
	}
	b = append(b, " /* "...)
	for i := range v.Elems {
		if i > 0 {
			b = append(b, ", "...)
		}
		b = p.nested(b, &v.Elems[i], 1)
	}
	if v.More {
		b = append(b, ", ..."...)
	}
	return append(b, " */"...)
}

// appendKilo appends a number as a multiple of 1024, if it is one (strace's
// sprint_rlim64).
func appendKilo(b []byte, word uint64) []byte {
	if word > 1024 && word%1024 == 0 {
		return append(strconv.AppendUint(b, word/1024, 10), "*1024"...)
	}
	return strconv.AppendUint(b, word, 10)
}

// appendOctal appends a number as %#03o does.
func appendOctal(b []byte, word uint64) []byte {
	b = append(b, '0')
	from := len(b)
	return padLeft(strconv.AppendUint(b, word, 8), from, 2)
}

// appendNetworkCall appends a number in the network's byte order, as the call
// that would put it there.
func appendNetworkCall(b []byte, v *prototype.Value) []byte {
	n := fromNetwork(v.Word, sizeOf(v))
	switch sizeOf(v) {
	case 2:
		b = append(b, "htons("...)
	case 4:
		b = append(b, "htonl("...)
	default:
		return strconv.AppendUint(b, n, 10)
	}
	return append(strconv.AppendUint(b, n, 10), ')')
}

// enum appends an integer's name. One that has none is a number of its lens. If it
// has no lens, either, it is one in base 16 with the beginning of the names that it
// might have had, or in decimal where these have nothing in common, as those of
// signals.
func (p *straceValues) enum(b []byte, v *prototype.Value) []byte {
	mask := wordMask(sizeOf(v))
	if name := nameOf(v.Type.Names, v.Word, mask); name != "" {
		b = appendName(b, name, false)
		if v.Type.Lens == prototype.Descriptor {
			b = p.leadsTo(b, v)
		}
		return b
	}
	prefix := commonPrefix(v.Type.Names.Known)
	if prefix == "" || len(v.Type.Names.Known) == 1 || v.Type.Lens != prototype.Plain {
		return p.number(b, v)
	}
	return appendUnknown(appendAlternate(b, v.Word&mask), prefix)
}

// flags appends the names of the bits that are set, and what is left in base 16.
func (p *straceValues) flags(b []byte, v *prototype.Value) []byte {
	from := len(b)
	b, rest := appendFlagNames(b, v, false)
	switch {
	case rest == 0 && len(b) > from:
		return b
	case rest == 0:
		return append(b, '0')
	}
	behind := len(b) > from
	if behind {
		b = append(b, '|')
	}
	names := fieldNames(v.Type.Names.Known, rest)
	if names == nil && !behind {
		names = v.Type.Names.Known
	}
	return appendUnknown(appendHex(b, rest), commonPrefix(names))
}

// fieldNames returns the names that bits might have had of the field that they are in, if
// they are in one.
func fieldNames(known []prototype.Name, rest uint64) []prototype.Name {
	first, last := len(known), 0
	for i := range known {
		if _, _, number := known[i].Number(0); number {
			continue
		}
		if mask := known[i].Mask; mask != ^uint64(0) && mask != known[i].Value && mask&rest == rest {
			first, last = min(first, i), i+1
		}
	}
	if first < last {
		return known[first:last]
	}
	return nil
}

// mode appends a file's mode: what has names, and the permissions in any case.
func (p *straceValues) mode(b []byte, v *prototype.Value) []byte {
	from := len(b)
	b, rest := appendFlagNames(b, v, false)
	if len(b) > from {
		b = append(b, '|')
	}
	return appendOctal(b, rest)
}

// appendUnknown appends that a number has no name, where all that it might have
// had begin alike: " /* O_??? */".
func appendUnknown(b []byte, prefix string) []byte {
	if prefix == "" {
		return b
	}
	b = appendName(append(b, " /* "...), prefix, false)
	return append(b, "??? */"...)
}

// commonPrefix returns what all names begin with, up to an underscore.
func commonPrefix(known []prototype.Name) string {
	if len(known) == 0 {
		return ""
	}
	prefix := known[0].Name
	for i := range known {
		n := 0
		for n < len(prefix) && n < len(known[i].Name) && prefix[n] == known[i].Name[n] {
			n++
		}
		prefix = prefix[:n]
	}
	return prefix[:strings.LastIndexByte(prefix, '_')+1]
}

// appendBitWord appends the bits of a word that are set.
func appendBitWord(b []byte, word uint64) []byte {
	b = append(b, '[')
	from := len(b)
	for bit := range 64 {
		if word>>bit&1 != 0 {
			b = appendWord(b, from, uint64(bit))
		}
	}
	return append(b, ']')
}

// appendWord appends a number behind those of a list that begins at from.
func appendWord(b []byte, from int, n uint64) []byte {
	if len(b) > from {
		b = append(b, ' ')
	}
	return strconv.AppendUint(b, n, 10)
}

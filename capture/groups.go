package capture

import (
	"slices"

	"sonde/prototype"
	"sonde/sysdeps"
)

// hashWalk is an array whose elements are in the groups of a hash table, while these are
// looked for.
type hashWalk struct {
	v         *prototype.Value
	t         *prototype.Type
	n         int64 // elements that there are
	in, depth int
	elems     []prototype.Value // room for those that are shown
	found     int
	tables    []sysdeps.Addr // whose groups have not been looked at
	group     sysdeps.Addr   // the next one of the table at hand
	groups    int            // that this has from there on
	chunk     int            // how many are asked for at a time
}

const (
	maxTables     = 64   // entries of a directory that are looked at
	maxGroups     = 1024 // of a table; Go's have 128 at most (src/internal/runtime/maps, maxTableCapacity)
	slotsOfGroup  = 8    // abi.MapGroupSlots
	noSlot        = 0x80 // in a slot's byte: it is empty, or its element has been deleted
	likelyInGroup = slotsOfGroup / 2
)

// walkGroups asks for the directory of what is shown as an array, or for the only group.
func (r *Reader) walkGroups(v *prototype.Value, t *prototype.Type, in, depth int) {
	n, ok := r.length(t, in)
	dir, known := r.eval(t.Groups.Dir, in)
	tables, counted := r.eval(t.Groups.Tables, in)
	if !ok || n < 0 || !known || !counted || tables < 0 {
		v.State = prototype.NotFollowed
		return
	}
	v.Count, v.More = uint64(n), n > 0
	most := int(min(n, int64(r.most(t, 1)), int64(r.budget.values)))
	if most == 0 || dir == 0 {
		return
	}
	w := r.newHash()
	w.v, w.t, w.n, w.in, w.depth, w.elems = v, t, n, in, depth, r.values(most)
	w.chunk = (most + likelyInGroup - 1) / likelyInGroup
	if tables == 0 {
		w.group, w.groups = sysdeps.Addr(dir), 1
		r.askGroups(w)
		return
	}
	r.ask(piece{job: jobDirectory, hash: w, a: sysdeps.Addr(dir), buf: r.bytes(int(min(tables, maxTables)) * r.plan.model.Word)})
}

// newHash returns a walk that another has left its memory to.
func (r *Reader) newHash() *hashWalk {
	if r.hashing == len(r.hashes) {
		r.hashes = append(r.hashes, new(hashWalk))
	}
	w := r.hashes[r.hashing]
	r.hashing++
	*w = hashWalk{tables: w.tables[:0]}
	return w
}

// directory takes where tables are: one may have several entries, side by side.
func (r *Reader) directory(p *piece) {
	w, word := p.hash, r.plan.model.Word
	for b := p.buf; len(b) >= word; b = b[word:] {
		if a := sysdeps.Addr(number(b[:word])); a != 0 && !slices.Contains(w.tables, a) {
			w.tables = append(w.tables, a)
		}
	}
	slices.Reverse(w.tables)
	r.askHashTable(w)
}

// askHashTable asks for the next table.
func (r *Reader) askHashTable(w *hashWalk) {
	last := len(w.tables) - 1
	if last < 0 {
		return
	}
	a := w.tables[last]
	w.tables = w.tables[:last]
	r.ask(piece{job: jobHashTable, hash: w, a: a, buf: r.bytes(w.t.Groups.Table.SizeOf(r.plan.model))})
}

// hashTable asks for the first groups of a table. One that claims more groups than there can be is
// none.
func (r *Reader) hashTable(p *piece) {
	w := p.hash
	l := w.t.Groups.Table.Layout(r.plan.model)
	groups, ok := slotNumber(p.buf, &l.Fields[0])
	mask, ok2 := slotNumber(p.buf, &l.Fields[1])
	if !ok || !ok2 || groups == 0 || mask >= maxGroups {
		r.askHashTable(w)
		return
	}
	w.group, w.groups = sysdeps.Addr(groups), int(mask)+1
	r.askGroups(w)
}

// slotNumber returns a number of a struct, if that is there.
func slotNumber(p []byte, slot *prototype.Slot) (n uint64, ok bool) {
	if slot.Size > 8 || len(p) < slot.Offset+slot.Size {
		return 0, false
	}
	return number(p[slot.Offset:][:slot.Size]), true
}

// askGroups asks for the next groups of a table: for twice as many as the last time, since
// few of their slots are in use.
func (r *Reader) askGroups(w *hashWalk) {
	size := w.t.Groups.Group.SizeOf(r.plan.model)
	if size <= 0 || size > maxObject {
		return
	}
	n := min(w.groups, w.chunk, maxObject/size)
	w.chunk = 2 * n
	r.ask(piece{job: jobGroups, hash: w, a: w.group, buf: r.bytes(n * size), n: int64(n)})
}

// groups decodes the elements that are in groups, and asks for more where these are not
// all that are shown.
func (r *Reader) groups(p *piece) {
	w := p.hash
	size := w.t.Groups.Group.SizeOf(r.plan.model)
	read := len(p.buf) / size
	for i := range read {
		r.group(w, p.buf[i*size:][:size], p.a+sysdeps.Addr(i*size))
	}
	w.v.Elems, w.v.More = w.elems[:w.found], int64(w.found) < w.n
	w.group += sysdeps.Addr(read * size)
	w.groups -= read
	switch {
	case w.found == len(w.elems):
	case w.groups > 0 && int64(read) == p.n:
		r.askGroups(w)
	default:
		r.askHashTable(w)
	}
}

// group decodes the elements that are in one.
func (r *Reader) group(w *hashWalk, p []byte, a sysdeps.Addr) {
	l := w.t.Groups.Group.Layout(r.plan.model)
	control, ok := slotNumber(p, &l.Fields[0])
	if !ok {
		return
	}
	slots := l.Fields[1].Offset
	size := w.t.Elem.SizeOf(r.plan.model)
	for i := range slotsOfGroup {
		if w.found == len(w.elems) {
			return
		}
		if control>>(8*i)&noSlot != 0 {
			continue
		}
		at := slots + i*size
		r.decode(&w.elems[w.found], w.t.Elem, from(p, at), a+sysdeps.Addr(at), w.in, w.depth+1)
		w.found++
	}
}

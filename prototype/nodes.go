package prototype

// Nodes says that the elements of an Array are not one behind the other: each is in a
// node that leads to others, as in lists and trees. They are shown in their order.
type Nodes struct {
	Node  *Type // a Struct: what is at each node
	Value int   // the field of it, counted from 1, that is the element
	First *Expr // the address of the first node, or of a tree's root
	Next  int   // the field that leads to the next node, or to the subtree of those behind it
	Left  int   // the field that leads to the subtree of those before it; 0: it is no tree
	// Back is the field that leads to the node before it, or above it in a tree: a
	// node that does not lead back to where it was come from is none. 0: there is no
	// such field.
	Back int
	// Head is the field, counted from 1, of the struct that the array is in, where
	// what stands before the first node and behind the last begins, or above the
	// root; 0: it is NULL.
	Head int
}

// Blocks says that the elements of an Array are in blocks that a table has the
// addresses of.
type Blocks struct {
	Table *Expr // the address of the table's entry for the first block
	Start *Expr // how many places of that are before the first element
	Per   *Expr // how many elements a block has room for
}

// Groups says that the elements of an Array are in slots of a hash table, in groups of
// eight with a byte for each slot, whose highest bit tells that there is no element: a
// map of Go's, since 1.24 (src/internal/runtime/maps).
type Groups struct {
	Group  *Type // a Struct: the bytes of the slots as a number, and where the slots begin
	Table  *Type // a Struct: the address of a table's groups, and how many these are, less one
	Dir    *Expr // the address of an array of the addresses of tables, or of one group
	Tables *Expr // how many entries that has; 0: there is one group and no table
}

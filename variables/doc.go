// Package variables owns what the parameters and local variables of functions hold in the
// frames of a stack: as far as the compiler has kept them and told where, and the frame
// still has what that takes. What is not known says why; no value is shown that the
// program does not have.
//
// Package prototype/dwarf tells which variables there are at a place of code and by which
// expressions they are found, package unwind computes these, capture follows what the
// values lead to, and display writes them.
package variables

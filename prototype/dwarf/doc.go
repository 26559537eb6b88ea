// Package dwarf owns what debugging information tells of functions: their
// prototypes, in C, C++, Rust and Go, where in the source an instruction is from, and
// which variables there are at one, out of DWARF 2 to 5.
//
// Data is opened at no cost and reads what it is asked for: an address leads to
// the unit that has its code (aranges.go), the unit to the function (index.go),
// which becomes a prototype.Prototype (function.go) of types that are made once
// for each entry (types.go and its neighbours). Types end some pointers away from the
// function: the structures of large programs hang together all in all.
//
// Places of instructions come out of the line tables (line.go) and of the entries of
// what was inlined there (place.go). Of the same entries are the variables (scope.go), with
// the expressions of where they are (location.go) and how they are declared (declare.go),
// and what is known of a call (callsite.go).
//
// Entries are read here, over the sections as they are mapped (entry.go, form.go,
// abbrev.go, unit.go), and not by debug/dwarf. That one reads the abbreviations of all units
// before it answers, and knows neither the forms of GNU's split units nor references
// to supplementary files and to DWARF 5's type units. The names of tags and attributes are
// taken from it, and tests hold the two against each other. The other files of a program's debugging
// information, split or shared, are opened when something leads to them
// (split.go).
//
// All of it is hostile: every offset is held against its section, counts and the
// work for one function are capped, and what is damaged costs the
// functions that it tells of.
package dwarf

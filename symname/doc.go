// Package symname owns how people read and write the names of symbols: C++ and
// Rust names demangled, lists of names cut short, and what somebody may have
// meant who mistyped one.
//
// Names come out of files, so they are hostile input: what is too long, or
// would become so, is left as it is.
package symname

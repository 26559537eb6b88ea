// Package symname owns how the names of symbols are read by people: C++ and
// Rust names demangled.
//
// Names come out of files, so they are hostile input: what is too long, or
// would become so, is left as it is.
package symname

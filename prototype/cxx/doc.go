// Package cxx owns what the names of C++ say about values: the parameters that
// the mangled name of a function settles, and how the classes of the standard
// library lie in memory.
//
// A mangled name gives the types of a function's parameters, but not whether a
// member is static, nor the result of what is no template; and a class that is
// returned in memory takes the first register for its address. So a prototype
// is given only where the name, or the table of libstdc++'s own functions,
// settles both; and of its parameters only those whose places are certain.
//
// Names and types come as text: a type's name is parsed into a tree (parse.go),
// which becomes a prototype.Type (types.go), by the layouts of libstdc++ and
// libc++ (strings.go, containers.go, pointers.go, ...) for the classes that are
// known. All of it is a function of the names: no file and no process is read.
package cxx

// Package cxx owns what the names of C++ say about values: the parameters that
// the mangled name of a function settles, and how the classes of the standard
// library lie in memory.
//
// A mangled name gives the types of a function's parameters, but not whether a
// member is static, nor the result of what is no template; and a class that is
// returned in memory takes the first register for its address. So a prototype
// is given only where the name, or a table of libstdc++'s or libc++'s own functions,
// settles both; and of its parameters only those whose places are certain.
//
// What settles them is read off the name (symbol.go), taken from tables of what
// libstdc++ and libc++ export (facts.go) or from what the standard says of its templates'
// members (members.go); texts get their lengths (lengths.go), and what is read out
// of a stream is shown when that is done (extract.go).
//
// Types come as text: a name is parsed into a tree (parse.go), which becomes a
// prototype.Type (types.go), for the classes that are known by the layouts of
// libstdc++ and libc++ (classes.go names them all). All of it is a function of the
// names: no file and no process is read.
package cxx

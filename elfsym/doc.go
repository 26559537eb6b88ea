// Package elfsym owns what is in an ELF file: its segments, the functions that it
// defines and imports, the slots of its procedure linkage table, its pointers at
// functions and the code that uses them, the functions that Go's runtime knows of,
// its debugging information and what it tells of callers, and where the libraries
// are that it needs.
//
// A File is read once and is immutable from then on; processes that map the
// same file share it through a Cache. All addresses are link-time addresses,
// plain uint64. Images add the biases at which the files of a process, or of a core,
// are mapped; where these are and how they are opened is left to whoever knows the
// process.
//
// What the dynamic linker itself uses (program headers, the dynamic segment
// and the tables it points to) is the only source of truth, so stripped files
// and files without section headers give the same answers. Section headers
// are a hint where the linkage table may lie. They alone lead to what a File
// reads only when asked: Functions finds the functions that no other file sees,
// in .symtab, separate debug files and .gnu_debugdata, and what is damaged there
// costs nothing but itself. DebugInfo opens the debugging information, wherever it
// is, as sections that are mapped and not copied, and UnwindInfo what tells of
// callers.
//
// The bytes are hostile: every read is held against the size of the file, every
// count is backed by bytes that exist, sizes are capped, and the work is linear
// in what was read. A file either parses or gives an error, never half a File.
package elfsym

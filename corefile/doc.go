// Package corefile owns ELF core files: reading what the kernel, gdb's gcore and
// others write, and writing what the kernel writes.
//
// Contents are what a core says apart from memory: the process, its threads with
// their registers, the auxiliary vector, the files that were mapped, and the
// segments. Open reads them out of a file, whose memory and registers then have
// the same types as a live process's, so that whatever looks at one looks at the
// other too. Write makes a file out of Contents and a Memory, with the notes in
// the kernel's order, by several goroutines, and without the pages that are not
// there or hold zeros. Files finds, on the running system, the files that were mapped.
//
// A file that is read is hostile: what is counted must exist in it, sizes are
// capped, and what is damaged or cut off is told in Damage and costs only itself.
// The package controls no process.
package corefile

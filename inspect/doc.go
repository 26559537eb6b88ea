// Package inspect owns what can be told of a process, a core file or a program's file
// without stopping anything: the auxiliary vector, the map of memory, the executable, and
// where the debugging information of each module is; and the forms in which that is
// written: text and JSON.
//
// A Subject is one of the three; what is asked of it is read when it is asked. Cores,
// files and the memory of processes are hostile: what is taken out of them is capped, and
// harmless for terminals when it is written.
package inspect

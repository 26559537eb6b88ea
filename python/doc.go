// Package python owns what the memory of CPython tells of Python functions: which of
// them each thread is in, and at which lines.
//
// The interpreter runs Python functions in one C function, which may run many of them
// in one call. So Threads returns activations: calls of that C function, each known by
// a record of its own on the C stack, with the Python functions that it runs. Whoever
// walks that stack puts them where the record lies.
//
// CPython's structures differ from version to version. From 3.13 on it tells itself
// where what is (struct _Py_DebugOffsets); of 3.11 and 3.12 the offsets are known here.
// Whatever is read is held against what must be so: types, bounds, links back. A frame
// that does not fit is told as an error, never as a function.
//
// What is read is hostile, as all memory is: reads are bounded in size and number.
// Nothing here does I/O but through the sysdeps.Memory that is handed in, which must
// hold still.
package python

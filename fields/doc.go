// Package fields owns taking numbers, strings and runs of bytes off what a file
// or a section holds, one behind the other, whatever the bytes are.
//
// A Reader never panics and allocates nothing. The first field that is not there
// is remembered, and everything behind it reads as 0: whoever reads looks at Bad
// once, at the end.
package fields

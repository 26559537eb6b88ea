// Package prototype owns what is known of a function's arguments and results:
// at present the captured Value of one, apart from how it is shown.
//
// It reads no memory and asks no process; whoever captures fills the values
// in, and display turns them into text.
package prototype

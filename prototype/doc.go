// Package prototype owns what is known of functions' arguments and results:
// C types and how each is shown (Type), what a function takes and gives
// (Prototype), the language in which files say so, the prototypes that Sonde
// ships, what format strings ask for, and the captured Value of an argument.
//
// It reads no memory and asks no process. Package capture fills values in, by
// these types; display turns them into text.
package prototype

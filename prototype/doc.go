// Package prototype owns what is known of functions' arguments and results:
// C types and how each is shown (Type), what a function takes and gives
// (Prototype), the language in which files say so, the prototypes that Sonde
// ships, what format strings ask for, and the captured Value of an argument.
//
// The language is that of man/sonde.conf.5. A File knows what it declares, by
// name, after one pass over its text (scan.go); a declaration is parsed when it
// is asked for (lex.go, parse.go and its neighbours), since most traces need few
// of thousands. What is printed (print.go) is the language again, and means the
// same. A Shelf answers for a function of a library out of all the files that
// there are (shelf.go): the user's, and those in shipped/, of which all others
// know types.conf and constants.conf.
//
// No memory is read here and no process asked. Package capture fills values in,
// by these types; display turns them into text.
package prototype

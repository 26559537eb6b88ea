// Package cli owns what the command lines of Sonde's programs have in common: how
// options are read and mistakes in them told, in words that name the nearest option;
// how numbers and process ids are written, and processes found by what they run; why a
// process could not be attached to, or a file not be run; the one line that an error is;
// and how a program is found, launched, traced to its end, and ended like.
package cli

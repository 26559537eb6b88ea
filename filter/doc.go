// Package filter owns the language in which users say which calls and functions
// they want to see: the arguments of -e, -x and -l.
package filter

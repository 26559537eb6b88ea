package cxx

import (
	_ "embed" // of the table
	"sort"
	"strings"
)

// fact is what the mangled name of one of the libraries' functions does not say.
type fact struct {
	member   bool   // this is the first argument
	noReturn bool   // it throws or ends the program
	inMemory bool   // its result is returned in memory
	hasVTT   bool   // of a base object's constructor: the class has virtual bases
	result   string // its type
}

// libstdcxxTable has a line for each of libstdc++'s exported functions whose name
// does not settle its prototype, of 64-bit and 32-bit programs, sorted by symbol:
// the symbol, letters (see facts), and the type of the result.
// tools/libstdcxx makes it.
//
//go:embed libstdc++.txt
var libstdcxxTable string

// libcxxTable is the same of libc++'s functions, of 64-bit programs: most of those have
// other names than libstdc++'s, in namespace std::__1.
//
//go:embed libc++.txt
var libcxxTable string

// knownFact looks a symbol up in the tables; origin is the library that has it.
func knownFact(symbol string) (f fact, origin string, ok bool) {
	if f, ok = lookUp(libstdcxxTable, symbol); ok {
		return f, "libstdc++", true
	}
	f, ok = lookUp(libcxxTable, symbol)
	return f, "libc++", ok
}

// lookUp looks a symbol up in a table, which stays as it is: that reads some 13 lines
// of it.
func lookUp(table, symbol string) (f fact, ok bool) {
	// Looking for the last line that begins at or before the symbol, by the
	// position of any byte of it.
	at := sort.Search(len(table), func(i int) bool { return lineAt(table, i) >= symbol+"\t" })
	line, _, _ := strings.Cut(table[lineStart(table, at):], "\n")
	name, rest, _ := strings.Cut(line, "\t")
	if name != symbol {
		return f, false
	}
	letters, result, _ := strings.Cut(rest, "\t")
	return fact{
		member:   strings.Contains(letters, "m"),
		noReturn: strings.Contains(letters, "n"),
		inMemory: strings.Contains(letters, "i"),
		hasVTT:   strings.Contains(letters, "v"),
		result:   result,
	}, true
}

// lineStart returns where the line begins that a byte of the table is in.
func lineStart(table string, at int) int { return strings.LastIndexByte(table[:at], '\n') + 1 }

// lineAt returns the rest of the table from that line on.
func lineAt(table string, at int) string { return table[lineStart(table, at):] }

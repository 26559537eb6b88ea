package cxx

import (
	_ "embed" // of the table
	"sort"
	"strings"
)

// fact is what the mangled name of one of libstdc++'s functions does not say.
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

// libstdcxxFact looks a symbol up in the table, which stays as it is: a look-up
// reads some 13 lines of it.
func libstdcxxFact(symbol string) (f fact, ok bool) {
	table := libstdcxxTable
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

package main

import (
	"os"

	"sonde/inspect"
)

func main() { os.Exit(command.Main(os.Args[1:])) }

var command = inspect.Command{
	Name: "fauxv",
	Intro: `
Prints the auxiliary vector: what the kernel told the program when it was
started. Strings and functions that it leads to are named; the random bytes are
not shown.`,
	Verbose: "the numbers of what is told in words, too",
	Failed:  "a target could not be read, or is a damaged core file",
	Tell: func(s *inspect.Subject) (inspect.Report, error) {
		v, err := s.Auxv()
		if err != nil {
			return nil, err
		}
		return v, nil
	},
}

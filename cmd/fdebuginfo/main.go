package main

import (
	"os"

	"sonde/inspect"
)

func main() { os.Exit(command.Main(os.Args[1:])) }

var command = inspect.Command{
	Name:  "fdebuginfo",
	Files: true,
	Intro: `
Prints, for the program and each of its libraries, the file that has its
debugging information, which may be itself, or --- where none is found. It is
looked for by build-id and by .gnu_debuglink, below /usr/lib/debug and beside
the file.`,
	Verbose: "build-ids, and what is wrong with files that are not used",
	Failed:  "a target could not be read, or is a damaged core file",
	Tell: func(s *inspect.Subject) (inspect.Report, error) {
		m, err := s.Modules()
		if err != nil {
			return nil, err
		}
		return m, nil
	},
}

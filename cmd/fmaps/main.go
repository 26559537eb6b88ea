package main

import (
	"os"

	"sonde/inspect"
)

func main() { os.Exit(command.Main(os.Args[1:])) }

var command = inspect.Command{
	Name:  "fmaps",
	Files: true,
	Intro: `
Prints the map of memory in the columns of /proc/PID/maps; of a program or
library, its segments at the addresses that it is linked for. What a core file
does not tell is - or ?.`,
	Verbose: "bytes that a core file has of each part, before its path",
	Failed:  "a target could not be read, or is a damaged core file",
	Tell: func(s *inspect.Subject) (inspect.Report, error) {
		m, err := s.Maps()
		if err != nil {
			return nil, err
		}
		return m, nil
	},
}

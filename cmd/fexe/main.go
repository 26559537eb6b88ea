package main

import (
	"os"

	"sonde/inspect"
)

func main() { os.Exit(command.Main(os.Args[1:])) }

var command = inspect.Command{
	Name:  "fexe",
	Files: true,
	Intro: `
Prints the full path of the executable. Of a script, it is that of the
interpreter. FILE is looked for in $PATH if it has no slash in its name and is
not here.`,
	Verbose:  "by what name it was started, scripts, the link in /proc",
	Failed:   "an executable is not known, or its path does not lead to it\n(it was deleted or replaced)",
	Headless: true,
	Tell: func(s *inspect.Subject) (inspect.Report, error) {
		e, moved, err := s.Executable()
		if err != nil {
			return nil, err
		}
		return e, moved
	},
}

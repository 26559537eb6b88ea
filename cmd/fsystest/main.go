package main

import (
	"context"
	"fmt"
	"os"

	"sonde/regress"
	"sonde/sysdeps/ptrace"
)

func main() {
	regress.Serve(ptrace.Direct{})
	os.Exit(run())
}

func run() int {
	var s regress.Suite
	s.Jobs = 2
	m, err := regress.Look(context.Background(), &s)
	if err != nil {
		fmt.Println(err)
		return 1
	}
	fmt.Print(m)
	var all []regress.Result
	err = s.Run(context.Background(), m, regress.Rows(), func(r regress.Result) bool {
		fmt.Println(r)
		if r.Verdict.Bad() {
			for _, st := range r.Steps {
				fmt.Println("      ", st)
			}
		}
		all = append(all, r)
		return true
	})
	if err != nil {
		fmt.Println(err)
	}
	return regress.ExitStatus(all)
}

package main

import (
	"fmt"

	"sonde/corefile"
	"sonde/sysdeps"
)

// check reads a core file and tells what is in it, or what is wrong with it.
func check(path string) error {
	f, err := corefile.Open(path)
	if err != nil {
		return err
	}
	defer f.Close()
	if f.Damage != nil {
		return fmt.Errorf("%s: %w", path, f.Damage)
	}
	var mapped, dumped uint64
	for _, s := range f.Segments {
		mapped += uint64(s.Hi - s.Lo)
		dumped += s.Dumped
	}
	what := "alive"
	if len(f.Threads) > 0 && f.Threads[0].Signal != 0 {
		what = "of signal " + sysdeps.SignalName(f.Threads[0].Signal)
	}
	fmt.Printf("%s: %s, process %d (%s), %s, threads: %d, mappings: %d, %s of %s\n",
		path, f.Arch.Name, f.Process.PID, f.Process.Name, what, len(f.Threads), len(f.Segments), size(dumped), size(mapped))
	return nil
}

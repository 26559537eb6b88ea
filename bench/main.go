package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"os/exec"
	"regexp"
	"slices"
	"text/tabwriter"
)

func main() {
	runs := flag.Int("n", 5, "runs of each side")
	pattern := flag.String("run", "", "measure only what matches this regular expression")
	sonde := flag.String("sonde", "", "the sonde to measure (default: built from this module)")
	ltrace := flag.String("ltrace", "ltrace", "the ltrace to compare with")
	flag.Parse()
	if err := bench(*runs, *pattern, *sonde, *ltrace); err != nil {
		fmt.Fprintf(os.Stderr, "bench: %v\n", err)
		os.Exit(1)
	}
}

// bench builds what is to be measured, measures it and prints the table.
func bench(runs int, pattern, sonde, ltrace string) error {
	if runs < 1 {
		return fmt.Errorf("-n %d: at least one run", runs)
	}
	want, err := regexp.Compile(pattern)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "sonde-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if sonde == "" {
		if sonde, err = buildTool(dir, "sonde"); err != nil {
			return err
		}
	}
	if ltrace, err = exec.LookPath(ltrace); err != nil {
		return fmt.Errorf("a tracer to compare with: %w", err)
	}
	matched := slices.DeleteFunc(rows(), func(r row) bool { return !want.MatchString(r.name) })
	if len(matched) == 0 {
		return fmt.Errorf("nothing matches %q", pattern)
	}
	tools := tools{dir: dir, sonde: sonde, ltrace: ltrace}
	var results []result
	for _, r := range matched {
		fmt.Fprintf(os.Stderr, "%s\n", r.name)
		res, err := measure(r, tools, runs)
		if err != nil {
			return fmt.Errorf("%s: %w", r.name, err)
		}
		results = append(results, res)
	}
	return printTable(os.Stdout, results)
}

// met words whether a target is.
func met(ok bool) string {
	if ok {
		return "ok"
	}
	return "MISSED"
}

// printTable writes a line for each result.
func printTable(w io.Writer, results []result) error {
	tw := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintln(tw, "measured\tunit\tsonde\tother\tratio\ttarget\t")
	for _, r := range results {
		verdict := "-"
		if r.target > 0 {
			verdict = fmt.Sprintf("<= %.2f %s", r.target, met(r.ratio() <= r.target))
		}
		if r.added > 0 {
			verdict = fmt.Sprintf("<= +%g %s %s", r.added, r.unit, met(r.sonde-r.other <= r.added))
		}
		switch {
		case r.limit > 0 && r.sonde > r.limit:
			verdict += fmt.Sprintf(", over %g %s", r.limit, r.unit)
		case r.limit > 0 && verdict == "-":
			verdict = fmt.Sprintf("<= %g %s ok", r.limit, r.unit)
		}
		fmt.Fprintf(tw, "%s\t%s\t%.4g\t%.4g %s\t%.3f\t%s\t\n",
			r.name, r.unit, r.sonde, r.other, r.against, r.ratio(), verdict)
	}
	return tw.Flush()
}

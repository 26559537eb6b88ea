package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/signal"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"time"

	"sonde/regress"
)

func main() {
	// In a container the host's half may be the first process as well.
	if _, err := os.Stat(planFile); err == nil && os.Getpid() == 1 {
		guest()
	}
	o := options{}
	flag.StringVar(&o.cache, "cache", "", "`directory` of the kernels (default: sonde-kernels in the user's cache)")
	flag.StringVar(&o.mirror, "mirror", "", "`URI` of Debian's archive (default: as apt has it on this machine)")
	flag.StringVar(&o.verdicts, "verdicts", "regress/kernels/verdicts", "`directory` of the verdicts that are kept")
	flag.StringVar(&o.image, "image", "", "`file` of one kernel, such as arch/x86/boot/bzImage: it alone is tried, and what somebody has to look at is told")
	pattern := flag.String("run", "", "only the boots that match this regular expression, such as ^6.1/")
	flag.StringVar(&o.reports, "reports", "", "`directory` to keep reports and consoles in")
	flag.BoolVar(&o.update, "update", false, "write the verdicts anew")
	flag.BoolVar(&o.fetch, "fetch", false, "fetch kernels that are there already, too")
	flag.DurationVar(&o.limit, "limit", 30*time.Minute, "of a boot, with all its passes")
	list := flag.Bool("list", false, "list the boots and their passes")
	flag.Usage = func() {
		fmt.Fprint(flag.CommandLine.Output(), "Usage: kernels [FLAG]... [-- ARGUMENT...]\n\nBoots kernels, runs fsystest in each, with the arguments instead of those that a pass has,\nand compares the verdicts.\n\n")
		flag.PrintDefaults()
	}
	flag.Parse()
	var err error
	o.run, err = regexp.Compile(*pattern)
	if err == nil {
		o.args = flag.Args()
		ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
		defer stop()
		if *list {
			o.list()
		} else {
			err = o.try(ctx)
		}
	}
	if err != nil {
		fmt.Fprintf(os.Stderr, "kernels: %v\n", err)
		os.Exit(1)
	}
}

type options struct {
	cache, mirror, verdicts, reports string
	image                            string // of a kernel that is not in the table, or ""
	run                              *regexp.Regexp
	args                             []string // for fsystest; none for those that each pass has
	update, fetch                    bool
	limit                            time.Duration
}

// errDiffer says that what has come is not what is kept; what that was is told already.
var errDiffer = errors.New("verdicts are not what they should be (-update keeps them)")

// chosen calls f with the boots that are wanted, kernel by kernel.
func (o *options) chosen(f func(k *kernel, b *boot) error) error {
	tried := kernels
	if o.image != "" {
		tried = []kernel{{name: "image"}}
	}
	found := false
	for i := range tried {
		for j := range boots {
			k, b := &tried[i], &boots[j]
			if !b.on(k) || !o.run.MatchString(k.name+"/"+b.name) {
				continue
			}
			found = true
			if err := f(k, b); err != nil {
				return fmt.Errorf("%s/%s: %w", k.name, b.name, err)
			}
		}
	}
	if !found {
		return fmt.Errorf("no boot matches %q", o.run)
	}
	return nil
}

func (o *options) list() {
	_ = o.chosen(func(k *kernel, b *boot) error {
		fmt.Printf("%s/%s (%s)\n", k.name, b.name, b.parameters)
		for _, p := range b.passes {
			fmt.Printf("\t%s %v\n", p.Name, p.Args)
		}
		return nil
	})
}

// try boots what is wanted, one after the other: each keeps all processors busy.
func (o *options) try(ctx context.Context) error {
	if o.cache == "" {
		dir, err := os.UserCacheDir()
		if err != nil {
			return err
		}
		o.cache = filepath.Join(dir, "sonde-kernels")
	}
	dir, err := os.MkdirTemp("", "sonde-kernels-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	if o.reports != "" {
		if err := os.MkdirAll(o.reports, 0o755); err != nil {
			return err
		}
	}
	programs, err := build(ctx, dir)
	if err != nil {
		return err
	}
	images := make(map[string]string)
	if o.image != "" {
		images["image"] = o.image
	} else if images, err = o.images(ctx); err != nil {
		return err
	}
	var failed error // what goes wrong with one boot is no reason to leave out the others
	differ := false
	err = o.chosen(func(k *kernel, b *boot) error {
		same, err := o.one(ctx, dir, images[k.name], programs, k, b)
		if err != nil {
			failed = errors.Join(failed, fmt.Errorf("%s/%s: %w", k.name, b.name, err))
		}
		differ = differ || err == nil && !same
		return ctx.Err()
	})
	if failed == nil && differ {
		failed = errDiffer
	}
	return errors.Join(failed, err)
}

// one boots a kernel once, and judges its passes.
func (o *options) one(ctx context.Context, dir, image, programs string, k *kernel, b *boot) (same bool, err error) {
	began := time.Now()
	outcomes, err := o.boot(ctx, dir, image, programs, k, b)
	fmt.Printf("%s/%s: %v\n", k.name, b.name, time.Since(began).Round(time.Second))
	same = true
	for _, got := range outcomes {
		as, judged := o.judge(k, b, got)
		if judged != nil {
			err = errors.Join(err, fmt.Errorf("%s: %w", got.Pass, judged))
		}
		same = same && as
	}
	return same, err
}

// judge compares what came of a pass with what is kept, or keeps it.
func (o *options) judge(k *kernel, b *boot, got *outcome) (same bool, err error) {
	name := verdictsFile(k, b, got.Pass)
	fmt.Printf("  %-10s %v: %s\n", got.Pass, got.Took.Round(time.Second), regress.Summary(got.Report.Results))
	if o.reports != "" {
		if err := keepReport(filepath.Join(o.reports, strings.TrimSuffix(name, ".txt")+".json"), got.Report); err != nil {
			return false, err
		}
	}
	if o.image != "" {
		return !tellBad(got.Report), nil
	}
	file := filepath.Join(o.verdicts, name)
	if o.update && len(o.args) == 0 {
		return true, writeVerdicts(file, got.Report)
	}
	kept, err := readVerdicts(file)
	if err != nil {
		return false, err
	}
	old := kept.report(got.Report, len(o.args) == 0)
	changes := regress.Compare(old, got.Report)
	if len(changes) > 0 {
		fmt.Print(regress.Changed(old, changes))
	}
	return len(changes) == 0, nil
}

// tellBad tells of the rows that somebody has to look at, and whether there are any.
func tellBad(r *regress.Report) (bad bool) {
	for i := range r.Results {
		if res := &r.Results[i]; res.Verdict.Bad() {
			fmt.Print(res.Text(true))
			bad = true
		}
	}
	return bad
}

// verdictsFile is the name of the file of a pass's verdicts.
func verdictsFile(k *kernel, b *boot, pass string) string {
	return k.name + "-" + b.name + "-" + pass + ".txt"
}

func keepReport(name string, r *regress.Report) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	return errors.Join(r.JSON(f), f.Close())
}

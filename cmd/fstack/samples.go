package main

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"golang.org/x/sys/unix"

	"sonde/cli"
	"sonde/proc"
	"sonde/stacks"
)

// defaultInterval is short for people, and leaves the process most of its time.
const defaultInterval = 100 * time.Millisecond

// sampled is a process that is looked at several times.
type sampled struct {
	pid     int
	sampler *stacks.Sampler
	still   []time.Duration // for each time
}

// sample takes the stacks of all targets as many times as was asked for, or until none of
// them is left, or a signal ends it. What has been gathered by then counts.
func (o *options) sample(out *output) error {
	signals, err := cli.WatchSignals(false)
	if err != nil {
		return err
	}
	var all []*sampled
	for _, t := range o.targets {
		s := &sampled{pid: t.PID, sampler: stacks.NewSampler(t.PID, &o.Options)}
		defer s.sampler.Close()
		all = append(all, s)
	}
	left := slices.Clone(all)
	next := time.NewTimer(0)
	defer next.Stop()
	start := time.Now()
	for n := 0; n < o.samples && len(left) > 0; n++ {
		select {
		case <-next.C:
		case <-signals:
			left = nil
		}
		left = slices.DeleteFunc(left, func(s *sampled) bool { return !s.look(out) })
		// Where a look takes longer than the interval, the times that are over are left out.
		over := time.Since(start) % o.interval
		next.Reset(o.interval - over)
	}
	if o.verbose {
		for _, s := range all {
			s.tellStill()
		}
	}
	return nil
}

// look takes the stacks once. It reports whether there is more to be seen.
func (s *sampled) look(out *output) bool {
	p, err := s.sampler.Take()
	if err == nil {
		s.still = append(s.still, p.Still)
		p.Sample = len(s.still)
		out.o.tellStill(p)
		out.add(p, nil)
		return true
	}
	if len(s.still) > 0 && (errors.Is(err, proc.ErrNoProcess) || errors.Is(err, proc.ErrZombie)) {
		complain(fmt.Errorf("process %d has ended, after %d samples", s.pid, len(s.still)))
	} else {
		out.add(nil, explain(s.pid, err))
	}
	return false
}

// tellStill tells what the samples have cost the process.
func (s *sampled) tellStill() {
	if len(s.still) == 0 {
		return
	}
	slices.Sort(s.still)
	fmt.Fprintf(cli.File(unix.Stderr), "fstack: process %d stood still %d times, for %v as the median and %v at the most\n",
		s.pid, len(s.still), s.still[len(s.still)/2], s.still[len(s.still)-1])
}

package regress

import (
	"fmt"
	"strings"
	"time"
)

// Verdict is what came of a row.
type Verdict string

// The verdicts. Error means that the row could not be run, or hung in the kernel: it tells
// nothing about what the row is for.
const (
	Pass  Verdict = "PASS"
	Fail  Verdict = "FAIL"
	XPass Verdict = "XPASS" // passed, though a failure is known
	XFail Verdict = "XFAIL" // failed, as is known
	Skip  Verdict = "SKIP"
	Error Verdict = "ERROR"
)

// Bad tells whether the verdict is one that somebody is to look at.
func (v Verdict) Bad() bool { return v == Fail || v == XPass || v == Error }

// Result is the outcome of one run of one row.
type Result struct {
	ID      string        `json:"id"`
	Verdict Verdict       `json:"verdict"`
	Reason  string        `json:"reason,omitempty"` // one line; "" of a pass
	Steps   []string      `json:"steps,omitempty"`  // what was asked of the kernel, and what it answered
	Took    time.Duration `json:"took_ns"`
}

// judge turns what the row's body found into the verdict: whether a failure was expected.
func (r *Result) judge(row *Row, m *Machine) {
	known := row.expected(m)
	switch {
	case known != nil && r.Verdict == Fail && strings.Contains(r.Reason, known.Saw):
		r.Verdict = XFail
		r.Reason += " (known: " + known.Why + ")"
	case known != nil && r.Verdict == Pass:
		r.Verdict, r.Reason = XPass, "expected to fail: "+known.Why
	case r.Verdict == Fail && m.Version.Compare(row.Since) < 0:
		r.Verdict = XFail
		r.Reason += fmt.Sprintf(" (since Linux %v)", row.Since)
	}
}

// Exit statuses of a run, as test suites have them (automake's "Parallel Test Harness").
const (
	ExitGood    = 0
	ExitBad     = 1
	ExitNothing = 77 // no row could be run
)

// ExitStatus returns the status of a run.
func ExitStatus(results []Result) int {
	ran := false
	for _, r := range results {
		if r.Verdict.Bad() {
			return ExitBad
		}
		ran = ran || r.Verdict != Skip
	}
	if !ran {
		return ExitNothing
	}
	return ExitGood
}

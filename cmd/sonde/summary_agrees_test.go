package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// addedEvent is a line of --json, as far as times go.
type addedEvent struct {
	Type      string
	TS        int64
	PID, TID  int
	ID        uint64
	Parent    uint64
	Name      string
	Kind      string
	Duration  int64 `json:"duration_ns"`
	Failed    bool
	Inherited bool
	Process   bool
}

// addedCall is a call of a trace, and the times of those that it encloses.
type addedCall struct {
	addedEvent
	within int64
}

// addUp makes of a trace what its summary must have: calls, errors and own times, by
// functions. What no event ends is over with its thread, process or trace.
func addUp(t *testing.T, text []byte) map[string]summaryRow {
	t.Helper()
	rows := make(map[string]summaryRow)
	open := make(map[uint64]*addedCall)
	var now int64
	end := func(c *addedCall, at int64, failed bool) {
		delete(open, c.ID)
		if p := open[c.Parent]; p != nil && p.PID == c.PID {
			p.within += at - c.TS
		}
		r := rows[c.Kind+" "+c.Name]
		r.Calls++
		r.Self += at - c.TS - c.within
		if failed {
			r.Errors++
		}
		rows[c.Kind+" "+c.Name] = r
	}
	endAll := func(which func(*addedCall) bool) {
		var ids []uint64
		for id, c := range open {
			if which(c) {
				ids = append(ids, id)
			}
		}
		slices.Sort(ids)
		for _, id := range slices.Backward(ids) { // inner calls came later
			end(open[id], now, false)
		}
	}
	for d := json.NewDecoder(bytes.NewReader(text)); ; {
		var e addedEvent
		if err := d.Decode(&e); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		if e.Type == "header" || e.Type == "summary" {
			continue
		}
		now = max(now, e.TS)
		switch c := open[e.ID]; {
		case e.Type == "call":
			open[e.ID] = &addedCall{addedEvent: e}
		case e.Type == "return" && c != nil && !e.Inherited:
			end(c, c.TS+e.Duration, e.Failed)
		case e.Type == "abandoned" && c != nil:
			end(c, e.TS, false)
		case e.Type == "exit":
			endAll(func(c *addedCall) bool { return c.TID == e.TID || e.Process && c.PID == e.PID })
		case e.Type == "exec" || e.Type == "detached":
			endAll(func(c *addedCall) bool { return c.PID == e.PID })
		}
	}
	endAll(func(*addedCall) bool { return true })
	return rows
}

// TestSummaryAgreesWithTrace holds that the summary of a real program is what its trace
// adds up to, to the nanosecond: of each function the calls, the failures, and the time
// without that of the calls within.
func TestSummaryAgreesWithTrace(t *testing.T) {
	for _, c := range []struct {
		name, options string
		program       []string
	}{
		{"all libraries", "-S -e @*", []string{"/bin/cat", "/nonexistent", "/etc/passwd"}},
		{"a shell with children", "-f -S", []string{"/bin/sh", "-c", "ls / | sort | tail -1; (exit 3); kill $$"}},
		{"threads, jumps and exceptions", "-S -x outer+inner+leaf+again+jumps+throws", []string{testkit.Build(t, "testdata/summary_truth.cc", "-O1", "-pthread")}},
		{"tail calls", "-x even+odd", []string{testkit.Build(t, "testdata/ret_mutual.c", "-O2"), "3", "50"}},
		{"coroutines that change threads", "", []string{testkit.Build(t, "testdata/ret_coroutines.c", "-O1", "-fno-builtin", "-pthread"), "migrate", "4", "5"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "trace")
			testkit.Run(t, slices.Concat([]string{testkit.Sonde(t), "--summary", "--json", "-o", file}, strings.Fields(c.options), c.program)...)
			rows, all := readSummary(t, file)
			got := make(map[string]summaryRow)
			for _, r := range rows {
				key := r.Kind + " " + r.Function
				sum := got[key]
				sum.Calls += r.Calls
				sum.Errors += r.Errors
				sum.Self += r.Self
				got[key] = sum
			}
			if diff := cmp.Diff(addUp(t, readFile(t, file)), got); diff != "" || all.Calls < 10 {
				t.Errorf("%d calls (-trace +summary)\n%.3000s", all.Calls, diff)
			}
		})
	}
}

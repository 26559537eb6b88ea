package regress

import (
	"context"
	"errors"
	"os/exec"
	"slices"
	"testing"
)

// TestConsequences holds that what relies on a row is told when it fails, known or not, and
// in no other case.
func TestConsequences(t *testing.T) {
	relied := Relied()
	if len(relied) < 50 || len(relied) == len(Rows()) || relied[0].Relies == "" {
		t.Fatalf("%d of %d rows are relied on", len(relied), len(Rows()))
	}
	id := relied[0].ID
	i := slices.IndexFunc(Rows(), func(r *Row) bool { return r.Relies == "" })
	r := &Report{Results: []Result{
		{ID: id, Verdict: Pass},
		{ID: id, Verdict: Fail},
		{ID: id, Verdict: XFail},
		{ID: id, Verdict: Skip},
		{ID: id, Verdict: Error},
		{ID: Rows()[i].ID, Verdict: Fail},
		{ID: "fails", Verdict: Fail},
	}}
	var got []Verdict
	for _, c := range r.Consequences() {
		got = append(got, c.Verdict)
		if c.ID != id || c.Relies != relied[0].Relies || c.Title != relied[0].Title {
			t.Errorf("%+v", c)
		}
	}
	if !slices.Equal(got, []Verdict{Fail, XFail}) {
		t.Errorf("%v", got)
	}
}

// TestExamine holds that the report is in the order of the rows, and that a program which
// has children keeps them: those that it had, and those that come meanwhile.
func TestExamine(t *testing.T) {
	needTracing(t)
	rows := []*Row{
		madeUpRow(t, "leaves"), madeUpRow(t, "leaves-and-is-killed"),
		madeUpRow(t, "passes"), madeUpRow(t, "skips"), madeUpRow(t, "fails"),
	}
	own := []*exec.Cmd{ownChild(t)}
	report, err := Examine(t.Context(), &Suite{Jobs: 3}, rows, func(Result) { own = append(own, ownChild(t)) })
	if err != nil {
		t.Fatal(err)
	}
	var ids []string
	for i, r := range report.Results {
		ids = append(ids, r.ID)
		if want := rows[i].ID; r.ID != want {
			t.Errorf("%s is where %s should be", r.ID, want)
		}
	}
	if len(ids) != len(rows) || len(own) != 1+len(rows) || report.Machine == nil {
		t.Errorf("%v, %d children", ids, len(own))
	}
	for _, child := range own {
		if err := child.Process.Kill(); err != nil {
			t.Error(err)
		}
		var ended *exec.ExitError
		if err := child.Wait(); !errors.As(err, &ended) {
			t.Errorf("process %d: %v", child.Process.Pid, err)
		}
	}
	checkAlone(t)

	ctx, cancel := context.WithCancel(t.Context())
	report, err = Examine(ctx, &Suite{}, []*Row{madeUpRow(t, "skips"), madeUpRow(t, "awaits")}, func(Result) { cancel() })
	if !errors.Is(err, context.Canceled) || report == nil || len(report.Results) != 1 {
		t.Errorf("%+v, %v", report, err)
	}
	checkAlone(t)
}

// ownChild is a process that the tests have started, and that no row is to end.
func ownChild(t *testing.T) *exec.Cmd {
	t.Helper()
	cmd := exec.Command("sleep", "600") // it is killed long before
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

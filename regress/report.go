package regress

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"io"
	"strings"
	"time"
)

// Schema is the version of the report's form in JSON.
const Schema = 1

// Report is what came of a run.
type Report struct {
	Schema  int      `json:"schema"`
	Machine *Machine `json:"machine"`
	Results []Result `json:"results"`
}

// JSON writes the report as one object.
func (r *Report) JSON(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "\t")
	return e.Encode(r)
}

// maxReport bounds a report that is read, in bytes.
const maxReport = 64 << 20

// ReadReport reads what JSON has written.
func ReadReport(from io.Reader) (*Report, error) {
	var r Report
	d := json.NewDecoder(io.LimitReader(from, maxReport))
	if err := d.Decode(&r); err != nil {
		return nil, fmt.Errorf("read a report: %w", err)
	}
	if r.Schema != Schema || r.Machine == nil {
		return nil, fmt.Errorf("read a report: not of schema %d", Schema)
	}
	return &r, nil
}

// TAP writes the report in the Test Anything Protocol, version 13. A failure that is known
// is one with a TODO there, and an error is a failure.
func (r *Report) TAP(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "TAP version 13\n1..%d\n", len(r.Results))
	for l := range strings.Lines(r.Machine.String()) {
		fmt.Fprintf(&b, "# %s", l)
	}
	for n, res := range r.Results {
		word, directive := "ok", ""
		switch res.Verdict {
		case Fail, Error:
			word = "not ok"
		case XFail:
			word, directive = "not ok", " # TODO "+res.Reason
		case XPass:
			directive = " # TODO " + res.Reason
		case Skip:
			directive = " # SKIP " + res.Reason
		}
		fmt.Fprintf(&b, "%s %d - %s%s\n", word, n+1, res.ID+" "+title(res.ID), directive)
		if res.Verdict == Fail || res.Verdict == Error {
			fmt.Fprintf(&b, "# %s: %s\n", res.Verdict, res.Reason)
			for _, s := range res.Steps {
				fmt.Fprintf(&b, "#   %s\n", strings.ReplaceAll(s, "\n", "\n#   "))
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Errors   int         `xml:"errors,attr"`
	Skipped  int         `xml:"skipped,attr"`
	Time     float64     `xml:"time,attr"` // seconds
	Cases    []junitCase `xml:"testcase"`
	Machine  string      `xml:"system-out"`
}

type junitCase struct {
	Class   string    `xml:"classname,attr"`
	Name    string    `xml:"name,attr"`
	Time    float64   `xml:"time,attr"`
	Failure *junitEnd `xml:"failure"`
	Error   *junitEnd `xml:"error"`
	Skipped *junitEnd `xml:"skipped"`
}

type junitEnd struct {
	Message string `xml:"message,attr"`
	Steps   string `xml:",chardata"`
}

// JUnit writes the report as JUnit's XML. A failure that is known counts as skipped, and a
// pass that was not expected as a failure.
func (r *Report) JUnit(w io.Writer) error {
	s := junitSuite{Name: "fsystest", Tests: len(r.Results), Machine: r.Machine.String()}
	var took time.Duration
	for _, res := range r.Results {
		c := junitCase{Class: GroupName(groupOf(res.ID)), Name: res.ID + " " + title(res.ID), Time: res.Took.Seconds()}
		end := &junitEnd{Message: string(res.Verdict) + ": " + res.Reason}
		switch res.Verdict {
		case Fail, XPass:
			s.Failures++
			end.Steps = strings.Join(res.Steps, "\n")
			c.Failure = end
		case Error:
			s.Errors++
			end.Steps = strings.Join(res.Steps, "\n")
			c.Error = end
		case Skip, XFail:
			s.Skipped++
			c.Skipped = end
		}
		took += res.Took
		s.Cases = append(s.Cases, c)
	}
	s.Time = took.Seconds()
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "\t")
	if err := e.Encode(&s); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}

// title returns the title of a row, or "" of one that is not known here.
func title(id string) string {
	if row := rowByID(id); row != nil {
		return row.Title
	}
	return ""
}

// Text returns the lines for people: the verdict, what the row is about or why it did not
// pass, and, where wanted or needed, the steps.
func (r *Result) Text(steps bool) string {
	what := r.Reason
	if what == "" {
		what = title(r.ID)
	}
	var b strings.Builder
	fmt.Fprintf(&b, "%-5s %s: %s\n", r.Verdict, r.ID, what)
	if steps || r.Verdict.Bad() {
		for _, s := range r.Steps {
			fmt.Fprintf(&b, "      %s\n", strings.ReplaceAll(s, "\n", "\n      "))
		}
	}
	return b.String()
}

// Summary counts the verdicts, in words.
func Summary(results []Result) string {
	count := make(map[Verdict]int)
	for i := range results {
		count[results[i].Verdict]++
	}
	var parts []string
	for _, v := range []Verdict{Pass, Fail, XPass, XFail, Skip, Error} {
		if n := count[v]; n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", n, v))
		}
	}
	if len(parts) == 0 {
		return "nothing was run"
	}
	return strings.Join(parts, ", ")
}

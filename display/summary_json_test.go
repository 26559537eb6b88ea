package display

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"sonde/internal/testkit"
)

// TestSummaryJSON holds what a Summary writes as JSON: the rows in their order, and the
// sum of them with what is to be known of it, behind the header if they stand alone.
func TestSummaryJSON(t *testing.T) {
	const events = `
		0    7   call 1:_ZN3fooC1Ev caller=p module=libx.so
		1us  7.8 call 2:read module=SYS
		3us  7.8 return 2:read -1 errno=9 failed=1 module=SYS
		4us  7   return 1:_ZN3fooC1Ev 0
		4us  7   call 3:\xff\x1b\n
		4us  7   return 3:\xff\x1b\n 0
		5us  0   lost 2 slow`
	o := SummaryOptions{
		By: ByCaller | ByLibrary | ByThread, Tracing: TracingCost{Within: 12_345, Outside: 9_876},
		JSON: &SummaryJSON{Options: JSONOptions{Header: JSONHeader{Command: []string{"p"}}}, Alone: true},
	}
	got, _ := summarize(t, o, events)
	header, got, _ := strings.Cut(got, "\n")
	if !strings.HasPrefix(header, `{"type":"header","version":1,`) {
		t.Errorf("the first line is %s", header)
	}
	const want = `{"type":"summary","ts":5000,"pid":7,"tid":7,"function":"foo::foo","symbol":"_ZN3fooC1Ev","kind":"library","library":"libx.so","caller":"p","calls":1,"errors":0,"self_ns":4000,"total_ns":4000,"mean_ns":4000,"min_ns":4000,"p50_ns":4000,"p90_ns":4000,"p99_ns":4000,"max_ns":4000}
{"type":"summary","ts":5000,"pid":7,"tid":8,"function":"read","kind":"system","calls":1,"errors":1,"self_ns":2000,"total_ns":2000,"mean_ns":2000,"min_ns":2000,"p50_ns":2000,"p90_ns":2000,"p99_ns":2000,"max_ns":2000}
{"type":"summary","ts":5000,"pid":7,"tid":7,"function":{"b64":"/xsK"},"symbol":{"b64":"/xsK"},"kind":"library","calls":1,"errors":0,"self_ns":0,"total_ns":0,"mean_ns":0,"min_ns":0,"p50_ns":0,"p90_ns":0,"p99_ns":0,"max_ns":0}
{"type":"summary","ts":5000,"calls":3,"errors":1,"self_ns":6000,"total_ns":6000,"mean_ns":2000,"min_ns":0,"p50_ns":1999,"p90_ns":4000,"p99_ns":4000,"max_ns":4000,"tracing_ns_per_call":12345,"tracing_ns_around":9876,"lost":2}
`
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	objects := testkit.ReadJSONSchema(t, schemaFile).Check(t, []byte(header+"\n"+got))
	if missing := testkit.MissingTypes(objects, "header summary"); len(missing) > 0 {
		t.Errorf("there is no line of %v", missing)
	}
	o.JSON.Alone = false
	if behind, _ := summarize(t, o, events); behind != want {
		t.Errorf("behind a trace:\n%s", behind)
	}
}

package display

import (
	"bytes"
	"math/rand/v2"
	"strings"
	"testing"

	"sonde/event"
	"sonde/internal/testkit"
	"sonde/prototype"
)

// schemaFile describes all lines; sonde-json(5) tells what they mean.
const schemaFile = "../doc/sonde-json.schema.json"

// TestJSONSchema holds that events of each type, and values of each form, are as the
// schema says, and that nothing is in it that they never have.
func TestJSONSchema(t *testing.T) {
	schema := testkit.ReadJSONSchema(t, schemaFile)
	o := jsonOptions()
	o.Header.PIDs = []int{7}
	var out bytes.Buffer
	if err := NewJSON(NewWriter(&out, true), o).Close(); err != nil {
		t.Fatal(err)
	}
	g := testkit.ReadGolden(t, "testdata/json.txt")
	for i := 0; i+1 < len(g.Sections); i += 2 {
		out.WriteString(g.Sections[i+1].Text)
	}
	for _, pair := range jsonPairs() {
		out.Write(renderJSON(t, o, pair[:]))
	}
	objects := schema.Check(t, out.Bytes())
	const types = "header call return abandoned signal stopped thread fork exec exit library passed attached detached lost warning"
	if missing := testkit.MissingTypes(objects, types); len(missing) > 0 {
		t.Errorf("there is no line of %v", missing)
	}
}

// TestJSONSchemaRandom is the same for values of any kind.
func TestJSONSchemaRandom(t *testing.T) {
	schema := testkit.ReadJSONSchema(t, schemaFile)
	rng := rand.New(rand.NewPCG(7, 8))
	for range 300 {
		r := treeReader{randomBytes(rng)}
		schema.Check(t, renderJSON(t, jsonOptions(), []event.Event{
			&event.Call{Head: event.Head{PID: 1, TID: 1}, Args: []prototype.Value{r.value(0), r.value(0)}},
			&event.Return{Head: event.Head{PID: 1, TID: 1}, Kind: event.System, Result: r.value(0), Rest: []prototype.Value{r.value(0)}},
		}))
	}
}

// TestJSONSchemaRefuses holds that what has been forgotten in the schema would be found.
func TestJSONSchemaRefuses(t *testing.T) {
	schema := testkit.ReadJSONSchema(t, schemaFile)
	exit := `{"type":"exit","ts":1,"pid":1,"tid":1,"status":0}`
	for _, c := range []struct{ old, new string }{
		{`"exit"`, `"end"`},
		{`"ts":1,`, ``},
		{`"ts":1`, `"ts":"1ns"`},
		{`,"tid":1`, ``},
		{`"status":0`, `"status":0,"why":"x"`},
		{`"status":0`, `"signal":"SIGHUP"`},
	} {
		line := strings.Replace(exit, c.old, c.new, 1)
		var r refusals
		schema.Check(&r, []byte(line))
		if r.n == 0 {
			t.Errorf("%s is taken", line)
		}
	}
	schema.Check(t, []byte(exit))
}

// refusals counts what a test would have complained of.
type refusals struct {
	testing.TB
	n int
}

func (r *refusals) Helper()               {}
func (r *refusals) Errorf(string, ...any) { r.n++ }

package testkit

import (
	"bytes"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// JSONSchema is a JSON Schema of the lines of a tool's output.
type JSONSchema struct{ strict *jsonschema.Schema }

// ReadJSONSchema reads a schema, and closes it: readers are to pass over members and
// lines that they do not know, but a test is to know them all.
func ReadJSONSchema(t testing.TB, file string) *JSONSchema {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	open, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	root := open.(map[string]any)
	var types []any
	for _, branch := range root["allOf"].([]any) {
		of := branch.(map[string]any)["if"].(map[string]any)["properties"].(map[string]any)["type"].(map[string]any)
		types = append(types, of["const"])
	}
	closeObjects(root)
	root["properties"] = map[string]any{"type": map[string]any{"enum": types}}
	root["unevaluatedProperties"] = false
	c := jsonschema.NewCompiler()
	if err := c.AddResource(filepath.Base(file), root); err != nil {
		t.Fatal(err)
	}
	strict, err := c.Compile(filepath.Base(file))
	if err != nil {
		t.Fatal(err)
	}
	return &JSONSchema{strict}
}

// closeObjects allows no members but those that the schema tells of in the objects within
// lines. Lines themselves are made of several parts: the root sees to their members.
func closeObjects(schema map[string]any) {
	defs := schema["$defs"].(map[string]any)
	for name, def := range defs {
		def := def.(map[string]any)
		closeWithin(def, lineDefinition(schema, name))
	}
}

// lineDefinition tells whether a definition is of lines, or of a part that they share.
func lineDefinition(schema map[string]any, name string) bool {
	ref := "#/$defs/" + name
	for _, branch := range schema["allOf"].([]any) {
		if branch.(map[string]any)["then"].(map[string]any)["$ref"] == ref {
			return true
		}
	}
	for _, def := range schema["$defs"].(map[string]any) {
		if def.(map[string]any)["$ref"] == ref {
			return true
		}
	}
	return false
}

func closeWithin(schema any, isLine bool) {
	switch schema := schema.(type) {
	case []any:
		for _, s := range schema {
			closeWithin(s, false)
		}
	case map[string]any:
		for _, s := range schema {
			closeWithin(s, false)
		}
		_, has := schema["properties"].(map[string]any)
		if _, said := schema["additionalProperties"]; has && !said && !isLine && schema["type"] == "object" {
			schema["additionalProperties"] = false
		}
	}
}

// Check holds that every line is as the schema says, and returns them. Numbers are
// json.Numbers.
func (s *JSONSchema) Check(t testing.TB, lines []byte) (objects []map[string]any) {
	t.Helper()
	bad := 0
	for line := range bytes.Lines(lines) {
		v, err := jsonschema.UnmarshalJSON(bytes.NewReader(line))
		if err == nil {
			err = s.strict.Validate(v)
		}
		if err != nil {
			if bad++; bad <= 3 {
				t.Errorf("%.600s\n%v", line, err)
			}
			continue
		}
		objects = append(objects, v.(map[string]any))
	}
	if bad > 3 {
		t.Errorf("and %d lines more", bad-3)
	}
	return objects
}

// MissingTypes returns those of the types, separated by spaces, that no line has.
func MissingTypes(objects []map[string]any, types string) []string {
	have := make(map[any]bool)
	for _, o := range objects {
		have[o["type"]] = true
	}
	return slices.DeleteFunc(strings.Fields(types), func(name string) bool { return have[name] })
}

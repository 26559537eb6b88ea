package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

const jsonManual = "../../man/sonde-json.5"

// TestJSONManualFormat holds that mandoc has nothing to say.
func TestJSONManualFormat(t *testing.T) { testkit.LintManual(t, jsonManual) }

// TestJSONManualMembers holds that the manual tells of all members and types of lines that
// the schema has.
func TestJSONManualMembers(t *testing.T) {
	manual := string(readFile(t, jsonManual))
	words := make(map[string]bool)
	for _, w := range regexp.MustCompile(`\w+`).FindAllString(strings.ReplaceAll(manual, `\(dq`, " "), -1) {
		words[w] = true
	}
	for _, m := range regexp.MustCompile(`"(\w+)": \{`).FindAllStringSubmatch(string(readFile(t, jsonSchema)), -1) {
		switch name := m[1]; {
		case strings.HasPrefix(name, "si_"): // sigaction(2)'s
		case strings.Contains(schemaWords, " "+name+" "):
		case !words[name]:
			t.Errorf("%s does not tell of %s", jsonManual, name)
		}
	}
	sections := strings.Join(regexp.MustCompile(`(?m)^\.Ss .*$`).FindAllString(manual, -1), " ")
	for _, m := range regexp.MustCompile(`"const": "(\w+)"\}\}\}, "then"`).FindAllStringSubmatch(string(readFile(t, jsonSchema)), -1) {
		if !regexp.MustCompile(`\b` + m[1] + `\b`).MatchString(sections) {
			t.Errorf("%s has no section on %s", jsonManual, m[1])
		}
	}
}

// schemaWords are JSON Schema's own words, and the names of definitions that no line has.
const schemaWords = " properties items then if contains not propertyNames additionalProperties dependentRequired " +
	"callee argument siginfo listed bytes cut_string cut_array named descriptor place untold struct integer address pointer event value string id "

// recipes returns the commands of the manual's examples.
func recipes(t *testing.T) (found []string) {
	t.Helper()
	_, examples, _ := strings.Cut(string(readFile(t, jsonManual)), ".Sh EXAMPLES")
	for _, m := range regexp.MustCompile(`(?s)\.Bd -literal -offset indent\n(.*?)\.Ed\n`).FindAllStringSubmatch(examples, -1) {
		found = append(found, strings.NewReplacer(`\(aq`, "'", `\e`, `\`).Replace(m[1]))
	}
	return found
}

// TestJSONRecipes tries the manual's examples on a program whose trace is known.
func TestJSONRecipes(t *testing.T) {
	testkit.Need(t, "jq")
	dir := t.TempDir()
	for name, size := range map[string]int{"one": 1000, "two": 200} {
		if err := os.WriteFile(filepath.Join(dir, name), make([]byte, size), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	sh := func(script string) string {
		t.Helper()
		r := testkit.Command{Args: []string{"sh", "-c", script}, Dir: dir, Env: plainEnv}.Run(t)
		if r.Stderr != "" {
			t.Errorf("%s\n%s", script, r.Describe())
		}
		return r.Stdout
	}
	sh(testkit.Sonde(t) + " -f -S -y --json -o trace.json sh -c 'cat one two; cat nothere 2>/dev/null' >/dev/null")

	number := `[0-9]+`
	wants := map[string][]string{
		"uniq -c | sort -rn":     {`^ +` + number + ` \w+\n`, `(?m)^ +3 __libc_start_main$`},
		"sort_by(-.duration_ns)": {`^(` + number + ` \S+ = .*\n){10}$`},
		`"ENOENT"`:               {`(?m)^"nothere"$`},
		".bytes[":                {fmt.Sprintf(`(?m)^1000 %s/one$`, dir), fmt.Sprintf(`(?m)^200 %s/two$`, dir)},
		"select(.errno)":         {`(?m)^ +1 openat ENOENT$`},
		"group_by(.tid)":         {`^(` + number + ` ` + number + `\n){3}$`},
		"--argjson":              {`"child_tid"`},
		"def tree":               {`"name":"__libc_start_main","calls":\[\{"name"`},
		"floor":                  {`(?m)^openat ` + number + ` ` + number + `$`},
		`"summary"`:              {`^(` + number + `% \w+\n)+$`, `(?m)% __libc_start_main$`},
		`.action == "loaded"`:    {`(?m)^/\S+/libc\.so\.6 [0-9a-f]+$`},
	}
	tid := regexp.MustCompile(`"tid":(\d+)`).FindStringSubmatch(string(readFile(t, filepath.Join(dir, "trace.json"))))[1]
	tried := 0
	for _, recipe := range recipes(t) {
		for mark, patterns := range wants {
			if !strings.Contains(recipe, mark) {
				continue
			}
			tried++
			out := sh(strings.NewReplacer("4711", tid, "sonde -c", testkit.Sonde(t)+" -c").Replace(recipe))
			for _, pattern := range patterns {
				if !regexp.MustCompile(pattern).MatchString(out) {
					t.Errorf("%s\ngives no %s but\n%.1500s", recipe, pattern, out)
				}
			}
		}
	}
	if n := len(recipes(t)); tried != len(wants) || n != tried+1 { // and the one below
		t.Errorf("%d recipes, %d of them tried, %d are known", n, tried, len(wants))
	}
}

// TestJSONFollowed tries the example that follows a process: lines come while it runs, and
// it goes on when nobody reads them any more.
func TestJSONFollowed(t *testing.T) {
	testkit.Need(t, "jq")
	target := testkit.StartTarget(t, nil, testkit.Build(t, "testdata/attach_busy.c", "-O1", "-fno-builtin", "-pthread"), "2")
	all := recipes(t)
	recipe := strings.Replace(strings.TrimSpace(all[len(all)-1]), "sonde ", testkit.Sonde(t)+" ", 1)
	recipe = strings.Replace(recipe, "1234", strconv.Itoa(target.PID), 1)
	r := testkit.Run(t, "sh", "-c", recipe+" | head -n 5")
	if !regexp.MustCompile(`^(\w+ .+\n){5}$`).MatchString(r.Stdout) {
		t.Errorf("%s\n%s", recipe, r.Describe())
	}
	testkit.CheckReleased(t, target.PID)
	target.EndTarget(t)
}

package display

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"
	"testing/synctest"
	"time"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"sonde/event"
	"sonde/internal/testkit"
	"sonde/prototype"
	"sonde/sysdeps"
)

// jsonOptions are how the cases tell events unless they say otherwise.
func jsonOptions() JSONOptions {
	return JSONOptions{Header: JSONHeader{Start: start, Command: []string{"prog"}}, Strings: 32, Array: 4, Stacks: true}
}

// renderJSON returns the lines of events, without the header.
func renderJSON(t testing.TB, o JSONOptions, evs []event.Event) []byte {
	t.Helper()
	var out bytes.Buffer
	j := NewJSON(NewWriter(&out, true), o)
	for _, ev := range evs {
		if err := j.Emit(ev); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	_, lines, _ := bytes.Cut(out.Bytes(), []byte("\n"))
	return lines
}

// TestJSONValue has each form of a value.
func TestJSONValue(t *testing.T) {
	symbol := &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Symbol}
	stream := &prototype.Type{Kind: prototype.Pointer, Lens: prototype.Stream}
	fd := lensed(tInt, prototype.Descriptor)
	for _, c := range []struct {
		name string
		v    prototype.Value
		want string
	}{
		{"int", num(tInt, -5), `-5`},
		{"unsigned", num(tUint, -1), `4294967295`},
		{"greatest number", num(tLong, 1<<53), `9007199254740992`},
		{"beyond it", num(tLong, 1<<53+1), `"9007199254740993"`},
		{"least number", num(tLong, -1<<53), `-9007199254740992`},
		{"long of all bits", num(tUlong, -1), `"18446744073709551615"`},
		{"least long", num(tLong, -1<<63), `"-9223372036854775808"`},
		{"__int128", wide(tInt128, 1<<64-1, 1<<64-2), `-2`},
		{"unsigned __int128", wide(tUint128, 1, 0), `"18446744073709551616"`},
		{"hexadecimal", num(lensed(tInt, prototype.Hex), -1), `4294967295`},
		{"character", num(tChar, 'A'), `65`},
		{"EOF", num(tChar, -1), `-1`},
		{"bool", num(lensed(tInt, prototype.Boolean), 3), `true`},
		{"bits", num(lensed(tInt, prototype.Bitvec), 0b111001), `[0,3,4,5]`},
		{"enum", num(tColor, 1), `{"value":1,"names":["GREEN"]}`},
		{"enum below zero", num(tColor, -5), `{"value":-5,"names":["MINUS"]}`},
		{"enum without a name", num(tColor, 9), `{"value":9,"names":[]}`},
		{"flags", num(tOpen, 0o101), `{"value":65,"names":["O_WRONLY","O_CREAT"]}`},
		{"flags with a rest", num(tProt, 0x103), `{"value":259,"names":["PROT_READ","PROT_WRITE"],"rest":256}`},
		{"flags of none", num(tProt, 0), `{"value":0,"names":["PROT_NONE"]}`},
		{"signals", num(lensed(tUlong, prototype.SignalSet), 1<<1|1<<14), `{"value":16386,"names":["SIGINT","SIGTERM"]}`},
		{"error number", num(lensed(tInt, prototype.Errno), 2), `{"value":2,"names":["ENOENT"]}`},
		{"kernel's result", num(lensed(tInt, prototype.NegErrno), -2), `{"value":-2,"names":["ENOENT"]}`},
		{"port", num(lensed(tUint, prototype.Network), 0x5000_0000), `80`},
		{"Internet address", num(lensed(tUint, prototype.Inet), 0x0100007f), `"127.0.0.1"`},

		{"float", float(2.5), `2.5`},
		{"float of 32 bits", float32Of(0.1), `0.1`},
		{"great float", float(1e300), `1e+300`},
		{"not a number", prototype.Value{Type: tDouble, Word: 0x7ff8 << 48}, `"nan"`},
		{"infinity", prototype.Value{Type: tDouble, Word: 0xfff0 << 48}, `"-inf"`},
		{"long double", prototype.Value{Type: tLongDbl, Word: 0xc000000000000000, High: 0x3fff}, `1.5`},
		{"long double of all digits", prototype.Value{Type: tLongDbl, Word: 0xaaaaaaaaaaaaaaab, High: 0x3ffd}, `"0.33333333333333333334"`},
		{"long infinity", prototype.Value{Type: tLongDbl, Word: 1 << 63, High: 0x7fff}, `"inf"`},
		{"complex", tree(prototype.Complex, prototype.Plain, float(1), float(-2)), `[1,-2]`},
		{"void", prototype.Value{Type: tVoid}, `null`},

		{"string", text(tString, `a"\`+"\n\x01é"), `"a\"\\\n\u0001é"`},
		{"string that is cut", more(text(tString, "abc")), `{"string":"abc","truncated":true}`},
		{"string cut within a character", more(text(tString, "abc\xc3")), `{"string":"abc","truncated":true}`},
		{"string of bytes", text(tString, "a\xff"), `{"b64":"Yf8="}`},
		{"string of bytes that is cut", more(text(tString, "\xff\xfe")), `{"b64":"//4=","truncated":true}`},
		{"empty string", text(tString, ""), `""`},

		{"NULL", address(tAddr, 0, prototype.Captured), `null`},
		{"address", address(tAddr, 0x601000, prototype.Captured), `"0x601000"`},
		{"pointer", ptr(num(tInt, 7)), `7`},
		{"pointer that is not followed", address(tString, 0x601000, prototype.NotFollowed), `"0x601000"`},
		{"unreadable", address(tString, 0x601000, prototype.Unreadable), `{"address":"0x601000","why":"unreadable"}`},
		{"not copied", address(tString, 0x601000, prototype.NotCopied), `{"address":"0x601000","why":"not copied"}`},
		{"recursive", address(tAddr, 0x601000, prototype.Recursive), `{"address":"0x601000","why":"recursive"}`},
		{"too deep", prototype.Value{State: prototype.TooDeep}, `{"why":"too deep"}`},
		{"no pointer, and not there yet", address(tInt, 0x601000, prototype.Later), `{"address":"0x601000","why":"not followed"}`},
		{"function", withText(address(symbol, 0x401000, prototype.Captured), "_ZN3foo3barEv"), `{"address":"0x401000","symbol":"foo::bar"}`},
		{"function without a name", address(symbol, 0x401000, prototype.Captured), `"0x401000"`},
		{"stream", withText(address(stream, 0x401000, prototype.Captured), "stdout"), `{"address":"0x401000","leads_to":"stdout"}`},
		{"descriptor", num(fd, 3), `3`},
		{"descriptor of a file", withText(num(fd, 3), "</etc/passwd>"), `{"value":3,"leads_to":"/etc/passwd"}`},

		{"struct", strct(named("a", num(tInt, 1)), named("b", text(tString, "x"))), `{"a":1,"b":"x"}`},
		{"struct in a struct", strct(named("a", strct(named("b", num(tInt, 1))))), `{"a":{"b":1}}`},
		{"struct without names", strct(num(tInt, 1), num(tInt, 2)), `[{"value":1},{"value":2}]`},
		{"a name twice", strct(named("a", num(tInt, 1)), named("a", num(tInt, 2))), `[{"name":"a","value":1},{"name":"a","value":2}]`},
		{"a name of ours", strct(named("why", num(tInt, 1)), named("b", num(tInt, 2))), `[{"name":"why","value":1},{"name":"b","value":2}]`},
		{"name and value", strct(named("name", num(tInt, 1)), named("value", num(tInt, 2))), `[{"name":"name","value":1},{"name":"value","value":2}]`},
		{"name, value and more", strct(named("name", num(tInt, 1)), named("value", num(tInt, 2)), named("c", num(tInt, 3))), `{"name":1,"value":2,"c":3}`},
		{"a name of bytes", strct(named("\xff", num(tInt, 1))), `[{"name":{"b64":"/w=="},"value":1}]`},
		{"empty struct", strct(), `{}`},
		{"anonymous union", strct(named("a", num(tInt, 1)), tree(prototype.Union, prototype.Plain, named("b", num(tInt, 2)), named("c", num(tInt, 2)))), `{"a":1,"b":2,"c":2}`},
		{"anonymous struct with a name that is there", strct(named("a", num(tInt, 1)), strct(named("a", num(tInt, 2)))), `[{"name":"a","value":1},{"value":{"a":2}}]`},
		{"hidden field", strct(named("a", num(tInt, 1)), named("b", num(lensed(tInt, prototype.Hide), 2))), `{"a":1}`},

		{"array", array(ints(1, 2)...), `[1,2]`},
		{"array that is cut", more(array(ints(1, 2)...)), `{"array":[1,2],"truncated":true}`},
		{"array of no elements", array(), `[]`},
		{"counted array", more(counted(20, tree(prototype.Array, prototype.Sized))), `{"array":[],"truncated":true,"length":20}`},
		{"set of bits", tree(prototype.Array, prototype.Bitvec, num(tUlong, 5), num(tUlong, 1)), `[0,2,64]`},
		{"set of descriptors", withText(tree(prototype.Array, prototype.Bitvec, num(tUlong, 5)), "</a>\x00</b>\x00"), `[{"value":0,"leads_to":"/a"},{"value":2,"leads_to":"/b"}]`},
		{"array of chars", withText(prototype.Value{Type: tFixed}, "abc"), `"abc"`},

		{"a word near zero", prototype.Value{Word: 1<<64 - 1}, `-1`},
		{"a word", prototype.Value{Word: 0x7ffc00}, `"0x7ffc00"`},
		{"a word that leads to text", prototype.Value{Word: 0x7ffc00, Text: []byte("t")}, `"t"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			vals := shown()
			p := jsonValues{vals: &vals}
			if got := string(p.value(nil, &c.v)); got != c.want || !json.Valid([]byte(got)) {
				t.Errorf("%s, want %s", got, c.want)
			}
		})
	}
}

// TestJSONString holds that what is written reads back the same, and is harmless.
func TestJSONString(t *testing.T) {
	long := strings.Repeat("\xff\x00\n", 1000)
	for _, s := range []string{
		"", "plain", "\"\\\b\t\n\f\r\x00\x1f\x7f", "größe ✓ 😀", "\u2028\u2029\u0085\u009b\u202e\ufeff\U000e0001", "\ufffd",
		"\xff", "abc\xc3", "\xed\xa0\x80", long,
	} {
		got := appendJSONString(nil, s)
		var back any
		if err := json.Unmarshal(got, &back); err != nil {
			t.Errorf("%q: %s: %v", s, got, err)
			continue
		}
		if m, ok := back.(map[string]any); ok {
			raw, err := base64.StdEncoding.DecodeString(m["b64"].(string))
			if err != nil || len(m) != 1 {
				t.Errorf("%q: %s: %v", s, got, err)
			}
			back = string(raw)
		}
		if back != s {
			t.Errorf("%q reads back as %q", s, back)
		}
		if strings.ContainsFunc(string(got), func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Errorf("%q: %q has what does not print", s, got)
		}
	}
}

// TestJSONEvents runs testdata/json.txt: events, and their lines.
func TestJSONEvents(t *testing.T) {
	g := testkit.ReadGolden(t, "testdata/json.txt")
	for i := 0; i+1 < len(g.Sections); i += 2 {
		want := &g.Sections[i+1]
		t.Run(g.Sections[i].Name, func(t *testing.T) {
			got := string(renderJSON(t, jsonOptions(), parseScript(t, g.Sections[i].Text)))
			if *update {
				want.Text = got
			} else if diff := cmp.Diff(want.Text, got); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
	if *update {
		g.Write(t)
	}
}

// TestJSONHeader has the first line.
func TestJSONHeader(t *testing.T) {
	var out bytes.Buffer
	o := jsonOptions()
	o.Header = JSONHeader{Start: start, Command: []string{"ls", "a\nb", "\xff"}, PIDs: []int{1, 22}, Arch: "x86_64", Version: "0.1"}
	if err := NewJSON(NewWriter(&out, false), o).Close(); err != nil {
		t.Fatal(err)
	}
	want := `{"type":"header","version":1,"clock":"monotonic","realtime_ns":"1795207710524761000",` +
		`"command":["ls","a\nb",{"b64":"/w=="}],"pids":[1,22],"arch":"x86_64","sonde":"0.1","strings":32,"elements":4}` + "\n"
	if diff := cmp.Diff(want, out.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestJSONHold drives a JSON by a clock that stands still while it works: a file gets its
// lines when nothing has come for a while, a pipe at once.
func TestJSONHold(t *testing.T) {
	for _, c := range []struct {
		name string
		big  bool
		want []time.Duration
	}{
		{"pipe", false, []time.Duration{0, 0, time.Second}},
		{"file", true, []time.Duration{50 * time.Millisecond, 1050 * time.Millisecond}},
	} {
		t.Run(c.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				out := &timed{start: time.Now()}
				j := NewJSON(NewWriter(out, c.big), jsonOptions())
				for range 2 {
					j.Emit(&event.Call{ID: 1, Name: "f"})
					time.Sleep(time.Second)
					synctest.Wait()
				}
				if err := j.Close(); err != nil {
					t.Error(err)
				}
				var got []time.Duration
				for _, w := range out.writes {
					got = append(got, w.At)
				}
				if diff := cmp.Diff(c.want, got); diff != "" {
					t.Errorf("writes (-want +got):\n%s", diff)
				}
			})
		})
	}
}

// FuzzJSON checks that any values and names become one line of JSON that can be read,
// and shown.
//
//	go test ./display -fuzz FuzzJSON
func FuzzJSON(f *testing.F) {
	f.Add([]byte(nil))
	f.Add([]byte("\x02\x1b[\x05\x1b[2J\x08\x01\x02\x03\x04\x05\x06\x07\x08\x09"))
	f.Add([]byte(strings.Repeat("\x01\x0a\x02\x85\x07\xff\x03\x04", 40)))
	f.Fuzz(checkJSON)
}

func checkJSON(t *testing.T, data []byte) {
	r := treeReader{data}
	head := event.Head{TID: r.below(2), Comm: string(r.text())}
	frame := &event.Frame{
		Module: string(r.text()), Function: string(r.text()), Guessed: string(r.text()),
		Source:  event.Source{File: string(r.text()), Line: r.below(3)},
		Inlined: []event.Inlined{{Function: string(r.text())}},
	}
	stack := event.Stack{Frames: []*event.Frame{frame}, Why: string(r.text())}
	kind := event.Kind(r.below(2))
	lines := renderJSON(t, jsonOptions(), []event.Event{
		&event.Call{Head: head, Kind: kind, Caller: string(r.text()), Module: string(r.text()), Name: string(r.text()), Stack: stack, Args: []prototype.Value{r.value(0), r.value(0)}},
		&event.Return{Head: head, Kind: kind, Name: string(r.text()), Errno: r.below(256), Rest: []prototype.Value{r.value(0)}, Result: r.value(0)},
		&event.Module{Head: head, Path: string(r.text()), SONAME: string(r.text()), BuildID: r.text()},
		&event.Exec{Head: head, Path: string(r.text())},
		&event.Passed{Head: head, Name: string(r.text())},
		&event.Lost{Head: head, Why: string(r.text())},
		&event.Warning{Head: head, Text: string(r.text())},
	})
	n := 0
	for line := range bytes.Lines(lines) {
		n++
		if !json.Valid(line) {
			t.Fatalf("%q is no JSON", line)
		}
		if strings.ContainsFunc(strings.TrimSuffix(string(line), "\n"), func(r rune) bool { return !unicode.IsPrint(r) }) {
			t.Fatalf("%q has what does not print", line)
		}
	}
	if n != 7 {
		t.Fatalf("%d lines of 7 events:\n%s", n, lines)
	}
}

// TestRandomJSON is the same for bytes that reach further into trees than the seeds do.
func TestRandomJSON(t *testing.T) {
	rng := rand.New(rand.NewPCG(5, 6))
	for range 2000 {
		checkJSON(t, randomBytes(rng))
	}
}

// TestDeepJSON checks that what is nested without end by mistake does no harm.
func TestDeepJSON(t *testing.T) {
	v := num(tInt, 1)
	for range 10_000 {
		v = ptr(strct(v))
	}
	vals := shown()
	p := jsonValues{vals: &vals}
	if got := p.value(nil, &v); !json.Valid(got) || !bytes.Contains(got, []byte("too deep")) || len(got) > 2000 {
		t.Errorf("%d bytes: %.100s", len(got), got)
	}
}

// TestJSONError holds that the first failure of the output stays.
func TestJSONError(t *testing.T) {
	full := errors.New("disk full")
	j := NewJSON(NewWriter(&failing{err: full}, false), jsonOptions())
	for range 2 {
		if err := j.Emit(&event.Call{ID: 1}); !errors.Is(err, full) {
			t.Errorf("emit: %v", err)
		}
	}
	if err := j.Close(); !errors.Is(err, full) {
		t.Errorf("close: %v", err)
	}
}

// TestJSONWants holds that signals and stacks are captured where they are written.
func TestJSONWants(t *testing.T) {
	const always = event.Args | event.Modules | event.Comms | event.Loads
	for _, c := range []struct {
		o    JSONOptions
		want event.Fields
	}{
		{JSONOptions{}, always | event.Siginfo},
		{JSONOptions{NoSignals: true}, always},
		{JSONOptions{Stacks: true}, always | event.Siginfo | event.Stacks},
	} {
		j := NewJSON(NewWriter(io.Discard, false), c.o)
		if got := j.Wants(); got != c.want {
			t.Errorf("%+v: %b, want %b", c.o, got, c.want)
		}
		j.Close()
	}
}

// jsonPairs are calls and returns with all sorts of values.
func jsonPairs() (pairs [][2]event.Event) {
	for _, pair := range []func() (*event.Call, *event.Return){
		func() (*event.Call, *event.Return) { c, r, _ := hotPair(); return c, r }, typedPair, systemPair,
	} {
		c, r := pair()
		pairs = append(pairs, [2]event.Event{c, r})
	}
	return pairs
}

func TestJSONAllocations(t *testing.T) {
	pairs := jsonPairs()
	stacked := pairs[0][0].(*event.Call)
	for i := range 10 {
		stacked.Stack.Frames = append(stacked.Stack.Frames, &event.Frame{PC: sysdeps.Addr(i), Module: "/bin/größe", Function: "_ZN3foo3barEi"})
	}
	for _, big := range []bool{false, true} {
		j := NewJSON(NewWriter(io.Discard, big), jsonOptions())
		if n := testing.AllocsPerRun(1000, func() {
			for _, pair := range pairs {
				j.Emit(pair[0])
				j.Emit(pair[1])
			}
		}); n != 0 {
			t.Errorf("big %v: %v allocations for three calls and their returns, want 0", big, n)
		}
		j.Close()
	}
}

// BenchmarkJSON is to be compared with what the stops of a call and its return cost.
func BenchmarkJSON(b *testing.B) {
	for i, name := range []string{"guessed", "typed", "system"} {
		b.Run(name, func(b *testing.B) {
			pair := jsonPairs()[i]
			j := NewJSON(NewWriter(io.Discard, true), jsonOptions())
			defer j.Close()
			b.ReportAllocs()
			for b.Loop() {
				j.Emit(pair[0])
				j.Emit(pair[1])
			}
		})
	}
}

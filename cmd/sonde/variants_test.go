package main

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"sonde/internal/testkit"
)

// variants are the ways to link a program that calls libraries through a PLT,
// as compilers, linkers and distributions have them: where the slots are and what code
// they hold differs in each.
var variants = []struct {
	name  string
	flags string // the compiler's, CC=... first
}{
	{"PIE, lazy", "-fPIE -pie -Wl,-z,lazy"},
	{"PIE, now", "-fPIE -pie -Wl,-z,now"},
	{"no PIE, lazy", "-fno-pie -no-pie -Wl,-z,lazy"},
	{"no PIE, now", "-fno-pie -no-pie -Wl,-z,now"},
	{"IBT, PIE, lazy", "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,lazy"},
	{"IBT, PIE, now", "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
	{"IBT, no PIE, lazy", "-fno-pie -no-pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,lazy"},
	{"IBT, no PIE, now", "-fno-pie -no-pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
	{"lld", "-fuse-ld=lld"},
	{"lld, now", "-fuse-ld=lld -Wl,-z,now"},
	{"lld, IBT, now", "-fcf-protection=full -fuse-ld=lld -Wl,-z,force-ibt -Wl,-z,now"},
	{"lld, no PIE", "-fno-pie -no-pie -fuse-ld=lld"},
	{"gold", "-fuse-ld=gold"},
	{"gold, now", "-fuse-ld=gold -Wl,-z,now"},
	{"gold, no PIE", "-fno-pie -no-pie -fuse-ld=gold"},
	{"mold", "-fuse-ld=mold"},
	{"mold, now", "-fuse-ld=mold -Wl,-z,now"},
	{"mold, IBT, now", "-fcf-protection=full -fuse-ld=mold -Wl,-z,ibtplt -Wl,-z,now"},
	{"DT_RELR", "-fPIE -pie -Wl,-z,pack-relative-relocs"},
	{"hash of System V", "-Wl,--hash-style=sysv"},
	{"hash of GNU", "-Wl,--hash-style=gnu"},
	{"medium code model", "-mcmodel=medium"},
	{"large code model, PIE", "-fPIE -pie -mcmodel=large"},
	{"large code model, no PIE", "-fno-pie -no-pie -mcmodel=large"},
	{"bndplt", "-Wl,-z,bndplt"},
	{"link-time optimisation", "-flto -O3"},
	{"stripped", "-s"},
	{"stripped, no PIE, now", "-s -fno-pie -no-pie -Wl,-z,now"},
	{"clang", "CC=clang"},
	{"musl", "CC=musl-gcc"},
	{"musl, now", "CC=musl-gcc -Wl,-z,now"},
	{"32-bit, PIE, lazy", "-m32 -fPIE -pie -Wl,-z,lazy"},
	{"32-bit, PIE, now", "-m32 -fPIE -pie -Wl,-z,now"},
	{"32-bit, no PIE, lazy", "-m32 -fno-pie -no-pie -Wl,-z,lazy"},
	{"32-bit, no PIE, now", "-m32 -fno-pie -no-pie -Wl,-z,now"},
	{"32-bit, IBT, PIE, lazy", "-m32 -fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,lazy"},
	{"32-bit, IBT, PIE, now", "-m32 -fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
	{"32-bit, lld", "-m32 -fuse-ld=lld"},
	{"32-bit, lld, no PIE", "-m32 -fno-pie -no-pie -fuse-ld=lld"},
	{"32-bit, gold", "-m32 -fuse-ld=gold"},
	{"32-bit, mold, now", "-m32 -fuse-ld=mold -Wl,-z,now"},
	{"32-bit, stripped", "-m32 -s"},
	{"32-bit, -O3", "-m32 -flto -O3"},
	{"32-bit, clang", "CC=clang -m32"},
}

// linkers maps the -fuse-ld= of a variant to the program that must be there.
var linkers = map[string]string{
	"-fuse-ld=lld": "ld.lld", "-fuse-ld=gold": "ld.gold", "-fuse-ld=mold": "mold",
}

// buildVariant compiles a program one of the ways; a linker that is not
// installed skips the test.
func buildVariant(t *testing.T, source, flags string) string {
	t.Helper()
	all := strings.Fields(flags)
	for _, f := range all {
		if linker := linkers[f]; linker != "" {
			if _, err := exec.LookPath(linker); err != nil {
				t.Skipf("link with %s: %v", f, err)
			}
		}
	}
	return testkit.Build(t, filepath.Join("testdata", source), append(all, "-w", "-fno-builtin")...)
}

// TestLinkVariants traces a program of 26 library calls: each is seen exactly
// once, in order, with its result.
func TestLinkVariants(t *testing.T) {
	for _, v := range variants {
		t.Run(v.name, func(t *testing.T) {
			program := buildVariant(t, "variant_calls.c", v.flags)
			made, want := traceVariant(t, program)
			if len(want) != 26 {
				t.Fatalf("the program reports %d calls", len(want))
			}
			checkCalls(t, made, want)
		})
	}
}

// TestAddressTaken traces calls of a function whose address is taken as well. What
// is called by pointer passes the PLT only in a program that is not
// position-independent; it is traced in every one.
func TestAddressTaken(t *testing.T) {
	for _, v := range []struct{ name, flags string }{
		{"PIE, lazy", "-fPIE -pie -Wl,-z,lazy"},
		{"PIE, now", "-fPIE -pie -Wl,-z,now"},
		{"PIC", "-fPIC -pie"},
		{"PIE, IBT, now", "-fPIE -pie -fcf-protection=full -Wl,-z,ibtplt -Wl,-z,now"},
		{"PIE, lld", "-fPIE -pie -fuse-ld=lld"},
		{"PIE, gold", "-fPIE -pie -fuse-ld=gold"},
		{"PIE, mold", "-fPIE -pie -fuse-ld=mold"},
		{"no PIE, lazy", "-fno-pie -no-pie -Wl,-z,lazy"},
		{"no PIE, now", "-fno-pie -no-pie -Wl,-z,now"},
		{"32-bit, PIE, lazy", "-m32 -fPIE -pie -Wl,-z,lazy"},
		{"32-bit, PIE, now", "-m32 -fPIE -pie -Wl,-z,now"},
		{"32-bit, no PIE, lazy", "-m32 -fno-pie -no-pie -Wl,-z,lazy"},
	} {
		t.Run(v.name, func(t *testing.T) {
			program := buildVariant(t, "variant_pltgot.c", v.flags)
			made, want := traceVariant(t, program)
			if len(want) != 21 {
				t.Fatalf("the program reports %d calls", len(want))
			}
			for i := range want {
				want[i].name = strings.TrimSuffix(want[i].name, "*")
			}
			checkCalls(t, made, want)
		})
	}
}

// variantCall is a call as its program reports it: the word that it returned, and what
// that points to, "-" for nothing.
type variantCall struct {
	name, text string
	result     uint64
}

// traceVariant runs a program under sonde and returns what the trace holds of
// the functions that it reports, and what it reports.
func traceVariant(t *testing.T, program string) (made []tracedCall, want []variantCall) {
	t.Helper()
	trace := filepath.Join(t.TempDir(), "trace")
	run := testkit.Command{
		Args:  []string{testkit.Sonde(t), "-o", trace, program},
		Env:   []string{"VARIANT=linked"},
		Trace: trace,
	}.Run(t)
	checkStatus(t, run.Status, 0)
	names := make(map[string]bool)
	for line := range strings.Lines(run.Stderr) {
		c, err := parseVariantCall(line)
		if err != nil {
			t.Fatalf("standard error holds %q: %v", line, err)
		}
		want = append(want, c)
		names[strings.TrimSuffix(c.name, "*")] = true
	}
	made = singleThreadCalls(t, trace)
	// The start files' own calls are none of the program's.
	made = slices.DeleteFunc(made, func(c tracedCall) bool { return !names[c.name] })
	return slices.DeleteFunc(made, isPutsBuffer), want
}

func parseVariantCall(line string) (c variantCall, err error) {
	fields := strings.Fields(line)
	if len(fields) != 3 {
		return c, fmt.Errorf("%d fields, want 3", len(fields))
	}
	c.name, c.text = fields[0], fields[1]
	c.result, err = strconv.ParseUint(fields[2], 10, 64)
	return c, err
}

// isPutsBuffer tells the call of malloc by which puts gets its buffer. It is a true
// call through the program's PLT where the PLT slot is malloc's address
// for every module, as in the large code model without PIE.
func isPutsBuffer(c tracedCall) bool { return c.within == "puts" && c.name == "malloc" }

// checkCalls compares what was traced with what happened, call by call.
func checkCalls(t *testing.T, made []tracedCall, want []variantCall) {
	t.Helper()
	for i := range min(len(made), len(want)) {
		if made[i].name != want[i].name {
			t.Errorf("call %d is %s, want %s", i, made[i].name, want[i].name)
		} else if !want[i].shownAs(made[i].result) {
			t.Errorf("call %d, %s, gives %s, want %d %q", i, made[i].name, made[i].result, want[i].result, want[i].text)
		}
	}
	if len(made) != len(want) {
		t.Errorf("%d calls traced, want %d: %v", len(made), len(want), made)
	}
}

// shownAs says whether a result in the trace can be the call's: its text quoted,
// its word in decimal or hexadecimal, a character, nil. What free leaves in the
// register means nothing.
func (c variantCall) shownAs(result string) bool {
	if c.name == "free" {
		return result != ""
	}
	if c.text != "-" && result == strconv.Quote(c.text) {
		return true
	}
	if c.result == 0 && result == "nil" {
		return true
	}
	if len(result) == 3 && result[0] == '\'' && result[2] == '\'' {
		return uint64(result[1]) == c.result
	}
	n, err := strconv.ParseUint(result, 0, 64)
	return err == nil && n == c.result
}

// tracedCall is a call that a trace holds with its return.
type tracedCall struct {
	name, result string
	within       string // the traced call that it was made in, or ""
}

// singleThreadCalls reads the calls, in the order in which they were made, from
// the trace of one thread.
func singleThreadCalls(t *testing.T, trace string) []tracedCall {
	t.Helper()
	var calls []tracedCall
	var open []int // indexes of the calls not returned from
	enter := func(l testkit.Line) {
		c := tracedCall{name: l.Name, result: l.Result}
		if len(open) > 0 {
			c.within = calls[open[len(open)-1]].name
		}
		calls = append(calls, c)
	}
	tr := testkit.ReadTrace(t, trace, 0, func(l testkit.Line) {
		switch l.Kind {
		case testkit.CallLine:
			enter(l)
		case testkit.CallOpen:
			enter(l)
			open = append(open, len(calls)-1)
		case testkit.ReturnLine:
			if len(open) == 0 {
				return // CheckBalance tells of it
			}
			calls[open[len(open)-1]].result = l.Result
			open = open[:len(open)-1]
		}
	})
	tr.CheckBalance(t)
	tr.CheckOrder(t)
	return calls
}

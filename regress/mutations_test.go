package regress

import (
	"context"
	"flag"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

var everyRow = flag.Bool("every-row", false, "run all rows against each mutation, to find those that it does not list")

// TestFaultsAreFound holds that each mutation of the kernel makes those rows fail that are
// about it, and no others.
func TestFaultsAreFound(t *testing.T) {
	m := look(t)
	if why := m.Lacks[Tracing]; why != "" {
		t.Skip(why)
	}
	proven := make(map[string]bool)
	for _, mu := range mutations {
		t.Run(mu.name, func(t *testing.T) {
			must, may := strings.Fields(mu.fails), strings.Fields(mu.may)
			for id, r := range verdicts(t, m, mu.rows(), mu.name) {
				switch {
				case r.Verdict == Skip || slices.Contains(may, id):
				case !slices.Contains(must, id):
					if r.Verdict.Bad() {
						t.Errorf("%s must not fail: %v %s", id, r.Verdict, r.Reason)
					}
				case r.Verdict != Fail:
					t.Errorf("%s must fail: %v %s", id, r.Verdict, r.Reason)
				default:
					proven[id] = true
				}
			}
		})
	}
	var not []string
	for _, r := range Rows() {
		if !proven[r.ID] {
			not = append(not, r.ID)
		}
	}
	t.Logf("%d of %d rows have failed; not %s", len(proven), len(Rows()), strings.Join(not, " "))
}

// sample are rows that mutations are tried with beside those that must fail: some of all
// kinds, fast ones.
var sample = strings.Fields("A02 A15 A24 S03 S13 E13 E17 G04 Z08 O01 Q03 Q08")

// rows returns the rows that a mutation is tried with.
func (mu *mutation) rows() []*Row {
	if *everyRow {
		return Rows()
	}
	var rows []*Row
	ids := slices.Concat(strings.Fields(mu.fails), sample)
	slices.Sort(ids)
	for _, id := range slices.Compact(ids) {
		if r := rowByID(id); r != nil {
			rows = append(rows, r)
		}
	}
	return rows
}

// verdicts runs rows against a kernel with a fault.
func verdicts(t *testing.T, m *Machine, rows []*Row, name string) map[string]Result {
	t.Helper()
	s := &Suite{
		Jobs: 4 * runtime.NumCPU(), // many do nothing but wait for what does not come
		// A row that waits for what the fault keeps back does so for all of the limit.
		Limit: time.Second, Loop: 50 * time.Millisecond,
		Env: []string{faultVar + "=" + name},
	}
	all := make(map[string]Result)
	run := func(rows []*Row) {
		if err := s.Run(context.Background(), m, rows, func(r Result) bool {
			all[r.ID] = r
			return true
		}); err != nil {
			t.Fatal(err)
		}
	}
	run(rows)
	// What has not come in time may do so, on a machine that is busy.
	i := slices.IndexFunc(mutations, func(mu mutation) bool { return mu.name == name })
	must := strings.Fields(mutations[i].fails)
	rows = slices.DeleteFunc(rows, func(r *Row) bool {
		return !all[r.ID].Verdict.Bad() || slices.Contains(must, r.ID)
	})
	s.Limit = 4 * time.Second
	run(rows)
	return all
}

// TestMutationsAreWellFormed holds that each is named once, that the rows are there, and
// that many rows are proven to be able to fail.
func TestMutationsAreWellFormed(t *testing.T) {
	for _, id := range sample {
		if rowByID(id) == nil {
			t.Errorf("the sample: there is no row %s", id)
		}
	}
	names, proven := make(map[string]bool), make(map[string]bool)
	for _, mu := range mutations {
		if names[mu.name] {
			t.Errorf("two mutations are called %q", mu.name)
		}
		names[mu.name] = true
		for _, id := range strings.Fields(mu.fails + " " + mu.may) {
			if rowByID(id) == nil {
				t.Errorf("%s: there is no row %s", mu.name, id)
			}
		}
		for _, id := range strings.Fields(mu.fails) {
			proven[id] = true
		}
	}
	const least = 100
	if len(proven) < least {
		t.Errorf("%d rows are proven to be able to fail, of %d that must be", len(proven), least)
	}
}

// mutation is a kernel with a fault, and the rows that must find it.
type mutation struct {
	name  string
	fault fault
	fails string // ids of the rows that must fail
	may   string // of those that depend on who is first, or cannot go on to their verdict
}

// mutations are in the order of what they do to the kernel: options, requests that are not
// done, requests that are done otherwise, memory, reports, and filters.
var mutations []mutation

func init() { mutations = faults() }

// refusesTraceMe is the mutation that tells which rows have tracees that make themselves such.
const refusesTraceMe = "the kernel refuses TRACEME"

func faults() []mutation {
	const (
		traceSysGood = unix.PTRACE_O_TRACESYSGOOD
		origRAX      = 15 * 8
		rip          = 16 * 8
		rax          = 10 * 8
		rsp          = 19 * 8
		siCode       = 8
		siPID        = 16
	)
	return []mutation{
		{"right", fault{}, "", ""},
		{"right, but slow", dawdles(2 * time.Millisecond), "", ""},

		{"no TRACESYSGOOD", forgets(traceSysGood), "S15 E04 E06 E08 E09 E10 E12 E18 E19 E23 E25 E26 X04 X05 X10", ""},
		{"no TRACEFORK", forgets(unix.PTRACE_O_TRACEFORK), "S12 E01 E02 E06 E07 E09 E10 E26 E27 E28", ""},
		{"no TRACEVFORK", forgets(unix.PTRACE_O_TRACEVFORK), "E02 E03 E05", ""},
		{"no TRACECLONE", forgets(unix.PTRACE_O_TRACECLONE), "E02 E08 E14 X01 X02 Z03", ""},
		{"no TRACEEXEC", forgets(unix.PTRACE_O_TRACEEXEC), "E29 X01 X02 X03 X04 X06 X07 X08 X10 X12", ""},
		{"no TRACEVFORKDONE", forgets(unix.PTRACE_O_TRACEVFORKDONE), "E03 E04 E05", ""},
		{"no TRACEEXIT", forgets(unix.PTRACE_O_TRACEEXIT), "S01 E10 E13 E14 E15 E16 E24 X01 X10 Z03 Z05 Z10 O05 Q03", ""},
		{"no TRACESECCOMP", forgets(unix.PTRACE_O_TRACESECCOMP), "E17 E18 E19 E21 E22", ""},
		{"no EXITKILL", forgets(unix.PTRACE_O_EXITKILL), "Z01", ""},
		{"SETOPTIONS does nothing", pretends(unix.PTRACE_SETOPTIONS), "S02 S12 S16 E01 E02 E03 E04 E05 E06 E07 E08 E09 E10 E12 E13 E14 E15 E16 E17 E18 E19 E21 E22 E23 E24 E25 E26 E27 E28 E29 X01 X02 X03 X04 X05 X06 X07 X08 X10 X12 O05 Q03", ""},
		{"SETOPTIONS takes unknown options", says(unix.PTRACE_SETOPTIONS, unix.EINVAL, 0), "S02", ""},
		{"SETOPTIONS of a running tracee", says(unix.PTRACE_SETOPTIONS, unix.ESRCH, 0), "S16", ""},

		{"INTERRUPT does nothing", pretends(unix.PTRACE_INTERRUPT), "A08 A29 S03 S04 S05 S09 S10 S11 S14 S15 Z02 Z04 O03", ""},
		{"INTERRUPT of an attached thread", says(unix.PTRACE_INTERRUPT, unix.EIO, 0), "S04", ""},
		{"LISTEN does nothing", pretends(unix.PTRACE_LISTEN), "S04 S07 S08", ""},
		{"LISTEN resumes", mistakes(unix.PTRACE_LISTEN, unix.PTRACE_CONT), "S04 S07 S09", ""},
		{"LISTEN is refused", refuses(unix.PTRACE_LISTEN, unix.EIO), "S07 S08 S09", ""},
		{"SEIZE is ATTACH", mistakes(unix.PTRACE_SEIZE, unix.PTRACE_ATTACH), "A08 A29 S01 S02 S03 S05 S06 S07 S08 S09 S10 S11 S12 S13 S14 S15 G07 G08 Z01 Z02 Z03 Z04 Z05 Z10 O03", ""},
		{"SEIZE says EPERM for EIO", says(unix.PTRACE_SEIZE, unix.EIO, unix.EPERM), "S02", ""},
		{"SEIZE says EBUSY for EPERM", says(unix.PTRACE_SEIZE, unix.EPERM, unix.EBUSY), "S02", ""},
		{"ATTACH is SEIZE", mistakes(unix.PTRACE_ATTACH, unix.PTRACE_SEIZE), "A01 A02 A03 A05 A07 A10 A11 A12 A13 A14 A17 A18 A20 A21 A22 A23 A24 A28 A31 A32 A33 A34 A35 A38 S02 X05 G01 G02 G03 G04 G05 G06 G07 Z08 Z09 O02 O04 Q01 Q03 Q04 Q05", ""},
		{"ATTACH says ESRCH for EPERM", says(unix.PTRACE_ATTACH, unix.EPERM, unix.ESRCH), "A03 Z04", ""},
		{"ATTACH says EPERM for ESRCH", says(unix.PTRACE_ATTACH, unix.ESRCH, unix.EPERM), "A03", ""},
		{"ATTACH returns EAGAIN", refuses(unix.PTRACE_ATTACH, unix.EAGAIN), "A01 A02 A03 A05 A07 A10 A11 A12 A13 A14 A17 A18 A19 A20 A21 A22 A23 A24 A28 A31 A32 A33 A34 A35 A38 S02 X05 G01 G02 G03 G04 G05 G06 G07 Z04 Z08 Z09 O02 O04 Q01 Q03 Q04 Q05", "A36"},
		{"KILL does nothing", pretends(unix.PTRACE_KILL), "A26", ""},

		{"CONT is SYSCALL", mistakes(unix.PTRACE_CONT, unix.PTRACE_SYSCALL), "A02 A14 A15 A16 A32 A39 S11 S12 E01 E02 E03 E04 E05 E06 E07 E09 E10 E11 E13 E14 E15 E16 E17 E19 E20 E21 E22 E24 E26 E27 E28 E29 X01 X02 X03 X05 X06 X07 X08 X09 X10 X12 G04 M01 M02 M03 M05 M06 M07 M09 M10 M13 Z08 O05 Q03 Q07", ""},
		{"CONT loses signals", losesSignals(unix.PTRACE_CONT), "A14 A16 S07 S08 S10 E13 G01 G02 G03 G04 G06 G07 G08 M09 Z02 Z08 O05", ""},
		{"CONT takes any signal", says(unix.PTRACE_CONT, unix.EIO, 0), "A16", ""},
		{"CONT of what listens", says(unix.PTRACE_CONT, unix.ESRCH, 0), "A25 S07", ""},
		{"SYSCALL is CONT", mistakes(unix.PTRACE_SYSCALL, unix.PTRACE_CONT), "A22 S15 E04 E06 E08 E09 E10 E12 E18 E19 E23 E25 E26 E29 X04 X05 X10 Z02", ""},
		{"SYSCALL loses signals", losesSignals(unix.PTRACE_SYSCALL), "Y22", ""},
		{"SINGLESTEP is CONT", mistakes(unix.PTRACE_SINGLESTEP, unix.PTRACE_CONT), "E07 X09", ""},
		{"SINGLESTEP is SYSCALL", mistakes(unix.PTRACE_SINGLESTEP, unix.PTRACE_SYSCALL), "X09", ""},
		{"SINGLESTEP loses signals", losesSignals(unix.PTRACE_SINGLESTEP), "A39", ""},
		{"DETACH loses signals", losesSignals(unix.PTRACE_DETACH), "A14 A15 A16 A17", ""},
		{"DETACH stops the process", takes(func(uint64) uint64 { return uint64(unix.SIGSTOP) }, unix.PTRACE_DETACH), "A14 A15 A16 A17 A22 A31 A34 A35", ""},
		{"DETACH does nothing", pretends(unix.PTRACE_DETACH), "A06 A12 A14 A15 A16 A17 A18 A19 A20 A21 A22 A23 A31 A34 A35 S07 S10 E16 G06 Z09 O02", ""},
		{"DETACH of a running tracee", says(unix.PTRACE_DETACH, unix.ESRCH, 0), "A06 Z09", ""},

		{"SETREGSET does nothing", pretends(unix.PTRACE_SETREGSET), "E12 E21 E23", ""},
		{"SETSIGINFO does nothing", pretends(unix.PTRACE_SETSIGINFO), "N02 N21", ""},
		{"POKEDATA does nothing", pretends(unix.PTRACE_POKEDATA, unix.PTRACE_POKETEXT), "W01 M02 M03 M04", ""},
		{"POKEUSER does nothing", pretends(unix.PTRACE_POKEUSR), "X08 N20 T24 W03 W04 W05 W06 W07 W08 W09 W11 W12 W13 Y17 Y18 R03 R04 R05 R06 R07 R10", ""},
		{"SETFPREGS does nothing", pretends(setFPRegs), "X12 R19 R23", ""},

		{"OLDSETOPTIONS does nothing", pretends(oldSetOptions), "E30", ""},
		{"PEEKTEXT does nothing", pretends(unix.PTRACE_PEEKTEXT), "M14", ""},
		{"SETSIGMASK does nothing", pretends(unix.PTRACE_SETSIGMASK), "N17", ""},
		{"GETSIGMASK does nothing", pretends(unix.PTRACE_GETSIGMASK), "N17", ""},
		{"PEEKSIGINFO finds nothing", pretends(unix.PTRACE_PEEKSIGINFO), "N18", ""},
		{"SYSEMU is SYSCALL", mistakes(unix.PTRACE_SYSEMU, unix.PTRACE_SYSCALL), "Y11 Y12 Y13 Y14", ""},

		{"no message", clears(0, 8, unix.PTRACE_GETEVENTMSG), "S01 E01 E04 E05 E06 E07 E08 E09 E10 E13 E14 E15 E17 E24 E25 E26 E28 X01 X02 X10 W01 W02 W07 Z10", "E03 E27"},
		{"a message that is 1 too large", adds(0, 1, unix.PTRACE_GETEVENTMSG), "S01 S12 E01 E02 E03 E04 E05 E06 E07 E08 E09 E10 E13 E14 E15 E17 E24 E25 E26 E27 E28 X01 X02 X10 W01 W02 W07 Z10", ""},
		{"no si_code", clears(siCode, 4, unix.PTRACE_GETSIGINFO), "S03 S06 E01 E24 N04 N12 N13 N16 N20 N21 T01 T02 T03 T05 T08 T09 T11 T13 T14 T15 T16 T17 T18 T21 T24 T25 T26 W01 W02 W03 W04 W05 W06 W07 W09 W12 W13 Y01 Y12 R08", ""},
		{"no si_signo", clears(0, 4, unix.PTRACE_GETSIGINFO), "N02 G01 G02 G03 G04 G07", ""},
		{"no si_pid", clears(siPID, 4, unix.PTRACE_GETSIGINFO), "E04 E24 E27 X05 N12 N13 N16 N21 T01 T25 T26 W03 M02", ""},
		{"siginfo of a group-stop", says(unix.PTRACE_GETSIGINFO, unix.EINVAL, 0), "A10 G01 G02 G03 G04 G07", ""},
		{"a program counter that is 1 too large", adds(rip, 1, unix.PTRACE_GETREGSET), "E07 E21 E23 X03 X09 T01 T02 T03 T04 T05 T08 T09 T10 T11 T12 T13 T14 T15 T16 T17 T18 T21 T24 T26 W01 W02 W03 W04 W05 W06 W07 W09 W10 W12 W13 Y03 Y07 Y09 Y13 Y15 Y19 R02 R04 R08 R24", ""},
		{"no result", clears(rax, 8, unix.PTRACE_GETREGSET), "S15 E04 E06 E07 E08 E09 E10 E12 E17 E18 E19 E23 E25 E26 E29 X03 X04 X05 X10 N04 N15 N20 N23 T02 T03 T08 T17 T18 T21 Y02 Y03 Y05 Y06 Y07 Y08 Y09 Y10 Y11 Y12 Y13 Y14 Y15 Y16 Y17 Y18 Y19 Y22 Y23 Y25 Y29 Y31 R24", ""},
		{"a system call's number that is 1 too large", adds(origRAX, 1, unix.PTRACE_GETREGSET), "E04 E06 E07 E08 E09 E10 E12 E17 E18 E19 E23 E25 E26 E29 X03 X04 X05 X10 N04 N15 N20 N23 T21 Y02 Y03 Y04 Y05 Y06 Y07 Y08 Y09 Y10 Y11 Y12 Y13 Y14 Y15 Y16 Y17 Y18 Y19 Y22 Y23 Y25 Y27 Y29 Y31 R02 R04 R24", ""},
		{"a stack pointer that is 1 too large", adds(rsp, 1, unix.PTRACE_GETREGSET), "X09 Y03 R02 R04 O03", ""},

		{"events without their number", alters(func(st unix.WaitStatus) unix.WaitStatus { return st & 0xffff }), "S01 S03 S06 E13 E17", ""},
		{"an exit status that is 1 too large", alters(func(st unix.WaitStatus) unix.WaitStatus {
			if st.Exited() {
				st += 1 << 8
			}
			return st
		}), "A02 S13 E13 G04 Z08 Q02 Q07", ""},
		{"SIGUSR1 passes by", withholds(func(st Status) bool { return st.Stopped() && stopSignal(st) == unix.SIGUSR1 }), "A15 Z08", ""},
		{"stops twice", repeats(), "Q08", ""},
		{"__WNOTHREAD is ignored", ignores(unix.WNOTHREAD), "A07 Q05", ""},
		{"WNOWAIT is ignored", ignores(unix.WNOWAIT), "A20", "Q04"},
		{"stops as CLD_STOPPED", spoilsInfo(siCode, 5), "Q03", ""},

		{refusesTraceMe, fault{filter: map[int]unix.Errno{unix.PTRACE_TRACEME: unix.EPERM}}, "A04 A15 E13 E17 O01 Q08", ""},
	}
}

package regress

import (
	"flag"
	"fmt"
	"math"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"sonde/sysdeps/ptrace"
)

var (
	everyRow  = flag.Bool("every-row", false, "run all rows against each fault, to find those that it does not list")
	theFaults = flag.String("fault", "*", "a pattern of the faults to try")
)

// TestFaultsAreFound holds that each mutation of the kernel makes those rows fail that are
// about it, and no others.
func TestFaultsAreFound(t *testing.T) {
	m := look(t)
	if why := m.Lacks[Tracing]; why != "" {
		t.Skip(why)
	}
	chosen := slices.DeleteFunc(slices.Clone(mutations), func(mu mutation) bool {
		matched, err := path.Match(*theFaults, mu.name)
		return !matched || err != nil
	})
	if len(chosen) == 0 {
		t.Fatalf("no fault is called %q", *theFaults)
	}
	results := tryFaults(t, m, chosen)
	seen := make(map[string]Verdict) // of rows that must fail
	for _, mu := range chosen {
		t.Run(mu.name, func(t *testing.T) {
			must, may := strings.Fields(mu.fails), strings.Fields(mu.may)
			for _, row := range mu.rows() {
				r := results[mu.against(row).ID]
				switch listed := slices.Contains(must, row.ID); {
				case r.Verdict == Skip:
					if listed && seen[row.ID] == "" {
						seen[row.ID] = Skip
					}
				case listed && r.Verdict == Fail:
					seen[row.ID] = Fail
				case listed:
					t.Errorf("%s must fail: %v %s", row.ID, r.Verdict, r.Reason)
				case slices.Contains(may, row.ID), mu.may == anything:
				case r.Verdict.Bad():
					t.Errorf("%s must not fail: %v %s", row.ID, r.Verdict, r.Reason)
				}
			}
		})
	}
	if len(chosen) < len(mutations) {
		return
	}
	for _, r := range Rows() {
		switch seen[r.ID] {
		case Skip:
			t.Logf("%s could not be tried on this machine", r.ID)
		case "":
			if unproven[r.ID] == "" {
				t.Errorf("%s has not failed", r.ID)
			}
		}
	}
}

// sample are rows that mutations are tried with beside those that must fail: some of all
// kinds, fast ones.
var sample = strings.Fields("A02 A15 S03 E13 G04 O01 Q03 Q08")

// slow are rows that take longer than others, for a reason.
var slow = strings.Fields("A30")

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

// against returns a row that runs against the mutation, by an id of its own.
func (mu *mutation) against(row *Row) *Row {
	r := *row
	r.ID = mu.name + separator + row.ID
	r.Run = func(t *T) {
		t.kernel = &faulty{t.kernel, mu.fault}
		row.Run(t)
	}
	return &r
}

const separator = ": "

// againstByID returns the row of an id that a mutation gives, or nil.
func againstByID(id string) *Row {
	name, id, _ := strings.Cut(id, separator)
	mu, row := mutationOf(name), rowByID(id)
	if mu == nil || row == nil {
		return nil
	}
	return mu.against(row)
}

// mutationOf returns the mutation of a name, or nil.
func mutationOf(name string) *mutation {
	i := slices.IndexFunc(mutations, func(mu mutation) bool { return mu.name == name })
	if i < 0 {
		return nil
	}
	return &mutations[i]
}

// tryFaults runs rows against kernels with faults, all at once, since many of these rows do
// nothing but wait for what does not come. It returns their results by the ids that
// mutations give them.
func tryFaults(t *testing.T, m *Machine, mutations []mutation) map[string]Result {
	t.Helper()
	var first, late []*Row
	listed := make(map[string]bool)
	for _, mu := range mutations {
		must := strings.Fields(mu.fails)
		for _, row := range mu.rows() {
			r := mu.against(row)
			listed[r.ID] = slices.Contains(must, row.ID)
			if slices.Contains(slow, row.ID) {
				late = append(late, r)
			} else {
				first = append(first, r)
			}
		}
	}
	all := make(map[string]Result)
	run := func(limit time.Duration, rows []*Row) {
		s := &Suite{Jobs: 8 * runtime.NumCPU(), Limit: limit, Loop: 50 * time.Millisecond}
		if err := s.Run(t.Context(), m, rows, func(r Result) bool {
			all[r.ID] = r
			return true
		}); err != nil {
			t.Fatal(err)
		}
	}
	run(time.Second, first) // all of which rows spend that wait for what a fault keeps back
	// What has not come in time may do so, on a machine that is busy.
	for _, r := range first {
		if v := all[r.ID].Verdict; v == Error || v == Fail && !listed[r.ID] {
			late = append(late, r)
		}
	}
	run(4*time.Second, late)
	return all
}

// TestMutationsAreWellFormed holds that each is named once, that the rows are there, and
// that each row is proven to be able to fail, or listed with a reason.
func TestMutationsAreWellFormed(t *testing.T) {
	for _, id := range slices.Concat(sample, slow) {
		if rowByID(id) == nil {
			t.Errorf("a sample, or slow: there is no row %s", id)
		}
	}
	names, proven := make(map[string]bool), make(map[string]bool)
	for _, mu := range mutations {
		if names[mu.name] || strings.Contains(mu.name, separator) {
			t.Errorf("two mutations are called %q, or that is no name", mu.name)
		}
		names[mu.name] = true
		may := mu.may
		if may == anything {
			may = ""
		}
		for _, id := range strings.Fields(mu.fails + " " + may) {
			if rowByID(id) == nil {
				t.Errorf("%s: there is no row %s", mu.name, id)
			}
		}
		for _, id := range strings.Fields(mu.fails) {
			proven[id] = true
		}
	}
	for _, r := range Rows() {
		if why := unproven[r.ID]; proven[r.ID] == (why != "") {
			t.Errorf("%s: proven to be able to fail: %v; listed because %q", r.ID, proven[r.ID], why)
		}
	}
	for id := range unproven {
		if rowByID(id) == nil {
			t.Errorf("unproven: there is no row %s", id)
		}
	}
}

// unproven are the rows that no fault makes fail, with the reason.
var unproven = map[string]string{}

// mutation is a kernel with a fault, and the rows that must find it.
type mutation struct {
	name  string
	fault fault
	fails string // ids of the rows that must fail
	may   string // of those that depend on who is first, or cannot go on to their verdict; or anything
}

// Of rows that may fail: anything is said of faults that spoil what most rows begin or end
// with; filtered are those that find the filter by which tracees are denied calls.
const (
	anything = "*"
	filtered = "P06 P07 P09 K01 K02"
)

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

		getRseq     = 0x420f // PTRACE_GET_RSEQ_CONFIGURATION
		setDispatch = 0x4210 // PTRACE_SET_SYSCALL_USER_DISPATCH_CONFIG
		archPrctl   = 30     // PTRACE_ARCH_PRCTL
	)
	return []mutation{
		{"right", fault{}, "", ""},
		{"right, but slow", dawdles(2 * time.Millisecond), "", "R04"},

		{"no TRACESYSGOOD", forgets(traceSysGood), "S15 E04 E06 E08 E09 E10 E12 E18 E19 E23 E25 E26 X04 X05 X10 N04 N15 N20 N23 T21 Y01 Y02 Y03 Y05 Y06 Y07 Y08 Y09 Y10 Y11 Y12 Y13 Y14 Y15 Y16 Y17 Y18 Y22 Y23 Y24 Y25 Y26 Y27 Y29 Y30 Y31 R24 Z02 Z11 frysk2130/strace-clone-exec.sh", ""},
		{"no TRACEFORK", forgets(unix.PTRACE_O_TRACEFORK), "S12 E01 E02 E06 E07 E09 E10 E26 E27 E28 W01 W07", ""},
		{"no TRACEVFORK", forgets(unix.PTRACE_O_TRACEVFORK), "E02 E03 E05", ""},
		{"no TRACECLONE", forgets(unix.PTRACE_O_TRACECLONE), "E02 E08 E14 X01 X02 W02 Z03 frysk2130/strace-clone-exec.sh", ""},
		{"no TRACEEXEC", forgets(unix.PTRACE_O_TRACEEXEC), "E29 X01 X02 X03 X04 X06 X07 X08 X10 X12 T16 T25 W07 P05 P06 P08 frysk2130/strace-clone-exec.sh", "S17"},
		{"no TRACEVFORKDONE", forgets(unix.PTRACE_O_TRACEVFORKDONE), "E03 E04 E05", ""},
		{"no TRACEEXIT", forgets(unix.PTRACE_O_TRACEEXIT), "S01 E10 E13 E14 E15 E16 E24 E30 X01 X10 N05 N20 P05 P06 P08 Z03 Z05 Z10 O05 Q03 C01 C02 C03 C04 frysk2130/strace-clone-exec.sh frysk3754/readproc frysk3754/daemonreadproc", ""},
		{"no TRACESECCOMP", forgets(unix.PTRACE_O_TRACESECCOMP), "E17 E18 E19 E21 E22 Y03", ""},
		{"no EXITKILL", forgets(unix.PTRACE_O_EXITKILL), "Z01", ""},
		{"SETOPTIONS does nothing", pretends(unix.PTRACE_SETOPTIONS), "S02 S12 S16 E01 E02 E03 E04 E05 E06 E07 E08 E09 E10 E12 E13 E14 E15 E16 E17 E18 E19 E21 E22 E23 E24 E25 E26 E27 E28 E29 X01 X02 X03 X04 X05 X06 X07 X08 X10 X12 N04 N05 N15 N20 N23 T16 T21 T25 W01 W02 W07 Y01 Y02 Y03 Y05 Y06 Y07 Y08 Y09 Y10 Y11 Y12 Y13 Y14 Y15 Y16 Y17 Y18 Y22 Y23 Y24 Y25 Y26 Y27 Y29 Y30 Y31 R24 P05 P06 P08 P10 O05 Q03 K05 frysk3754/readproc frysk3754/daemonreadproc", ""},
		{"SETOPTIONS takes unknown options", says(unix.PTRACE_SETOPTIONS, unix.EINVAL, 0), "S02", ""},
		{"SETOPTIONS of a running tracee", says(unix.PTRACE_SETOPTIONS, unix.ESRCH, 0), "S16", ""},

		{"INTERRUPT does nothing", pretends(unix.PTRACE_INTERRUPT), "A08 A29 A30 S03 S04 S05 S09 S10 S11 S14 S15 R18 P05 Z02 Z04 Z11 O03", ""},
		{"INTERRUPT of an attached thread", says(unix.PTRACE_INTERRUPT, unix.EIO, 0), "S04", ""},
		{"LISTEN does nothing", pretends(unix.PTRACE_LISTEN), "S04 S07 S08", ""},
		{"LISTEN resumes", mistakes(unix.PTRACE_LISTEN, unix.PTRACE_CONT), "S04 S07 S09", ""},
		{"LISTEN is refused", refuses(unix.PTRACE_LISTEN, unix.EIO), "S07 S08 S09", ""},
		{"SEIZE is ATTACH", mistakes(unix.PTRACE_SEIZE, unix.PTRACE_ATTACH), "A08 A29 A30 S01 S02 S03 S05 S06 S07 S08 S09 S10 S11 S12 S13 S14 S15 S17 G07 G08 R18 P05 P06 P07 P10 Z01 Z02 Z03 Z04 Z05 Z10 Z11 O03 C01 C02 C03 C04 frysk2130/strace-clone-exec.sh", ""},
		{"SEIZE says EPERM for EIO", says(unix.PTRACE_SEIZE, unix.EIO, unix.EPERM), "S02", ""},
		{"SEIZE says EBUSY for EPERM", says(unix.PTRACE_SEIZE, unix.EPERM, unix.EBUSY), "S02 P01 P10 P13", ""},
		{"ATTACH is SEIZE", mistakes(unix.PTRACE_ATTACH, unix.PTRACE_SEIZE), "A01 A02 A03 A05 A07 A10 A11 A12 A13 A14 A17 A18 A20 A21 A22 A23 A24 A28 A30 A31 A32 A33 A34 A35 A38 S02 X05 N14 G01 G02 G03 G04 G05 G06 G07 R12 P03 P15 Z08 Z09 O02 O04 Q01 Q03 Q04 Q05 frysk3231/ptrace-detach-looses-signal frysk3205/ptrace-detach-bad-signal frysk3525/exit47 frysk3595/detach-multi-thread frysk3997/ptrace_step_sig frysk4217/attachstop frysk4330/stopkills frysk3754/readproc frysk3754/daemonreadproc", ""},
		{"ATTACH says ESRCH for EPERM", says(unix.PTRACE_ATTACH, unix.EPERM, unix.ESRCH), "A03 P01 P02 P09 Z04", ""},
		{"ATTACH says EPERM for ESRCH", says(unix.PTRACE_ATTACH, unix.ESRCH, unix.EPERM), "A03", ""},
		{"ATTACH returns EAGAIN", refuses(unix.PTRACE_ATTACH, unix.EAGAIN), "A01 A02 A03 A05 A07 A10 A11 A12 A13 A14 A17 A18 A19 A20 A21 A22 A23 A24 A28 A30 A31 A32 A33 A34 A35 A38 S02 X05 N14 G01 G02 G03 G04 G05 G06 G07 R12 P01 P02 P03 P09 P15 Z04 Z08 Z09 O02 O04 Q01 Q03 Q04 Q05 frysk3231/ptrace-detach-looses-signal frysk3205/ptrace-detach-bad-signal frysk3525/exit47 frysk3595/detach-multi-thread frysk3997/ptrace_step_sig frysk4217/attachstop frysk4330/stopkills frysk3754/readproc frysk3754/daemonreadproc", "A36"},
		{"KILL does nothing", pretends(unix.PTRACE_KILL), "A26", ""},

		{"CONT is SYSCALL", mistakes(unix.PTRACE_CONT, unix.PTRACE_SYSCALL), "A02 A14 A15 A16 A32 A39 S11 S12 E01 E02 E03 E04 E05 E06 E07 E09 E10 E11 E13 E14 E15 E16 E17 E19 E20 E21 E22 E24 E26 E27 E28 E29 X01 X02 X03 X05 X06 X07 X08 X09 X10 X12 G04 M01 M02 M03 M05 M06 M07 M09 M10 M13 Z08 O05 Q03 Q07", anything},
		{"CONT loses signals", losesSignals(unix.PTRACE_CONT), "A14 A16 S07 S08 S10 E13 N01 N02 N03 N04 N08 N09 N13 N14 N16 N20 G01 G02 G03 G04 G06 G07 G08 Y21 M09 Z02 Z08 O05 C01 C02 C03 C04 frysk3525/exit47 frysk3997/ptrace_step_sig frysk4330/stopkills frysk3754/readproc frysk3754/daemonreadproc", ""},
		{"CONT takes any signal", says(unix.PTRACE_CONT, unix.EIO, 0), "A16", ""},
		{"CONT of what listens", says(unix.PTRACE_CONT, unix.ESRCH, 0), "A25 S07", ""},
		{"SYSCALL is CONT", mistakes(unix.PTRACE_SYSCALL, unix.PTRACE_CONT), "A22 S15 E04 E06 E08 E09 E10 E12 E18 E19 E23 E25 E26 E29 X04 X05 X10 N04 N15 N20 N23 T03 T25 Y01 Y02 Y03 Y04 Y05 Y06 Y07 Y08 Y09 Y10 Y11 Y15 Y16 Y17 Y18 Y22 Y23 Y24 Y25 Y26 Y27 Y29 Y30 Y31 R24 Z02 Z11 frysk2130/strace-clone-exec.sh", ""},
		{"SYSCALL loses signals", losesSignals(unix.PTRACE_SYSCALL), "Y22", ""},
		{"SINGLESTEP is CONT", mistakes(unix.PTRACE_SINGLESTEP, unix.PTRACE_CONT), "E07 X09 N19 N20 T01 T02 T03 T04 T05 T06 T07 T08 T11 T12 T13 T14 T15 T16 T17 T18 T20 T24 T25 T26 Y12 frysk3997/ptrace_step_sig", ""},
		{"SINGLESTEP is SYSCALL", mistakes(unix.PTRACE_SINGLESTEP, unix.PTRACE_SYSCALL), "X09 N19 N20 T01 T02 T03 T04 T05 T06 T08 T11 T12 T13 T14 T15 T16 T17 T18 T24 T25 T26 Y12 frysk3997/ptrace_step_sig", ""},
		{"SINGLESTEP loses signals", losesSignals(unix.PTRACE_SINGLESTEP), "A39 T04 T05 T25 frysk3997/ptrace_step_sig", ""},
		{"DETACH loses signals", losesSignals(unix.PTRACE_DETACH), "A14 A15 A16 A17 N23 frysk3231/ptrace-detach-looses-signal frysk3205/ptrace-detach-bad-signal", ""},
		{"DETACH stops the process", takes(func(uint64) uint64 { return uint64(unix.SIGSTOP) }, unix.PTRACE_DETACH), "A14 A15 A16 A17 A22 A30 A31 A34 A35 N23 T10 T11 T25 Y18 Z11 frysk3231/ptrace-detach-looses-signal frysk3205/ptrace-detach-bad-signal", ""},
		{"DETACH does nothing", pretends(unix.PTRACE_DETACH), "A06 A12 A14 A15 A16 A17 A18 A19 A20 A21 A22 A23 A30 A31 A34 A35 S07 S10 S17 E16 N23 G06 T10 T11 T25 Y18 P15 Z09 Z11 O02 frysk3231/ptrace-detach-looses-signal frysk3205/ptrace-detach-bad-signal frysk3595/detach-multi-thread frysk4217/attachstop frysk4330/stopkills", ""},
		{"DETACH of a running tracee", says(unix.PTRACE_DETACH, unix.ESRCH, 0), "A06 Z09 frysk3595/detach-multi-thread", ""},

		{"SETREGSET does nothing", pretends(unix.PTRACE_SETREGSET), "E12 E21 E23 N12 T10 T20 T25 Y07 Y08 Y09 Y11 Y13 Y14 Y19 Y20 R04 R08 R17 R18 R20 R21 R24", ""},
		{"SETSIGINFO does nothing", pretends(unix.PTRACE_SETSIGINFO), "N02 N21", ""},
		{"POKEDATA does nothing", pretends(unix.PTRACE_POKEDATA, unix.PTRACE_POKETEXT), "W01 M02 M03 M04 M14", ""},
		{"POKEUSER does nothing", pretends(unix.PTRACE_POKEUSR), "X08 N20 T24 W03 W04 W05 W06 W07 W08 W09 W11 W12 W13 Y17 Y18 R03 R04 R05 R06 R07 R09 R10", ""},
		{"SETFPREGS does nothing", pretends(setFPRegs), "X12 R19 R23", ""},

		{"ATTACH does nothing", pretends(unix.PTRACE_ATTACH), "A01 A02 A36 G04 Q03", anything},
		{"ATTACH of what is another's", says(unix.PTRACE_ATTACH, unix.EPERM, 0), "A03 P01 P02 P09 Z04", ""},
		{"SEIZE does nothing", pretends(unix.PTRACE_SEIZE), "S03 P13 Z06", anything},
		{"SEIZE of what is another's", says(unix.PTRACE_SEIZE, unix.EPERM, 0), "S02 P01 P10 P13", ""},
		{"options that are root's", says(unix.PTRACE_SETOPTIONS, unix.EPERM, 0), "P10", ""},
		{"no SUSPEND_SECCOMP", forgets(unix.PTRACE_O_SUSPEND_SECCOMP), "P10 K05", ""},
		{"filters are shown to everybody", says(unix.PTRACE_SECCOMP_GET_FILTER, unix.EACCES, 0), "P11", ""},
		{"filters' flags are shown to everybody", says(unix.PTRACE_SECCOMP_GET_METADATA, unix.EACCES, 0), "P11", ""},
		{"another filter", adds(0, 1, unix.PTRACE_SECCOMP_GET_FILTER), "K01", ""},
		{"more filters than there are", says(unix.PTRACE_SECCOMP_GET_FILTER, unix.ENOENT, 0), "K01", ""},
		{"other flags of a filter", adds(8, 1, unix.PTRACE_SECCOMP_GET_METADATA), "K02", ""},
		{"an rseq area elsewhere", adds(0, 8, getRseq), "K03", ""},
		{"SET_SYSCALL_USER_DISPATCH_CONFIG does nothing", pretends(setDispatch), "K04", ""},
		{"PEEKUSER of another's tracee", says(unix.PTRACE_PEEKUSR, unix.ESRCH, 0), "A07 frysk2595/ptrace_after_forked_thread_exits frysk2595/ptrace_peek_wrong_thread frysk2595/ptrace_before_forked_thread_exits", ""},
		{"PEEKUSER is 1 too large", adds(0, 1, unix.PTRACE_PEEKUSR), "X08 W03 W04 W05 W07 W08 W09 W11 W13 R01 R02 R03 R04 R05 R06 R07 R10", ""},
		{"PEEKDATA of nobody's tracee", says(unix.PTRACE_PEEKDATA, unix.ESRCH, 0), "A05", ""},
		{"PEEKDATA is 1 too large", adds(0, 1, unix.PTRACE_PEEKDATA), "M01 M02 M03 M04 M06 M10 M12 M13 M14 O05", ""},
		{"PEEKDATA of what is not there", says(unix.PTRACE_PEEKDATA, unix.EIO, 0), "T17 M01 M04 M12 M13 P08", ""},
		{"SETREGS does nothing", pretends(unix.PTRACE_SETREGS), "Y20 R06 R11 R23", ""},
		{"ARCH_PRCTL does nothing", pretends(archPrctl), "R13", ""},
		{"descriptors elsewhere", adds(0, 1<<32, getThreadArea), "R12 R13", ""},
		{"vector registers are XSAVE's area", ofRequests([]int{unix.PTRACE_GETREGSET}, func(k ptrace.Kernel, r request) (uintptr, unix.Errno) {
			if r.addr.Number() == ntFPRegs {
				r.addr = ptrace.Value(ntXState)
			}
			return r.of(k)
		}), "R14", ""},
		{"registers of any length", says(unix.PTRACE_GETREGSET, unix.EINVAL, 0), "R14 R15", ""},
		{"XSAVE's area of no features", clears(464, 8, unix.PTRACE_GETREGSET), "R16", ""},
		{"registers that are wrong", says(unix.PTRACE_SETREGSET, unix.EINVAL, 0), "R17 R18 R22", ""},
		{"calls of another machine", adds(0, 1<<32, unix.PTRACE_GET_SYSCALL_INFO), "Y03 Y24 Y26", ""},
		{"SINGLEBLOCK is CONT", mistakes(singleBlock, unix.PTRACE_CONT), "T19", ""},

		{"OLDSETOPTIONS does nothing", pretends(oldSetOptions), "E30", ""},
		{"PEEKTEXT does nothing", pretends(unix.PTRACE_PEEKTEXT), "M14", ""},
		{"SETSIGMASK does nothing", pretends(unix.PTRACE_SETSIGMASK), "N17", ""},
		{"GETSIGMASK does nothing", pretends(unix.PTRACE_GETSIGMASK), "N17", ""},
		{"PEEKSIGINFO finds nothing", pretends(unix.PTRACE_PEEKSIGINFO), "N18", ""},
		{"SYSEMU is SYSCALL", mistakes(unix.PTRACE_SYSEMU, unix.PTRACE_SYSCALL), "Y11 Y12 Y13 Y14", ""},

		{"no message", clears(0, 8, unix.PTRACE_GETEVENTMSG), "S01 E01 E04 E05 E06 E07 E08 E09 E10 E13 E14 E15 E17 E24 E25 E26 E28 E30 X01 X02 X10 W01 W02 W07 Z10 C02 frysk2130/strace-clone-exec.sh frysk3754/readproc frysk3754/daemonreadproc", "E03 E27"},
		{"a message that is 1 too large", adds(0, 1, unix.PTRACE_GETEVENTMSG), "S01 S12 E01 E02 E03 E04 E05 E06 E07 E08 E09 E10 E13 E14 E15 E17 E24 E25 E26 E27 E28 E30 X01 X02 X10 W01 W02 W07 Z10 C02 frysk2130/strace-clone-exec.sh frysk3754/readproc frysk3754/daemonreadproc", ""},
		{"no si_code", clears(siCode, 4, unix.PTRACE_GETSIGINFO), "S03 S06 E01 E24 N04 N12 N13 N16 N20 N21 T01 T02 T03 T05 T08 T09 T11 T13 T14 T15 T16 T17 T18 T21 T24 T25 T26 W01 W02 W03 W04 W05 W06 W07 W09 W12 W13 W14 Y01 Y12 R08 R09 K04 frysk3754/readproc frysk3754/daemonreadproc", ""},
		{"no si_signo", clears(0, 4, unix.PTRACE_GETSIGINFO), "N02 G01 G02 G03 G04 G07", ""},
		{"no si_pid", clears(siPID, 4, unix.PTRACE_GETSIGINFO), "E04 E24 E27 X05 N12 N13 N16 N21 T01 T25 T26 W03 M02 frysk3754/readproc frysk3754/daemonreadproc", ""},
		{"siginfo of a group-stop", says(unix.PTRACE_GETSIGINFO, unix.EINVAL, 0), "A10 G01 G02 G03 G04 G07", ""},
		{"a program counter that is 1 too large", adds(rip, 1, unix.PTRACE_GETREGSET), "E07 E21 E23 X03 X09 T01 T02 T03 T04 T05 T08 T09 T10 T11 T12 T13 T14 T15 T16 T17 T18 T21 T24 T26 W01 W02 W03 W04 W05 W06 W07 W09 W10 W12 W13 Y03 Y07 Y09 Y13 Y15 Y19 R02 R04 R08 R09 R24 frysk3997/ptrace_step_sig", ""},
		{"no result", clears(rax, 8, unix.PTRACE_GETREGSET), "A30 S15 E04 E06 E07 E08 E09 E10 E12 E17 E18 E19 E23 E25 E26 E29 X03 X04 X05 X10 N04 N15 N20 N23 T02 T03 T08 T17 T18 T21 Y02 Y03 Y05 Y06 Y07 Y08 Y09 Y10 Y11 Y12 Y13 Y14 Y15 Y16 Y17 Y18 Y19 Y22 Y23 Y25 Y29 Y31 R24 frysk2130/strace-clone-exec.sh", ""},
		{"a system call's number that is 1 too large", adds(origRAX, 1, unix.PTRACE_GETREGSET), "E04 E06 E07 E08 E09 E10 E12 E17 E18 E19 E23 E25 E26 E29 X03 X04 X05 X10 N04 N15 N20 N23 T21 Y02 Y03 Y04 Y05 Y06 Y07 Y08 Y09 Y10 Y11 Y12 Y13 Y14 Y15 Y16 Y17 Y18 Y19 Y22 Y23 Y25 Y27 Y29 Y31 R02 R04 R24 frysk2130/strace-clone-exec.sh", ""},
		{"a stack pointer that is 1 too large", adds(rsp, 1, unix.PTRACE_GETREGSET), "X09 Y03 R02 R04 O03", ""},

		{"events without their number", alters(func(st unix.WaitStatus) unix.WaitStatus { return st & 0xffff }), "S01 S03 S06 S17 E13 E17", anything},
		{"an exit status that is 1 too large", alters(func(st unix.WaitStatus) unix.WaitStatus {
			if st.Exited() {
				st += 1 << 8
			}
			return st
		}), "A02 S13 E13 G04 Z08 Q02 Q07", anything},
		{"SIGUSR1 passes by", withholds(func(st Status) bool { return st.Stopped() && stopSignal(st) == unix.SIGUSR1 }), "A15 N01 N06 N07 Z08 frysk3525/exit47", anything},
		{"stops twice", repeats(), "A10 A18 A22 A35 S05 S07 E03 E05 N10 N15 G03 W02 Y28 R18 Z02 Z05 Z10 Q08 C03", ""},
		{"threads want __WALL", fault{wait4: func(k ptrace.Kernel, pid, options int) (int, unix.WaitStatus, unix.Errno) {
			if tgid := field(fmt.Sprintf("/proc/%d/status", pid), "Tgid"); options&unix.WALL == 0 && tgid != strconv.Itoa(pid) {
				return -1, 0, unix.ECHILD
			}
			return k.Wait4(pid, options)
		}}, "Q01", ""},
		{"__WCLONE is ignored", ignores(wClone), "Q02", ""},
		{"__WNOTHREAD is ignored", ignores(unix.WNOTHREAD), "A07 Q05", ""},
		{"WNOWAIT is ignored", ignores(unix.WNOWAIT), "A20 Z11 Q04", ""},
		{"stops as CLD_STOPPED", spoilsInfo(siCode, 5), "Q03", ""},
		{"killed processes have exited", alters(func(st unix.WaitStatus) unix.WaitStatus {
			if st.Signaled() {
				st = unix.WaitStatus(st.Signal()) << 8
			}
			return st
		}), "A15 A24 A27 E13 N05 N06", anything},
		{"nobody has dumped core", alters(func(st unix.WaitStatus) unix.WaitStatus {
			if st.Signaled() {
				st &^= coreDumped
			}
			return st
		}), "E13 C03 C04", ""},

		// Requests of tracees that are tracers, and what they themselves tell of the kernel.
		{refusesTraceMe, denies(denial{call: "ptrace", e: unix.EPERM}.with(0, unix.PTRACE_TRACEME)), "A04 A15 E13 E17 O01 Q08", anything},
		{"tracees cannot PEEKUSER", denies(denial{call: "ptrace", e: unix.ESRCH}.with(0, unix.PTRACE_PEEKUSR)), "A09 frysk2595/ptrace_after_exec frysk2595/ptrace_after_exec_of_thread", filtered},
		{"tracees cannot SEIZE", denies(denial{call: "ptrace", e: unix.EPERM}.with(0, unix.PTRACE_SEIZE)), "P03 P12 Z07", filtered},
		{"GETFPXREGS does nothing", denies(denial{call: "ptrace"}.with(0, getFPXRegs)), "R25", filtered},
		{"SETFPXREGS does nothing", denies(denial{call: "ptrace"}.with(0, setFPXRegs)), "R25", filtered},
		{"PR_SET_PTRACER is refused", denies(denial{call: "prctl", e: unix.EPERM}.with(0, unix.PR_SET_PTRACER&math.MaxUint32)), "P04", filtered},
		{"everybody is root", denies(denial{call: "geteuid"}), "P05 P06 P07 P08", filtered},
		{"nobody gains privileges", denies(denial{call: "geteuid", e: unix.EPERM}.with(0, math.MaxUint32)), "P06 P07 P09", filtered},
		{"threads have no ids", denies(denial{call: "gettid"}), "process/single_exec process/multi_parent_exec process/multi_child_exec process/multi_child_parent_exec", anything},
		{"interrupted calls are not taken up again", denies(denial{call: "restart_syscall", e: unix.EINTR}), "A30 Y16 Y19 Y20", filtered},
		{"no wait finds a child", denies(denial{call: "wait4", e: unix.ECHILD}), "E28 N22 G05 T12 T25 R25 Z06 Q06 vfork-exec/vfork-exec frysk3486/waitpid-masked-sigchld", filtered + " A09"},
		{"arch_prctl does nothing", denies(denial{call: "arch_prctl"}), "R11 R22", filtered},
		{"set_thread_area does nothing", denies(denial{call: "set_thread_area"}), "R12", filtered},
		{"rseq does nothing", denies(denial{call: "rseq"}), "K03", filtered},
		{"seccomp does nothing", denies(denial{call: "seccomp"}), "E17 E18 E19 E20 E21 E22 E23 E24 Y03 K01 K02 K05", filtered},
		{"unshare does nothing", denies(denial{call: "unshare"}), "E26", filtered + " P12"},
		{"no process leaves its group", denies(denial{call: "setpgid"}), "G02", filtered},
		{"everybody may be dumped", denies(denial{call: "prctl"}.with(0, unix.PR_SET_DUMPABLE)), "P02 P12", filtered},
		{"nobody changes a name", denies(denial{call: "prctl"}.with(0, unix.PR_SET_NAME)), "O09", filtered},
		{"no signal is blocked", denies(denial{call: "rt_sigprocmask"}), "N08 N09 N11 N13 Q06 frysk3486/waitpid-masked-sigchld", anything},
		{"no signal pends", denies(denial{call: "rt_sigpending"}), "Q06 frysk3486/waitpid-masked-sigchld", filtered},
		{"no signal comes to who waits for it", denies(denial{call: "rt_sigtimedwait", e: unix.EAGAIN}), "A31 N10 vfork-exec/vfork-exec", filtered},
		{"no handler of SIGCHLD", denies(denial{call: "rt_sigaction"}.with(0, uint32(unix.SIGCHLD))), "N22 Z07", filtered},
		{"no handler of SIGTRAP", denies(denial{call: "rt_sigaction"}.with(0, uint32(unix.SIGTRAP))), "N19 T22 T23 frysk3997/ptrace_step_sig", filtered},

		// Memory, and files.
		{"process_vm_readv reads less than there is", fault{readVM: func(n int, err error) (int, error) { return n / 2, err }}, "M09 M11", ""},
		{"process_vm_readv of others", reads(unix.EPERM), "P01", ""},
		{"process_vm_readv of nobody", reads(unix.ESRCH), "M08 M09", ""},
		{"process_vm_readv of what is protected", reads(unix.EFAULT), "M09", ""},
		{"stopped tracees sleep", replaces("/proc/*/task/*/stat", ") t ", ") S "), "O01 Q08 frysk3205/ptrace-detach-bad-signal", anything},
		{"nobody traces", rewrites("/proc/*/task/*/status", func(s string) string {
			return regexp.MustCompile(`TracerPid:\t\d+`).ReplaceAllString(s, "TracerPid:\t0")
		}), "A01 E01 E11 X10 O02 frysk3205/ptrace-detach-bad-signal", ""},
		{"everybody is traced", replaces("/proc/*/task/*/status", "TracerPid:\t0", "TracerPid:\t1"), "A08 A28 E02 E12 Z11 O02 frysk2595/ptrace_after_forked_thread_exits", ""},
		{"stopped processes sleep", replaces("/proc/*/task/*/stat", ") T ", ") S "), "A10 A13 A18 A19 A20 A21 S10 G06 G07 Z02 O08 frysk4330/stopkills", ""},
		{"everything can be written to", replaces("/proc/*/task/*/maps", "r-xp", "rwxp"), "O07 frysk4704/vdso-permissions", ""},
		{"maps are never empty", rewrites("/proc/*/maps", func(s string) string { return s + "00400000-00401000 r-xp\n" }), "O06", ""},
		{"maps cannot be opened", hides("/proc/*/maps", unix.ESRCH), "P02 P13 O05 O06", ""},
		{"maps open for everybody", gives("/proc/*/maps", os.DevNull), "P02 P13", ""},
		{"memory opens for everybody", gives("/proc/*/mem", os.DevNull), "M05 M06 M07 M08 M11 P08", ""},
		{"memory cannot be opened", hides("/proc/*/mem", unix.EAGAIN), "A37 M05 M06 M07 M08 M11 P08", ""},
		{"stat outlives its thread", rewrites("/proc/*/task/*/stat", func(s string) string { return s }), "O08", ""},
		{"threads are somebody else's", gives("/proc/*/task", "/proc/self/task"), "O09", ""},
		{"the auxiliary vector is the parent's", gives("/proc/*/auxv", "/proc/self/auxv"), "T22 O07 O09 frysk4704/vdso-permissions", ""},
		{"calls are those of others", gives("/proc/*/task/*/syscall", "/proc/self/syscall"), "O03", anything},
		{"wchan is 0 in stops", replaces("/proc/*/task/*/wchan", "ptrace_stop", "0"), "O04", ""},
		{"no directory is anybody's at the end", hides("/proc/*/cwd", unix.ENOENT), "O05 frysk3754/readproc frysk3754/daemonreadproc", ""},
		{"programs are others", gives("/proc/*/exe", "/proc/self/exe"), "W01", ""},
		{"core files are cut", rewrites(filepath.Join(os.TempDir(), "fsystest-core-*", "*"), func(s string) string { return s[:len(s)-1] }), "C01 C04", ""},
	}
}
